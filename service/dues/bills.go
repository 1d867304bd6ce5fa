package dues

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// Bill is a bill in a list.
type Bill struct {
	ID         int64       `json:"id"`
	MemberID   int64       `json:"member_id"`
	MemberName string      `json:"member_name"`
	OrgID      int64       `json:"org_id"`
	OrgName    string      `json:"org_name"`
	Month      model.Month `json:"month"`
	Category   string      `json:"category"`
	AmountFen  int64       `json:"amount_fen"`
	State      string      `json:"state"`
	Method     string      `json:"method"` // of the payment; empty: not paid
	PaidOn     *model.Date `json:"paid_on"`
	RecordedAt *time.Time  `json:"recorded_at"`
	Payment    string      `json:"payment_state"` // OPEN, RECORDED or SETTLED; empty: nobody pays it now
}

// OwnBill is a bill as its member sees it, with what it was worked out from.
type OwnBill struct {
	Bill
	BaseFen int64 `json:"base_fen"`
	RateBP  int64 `json:"rate_bp"`
}

// Sums are the totals of a list of bills, over all its pages.
type Sums struct {
	Count      int64 `json:"count"`
	Unpaid     int64 `json:"unpaid"`
	Paid       int64 `json:"paid"`
	Exempt     int64 `json:"exempt"`
	PayableFen int64 `json:"payable_fen"` // paid and unpaid
	PaidFen    int64 `json:"paid_fen"`
}

// Filter narrows a list. Empty fields narrow nothing.
type Filter struct {
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	OrgID int64       `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	State string      `query:"state" validate:"omitempty,oneof=UNPAID PAID EXEMPT" label:"状态"`
}

const billColumns = `b.id, b.member_id, m.name AS member_name, b.org_id, o.name AS org_name, b.month, b.category, b.amount_fen, b.state,
  coalesce(p.method, '') AS method, nullif(p.paid_on, '') AS paid_on, p.recorded_at, coalesce(p.state, '') AS payment`

// Bills lists up to limit bills of the branches that v administers, with the sums over all: what a member pays tells what
// he or she earns, so leaders see no single bill (RULES 11.4).
func (s *Service) Bills(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]Bill, Sums, error) {
	tx := s.db.Read(ctx)
	where, args := v.Works().Paths("o.path")
	narrow := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	if f.Month != "" {
		narrow("b.month = ?", f.Month)
	}
	if f.State != "" {
		narrow("b.state = ?", f.State)
	}
	if f.OrgID != 0 {
		narrow("EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')", f.OrgID)
	}
	var sums Sums
	err := tx.Raw(`SELECT count(*) AS count, count(*) FILTER (WHERE b.state = 'UNPAID') AS unpaid, count(*) FILTER (WHERE b.state = 'PAID') AS paid,
  count(*) FILTER (WHERE b.state = 'EXEMPT') AS exempt, coalesce(sum(b.amount_fen), 0) AS payable_fen,
  coalesce(sum(b.amount_fen) FILTER (WHERE b.state = 'PAID'), 0) AS paid_fen
FROM dues_bill b JOIN org o ON o.id = b.org_id WHERE `+where, args...).Scan(&sums).Error
	if err != nil {
		return nil, sums, err
	}
	rows := []Bill{}
	err = tx.Raw("SELECT "+billColumns+`
FROM dues_bill b JOIN member m ON m.id = b.member_id JOIN org o ON o.id = b.org_id LEFT JOIN dues_payment_bill pb ON pb.bill_id = b.id AND pb.live LEFT JOIN dues_payment p ON p.id = pb.payment_id
WHERE `+where+` ORDER BY b.month DESC, o.path, m.name, b.id LIMIT ? OFFSET ?`, append(args, limit, offset)...).Scan(&rows).Error
	return rows, sums, err
}

// MyBills lists v's own bills, newest first.
func (s *Service) MyBills(ctx context.Context, v access.Viewer) ([]OwnBill, error) {
	rows := []OwnBill{}
	err := s.db.Read(ctx).Raw("SELECT "+billColumns+`, coalesce(a.base_fen, 0) AS base_fen, coalesce(a.rate_bp, 0) AS rate_bp
FROM dues_bill b JOIN member m ON m.id = b.member_id JOIN org o ON o.id = b.org_id LEFT JOIN dues_payment_bill pb ON pb.bill_id = b.id AND pb.live LEFT JOIN dues_payment p ON p.id = pb.payment_id
LEFT JOIN dues_assessment a ON a.id = b.assessment_id
WHERE b.member_id = ? ORDER BY b.month DESC`, v.MemberID).Scan(&rows).Error
	return rows, err
}
