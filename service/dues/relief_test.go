package dues

import (
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func exemption(from, to model.Month) ReliefInput {
	return ReliefInput{Category: model.ReliefExempt, FromMonth: from, ToMonth: to, Reason: "家庭突遭变故", StudiedOn: "2026-11-10"}
}

func (w *world) request(v access.Viewer, m model.Member, in ReliefInput) Relief {
	w.t.Helper()
	r, err := w.s.RequestRelief(ctx, v, m.ID, in)
	must(w.t, err)
	return r
}

func TestRelief_Approved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asks, above := w.holder(model.RoleCollector, "甲一支部"), w.holder(model.RoleAdmin, "甲党委")
		m := w.payer("甲一支部", "困", 1250)
		w.bill("2026-10-01")
		w.bill("2026-11-01")
		r := w.request(asks, m, exemption("2026-11", "2027-10"))
		t.Run("asked for, it changes nothing yet", func(t *testing.T) {
			if r.State != model.ReliefPending || r.MemberName != "困" || r.RequestedBy == "" || w.billOf(m, "2026-11").AmountFen != 1250 {
				t.Fatalf("got %+v", r)
			}
		})
		t.Run("not by the branch, nor by who asked, nor by the member", func(t *testing.T) {
			for _, test := range []struct {
				v    access.Viewer
				code string
			}{{asks, "dues.not_above"}, {w.holder(model.RoleAdmin, "甲一支部"), "dues.not_above"}, {w.holder(model.RoleAdmin, "乙党委"), "not_found"},
				{w.holder(model.RoleLeader, "甲党委"), "not_found"}, {w.holder(model.RoleCollector, "甲党委"), "dues.not_above"}} {
				_, err := w.s.ApproveRelief(ctx, test.v, r.ID, DecisionInput{DecisionNo: "1"})
				wantFault(t, err, test.code)
			}
			both := asks
			both.Grants = append(both.Grants, above.Grants...)
			_, err := w.s.ApproveRelief(ctx, both, r.ID, DecisionInput{DecisionNo: "1"})
			wantFault(t, err, "dues.same_person")
			bare := both // the same account, tied to nobody
			bare.MemberID = 0
			_, err = w.s.ApproveRelief(ctx, bare, r.ID, DecisionInput{DecisionNo: "1"})
			wantFault(t, err, "dues.same_person")
			other := both // the same member with a second account
			other.AccountID = above.AccountID
			_, err = w.s.ApproveRelief(ctx, other, r.ID, DecisionInput{DecisionNo: "1"})
			wantFault(t, err, "dues.same_person")
			self := above
			self.MemberID = m.ID
			_, err = w.s.RejectRelief(ctx, self, r.ID, RefusalInput{Note: "否"})
			wantFault(t, err, "dues.same_person")
		})
		got, err := w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "甲委〔2026〕8号"})
		must(t, err)
		t.Run("this month's bill is exempt, the one before stays", func(t *testing.T) {
			if got.State != model.ReliefApproved || got.DecisionNo != "甲委〔2026〕8号" || got.DecidedBy == "" {
				t.Fatalf("got %+v", got)
			}
			if b := w.billOf(m, "2026-11"); b.State != model.BillExempt || b.AmountFen != 0 || b.Category != "EXEMPT" || *b.ReliefID != r.ID || b.Revision != 1 {
				t.Fatalf("got %+v", b)
			}
			w.owes(m, 1250)
			w.bill("2026-12-01")
			if b := w.billOf(m, "2026-12"); b.State != model.BillExempt {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("the member is told, and not reminded why", func(t *testing.T) {
			feed, err := notifyInbox(w, m)
			must(t, err)
			if len(feed) != 1 || feed[0] != "困同志，您2026年11月至2027年10月免缴党费的申请已批准，批复文号：甲委〔2026〕8号" {
				t.Fatalf("got %v", feed)
			}
		})
		t.Run("decided once", func(t *testing.T) {
			_, err := w.s.RejectRelief(ctx, above, r.ID, RefusalInput{Note: "不符合条件"})
			wantFault(t, err, "dues.relief_decided")
			_, err = w.s.WithdrawRelief(ctx, asks, r.ID)
			wantFault(t, err, "dues.relief_decided")
		})
		t.Run("the audit log does not say why", func(t *testing.T) {
			if n := w.sum("SELECT count(*) AS n FROM audit_entry WHERE after LIKE '%变故%'"); n != 0 {
				t.Fatalf("%d entries", n)
			}
			if n := w.sum("SELECT count(*) AS n FROM audit_entry WHERE action = 'dues.relief_approved' AND object_id = ?", r.ID); n != 1 {
				t.Fatalf("%d entries", n)
			}
		})
		t.Run("while somebody is paying nothing is approved, a bill that is paid stays", func(t *testing.T) {
			n := w.payer("甲一支部", "缴", 1250)
			w.bill("2026-11-01")
			held := w.billOf(n, "2026-11")
			w.payment(held, model.PaymentOpen, "")
			r := w.request(asks, n, ReliefInput{Category: model.ReliefReduced, AmountFen: 100, FromMonth: "2026-11", ToMonth: "2026-12", Reason: "病", StudiedOn: "2026-11-10"})
			_, err := w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "2"})
			wantFault(t, err, "dues.held")
			must(t, w.db.Read(ctx).Model(&held).Update("state", model.BillPaid).Error)
			_, err = w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "2"})
			must(t, err)
			if b := w.billOf(n, "2026-11"); b.AmountFen != 1250 {
				t.Fatalf("got %+v", b)
			}
			w.bill("2026-12-01")
			if b := w.billOf(n, "2026-12"); b.AmountFen != 100 || b.Category != "REDUCED" {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("without an assessment the exempt month is billed as such", func(t *testing.T) {
			n := w.member("甲一支部", "未", "2010-07-01")
			r := w.request(asks, n, exemption("2026-11", "2026-11"))
			_, err := w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "3"})
			must(t, err)
			if b := w.billOf(n, "2026-11"); b.State != model.BillExempt {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("who has moved is asked for anew", func(t *testing.T) {
			n := w.payer("甲一支部", "走", 1250)
			r := w.request(asks, n, exemption("2026-11", "2026-12"))
			must(t, w.db.Read(ctx).Model(&n).Update("org_id", w.orgs["甲二支部"].ID).Error)
			_, err := w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "4"})
			wantFault(t, err, "dues.moved")
			_, err = w.s.WithdrawRelief(ctx, asks, r.ID)
			wantFault(t, err, "not_found")
		})
	})
}

