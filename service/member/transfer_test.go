package member_test

import (
	"errors"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/member"
)

// administrator is a bound member who administers an organisation.
func (b *bundle) administrator(at model.Org, home model.Org, name, number string) (access.Viewer, model.Member) {
	b.t.Helper()
	m := b.enrolled(home, name, number, "2005-07-01")
	b.create(&model.RoleGrant{MemberID: &m.ID, Role: model.RoleAdmin, OrgID: &at.ID, GrantedAt: b.db.Now()})
	v := holder(model.RoleAdmin, at)
	v.MemberID, v.Name = m.ID, name
	return v, m
}

// received is the kinds of message that a member has got.
func (b *bundle) received(id int64, kind string) int64 {
	b.t.Helper()
	return b.count("SELECT count(*) FROM message WHERE recipient_type = 'member' AND recipient_id = ? AND kind = ?", id, kind)
}

func TestTransfer_Inside(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		old, oldAdmin := b.administrator(b.one, b.one, "旧管理员", "361199199001010018")
		fresh, newAdmin := b.administrator(b.three, b.three, "新管理员", "361199199001010026")
		m := b.enrolled(b.one, "李明", "361199199001010034", "2010-07-01")
		b.create(&model.RoleGrant{MemberID: &m.ID, Role: model.RoleAdmin, OrgID: &b.one.ID, GrantedAt: b.db.Now()})
		b.create(&model.RoleGrant{MemberID: &m.ID, Role: model.RoleLeader, OrgID: &b.alpha.ID, GrantedAt: b.db.Now()})
		b.create(&model.OrgPost{OrgID: b.one.ID, MemberID: m.ID, Post: model.PostSecretary, FromOn: "2024-01-01", CreatedAt: b.db.Now()})
		var open member.Transfer
		b.t.Run("is asked for by the old branch, which stays responsible", func(t *testing.T) {
			var err error
			open, err = b.RequestTransfer(b.ctx, old, m.ID, member.TransferInput{ToOrgID: b.three.ID, Reason: "工作调动", DuesPaidTo: "2026-11", Version: 1})
			must(t, err)
			equal(t, open.ToName, "三支部")
			equal(t, open.DueOn, "2026-12-20")
			equal(t, b.now(m.ID).OrgID, b.one.ID)
			equal(t, b.received(newAdmin.ID, member.KindTransferRequested), 1)
		})
		b.t.Run("waits once", func(t *testing.T) {
			_, err := b.RequestTransfer(b.ctx, old, m.ID, member.TransferInput{ToName: "外地党委", Reason: "工作调动", Version: 1})
			refused(t, err, "transfer.open")
		})
		b.t.Run("shows the receiving branch what it needs, and no page of the member", func(t *testing.T) {
			rows, total, err := b.Transfers(b.ctx, fresh, member.TransferFilter{Direction: "in", State: "OPEN"}, 0, 10)
			must(t, err)
			equal(t, total, 1)
			equal(t, rows[0].IDNumber, "361199********0034")
			equal(t, rows[0].FromName, "一支部")
			_, err = b.Member(b.ctx, fresh, m.ID)
			refused(t, err, "not_found")
			_, total, err = b.Transfers(b.ctx, fresh, member.TransferFilter{Direction: "out"}, 0, 10)
			must(t, err)
			equal(t, total, 0)
			_, err = b.Transfer(b.ctx, holder(model.RoleAdmin, b.two), open.ID)
			refused(t, err, "not_found")
		})
		b.t.Run("is overdue after the days that the rule gives", func(t *testing.T) {
			b.clock.Set("2026-12-20 10:00:00")
			row, err := b.Transfer(b.ctx, old, open.ID)
			must(t, err)
			equal(t, row.Overdue, false)
			b.clock.Set("2026-12-21 10:00:00")
			row, err = b.Transfer(b.ctx, old, open.ID)
			must(t, err)
			equal(t, row.Overdue, true)
		})
		b.t.Run("is accepted by the receiving branch alone", func(t *testing.T) {
			_, err := b.AcceptTransfer(b.ctx, old, open.ID, member.AcceptInput{})
			refused(t, err, "auth.forbidden")
			_, err = b.RefuseTransfer(b.ctx, old, open.ID, member.RefuseInput{Reason: "不同意"})
			refused(t, err, "auth.forbidden")
			_, err = b.WithdrawTransfer(b.ctx, fresh, open.ID, member.WithdrawInput{})
			refused(t, err, "auth.forbidden")
			row, err := b.AcceptTransfer(b.ctx, fresh, open.ID, member.AcceptInput{MovedOn: "2026-12-21"})
			must(t, err)
			equal(t, row.State, model.TransferAccepted)
			equal(t, b.now(m.ID).OrgID, b.three.ID)
			equal(t, b.received(m.ID, member.KindTransferAccepted), 1)
			equal(t, b.received(oldAdmin.ID, member.KindTransferAccepted), 1)
		})
		b.t.Run("ends the role and the post in the old branch, not the role above", func(t *testing.T) {
			equal(t, b.count("SELECT count(*) FROM role_grant WHERE member_id = ? AND revoked_at IS NULL AND org_id = ?", m.ID, b.one.ID), 0)
			equal(t, b.count("SELECT count(*) FROM role_grant WHERE member_id = ? AND revoked_at IS NULL AND org_id = ?", m.ID, b.alpha.ID), 1)
			equal(t, b.count("SELECT count(*) FROM org_post WHERE member_id = ? AND until_on = '2026-12-21'", m.ID), 1)
		})
		b.t.Run("is closed then", func(t *testing.T) {
			_, err := b.WithdrawTransfer(b.ctx, old, open.ID, member.WithdrawInput{})
			refused(t, err, "transfer.closed")
		})
	})
}

