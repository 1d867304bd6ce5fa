package o2o

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/wechat"
)

// longestCourtesy bounds what may be a courtesy, in letters. A longer text is a matter of its own.
const longestCourtesy = 12

// unsupported begins the text that WeChat sends in place of what it hands to nobody, such as stickers.
const unsupported = "【收到不支持的消息类型"

var smiley = regexp.MustCompile(`\[[\p{Han}A-Za-z]{1,6}\]|/:[:;()<>@$!#&'*|~,.?^+=_A-Za-z0-9-]{1,6}`)

// courtesy answers a text that asks for nothing: words of the list courtesy_word, a smiley, a bare number. It opens no request; it
// stands in the account's conversation, or with the request that the citizen is writing. The empty reply: it is no courtesy.
func (s *Service) courtesy(tx model.Tx, c writer, p wechat.Push, text string) (string, error) {
	if strings.HasPrefix(text, unsupported) {
		return s.refuseKind(tx, c, p)
	}
	letters := lettersOf(text)
	if utf8.RuneCountInString(letters) > longestCourtesy {
		return "", nil
	}
	number := letters != "" && strings.IndexFunc(letters, unicode.IsLetter) < 0
	if letters != "" && !number {
		var words []string
		if err := tx.Raw("SELECT title FROM lookup WHERE list = ?", model.ListCourtesyWord).Scan(&words).Error; err != nil {
			return "", err
		}
		if !madeOf(letters, words) {
			return "", nil
		}
	}
	writing, err := openRequest(tx, c.Contact)
	if err != nil || writing.ID != 0 && number { // it may be a phone or a house
		return "", err
	}
	if writing.ID != 0 {
		part := partOf(tx, p, text)
		part.RequestID = writing.ID
		return fmt.Sprintf("收到。诉求 %s 已登记，可继续发送文字、照片、位置补充。", writing.Number), tx.Create(&part).Error
	}
	if err := tx.Create(&model.ContactMessage{ContactID: c.ID, Direction: model.DirectionIn, Type: model.PartText, Content: text, CallbackID: &p.Row,
		Courtesy: true, CreatedAt: tx.Now}).Error; err != nil {
		return "", err
	}
	if number && digits[letters] != 0 {
		if r, err := ratable(tx, c.Contact); err != nil || r.ID != 0 {
			return ratingHelp, err
		}
	}
	return "您好！请直接发送文字、照片、语音或位置反映您的诉求，回复“进度”查询办理情况。" + emergencies, nil
}

// lettersOf leaves letters and digits alone, in capitals and without WeChat's names of smileys, as in [微笑] and /::).
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, smiley.ReplaceAllString(text, ""))
}

// madeOf tells whether a text is nothing but words, one after another.
func madeOf(text string, words []string) bool {
	reached := make([]bool, len(text)+1)
	reached[0] = true
	for i := range text {
		if reached[i] {
			for _, w := range words {
				if strings.HasPrefix(text[i:], strings.ToUpper(w)) {
					reached[i+len(w)] = true
				}
			}
		}
	}
	return reached[len(text)]
}
