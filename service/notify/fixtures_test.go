package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/wechat/sandbox"
)

func (r *rig) seedTemplates() {
	r.insert(&model.Department{Name: "县卫健局", CreatedAt: r.clock.Now()})
	r.insert(&model.OfficialAccount{AppID: clinic, Name: "县卫健局", DepartmentID: 1, Kind: model.AccountService,
		CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()})
	r.insert(&model.MessageTemplate{Kind: "dues.reminder", Channel: model.ChannelSubscribe, AppID: mini, TemplateID: duesTemplate,
		Fields: `{"thing1":"{name}同志{month}党费","amount2":"{amount}"}`, Enabled: true})
	r.insert(&model.MessageTemplate{Kind: "request.progress", Channel: model.ChannelSubscribe, AppID: mini, TemplateID: longTemplate,
		Fields: `{"thing1":"{progress}"}`, LongTerm: true, Enabled: true})
	for _, kind := range []string{"dues.reminder", "request.progress"} {
		r.insert(&model.MessageTemplate{Kind: kind, Channel: model.ChannelTemplate, AppID: clinic, TemplateID: progressTemplate,
			Fields: `{"thing1":"{name}{progress}"}`, Enabled: true})
	}
	r.insert(&model.Org{Type: model.OrgCity, Path: "001", Name: "红云县委", CreatedAt: r.clock.Now()})
}

func (r *rig) insert(row any) {
	r.t.Helper()
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) error { return tx.Create(row).Error }))
}

// member adds a member with an account whose phone is the sandbox's person m-<id>; credit is for dues.
func (r *rig) member(credit int) (memberID, accountID int64) {
	r.t.Helper()
	now := r.clock.Now()
	m := model.Member{OrgID: 1, Name: "李卫国", IDSealed: "x", IDIndex: fmt.Sprint(time.Now().UnixNano()), Sex: "MALE", BornOn: "1970-01-01",
		EthnicGroup: "汉族", Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "1995-07-01", CreatedAt: now, UpdatedAt: now}
	r.insert(&m)
	a := model.Account{MPAppID: mini, OpenID: openID(mini, m.ID), UnionID: unionOf(m.ID), MemberID: &m.ID, CreatedAt: now, LastLoginAt: now}
	r.insert(&a)
	if credit > 0 {
		r.insert(&model.MessageCredit{AccountID: a.ID, TemplateID: duesTemplate, Balance: int64(credit), UpdatedAt: now})
		must(r.t, r.sandbox.Seed([]sandbox.Grant{{PersonID: person(m.ID), AppID: mini, Credits: map[string]int{duesTemplate: credit}}}))
	}
	return m.ID, a.ID
}

// fan makes the member's person a follower of the service account.
func (r *rig) fan(memberID int64, accountID *int64) (contactID int64) {
	r.t.Helper()
	c := model.Contact{AppID: clinic, OpenID: openID(clinic, memberID), AccountID: accountID, Follows: true, CreatedAt: r.clock.Now()}
	r.insert(&c)
	must(r.t, r.sandbox.Seed([]sandbox.Grant{{PersonID: person(memberID), AppID: clinic, Follows: true}}))
	return c.ID
}

// writes is the person writing to the service account, which opens the window on both sides.
func (r *rig) writes(memberID int64) {
	r.t.Helper()
	answer := r.door(http.MethodPost, "people/"+person(memberID)+"/say", map[string]any{"appid": clinic, "type": "text", "content": "你好"})
	if e := answer["error"]; e != nil && e != "" {
		r.t.Fatalf("push failed: %v", answer)
	}
}

func unionOf(memberID int64) string { return sandbox.UnionID(person(memberID)) }

func person(memberID int64) string { return fmt.Sprintf("m-%d", memberID) }

func openID(appid string, memberID int64) string { return sandbox.OpenID(appid, person(memberID)) }

func (r *rig) queue(messages ...notify.Message) int64 {
	r.t.Helper()
	var n int64
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) (err error) {
		n, err = r.notify.Queue(tx, messages...)
		return err
	}))
	return n
}

