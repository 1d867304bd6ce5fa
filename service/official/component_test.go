package official

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// way is where WeChat sent the browser back to.
type way struct{ state, code, appid string }

// walk opens the page for the unit and lets the sandbox's person authorise an account there.
func (c *county) walk(unit int64, account string, functions ...int64) way {
	c.t.Helper()
	page, err := c.s.AuthorizationPage(ctx, c.admin, unit)
	must(c.t, err)
	in := map[string]any{"url": page.URL, "person": "wang", "account": account, "name": "县民政局"}
	if functions != nil {
		in["functions"] = functions
	}
	out := c.door("POST", "component/authorize", in)
	back, err := url.Parse(out["redirect"].(string))
	must(c.t, err)
	if !strings.HasPrefix(back.String(), public+"/wechat/open/authorized?") {
		c.t.Fatalf("back to %s", back)
	}
	return way{back.Query().Get("state"), back.Query().Get("auth_code"), out["appid"].(string)}
}

func (c *county) account(appid string) AccountView {
	c.t.Helper()
	rows, err := c.s.List(ctx, c.admin)
	must(c.t, err)
	for _, r := range rows {
		if r.AppID == appid {
			return r
		}
	}
	c.t.Fatalf("%s is not in the list", appid)
	return AccountView{}
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := withSandbox(t, db, clock)
		c.door("POST", "component/ticket", map[string]any{})
		w := c.walk(c.clinics, "new")
		t.Run("the way back makes the account's row, and of two who come with it one gets it", func(t *testing.T) {
			errs := make([]error, 4)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() { _, errs[i] = c.s.Authorized(ctx, w.state, w.code) })
			}
			all.Wait()
			made := 0
			for _, err := range errs {
				if err == nil {
					made++
				} else if !fault.Is(err, "official.state_used") {
					t.Error(err)
				}
			}
			row := c.account(w.appid)
			if made != 1 || row.Name != "县民政局" || row.DepartmentID != c.clinics || row.Authorization != model.AuthorizationComponent || row.AuthorizedAt == nil ||
				row.UnauthorizedAt != nil || row.Kind != model.AccountService || !strings.HasPrefix(row.OriginalID, "gh_") || row.Permissions == "" || row.CallbackPath != "/wechat/open/"+w.appid {
				t.Errorf("%d %+v", made, row)
			}
		})
		t.Run("no token, ticket or code is stored or logged in the clear", func(t *testing.T) {
			token, err := c.s.RefreshToken(ctx, w.appid)
			must(t, err)
			ticket, err := c.s.Ticket(ctx, platform().AppID)
			must(t, err)
			var dump []any
			for _, table := range []string{"official_account", "component_ticket", "component_authorization", "callback", "audit_entry", "message"} {
				var rows []map[string]any
				must(t, db.Read(ctx).Table(table).Find(&rows).Error)
				dump = append(dump, rows)
			}
			text := fmt.Sprint(dump) + c.log.String()
			for _, secret := range []string{token, ticket, w.code, w.state} {
				if secret == "" || strings.Contains(text, secret) {
					t.Errorf("%q is shown", secret)
				}
			}
		})
		t.Run("it writes and is answered as any other", func(t *testing.T) {
			c.door("POST", "people/li/follow", map[string]any{"appid": w.appid})
			c.door("POST", "people/li/say", map[string]any{"appid": w.appid, "type": "text", "content": "你们周末上班吗"})
			var contact model.Contact
			must(t, db.Read(ctx).Where("appid = ?", w.appid).Take(&contact).Error)
			must(t, db.Read(ctx).Create(&model.ContactMessage{ContactID: contact.ID, Direction: "in", Type: "text", Content: "你们周末上班吗", CreatedAt: db.Now()}).Error)
			_, err := c.s.Answer(ctx, c.stranger, contact.ID, AnswerInput{Content: "周六上午上班 {content}"}, "")
			must(t, err)
			must(t, second(c.notify.Dispatch(ctx)))
			if phone := c.ask("GET", "people/li/messages", nil); !strings.Contains(phone, "周六上午上班 {content}") {
				t.Errorf("the phone has %s", phone)
			}
			must(t, db.Read(ctx).Where("id = ?", contact.ID).Take(&contact).Error)
			if d, err := c.s.Conversation(ctx, c.desk, contact.ID, 0, 9); err != nil || d.Last.Delivery != model.DeliverySent || *d.AnswersLeft != 4 || contact.WindowLeft != 4 {
				t.Errorf("%+v %v", d, err)
			}
		})
		t.Run("an account of another unit is refused and stays as it is", func(t *testing.T) {
			before := c.account(w.appid)
			token, err := c.s.RefreshToken(ctx, w.appid)
			must(t, err)
			clock.Add(time.Second)
			other := c.walk(c.roads, w.appid)
			if _, err := c.s.Authorized(ctx, other.state, other.code); !fault.Is(err, "official.other_department") || !strings.Contains(err.Error(), "卫生健康委") {
				t.Error(err)
			}
			after, err := c.s.RefreshToken(ctx, w.appid)
			must(t, err)
			if got := c.account(w.appid); got.DepartmentID != c.clinics || !got.AuthorizedAt.Equal(*before.AuthorizedAt) || after != token {
				t.Errorf("%+v", got)
			}
		})
		t.Run("a state that nobody gave, that is old, or whose giver has lost the office", func(t *testing.T) {
			for _, state := range []string{"", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "\x00", w.state + "x"} {
				if _, err := c.s.Authorized(ctx, state, "code"); !fault.Is(err, "official.state_unknown") {
					t.Errorf("%q: %v", state, err)
				}
			}
			forged := c.walk(c.roads, "new")
			if _, err := c.s.Authorized(ctx, forged.state, "made-up"); !fault.Is(err, "official.code_used") {
				t.Errorf("a made-up code: %v", err)
			}
			late := c.walk(c.roads, "new")
			clock.Add(pageLife)
			if _, err := c.s.Authorized(ctx, late.state, late.code); !fault.Is(err, "official.state_expired") {
				t.Errorf("after ten minutes: %v", err)
			}
			c.door("POST", "component/ticket", map[string]any{})
			gone := c.walk(c.roads, "new")
			must(t, db.Read(ctx).Exec("UPDATE role_grant SET revoked_at = ? WHERE role = 'admin' AND member_id = ?", db.Now(), c.admin.MemberID).Error)
			defer func() {
				must(t, db.Read(ctx).Exec("UPDATE role_grant SET revoked_at = NULL").Error)
			}()
			if _, err := c.s.Authorized(ctx, gone.state, gone.code); !fault.Is(err, "auth.forbidden") {
				t.Errorf("without the office: %v", err)
			}
		})
		t.Run("only the city's administrators open the page, for a unit that works", func(t *testing.T) {
			for _, v := range []access.Viewer{c.leader, c.desk, c.chief, c.citizen} {
				if err := second(c.s.AuthorizationPage(ctx, v, c.roads)); !fault.Is(err, "auth.forbidden") {
					t.Errorf("%s: %v", v.Name, err)
				}
			}
			if err := second(c.s.AuthorizationPage(ctx, c.admin, 999)); !fault.Is(err, "o2o.no_department") {
				t.Error(err)
			}
		})
	})
}

