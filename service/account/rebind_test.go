package account_test

import (
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/fault"
)

// newPhone is 张三 with a new WeChat account, and the ticket that binding gave it.
func (b *bundle) newPhone(id string, p person) (access.Viewer, string) {
	b.t.Helper()
	v := b.stranger(id, b.phone[p.id])
	_, err := b.bind(v, id, p)
	return v, refused(b.t, err, "account.member_bound").Details["ticket"].(string)
}

func (b *bundle) request(v access.Viewer, ticket string) account.RebindView {
	b.t.Helper()
	r, err := b.RequestRebind(b.ctx, v, account.RebindInput{Ticket: ticket, Reason: "换了手机"})
	must(b.t, err)
	return r
}

func (b *bundle) messages(kind, to string, id int64) int64 {
	b.t.Helper()
	return b.count("SELECT count(*) FROM message WHERE kind = ? AND recipient_type = ? AND recipient_id = ?", kind, to, id)
}

func TestRebind_Approve(t *testing.T) {
	each(t, func(b *bundle) {
		oldToken, old := b.bound(b.zhang)
		admin := b.holding(b.li, model.RoleAdmin, b.one)
		v, ticket := b.newPhone("new", b.zhang)
		r := b.request(v, ticket)
		equal(b.t, r.State, model.RebindPending)
		equal(b.t, r.Phone, "138****0001")

		b.t.Run("the branch's administrators are told", func(t *testing.T) {
			equal(t, b.messages("account.rebind_requested", model.ToMember, b.li.member), 1)
		})
		b.t.Run("only who administers the branch sees and decides it", func(t *testing.T) {
			for _, other := range []access.Viewer{b.holding(b.wang, model.RoleAdmin, b.two), b.holding(b.zhao, model.RoleAdmin, b.beta), old} {
				rows, err := b.RebindRequests(b.ctx, other, "")
				must(t, err)
				equal(t, len(rows), 0)
				_, err = b.Approve(b.ctx, other, r.ID, "")
				refused(t, err, "not_found")
				_, err = b.Reject(b.ctx, other, r.ID, "不")
				refused(t, err, "not_found")
			}
			rows, err := b.RebindRequests(b.ctx, admin, model.RebindPending)
			must(t, err)
			equal(t, len(rows), 1)
			equal(t, rows[0], r)
		})
		_, err := b.Approve(b.ctx, admin, r.ID, "已核实")
		must(b.t, err)
		b.t.Run("the new account has the member, the old one nothing and no session", func(t *testing.T) {
			equal(t, b.count("SELECT member_id FROM account WHERE id = ?", v.AccountID), b.zhang.member)
			equal(t, b.count("SELECT count(*) FROM account WHERE id = ? AND member_id IS NULL", old.AccountID), 1)
			_, err := b.Viewer(b.ctx, oldToken)
			refused(t, err, "auth.required")
		})
		b.t.Run("both are told", func(t *testing.T) {
			equal(t, b.messages("account.rebind_approved", model.ToAccount, v.AccountID), 1)
			equal(t, b.messages("account.rebind_approved", model.ToAccount, old.AccountID), 1)
		})
		b.t.Run("it is decided once", func(t *testing.T) {
			_, err := b.Approve(b.ctx, admin, r.ID, "")
			refused(t, err, "account.rebind_decided")
			_, err = b.Reject(b.ctx, admin, r.ID, "不")
			refused(t, err, "account.rebind_decided")
		})
		b.t.Run("every step stands in the audit log", func(t *testing.T) {
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE action IN ('account.request_rebind', 'account.approve_rebind') AND object_id = ?", r.ID), 2)
		})
	})
}

