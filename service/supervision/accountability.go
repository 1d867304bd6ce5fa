package supervision

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// AccountabilityFilter narrows the accountabilities. Zero fields do not.
type AccountabilityFilter struct {
	State        string `query:"state" validate:"omitempty,oneof=PROPOSED DECIDED DISMISSED" label:"状态"`
	Kind         string `query:"kind" validate:"omitempty,oneof=OVERDUE FALSE_CLOSING REFUSED LEAK" label:"类别"`
	DepartmentID int64  `query:"department_id" validate:"min=0" label:"单位"`
	RequestID    int64  `query:"request_id" validate:"min=0" label:"诉求"`
}

// Accountability is what somebody may have to answer for.
type Accountability struct {
	ID             int64      `json:"id"`
	RequestID      int64      `json:"request_id"`
	Number         string     `json:"number"`
	DepartmentID   *int64     `json:"department_id"` // empty: the window
	DepartmentName string     `json:"department_name"`
	Kind           string     `json:"kind"`
	KindName       string     `json:"kind_name" gorm:"-"`
	Reason         string     `json:"reason"`
	State          string     `json:"state"`
	StateName      string     `json:"state_name" gorm:"-"`
	Measure        string     `json:"measure"`
	MeasureName    string     `json:"measure_name" gorm:"-"`
	MemberID       *int64     `json:"member_id"` // whom the measure is for; empty: the unit
	MemberName     string     `json:"member_name"`
	LeaderName     string     `json:"leader_name"` // who led the unit when it was proposed
	ByClock        bool       `json:"by_clock"`
	Proposer       string     `json:"proposer"`
	ProposedAt     time.Time  `json:"proposed_at"`
	Decider        string     `json:"decider"`
	DecidedAt      *time.Time `json:"decided_at"`
	Note           string     `json:"note"`
}

// AccountabilityDetail shows the chain of responsibility beside it.
type AccountabilityDetail struct {
	Accountability
	Handlers    []Worked  `json:"handlers"`    // who worked on it for the unit
	Escalations []Warning `json:"escalations"` // with who led the unit at each
}

// Worked is somebody of the unit who took steps on the request.
type Worked struct {
	AccountID int64     `json:"account_id"`
	MemberID  *int64    `json:"member_id"`
	Name      string    `json:"name"`
	Steps     int64     `json:"steps"`
	LastAt    time.Time `json:"last_at"`
}

const accountabilityFrom = `accountability x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = x.department_id LEFT JOIN member m ON m.id = x.member_id
LEFT JOIN account pa ON pa.id = x.proposed_by LEFT JOIN member pm ON pm.id = pa.member_id LEFT JOIN account da ON da.id = x.decided_by LEFT JOIN member dm ON dm.id = da.member_id`

const accountabilityColumns = `x.*, r.number, coalesce(d.name, '` + windowName + `') AS department_name, coalesce(m.name, '') AS member_name, x.proposed_by IS NULL AS by_clock,
coalesce(pm.name, '') AS proposer, coalesce(dm.name, '') AS decider`

// Accountabilities lists them, those that wait for a decision first: to the window and the city all, to a unit its own.
func (s *Service) Accountabilities(ctx context.Context, v access.Viewer, f AccountabilityFilter, offset, limit int) ([]Accountability, int64, error) {
	c := conditionOf(v.UnitRows("x.department_id"))
	c.ofUnit("x.department_id", f.DepartmentID)
	c.ofUnit("x.request_id", f.RequestID)
	if f.State != "" {
		c.and("x.state = ?", f.State)
	}
	if f.Kind != "" {
		c.and("x.kind = ?", f.Kind)
	}
	return accountabilities(s.db.Read(ctx), c, offset, limit)
}

func accountabilities(tx model.Tx, c *condition, offset, limit int) ([]Accountability, int64, error) {
	rows, total, err := list[Accountability](tx, accountabilityColumns, accountabilityFrom,
		"CASE x.state WHEN 'PROPOSED' THEN 0 ELSE 1 END, x.id DESC", c, offset, limit)
	for i := range rows {
		rows[i].KindName, rows[i].StateName, rows[i].MeasureName = kindNames[rows[i].Kind], stateNames[rows[i].State], measureNames[rows[i].Measure]
	}
	return rows, total, err
}

// AccountabilityOf is one of them with its chain of responsibility. Outside v's scope it is not found.
func (s *Service) AccountabilityOf(ctx context.Context, v access.Viewer, id int64) (AccountabilityDetail, error) {
	return accountabilityDetail(s.db.Read(ctx), v, id)
}

