package payment

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Payment is a payment as those see it who collect, or administer the branch.
type Payment struct {
	ID             int64      `json:"id"`
	Number         string     `json:"number"`
	OrgID          int64      `json:"org_id"`
	OrgName        string     `json:"org_name"`
	PayerID        int64      `json:"payer_id"`
	PayerName      string     `json:"payer_name"`
	Method         string     `json:"method"`
	State          string     `json:"state"`
	AmountFen      int64      `json:"amount_fen"`
	RefundedFen    int64      `json:"refunded_fen"` // asked for or given back
	PaidOn         model.Date `json:"paid_on"`      // empty: not paid yet
	TransactionNo  string     `json:"transaction_no"`
	RecordedByName string     `json:"recorded_by"`
	RecordedAt     time.Time  `json:"recorded_at"`
	SettledByName  string     `json:"settled_by"` // empty: WeChat's news settled it
	SettledAt      *time.Time `json:"settled_at"`
	EndedByName    string     `json:"ended_by"`
	EndedAt        *time.Time `json:"ended_at"`
	Reason         string     `json:"reason"`
	OverrideReason string     `json:"override_reason"`
	ReconciledOn   model.Date `json:"reconciled_on"` // the day of WeChat's bill that holds it
	BillIDs        []int64    `json:"bill_ids" gorm:"-"`
}

// paymentColumns need the payment as p.
const paymentColumns = `p.id, p.order_no AS number, p.org_id, o.name AS org_name, coalesce(p.payer_id, 0) AS payer_id, coalesce(payer.name, '') AS payer_name,
  p.method, p.state, p.amount_fen, p.refunded_fen, p.paid_on, coalesce(p.transaction_no, '') AS transaction_no,
  coalesce(recorder.name, '') AS recorded_by_name, p.recorded_at, coalesce(settler.name, '') AS settled_by_name, p.settled_at,
  coalesce(ender.name, '') AS ended_by_name, p.ended_at, p.reason, p.override_reason, p.reconciled_on
FROM dues_payment p JOIN org o ON o.id = p.org_id LEFT JOIN member payer ON payer.id = p.payer_id
LEFT JOIN account ra ON ra.id = p.recorded_by LEFT JOIN member recorder ON recorder.id = ra.member_id
LEFT JOIN account sa ON sa.id = p.settled_by LEFT JOIN member settler ON settler.id = sa.member_id
LEFT JOIN account ea ON ea.id = p.ended_by LEFT JOIN member ender ON ender.id = ea.member_id`

// Sums are the totals of a list of payments, over all its pages, in fen and by what became of the money.
type Sums struct {
	Count       int64 `json:"count"`
	Recorded    int64 `json:"recorded"` // wait for a second person
	RecordedFen int64 `json:"recorded_fen"`
	Settled     int64 `json:"settled"`
	SettledFen  int64 `json:"settled_fen"` // less what was given back of them
	CashFen     int64 `json:"cash_fen"`    // of settled_fen
	TransferFen int64 `json:"transfer_fen"`
	WeChatFen   int64 `json:"wechat_fen" gorm:"column:wechat_fen"`
}

