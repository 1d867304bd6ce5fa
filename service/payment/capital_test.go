package payment

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCapital(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{
		// The examples of the annex of 《支付结算办法》.
		140950: "壹仟肆佰零玖元伍角", 600714: "陆仟零柒元壹角肆分", 168032: "壹仟陆佰捌拾元零叁角贰分", 10700053: "壹拾万柒仟元零伍角叁分",
		1640902: "壹万陆仟肆佰零玖元零贰分", 32504: "叁佰贰拾伍元零肆分",
		0: "零元整", 5: "伍分", 20: "贰角", 25: "贰角伍分", 100: "壹元整", 101: "壹元零壹分", 1000: "壹拾元整", 1010: "壹拾元零壹角", 1250: "壹拾贰元伍角",
		100000: "壹仟元整", 101000: "壹仟零壹拾元整", 1000000: "壹万元整", 1000100: "壹万零壹元整", 10010000: "壹拾万零壹佰元整", 100000000: "壹佰万元整",
		10000000000: "壹亿元整", 10000000100: "壹亿零壹元整", 10001000000: "壹亿零壹万元整", 10100000000: "壹亿零壹佰万元整", 123456789012: "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分",
		999999999999: "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
	} {
		if got := capital(fen); got != "人民币"+want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
	}
}

// What is written can be read back, and no zero stands where it does not belong.
func TestCapital_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.OneOf(rapid.Int64Range(0, 2_000_000), rapid.Int64Range(0, 999_999_999_999)).Draw(t, "fen")
		text := capital(fen)
		if got := readCapital(text); got != fen {
			t.Fatalf("%d is written %s, which is %d", fen, text, got)
		}
		for _, wrong := range []string{"零零", "零仟", "零佰", "零拾", "零万", "零亿", "零角", "零分", "零整"} {
			if strings.Contains(text, wrong) {
				t.Fatalf("%d is written %s", fen, text)
			}
		}
		if (fen%100 == 0) != strings.HasSuffix(text, "元整") || fen != 0 && strings.Contains(text, "零元") {
			t.Fatalf("%d is written %s", fen, text)
		}
	})
}

// readCapital is written apart from capital: it adds up digits and units from left to right.
func readCapital(text string) (fen int64) {
	var yuan, group, digit int64
	for _, r := range strings.TrimSuffix(strings.TrimPrefix(text, "人民币"), "整") {
		if i := strings.IndexRune("零壹贰叁肆伍陆柒捌玖", r); i >= 0 {
			digit = int64(i / len("零"))
			continue
		}
		switch r {
		case '仟':
			group += digit * 1000
		case '佰':
			group += digit * 100
		case '拾':
			group += digit * 10
		case '万':
			yuan, group = yuan+(group+digit)*10_000, 0
		case '亿':
			yuan, group = yuan+(group+digit)*100_000_000, 0
		case '元':
			fen, yuan, group = (yuan+group+digit)*100, 0, 0
		case '角':
			fen += digit * 10
		case '分':
			fen += digit
		}
		digit = 0
	}
	return fen
}