func TestTransfer_Outside(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		old, _ := b.administrator(b.one, b.one, "旧管理员", "361199199001010018")
		m := b.enrolled(b.one, "李明", "361199199001010034", "2010-07-01")
		ask := func(in member.TransferInput) (member.Transfer, error) {
			in.Reason, in.Version = "工作调动", b.now(m.ID).Version
			return b.RequestTransfer(b.ctx, old, m.ID, in)
		}
		b.t.Run("names one destination that exists", func(t *testing.T) {
			for _, in := range []member.TransferInput{{}, {ToOrgID: b.two.ID, ToName: "外地党委"}, {ToOrgID: b.alpha.ID}, {ToOrgID: 999}} {
				_, err := ask(in)
				refused(t, err, "transfer.destination")
			}
			_, err := ask(member.TransferInput{ToOrgID: b.one.ID})
			refused(t, err, "transfer.same_branch")
		})
		b.t.Run("a refusal leaves everything as it was and may be followed by another request", func(t *testing.T) {
			row, err := ask(member.TransferInput{ToName: "外地党委"})
			must(t, err)
			_, err = b.RefuseTransfer(b.ctx, old, row.ID, member.RefuseInput{Reason: "材料不全"})
			must(t, err)
			equal(t, b.now(m.ID).Standing, model.StandingActive)
		})
		b.t.Run("the receipt takes the member off the roster", func(t *testing.T) {
			row, err := ask(member.TransferInput{ToName: "外地党委", LetterNo: "介2026-7"})
			must(t, err)
			_, err = b.AcceptTransfer(b.ctx, old, row.ID, member.AcceptInput{})
			refused(t, err, "transfer.receipt_no")
			row, err = b.AcceptTransfer(b.ctx, old, row.ID, member.AcceptInput{ReceiptNo: "回2026-9"})
			must(t, err)
			equal(t, row.ReceiptNo, "回2026-9")
			now := b.now(m.ID)
			equal(t, now.Standing, model.StandingTransferred)
			equal(t, *now.LeftOn, "2026-11-20")
			_, err = ask(member.TransferInput{ToName: "外地党委"})
			refused(t, err, "transfer.inactive")
		})
		b.t.Run("who has left gets no birthday card", func(t *testing.T) {
			cards, err := b.Greet(b.ctx, "2027-07-01")
			must(t, err)
			equal(t, cards, 1) // the administrator's
			equal(t, b.received(m.ID, member.KindPoliticalBirthday), 0)
		})
	})
}

func TestTransfer_TwoAtOnce(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		m := b.enrolled(b.one, "李明", "361199199001010034", "2010-07-01")
		both := holder(model.RoleAdmin, b.city)
		row, err := b.RequestTransfer(b.ctx, both, m.ID, member.TransferInput{ToOrgID: b.three.ID, Reason: "工作调动", Version: 1})
		must(b.t, err)
		steps := []func() error{
			func() error { _, err := b.AcceptTransfer(b.ctx, both, row.ID, member.AcceptInput{}); return err },
			func() error { _, err := b.WithdrawTransfer(b.ctx, both, row.ID, member.WithdrawInput{}); return err },
			func() error {
				_, err := b.RefuseTransfer(b.ctx, both, row.ID, member.RefuseInput{Reason: "重名"})
				return err
			},
		}
		errs := make([]error, len(steps))
		var wg sync.WaitGroup
		for i, step := range steps {
			wg.Go(func() { errs[i] = step() })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !fault.Is(err, "transfer.closed") {
				b.t.Fatal(errors.Unwrap(err), err)
			}
		}
		equal(b.t, done, 1)
	})
}

func TestBranches(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		rows, total, err := b.Branches(b.ctx, "支部", 1, 5)
		must(b.t, err)
		equal(b.t, total, 3)
		equal(b.t, len(rows), 2)
		equal(b.t, rows[1].Name, "三支部")
		equal(b.t, rows[1].Committee, "乙委")
		_, total, err = b.Branches(b.ctx, "%", 0, 5)
		must(b.t, err)
		equal(b.t, total, 0)
	})
}
