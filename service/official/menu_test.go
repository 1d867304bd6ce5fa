package official

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/wechat"
)

func TestSetMenu(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		linked, alone := withSandbox(t, db, clock, windowPage), withSandbox(t, modeltest.SQLite(t, clock.Now), clock)
		for _, c := range []*county{linked, alone} {
			c.addClinic()
		}
		id := linked.account(clinic).ID
		t.Run("the window opens in the mini-program where the account is linked, else on the web", func(t *testing.T) {
			for _, x := range []struct {
				c      *county
				linked bool
				kind   wechat.ButtonType
			}{{linked, true, wechat.ButtonMiniProgram}, {alone, false, wechat.ButtonView}} {
				m, err := x.c.s.SetMenu(ctx, x.c.admin, x.c.account(clinic).ID, MenuInput{})
				must(t, err)
				if m.MiniProgram != x.linked || m.Buttons[0].Type != x.kind || m.Buttons[0].URL != public+"/m/#/report" || m.Buttons[1].Key != keyMyRequests || m.Account.MenuSetAt == nil {
					t.Errorf("%+v", m)
				}
			}
		})
		t.Run("what is added stands beside the directory", func(t *testing.T) {
			m, err := linked.s.SetMenu(ctx, linked.admin, id, MenuInput{Extra: []MenuLink{{"预约挂号", "https://example.gov.cn/book"}}})
			must(t, err)
			if len(m.Buttons) != 3 || len(m.Buttons[2].Sub) != 2 || m.Buttons[2].Sub[1].Name != "预约挂号" {
				t.Errorf("%+v", m.Buttons)
			}
			for _, bad := range []MenuLink{{"预约", "javascript:alert(1)"}, {strings.Repeat("长", 21), "https://example.gov.cn"}} {
				if err := second(linked.s.SetMenu(ctx, linked.admin, id, MenuInput{Extra: []MenuLink{bad}})); !fault.Is(err, "official.menu_refused") {
					t.Errorf("%+v: %v", bad, err)
				}
			}
		})
		t.Run("WeChat's refusals say what to do", func(t *testing.T) {
			for code, want := range map[int64]string{48001: "未认证的订阅号", 40164: "IP 白名单", 40016: "最多3个", 45009: "频繁"} {
				linked.door("POST", "faults", map[string]any{"api": "cgi-bin/menu/create", "errcode": code, "times": 1})
				before := linked.account(clinic).MenuSetAt
				err := second(linked.s.SetMenu(ctx, linked.admin, id, MenuInput{}))
				if err == nil || !strings.Contains(err.Error(), want) || !linked.account(clinic).MenuSetAt.Equal(*before) {
					t.Errorf("%d: %v", code, err)
				}
			}
		})
		t.Run("only the city's administrators, for an account that is there", func(t *testing.T) {
			for _, v := range []access.Viewer{linked.leader, linked.desk, linked.stranger} {
				if err := second(linked.s.SetMenu(ctx, v, id, MenuInput{})); !fault.Is(err, "auth.forbidden") {
					t.Error(err)
				}
			}
			if err := second(linked.s.SetMenu(ctx, linked.admin, 999, MenuInput{})); !fault.Is(err, "not_found") {
				t.Error(err)
			}
		})
	})
}

func TestComponentAccount_update(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := withSandbox(t, db, clock)
		c.door("POST", "component/ticket", map[string]any{})
		w := c.walk(c.clinics, "new")
		must(t, second(c.s.Authorized(ctx, w.state, w.code)))
		row := c.account(w.appid)
		in := AccountInput{Name: "民政之窗", DepartmentID: c.roads, Kind: model.AccountSubscription, OriginalID: "gh_000000000000", Greeting: "您好"}
		got, err := c.s.Update(ctx, c.admin, row.ID, in)
		if err != nil || got.Name != "民政之窗" || got.Greeting != "您好" || got.DepartmentID != c.roads || got.Kind != row.Kind || got.OriginalID != row.OriginalID {
			t.Errorf("%+v %v", got, err)
		}
		in.Secret = secret
		if err := second(c.s.Update(ctx, c.admin, row.ID, in)); !fault.Is(err, "o2o.invalid_account") {
			t.Errorf("one secret alone: %v", err)
		}
		in.Token, in.AESKey = token, aesKey
		must(t, second(c.s.Update(ctx, c.admin, row.ID, in)))
		app, err := c.s.Credentials(ctx, w.appid)
		if err != nil || app.Authorization != wechat.AuthorizationDirect || app.Secret != secret || app.OriginalID != "gh_000000000000" {
			t.Errorf("%#v %v", app, err)
		}
		if token, err := c.s.RefreshToken(ctx, w.appid); err != nil || token != "" {
			t.Errorf("the authorisation stays: %q %v", token, err)
		}
	})
}
