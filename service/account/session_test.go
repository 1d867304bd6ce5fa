package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/fault"
)

func TestSession_Login(t *testing.T) {
	each(t, func(b *bundle) {
		first, v := b.login(b.zhang.id)
		equal(b.t, first.Account.Bound, false)
		equal(b.t, first.ExpiresAt, b.db.Now().Add(account.PeopleIdle))
		second, again := b.login(b.zhang.id)
		equal(b.t, again.AccountID, v.AccountID)
		if first.Token == second.Token || len(first.Token) < 43 {
			b.t.Fatalf("tokens %q, %q", first.Token, second.Token)
		}
		b.t.Run("Redis holds no token", func(t *testing.T) {
			if dump := b.redis.Dump(); strings.Contains(dump, first.Token) || strings.Contains(dump, second.Token) {
				t.Fatal(dump)
			}
		})
		b.t.Run("contacts of the same person are tied to the account", func(t *testing.T) {
			b.exec("INSERT INTO contact (appid, openid, unionid, created_at) SELECT 'wxoa', 'o1', unionid, created_at FROM account WHERE id = ?", v.AccountID)
			b.exec("INSERT INTO contact (appid, openid, unionid, created_at) SELECT 'wxoa', 'o2', '', created_at FROM account WHERE id = ?", v.AccountID)
			b.login(b.zhang.id)
			equal(t, b.count("SELECT count(*) FROM contact WHERE account_id = ?", v.AccountID), 1)
		})
		b.t.Run("each login stands in the audit log", func(t *testing.T) {
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE action = 'account.login' AND actor_id = ?", v.AccountID), 3)
		})
	})
}

func TestSession_LoginRefused(t *testing.T) {
	each(t, func(b *bundle) {
		login := func(code string) error {
			_, err := b.Login(b.ctx, access.Viewer{}, account.LoginInput{Code: code})
			return err
		}
		b.t.Run("a code works once", func(t *testing.T) {
			code := b.code(b.zhang.id, "code")
			must(t, login(code))
			refused(t, login(code), "auth.code_invalid")
		})
		b.t.Run("an invented code", func(t *testing.T) { refused(t, login("nonsense"), "auth.code_invalid") })
		for _, c := range []struct {
			name, faults, code string
			kind               fault.Kind
		}{
			{"too many calls", `{"api":"sns/jscode2session","errcode":45011,"times":1}`, "auth.too_often", fault.KindTooMany},
			{"a risky user", `{"api":"sns/jscode2session","errcode":40226,"times":1}`, "auth.high_risk", fault.KindForbidden},
			{"WeChat is down", `{"api":"sns/jscode2session","status":502,"times":1}`, "wechat.unavailable", fault.KindUnavailable},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				b.door("faults", c.faults, nil)
				equal(t, refused(t, login(b.code(b.zhang.id, "code")), c.code).Kind, c.kind)
			})
		}
	})
}

func TestLogin_tooMany(t *testing.T) {
	each(t, func(b *bundle) {
		login := func(ip, code string) error {
			_, err := b.Login(b.ctx, access.Viewer{IP: ip}, account.LoginInput{Code: code})
			return err
		}
		for range 150 { // whoever signs in is not counted
			must(t, login("203.0.113.7", b.code(b.zhang.id, "code")))
		}
		for n := range 100 {
			refused(t, login("203.0.113.7", fmt.Sprint("invented-", n)), "auth.code_invalid")
		}
		f := refused(t, login("203.0.113.7", b.code(b.zhang.id, "code")), "auth.too_many_tries")
		equal(t, f.Kind, fault.KindTooMany)
		must(t, login("203.0.113.8", b.code(b.zhang.id, "code")))
		b.redis.FastForward(10 * time.Minute)
		must(t, login("203.0.113.7", b.code(b.zhang.id, "code")))
	})
}

func TestSession_Idle(t *testing.T) {
	each(t, func(b *bundle) {
		in, v := b.login(b.zhang.id)
		alive := func(t *testing.T, want bool) {
			t.Helper()
			_, err := b.Viewer(b.ctx, in.Token)
			if want {
				must(t, err)
			} else {
				refused(t, err, "auth.required")
			}
		}
		wait := func(d time.Duration) { b.clock.Add(d); b.redis.FastForward(d) }

		b.t.Run("each use moves the end on", func(t *testing.T) {
			for range 4 {
				wait(20 * time.Minute)
				alive(t, true)
			}
		})
		b.t.Run("a role given meanwhile shortens the session at once", func(t *testing.T) {
			wait(20 * time.Minute)
			b.create(&model.RoleGrant{AccountID: &v.AccountID, Role: model.RoleAdmin, OrgID: &b.one, GrantedAt: b.db.Now()})
			alive(t, false)
			in, _ = b.login(b.zhang.id)
			equal(t, in.ExpiresAt, b.db.Now().Add(account.StaffIdle))
			wait(14 * time.Minute)
			alive(t, true)
			wait(15 * time.Minute)
			alive(t, false)
		})
		b.t.Run("an idle session leaves nothing behind", func(t *testing.T) {
			wait(time.Hour)
			if keys := b.redis.Keys(); strings.Contains(strings.Join(keys, " "), "session") {
				t.Fatal(keys)
			}
		})
	})
}

func TestSession_End(t *testing.T) {
	each(t, func(b *bundle) {
		in, v := b.login(b.zhang.id)
		other, _ := b.login(b.zhang.id)
		b.t.Run("signing out ends one session for good", func(t *testing.T) {
			must(t, b.SignOut(b.ctx, v))
			_, err := b.Viewer(b.ctx, in.Token)
			refused(t, err, "auth.required")
			_, err = b.Viewer(b.ctx, other.Token)
			must(t, err)
		})
		b.t.Run("one session too many ends the oldest", func(t *testing.T) {
			for range account.MaxSessions {
				b.clock.Add(time.Second)
				b.login(b.zhang.id)
			}
			_, err := b.Viewer(b.ctx, other.Token)
			refused(t, err, "auth.required")
		})
		b.t.Run("a session in use outlives those that were left lying", func(t *testing.T) {
			used, _ := b.login(b.li.id)
			for range account.MaxSessions + 1 { // the phone is opened now and then, the computer works on
				b.clock.Add(time.Minute)
				b.login(b.li.id)
				b.clock.Add(time.Minute)
				_, err := b.Viewer(b.ctx, used.Token)
				must(t, err)
			}
		})
		b.t.Run("an invented token is nobody", func(t *testing.T) {
			for _, token := range []string{"", "x", other.Token + "x"} {
				_, err := b.Viewer(b.ctx, token)
				refused(t, err, "auth.required")
			}
		})
		b.t.Run("a revoked role acts at once", func(t *testing.T) {
			_, v := b.login(b.li.id)
			g := model.RoleGrant{AccountID: &v.AccountID, Role: model.RoleAdmin, OrgID: &b.one, GrantedAt: b.db.Now()}
			b.create(&g)
			in, v := b.login(b.li.id)
			equal(t, len(v.Grants), 1)
			b.exec("UPDATE role_grant SET revoked_at = granted_at WHERE id = ?", g.ID)
			v, err := b.Viewer(b.ctx, in.Token)
			must(t, err)
			equal(t, len(v.Grants), 0)
		})
		b.t.Run("without Redis nobody is let in, and the answer says so", func(t *testing.T) {
			b.redis.SetError("down")
			defer b.redis.SetError("")
			_, err := b.Viewer(b.ctx, other.Token)
			equal(t, refused(t, err, "session.unavailable").Kind, fault.KindUnavailable)
		})
	})
}
