package payment

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/fact"
	"hongyun/service/ledger"
)

// Collected is cash that was taken for a bill on a day.
type Collected struct {
	Bill model.DuesBill
	On   model.Date
}

// SettleCash books a collection sheet that is already confirmed, all of one month, in a handful of statements however long
// it is. The bills must be unpaid and held by nobody.
func SettleCash(tx model.Tx, sheet []Collected) error {
	if len(sheet) == 0 {
		return nil
	}
	rows := make([]model.DuesPayment, len(sheet))
	bills := make(map[string]model.DuesBill, len(sheet))
	for i, c := range sheet {
		at := model.Instant(c.On.Time())
		number := fmt.Sprintf("DF%s%012d", digits(c.On), c.Bill.ID)
		bills[number] = c.Bill
		rows[i] = model.DuesPayment{OrgID: c.Bill.OrgID, PayerID: &sheet[i].Bill.MemberID, Method: model.PayCash, State: model.PaymentSettled, OrderNo: number,
			AmountFen: c.Bill.AmountFen, PaidOn: c.On, RecordedAt: at, SettledAt: &at}
	}
	fresh, err := model.BulkFresh(tx, rows)
	if err != nil {
		return err
	}
	parts := make([]model.DuesPaymentBill, len(fresh))
	facts := make([]fact.Fact, len(fresh))
	ids := make([]int64, len(fresh))
	for i, p := range fresh {
		b := bills[p.OrderNo]
		ids[i] = p.ID
		parts[i] = model.DuesPaymentBill{PaymentID: p.ID, BillID: b.ID, AmountFen: b.AmountFen, Live: true}
		facts[i] = fact.Fact{Code: FactPaid, SubjectType: model.SubjectMember, SubjectID: b.MemberID, OrgID: b.OrgID, Day: p.PaidOn, Source: sourceOf(p, b), Quantity: 1}
	}
	if kept, err := model.Bulk(tx, parts); err != nil || kept != int64(len(sheet)) {
		return fmt.Errorf("%d of %d bills could be paid: %w", kept, len(sheet), err)
	}
	of := "pb.payment_id IN (" + tx.Dialect.Numbers() + ")"
	list := model.JSONList(ids)
	if _, err := model.Exec(tx, `UPDATE dues_bill SET state = 'PAID', method = 'CASH' WHERE id IN (SELECT pb.bill_id FROM dues_payment_bill pb WHERE `+of+`)`, list); err != nil {
		return err
	}
	key := fmt.Sprintf("'dues.sheet/%d/' || p.org_id AS key", ids[0])
	from := `FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id JOIN dues_bill b ON b.id = pb.bill_id WHERE ` + of
	_, err = ledger.PostMany(tx, "dues.paid", string(sheet[0].Bill.Month)+"党费", []string{ledger.KindDuesDue, ledger.KindDuesCash}, `
SELECT `+key+`, 'dues_due' AS account_kind, 'member' AS owner_type, b.member_id AS owner_id, -pb.amount_fen AS amount `+from+` UNION ALL
SELECT `+key+`, 'dues_cash' AS account_kind, 'org' AS owner_type, p.org_id AS owner_id, sum(pb.amount_fen) AS amount `+from+` GROUP BY p.org_id`, list, list)
	if err != nil {
		return err
	}
	return fact.Record(tx, facts...)
}
