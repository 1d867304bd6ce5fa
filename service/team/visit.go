package team

import (
	"cmp"
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/mask"
)

// Visited is what was done at the visit.
type Visited struct {
	Note string     `json:"note" validate:"required,text,max=1000" label:"上门情况"`
	Day  model.Date `json:"day" validate:"omitempty,date" label:"上门日期"` // empty: today
}

// Visit writes the visit down, for who went; the citizen and the unit are asked to confirm it.
//
// Faults: team.visit_day; team.wrong_state; team.request_not_open.
func (s *Service) Visit(ctx context.Context, v access.Viewer, id int64, in Visited) (Order, error) {
	return s.change(ctx, v, id, actionVisit, func(tx model.Tx, o Order) (map[string]any, error) {
		day := cmp.Or(in.Day, tx.Day())
		if day > tx.Day() || day < model.DateOf(o.CreatedAt) {
			return nil, fault.Invalid("team.visit_day", "上门日期须在点单之后，且不晚于今天").With("field", "day")
		}
		o.VisitNote = in.Note
		if err := s.tellCitizen(tx, o, kindVisited, *o.TeamID, "visit"); err != nil {
			return nil, err
		}
		return map[string]any{"state": model.OrderVisited, "visited_on": day, "visit_note": in.Note, "visited_at": tx.Now}, nil
	})
}

// Confirm ends an order: the citizen, or the lead unit, says that it was done.
func (s *Service) Confirm(ctx context.Context, v access.Viewer, id int64, note string) (Order, error) {
	return s.change(ctx, v, id, actionConfirm, func(tx model.Tx, o Order) (map[string]any, error) {
		by := model.ConfirmedByDepartment
		if o.Mine {
			by = model.ConfirmedByCitizen
		}
		return map[string]any{"state": model.OrderConfirmed, "confirmed_by": by, "confirm_note": note, "ended_at": tx.Now}, nil
	})
}

// Redo sends the team out again: the citizen, or the lead unit, says what is missing.
func (s *Service) Redo(ctx context.Context, v access.Viewer, id int64, note string) (Order, error) {
	return s.change(ctx, v, id, actionRedo, func(tx model.Tx, o Order) (map[string]any, error) {
		if o.MemberID != nil {
			told := note
			if o.Shielded {
				told = mask.Text(note)
			}
			if err := s.tellMember(tx, o, kindAgain, *o.MemberID, o.TeamName, told); err != nil {
				return nil, err
			}
		}
		return map[string]any{"state": model.OrderTaken, "confirm_note": note, "visited_at": nil, "visited_on": ""}, nil
	})
}

// Cancel ends an order before the visit. For the lead unit.
func (s *Service) Cancel(ctx context.Context, v access.Viewer, id int64, reason string) (Order, error) {
	return s.change(ctx, v, id, actionCancel, func(tx model.Tx, _ Order) (map[string]any, error) {
		return map[string]any{"state": model.OrderCancelled, "confirm_note": reason, "ended_at": tx.Now}, nil
	})
}

// mostPhotos bounds the photos of a visit.
const mostPhotos = 9

// AddPhoto adds a photo of the visit. For who goes, until it is confirmed.
//
// Faults: team.wrong_state; team.too_many_photos; those of package file.
func (s *Service) AddPhoto(ctx context.Context, v access.Viewer, id int64, name string, body []byte) (after Order, err error) {
	check := func(tx model.Tx) error {
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Limit(1).Find(&model.ServiceOrder{}).Error; err != nil {
			return err
		}
		o, err := orderOf(tx, v, id)
		switch {
		case err != nil:
			return err
		case v.MemberID == 0 || o.MemberID == nil || *o.MemberID != v.MemberID:
			return fault.Forbidden()
		case o.State != model.OrderTaken && o.State != model.OrderVisited:
			return fault.Conflict("team.wrong_state", fmt.Sprintf("点单当前为“%s”，不能添加照片", o.StateName)).With("state", o.State)
		case len(o.Photos) >= mostPhotos:
			return fault.Conflict("team.too_many_photos", fmt.Sprintf("每次上门最多%d张照片", mostPhotos))
		}
		return nil
	}
	if err := s.db.Tx(ctx, check); err != nil { // before the upload is kept
		return after, err
	}
	f, err := s.files.SavePhoto(ctx, v.AccountID, name, body)
	if err != nil {
		return after, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := check(tx); err != nil { // again, now that it is held
			return err
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&model.ServiceOrderPhoto{OrderID: id, FileID: f.ID}).Error; err != nil {
			return err
		}
		after, err = orderOf(tx, v, id)
		return err
	})
	return after, err
}
