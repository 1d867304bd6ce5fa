package handler

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/access"
)

// order is a payment with WeChat by a member of a branch, for one bill of an old month, in a state.
func (w *world) order(branch string, member, account int64, state string) int64 {
	w.t.Helper()
	n := w.next()
	at := w.db.Now()
	billState, live := model.BillUnpaid, state != model.PaymentClosed
	p := model.DuesPayment{OrgID: w.org[branch], PayerID: &member, Method: model.PayWeChat, State: state, AmountFen: 20, OrderNo: fmt.Sprintf("DF%d", n),
		AppID: phonesAppID, OpenID: "o", RecordedAt: at, ExpiresAt: &at}
	if account != 0 {
		p.RecordedBy = &account
	}
	if state == model.PaymentSettled {
		no := fmt.Sprintf("4200%d", n)
		billState, p.TransactionNo, p.PaidOn, p.SettledAt = model.BillPaid, &no, "2026-11-20", &at
	}
	w.create(&p)
	bill := w.bill(branch, member, model.Month(fmt.Sprintf("%04d-%02d", 1900+n/12, n%12+1)), billState)
	w.create(&model.DuesPaymentBill{PaymentID: p.ID, BillID: bill, AmountFen: 20, Live: live})
	return p.ID
}

func onlineCases() map[string][]scopeCase {
	nobody := found(func(*role, string) bool { return false })
	isMember := found(func(r *role, _ string) bool { return r.member != 0 })
	collects := func(r *role, place string) bool { return r.collects(place) }
	// others is a payment of somebody of the place, own one of the role itself.
	others := func(state, suffix string) func(w *world, _ *role, place string) attempt {
		return func(w *world, _ *role, place string) attempt {
			_, member, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/me/payments/%d%s", w.order(place, member, 0, state), suffix)}
		}
	}
	own := func(state, suffix string) func(w *world, r *role, _ string) attempt {
		return func(w *world, r *role, _ string) attempt {
			if r.member == 0 {
				return attempt{path: "/me/payments/999999" + suffix}
			}
			return attempt{path: fmt.Sprintf("/me/payments/%d%s", w.order(r.home, r.member, r.account, state), suffix)}
		}
	}
	mine := func(state, suffix string) []scopeCase {
		return []scopeCase{{places: branches, want: members(nobody), make: others(state, suffix)}, {own: true, want: members(everybody), make: own(state, suffix)}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/me/payable": {to("/me/payable", members(everybody))[0], {places: branches, want: members(nobody), make: func(w *world, _ *role, place string) attempt {
			_, member, _ := w.freshMember(place)
			w.bill(place, member, "2026-11", model.BillUnpaid)
			return attempt{path: fmt.Sprintf("/me/payable?member_id=%d", member)}
		}}},
		"POST /api/v1/me/payments": {
			{places: branches, want: members(nobody), make: func(w *world, _ *role, place string) attempt {
				_, member, _ := w.freshMember(place)
				return attempt{path: "/me/payments", body: map[string]any{"bill_ids": []int64{w.bill(place, member, "2026-11", model.BillUnpaid)}}}
			}},
			{own: true, want: members(everybody), make: func(w *world, r *role, _ string) attempt {
				id := int64(999999)
				if r.member != 0 {
					id = w.bill(r.home, r.member, "2026-09", model.BillUnpaid)
				}
				return attempt{path: "/me/payments", body: map[string]any{"bill_ids": []int64{id}}}
			}},
		},
		"GET /api/v1/me/payments":              to("/me/payments", members(everybody)),
		"GET /api/v1/me/payments/{id}":         mine(model.PaymentSettled, ""),
		"POST /api/v1/me/payments/{id}/query":  mine(model.PaymentOpen, "/query"),
		"POST /api/v1/me/payments/{id}/cancel": mine(model.PaymentOpen, "/cancel"),
		"GET /api/v1/me/payments/{id}/receipt": {
			{places: branches, want: signedIn(found(collects)), make: others(model.PaymentSettled, "/receipt")},
			{own: true, want: signedIn(isMember), make: own(model.PaymentSettled, "/receipt")},
		},
		"GET /api/v1/dues/receipts/{number}": {
			{places: branches, want: everybody, make: func(w *world, _ *role, place string) attempt {
				_, member, _ := w.freshMember(place)
				r, err := w.s.Payment.Receipt(w.t.Context(), access.Viewer{MemberID: member}, w.order(place, member, 0, model.PaymentSettled))
				w.must(err)
				return attempt{path: fmt.Sprintf("/dues/receipts/%s?code=%s", r.Number, r.Code)}
			}},
			{places: branches, want: func(*role, string) int { return 404 }, make: func(w *world, _ *role, place string) attempt {
				_, member, _ := w.freshMember(place)
				return attempt{path: fmt.Sprintf("/dues/receipts/DF%d?code=AAAA-AAAA-AAAA-AAAA", w.order(place, member, 0, model.PaymentSettled))}
			}},
		},
		"POST /api/v1/dues/payments/{id}/close": {{places: branches, want: duesWorkers(mayOf(collects, works)), make: func(w *world, _ *role, place string) attempt {
			_, member, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/dues/payments/%d/close", w.order(place, member, 0, model.PaymentOpen)), body: map[string]any{"reason": "改交现金"}}
		}}},
	}
}
