package demo

import (
	"fmt"
	"strings"

	"hongyun/model"
)

// relieve lets some pay less or nothing, and leaves one request for the committee to decide.
func (b *builder) relieve(tx model.Tx, this model.Month) error {
	cast := b.firstBranch(b.tree[1])
	asks := b.seat(cast, 9).ID
	var rows []model.DuesRelief
	for _, m := range b.members {
		_, owes := b.behind[m.ID]
		n := b.of[m.OrgID]
		if n == nil || owes || m.Standing != model.StandingActive || m.ID != asks && b.random.IntN(160) != 0 {
			continue
		}
		at := tx.Now.AddDate(0, -longBack, 0)
		r := model.DuesRelief{MemberID: m.ID, OrgID: m.OrgID, Category: model.ReliefExempt, FromMonth: this.Add(-longBack + 1), ToMonth: this.Add(4),
			Reason: "因病致困，家庭生活困难", StudiedOn: model.DateOf(at).AddDays(-6), State: model.ReliefApproved, RequestedBy: b.adminOf(n), RequestedAt: at}
		if len(rows)%3 == 2 {
			r.Category, r.AmountFen = model.ReliefReduced, 20
		}
		if m.ID == asks {
			r.Category, r.AmountFen, r.State, r.FromMonth, r.ToMonth = model.ReliefExempt, 0, model.ReliefPending, this, this.Add(11)
			r.StudiedOn, r.RequestedAt = tx.Day().AddDays(-3), tx.Now.AddDate(0, 0, -2)
		} else {
			decided := at.AddDate(0, 0, 7)
			r.DecisionNo, r.DecidedBy, r.DecidedAt = fmt.Sprintf("云组干〔2026〕%d号", 12+len(rows)), b.adminOf(n.parent), &decided
		}
		rows = append(rows, r)
	}
	_, err := model.Bulk(tx, rows)
	return err
}

// decideDues gives the county settings and collectors: the start page's committee lets members pay for each other, some
// branches collect by the quarter, some have a collector beside the administrator.
func (b *builder) decideDues(tx model.Tx) error {
	cast := b.firstBranch(b.tree[1])
	settings := []model.DuesSetting{{OrgID: b.tree[1].org.ID, PayForOthers: true, CollectionDay: 10, Version: 1, UpdatedAt: tx.Now}}
	grants := []model.RoleGrant{{MemberID: &b.seat(cast, 6).ID, Role: model.RoleCollector, OrgID: &cast.org.ID, GrantedAt: tx.Now}}
	for i, n := range b.branches() {
		switch {
		case n == cast:
		case i%23 == 5:
			settings = append(settings, model.DuesSetting{OrgID: n.org.ID, Quarterly: true, PayForOthers: i%2 == 0, CollectionDay: 5, Version: 1, UpdatedAt: tx.Now})
		case i%9 == 4:
			grants = append(grants, model.RoleGrant{MemberID: &b.seat(n, 6).ID, Role: model.RoleCollector, OrgID: &n.org.ID, GrantedAt: tx.Now})
		}
	}
	if _, err := model.Bulk(tx, settings); err != nil {
		return err
	}
	_, err := model.Bulk(tx, grants)
	return err
}

// recordSome leaves some cash of this month for a second person to confirm, in the start page's branch and elsewhere.
func (b *builder) recordSome(tx model.Tx, month model.Month) error {
	var bills []model.DuesBill
	if err := tx.Where("month = ? AND state = ?", month, model.BillUnpaid).Order("id").Find(&bills).Error; err != nil {
		return err
	}
	cast := b.firstBranch(b.tree[1]).org.ID
	of := map[string]model.DuesBill{}
	var rows []model.DuesPayment
	for i, bill := range bills {
		_, owes := b.behind[bill.MemberID]
		by := b.adminOf(b.of[bill.OrgID])
		if owes || by == nil || bill.OrgID != cast && i%150 != 0 || bill.OrgID == cast && i%2 != 0 {
			continue
		}
		number := "DF" + strings.ReplaceAll(string(tx.Day()), "-", "") + fmt.Sprintf("%012d", bill.ID)
		of[number] = bill
		rows = append(rows, model.DuesPayment{OrgID: bill.OrgID, PayerID: &bills[i].MemberID, Method: model.PayCash, State: model.PaymentRecorded, AmountFen: bill.AmountFen,
			OrderNo: number, PaidOn: tx.Day(), RecordedBy: by, RecordedAt: tx.Now})
	}
	rows, err := model.BulkFresh(tx, rows)
	if err != nil {
		return err
	}
	parts := make([]model.DuesPaymentBill, len(rows))
	for i, p := range rows {
		parts[i] = model.DuesPaymentBill{PaymentID: p.ID, BillID: of[p.OrderNo].ID, AmountFen: p.AmountFen, Live: true}
	}
	_, err = model.Bulk(tx, parts)
	return err
}
