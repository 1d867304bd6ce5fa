package handler

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/ledger"
)

// byHand is a cash payment of a fresh member of a branch for one bill, recorded by nobody of the cast, with its entries in the ledger.
func (w *world) byHand(branch, state string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(branch)
	p := model.DuesPayment{OrgID: w.org[branch], PayerID: &member, Method: model.PayCash, State: state, AmountFen: 20, OrderNo: fmt.Sprintf("DF%d", w.next()),
		PaidOn: "2026-11-20", RecordedAt: w.db.Now()}
	billState := model.BillUnpaid
	transfers := []ledger.Transfer{{Key: "bill/" + p.OrderNo, Kind: "dues.bill", From: ledger.DuesBilled(p.OrgID), To: ledger.DuesDue(member), Amount: 20}}
	if state == model.PaymentSettled {
		billState = model.BillPaid
		transfers = append(transfers, ledger.Transfer{Key: "paid/" + p.OrderNo, Kind: "dues.paid", From: ledger.DuesDue(member), To: ledger.DuesCash(p.OrgID), Amount: 20})
	}
	bill := w.bill(branch, member, "2026-11", billState)
	w.create(&p)
	w.create(&model.DuesPaymentBill{PaymentID: p.ID, BillID: bill, AmountFen: 20, Live: true})
	w.must(w.db.Tx(w.t.Context(), func(tx model.Tx) error { _, err := ledger.Post(tx, transfers...); return err }))
	return p.ID
}

// refund is one that nobody of the cast has asked for, of an online payment.
func (w *world) refund(branch string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(branch)
	id := w.order(branch, member, 0, model.PaymentSettled)
	var bill int64
	w.must(w.db.Read(w.t.Context()).Raw("SELECT bill_id FROM dues_payment_bill WHERE payment_id = ?", id).Scan(&bill).Error)
	w.must(w.db.Read(w.t.Context()).Exec("UPDATE dues_payment SET refunded_fen = 20 WHERE id = ?", id).Error)
	r := model.DuesRefund{PaymentID: id, BillID: &bill, RefundNo: fmt.Sprintf("TK%d", w.next()), AmountFen: 20, Reason: "重复缴纳", State: model.RefundRequested, RequestedAt: w.db.Now()}
	w.create(&r)
	return r.ID
}

// special is a special payment of a fresh member of the branch, recorded by nobody of the cast.
func (w *world) special(branch, state string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(branch)
	s := model.DuesSpecial{MemberID: member, OrgID: w.org[branch], AmountFen: 100000, Method: model.PayCash, PaidOn: "2026-11-19", Brief: "自愿多缴", State: state, RecordedAt: w.db.Now()}
	w.create(&s)
	if state == model.SpecialConfirmed {
		w.must(w.db.Tx(w.t.Context(), func(tx model.Tx) error {
			_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprint("given/", s.ID), Kind: "dues.special", From: ledger.DuesGiven(member), To: ledger.DuesSpecial(s.OrgID), Amount: 100000})
			return err
		}))
	}
	return s.ID
}

