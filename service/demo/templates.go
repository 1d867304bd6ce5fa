package demo

import (
	"encoding/json"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/wechat/sandbox"
)

// card is the look of one kind of message as WeChat's templates carry it. In
// production an operator picks templates from WeChat's library and enters their ids.
type card struct {
	kind, title string
	fields      [][3]string // WeChat's field key, label on the card, text with placeholders of the message's data
}

// memberCards go through the mini-program and the platform's service account.
var memberCards = []card{
	{"member.political_birthday", "政治生日提醒", [][3]string{{"name1", "党员姓名", "{name}"}, {"number2", "政治生日周年", "{years}"}, {"thing3", "祝福", "不忘初心，牢记使命"}}},
	{"dues.reminder", "党费缴纳提醒", [][3]string{{"name1", "党员姓名", "{name}"}, {"thing2", "缴纳月份", "{month}"}, {"amount3", "应缴金额", "{amount}"}}},
	{"meeting.theme_day_warning", "主题党日警示", [][3]string{{"thing1", "党支部", "{branch}"}, {"thing2", "月份", "{month}"}, {"thing3", "提示", "本月主题党日尚未完成，请尽快组织"}}},
	{"o2o.to_department", "诉求转办提醒", [][3]string{{"character_string1", "诉求编号", "{number}"}, {"thing2", "责任单位", "{department}"}, {"date3", "办理期限", "{deadline}"}}},
}

// rebindCards go through the service account alone: nobody asks for them beforehand.
var rebindCards = []card{
	{"account.rebind_requested", "换绑申请待审批", [][3]string{{"thing1", "党员", "{member}"}, {"thing2", "党支部", "{org}"}, {"thing3", "原因", "{reason}"}}},
	{"account.rebind_approved", "换绑申请已通过", [][3]string{{"thing1", "党员", "{member}"}, {"thing2", "说明", "已换绑到新的微信账号"}}},
	{"account.rebind_rejected", "换绑申请未通过", [][3]string{{"thing1", "党员", "{member}"}, {"thing2", "说明", "{note}"}}},
}

// officeCards are for administrators, and likewise.
var officeCards = []card{
	{"org.election", "换届提醒", [][3]string{{"thing1", "党组织", "{org}"}, {"thing2", "任期届满", "{ends}"}, {"thing3", "提示", "{state}"}}},
	{"org.vacancy", "管理员空缺提醒", [][3]string{{"thing1", "党组织", "{org}"}, {"thing2", "提示", "没有管理员，请尽快配备"}}},
	{"development.reminder", "发展党员办理提醒", [][3]string{{"thing1", "党支部", "{branch}"}, {"thing2", "姓名", "{name}"}, {"thing3", "事项", "{what}"}, {"date4", "期限", "{due}"}}},
	{"member.transfer_requested", "组织关系待接收", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "转出支部", "{from}"}, {"thing3", "接收期限", "{due}"}}},
	{"member.transfer_accepted", "组织关系已接收", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "接收支部", "{to}"}}},
	{"member.transfer_refused", "组织关系未接收", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "理由", "{note}"}}},
	{"member.transfer_withdrawn", "组织关系转接已撤回", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "转出支部", "{from}"}}},
	{"member.floating_registered", "流动党员登记待确认", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "流出支部", "{home}"}, {"thing3", "流入支部", "{host}"}}},
	{"member.floating_confirmed", "流动党员登记已确认", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "流入支部", "{host}"}}},
	{"member.floating_refused", "流动党员登记未确认", [][3]string{{"thing1", "党员", "{name}"}, {"thing2", "理由", "{note}"}}},
	{"member.floating_silent", "流动党员久未联系", [][3]string{{"thing1", "党支部", "{branch}"}, {"number2", "人数", "{count}"}}},
}

// requestCards go through the mini-program and the departments' service accounts.
var requestCards = []card{
	requestCard("o2o.accepted", "已受理"), requestCard("o2o.declined", "不予受理"), requestCard("o2o.referred", "已转交办理"),
	requestCard("o2o.replied", "单位已回复"), requestCard("o2o.closed", "已办结，请评价"),
	requestCard("o2o.merged", "合并办理"), requestCard("o2o.extended", "延期办理"), requestCard("o2o.paused", "暂停计时"), requestCard("o2o.resumed", "恢复计时"),
	requestCard("o2o.reopened", "重新办理"),
}

