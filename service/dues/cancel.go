package dues

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// CancelInput says why a bill is a mistake.
type CancelInput struct {
	Reason string `json:"reason" validate:"required,text,max=500" label:"作废原因"`
}

// Cancel takes a bill back that was made by mistake, by an opposite entry. v administers an organisation above the branch.
// The month is not billed again: of each member and month there is one bill.
//
// Faults: not_found, dues.not_above, dues.not_open, dues.held.
func (s *Service) Cancel(ctx context.Context, v access.Viewer, id int64, in CancelInput) (Bill, error) {
	var out Bill
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var b model.DuesBill
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&b).Error; model.NotFound(err) {
			return fault.NotFound("党费账单")
		} else if err != nil {
			return err
		}
		path, err := pathOf(tx, b.OrgID)
		if err != nil {
			return err
		}
		if !handlesAt(v, path) {
			return fault.NotFound("党费账单")
		}
		if !above(v, path) {
			return notAbove("作废账单须由上级组织的管理员办理")
		}
		if err := cancel(tx, b, strings.TrimSpace(in.Reason)); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.cancel", ObjectType: "dues_bill", ObjectID: b.ID,
			After: map[string]any{"member_id": b.MemberID, "month": b.Month, "reason": strings.TrimSpace(in.Reason)}})
		rows, err := bills(tx, "b.id = ?", b.ID)
		if err == nil {
			out = rows[0]
		}
		return err
	})
	return out, err
}

func cancel(tx model.Tx, b model.DuesBill, reason string) error {
	if b.State != model.BillUnpaid {
		return fault.Conflict("dues.not_open", "只有未缴纳的账单可以作废").With("state", b.State)
	}
	var taken bool
	if err := tx.Raw("SELECT EXISTS (SELECT 1 FROM dues_payment_bill WHERE bill_id = ? AND live)", b.ID).Scan(&taken).Error; err != nil {
		return err
	}
	if taken {
		return fault.Conflict("dues.held", "该账单正在缴纳或等待复核，请先办结或撤销该笔缴费，再作废账单")
	}
	done, err := model.Exec(tx, "UPDATE dues_bill SET state = 'CANCELLED', note = ? WHERE id = ? AND state = 'UNPAID'", reason, b.ID)
	if err == nil && done != 1 {
		err = fmt.Errorf("cancel bill %d: %d rows", b.ID, done)
	}
	if err != nil {
		return err
	}
	_, err = ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("dues.bill/cancel/%d", b.ID), Kind: "dues.cancel", Memo: inWords(b.Month) + "党费账单作废",
		From: ledger.DuesDue(b.MemberID), To: ledger.DuesBilled(b.OrgID), Amount: b.AmountFen})
	return err
}
