package sheet

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// clean is the text as the person meant it: full-width digits and letters made ordinary, spaces of every kind made ordinary,
// invisible characters dropped, ends trimmed. What stands between words stays as it is.
func clean(text []byte) string {
	if plain(text) {
		return string(text)
	}
	s := string(text)
	if strings.Contains(s, "_x") {
		s = unescapeExcel(s)
	}
	return strings.TrimSpace(strings.Map(ordinary, s))
}

// plain tells that there is nothing to clean: Chinese characters, printable ASCII, no space at the ends.
func plain(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if text[0] == ' ' || text[len(text)-1] == ' ' {
		return false
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c < ' ' || c == 0x7f || c == '_':
			return false
		case c < utf8.RuneSelf:
			i++
		case c >= 0xe4 && c <= 0xe9 && i+2 < len(text): // U+4000 to U+9FFF, three bytes each
			i += 3
		default:
			return false
		}
	}
	return true
}

// ordinary maps one character; -1 drops it.
func ordinary(r rune) rune {
	switch {
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
		return r - 0xfee0
	case r == '\n':
		return r
	case r == '\t', r == 0xa0, r >= 0x2000 && r <= 0x200a, r == 0x202f, r == 0x205f, r == 0x3000:
		return ' '
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r == utf8.RuneError:
		return -1
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return -1 // zero width, and marks that turn the direction of writing
	}
	return r
}

// unescapeExcel resolves _x000D_, by which the file format writes characters that XML cannot hold.
func unescapeExcel(s string) string {
	var out strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			out.WriteString(s)
			return out.String()
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		out.WriteString(s[:i])
		out.WriteRune(rune(n))
		s = s[i+7:]
	}
}
