package supervision

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// RevisitFilter narrows the call-backs. Zero fields do not. Each number of the coverage opens its list with it.
type RevisitFilter struct {
	Month        model.Month `query:"month" validate:"omitempty,month" label:"月份"` // in which it is due
	DepartmentID int64       `query:"department_id" validate:"min=0" label:"单位"`
	Window       bool        `query:"window" label:"仅窗口办结"`
	State        string      `query:"state" validate:"omitempty,oneof=WAITING DONE UNREACHED" label:"状态"`
	Late         bool        `query:"late" label:"仅逾期"`
	Result       string      `query:"result" validate:"omitempty,oneof=SOLVED UNSOLVED SATISFIED DISSATISFIED FALSE_CLOSING" label:"回访结果"`
}

// Revisit is one call-back. It carries neither number nor name of the citizen: the window reads them where it gives its reason.
type Revisit struct {
	ID             int64      `json:"id"`
	RequestID      int64      `json:"request_id"`
	Number         string     `json:"number"`
	Round          int64      `json:"round"`         // 0: after the first closing, 1: after the first reopening
	DepartmentID   *int64     `json:"department_id"` // that had closed it; empty: the window
	DepartmentName string     `json:"department_name"`
	Due            model.Date `json:"due"`
	Late           bool       `json:"late"` // waits after its due day
	State          string     `json:"state"`
	StateName      string     `json:"state_name" gorm:"-"`
	Tries          int64      `json:"tries"`     // that reached nobody
	Solved         *bool      `json:"solved"`    // empty until somebody was reached
	Satisfied      *bool      `json:"satisfied"` // likewise
	FalseClosing   bool       `json:"false_closing"`
	Reopened       bool       `json:"reopened"` // the closing stands no more
	Note           string     `json:"note"`
	DoneBy         string     `json:"done_by"` // name
	ClosedAt       time.Time  `json:"closed_at"`
	DoneAt         *time.Time `json:"done_at"`

	Shielded bool `json:"-"` // who the citizen is, nobody but the window is to know
}

var revisitNames = map[string]string{model.RevisitWaiting: "待回访", model.RevisitDone: "已回访", model.RevisitUnreached: "未联系上"}

const revisitFrom = `request_revisit x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = x.department_id
LEFT JOIN account a ON a.id = x.done_by LEFT JOIN member m ON m.id = a.member_id`

const revisitColumns = `x.id, x.request_id, r.number, x.round, x.department_id, coalesce(d.name, '` + windowName + `') AS department_name, x.due, x.state, x.tries,
x.state = 'WAITING' AND x.due < ? AS late, CASE WHEN x.state = 'DONE' THEN x.solved END AS solved, CASE WHEN x.state = 'DONE' THEN x.satisfied END AS satisfied,
x.false_closing, r.anonymous OR r.confidential AS shielded, r.reopen_count > x.round AS reopened, x.note, coalesce(m.name, '') AS done_by, x.created_at AS closed_at, x.done_at`

// revisitResults are the conditions of what a call-back found.
var revisitResults = map[string]string{
	"SOLVED": "x.state = 'DONE' AND x.solved", "UNSOLVED": "x.state = 'DONE' AND NOT x.solved",
	"SATISFIED": "x.state = 'DONE' AND x.satisfied", "DISSATISFIED": "x.state = 'DONE' AND NOT x.satisfied", "FALSE_CLOSING": "x.false_closing",
}

// revisitScope is the call-backs that v sees: the window and the city.
func revisitScope(v access.Viewer) (*condition, error) {
	if !v.Desks() {
		return nil, fault.Forbidden()
	}
	return conditionOf(v.StaffRequests()), nil
}