func TestRebind_Refused(t *testing.T) {
	each(t, func(b *bundle) {
		_, old := b.bound(b.zhang)
		v, ticket := b.newPhone("new", b.zhang)
		ask := func(v access.Viewer, ticket string) error {
			_, err := b.RequestRebind(b.ctx, v, account.RebindInput{Ticket: ticket, Reason: "换了手机"})
			return err
		}
		b.t.Run("a ticket is worth nothing to another account", func(t *testing.T) {
			refused(t, ask(b.stranger("thief", "13900000009"), ticket), "account.ticket_invalid")
			refused(t, ask(v, "invented"), "account.ticket_invalid")
		})
		b.t.Run("a ticket lives ten minutes", func(t *testing.T) {
			_, late := b.newPhone("new", b.zhang)
			b.redis.FastForward(account.TicketLife)
			refused(t, ask(v, late), "account.ticket_invalid")
		})
		_, ticket = b.newPhone("new", b.zhang)
		r := b.request(v, ticket)
		b.t.Run("a ticket works once, and one request is open at a time", func(t *testing.T) {
			refused(t, ask(v, ticket), "account.ticket_invalid")
			_, again := b.newPhone("new", b.zhang)
			refused(t, ask(v, again), "account.rebind_pending")
		})
		b.t.Run("where the branch has no administrator, the next one above is told", func(t *testing.T) {
			b.holding(b.zhao, model.RoleAdmin, b.city)
			b.holding(b.wang, model.RoleAdmin, b.alpha)
			w, ticket := b.newPhone("other", b.zhang)
			b.request(w, ticket)
			equal(t, b.messages("account.rebind_requested", model.ToMember, b.wang.member), 1)
			equal(t, b.messages("account.rebind_requested", model.ToMember, b.zhao.member), 0)
		})
		b.t.Run("nobody decides his or her own", func(t *testing.T) {
			self := b.holding(b.zhang, model.RoleAdmin, b.one)
			_, err := b.Approve(b.ctx, self, r.ID, "")
			equal(t, refused(t, err, "account.own_rebind").Kind, fault.KindForbidden)
			asker := v
			asker.Grants = self.Grants
			_, err = b.Approve(b.ctx, asker, r.ID, "")
			refused(t, err, "account.own_rebind")
		})
		b.t.Run("rejected: nothing moves, and both are told", func(t *testing.T) {
			_, admin := b.login(b.wang.id)
			view, err := b.Reject(b.ctx, admin, r.ID, "未能核实")
			must(t, err)
			equal(t, view.Note, "未能核实")
			equal(t, b.count("SELECT member_id FROM account WHERE id = ?", old.AccountID), b.zhang.member)
			equal(t, b.messages("account.rebind_rejected", model.ToAccount, v.AccountID), 1)
			equal(t, b.messages("account.rebind_rejected", model.ToMember, b.zhang.member), 1)
		})
		b.t.Run("an asker who has meanwhile another member cannot be approved", func(t *testing.T) {
			w, ticket := b.newPhone("third", b.zhang)
			r := b.request(w, ticket)
			b.exec("UPDATE account SET member_id = ? WHERE id = ?", b.li.member, w.AccountID)
			_, admin := b.login(b.wang.id)
			_, err := b.Approve(b.ctx, admin, r.ID, "")
			refused(t, err, "account.rebind_void")
			equal(t, b.count("SELECT member_id FROM account WHERE id = ?", old.AccountID), b.zhang.member)
		})
	})
}

func TestRebind_AtOnce(t *testing.T) {
	each(t, func(b *bundle) {
		b.bound(b.zhang)
		admin := b.holding(b.wang, model.RoleAdmin, b.alpha)
		var ids []int64
		for _, id := range []string{"n1", "n2", "n3"} {
			v, ticket := b.newPhone(id, b.zhang)
			ids = append(ids, b.request(v, ticket).ID)
		}
		var wg sync.WaitGroup
		errs := make([]error, 2*len(ids))
		for i := range errs {
			wg.Go(func() { _, errs[i] = b.Approve(b.ctx, admin, ids[i%len(ids)], "") })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else {
				refused(b.t, err, "account.rebind_decided")
			}
		}
		equal(b.t, done, len(ids))
		equal(b.t, b.count("SELECT count(*) FROM account WHERE member_id = ?", b.zhang.member), 1)
	})
}

func TestUntie(t *testing.T) {
	each(t, func(b *bundle) {
		token, v := b.bound(b.zhang)
		b.t.Run("a member outside the scope is not found", func(t *testing.T) {
			for _, other := range []access.Viewer{v, b.holding(b.wang, model.RoleAdmin, b.two), b.holding(b.zhao, model.RoleLeader, b.city)} {
				refused(t, b.Untie(b.ctx, other, b.zhang.member), "not_found")
			}
		})
		admin := b.holding(b.li, model.RoleAdmin, b.alpha)
		must(b.t, b.Untie(b.ctx, admin, b.zhang.member))
		b.t.Run("every session of the account has ended", func(t *testing.T) {
			_, err := b.Viewer(b.ctx, token)
			refused(t, err, "auth.required")
		})
		b.t.Run("a second time there is nothing to untie", func(t *testing.T) {
			refused(t, b.Untie(b.ctx, admin, b.zhang.member), "account.not_bound")
		})
		b.t.Run("the member may bind again", func(t *testing.T) {
			_, v := b.bound(b.zhang)
			equal(t, v.MemberID, b.zhang.member)
		})
	})
}
