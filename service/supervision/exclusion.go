package supervision

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// ExclusionFilter narrows the exclusions. Zero fields do not.
type ExclusionFilter struct {
	State        string `query:"state" validate:"omitempty,oneof=PROPOSED CONFIRMED REFUSED" label:"状态"`
	DepartmentID int64  `query:"department_id" validate:"min=0" label:"单位"`
	RequestID    int64  `query:"request_id" validate:"min=0" label:"诉求"`
}

// Exclusion is a case that shall not count for its unit.
type Exclusion struct {
	ID             int64      `json:"id"`
	RequestID      int64      `json:"request_id"`
	Number         string     `json:"number"`
	DepartmentID   *int64     `json:"department_id"` // that has the request; empty: the window
	DepartmentName string     `json:"department_name"`
	Reason         string     `json:"reason"`
	State          string     `json:"state"`
	StateName      string     `json:"state_name" gorm:"-"`
	Proposer       string     `json:"proposer"`
	ProposedAt     time.Time  `json:"proposed_at"`
	Decider        string     `json:"decider"`
	DecidedAt      *time.Time `json:"decided_at"`
	Note           string     `json:"note"`

	ProposedBy int64 `json:"-"`
	Shielded   bool  `json:"-"` // who the citizen is, units are not to know
}

// twoPersons names the states of what one person proposes and another confirms.
var twoPersons = map[string]string{model.Proposed: "待复核", model.Confirmed: "已确认", model.Refused: "未通过"}

// uncounted are the states in which a request counts in no unit's rates anyway.
var uncounted = []string{model.RequestDuplicate, model.RequestWithdrawn, model.RequestDeclined, model.RequestConversation}

const exclusionFrom = `request_exclusion x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = r.department_id
LEFT JOIN account pa ON pa.id = x.proposed_by LEFT JOIN member pm ON pm.id = pa.member_id LEFT JOIN account da ON da.id = x.decided_by LEFT JOIN member dm ON dm.id = da.member_id`

// Exclusions lists them, those that wait first: to the window and the city all, to a unit those of the requests that it has. Of a
// citizen who is not to be known, what others have written is for the window.
func (s *Service) Exclusions(ctx context.Context, v access.Viewer, f ExclusionFilter, offset, limit int) ([]Exclusion, int64, error) {
	c := conditionOf(v.UnitRows("r.department_id"))
	c.ofUnit("r.department_id", f.DepartmentID)
	c.ofUnit("x.request_id", f.RequestID)
	if f.State != "" {
		c.and("x.state = ?", f.State)
	}
	return exclusions(s.db.Read(ctx), v, c, offset, limit)
}

func exclusions(tx model.Tx, v access.Viewer, c *condition, offset, limit int) ([]Exclusion, int64, error) {
	rows, total, err := list[Exclusion](tx, "x.*, r.number, r.department_id, r.anonymous OR r.confidential AS shielded, coalesce(d.name, '"+windowName+"') AS department_name, coalesce(pm.name, '') AS proposer, coalesce(dm.name, '') AS decider",
		exclusionFrom, "CASE x.state WHEN 'PROPOSED' THEN 0 ELSE 1 END, x.id DESC", c, offset, limit)
	for i := range rows {
		x := &rows[i]
		if x.StateName = twoPersons[x.State]; x.Shielded && !v.WorksDesk() && x.ProposedBy != v.AccountID {
			x.Reason, x.Note = unsaid, ""
		}
	}
	return rows, total, err
}

// unsaid stands where the window may have written of a citizen who is not to be known.
const unsaid = "群众身份不公开，理由由窗口掌握"

// ReasonInput is why.
type ReasonInput struct {
	Reason string `json:"reason" validate:"required,max=500,text" label:"理由"`
}