// Revisits lists the call-backs, those that wait first and in the order in which they are due. For the window and the city.
func (s *Service) Revisits(ctx context.Context, v access.Viewer, f RevisitFilter, offset, limit int) ([]Revisit, int64, error) {
	c, err := revisitScope(v)
	if err != nil {
		return nil, 0, err
	}
	tx := s.db.Read(ctx)
	c.inMonth("x.due", f.Month)
	c.ofUnit("x.department_id", f.DepartmentID)
	if f.Window {
		c.and("x.department_id IS NULL")
	}
	if f.State != "" {
		c.and("x.state = ?", f.State)
	}
	if f.Late {
		c.and("x.state = 'WAITING' AND x.due < ?", tx.Day())
	}
	if f.Result != "" {
		c.and(revisitResults[f.Result])
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM "+revisitFrom+" WHERE "+c.where, c.args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err := revisits(tx, v, c, "CASE x.state WHEN 'WAITING' THEN 0 ELSE 1 END, x.due, x.id", offset, limit)
	return rows, total, err
}

func revisits(tx model.Tx, v access.Viewer, c *condition, order string, offset, limit int) (rows []Revisit, err error) {
	args := append(append([]any{tx.Day()}, c.args...), limit, offset)
	err = tx.Raw("SELECT "+revisitColumns+" FROM "+revisitFrom+" WHERE "+c.where+" ORDER BY "+order+" LIMIT ? OFFSET ?", args...).Scan(&rows).Error
	for i := range rows {
		x := &rows[i]
		if x.StateName = revisitNames[x.State]; x.Shielded && !v.WorksDesk() {
			x.Note = ""
		}
	}
	return rows, err
}

// Coverage is how the call-backs of one unit and month stand. Due is all closings of which the call-back fell into the month.
type Coverage struct {
	Month          model.Month `json:"month"`
	DepartmentID   *int64      `json:"department_id"` // empty: the window
	DepartmentName string      `json:"department_name"`
	Due            int64       `json:"due"`
	Done           int64       `json:"done"`
	Unreached      int64       `json:"unreached"`
	Waiting        int64       `json:"waiting"`
	Late           int64       `json:"late"` // of those that wait
	Solved         int64       `json:"solved"`
	Unsolved       int64       `json:"unsolved"`
	Satisfied      int64       `json:"satisfied"`
	Dissatisfied   int64       `json:"dissatisfied"`
	FalseClosings  int64       `json:"false_closings"`
}

// CoverageFilter is the months, the present one where it says none, and a unit.
type CoverageFilter struct {
	From         model.Month `query:"from" validate:"omitempty,month" label:"起始月份"`
	To           model.Month `query:"to" validate:"omitempty,month" label:"截止月份"`
	DepartmentID int64       `query:"department_id" validate:"min=0" label:"单位"`
}

// RevisitCoverage counts the call-backs by month and unit in one statement. For the window and the city. Every number but the sums
// opens its list in Revisits.
func (s *Service) RevisitCoverage(ctx context.Context, v access.Viewer, f CoverageFilter) (rows []Coverage, err error) {
	c, err := revisitScope(v)
	if err != nil {
		return nil, err
	}
	tx := s.db.Read(ctx)
	if f.To == "" {
		f.To = max(f.From, tx.Day().Month())
	}
	if f.From == "" {
		f.From = f.To
	}
	c.and("x.due BETWEEN ? AND ?", f.From.First(), f.To.Last())
	c.ofUnit("x.department_id", f.DepartmentID)
	err = tx.Raw(`SELECT substr(x.due, 1, 7) AS month, x.department_id, coalesce(d.name, '`+windowName+`') AS department_name, count(*) AS due,
  count(*) FILTER (WHERE x.state = 'DONE') AS done, count(*) FILTER (WHERE x.state = 'UNREACHED') AS unreached, count(*) FILTER (WHERE x.state = 'WAITING') AS waiting,
  count(*) FILTER (WHERE x.state = 'WAITING' AND x.due < ?) AS late, count(*) FILTER (WHERE `+revisitResults["SOLVED"]+`) AS solved,
  count(*) FILTER (WHERE `+revisitResults["UNSOLVED"]+`) AS unsolved, count(*) FILTER (WHERE `+revisitResults["SATISFIED"]+`) AS satisfied,
  count(*) FILTER (WHERE `+revisitResults["DISSATISFIED"]+`) AS dissatisfied, count(*) FILTER (WHERE x.false_closing) AS false_closings
FROM request_revisit x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = x.department_id WHERE `+c.where+`
GROUP BY substr(x.due, 1, 7), x.department_id, d.name ORDER BY 1 DESC, coalesce(x.department_id, 0)`, append([]any{tx.Day()}, c.args...)...).Scan(&rows).Error
	return rows, err
}
