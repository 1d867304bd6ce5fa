package wechat

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Fit cuts and cleans value until CheckField accepts it for key: a thing gets 20 characters with "…", control characters
// and line breaks go, nothing stays empty. What already fits comes back unchanged. A key of unknown type is treated as a
// thing. Of a day or an hour that cannot be read it makes a placeholder, so give those in a form that CheckField accepts.
func Fit(key, value string) string {
	if CheckField(key, value) == nil {
		return value
	}
	kind, _ := fieldKind(key)
	text := clean(value)
	switch kind {
	case "number":
		return fitNumber(text)
	case "letter":
		return cut(keep(text, isLetter), maxLong, "N")
	case "symbol":
		return cut(keep(text, isSymbol), maxSymbol, "-")
	case "character_string":
		return cut(keep(text, isGraphASCII), maxLong, "-")
	case "time":
		return fitTime(text)
	case "date":
		return fitDate(text)
	case "amount":
		return fitAmount(text)
	case "phone_number":
		return fitPhone(text)
	case "car_number":
		return fitCar(text)
	case "name":
		name := keep(text, isNamePart)
		return cut(name, maxName(name), "无")
	case "phrase":
		return cut(keep(text, isHan), maxPhrase, "无")
	default:
		return ellipsis(text, maxThing)
	}
}

// clean makes one line of printable text: breaks and runs of blanks become one blank.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unprintable(r):
			return -1
		case r >= '０' && r <= '９': // full-width digits
			return r - '０' + '0'
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

func keep(s string, accept func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if accept(r) {
			return r
		}
		return -1
	}, s)
}

// cut takes the first n runes, or the placeholder if there are none.
func cut(s string, n int, placeholder string) string {
	if s == "" {
		return placeholder
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// ellipsis takes n runes of which the last says that something is missing.
func ellipsis(s string, n int) string {
	if s == "" {
		return "—"
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n-1])) + "…"
}

var firstNumber = regexp.MustCompile(`[0-9]+(\.[0-9]+)?`)

func fitNumber(s string) string {
	n := firstNumber.FindString(strings.ReplaceAll(s, ",", ""))
	return strings.TrimSuffix(cut(n, maxLong, "0"), ".")
}

// fitAmount keeps a currency sign or takes ¥. An amount of more than ten digits shows as the largest that fits.
func fitAmount(s string) string {
	sign := "¥"
	if at := strings.IndexAny(s, "¥￥$€£"); at >= 0 {
		r, _ := utf8.DecodeRuneInString(s[at:])
		sign = string(r)
	}
	yuan, cents, _ := strings.Cut(firstNumber.FindString(strings.ReplaceAll(s, ",", "")), ".")
	switch {
	case yuan == "":
		return sign + "0"
	case len(yuan) > maxAmount:
		return sign + strings.Repeat("9", maxAmount)
	}
	if room := maxAmount - len(yuan); len(cents) > room {
		cents = cents[:room]
	}
	if cents != "" {
		yuan += "." + cents
	}
	if strings.HasSuffix(s, "元") {
		yuan += "元"
	}
	return sign + yuan
}

func fitPhone(s string) string {
	phone := cut(keep(s, isPhone), maxPhone, "0")
	if !strings.ContainsFunc(phone, isDigit) {
		return "0"
	}
	return phone
}

func fitCar(s string) string {
	car := cut(keep(s, func(r rune) bool { return isLetter(r) || isDigit(r) || isHan(r) }), maxCar, "无")
	if !carNumber(car) {
		return cut(keep(car, func(r rune) bool { return isLetter(r) || isDigit(r) }), maxCar, "无")
	}
	return car
}

// fitTime reads the usual ways to write an instant and writes WeChat's.
func fitTime(s string) string {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006/01/02 15:04", "2006.01.02 15:04",
		"2006年1月2日 15:04:05", "2006年1月2日15:04", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t.Format("2006年1月2日 15:04")
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format("15:04")
		}
	}
	return "00:00"
}

func fitDate(s string) string {
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2006年1月2日"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t.Format("2006年1月2日")
		}
	}
	if at := fitTime(s); at != "00:00" && realDay(strings.Split(at, " ")[0]) {
		return at
	}
	return "2000年1月1日"
}
