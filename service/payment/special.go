package payment

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
	"hongyun/service/rule"
)

// SpecialInput is a voluntary extra payment that a collector has received.
type SpecialInput struct {
	MemberID      int64      `json:"member_id" validate:"min=1" label:"党员"`
	AmountFen     int64      `json:"amount_fen" validate:"min=1,max=1000000000000" label:"缴纳金额"`
	Method        string     `json:"method" validate:"required,oneof=CASH TRANSFER" label:"缴纳方式"`
	TransactionNo string     `json:"transaction_no" validate:"max=64" label:"流水号"`
	PaidOn        model.Date `json:"paid_on" validate:"required,date" label:"缴纳日期"`
	Brief         string     `json:"brief" validate:"required,text,max=1000" label:"党员简要情况"`
}

// RecordSpecial keeps a special large payment (大额党费) that was received; a second person confirms it. It is no bill's, and
// counts in no collection and no share (RULES 3.2.14). key is as with Record.
//
// Faults: not_found, auth.forbidden, dues.special_least, dues.brief, dues.paid_on, dues.method, dues.transaction_no,
// dues.transaction_used, dues.key_used.
func (s *Service) RecordSpecial(ctx context.Context, v access.Viewer, key string, in SpecialInput) (Special, error) {
	in.TransactionNo, in.Brief = strings.TrimSpace(in.TransactionNo), strings.TrimSpace(in.Brief)
	received := RecordInput{Method: in.Method, PaidOn: in.PaidOn, TransactionNo: in.TransactionNo}
	if err := received.check(); err != nil {
		return Special{}, err
	}
	if in.Brief == "" {
		return Special{}, fault.Invalid("dues.brief", "大额党费须附党员简要情况")
	}
	var out Special
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var m model.Member
		if err := tx.Where("id = ? AND standing = ?", in.MemberID, model.StandingActive).Take(&m).Error; err != nil && !model.NotFound(err) {
			return err
		}
		path, err := pathOf(tx, m.OrgID)
		switch {
		case err != nil:
			return err
		case path == "" || !v.Collects().Covers(path) && !v.Works().Covers(path):
			return fault.NotFound("党员")
		case !v.Collects().Covers(path):
			return fault.Forbidden()
		case in.PaidOn > tx.Day():
			return fault.Invalid("dues.paid_on", "缴纳日期不能晚于今天")
		}
		numbers, err := rule.Load(tx, "dues", tx.Day())
		if err != nil {
			return err
		}
		if least := int64(numbers.Int("SPECIAL_LEAST_FEN")); in.AmountFen < least {
			return fault.Invalid("dues.special_least", fmt.Sprintf("一次多缴%s元以上的才作为大额党费登记，不足的请按自愿多缴由党支部入账", yuan(least)))
		}
		row := model.DuesSpecial{MemberID: m.ID, OrgID: m.OrgID, AmountFen: in.AmountFen, Method: in.Method, TransactionNo: orNil(in.TransactionNo), PaidOn: in.PaidOn,
			Brief: in.Brief, State: model.SpecialRecorded, RecordedBy: &v.AccountID, RecordedAt: tx.Now, IdempotencyKey: orNil(keyOf(v, key))}
		id, err := keepSpecial(tx, v, row)
		if err == nil {
			out, err = oneSpecial(tx, id)
		}
		return err
	})
	return out, err
}

// keepSpecial inserts the row, or finds the same one that its key has made before.
func keepSpecial(tx model.Tx, v access.Viewer, row model.DuesSpecial) (int64, error) {
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error != nil {
		return 0, res.Error
	}
	if res.RowsAffected == 1 {
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.special_record", ObjectType: "dues_special", ObjectID: row.ID,
			After: map[string]any{"member_id": row.MemberID, "amount_fen": row.AmountFen, "method": row.Method, "paid_on": row.PaidOn}})
		return row.ID, nil
	}
	var before model.DuesSpecial
	if row.IdempotencyKey != nil {
		if err := tx.Where("idempotency_key = ?", *row.IdempotencyKey).Take(&before).Error; err != nil && !model.NotFound(err) {
			return 0, err
		}
	}
	no := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	switch {
	case before.ID == 0:
		return 0, fault.Conflict("dues.transaction_used", "该流水号已登记过，请核对")
	case before.MemberID != row.MemberID || before.AmountFen != row.AmountFen || before.Method != row.Method || before.PaidOn != row.PaidOn ||
		before.Brief != row.Brief || no(before.TransactionNo) != no(row.TransactionNo):
		return 0, keyUsed()
	}
	return before.ID, nil
}

// ConfirmSpecial says that the money is there. Faults: not_found, dues.changed, dues.same_person.
func (s *Service) ConfirmSpecial(ctx context.Context, v access.Viewer, id int64) (Special, error) {
	return s.actSpecial(ctx, v, id, func(tx model.Tx, sp model.DuesSpecial, _ string) error {
		if err := secondPerson(sp.RecordedBy, v); err != nil {
			return err
		}
		if err := notOwn(v, &sp.MemberID); err != nil {
			return err
		}
		err := stepSpecial(tx, v, sp, "dues.special_confirm", model.SpecialRecorded, map[string]any{"state": model.SpecialConfirmed, "confirmed_by": v.AccountID, "confirmed_at": tx.Now})
		if err != nil {
			return err
		}
		return moveSpecial(tx, sp, "given", ledger.DuesGiven(sp.MemberID), ledger.DuesSpecial(sp.OrgID))
	})
}

