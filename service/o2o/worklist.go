package o2o

import (
	"context"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/rule"
)

// WorkFilter is how a worklist is narrowed and ordered. Zero values narrow nothing.
type WorkFilter struct {
	Clock    string     `query:"clock" validate:"omitempty,oneof=ACCEPT REFER ANSWER HANDLE REOPEN RATE" label:"时限"`
	DueFrom  model.Date `query:"due_from" validate:"omitempty,date" label:"最早期限"` // of what does not stand still
	DueBy    model.Date `query:"due_by" validate:"omitempty,date" label:"最晚期限"`
	Paused   bool       `query:"paused" label:"暂停计时"`
	Late     bool       `query:"late" label:"逾期"` // the same as overdue
	Priority int64      `query:"priority" validate:"min=0,max=9" label:"最低优先级"`
	Topic    string     `query:"topic" validate:"max=40" label:"主题"`
	Repeats  bool       `query:"repeats" label:"重复反映"` // brought up more than once
	Helper   bool       `query:"helper" label:"本单位协办"` // the viewer's unit has an open part
	Waiting  bool       `query:"waiting" label:"待我办理"` // the next step is the viewer's by office
	Order    string     `query:"order" validate:"omitempty,oneof=new due" label:"排序"`
}

// conditions adds the filter to a scope.
func (f WorkFilter) conditions(tx model.Tx, v access.Viewer, add func(string, ...any)) error {
	if f.Clock != "" {
		add("r.clock = ?", f.Clock)
	}
	if f.DueFrom != "" {
		add(runningLimit+" AND r.deadline >= ?", unitClocks, f.DueFrom)
	}
	if f.DueBy != "" {
		add(runningLimit+" AND r.deadline <= ?", unitClocks, f.DueBy)
	}
	if f.Paused {
		add("r.paused")
	}
	if f.Late {
		add(runningLimit+" AND r.deadline < ?", unitClocks, tx.Day())
	}
	if f.Priority > 0 {
		add("r.priority >= ?", f.Priority)
	}
	if f.Topic != "" {
		add("r.topic = ?", f.Topic)
	}
	if f.Repeats {
		where, args := repeated(v)
		add(where, args...)
	}
	if f.Helper {
		where, args := helping(v)
		add(where, args...)
	}
	if f.Waiting {
		where, args, err := waiting(tx, v)
		if err != nil {
			return err
		}
		add(where, args...)
	}
	return nil
}

// runningLimit is a limit of the window or a unit that does not stand still.
const runningLimit = "r.clock IN ? AND NOT r.paused"

// saying is an SQL condition: the number is q or ends with it, or q stands in the content as v reads it. SECURITY: what a unit does not
// read, it does not find either.
func saying(v access.Viewer, q string) (string, []any) {
	like := model.Containing(q)
	number := "r.number = ?"
	args := []any{strings.ToUpper(q)}
	if strings.Trim(q, "0123456789") == "" {
		number, args = "r.number LIKE ?", []any{"%-%" + q}
	}
	if v.WorksDesk() {
		return "(" + number + ` OR r.content LIKE ? ESCAPE '\')`, append(args, like)
	}
	own, ownArgs := v.OwnRequests()
	where := "(" + number + ` OR r.content LIKE ? ESCAPE '\' AND (` + own + `) OR CASE WHEN r.anonymous OR r.confidential THEN ''
		WHEN r.unit_content <> '' THEN r.unit_content ELSE r.content END LIKE ? ESCAPE '\')`
	return where, slices.Concat(args, []any{like}, ownArgs, []any{like})
}

// order is that of the list: the newest first, or what falls due first, then what stands still, then what waits for nobody.
func (f WorkFilter) order() (string, []any) {
	if f.Order != "due" {
		return "r.id DESC", nil
	}
	return "CASE WHEN r.paused THEN 1 WHEN r.clock IN ? THEN 0 ELSE 2 END, r.deadline, r.priority DESC, r.id", []any{unitClocks}
}

func unitsOf(v access.Viewer) []int64 {
	return v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
}

