package development

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// Mine is what a member sees of the own course: where it stands, without the papers and opinions of others.
type Mine struct {
	ID         int64          `json:"id"`
	OrgName    string         `json:"org_name"`
	State      string         `json:"state"`
	StateTitle string         `json:"state_title"`
	AppliedOn  model.Date     `json:"applied_on"`
	Dates      Dates          `json:"dates"`
	Stages     []Stage        `json:"stages"`
	Deadlines  []DeadlineView `json:"deadlines"`
}

// Mine is the course by which v became a member. Not found if the platform has none.
func (s *Service) Mine(ctx context.Context, v access.Viewer) (Mine, error) {
	tx := s.db.Read(ctx)
	var d model.Development
	err := tx.Where("member_id = ?", v.MemberID).Order("id DESC").Take(&d).Error
	if model.NotFound(err) || v.MemberID == 0 {
		return Mine{}, fault.NotFound("发展党员记录")
	}
	if err != nil {
		return Mine{}, err
	}
	c, err := load(tx, d, tx.Day())
	if err != nil {
		return Mine{}, err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, tx.Day())
	if err != nil {
		return Mine{}, err
	}
	rows, err := s.views(tx, "d.id = ?", []any{d.ID}, "d.id", 1, 0)
	if err != nil {
		return Mine{}, err
	}
	return Mine{ID: d.ID, OrgName: rows[0].OrgName, State: d.State, StateTitle: stateTitle(d.State), AppliedOn: d.AppliedOn,
		Dates:  datesOf(d),
		Stages: checklist(c, r), Deadlines: deadlineViews(c, tx.Day(), r)}, nil
}
