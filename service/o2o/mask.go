package o2o

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// masked stands where something was that tells who the citizen is.
const masked = "***"

// mask takes out of a citizen's words what tells who he or she is: numbers of telephones and identity cards, accounts of chat
// programs, addresses of e-mail, the names given, and what somebody calls him- or herself. It takes rather too much: a date written
// without signs goes too.
func mask(text string, names ...string) string {
	text = unnamed(text, names...)
	for _, p := range tellingPatterns {
		text = p.with.ReplaceAllString(text, p.by)
	}
	return text
}

// unnamed takes out names alone.
func unnamed(text string, names ...string) string {
	for _, name := range names {
		if utf8.RuneCountInString(name) < 2 {
			continue
		}
		var spread strings.Builder // people put blanks between the letters
		for _, r := range name {
			if spread.Len() > 0 {
				spread.WriteString(`[\s·.]*`)
			}
			spread.WriteString(regexp.QuoteMeta(string(r)))
		}
		text = regexp.MustCompile(spread.String()).ReplaceAllLiteralString(text, masked)
	}
	return text
}

// Digits as people write them to get past a filter, and what they put between.
const (
	digit = `[0-9０-９〇○零一二三四五六七八九幺①-⑨]`
	one   = `[1１一幺①]`
	gap   = `[\s\-－—–_.．·,，、/]{0,3}`
)

var tellingPatterns = []struct {
	with *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+`), masked},
	{regexp.MustCompile(`(?i)wxid_[a-z0-9_\-]+`), masked},
	{regexp.MustCompile(`(?i)(微\s*信|薇\s*信|威\s*信|v\s*信|weixin|wechat|vx|wx|q\s*q|扣\s*扣|企鹅|抖音)((?:群|账|帐)?(?:号码|号|id)?[\s:：是为叫]*)[a-z0-9_\-]{5,}`), "${1}${2}" + masked},
	{regexp.MustCompile(`(` + digit + `[\s\-]?){17}[0-9０-９XxＸｘ]`), masked},                        // identity cards
	{regexp.MustCompile(`(` + one + gap + `)[3-9３-９三四五六七八九③-⑨](` + gap + digit + `){9}`), masked}, // mobiles
	{regexp.MustCompile(`[0０][0-9０-９]{2,3}` + gap + `[0-9０-９]{7,8}`), masked},                     // landlines
	{regexp.MustCompile(`[0-9０-９]{7,}[Xx]?`), masked},                                             // whatever else is a number of somebody
	{regexp.MustCompile(`(我叫|我的名字[叫是]|本人姓名|姓名)([\s:：是为]*)\p{Han}{2,3}`), "${1}${2}" + masked},
}
