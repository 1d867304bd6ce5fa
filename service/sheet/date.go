package sheet

import (
	"strconv"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/fault"
)

// The years that a date on a form may have.
const (
	yearFirst = 1900
	yearLast  = 2100
)

// ParseDate reads a day as people and Excel write it: 2024-05-01, 2024.5.1, 2024/05/01, 2024年5月1日, 20240501, with or without a
// time of day behind it, or Excel's serial number (45413, 45413.0). Where only the month was given (2024-05, 2024年5月,
// 202405) the day is its first; ParseDay tells. Days that do not exist and years outside 1900 to 2100 are faults with the
// code sheet.date; the text itself is not in them.
func ParseDate(text string) (model.Date, error) {
	day, _, err := ParseDay(text)
	return day, err
}

// ParseDay is ParseDate that also tells whether only the month was given, so that the day is a guess.
func ParseDay(text string) (day model.Date, monthOnly bool, err error) {
	text = strings.ReplaceAll(clean([]byte(text)), "\n", " ")
	if day, ok := fromSerial(text); ok {
		return day, false, nil
	}
	text, ok := withoutTime(dashes.Replace(text))
	if !ok {
		return "", false, notDate()
	}
	year, month, dom := split(text)
	if dom == "" {
		dom, monthOnly = "1", true
	}
	y, m, d := digits(year, 4, 4), digits(month, 1, 2), digits(dom, 1, 2)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, model.Shanghai)
	if y < yearFirst || y > yearLast || t.Year() != y || int(t.Month()) != m || t.Day() != d {
		return "", false, notDate()
	}
	return model.DateOf(t), monthOnly, nil
}

func notDate() error {
	return fault.Invalid("sheet.date", "日期无效，请按 2024-05-01 或 2024-05 的样式填写")
}

// dashes brings the separators to one. A day's sign ends the date, so that a time may follow without a space.
var dashes = strings.NewReplacer("年", "-", "月", "-", "日", " ", "号", " ",
	".", "-", "/", "-", "．", "-", "／", "-", "－", "-", "–", "-", "—", "-", "。", "-", "：", ":", "T", " ", "Z", "")

// withoutTime cuts off a time of day and joins a date that was written with spaces; false: what stands behind is no time.
func withoutTime(text string) (string, bool) {
	fields := strings.Fields(text)
	if n := len(fields); n > 1 && strings.Contains(fields[n-1], ":") {
		clock, _, _ := strings.Cut(fields[n-1], "-") // fractions of a second: the point became a dash
		if _, err := time.Parse("15:4", clock); err != nil {
			if _, err := time.Parse("15:4:5", clock); err != nil {
				return "", false
			}
		}
		fields = fields[:n-1]
	}
	return strings.Join(fields, ""), true
}

// split takes a date apart; the day is empty when only the month is there, everything when it is no date.
func split(text string) (year, month, day string) {
	parts := strings.Split(text, "-")
	if len(parts) == 3 && parts[2] == "" && parts[1] != "" {
		parts = parts[:2] // 2024年5月
	}
	switch {
	case len(parts) == 3 && parts[2] != "":
		return parts[0], parts[1], parts[2]
	case len(parts) == 2:
		return parts[0], parts[1], ""
	case len(parts) == 1 && len(text) == 8:
		return text[:4], text[4:6], text[6:]
	case len(parts) == 1 && len(text) == 6:
		return text[:4], text[4:], ""
	}
	return "", "", "0"
}

// digits is the number that text writes with least to most digits, 0 if it is none.
func digits(text string, least, most int) int {
	if len(text) < least || len(text) > most {
		return 0
	}
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0
		}
		n = n*10 + int(text[i]-'0')
	}
	return n
}

// fromSerial reads Excel's count of days, with or without a fraction for the time of day. Four digits up to 2100 are a year that
// somebody typed, not a day in 1905.
func fromSerial(text string) (model.Date, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	n := digits(whole, 4, 5)
	if n <= yearLast || fraction != "" && strings.Trim(fraction, "0123456789") != "" {
		return "", false
	}
	if len(whole) == 4 && fraction != "" && strings.Trim(fraction, "0") != "" {
		return "", false
	}
	day := time.Date(1899, time.December, 30+n, 0, 0, 0, 0, model.Shanghai)
	if _, err := strconv.ParseFloat(text, 64); err != nil || day.Year() > yearLast {
		return "", false
	}
	return model.DateOf(day), true
}
