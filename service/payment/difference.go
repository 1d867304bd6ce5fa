package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// differ puts a difference between the books and WeChat on the list that people work off; one that stands there
// already stays as it is.
func differ(tx model.Tx, d model.PayDifference) error {
	d.State, d.FoundAt = model.DifferenceOpen, tx.Now
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&d).Error
}

// Difference is what the books and WeChat disagree on.
type Difference struct {
	ID            int64      `json:"id"`
	Kind          string     `json:"kind"`     // ONLY_OURS, ONLY_THEIRS, AMOUNT
	FoundBy       string     `json:"found_by"` // STATEMENT, NOTICE, QUERY
	Day           model.Date `json:"day"`
	PaymentID     *int64     `json:"payment_id"`
	RefundID      *int64     `json:"refund_id"`
	OrderNo       string     `json:"number"`
	RefundNo      string     `json:"refund_no"`
	TransactionNo string     `json:"transaction_no"`
	OurFen        int64      `json:"our_fen"`
	TheirFen      int64      `json:"their_fen"`
	State         string     `json:"state"`
	Resolution    string     `json:"resolution"`
	FoundAt       time.Time  `json:"found_at"`
	ResolvedBy    string     `json:"resolved_by"` // empty: open, or resolved by itself
	ResolvedAt    *time.Time `json:"resolved_at"`
}

// DifferenceFilter narrows the list. Empty fields narrow nothing.
type DifferenceFilter struct {
	State string     `query:"state" validate:"omitempty,oneof=OPEN RESOLVED" label:"状态"`
	Kind  string     `query:"kind" validate:"omitempty,oneof=ONLY_OURS ONLY_THEIRS AMOUNT" label:"差异类型"`
	Day   model.Date `query:"day" validate:"omitempty,date" label:"对账日期"`
}

// Differences lists what the books and WeChat disagree on, open ones first, then the newest. The caller is the city's administrator.
func (s *Service) Differences(ctx context.Context, f DifferenceFilter, offset, limit int) ([]Difference, int64, error) {
	tx := s.db.Read(ctx)
	where, args := "1 = 1", []any{}
	for _, c := range []struct{ column, value string }{{"state", f.State}, {"kind", f.Kind}, {"day", string(f.Day)}} {
		if c.value != "" {
			where, args = where+" AND d."+c.column+" = ?", append(args, c.value)
		}
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM pay_difference d WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Difference{}
	err := tx.Raw("SELECT "+differenceColumns+" WHERE "+where+" ORDER BY d.state, d.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

const differenceColumns = `d.*, coalesce(m.name, '') AS resolved_by
FROM pay_difference d LEFT JOIN account a ON a.id = d.resolved_by LEFT JOIN member m ON m.id = a.member_id`

// leastResolution is the shortest text, in characters, that says how a difference was worked off.
const leastResolution = 4

// Resolve puts down how a difference was worked off; the books stay as they are, but for an order that WeChat was paid for
// otherwise than it was made: it is closed, and its bills are free again. The caller is the city's administrator.
//
// Faults: not_found, dues.resolution, dues.changed.
func (s *Service) Resolve(ctx context.Context, v access.Viewer, id int64, resolution string) (Difference, error) {
	resolution = strings.TrimSpace(resolution)
	if len([]rune(resolution)) < leastResolution {
		return Difference{}, fault.Invalid("dues.resolution", fmt.Sprintf("请用不少于%d个字说明差异是如何处理的", leastResolution))
	}
	var out Difference
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var d model.PayDifference
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&d).Error
		switch {
		case model.NotFound(err):
			return fault.NotFound("对账差异")
		case err != nil:
			return err
		case d.State != model.DifferenceOpen:
			return fault.Conflict("dues.changed", "该对账差异已处理，请刷新后查看")
		}
		if _, err := model.Exec(tx, "UPDATE pay_difference SET state = ?, resolution = ?, resolved_by = ?, resolved_at = ? WHERE id = ?",
			model.DifferenceResolved, resolution, v.AccountID, tx.Now, id); err != nil {
			return err
		}
		if err := freed(tx, v, d, resolution); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.difference", ObjectType: "pay_difference", ObjectID: id,
			Before: map[string]any{"kind": d.Kind, "number": d.OrderNo, "refund_no": d.RefundNo, "our_fen": d.OurFen, "their_fen": d.TheirFen},
			After:  map[string]any{"resolution": resolution}})
		return tx.Raw("SELECT "+differenceColumns+" WHERE d.id = ?", id).Scan(&out).Error
	})
	return out, err
}

// freed closes the order that a difference is about, if it is still open: nothing will ever settle it.
func freed(tx model.Tx, v access.Viewer, d model.PayDifference, resolution string) error {
	if d.PaymentID == nil || d.Kind != model.DifferenceAmount {
		return nil
	}
	p, err := lockPayment(tx, "id = ?", *d.PaymentID)
	if err != nil || p.State != model.PaymentOpen {
		return err
	}
	return release(tx, &p, &v.AccountID, "对账差异已处理："+resolution)
}