// RejectSpecial ends one that is not confirmed. Faults: not_found, dues.reason, dues.changed.
func (s *Service) RejectSpecial(ctx context.Context, v access.Viewer, id int64, reason string) (Special, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return Special{}, err
	}
	return s.actSpecial(ctx, v, id, func(tx model.Tx, sp model.DuesSpecial, _ string) error {
		return stepSpecial(tx, v, sp, "dues.special_reject", model.SpecialRecorded, map[string]any{"state": model.SpecialRejected, "reason": reason, "ended_by": v.AccountID, "ended_at": tx.Now})
	})
}

// ReverseSpecial takes back one that is confirmed and not handed up yet. Faults: not_found, dues.reason, dues.changed, dues.same_person.
func (s *Service) ReverseSpecial(ctx context.Context, v access.Viewer, id int64, reason string) (Special, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return Special{}, err
	}
	return s.actSpecial(ctx, v, id, func(tx model.Tx, sp model.DuesSpecial, _ string) error {
		if err := secondPerson(sp.RecordedBy, v); err != nil {
			return err
		}
		if err := notOwn(v, &sp.MemberID); err != nil {
			return err
		}
		err := stepSpecial(tx, v, sp, "dues.special_reverse", model.SpecialConfirmed, map[string]any{"state": model.SpecialReversed, "reason": reason, "ended_by": v.AccountID, "ended_at": tx.Now})
		if err != nil {
			return err
		}
		return moveSpecial(tx, sp, "back", ledger.DuesSpecial(sp.OrgID), ledger.DuesGiven(sp.MemberID))
	})
}

// ForwardInput is the document with which a committee handed a special payment up.
type ForwardInput struct {
	DocumentNo  string     `json:"document_no" validate:"required,text,max=100" label:"上缴文号"`
	ForwardedOn model.Date `json:"forwarded_on" validate:"required,date" label:"上缴日期"`
}

// ForwardSpecial says that the committee above has handed it up, whole, to the Central Organization Department.
//
// Faults: not_found, auth.forbidden for who administers no committee above, dues.document_no, dues.forwarded_on, dues.changed.
func (s *Service) ForwardSpecial(ctx context.Context, v access.Viewer, id int64, in ForwardInput) (Special, error) {
	in.DocumentNo = strings.TrimSpace(in.DocumentNo)
	if in.DocumentNo == "" {
		return Special{}, fault.Invalid("dues.document_no", "请填写上缴文号")
	}
	return s.actSpecial(ctx, v, id, func(tx model.Tx, sp model.DuesSpecial, path string) error {
		switch {
		case !above(v, path):
			return fault.Forbidden()
		case in.ForwardedOn > tx.Day() || in.ForwardedOn < sp.PaidOn:
			return fault.Invalid("dues.forwarded_on", "上缴日期须在缴纳日期之后，且不能晚于今天")
		}
		err := stepSpecial(tx, v, sp, "dues.special_forward", model.SpecialConfirmed, map[string]any{"state": model.SpecialForwarded, "forward_no": in.DocumentNo, "forwarded_on": in.ForwardedOn})
		if err != nil {
			return err
		}
		return moveSpecial(tx, sp, "forwarded", ledger.DuesSpecial(sp.OrgID), ledger.DuesRemitted(sp.OrgID))
	})
}

// actSpecial changes a special payment of a branch where v collects or administers, and answers with what it is then.
func (s *Service) actSpecial(ctx context.Context, v access.Viewer, id int64, change func(tx model.Tx, sp model.DuesSpecial, path string) error) (Special, error) {
	var out Special
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		// SECURITY: the branch is part of the WHERE, so that a guessed id finds nothing.
		where, args := handled(v, "org_id")
		var sp model.DuesSpecial
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND "+where, append([]any{id}, args...)...).Take(&sp).Error
		if model.NotFound(err) {
			err = fault.NotFound("大额党费")
		}
		if err != nil {
			return err
		}
		path, err := pathOf(tx, sp.OrgID)
		if err == nil {
			err = change(tx, sp, path)
		}
		if err == nil {
			out, err = oneSpecial(tx, id)
		}
		return err
	})
	return out, err
}

// stepSpecial is a guarded change of state with its audit entry. Fault: dues.changed.
func stepSpecial(tx model.Tx, v access.Viewer, sp model.DuesSpecial, action, from string, to map[string]any) error {
	res := tx.Model(&model.DuesSpecial{}).Where("id = ? AND state = ?", sp.ID, from).Updates(to)
	if res.Error == nil && res.RowsAffected != 1 {
		return fault.Conflict("dues.changed", "该笔大额党费的状态已变化，请刷新后再试")
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: action, ObjectType: "dues_special", ObjectID: sp.ID, Before: map[string]any{"state": sp.State}, After: to})
	return res.Error
}

func moveSpecial(tx model.Tx, sp model.DuesSpecial, what string, from, to ledger.Account) error {
	_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("dues.special/%s/%d", what, sp.ID), Kind: "dues.special", Memo: "大额党费", From: from, To: to, Amount: sp.AmountFen})
	return err
}