// ProposeExclusion says that a request is unreasonable and shall not count for the unit. For the window, and the unit that has it.
//
// Faults: supervision.not_counted, supervision.already_proposed.
func (s *Service) ProposeExclusion(ctx context.Context, v access.Viewer, requestID int64, in ReasonInput) (out Exclusion, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := lockRequest(tx, v, requestID)
		if err != nil {
			return err
		}
		own := r.DepartmentID != nil && slices.Contains(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), *r.DepartmentID)
		if !own && !v.WorksDesk() {
			return fault.Forbidden()
		}
		if slices.Contains(uncounted, r.State) {
			return fault.Conflict("supervision.not_counted", "该诉求本来不计入四率，不需要剔除")
		}
		x := model.RequestExclusion{RequestID: r.ID, Reason: strings.TrimSpace(in.Reason), State: model.Proposed, ProposedBy: v.AccountID, ProposedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&x)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("supervision.already_proposed", "该诉求已申请剔除，请在列表中查看")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.propose_exclusion", ObjectType: "request", ObjectID: r.ID, After: map[string]any{"exclusion": x.ID}}) // the reason stands there
		out, err = oneExclusion(tx, v, x.ID)
		return err
	})
	return out, err
}

// NoteInput may say why.
type NoteInput struct {
	Note string `json:"note" validate:"max=500" label:"说明"`
}

// ConfirmExclusion takes the request out of the unit's rates from today on: the second signature, a city administrator's who neither
// proposed it nor works for the unit. Months that are settled stay as they are.
//
// Faults: supervision.same_person, supervision.own_unit, supervision.decided.
func (s *Service) ConfirmExclusion(ctx context.Context, v access.Viewer, id int64, in NoteInput) (Exclusion, error) {
	return s.endExclusion(ctx, v, id, model.Confirmed, in.Note)
}

// RefuseExclusion lets the request count, and says why. It may be proposed again.
func (s *Service) RefuseExclusion(ctx context.Context, v access.Viewer, id int64, in DismissInput) (Exclusion, error) {
	return s.endExclusion(ctx, v, id, model.Refused, in.Note)
}

func (s *Service) endExclusion(ctx context.Context, v access.Viewer, id int64, state, note string) (out Exclusion, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		where, args := v.UnitRows("r.department_id")
		var r model.Request
		if err := locked(tx, &r, "r", "SELECT r.* FROM request r WHERE r.id = (SELECT request_id FROM request_exclusion WHERE id = ?) AND "+where, append([]any{id}, args...), "剔除申请"); err != nil {
			return err
		}
		var x model.RequestExclusion
		if err := locked(tx, &x, "x", "SELECT x.* FROM request_exclusion x WHERE x.id = ?", []any{id}, "剔除申请"); err != nil {
			return err
		}
		if !v.CityAdmin() {
			return fault.Forbidden()
		}
		if err := apart(tx, v, &x.ProposedBy, r.DepartmentID); err != nil {
			return err
		}
		res := tx.Model(&model.RequestExclusion{}).Where("id = ? AND state = ?", id, model.Proposed).
			Updates(map[string]any{"state": state, "note": strings.TrimSpace(note), "decided_by": v.AccountID, "decided_at": tx.Now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("supervision.decided", "该申请已有复核结果，不能更改").With("state", x.State)
		}
		if state == model.Confirmed {
			if err := tx.Model(&model.Request{}).Where("id = ?", r.ID).Update("excluded_on", tx.Day()).Error; err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.exclusion", ObjectType: "request", ObjectID: r.ID, Before: map[string]any{"state": x.State},
			After: map[string]any{"exclusion": id, "state": state}})
		out, err = oneExclusion(tx, v, id)
		return err
	})
	return out, err
}

func oneExclusion(tx model.Tx, v access.Viewer, id int64) (Exclusion, error) {
	rows, _, err := exclusions(tx, v, conditionOf("x.id = ?", []any{id}), 0, 1)
	if err != nil || len(rows) == 0 {
		return Exclusion{}, err
	}
	return rows[0], nil
}
