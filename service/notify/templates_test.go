package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

// birthday is a template that is fit to be entered.
func birthday(change ...func(*notify.TemplateInput)) notify.TemplateInput {
	in := notify.TemplateInput{Kind: "birthday.card", Channel: model.ChannelSubscribe, AppID: mini, TemplateID: "T-NEW",
		Fields: map[string]string{"thing1": "{name}同志生日快乐"}, Enabled: true}
	for _, c := range change {
		c(&in)
	}
	return in
}

// atClinic is a template that the service account has at WeChat.
func atClinic(in *notify.TemplateInput) {
	in.Channel, in.AppID, in.TemplateID = model.ChannelTemplate, clinic, progressTemplate
}

func TestNotify_SetTemplate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(0)
		r.fan(m, &account)
		card := func(period string) notify.Message {
			return notify.Message{Kind: "birthday.card", To: notify.Recipient{Type: model.ToMember, ID: m}, Period: period,
				Data: map[string]string{"name": "李卫国"}}
		}

		r.queue(card("2024"))
		r.drain(r.notify)
		equal(t, "before", r.deliveries()[0].State, model.DeliveryUnreachable)

		made := r.setTemplate(birthday(atClinic))
		r.queue(card("2025"))
		r.drain(r.notify)
		d := r.deliveries()[1]
		equal(t, "the next message goes by it", d.State+" "+d.Channel+" "+d.TemplateID, "sent template "+progressTemplate)
		equal(t, "field", r.phone(m)[0]["data"].(map[string]any)["thing1"], any("李卫国同志生日快乐"))

		again := r.setTemplate(birthday(atClinic, func(in *notify.TemplateInput) { in.Enabled = false }))
		equal(t, "the row stays", again.ID, made.ID)
		r.queue(card("2026"))
		r.drain(r.notify)
		equal(t, "out of use", r.deliveries()[2].State, model.DeliveryUnreachable)

		r.setTemplate(birthday(atClinic, func(in *notify.TemplateInput) { in.Fields = map[string]string{"thing1": "祝{name}快乐"} }))
		r.queue(card("2027"))
		r.drain(r.notify)
		equal(t, "in use again", r.deliveries()[3].State, model.DeliverySent)
		equal(t, "replaced field", r.phone(m)[0]["data"].(map[string]any)["thing1"], any("祝李卫国快乐"))
	})
}

// A template of the mini-program may be asked for on the next tap.
func TestNotify_SetTemplate_Subscribe(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(0)
		r.setTemplate(birthday(func(in *notify.TemplateInput) { in.LongTerm = true }))
		credits, err := r.notify.Credits(context.Background(), viewer(account, m))
		must(t, err)
		i := slices.IndexFunc(credits, func(c notify.CreditView) bool { return c.TemplateID == "T-NEW" })
		if i < 0 || !credits[i].LongTerm {
			t.Errorf("not among those that may be allowed: %v", credits)
		}
	})
}

func TestNotify_SetTemplate_Audit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first, second := birthday(), birthday(func(in *notify.TemplateInput) { in.TemplateID, in.LongTerm = "T-NEWER", true })
		made := r.setTemplate(first)
		r.setTemplate(second)
		var entries []model.AuditEntry
		must(t, r.db.Read(context.Background()).Where("action = ?", "notify.set_template").Order("seq").Find(&entries).Error)
		if len(entries) != 2 {
			t.Fatalf("%d entries", len(entries))
		}
		raw := func(in notify.TemplateInput) string {
			b, err := json.Marshal(in)
			must(t, err)
			return string(b)
		}
		equal(t, "object", entries[1].ObjectID, made.ID)
		equal(t, "before the first", entries[0].Before, "")
		equal(t, "after the first", entries[0].After, raw(first))
		equal(t, "before the second", entries[1].Before, raw(first))
		equal(t, "after the second", entries[1].After, raw(second))
	})
}

// Whoever enters one template at the same time ends with one row, and only one entry says that there was none before.
func TestNotify_SetTemplate_Together(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = r.notify.SetTemplate(context.Background(), cityAdmin(), birthday(func(in *notify.TemplateInput) { in.TemplateID = fmt.Sprint("T", i) }))
			})
		}
		wg.Wait()
		must(t, errors.Join(errs...))
		var rows, fresh int64
		q := r.db.Read(context.Background())
		must(t, q.Model(&model.MessageTemplate{}).Where("kind = ?", "birthday.card").Count(&rows).Error)
		must(t, q.Raw("SELECT count(*) FROM audit_entry WHERE action = 'notify.set_template' AND before = ''").Scan(&fresh).Error)
		equal(t, "rows", rows, 1)
		equal(t, "entered anew", fresh, 1)
	})
}

