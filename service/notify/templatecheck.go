package notify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// What a template may have at most.
const (
	maxTemplateID     = 64 // characters
	maxTemplateFields = 10
	maxFieldText      = 200 // characters, before the placeholders are filled
)

// checkTemplate refuses what no message could go out by.
func (s *Service) checkTemplate(in TemplateInput) error {
	kind, ok := s.kinds[in.Kind]
	if !ok {
		return fault.Invalid("notify.unknown_kind", "没有这种消息，请从消息种类中选择")
	}
	if n := utf8.RuneCountInString(in.TemplateID); n == 0 || n > maxTemplateID || strings.ContainsFunc(in.TemplateID, blank) {
		return fault.Invalid("notify.bad_template_id", fmt.Sprintf("模板编号须为 1 至 %d 个字符，且不含空白", maxTemplateID))
	}
	if n := len(in.Fields); n == 0 || n > maxTemplateFields {
		return fault.Invalid("notify.bad_field_count", fmt.Sprintf("模板字段须为 1 至 %d 个", maxTemplateFields))
	}
	known := kind.placeholders()
	for _, key := range slices.Sorted(maps.Keys(in.Fields)) { // of several faults, always the same is told
		if err := checkTemplateField(key, in.Fields[key], known); err != nil {
			return err
		}
	}
	return nil
}

func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func checkTemplateField(key, text string, known []string) error {
	invalid := func(code, message string) *fault.Fault { return fault.Invalid(code, message).With("field", key) }
	if !wechat.FieldKey(key) {
		return invalid("notify.bad_field_key", "模板字段名须为微信的字段类型加数字，如 thing1、date2")
	}
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > maxFieldText {
		return invalid("notify.bad_field_text", fmt.Sprintf("模板字段 %s 的内容须为 1 至 %d 个字", key, maxFieldText))
	}
	names, closed := placeholders(text)
	if !closed {
		return invalid("notify.open_placeholder", fmt.Sprintf("模板字段 %s 的内容中有“{”而没有与之对应的“}”", key))
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return invalid("notify.unknown_placeholder", fmt.Sprintf("模板字段 %s 中的占位符 {%s} 不属于该消息，%s", key, name, choices(known))).
				With("placeholder", name)
		}
	}
	return nil
}

func choices(known []string) string {
	if len(known) == 0 {
		return "该消息没有占位符"
	}
	return "可用的有 {" + strings.Join(known, "}、{") + "}"
}

// checkSender refuses an app that cannot send through the channel: subscribe messages come from the mini-program, template
// messages from a service account (服务号) that was entered before.
func (s *Service) checkSender(tx model.Tx, in TemplateInput) error {
	switch in.Channel {
	case model.ChannelSubscribe:
		if in.AppID != s.mpAppID {
			return fault.Invalid("notify.not_mini_program", "订阅消息的 appid 须为本平台小程序的 appid")
		}
	case model.ChannelTemplate:
		var accounts int64
		err := tx.Model(&model.OfficialAccount{}).Where("appid = ? AND kind = ?", in.AppID, model.AccountService).Count(&accounts).Error
		if err != nil {
			return err
		}
		if accounts == 0 {
			return fault.Invalid("notify.not_service_account", "模板消息的 appid 须为已接入的服务号的 appid")
		}
	default:
		return fault.Invalid("notify.unknown_channel", "渠道须为 subscribe（订阅消息）或 template（模板消息）")
	}
	return nil
}
