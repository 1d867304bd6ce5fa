package member

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// ReceiptInput confirms a registration.
type ReceiptInput struct {
	ReceiptNo string `json:"receipt_no" validate:"max=100" label:"回执编号"` // of an organisation outside the platform
}

// ConfirmFloating is the other side's receipt: then the stay is ACTIVE. An administrator of the other branch gives it; that of
// an organisation outside is recorded, with its number, by the side that registered.
//
// Faults: floating.receipt_no; floating.decided.
func (s *Service) ConfirmFloating(ctx context.Context, v access.Viewer, id int64, in ReceiptInput) (Floating, error) {
	return s.step(ctx, v, id, missing, func(tx model.Tx, f model.Floating, _ model.Org) error {
		outside := f.HomeOrgID == nil || f.HostOrgID == nil
		if outside && in.ReceiptNo == "" {
			return fault.Invalid("floating.receipt_no", "请填写对方党组织的回执编号")
		}
		side := "host"
		if f.HomeAt == nil {
			side = "home"
		}
		n, err := model.Exec(tx, "UPDATE floating SET state = ?, receipt_no = ?, "+side+"_by = ?, "+side+"_at = ? WHERE id = ? AND state = ?",
			model.FloatingActive, in.ReceiptNo, account(v), tx.Now, id, model.FloatingRegistered)
		return decided(n, err)
	})
}

// RefuseFloating is the other side's refusal, with its reason.
func (s *Service) RefuseFloating(ctx context.Context, v access.Viewer, id int64, in RefuseInput) (Floating, error) {
	return s.step(ctx, v, id, missing, func(tx model.Tx, _ model.Floating, _ model.Org) error {
		n, err := model.Exec(tx, "UPDATE floating SET state = ?, note = ?, ended_on = ? WHERE id = ? AND state = ?",
			model.FloatingRefused, in.Reason, tx.Day(), id, model.FloatingRegistered)
		return decided(n, err)
	})
}

// EndInput ends a stay.
type EndInput struct {
	EndedOn model.Date `json:"ended_on" validate:"required,date" label:"结束日期"`
	Reason  string     `json:"reason" validate:"required,oneof=RETURNED TRANSFERRED OTHER" label:"结束原因"`
	Note    string     `json:"note" validate:"max=500" label:"说明"`
}

// EndFloating ends a stay, confirmed or not: an administrator of either side.
//
// Faults: floating.dates; floating.decided.
func (s *Service) EndFloating(ctx context.Context, v access.Viewer, id int64, in EndInput) (Floating, error) {
	return s.step(ctx, v, id, either, func(tx model.Tx, f model.Floating, _ model.Org) error {
		if in.EndedOn > tx.Day() || in.EndedOn < f.LeftOn {
			return fault.Invalid("floating.dates", "结束日期不能晚于今天，也不能早于外出日期")
		}
		note := map[string]string{"RETURNED": "已返回", "TRANSFERRED": "组织关系已转接", "OTHER": "其他"}[in.Reason]
		if in.Note != "" {
			note += "：" + in.Note
		}
		n, err := model.Exec(tx, "UPDATE floating SET state = ?, ended_on = ?, note = ? WHERE id = ? AND state IN (?, ?)",
			model.FloatingEnded, in.EndedOn, note, id, model.FloatingRegistered, model.FloatingActive)
		return decided(n, err)
	})
}

func decided(n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.Conflict("floating.decided", "该登记已确认、退回或结束，请刷新后查看")
	}
	return err
}

// missing is the branch that has not given its receipt; of a side outside the platform the branch that registered.
func missing(f model.Floating) []*int64 {
	if f.HomeAt == nil && f.HomeOrgID != nil || f.HostOrgID == nil {
		return []*int64{f.HomeOrgID}
	}
	return []*int64{f.HostOrgID}
}

func either(f model.Floating) []*int64 { return []*int64{f.HomeOrgID, f.HostOrgID} }

// step checks that v sees the stay and administers one of the branches that may take the step, and shows the result.
func (s *Service) step(ctx context.Context, v access.Viewer, id int64, who func(model.Floating) []*int64,
	do func(tx model.Tx, f model.Floating, o model.Org) error) (Floating, error) {
	var view Floating
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := s.floatingOf(tx, v, id)
		if err != nil {
			return err
		}
		var f model.Floating
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&f).Error; err != nil {
			return err
		}
		o, err := workedSide(tx, v, who(f))
		if err != nil {
			return err
		}
		if err := do(tx, f, o); err != nil {
			return err
		}
		if view, err = s.floatingOf(tx, v, id); err != nil || view.State == before.State {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "floating.step", ObjectType: "floating", ObjectID: id,
			Before: map[string]any{"state": before.State}, After: map[string]any{"state": view.State, "note": view.Note, "receipt_no": view.ReceiptNo}})
		return s.tellStep(tx, view)
	})
	return view, err
}

// workedSide is the first of the branches that v administers.
func workedSide(tx model.Tx, v access.Viewer, ids []*int64) (model.Org, error) {
	for _, id := range ids {
		if id == nil || *id == 0 { // none, or out of v's sight
			continue
		}
		var o model.Org
		if err := tx.Where("id = ?", *id).Take(&o).Error; err != nil {
			return o, err
		}
		if v.Works().Covers(o.Path) {
			return o, nil
		}
	}
	return model.Org{}, fault.Forbidden()
}