// helping: a unit of v's has an open part.
func helping(v access.Viewer) (string, []any) {
	units := unitsOf(v)
	if len(units) == 0 {
		return "1 = 0", nil
	}
	return "EXISTS (SELECT 1 FROM request_helper h WHERE h.request_id = r.id AND h.department_id IN ? AND h.state = ?)", []any{units, model.HelperOpen}
}

// waiting: the next step is v's. The window has what is new, accepted, returned, what it works on itself, and extensions to decide; the
// city's administrator besides what was returned too often; a unit what it leads, while it does not stand still, and its parts.
func waiting(tx model.Tx, v access.Viewer) (string, []any, error) {
	numbers, err := rule.Load(tx, ruleFamily, tx.Day())
	if err != nil {
		return "", nil, err
	}
	var ors []string
	var args []any
	or := func(condition string, more ...any) { ors, args = append(ors, condition), append(args, more...) }
	if v.WorksDesk() {
		or("r.state IN ?", []string{model.RequestSubmitted, model.RequestAccepted})
		or("(r.state = ? AND (r.return_count < ? OR ?))", model.RequestReturned, numbers.Int("RETURNS_TO_CITY"), v.CityAdmin())
		or("(r.department_id IS NULL AND r.state IN ? AND NOT r.paused)", workStates)
		or("EXISTS (SELECT 1 FROM request_extension e WHERE e.request_id = r.id AND e.clock_seq = r.clock_seq AND e.state = ?)", model.ExtensionAsked)
	}
	if units := unitsOf(v); len(units) > 0 {
		or("(r.department_id IN ? AND r.state IN ? AND NOT r.paused)", units, workStates)
		where, more := helping(v)
		or(where, more...)
	}
	if len(ors) == 0 {
		return "1 = 0", nil, nil
	}
	office, officeArgs := v.StaffRequests()
	return "((" + strings.Join(ors, " OR ") + ") AND " + office + ")", append(args, officeArgs...), nil
}

// Summary is the head of a worklist. Each number is the total of GET /requests with the parameters beside it.
type Summary struct {
	Late    int64      `json:"late"`    // late=true
	Today   int64      `json:"today"`   // due_from and due_by: today
	Week    int64      `json:"week"`    // due_from: tomorrow, due_by: week_ends; 0 on a Sunday
	Paused  int64      `json:"paused"`  // paused=true
	Waiting int64      `json:"waiting"` // waiting=true
	Day     model.Date `json:"day"`
	WeekEnd model.Date `json:"week_ends"` // the Sunday of this week
}

// Summarise counts what v may see by when it falls due, in one pass.
func (s *Service) Summarise(ctx context.Context, v access.Viewer) (Summary, error) {
	tx := s.db.Read(ctx)
	today := tx.Day()
	weekEnd := today.AddDays((7 - int(today.Time().Weekday())) % 7)
	var out Summary
	var sums []string
	var args []any
	for _, bucket := range []struct {
		name string
		WorkFilter
	}{
		{"late", WorkFilter{Late: true}}, {"today", WorkFilter{DueFrom: today, DueBy: today}}, {"week", WorkFilter{DueFrom: today.AddDays(1), DueBy: weekEnd}},
		{"paused", WorkFilter{Paused: true}}, {"waiting", WorkFilter{Waiting: true}},
	} {
		var ands []string
		err := bucket.conditions(tx, v, func(condition string, more ...any) { ands, args = append(ands, condition), append(args, more...) })
		if err != nil {
			return out, err
		}
		sums = append(sums, "coalesce(sum(CASE WHEN "+strings.Join(ands, " AND ")+" THEN 1 ELSE 0 END), 0) AS "+bucket.name)
	}
	where, scope, err := Filter{}.within(tx, v)
	if err != nil {
		return out, err
	}
	err = tx.Raw("SELECT "+strings.Join(sums, ", ")+" FROM request r WHERE r.state IN ? AND "+where, slices.Concat(args, []any{openStates}, scope)...).Scan(&out).Error
	out.Day, out.WeekEnd = today, weekEnd
	return out, err
}
