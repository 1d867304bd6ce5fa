package dues

import (
	"context"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/ledger"
	"hongyun/service/notify"
	"hongyun/service/rule"
)

// ReliefInput asks for less dues, or none, for a span of months. The branch has studied it (RULES 3.1, art. 7).
type ReliefInput struct {
	Category  string      `json:"category" validate:"required,oneof=EXEMPT REDUCED" label:"减免类别"`
	AmountFen int64       `json:"amount_fen" validate:"min=0,max=1000000000000" label:"减缴后金额"` // REDUCED: what is left to pay a month
	FromMonth model.Month `json:"from_month" validate:"required,month" label:"起始月份"`
	ToMonth   model.Month `json:"to_month" validate:"required,month" label:"截止月份"`
	Reason    string      `json:"reason" validate:"required,text,max=500" label:"困难情况"`
	StudiedOn model.Date  `json:"studied_on" validate:"required,date" label:"支部研究日期"`
}

// RequestRelief asks the committee above for a relief of a member from whom v collects.
//
// Faults: not_found or auth.forbidden (collected), dues.inactive, dues.relief_months, dues.relief_amount, dues.studied_on,
// dues.unassessed, dues.relief_overlap.
func (s *Service) RequestRelief(ctx context.Context, v access.Viewer, memberID int64, in ReliefInput) (Relief, error) {
	var out Relief
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, _, err := collected(tx, v, memberID)
		if err != nil {
			return err
		}
		if err := held(tx, &m); err != nil {
			return err
		}
		if err := active(m); err != nil {
			return err
		}
		if err := in.check(tx, m); err != nil {
			return err
		}
		if err := alone(tx, model.DuesRelief{MemberID: m.ID, FromMonth: in.FromMonth, ToMonth: in.ToMonth}, model.ReliefPending, model.ReliefApproved); err != nil {
			return err
		}
		r := model.DuesRelief{MemberID: m.ID, OrgID: m.OrgID, Category: in.Category, AmountFen: in.AmountFen, FromMonth: in.FromMonth, ToMonth: in.ToMonth,
			Reason: strings.TrimSpace(in.Reason), StudiedOn: in.StudiedOn, State: model.ReliefPending, RequestedBy: &v.AccountID, RequestedAt: tx.Now}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		recordRelief(tx, v, "dues.relief_request", r)
		out, err = reliefOf(tx, v, r.ID)
		return err
	})
	return out, err
}

func (in ReliefInput) check(tx model.Tx, m model.Member) error {
	this := tx.Day().Month()
	numbers, err := rule.Load(tx, model.RulesDues, this.First())
	if err != nil {
		return err
	}
	most := max(numbers.Int("RELIEF_MONTHS_MOST"), 1)
	switch {
	case in.FromMonth < this:
		return fault.Invalid("dues.relief_months", "减免不改变以前月份的党费，请从本月或以后的月份起申请")
	case in.FromMonth > this.Add(aheadMonths):
		return fault.Invalid("dues.relief_months", fmt.Sprintf("起始月份最迟为%s", inWords(this.Add(aheadMonths))))
	case in.ToMonth < in.FromMonth:
		return fault.Invalid("dues.relief_months", "截止月份不能早于起始月份")
	case in.ToMonth > in.FromMonth.Add(most-1):
		return fault.Invalid("dues.relief_months", fmt.Sprintf("每次减免最长%d个月，期满仍有困难的请重新研究申请", most)).With("most", most)
	case in.StudiedOn > tx.Day():
		return fault.Invalid("dues.studied_on", "支部研究日期不能晚于今天")
	case in.Category == model.ReliefExempt && in.AmountFen != 0:
		return fault.Invalid("dues.relief_amount", "免缴不需要填写金额；只减少一部分的请选择减缴")
	case in.Category == model.ReliefExempt:
		return nil
	case in.AmountFen == 0:
		return fault.Invalid("dues.relief_amount", "请填写减缴后的金额；全部免除的请选择免缴")
	}
	var assessed *int64
	err = tx.Raw(`SELECT amount_fen FROM dues_assessment WHERE member_id = ? AND replaced_at IS NULL AND effective_month <= ? ORDER BY effective_month DESC LIMIT 1`,
		m.ID, in.FromMonth).Scan(&assessed).Error
	switch {
	case err != nil:
		return err
	case assessed == nil:
		return fault.Conflict("dues.unassessed", "该党员在起始月份还没有核定党费，请先核定再申请减缴")
	case in.AmountFen > *assessed:
		return fault.Invalid("dues.relief_amount", "减缴后的金额不能高于核定的金额")
	}
	return nil
}

