package payment

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

// TestOwn: nobody confirms, takes back or refunds money of the own bills, though another person has recorded or asked for it.
func TestOwn(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		w.create(&model.RoleGrant{MemberID: &w.zhang.MemberID, Role: model.RoleAdmin, OrgID: &w.zhang.OrgID, GrantedAt: w.db.Now()})
		own, err := access.Load(w.db.Read(bg), w.zhang.AccountID)
		w.must(err)
		b := w.bill(own, "2026-11", 1250)
		_, err = w.s.Confirm(bg, own, w.cash(b).ID)
		w.wants(err, "dues.same_person")
		p := w.payment(w.count("SELECT max(id) AS n FROM dues_payment"))
		_, err = w.s.Confirm(bg, w.committee, p.ID)
		w.must(err)
		_, err = w.s.Reverse(bg, own, p.ID, "收错")
		w.wants(err, "dues.same_person")
		_, err = w.s.Reverse(bg, w.committee, p.ID, "收错")
		w.must(err)

		paid := w.mustPay(own, b)
		w.tap(own, paid, "paid")
		r, err := w.s.RequestRefund(bg, w.one, paid.Payment.ID, b.ID, "重复缴纳")
		w.must(err)
		_, err = w.s.ApproveRefund(bg, own, r[0].ID, "同意")
		w.wants(err, "dues.same_person")
		_, err = w.s.ApproveRefund(bg, w.committee, r[0].ID, "同意")
		w.must(err)

		sp, err := w.s.RecordSpecial(bg, w.one, "", SpecialInput{MemberID: own.MemberID, AmountFen: 200000, Method: model.PayCash, PaidOn: "2026-11-20", Brief: "支部书记"})
		w.must(err)
		_, err = w.s.ConfirmSpecial(bg, own, sp.ID)
		w.wants(err, "dues.same_person")
		_, err = w.s.ConfirmSpecial(bg, w.committee, sp.ID)
		w.must(err)
		_, err = w.s.ReverseSpecial(bg, own, sp.ID, "收错")
		w.wants(err, "dues.same_person")
	})
}
