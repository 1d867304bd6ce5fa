// Package mask takes out of texts what tells who somebody is. Which texts, and before whom, the modules decide.
package mask

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Masked stands where something was that tells who somebody is.
const Masked = "***"

// Text takes out of somebody's words what tells who he or she is: numbers of telephones and identity cards, accounts of chat
// programs, addresses of e-mail, the names given, and what somebody calls him- or herself. It takes rather too much: a date written
// without signs goes too.
func Text(text string, names ...string) string {
	text = Names(text, names...)
	for _, p := range tellingPatterns {
		text = p.with.ReplaceAllString(text, p.by)
	}
	return text
}

// Names takes out names alone.
func Names(text string, names ...string) string {
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
		text = regexp.MustCompile(spread.String()).ReplaceAllLiteralString(text, Masked)
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
	{regexp.MustCompile(`[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+`), Masked},
	{regexp.MustCompile(`(?i)wxid_[a-z0-9_\-]+`), Masked},
	{regexp.MustCompile(`(?i)(微\s*信|薇\s*信|威\s*信|v\s*信|weixin|wechat|vx|wx|q\s*q|扣\s*扣|企鹅|抖音)((?:群|账|帐)?(?:号码|号|id)?[\s:：是为叫]*)[a-z0-9_\-]{5,}`), "${1}${2}" + Masked},
	{regexp.MustCompile(`(` + digit + `[\s\-]?){17}[0-9０-９XxＸｘ]`), Masked},                        // identity cards
	{regexp.MustCompile(`(` + one + gap + `)[3-9３-９三四五六七八九③-⑨](` + gap + digit + `){9}`), Masked}, // mobiles
	{regexp.MustCompile(`[0０][0-9０-９]{2,3}` + gap + `[0-9０-９]{7,8}`), Masked},                     // landlines
	{regexp.MustCompile(`[0-9０-９]{7,}[Xx]?`), Masked},                                             // whatever else is a number of somebody
	{regexp.MustCompile(`(我叫|我的名字[叫是]|本人姓名|姓名)([\s:：是为]*)(?:(?:` + twoLetters + `)\p{Han}{1,2}|\p{Han}{2,3})`), "${1}${2}" + Masked},
	{regexp.MustCompile(`((?:反映|举报|投诉|联系|申请|求助)人)([\s:：是为]+)(?:(?:` + twoLetters + `)\p{Han}{1,2}|\p{Han}{2,3})`), "${1}${2}" + Masked},
	{regexp.MustCompile(`(我是|我就是|本人是?)([\s:：]*)(?:` + twoLetters + `|[` + surnames + `])\p{Han}{1,2}($|[^\p{Han}]|电话|手机|联系|家住|住在|的)`), "${1}${2}" + Masked + "${3}"},
}

// Surnames tell "我是王小明" from "我是居民": those of two letters, and the most frequent ones of one.
const (
	twoLetters = `欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|端木|南宫|宇文|长孙`
	surnames   = `王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱丘江尹` +
		`薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤祝占柴温管俞鲁葛伍章翁倪庄聂欧游詹涂揭饶`
)