// alone refuses a relief that shares a month with another of the member, in one of the states. The member is locked.
func alone(tx model.Tx, r model.DuesRelief, states ...string) error {
	var other []model.DuesRelief
	err := tx.Where("member_id = ? AND id <> ? AND state IN ? AND from_month <= ? AND to_month >= ?", r.MemberID, r.ID, states, r.ToMonth, r.FromMonth).
		Order("id").Limit(1).Find(&other).Error
	if err == nil && len(other) > 0 {
		o := other[0]
		err = fault.Conflict("dues.relief_overlap", fmt.Sprintf("该党员%s至%s已有%s，月份不能重叠", inWords(o.FromMonth), inWords(o.ToMonth),
			map[string]string{model.ReliefPending: "待审批的减免申请", model.ReliefApproved: "批准的减免"}[o.State])).With("relief_id", o.ID)
	}
	return err
}

// DecisionInput is the committee's answer.
type DecisionInput struct {
	DecisionNo string `json:"decision_no" validate:"required,text,max=100" label:"批复文号"`
	Note       string `json:"note" validate:"max=500" label:"批复意见"`
}

// ApproveRelief lets a relief count, and revises this month's bill and those ahead which nobody has paid or is paying. v
// administers a committee, or the city, above the branch, and is not who asked.
//
// Faults: not_found, dues.not_above, dues.same_person, dues.relief_decided, dues.moved, dues.inactive, dues.relief_overlap,
// dues.relief_over.
func (s *Service) ApproveRelief(ctx context.Context, v access.Viewer, id int64, in DecisionInput) (Relief, error) {
	return s.decide(ctx, v, id, func(tx model.Tx, r *model.DuesRelief, m model.Member) error {
		switch this := tx.Day().Month(); {
		case m.OrgID != r.OrgID:
			return fault.Conflict("dues.moved", "该党员已转到其他党支部，请由现在的支部重新申请")
		case r.ToMonth < this:
			return fault.Conflict("dues.relief_over", "申请的月份已经过去，不能再批准；仍有困难的请重新申请")
		}
		if err := active(m); err != nil {
			return err
		}
		if err := alone(tx, *r, model.ReliefApproved); err != nil {
			return err
		}
		r.State, r.DecisionNo, r.DecisionNote = model.ReliefApproved, strings.TrimSpace(in.DecisionNo), strings.TrimSpace(in.Note)
		return nil
	})
}

// RefusalInput says why not.
type RefusalInput struct {
	Note string `json:"note" validate:"required,text,max=500" label:"不予批准的原因"`
}

// RejectRelief ends a request with the reason why not. Who may is as with ApproveRelief.
//
// Faults: not_found, dues.not_above, dues.same_person, dues.relief_decided.
func (s *Service) RejectRelief(ctx context.Context, v access.Viewer, id int64, in RefusalInput) (Relief, error) {
	return s.decide(ctx, v, id, func(_ model.Tx, r *model.DuesRelief, _ model.Member) error {
		r.State, r.DecisionNote = model.ReliefRejected, strings.TrimSpace(in.Note)
		return nil
	})
}

// WithdrawRelief takes a request back before it is decided; whoever collects in the branch may.
//
// Faults: not_found, auth.forbidden, dues.relief_decided.
func (s *Service) WithdrawRelief(ctx context.Context, v access.Viewer, id int64) (Relief, error) {
	var out Relief
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		r, m, path, err := reliefHeld(tx, v, id)
		if err != nil {
			return err
		}
		if !v.Collects().Covers(path) {
			return fault.Forbidden()
		}
		r.State = model.ReliefWithdrawn
		if err := s.finish(tx, v, &r, m); err != nil {
			return err
		}
		out, err = reliefOf(tx, v, id)
		return err
	})
	return out, err
}

// decide is what approval and refusal have in common.
func (s *Service) decide(ctx context.Context, v access.Viewer, id int64, how func(model.Tx, *model.DuesRelief, model.Member) error) (Relief, error) {
	var out Relief
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		r, m, path, err := reliefHeld(tx, v, id)
		if err != nil {
			return err
		}
		if !above(v, path, model.OrgCommittee, model.OrgCity) {
			return notAbove("减免党费须由上一级党委的管理员审批")
		}
		asked, err := requester(tx, r)
		if err != nil {
			return err
		}
		if r.RequestedBy != nil && *r.RequestedBy == v.AccountID || v.MemberID != 0 && (asked == v.MemberID || r.MemberID == v.MemberID) {
			return fault.Conflict("dues.same_person", "审批须由申请人和本人以外的人员办理")
		}
		if err := how(tx, &r, m); err != nil {
			return err
		}
		if err := s.finish(tx, v, &r, m); err != nil {
			return err
		}
		out, err = reliefOf(tx, v, id)
		return err
	})
	return out, err
}