func dues(memberID int64, month string) notify.Message {
	return notify.Message{Kind: "dues.reminder", To: notify.Recipient{Type: model.ToMember, ID: memberID}, Period: month,
		Data: map[string]string{"name": "李卫国", "month": month, "amount": "¥3.00"}}
}

func progress(to notify.Recipient, no string) notify.Message {
	return notify.Message{Kind: "request.progress", To: to, Period: "request:" + no,
		Data: map[string]string{"no": no, "progress": "已受理"}}
}

func toContact(id int64) notify.Recipient { return notify.Recipient{Type: model.ToContact, ID: id} }

// drain dispatches until nothing is due.
func (r *rig) drain(s *notify.Service) {
	r.t.Helper()
	for range 100 {
		n, err := s.Dispatch(context.Background())
		must(r.t, err)
		if n == 0 {
			return
		}
	}
	r.t.Fatal("messages are due for ever")
}

func (r *rig) deliveries() []model.Delivery {
	r.t.Helper()
	var rows []model.Delivery
	must(r.t, r.db.Read(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

// only is the one delivery there is.
func (r *rig) only() model.Delivery {
	r.t.Helper()
	rows := r.deliveries()
	if len(rows) != 1 {
		r.t.Fatalf("%d deliveries, want 1", len(rows))
	}
	return rows[0]
}

func (r *rig) attempts() []model.DeliveryAttempt {
	r.t.Helper()
	var rows []model.DeliveryAttempt
	must(r.t, r.db.Read(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

func (r *rig) credit(accountID int64, template string) int64 {
	r.t.Helper()
	var c model.MessageCredit
	err := r.db.Read(context.Background()).Where("account_id = ? AND template_id = ?", accountID, template).Take(&c).Error
	if !model.NotFound(err) {
		must(r.t, err)
	}
	return c.Balance
}

func (r *rig) contact(id int64) model.Contact {
	r.t.Helper()
	var c model.Contact
	must(r.t, r.db.Read(context.Background()).Where("id = ?", id).Take(&c).Error)
	return c
}

func (r *rig) fault(f sandbox.Fault) {
	r.t.Helper()
	if f.Times == 0 {
		f.Times = 1
	}
	f.API = strings.TrimPrefix(f.API, "/")
	r.door(http.MethodPost, "faults", f)
}

// door calls the sandbox's own door.
func (r *rig) door(method, path string, in any) map[string]any {
	r.t.Helper()
	out := map[string]any{}
	must(r.t, json.Unmarshal(r.doorRaw(method, path, in), &out))
	return out
}

func (r *rig) doorRaw(method, path string, in any) []byte {
	r.t.Helper()
	body, err := json.Marshal(in)
	must(r.t, err)
	q, err := http.NewRequest(method, r.wire.URL+"/sandbox/api/"+path, bytes.NewReader(body))
	must(r.t, err)
	answer, err := http.DefaultClient.Do(q)
	must(r.t, err)
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	must(r.t, err)
	if answer.StatusCode >= 300 && answer.StatusCode != http.StatusNoContent {
		r.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, raw)
	}
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

// phone is what the person's phone has received from the product, newest first.
func (r *rig) phone(memberID int64) []map[string]any {
	r.t.Helper()
	var all []map[string]any
	must(r.t, json.Unmarshal(r.doorRaw(http.MethodGet, "people/"+url.PathEscape(person(memberID))+"/messages", nil), &all))
	var received []map[string]any
	for _, m := range all {
		if m["from"] != "person" && m["from"] != "me" {
			received = append(received, m)
		}
	}
	return received
}

func viewer(accountID, memberID int64) access.Viewer {
	return access.Viewer{AccountID: accountID, MemberID: memberID}
}

func cityAdmin() access.Viewer {
	return access.Viewer{AccountID: 999, Grants: []access.Grant{{Role: model.RoleAdmin, OrgType: model.OrgCity, OrgPath: "001"}}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
