package dues

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// Bill is a bill in a list. It says nothing of what it was worked out from.
type Bill struct {
	ID            int64       `json:"id"`
	MemberID      int64       `json:"member_id"`
	MemberName    string      `json:"member_name"`
	OrgID         int64       `json:"org_id"`
	OrgName       string      `json:"org_name"`
	Month         model.Month `json:"month"`
	Category      string      `json:"category"`
	CategoryTitle string      `json:"category_title"`
	AmountFen     int64       `json:"amount_fen"`
	State         string      `json:"state"`
	Revision      int64       `json:"revision"` // how often the amount was changed
	Note          string      `json:"note"`     // why it was cancelled
	Method        string      `json:"method"`   // of the payment; empty: not paid
	PaidOn        *model.Date `json:"paid_on"`
	RecordedAt    *time.Time  `json:"recorded_at"`
	Payment       string      `json:"payment_state"` // OPEN, RECORDED or SETTLED; empty: nobody pays it now
	PaymentID     *int64      `json:"payment_id"`
}

// Sums are the totals of a list of bills, over all its pages. Cancelled bills count in Count alone.
type Sums struct {
	Count      int64 `json:"count"`
	Unpaid     int64 `json:"unpaid"`
	Paid       int64 `json:"paid"`
	Exempt     int64 `json:"exempt"`
	Cancelled  int64 `json:"cancelled"`
	PayableFen int64 `json:"payable_fen"` // paid and unpaid
	PaidFen    int64 `json:"paid_fen"`
}

// Filter narrows a list. Empty fields narrow nothing. With an age the bills are unpaid, and month, or to, or the present
// month, is the month that is looked at: of that month itself the age is 1, as in the table of collection.
type Filter struct {
	Month    model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	From     model.Month `query:"from" validate:"omitempty,month" label:"起始月份"`
	To       model.Month `query:"to" validate:"omitempty,month" label:"截止月份"`
	OrgID    int64       `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	MemberID int64       `query:"member_id" validate:"min=0" label:"党员"`
	State    string      `query:"state" validate:"omitempty,oneof=UNPAID PAID EXEMPT CANCELLED" label:"状态"`
	Method   string      `query:"method" validate:"omitempty,oneof=CASH TRANSFER WECHAT" label:"缴纳方式"`
	Payment  string      `query:"payment_state" validate:"omitempty,oneof=OPEN RECORDED SETTLED NONE" label:"缴费状态"` // NONE: nobody pays it now
	Age      string      `query:"age" validate:"omitempty,oneof=1 2-3 4-5 6+" label:"欠缴月数"`
}

// band is the youngest and the oldest age of a band, in months counted with the month that is looked at; 0: no end, or no band.
func band(age string) (from, to int) {
	switch age {
	case "1":
		return 1, 1
	case "2-3":
		return 2, 3
	case "4-5":
		return 4, 5
	case "6+":
		return 6, 0
	}
	return 0, 0
}

const livePayment = "LEFT JOIN dues_payment_bill pb ON pb.bill_id = b.id AND pb.live LEFT JOIN dues_payment p ON p.id = pb.payment_id"

const billColumns = `b.id, b.member_id, m.name AS member_name, b.org_id, o.name AS org_name, b.month, b.category, b.amount_fen, b.state, b.revision, b.note,
  coalesce((SELECT l.title FROM lookup l WHERE l.list = 'dues_category' AND l.code = b.category), '') AS category_title,
  coalesce(p.method, '') AS method, nullif(p.paid_on, '') AS paid_on, p.recorded_at, coalesce(p.state, '') AS payment, p.id AS payment_id`

// condition is a WHERE that grows.
type condition struct {
	where string
	args  []any
}

func conditionOf(where string, args []any) condition { return condition{where, args} }

func (c *condition) and(where string, args ...any) {
	c.where += " AND " + where
	c.args = append(c.args, args...)
}

// under narrows to an organisation, o, and everything below it; 0 narrows nothing.
func (c *condition) under(orgID int64) {
	if orgID != 0 {
		c.and("EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')", orgID)
	}
}

func (c *condition) bills(f Filter, this model.Month) {
	if young, old := band(f.Age); young != 0 {
		at := this
		for _, month := range []model.Month{f.Month, f.To} {
			if month != "" {
				at = month
			}
		}
		f.Month, f.To = "", at.Add(1-young)
		if old != 0 {
			f.From = max(f.From, at.Add(1-old))
		}
		c.and("b.state = 'UNPAID'")
	}
	for column, value := range map[string]string{"b.month = ?": string(f.Month), "b.month >= ?": string(f.From), "b.month <= ?": string(f.To), "b.state = ?": f.State} {
		if value != "" {
			c.and(column, value)
		}
	}
	if f.MemberID != 0 {
		c.and("b.member_id = ?", f.MemberID)
	}
	const live = "EXISTS (SELECT 1 FROM dues_payment_bill lb JOIN dues_payment lp ON lp.id = lb.payment_id WHERE lb.bill_id = b.id AND lb.live"
	if f.Method != "" {
		c.and("(b.method = ? OR "+live+" AND lp.method = ?))", f.Method, f.Method)
	}
	switch f.Payment {
	case "":
	case "NONE":
		c.and("NOT " + live + ")")
	default:
		c.and(live+" AND lp.state = ?)", f.Payment)
	}
	c.under(f.OrgID)
}

// Bills lists up to limit bills of the branches where v collects or administers, with the sums over all: what a member pays
// tells what he or she earns, so leaders see no single bill (RULES 11.4).
func (s *Service) Bills(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]Bill, Sums, error) {
	tx := s.db.Read(ctx)
	c := conditionOf(handles(v, "o.path"))
	c.bills(f, tx.Day().Month())
	var sums Sums
	err := tx.Raw(`SELECT count(*) AS count, count(*) FILTER (WHERE b.state = 'UNPAID') AS unpaid, count(*) FILTER (WHERE b.state = 'PAID') AS paid,
  count(*) FILTER (WHERE b.state = 'EXEMPT') AS exempt, count(*) FILTER (WHERE b.state = 'CANCELLED') AS cancelled,
  coalesce(sum(b.amount_fen) FILTER (WHERE b.state IN ('PAID', 'UNPAID')), 0) AS payable_fen, coalesce(sum(b.amount_fen) FILTER (WHERE b.state = 'PAID'), 0) AS paid_fen
FROM dues_bill b JOIN org o ON o.id = b.org_id WHERE `+c.where, c.args...).Scan(&sums).Error
	if err != nil {
		return nil, sums, err
	}
	rows, err := bills(tx, c.where+" ORDER BY b.month DESC, o.path, m.name, b.id LIMIT ? OFFSET ?", append(c.args, limit, offset)...)
	return rows, sums, err
}

func bills(tx model.Tx, where string, args ...any) ([]Bill, error) {
	rows := []Bill{}
	err := tx.Raw("SELECT "+billColumns+" FROM dues_bill b JOIN member m ON m.id = b.member_id JOIN org o ON o.id = b.org_id "+livePayment+" WHERE "+where, args...).Scan(&rows).Error
	return rows, err
}