func requester(tx model.Tx, r model.DuesRelief) (memberID int64, err error) {
	err = tx.Raw("SELECT coalesce(member_id, 0) FROM account WHERE id = ?", r.RequestedBy).Scan(&memberID).Error
	return memberID, err
}

// reliefHeld reads a relief of a member in v's sight, with everything locked that a change of it rests on.
func reliefHeld(tx model.Tx, v access.Viewer, id int64) (r model.DuesRelief, m model.Member, path string, err error) {
	if err := tx.Where("id = ?", id).Take(&r).Error; model.NotFound(err) {
		return r, m, "", fault.NotFound("减免申请")
	} else if err != nil {
		return r, m, "", err
	}
	if err := tx.Where("id = ?", r.MemberID).Take(&m).Error; err != nil {
		return r, m, "", err
	}
	if path, err = pathOf(tx, m.OrgID); err != nil {
		return r, m, "", err
	}
	if !handlesAt(v, path) {
		return r, m, "", fault.NotFound("减免申请")
	}
	if err := held(tx, &m); err != nil {
		return r, m, "", err
	}
	return r, m, path, nil
}

// finish writes what was decided, guarded by the state, with what follows: bills, a message to the member, the audit entry.
func (s *Service) finish(tx model.Tx, v access.Viewer, r *model.DuesRelief, m model.Member) error {
	done, err := model.Exec(tx, "UPDATE dues_relief SET state = ?, decision_no = ?, decision_note = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = 'PENDING'",
		r.State, r.DecisionNo, r.DecisionNote, v.AccountID, tx.Now, r.ID)
	if err == nil && done != 1 {
		err = fault.Conflict("dues.relief_decided", "该减免申请已经办理，请刷新后核对")
	}
	if err != nil {
		return err
	}
	if r.State == model.ReliefApproved {
		if err := relieve(tx, *r, m); err != nil {
			return err
		}
	}
	if r.State != model.ReliefWithdrawn {
		if _, err := s.notify.Queue(tx, outcome(*r, m)); err != nil {
			return err
		}
	}
	recordRelief(tx, v, "dues.relief_"+strings.ToLower(r.State), *r)
	return nil
}

// relieve makes the bills of this month and ahead what the relief says. Those that are paid stay; while one is being paid, nothing is approved.
func relieve(tx model.Tx, r model.DuesRelief, m model.Member) error {
	bills, taken, err := billed(tx, m.ID, max(r.FromMonth, tx.Day().Month()), r.ToMonth)
	if err != nil {
		return err
	}
	for _, b := range bills {
		if taken[b.ID] && b.State != model.BillPaid { // should nobody pay it after all, it would keep the whole amount
			return fault.Conflict("dues.held", fmt.Sprintf("该党员%s的党费正在网上缴纳或等待复核，请先办结该笔缴费，再审批减免", inWords(b.Month))).With("bill_id", b.ID)
		}
	}
	transfers, err := revise(tx, bills, taken)
	if err != nil {
		return err
	}
	if r.FromMonth <= tx.Day().Month() {
		late, err := billLate(tx, m)
		if err != nil {
			return err
		}
		transfers = append(transfers, late...)
	}
	_, err = ledger.Post(tx, transfers...)
	return err
}

// outcome is what the member reads. It does not repeat why relief was asked for.
func outcome(r model.DuesRelief, m model.Member) notify.Message {
	said := "已批准，批复文号：" + r.DecisionNo
	if r.State == model.ReliefRejected {
		said = "未获批准，原因：" + r.DecisionNote
	}
	return notify.Message{Kind: KindRelief, To: notify.Recipient{Type: model.ToMember, ID: m.ID}, Period: fmt.Sprint("relief:", r.ID),
		Data: map[string]string{"name": m.Name, "kind": map[string]string{model.ReliefExempt: "免缴", model.ReliefReduced: "减缴"}[r.Category],
			"from": inWords(r.FromMonth), "to": inWords(r.ToMonth), "outcome": said}}
}

func recordRelief(tx model.Tx, v access.Viewer, action string, r model.DuesRelief) {
	audit.Record(tx, audit.By(v), audit.Entry{Action: action, ObjectType: "dues_relief", ObjectID: r.ID,
		After: map[string]any{"member_id": r.MemberID, "category": r.Category, "from_month": r.FromMonth, "to_month": r.ToMonth, "decision_no": r.DecisionNo}})
}