func TestRelief_Ends(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asks, above := w.holder(model.RoleCollector, "甲一支部"), w.holder(model.RoleAdmin, "甲党委")
		m := w.payer("甲一支部", "困", 1250)
		t.Run("refused with the reason, the member is told, and may be asked for again", func(t *testing.T) {
			r := w.request(asks, m, exemption("2026-11", "2026-12"))
			got, err := w.s.RejectRelief(ctx, above, r.ID, RefusalInput{Note: "材料不全"})
			must(t, err)
			feed, err := notifyInbox(w, m)
			must(t, err)
			if got.State != model.ReliefRejected || got.DecisionNote != "材料不全" || len(feed) != 1 || !strings.HasSuffix(feed[0], "未获批准，原因：材料不全") {
				t.Fatalf("got %+v, %v", got, feed)
			}
		})
		t.Run("withdrawn by whoever collects in the branch, not from above", func(t *testing.T) {
			r := w.request(asks, m, exemption("2026-11", "2026-12"))
			_, err := w.s.WithdrawRelief(ctx, above, r.ID)
			wantFault(t, err, "auth.forbidden")
			got, err := w.s.WithdrawRelief(ctx, w.holder(model.RoleAdmin, "甲一支部"), r.ID)
			if err != nil || got.State != model.ReliefWithdrawn {
				t.Fatalf("got %+v, %v", got, err)
			}
			feed, err := notifyInbox(w, m)
			if err != nil || len(feed) != 1 {
				t.Fatalf("told of a withdrawal: %v, %v", feed, err)
			}
		})
		t.Run("too late to approve when its months are over", func(t *testing.T) {
			r := w.request(asks, m, exemption("2026-11", "2026-11"))
			w.clock.Set("2026-12-01 09:00:00")
			_, err := w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "1"})
			wantFault(t, err, "dues.relief_over")
		})
	})
}

