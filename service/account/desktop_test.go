package account_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/fault"
)

func TestDesktop(t *testing.T) {
	each(t, func(b *bundle) {
		pc := access.Viewer{IP: "10.1.2.3", RequestID: "pc"}
		b.login(b.zhang.id)
		_, citizen := b.login(b.li.id)
		b.exec("UPDATE account SET member_id = ? WHERE id <> ?", b.zhang.member, citizen.AccountID)
		b.exec("INSERT INTO role_grant (member_id, role, org_id, granted_at) VALUES (?, ?, ?, ?)", b.zhang.member, model.RoleAdmin, b.one, b.db.Now())
		_, clerk := b.login(b.zhang.id)
		ask := func() account.DesktopSignIn {
			t.Helper()
			in, err := b.AskDesktop(b.ctx, pc)
			must(b.t, err)
			return in
		}
		look := func(in account.DesktopSignIn) account.DesktopSession {
			t.Helper()
			got, err := b.DesktopSession(b.ctx, pc, in.Code, in.Secret)
			must(b.t, err)
			return got
		}
		b.t.Run("the phone of somebody with a role lets the browser in, once", func(t *testing.T) {
			in := ask()
			equal(t, look(in).State, account.DesktopWaiting)
			told, err := b.DesktopAsked(b.ctx, clerk, strings.ToLower(in.Code))
			must(t, err)
			equal(t, told.From, "10.1.2.3")
			_, err = b.ConfirmDesktop(b.ctx, clerk, in.Code)
			must(t, err)
			_, err = b.RefuseDesktop(b.ctx, clerk, in.Code)
			refused(t, err, "account.desktop_decided")
			got := look(in)
			equal(t, got.State, account.DesktopConfirmed)
			v, err := b.Viewer(b.ctx, got.Token)
			must(t, err)
			equal(t, v.AccountID, clerk.AccountID)
			_, err = b.DesktopSession(b.ctx, pc, in.Code, in.Secret)
			refused(t, err, "not_found")
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE action = 'account.desktop' AND actor_id = ?", clerk.AccountID), 2)
		})
		b.t.Run("who knows the code alone is not let in, and Redis knows no secret", func(t *testing.T) {
			in := ask()
			if strings.Contains(b.redis.Dump(), in.Secret) {
				t.Error("the secret stands in Redis")
			}
			_, err := b.ConfirmDesktop(b.ctx, clerk, in.Code)
			must(t, err)
			_, err = b.DesktopSession(b.ctx, pc, in.Code, "guess")
			refused(t, err, "not_found")
			equal(t, look(in).State, account.DesktopConfirmed)
		})
		b.t.Run("a refused one", func(t *testing.T) {
			in := ask()
			_, err := b.RefuseDesktop(b.ctx, clerk, in.Code)
			must(t, err)
			got := look(in)
			if got.State != account.DesktopRefused || got.Token != "" {
				t.Errorf("%+v", got)
			}
		})
		b.t.Run("whoever holds no role has nothing to do there", func(t *testing.T) {
			_, err := b.ConfirmDesktop(b.ctx, citizen, ask().Code)
			refused(t, err, "auth.forbidden")
		})
		b.t.Run("a role that is taken back before the browser asks", func(t *testing.T) {
			in := ask()
			_, err := b.ConfirmDesktop(b.ctx, clerk, in.Code)
			must(t, err)
			b.exec("UPDATE role_grant SET revoked_at = ? WHERE member_id = ?", b.db.Now(), b.zhang.member)
			_, err = b.DesktopSession(b.ctx, pc, in.Code, in.Secret)
			refused(t, err, "auth.forbidden")
			b.exec("UPDATE role_grant SET revoked_at = NULL WHERE member_id = ?", b.zhang.member)
		})
		b.t.Run("it waits two minutes", func(t *testing.T) {
			in := ask()
			b.redis.FastForward(account.DesktopTime)
			_, err := b.ConfirmDesktop(b.ctx, clerk, in.Code)
			refused(t, err, "not_found")
		})
		b.t.Run("two browsers with one secret get one session", func(t *testing.T) {
			in := ask()
			_, err := b.ConfirmDesktop(b.ctx, clerk, in.Code)
			must(t, err)
			var tokens atomic.Int64
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					got, err := b.DesktopSession(b.ctx, pc, in.Code, in.Secret)
					if err != nil && !fault.Is(err, "not_found") {
						t.Error(err)
					}
					if got.Token != "" {
						tokens.Add(1)
					}
				})
			}
			wg.Wait()
			equal(t, tokens.Load(), 1)
		})
		b.t.Run("a network that begins too many is stopped", func(t *testing.T) {
			var err error
			for range 301 {
				if _, err = b.AskDesktop(b.ctx, access.Viewer{IP: "10.9.9.9"}); err != nil {
					break
				}
			}
			refused(t, err, "auth.too_many_tries")
		})
	})
}
