package development

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// MoveInput hands a course over to another branch.
type MoveInput struct {
	Version int64      `json:"version" validate:"required,min=1" label:"版本"`
	OrgID   int64      `json:"org_id" validate:"required,min=1" label:"接收党支部"`
	OnDay   model.Date `json:"on_day" validate:"required,date" label:"转接日期"`
	Note    string     `json:"note" validate:"max=1000" label:"说明"`
}

// Move hands an applicant or an activist over to another branch, with all papers; the time of training runs on (RULES 5).
// v administers both branches. A member moves with the roster, by a transfer of affiliation.
//
// Faults: not found, forbidden, development.changed, development.no_transition (409), development.future, DEV-E11.
func (s *Service) Move(ctx context.Context, v access.Viewer, id int64, in MoveInput) (Detail, error) {
	var detail Detail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		d, _, err := held(tx, v, id, in.Version, in.OrgID)
		if err != nil {
			return err
		}
		to, err := branchOf(tx, v, in.OrgID)
		if err != nil {
			return err
		}
		switch {
		case d.State != model.DevApplicant && d.State != model.DevActivist:
			return fault.Conflict("development.no_transition", "只有入党申请人和入党积极分子可以转到其他支部").With("state", d.State)
		case to.ID == d.OrgID:
			return fault.Conflict("development.same_branch", "该同志已在这个支部")
		case in.OnDay > tx.Day():
			return fault.Invalid("development.future", "日期不能晚于今天")
		case in.OnDay < d.AppliedOn:
			return problem("DEV-E11").fault()
		}
		var from model.Org
		if err := tx.Where("id = ?", d.OrgID).Take(&from).Error; err != nil {
			return err
		}
		res := tx.Model(&model.Development{}).Where("id = ? AND version = ?", d.ID, d.Version).
			Updates(map[string]any{"org_id": to.ID, "version": d.Version + 1, "updated_at": tx.Now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected != 1 {
			return changed(tx, d, d.Version)
		}
		step := model.DevelopmentStep{DevelopmentID: d.ID, Seq: d.Version + 1, Code: Move, OnDay: in.OnDay, FromState: d.State, ToState: d.State, Note: in.Note, OrgID: to.ID}
		if err := record(tx, v, step, StepData{FromOrg: from.Name, ToOrg: to.Name}); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "development.move", ObjectType: "development", ObjectID: d.ID,
			Before: map[string]any{"org_id": from.ID}, After: map[string]any{"org_id": to.ID, "on_day": in.OnDay}})
		detail, err = s.detail(tx, v, id)
		return err
	})
	return detail, err
}