func accountabilityDetail(tx model.Tx, v access.Viewer, id int64) (out AccountabilityDetail, err error) {
	c := conditionOf(v.UnitRows("x.department_id"))
	c.and("x.id = ?", id)
	rows, _, err := accountabilities(tx, c, 0, 1)
	if err != nil {
		return out, err
	}
	if len(rows) == 0 {
		return out, fault.NotFound("责任追究记录")
	}
	out.Accountability = rows[0]
	if out.Handlers, err = worked(tx, out.RequestID, out.DepartmentID); err != nil {
		return out, err
	}
	w := conditionOf("x.request_id = ?", []any{out.RequestID})
	if out.DepartmentID == nil {
		w.and("x.department_id IS NULL")
	}
	if out.DepartmentID != nil {
		w.and("x.department_id = ?", *out.DepartmentID)
	}
	out.Escalations = []Warning{}
	err = tx.Raw("SELECT x.*, r.number, "+stillOpen+" AS open, ? AS department_name FROM request_warning x JOIN request r ON r.id = x.request_id WHERE "+w.where+" ORDER BY x.id",
		append([]any{out.DepartmentName}, w.args...)...).Scan(&out.Escalations).Error
	for i := range out.Escalations {
		e := &out.Escalations[i]
		e.LevelName, e.ClockName = levelNames[e.Level], clockNames[e.Clock]
	}
	return out, err
}

// worked is who took steps on a request for a unit, or for the window: those who hold or held a role there. What the window did
// to a request that lay with a unit is not the unit's.
func worked(tx model.Tx, request int64, department *int64) ([]Worked, error) {
	where, args := "s.department_id IS NULL", []any{}
	if department != nil {
		where = `s.department_id = ? AND EXISTS (SELECT 1 FROM role_grant g WHERE g.department_id = s.department_id AND (g.account_id = a.id OR g.member_id = a.member_id))`
		args = append(args, *department)
	}
	var steps []struct {
		ActorID   int64
		ActorName string
		MemberID  *int64
		At        time.Time
	}
	err := tx.Raw(`SELECT s.actor_id, s.actor_name, a.member_id, s.at FROM request_step s JOIN account a ON a.id = s.actor_id
WHERE s.request_id = ? AND s.actor_type = 'staff' AND `+where+` ORDER BY s.seq`, append([]any{request}, args...)...).Scan(&steps).Error
	if err != nil {
		return nil, err
	}
	rows, at := []Worked{}, map[int64]int{}
	for _, st := range steps {
		i, ok := at[st.ActorID]
		if !ok {
			i = len(rows)
			at[st.ActorID] = i
			rows = append(rows, Worked{AccountID: st.ActorID, MemberID: st.MemberID, Name: st.ActorName})
		}
		rows[i].Steps, rows[i].LastAt = rows[i].Steps+1, st.At
	}
	return rows, nil
}

// ProposeInput is what a person proposes. No unit is the one that has the request now.
type ProposeInput struct {
	RequestID    int64  `json:"request_id" validate:"min=1" label:"诉求"`
	DepartmentID int64  `json:"department_id" validate:"min=0" label:"单位"`
	Kind         string `json:"kind" validate:"required,oneof=OVERDUE FALSE_CLOSING REFUSED LEAK" label:"类别"`
	Reason       string `json:"reason" validate:"required,max=500,text" label:"理由"`
}

// Propose says that a unit has to answer for a request: overdue, closed without work, refused without ground, or the citizen given
// away. For the window. A unit is one that has or had the request, or helped. Of each kind there is one for a request and a
// round of its work; one that was dismissed is not brought up again.
//
// Faults: supervision.not_involved, supervision.already_proposed.
func (s *Service) Propose(ctx context.Context, v access.Viewer, in ProposeInput) (out AccountabilityDetail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := lockRequest(tx, v, in.RequestID)
		if err != nil {
			return err
		}
		if !v.WorksDesk() {
			return fault.Forbidden()
		}
		a := model.Accountability{RequestID: r.ID, DepartmentID: r.DepartmentID, Kind: in.Kind, Round: r.ReopenCount, Reason: strings.TrimSpace(in.Reason),
			State: model.Proposed, ProposedBy: &v.AccountID, ProposedAt: tx.Now}
		if in.Kind == model.AccountOverdue {
			a.Round = r.ClockSeq // as the clock's own
		}
		if in.DepartmentID != 0 {
			a.DepartmentID = &in.DepartmentID
			if err := involved(tx, r, in.DepartmentID); err != nil {
				return err
			}
		}
		if a.LeaderName, err = leaderOf(tx, a.DepartmentID); err != nil {
			return err
		}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&a)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("supervision.already_proposed", "该诉求已有同类责任追究记录，请在列表中查看")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.propose", ObjectType: "accountability", ObjectID: a.ID,
			After: map[string]any{"request_id": r.ID, "department_id": a.DepartmentID, "kind": a.Kind}})
		out, err = accountabilityDetail(tx, v, a.ID)
		return err
	})
	return out, err
}

// involved refuses a unit that never had to do with a request.
func involved(tx model.Tx, r model.Request, department int64) error {
	var n int64
	err := tx.Raw(`SELECT (SELECT count(*) FROM request_step WHERE request_id = ? AND department_id = ?) + (SELECT count(*) FROM request_helper WHERE request_id = ? AND department_id = ?)`,
		r.ID, department, r.ID, department).Scan(&n).Error
	if err == nil && n == 0 && (r.DepartmentID == nil || *r.DepartmentID != department) {
		return fault.Invalid("supervision.not_involved", "该单位没有办理过这件诉求，请重新选择").With("field", "department_id")
	}
	return err
}