// deskCards are for the window and the units, through the service account alone.
var deskCards = []card{
	deskCard("o2o.added", "群众补充了材料"), deskCard("o2o.chased", "群众催办"), deskCard("o2o.extension_asked", "单位申请延期"),
	deskCard("o2o.extension_granted", "延期申请已同意"), deskCard("o2o.extension_refused", "延期申请未同意"), deskCard("o2o.help_ended", "协办已取消"),
	deskCard("o2o.helped", "协办已完成"), deskCard("o2o.reopened_by_citizen", "群众要求重新办理"), deskCard("o2o.to_city", "请指定办理单位"), deskCard("o2o.to_helper", "请协助办理"),
	deskCard("team.on_the_way", "服务队已接单"), deskCard("team.visited", "请确认上门服务"),
	{"team.open_order", "服务点单待接单", [][3]string{{"thing1", "服务内容", "{what}"}}}, {"team.order", "服务点单派单", [][3]string{{"thing1", "服务内容", "{what}"}}},
	{"team.again", "服务点单再次上门", [][3]string{{"thing1", "服务内容", "{what}"}}},
	{"official.unauthorized", "公众号取消授权", [][3]string{{"thing1", "提示", "请联系该单位重新授权"}}},
}

func deskCard(kind, what string) card {
	return card{kind, "诉求工作提醒", [][3]string{{"character_string1", "诉求编号", "{number}"}, {"thing2", "事项", what}}}
}

func requestCard(kind, state string) card {
	return card{kind, "诉求办理进度通知", [][3]string{{"character_string1", "诉求编号", "{number}"}, {"phrase2", "办理状态", phrase(state)}, {"thing3", "说明", state}}}
}

// phrase is at most five Chinese characters.
func phrase(state string) string {
	state, _, _ = strings.Cut(state, "，")
	r := []rune(state)
	return string(r[:min(5, len(r))])
}

func (c card) id(channel string) string {
	return "tpl-" + channel + "-" + strings.NewReplacer(".", "-", "_", "-").Replace(c.kind)
}

// miniCards is what one tap of a person may allow; serviceCards is what the platform's own account may send.
func miniCards() []card { return slices.Concat(memberCards, requestCards) }
func serviceCards() []card {
	return slices.Concat(memberCards, requestCards, rebindCards, officeCards, deskCards)
}

// Templates is the sandbox's copy of every template.
func (c *County) Templates() []sandbox.Template {
	var out []sandbox.Template
	add := func(appid, channel string, cards []card) {
		for _, k := range cards {
			t := sandbox.Template{AppID: appid, ID: k.id(channel), Title: k.title, Labels: map[string]string{}}
			for _, f := range k.fields {
				t.Keys, t.Labels[f[0]] = append(t.Keys, f[0]), f[1]
			}
			out = append(out, t)
		}
	}
	add(c.o.MiniProgram.AppID, model.ChannelSubscribe, miniCards())
	add("", model.ChannelTemplate, serviceCards()) // every service account, also those added at run time
	return out
}

// messageTemplates is the product's table of the same templates.
func (b *builder) messageTemplates() ([]model.MessageTemplate, error) {
	var out []model.MessageTemplate
	add := func(appid, channel string, cards []card) error {
		for _, k := range cards {
			fields := map[string]string{}
			for _, f := range k.fields {
				fields[f[0]] = f[2]
			}
			text, err := json.Marshal(fields)
			if err != nil {
				return err
			}
			out = append(out, model.MessageTemplate{Kind: k.kind, Channel: channel, AppID: appid, TemplateID: k.id(channel), Fields: string(text), Enabled: true})
		}
		return nil
	}
	if err := add(b.o.MiniProgram.AppID, model.ChannelSubscribe, miniCards()); err != nil {
		return nil, err
	}
	if err := add(mainAppID, model.ChannelTemplate, serviceCards()); err != nil {
		return nil, err
	}
	for i := range departments {
		if kindOf(i) == model.AccountService {
			if err := add(departmentAppID(i+1), model.ChannelTemplate, requestCards); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// kindOf makes every third department's account a 订阅号.
func kindOf(department int) string {
	if department%3 == 2 {
		return model.AccountSubscription
	}
	return model.AccountService
}
