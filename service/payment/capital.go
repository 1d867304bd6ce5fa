package payment

import "strings"

// capital writes an amount as it stands on a receipt: 140950 is 人民币壹仟肆佰零玖元伍角. fen is not negative and below ten
// thousand million yuan (the form follows the annex of 《支付结算办法》: 整 behind 元 where nothing follows, 零 where a
// place is skipped).
func capital(fen int64) string {
	yuan, jiao, rest := fen/100, fen/10%10, fen%10
	var b strings.Builder
	b.WriteString("人民币")
	if yuan > 0 || fen == 0 {
		b.WriteString(capitalYuan(yuan) + "元")
	}
	if jiao == 0 && rest == 0 {
		return b.String() + "整"
	}
	if yuan > 0 && (jiao == 0 || yuan%10 == 0) {
		b.WriteString("零")
	}
	if jiao > 0 {
		b.WriteString(capitalDigits[jiao] + "角")
	}
	if rest > 0 {
		b.WriteString(capitalDigits[rest] + "分")
	}
	return b.String()
}

var capitalDigits = [...]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}

// capitalYuan writes whole yuan in groups of four digits: 亿, 万, and none.
func capitalYuan(yuan int64) string {
	if yuan == 0 {
		return capitalDigits[0]
	}
	var b strings.Builder
	skipped := false // a place that is nothing lies behind something
	for _, group := range []struct {
		of   int64
		unit string
	}{{1_0000_0000, "亿"}, {1_0000, "万"}, {1, ""}} {
		part := yuan / group.of % 1_0000
		for _, place := range []struct {
			of   int64
			unit string
		}{{1000, "仟"}, {100, "佰"}, {10, "拾"}, {1, ""}} {
			digit := part / place.of % 10
			if digit == 0 {
				skipped = b.Len() > 0
				continue
			}
			if skipped {
				b.WriteString("零")
			}
			b.WriteString(capitalDigits[digit] + place.unit)
			skipped = false
		}
		if part > 0 {
			b.WriteString(group.unit)
			skipped = false // 壹拾万柒仟: the end of a group stands for its own zeros
		}
	}
	return b.String()
}