func TestRelief_Refused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		m := w.payer("甲一支部", "困", 1250)
		bare := w.member("甲一支部", "未", "2010-07-01")
		reduced := func(amount int64) ReliefInput {
			in := exemption("2026-11", "2026-12")
			in.Category, in.AmountFen = model.ReliefReduced, amount
			return in
		}
		late := exemption("2026-11", "2026-12")
		late.StudiedOn = "2026-11-21"
		paidExemption := exemption("2026-11", "2026-12")
		paidExemption.AmountFen = 1
		for _, test := range []struct {
			sentence string
			v        access.Viewer
			m        model.Member
			in       ReliefInput
			code     string
		}{
			{"from above nobody asks", w.holder(model.RoleAdmin, "甲党委"), m, exemption("2026-11", "2026-12"), "auth.forbidden"},
			{"of another branch", v, w.payer("甲二支部", "他", 1), exemption("2026-11", "2026-12"), "not_found"},
			{"a past month", v, m, exemption("2026-10", "2026-12"), "dues.relief_months"},
			{"the end before the beginning", v, m, exemption("2026-12", "2026-11"), "dues.relief_months"},
			{"thirteen months", v, m, exemption("2026-11", "2027-11"), "dues.relief_months"},
			{"far ahead", v, m, exemption("2028-01", "2028-02"), "dues.relief_months"},
			{"studied tomorrow", v, m, late, "dues.studied_on"},
			{"an exemption with an amount", v, m, paidExemption, "dues.relief_amount"},
			{"a reduction to nothing", v, m, reduced(0), "dues.relief_amount"},
			{"a reduction to more", v, m, reduced(1251), "dues.relief_amount"},
			{"a reduction of what nobody has assessed", v, bare, reduced(1), "dues.unassessed"},
		} {
			t.Run(test.sentence, func(t *testing.T) {
				_, err := w.s.RequestRelief(ctx, test.v, test.m.ID, test.in)
				wantFault(t, err, test.code)
			})
		}
		t.Run("a month is asked for once", func(t *testing.T) {
			w.request(v, m, reduced(1250))
			_, err := w.s.RequestRelief(ctx, v, m.ID, exemption("2026-12", "2027-01"))
			wantFault(t, err, "dues.relief_overlap")
			w.request(v, m, exemption("2027-01", "2027-02"))
		})
	})
}

// TestRelief_Race: however many are approved at once, the approved reliefs of a member never share a month.
func TestRelief_Race(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		above := w.holder(model.RoleAdmin, "甲党委")
		m := w.payer("甲一支部", "困", 1250)
		w.bill("2026-11-01")
		ids := make([]int64, 8)
		for i := range ids {
			r := model.DuesRelief{MemberID: m.ID, OrgID: m.OrgID, Category: model.ReliefReduced, AmountFen: int64(i + 1), FromMonth: "2026-11", ToMonth: "2026-12", Reason: "困难",
				StudiedOn: "2026-11-10", State: model.ReliefPending, RequestedAt: w.db.Now()}
			w.create(&r)
			ids[i] = r.ID
		}
		errs := make([]error, len(ids))
		var wg sync.WaitGroup
		for i, id := range ids {
			wg.Go(func() { _, errs[i] = w.s.ApproveRelief(ctx, above, id, DecisionInput{DecisionNo: "1"}) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !fault.Is(err, "dues.relief_overlap"):
				t.Fatal(err)
			}
		}
		if n := w.sum("SELECT count(*) AS n FROM dues_relief WHERE state = 'APPROVED'"); won != 1 || n != 1 {
			t.Fatalf("%d approved, %d kept", won, n)
		}
		w.owes(m, w.billOf(m, "2026-11").AmountFen)
	})
}
