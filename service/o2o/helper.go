package o2o

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

// HelpInput asks a unit to help with a part of its own.
type HelpInput struct {
	DepartmentID int64      `json:"department_id" validate:"min=1" label:"协办单位"`
	Part         string     `json:"part" validate:"required,text,max=500" label:"协办内容"`
	Deadline     model.Date `json:"deadline" validate:"omitempty,date" label:"协办期限"` // empty: by the limit HELPER, not after the request's own
}

// HelperView is a unit that helps.
type HelperView struct {
	DepartmentID   int64      `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Part           string     `json:"part"`
	Deadline       model.Date `json:"deadline"`
	State          string     `json:"state"` // OPEN, DONE, CANCELLED
	Result         string     `json:"result"`
	Overdue        bool       `json:"overdue" gorm:"-"`
	AskedAt        time.Time  `json:"asked_at"`
	DoneAt         *time.Time `json:"done_at"`
}

// limitHelper is the limit of time_limit that a helper has.
const limitHelper = "HELPER"

// Messages among units.
const (
	kindToHelper  = "o2o.to_helper"
	kindHelped    = "o2o.helped"
	kindHelpEnded = "o2o.help_ended"
)

// unitKinds is what units and the city's administrators are told of what goes on between them.
func unitKinds() []notify.Kind {
	return []notify.Kind{
		{Name: kindToCity, Title: "诉求待市级指定", Body: "诉求 {number}（{category}）已被多次退回，请指定承办单位，期限 {deadline}。", Page: requestPage},
		{Name: kindToHelper, Title: "请协办诉求", Body: "{department}请贵单位协办诉求 {number}（{category}），请于 {deadline} 前完成：{note}", Page: requestPage},
		{Name: kindHelped, Title: "协办已完成", Body: "{department}已完成诉求 {number} 的协办：{note}", Page: requestPage},
		{Name: kindHelpEnded, Title: "协办已取消", Body: "诉求 {number} 不再需要贵单位协办。", Page: requestPage},
	}
}

// AskHelp asks a unit to help, or asks again one whose part is done or cancelled; its handlers are told. The lead unit goes on
// answering for the whole. For the department that leads.
//
// Faults: o2o.no_department, o2o.subject_unit, o2o.helper_leads, o2o.helper_exists, o2o.bad_deadline.
func (s *Service) AskHelp(ctx context.Context, v access.Viewer, id int64, in HelpInput) (Detail, error) {
	st := step{Action: ActionHelp, Note: in.Part, DepartmentID: &in.DepartmentID}
	var until helpLimit
	return s.workAnd(ctx, v, id, st, func(tx model.Tx, r *model.Request, st *step) (err error) {
		if r.DepartmentID != nil && *r.DepartmentID == in.DepartmentID {
			return fault.Invalid("o2o.helper_leads", "该单位已是牵头单位，请选择其他单位协办").With("field", "department_id")
		}
		if err := takesUnit(tx, r, in.DepartmentID); err != nil {
			return err
		}
		if until, err = helpDeadline(tx, r, in.Deadline); err != nil {
			return err
		}
		row := model.RequestHelper{RequestID: r.ID, DepartmentID: in.DepartmentID, Part: st.Note, Deadline: until.Due, CountedFrom: until.From, CountedDays: until.Days,
			State: model.HelperOpen, AskedBy: &v.AccountID, CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil || res.RowsAffected == 1 {
			return res.Error
		}
		n, err := model.Exec(tx, `UPDATE request_helper SET part = ?, deadline = ?, counted_from = ?, counted_days = ?, state = ?, result = '', asked_by = ?, done_by = NULL, done_at = NULL, created_at = ?
			WHERE request_id = ? AND department_id = ? AND state <> ?`, row.Part, until.Due, until.From, until.Days, model.HelperOpen, v.AccountID, tx.Now, r.ID, in.DepartmentID, model.HelperOpen)
		if err == nil && n == 0 {
			err = fault.Conflict("o2o.helper_exists", "该单位已在协办")
		}
		return err
	}, func(tx model.Tx, r *model.Request) error {
		return s.tellHandlers(tx, r, kindToHelper, in.DepartmentID, map[string]string{"deadline": day(until.Due), "note": strings.TrimSpace(in.Part)})
	})
}

// helpLimit is a helper's deadline and what it was counted from; nothing, if a person named the day.
type helpLimit struct {
	Due, From model.Date
	Days      int64
}

// helpDeadline is until when a helper has: the day that was asked for, or the limit of a helper; in no case later than the request.
func helpDeadline(tx model.Tx, r *model.Request, asked model.Date) (helpLimit, error) {
	last := r.Deadline // of a paused or late request it says nothing
	if r.Paused || last < tx.Day() {
		last = ""
	}
	if asked != "" {
		switch {
		case asked < tx.Day():
			return helpLimit{}, fault.Invalid("o2o.bad_deadline", "协办期限不能早于今天").With("field", "deadline")
		case last != "" && asked > last:
			return helpLimit{}, fault.Invalid("o2o.bad_deadline", fmt.Sprintf("协办期限不能晚于办理期限%s", day(last))).With("field", "deadline")
		}
		return helpLimit{Due: asked}, nil
	}
	days, err := clock.Limit(tx, limitHelper, r.Category, tx.Day())
	if err != nil {
		return helpLimit{}, err
	}
	d, err := calendar.DeadlineAfter(tx, tx.Day(), days)
	if last != "" {
		d.Date = min(d.Date, last)
	}
	return helpLimit{d.Date, tx.Day(), int64(days)}, err
}

// HelpDone hands in what a helper has done; the lead unit's handlers are told. For the helping unit. A part that is not open is
// fault.Conflict "o2o.not_helping".
func (s *Service) HelpDone(ctx context.Context, v access.Viewer, id, departmentID int64, result string) (Detail, error) {
	st := step{Action: ActionHelped, Note: result, DepartmentID: &departmentID}
	return s.workAnd(ctx, v, id, st, func(tx model.Tx, r *model.Request, st *step) error {
		if !slices.Contains(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), departmentID) {
			return fault.Forbidden()
		}
		n, err := model.Exec(tx, `UPDATE request_helper SET state = ?, result = ?, done_by = ?, done_at = ? WHERE request_id = ? AND department_id = ? AND state = ?`,
			model.HelperDone, st.Note, v.AccountID, tx.Now, r.ID, departmentID, model.HelperOpen)
		if err == nil && n == 0 {
			err = notHelping()
		}
		return err
	}, func(tx model.Tx, r *model.Request) error {
		if r.DepartmentID == nil {
			return nil
		}
		var name string
		if err := tx.Raw("SELECT name FROM department WHERE id = ?", departmentID).Scan(&name).Error; err != nil {
			return err
		}
		return s.tellHandlers(tx, r, kindHelped, *r.DepartmentID, map[string]string{"department": name, "note": strings.TrimSpace(result)})
	})
}

func notHelping() error {
	return fault.Conflict("o2o.not_helping", "该单位没有正在协办的内容，可能已经完成或取消")
}

// CancelHelp takes back what a unit was asked for; it sees the request no more and its handlers are told. For the department that
// leads. A part that is not open is fault.Conflict "o2o.not_helping".
func (s *Service) CancelHelp(ctx context.Context, v access.Viewer, id, departmentID int64, note string) (Detail, error) {
	st := step{Action: ActionUnhelp, Note: note, DepartmentID: &departmentID}
	return s.workAnd(ctx, v, id, st, func(tx model.Tx, r *model.Request, _ *step) error {
		n, err := model.Exec(tx, `UPDATE request_helper SET state = ?, done_at = ? WHERE request_id = ? AND department_id = ? AND state = ?`,
			model.HelperCancelled, tx.Now, r.ID, departmentID, model.HelperOpen)
		if err == nil && n == 0 {
			err = notHelping()
		}
		return err
	}, func(tx model.Tx, r *model.Request) error {
		return s.tellHandlers(tx, r, kindHelpEnded, departmentID, nil)
	})
}

// workAnd is workWith with something that comes after the step.
func (s *Service) workAnd(ctx context.Context, v access.Viewer, id int64, st step, before func(model.Tx, *model.Request, *step) error,
	after func(model.Tx, *model.Request) error) (d Detail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.workIn(tx, v, id, st, before); err != nil {
			return err
		}
		var r model.Request
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		if err := after(tx, &r); err != nil {
			return err
		}
		d, err = s.detail(tx, v, id)
		return err
	})
	return d, err
}

// endHelp takes back what is still open with helpers when nobody works on the request any more.
func (s *Service) endHelp(tx model.Tx, r *model.Request, st model.RequestStep) error {
	if slices.Contains(workStates, r.State) || !slices.Contains(workStates, st.FromState) {
		return nil
	}
	var units []int64
	if err := tx.Raw("SELECT department_id FROM request_helper WHERE request_id = ? AND state = ? ORDER BY department_id", r.ID, model.HelperOpen).Scan(&units).Error; err != nil {
		return err
	}
	for _, unit := range units { // a handful at most
		if _, err := model.Exec(tx, "UPDATE request_helper SET state = ?, done_at = ? WHERE request_id = ? AND department_id = ?", model.HelperCancelled, tx.Now, r.ID, unit); err != nil {
			return err
		}
		if err := s.tellHandlers(tx, r, kindHelpEnded, unit, nil); err != nil {
			return err
		}
	}
	return nil
}

// tellHandlers queues a message about r to the handlers of a unit.
func (s *Service) tellHandlers(tx model.Tx, r *model.Request, kind string, departmentID int64, says map[string]string) error {
	st := model.RequestStep{Seq: r.Steps, At: tx.Now}
	data, err := messageData(tx, r, st)
	if err != nil {
		return err
	}
	for k, text := range says {
		data[k] = text
	}
	return s.tellPosts(tx, r, st, kind, data, "g.department_id = ? AND g.role = ?", departmentID, model.RoleDepartmentHandler)
}

// helpersOf is the units that help with a request. Its citizen reads who helps, not what among the units is said about it.
func helpersOf(tx model.Tx, id int64, staff bool) ([]HelperView, error) {
	rows := []HelperView{}
	err := tx.Raw(`SELECT h.*, h.created_at AS asked_at, d.name AS department_name FROM request_helper h JOIN department d ON d.id = h.department_id
		WHERE h.request_id = ? AND (? OR h.state <> ?) ORDER BY h.id`, id, staff, model.HelperCancelled).Scan(&rows).Error
	for i := range rows {
		h := &rows[i]
		h.Overdue = h.State == model.HelperOpen && h.Deadline < tx.Day()
		if !staff {
			h.Part, h.Result = "", ""
		}
	}
	return rows, err
}