func handsCases() map[string][]scopeCase {
	collects := func(r *role, place string) bool { return r.collects(place) }
	committeeAbove := func(r *role, place string) bool {
		for _, p := range r.posts {
			if p.role == model.RoleAdmin && (p.at == "a" || p.at == "b" || p.at == "city") && p.at != place && under(place, p.at) {
				return true
			}
		}
		return false
	}
	collecting, handling := duesWorkers(mayOf(collects, handlesDues)), duesWorkers(found(handlesDues))
	at := func(want func(*role, string) int, path string, id func(w *world, place string) int64, body map[string]any) []scopeCase {
		return []scopeCase{{places: branches, want: want, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf(path, id(w, place)), body: body}
		}}}
	}
	payment := func(state string) func(*world, string) int64 {
		return func(w *world, place string) int64 { return w.byHand(place, state) }
	}
	special := func(state string) func(*world, string) int64 {
		return func(w *world, place string) int64 { return w.special(place, state) }
	}
	order := func(w *world, place string) int64 {
		_, member, _ := w.freshMember(place)
		return w.order(place, member, 0, model.PaymentSettled)
	}
	money := func(w *world) map[string]any {
		return map[string]any{"method": "TRANSFER", "paid_on": "2026-11-20", "amount_fen": 20, "transaction_no": fmt.Sprint("no", w.next())}
	}
	reason := map[string]any{"reason": "金额有误"}
	return map[string][]scopeCase{
		"POST /api/v1/dues/bills/{id}/payment": {{places: branches, want: collecting, make: func(w *world, _ *role, place string) attempt {
			_, member, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/dues/bills/%d/payment", w.bill(place, member, "2026-11", model.BillUnpaid)), body: money(w)}
		}}},
		"POST /api/v1/dues/payments": {{places: branches, want: collecting, make: func(w *world, _ *role, place string) attempt {
			_, member, _ := w.freshMember(place)
			body := money(w)
			body["bill_ids"] = []int64{w.bill(place, member, "2026-11", model.BillUnpaid)}
			return attempt{path: "/dues/payments", body: body}
		}}},
		"GET /api/v1/dues/payments":               to("/dues/payments", duesWorkers(everybody)),
		"GET /api/v1/dues/payments/{id}":          at(handling, "/dues/payments/%d", payment(model.PaymentRecorded), nil),
		"POST /api/v1/dues/payments/{id}/confirm": at(handling, "/dues/payments/%d/confirm", payment(model.PaymentRecorded), nil),
		"POST /api/v1/dues/payments/{id}/reject":  at(handling, "/dues/payments/%d/reject", payment(model.PaymentRecorded), reason),
		"POST /api/v1/dues/payments/{id}/reverse": at(handling, "/dues/payments/%d/reverse", payment(model.PaymentSettled), reason),
		"POST /api/v1/dues/payments/{id}/refunds": at(handling, "/dues/payments/%d/refunds", order, reason),
		"GET /api/v1/dues/refunds":                to("/dues/refunds", duesWorkers(everybody)),
		"POST /api/v1/dues/refunds/{id}/approve":  at(admins(mayOf(works, handlesDues)), "/dues/refunds/%d/approve", (*world).refund, map[string]any{"note": "同意"}),
		"POST /api/v1/dues/refunds/{id}/reject":   at(duesWorkers(mayOf(works, handlesDues)), "/dues/refunds/%d/reject", (*world).refund, map[string]any{"note": "不同意"}),
		"GET /api/v1/dues/statements":             to("/dues/statements", cityAdmins),
		"GET /api/v1/dues/differences":            to("/dues/differences", cityAdmins),
		"POST /api/v1/dues/differences/{id}/resolve": {{want: cityAdmins, make: func(w *world, _ *role, _ string) attempt {
			d := model.PayDifference{Kind: model.DifferenceOnlyTheirs, FoundBy: model.FoundByStatement, Day: "2026-11-19", OrderNo: fmt.Sprint("X", w.next()), TheirFen: 1,
				State: model.DifferenceOpen, FoundAt: w.db.Now()}
			w.create(&d)
			return attempt{path: fmt.Sprintf("/dues/differences/%d/resolve", d.ID), body: map[string]any{"resolution": "已与商户平台核对"}}
		}}},
		"POST /api/v1/dues/specials": {{places: branches, want: collecting, make: func(w *world, _ *role, place string) attempt {
			_, member, _ := w.freshMember(place)
			body := money(w)
			body["member_id"], body["amount_fen"], body["brief"] = member, 100000, "自愿多缴"
			return attempt{path: "/dues/specials", body: body}
		}}},
		"GET /api/v1/dues/specials":               to("/dues/specials", duesWorkers(everybody)),
		"POST /api/v1/dues/specials/{id}/confirm": at(handling, "/dues/specials/%d/confirm", special(model.SpecialRecorded), nil),
		"POST /api/v1/dues/specials/{id}/reject":  at(handling, "/dues/specials/%d/reject", special(model.SpecialRecorded), reason),
		"POST /api/v1/dues/specials/{id}/reverse": at(handling, "/dues/specials/%d/reverse", special(model.SpecialConfirmed), reason),
		"POST /api/v1/dues/specials/{id}/forward": at(admins(mayOf(committeeAbove, handlesDues)), "/dues/specials/%d/forward", special(model.SpecialConfirmed),
			map[string]any{"document_no": "甲委〔2026〕1号", "forwarded_on": "2026-11-20"}),
	}
}