func TestNotify_SetTemplate_Refused(t *testing.T) {
	fields := func(f map[string]string) func(*notify.TemplateInput) {
		return func(in *notify.TemplateInput) { in.Fields = f }
	}
	many := map[string]string{}
	for i := range 11 {
		many[fmt.Sprint("thing", i)] = "{name}"
	}
	each(t, func(t *testing.T, r *rig) {
		r.insert(&model.OfficialAccount{AppID: "wx00000000000000cc", Name: "订阅号", DepartmentID: 1, Kind: model.AccountSubscription,
			CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()})
		for _, c := range []struct {
			what, code, says string
			change           func(*notify.TemplateInput)
		}{
			{"a kind of no module", "notify.unknown_kind", "没有这种消息", func(in *notify.TemplateInput) { in.Kind = "birthday.cake" }},
			{"another channel", "notify.unknown_channel", "渠道", func(in *notify.TemplateInput) { in.Channel = model.ChannelCustomer }},
			{"a subscribe message of a service account", "notify.not_mini_program", "小程序", func(in *notify.TemplateInput) { in.AppID = clinic }},
			{"a template message of the mini-program", "notify.not_service_account", "服务号", func(in *notify.TemplateInput) { in.Channel = model.ChannelTemplate }},
			{"a template message of a 订阅号", "notify.not_service_account", "服务号", func(in *notify.TemplateInput) {
				in.Channel, in.AppID = model.ChannelTemplate, "wx00000000000000cc"
			}},
			{"no template", "notify.bad_template_id", "模板编号", func(in *notify.TemplateInput) { in.TemplateID = "" }},
			{"a blank in the template's id", "notify.bad_template_id", "空白", func(in *notify.TemplateInput) { in.TemplateID = "T 1" }},
			{"a long template id", "notify.bad_template_id", "64", func(in *notify.TemplateInput) { in.TemplateID = strings.Repeat("T", 65) }},
			{"no fields", "notify.bad_field_count", "1 至 10", fields(nil)},
			{"eleven fields", "notify.bad_field_count", "1 至 10", fields(many)},
			{"a key that WeChat does not have", "notify.bad_field_key", "thing1", fields(map[string]string{"keyword1": "{name}"})},
			{"an empty text", "notify.bad_field_text", "thing1", fields(map[string]string{"thing1": " "})},
			{"a long text", "notify.bad_field_text", "thing1", fields(map[string]string{"thing1": strings.Repeat("字", 201)})},
			{"a placeholder that the kind does not have", "notify.unknown_placeholder", "{amount}", fields(map[string]string{"thing1": "{name}{amount}"})},
			{"a placeholder without a name", "notify.unknown_placeholder", "{}", fields(map[string]string{"thing1": "{}"})},
			{"a placeholder without an end", "notify.open_placeholder", "}", fields(map[string]string{"thing1": "{name"})},
		} {
			_, err := r.notify.SetTemplate(context.Background(), cityAdmin(), birthday(c.change))
			var f *fault.Fault
			if !errors.As(err, &f) || f.Kind != fault.KindInvalid || f.Code != c.code || !strings.Contains(f.Message, c.says) {
				t.Errorf("%s: %v", c.what, err)
			}
		}
		_, err := r.notify.SetTemplate(context.Background(), viewer(1, 1), birthday())
		equal(t, "a member", fault.Is(err, "auth.forbidden"), true)
		_, err = r.notify.Templates(context.Background(), viewer(1, 1))
		equal(t, "a member reads", fault.Is(err, "auth.forbidden"), true)
		_, err = r.notify.Templates(context.Background(), access.Viewer{})
		equal(t, "nobody reads", fault.Is(err, "auth.required"), true)
		list := r.templates()
		equal(t, "nothing was entered", list.Total, 4)
	})
}

func TestNotify_Templates(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.insert(&model.MessageTemplate{Kind: "gone.kind", Channel: model.ChannelSubscribe, AppID: mini, TemplateID: "T-GONE", Fields: "no JSON"})
		list := r.templates()
		equal(t, "total", list.Total, 5)
		first, gone := list.Items[0], list.Items[2]
		equal(t, "kind", first.Kind+" "+first.KindTitle, "dues.reminder 党费缴纳提醒")
		equal(t, "placeholders", fmt.Sprint(first.Placeholders), "[name month amount]")
		equal(t, "fields", maps.Equal(first.Fields, map[string]string{"thing1": "{name}同志{month}党费", "amount2": "{amount}"}), true)
		equal(t, "a kind of no module", fmt.Sprint(gone.KindTitle, gone.Placeholders, gone.Fields, gone.Enabled), "gone.kind[] map[] false")
		equal(t, "kinds", fmt.Sprint(list.Kinds), "[{birthday.card 政治生日 [name]} {dues.reminder 党费缴纳提醒 [name month amount]} {request.progress 诉求办理进度 [no progress]}]")
	})
}

func (r *rig) setTemplate(in notify.TemplateInput) notify.TemplateView {
	r.t.Helper()
	view, err := r.notify.SetTemplate(context.Background(), cityAdmin(), in)
	must(r.t, err)
	return view
}

func (r *rig) templates() notify.TemplateList {
	r.t.Helper()
	list, err := r.notify.Templates(context.Background(), cityAdmin())
	must(r.t, err)
	return list
}
