package roster

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// Initials is the pinyin initials of a name, lower case, for search: 李小明 → lxm. Letters stay, other signs fall out.
func Initials(name string) string {
	args := pinyin.NewArgs()
	args.Style = pinyin.FirstLetter
	var b strings.Builder
	for _, r := range name {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Han, r):
			if readings := pinyin.SinglePinyin(r, args); len(readings) > 0 {
				b.WriteString(readings[0])
			}
		}
	}
	return b.String()
}
