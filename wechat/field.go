package wechat

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Longest values by field type, in runes (订阅消息参数值内容限制说明).
const (
	maxThing    = 20
	maxLong     = 32 // number, letter, character_string
	maxSymbol   = 5
	maxAmount   = 10 // digits
	maxPhone    = 17
	maxCar      = 8
	maxNameHan  = 10
	maxNameText = 20
	maxPhrase   = 5
)

var (
	fieldKey     = regexp.MustCompile(`^([a-z_]+?)[0-9]{1,4}$`)
	fieldNumber  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	fieldAmount  = regexp.MustCompile(`^[¥￥$€£]([0-9]+)(?:\.([0-9]+))?元?$`)
	fieldDateCN  = regexp.MustCompile(`^([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日$`)
	fieldDateSep = regexp.MustCompile(`^([0-9]{4})([-/.])([0-9]{2})([-/.])([0-9]{2})$`)
	fieldClock   = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

	errFieldValue = errors.New("value breaks the limits of its field")
)

// CheckField tells whether WeChat accepts value in the template field key ("thing3", "date2"). It refuses where the
// documents leave a doubt. The error is for operators; it does not repeat the value.
func CheckField(key, value string) error {
	kind, ok := fieldKind(key)
	if !ok {
		return fmt.Errorf("wechat: field %q: unknown type", key)
	}
	if strings.TrimSpace(value) == "" || !utf8.ValidString(value) || strings.ContainsFunc(value, unprintable) ||
		!fieldAccepts(kind, value) {
		return fmt.Errorf("wechat: field %q: %w", key, errFieldValue)
	}
	return nil
}

// FieldKey tells whether key is a field as WeChat's templates have them: a type and a number, such as "thing3".
func FieldKey(key string) bool {
	_, ok := fieldKind(key)
	return ok
}

// fieldKind splits the number off a key: "thing3" is a thing. It reports false for a type that WeChat does not have.
func fieldKind(key string) (string, bool) {
	m := fieldKey.FindStringSubmatch(key)
	if m == nil {
		return "", false
	}
	switch m[1] {
	case "thing", "number", "letter", "symbol", "character_string", "time", "date", "amount", "phone_number",
		"car_number", "name", "phrase", "enum", "const":
		return m[1], true
	}
	return "", false
}

func fieldAccepts(kind, value string) bool {
	runes := utf8.RuneCountInString(value)
	switch kind {
	case "number":
		return runes <= maxLong && fieldNumber.MatchString(value)
	case "letter":
		return runes <= maxLong && all(value, isLetter)
	case "symbol":
		return runes <= maxSymbol && all(value, isSymbol)
	case "character_string":
		return runes <= maxLong && all(value, isGraphASCII)
	case "time":
		return ranged(value, timePoint)
	case "date":
		return ranged(value, datePoint)
	case "amount":
		m := fieldAmount.FindStringSubmatch(value)
		return m != nil && len(m[1])+len(m[2]) <= maxAmount
	case "phone_number":
		return runes <= maxPhone && all(value, isPhone) && strings.ContainsFunc(value, isDigit)
	case "car_number":
		return runes <= maxCar && carNumber(value)
	case "name":
		return runes <= maxName(value) && all(value, isNamePart)
	case "phrase":
		return runes <= maxPhrase && all(value, isHan)
	default: // thing, and enum and const whose listed values only WeChat knows
		return runes <= maxThing
	}
}

// ranged accepts one point, or two joined by "~".
func ranged(value string, point func(string) bool) bool {
	from, to, isRange := strings.Cut(value, "~")
	return point(from) && (!isRange || point(to))
}

// timePoint is 15:01 or 2019年10月1日 15:01.
func timePoint(s string) bool {
	day, clock, dated := strings.Cut(s, " ")
	if !dated {
		return fieldClock.MatchString(s)
	}
	return fieldDateCN.MatchString(day) && realDay(day) && fieldClock.MatchString(clock)
}

// datePoint is 2019年10月1日, 2019-10-01, 2019/10/01 or 2019.10.01, each with or without 15:01.
func datePoint(s string) bool {
	day, clock, timed := strings.Cut(s, " ")
	return realDay(day) && (!timed || fieldClock.MatchString(clock))
}

func realDay(s string) bool {
	var y, m, d string
	if p := fieldDateCN.FindStringSubmatch(s); p != nil {
		y, m, d = p[1], p[2], p[3]
	} else if p := fieldDateSep.FindStringSubmatch(s); p != nil && p[2] == p[4] {
		y, m, d = p[1], p[3], p[5]
	} else {
		return false
	}
	year, _ := strconv.Atoi(y)
	month, _ := strconv.Atoi(m)
	day, _ := strconv.Atoi(d)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return year > 0 && t.Year() == year && int(t.Month()) == month && t.Day() == day
}

// carNumber lets only the first and the last place be Chinese.
func carNumber(s string) bool {
	runes := []rune(s)
	for i, r := range runes {
		edge := i == 0 || i == len(runes)-1
		if !isLetter(r) && !isDigit(r) && !(edge && isHan(r)) {
			return false
		}
	}
	return true
}

// maxName is 20 for a name in Latin letters and symbols; a mixed one counts as Chinese.
func maxName(s string) int {
	if all(s, isGraphASCII) {
		return maxNameText
	}
	return maxNameHan
}

func all(s string, accept func(rune) bool) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !accept(r) })
}

func isDigit(r rune) bool      { return r >= '0' && r <= '9' }
func isLetter(r rune) bool     { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func isGraphASCII(r rune) bool { return r > ' ' && r < 0x7f }
func isSymbol(r rune) bool     { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
func isHan(r rune) bool        { return unicode.Is(unicode.Han, r) }
func isPhone(r rune) bool      { return isDigit(r) || r == '+' || r == '-' }
func isNamePart(r rune) bool   { return unicode.IsLetter(r) || isSymbol(r) }

// unprintable covers control characters, line breaks of every kind, and the invisible marks that reverse text.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}