// Filter narrows the list. Empty fields narrow nothing.
type Filter struct {
	OrgID    int64      `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	MemberID int64      `query:"member_id" validate:"min=0" label:"党员"`
	State    string     `query:"state" validate:"omitempty,oneof=OPEN RECORDED SETTLED CLOSED REVERSED SURPLUS REFUNDED" label:"状态"`
	Method   string     `query:"method" validate:"omitempty,oneof=CASH TRANSFER WECHAT" label:"缴纳方式"`
	From     model.Date `query:"from" validate:"omitempty,date" label:"开始日期"` // of the day of payment
	To       model.Date `query:"to" validate:"omitempty,date" label:"结束日期"`
	Before   model.Date `query:"recorded_before" validate:"omitempty,date" label:"登记日期早于"`
}

// Payments lists up to limit payments of the branches where v collects or administers, the newest first, with the sums over all.
func (s *Service) Payments(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]Payment, Sums, error) {
	tx := s.db.Read(ctx)
	where, args := handles(v, "o.path")
	narrow := func(condition string, values ...any) { where, args = where+" AND "+condition, append(args, values...) }
	if f.Before != "" {
		narrow("p.recorded_at < ?", f.Before.Time())
	}
	if f.OrgID != 0 {
		narrow(belowOrg, f.OrgID)
	}
	if f.MemberID != 0 {
		narrow("EXISTS (SELECT 1 FROM dues_payment_bill pb JOIN dues_bill b ON b.id = pb.bill_id WHERE pb.payment_id = p.id AND b.member_id = ?)", f.MemberID)
	}
	if f.State != "" {
		narrow("p.state = ?", f.State)
	}
	if f.Method != "" {
		narrow("p.method = ?", f.Method)
	}
	if f.From != "" {
		narrow("p.paid_on >= ?", f.From)
	}
	if f.To != "" {
		narrow("p.paid_on <> '' AND p.paid_on <= ?", f.To)
	}
	var sums Sums
	err := tx.Raw(`SELECT count(*) AS count, count(*) FILTER (WHERE x.state = 'RECORDED') AS recorded, coalesce(sum(x.amount_fen) FILTER (WHERE x.state = 'RECORDED'), 0) AS recorded_fen,
  count(*) FILTER (WHERE x.state = 'SETTLED') AS settled, coalesce(sum(x.kept) FILTER (WHERE x.state = 'SETTLED'), 0) AS settled_fen,
  coalesce(sum(x.kept) FILTER (WHERE x.state = 'SETTLED' AND x.method = 'CASH'), 0) AS cash_fen,
  coalesce(sum(x.kept) FILTER (WHERE x.state = 'SETTLED' AND x.method = 'TRANSFER'), 0) AS transfer_fen,
  coalesce(sum(x.kept) FILTER (WHERE x.state = 'SETTLED' AND x.method = 'WECHAT'), 0) AS wechat_fen
FROM (SELECT p.state, p.method, p.amount_fen, p.amount_fen - CASE WHEN p.refunded_fen = 0 THEN 0 ELSE
  (SELECT coalesce(sum(r.amount_fen), 0) FROM dues_refund r WHERE r.payment_id = p.id AND r.state = 'DONE') END AS kept
  FROM dues_payment p JOIN org o ON o.id = p.org_id WHERE `+where+`) x`, args...).Scan(&sums).Error
	if err != nil {
		return nil, sums, err
	}
	rows := []Payment{}
	err = tx.Raw("SELECT "+paymentColumns+" WHERE "+where+" ORDER BY p.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	if err == nil {
		err = withBills(tx, rows)
	}
	return rows, sums, err
}

// belowOrg is the condition that o is an organisation or lies below it.
const belowOrg = "EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')"

func withBills(tx model.Tx, rows []Payment) error {
	ids, at := make([]int64, len(rows)), map[int64]int{}
	for i := range rows {
		ids[i], at[rows[i].ID], rows[i].BillIDs = rows[i].ID, i, []int64{}
	}
	var parts []model.DuesPaymentBill
	err := tx.Where(tx.Dialect.OneOf("payment_id", tx.Dialect.Numbers()), model.JSONList(ids)).Order("bill_id").Find(&parts).Error
	for _, pb := range parts {
		row := &rows[at[pb.PaymentID]]
		row.BillIDs = append(row.BillIDs, pb.BillID)
	}
	return err
}

// one reads a payment as it stands.
func one(tx model.Tx, id int64) (Payment, error) {
	var p Payment
	if err := tx.Raw("SELECT "+paymentColumns+" WHERE p.id = ?", id).Scan(&p).Error; err != nil {
		return p, err
	}
	rows := []Payment{p}
	err := withBills(tx, rows)
	return rows[0], err
}

// Card is a payment with all that belongs to it.
type Card struct {
	Payment
	Bills   []Part   `json:"bills"`
	Refunds []Refund `json:"refunds"`
	History []Step   `json:"history"`
}

// Part is a bill that a payment was made for.
type Part struct {
	BillID     int64       `json:"bill_id"`
	MemberID   int64       `json:"member_id"`
	MemberName string      `json:"member_name"`
	Month      model.Month `json:"month"`
	AmountFen  int64       `json:"amount_fen"`
	State      string      `json:"state"` // of the bill
	Live       bool        `json:"live"`  // the payment holds it
}

// Step is something that was done with a payment.
type Step struct {
	At     time.Time `json:"at"`
	Action string    `json:"action"` // dues.record, dues.confirm, …
	Actor  string    `json:"actor"`
	Detail string    `json:"detail"` // JSON
}

// Payment shows one payment with its bills, refunds and history. Faults: not_found.
func (s *Service) Payment(ctx context.Context, v access.Viewer, id int64) (Card, error) {
	tx := s.db.Read(ctx)
	c := Card{Bills: []Part{}, History: []Step{}}
	// SECURITY: the branch is part of the WHERE, so that a guessed id finds nothing.
	where, args := handles(v, "o.path")
	res := tx.Raw("SELECT "+paymentColumns+" WHERE p.id = ? AND "+where, append([]any{id}, args...)...).Scan(&c.Payment)
	if res.Error != nil {
		return c, res.Error
	}
	if c.ID == 0 {
		return c, fault.NotFound("缴费记录")
	}
	err := tx.Raw(`SELECT b.id AS bill_id, b.member_id, m.name AS member_name, b.month, pb.amount_fen, b.state, pb.live
FROM dues_payment_bill pb JOIN dues_bill b ON b.id = pb.bill_id JOIN member m ON m.id = b.member_id WHERE pb.payment_id = ? ORDER BY b.month, b.id`, id).Scan(&c.Bills).Error
	if err != nil {
		return c, err
	}
	c.BillIDs = make([]int64, len(c.Bills))
	for i, b := range c.Bills {
		c.BillIDs[i] = b.BillID
	}
	if c.Refunds, err = refundsOf(tx, id); err != nil {
		return c, err
	}
	var entries []model.AuditEntry
	err = tx.Where("object_type = 'dues_payment' AND object_id = ?", id).Order("id").Find(&entries).Error
	for _, e := range entries {
		at, _ := time.Parse(time.RFC3339Nano, e.At) // audit.Record writes no other form
		c.History = append(c.History, Step{At: at, Action: e.Action, Actor: e.ActorName, Detail: e.After})
	}
	return c, err
}