func TestComponentPushes(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := withSandbox(t, db, clock)
		c.door("POST", "component/ticket", map[string]any{})
		w := c.walk(c.clinics, "new", 1, 7)
		must(t, second(c.s.Authorized(ctx, w.state, w.code)))
		t.Run("an older ticket never replaces a newer one", func(t *testing.T) {
			for _, x := range []struct {
				at     time.Duration
				ticket string
				want   string
			}{{time.Minute, "newer", "newer"}, {-time.Minute, "older", "newer"}, {time.Minute, "same second", "same second"}} {
				must(t, db.Tx(ctx, func(tx model.Tx) error {
					return c.s.keepTicket(tx, wechat.ComponentPush{Ticket: x.ticket, CreatedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).Add(x.at)})
				}))
				if got, err := c.s.Ticket(ctx, platform().AppID); err != nil || got != x.want {
					t.Errorf("%q %v, want %q", got, err, x.want)
				}
			}
			must(t, db.Read(ctx).Exec("DELETE FROM component_ticket").Error)
			c.door("POST", "component/ticket", map[string]any{})
		})
		t.Run("what the unit grants anew is read after a minute, unless the browser was there before", func(t *testing.T) {
			clock.Add(5 * time.Second)
			c.walk(c.clinics, w.appid, 1, 7, 15) // the browser never comes back
			must(t, second(c.push.Work(ctx)))
			if got := c.account(w.appid).Permissions; got != "1,7" {
				t.Errorf("at once: %s", got)
			}
			clock.Add(61 * time.Second)
			must(t, second(c.push.Work(ctx)))
			if got := c.account(w.appid).Permissions; got != "1,7,15" {
				t.Errorf("after a minute: %s", got)
			}
			again := c.walk(c.clinics, w.appid, 1)
			must(t, second(c.s.Authorized(ctx, again.state, again.code)))
			clock.Add(61 * time.Second)
			must(t, second(c.push.Work(ctx)))
			if got := c.account(w.appid); got.Permissions != "1" {
				t.Errorf("%+v", got)
			}
			var open int64
			must(t, db.Read(ctx).Raw("SELECT count(*) FROM callback WHERE state <> 'done'").Scan(&open).Error)
			if open != 0 {
				t.Errorf("%d pushes wait", open)
			}
		})
		t.Run("a refresh token is turned by who holds the stored one, and is never empty", func(t *testing.T) {
			old, err := c.s.RefreshToken(ctx, w.appid)
			must(t, err)
			must(t, c.s.SaveRefreshToken(ctx, w.appid, "somebody else's", "lost"))
			if got, _ := c.s.RefreshToken(ctx, w.appid); got != old {
				t.Errorf("%q replaces %q", got, old)
			}
			must(t, c.s.SaveRefreshToken(ctx, w.appid, old, "turned"))
			if got, _ := c.s.RefreshToken(ctx, w.appid); got != "turned" {
				t.Error(got)
			}
			if c.s.SaveRefreshToken(ctx, w.appid, "turned", "") == nil {
				t.Error("an empty token is stored")
			}
			must(t, c.s.SaveRefreshToken(ctx, w.appid, "turned", old))
		})
		t.Run("an account that is taken back sends nothing, and the administrators hear of it once", func(t *testing.T) {
			clock.Add(time.Minute)
			must(t, db.Tx(ctx, func(tx model.Tx) error { // one from before the last authorisation came late
				_, err := c.s.unauthorized(tx, wechat.ComponentPush{AuthorizerAppID: w.appid, CreatedAt: db.Now().Add(-time.Hour)})
				return err
			}))
			if c.account(w.appid).UnauthorizedAt != nil {
				t.Error("an old push takes the account back")
			}
			c.door("POST", "component/unauthorize", map[string]any{"person": "wang", "account": w.appid})
			if c.account(w.appid).UnauthorizedAt == nil {
				t.Error("the list does not show it")
			}
			told := c.messages(kindUnauthorized)
			if len(told) != 1 || told[0].RecipientID != c.admin.MemberID || !strings.Contains(told[0].Data, "县民政局") {
				t.Errorf("%+v", told)
			}
			if token, err := c.s.RefreshToken(ctx, w.appid); err != nil || token != "" {
				t.Errorf("%q %v", token, err)
			}
			if err := c.wechat.SendCustomerText(ctx, w.appid, "openid", "x"); wechat.OutcomeOf(err) != wechat.OutcomeConfig {
				t.Errorf("sent: %v", err)
			}
			if err := second(c.s.SetMenu(ctx, c.admin, c.account(w.appid).ID, MenuInput{})); !fault.Is(err, "official.unauthorized") {
				t.Error(err)
			}
			back := c.walk(c.clinics, w.appid)
			must(t, second(c.s.Authorized(ctx, back.state, back.code)))
			if c.account(w.appid).UnauthorizedAt != nil {
				t.Error("authorised again, it stays taken back")
			}
		})
	})
}
