package supervision

import (
	"context"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/unit"
)

// MarkFilter narrows the marks. Zero fields do not.
type MarkFilter struct {
	Month        model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	DepartmentID int64       `query:"department_id" validate:"min=0" label:"单位"`
	AccountID    int64       `query:"account_id" validate:"min=0" label:"工作人员"`
	Unit         bool        `query:"unit" label:"仅针对单位"`
	Kind         string      `query:"kind" validate:"omitempty,oneof=REWARD INSPECTION CORRECTION" label:"类别"`
	State        string      `query:"state" validate:"omitempty,oneof=PROPOSED CONFIRMED REFUSED" label:"状态"`
}

// Mark is a reward, an inspection's finding or a correction.
type Mark struct {
	ID             int64      `json:"id"`
	DepartmentID   int64      `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	AccountID      *int64     `json:"account_id"` // of the staff; empty: the unit
	StaffName      string     `json:"staff_name"`
	Kind           string     `json:"kind"`
	KindName       string     `json:"kind_name" gorm:"-"`
	Points         int64      `json:"points"` // hundredths
	Day            model.Date `json:"day"`
	Reason         string     `json:"reason"`
	RequestID      *int64     `json:"request_id"`
	Number         string     `json:"number"`
	State          string     `json:"state"`
	StateName      string     `json:"state_name" gorm:"-"`
	Recorder       string     `json:"recorder"`
	RecordedAt     time.Time  `json:"recorded_at"`
	Decider        string     `json:"decider"`
	DecidedAt      *time.Time `json:"decided_at"`
	Note           string     `json:"note"`
}

var markNames = map[string]string{model.MarkReward: "激励", model.MarkInspection: "督查", model.MarkCorrection: "整改"}

const markFrom = `unit_mark x JOIN department d ON d.id = x.department_id LEFT JOIN request r ON r.id = x.request_id
LEFT JOIN account sa ON sa.id = x.account_id LEFT JOIN member sm ON sm.id = sa.member_id
LEFT JOIN account pa ON pa.id = x.recorded_by LEFT JOIN member pm ON pm.id = pa.member_id LEFT JOIN account da ON da.id = x.decided_by LEFT JOIN member dm ON dm.id = da.member_id`

// Marks lists them, those that wait first: to the window and the city all, to a unit its own.
func (s *Service) Marks(ctx context.Context, v access.Viewer, f MarkFilter, offset, limit int) ([]Mark, int64, error) {
	c := conditionOf(v.UnitRows("x.department_id"))
	c.inMonth("x.day", f.Month)
	c.ofUnit("x.department_id", f.DepartmentID)
	c.ofUnit("x.account_id", f.AccountID)
	if f.Unit {
		c.and("x.account_id IS NULL")
	}
	if f.Kind != "" {
		c.and("x.kind = ?", f.Kind)
	}
	if f.State != "" {
		c.and("x.state = ?", f.State)
	}
	return marks(s.db.Read(ctx), c, offset, limit)
}

func marks(tx model.Tx, c *condition, offset, limit int) ([]Mark, int64, error) {
	rows, total, err := list[Mark](tx, "x.*, d.name AS department_name, coalesce(sm.name, '') AS staff_name, coalesce(r.number, '') AS number, coalesce(pm.name, '') AS recorder, coalesce(dm.name, '') AS decider",
		markFrom, "CASE x.state WHEN 'PROPOSED' THEN 0 ELSE 1 END, x.day DESC, x.id DESC", c, offset, limit)
	for i := range rows {
		rows[i].KindName, rows[i].StateName = markNames[rows[i].Kind], twoPersons[rows[i].State]
	}
	return rows, total, err
}

// MarkInput is what one person records.
type MarkInput struct {
	DepartmentID int64      `json:"department_id" validate:"min=1" label:"单位"`
	AccountID    int64      `json:"account_id" validate:"min=0" label:"工作人员"` // 0: the unit
	Kind         string     `json:"kind" validate:"required,oneof=REWARD INSPECTION CORRECTION" label:"类别"`
	Points       int64      `json:"points" validate:"min=-10000,max=10000" label:"分值"` // hundredths of a point
	Day          model.Date `json:"day" validate:"required,date" label:"日期"`
	Reason       string     `json:"reason" validate:"required,max=500,text" label:"理由"`
	RequestID    int64      `json:"request_id" validate:"min=0" label:"诉求"`
}

// RecordMark records a mark; it counts when another person has confirmed it. For the window.
//
// Faults: supervision.no_points, supervision.future_day, supervision.no_staff, supervision.own_unit, o2o.no_department.
func (s *Service) RecordMark(ctx context.Context, v access.Viewer, in MarkInput) (out Mark, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := in.check(tx, v); err != nil {
			return err
		}
		x := model.UnitMark{DepartmentID: in.DepartmentID, Kind: in.Kind, Points: in.Points, Day: in.Day, Reason: strings.TrimSpace(in.Reason), State: model.Proposed,
			RecordedBy: v.AccountID, RecordedAt: tx.Now}
		if in.AccountID != 0 {
			x.AccountID = &in.AccountID
		}
		if in.RequestID != 0 {
			if _, err := lockRequest(tx, v, in.RequestID); err != nil {
				return err
			}
			x.RequestID = &in.RequestID
		}
		if err := tx.Create(&x).Error; err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.mark", ObjectType: "unit_mark", ObjectID: x.ID,
			After: map[string]any{"department_id": x.DepartmentID, "account_id": x.AccountID, "kind": x.Kind, "points": x.Points, "day": x.Day}})
		out, err = oneMark(tx, x.ID)
		return err
	})
	return out, err
}

func (in MarkInput) check(tx model.Tx, v access.Viewer) error {
	switch {
	case !v.WorksDesk():
		return fault.Forbidden()
	case in.Points == 0 || in.Kind == model.MarkReward && in.Points < 0:
		return fault.Invalid("supervision.no_points", "分值不能为0，激励须为加分").With("field", "points")
	case in.Day > tx.Day():
		return fault.Invalid("supervision.future_day", "日期不能晚于今天").With("field", "day")
	}
	if err := ofOthers(v, &in.DepartmentID); err != nil {
		return err
	}
	if err := unit.Open(tx, in.DepartmentID); err != nil {
		return err
	}
	if in.AccountID == 0 {
		return nil
	}
	var n int64
	err := tx.Raw(`SELECT count(*) FROM account a JOIN role_grant g ON g.account_id = a.id OR g.member_id = a.member_id WHERE a.id = ? AND g.department_id = ?`,
		in.AccountID, in.DepartmentID).Scan(&n).Error
	if err == nil && n == 0 {
		err = fault.Invalid("supervision.no_staff", "该人员不是这个单位的工作人员").With("field", "account_id")
	}
	return err
}

// ConfirmMark makes a mark count: a city administrator's, who neither recorded it nor works for the unit.
//
// Faults: supervision.same_person, supervision.own_unit, supervision.decided.
func (s *Service) ConfirmMark(ctx context.Context, v access.Viewer, id int64, in NoteInput) (Mark, error) {
	return s.endMark(ctx, v, id, model.Confirmed, in.Note)
}

// RefuseMark lets it not count, and says why. Otherwise as ConfirmMark.
func (s *Service) RefuseMark(ctx context.Context, v access.Viewer, id int64, in DismissInput) (Mark, error) {
	return s.endMark(ctx, v, id, model.Refused, in.Note)
}

func (s *Service) endMark(ctx context.Context, v access.Viewer, id int64, state, note string) (out Mark, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		where, args := v.UnitRows("x.department_id")
		var x model.UnitMark
		if err := locked(tx, &x, "x", "SELECT x.* FROM unit_mark x LEFT JOIN request r ON r.id = x.request_id WHERE x.id = ? AND "+where, append([]any{id}, args...), "考核记录"); err != nil {
			return err
		}
		if !v.CityAdmin() {
			return fault.Forbidden()
		}
		if err := apart(tx, v, &x.RecordedBy, &x.DepartmentID); err != nil {
			return err
		}
		res := tx.Model(&model.UnitMark{}).Where("id = ? AND state = ?", id, model.Proposed).
			Updates(map[string]any{"state": state, "note": strings.TrimSpace(note), "decided_by": v.AccountID, "decided_at": tx.Now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("supervision.decided", "该记录已有复核结果，不能更改").With("state", x.State)
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.mark_decided", ObjectType: "unit_mark", ObjectID: id, Before: map[string]any{"state": x.State}, After: map[string]any{"state": state}})
		out, err = oneMark(tx, id)
		return err
	})
	return out, err
}

func oneMark(tx model.Tx, id int64) (Mark, error) {
	rows, _, err := marks(tx, conditionOf("x.id = ?", []any{id}), 0, 1)
	if err != nil || len(rows) == 0 {
		return Mark{}, err
	}
	return rows[0], nil
}
