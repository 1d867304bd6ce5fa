// Package supervision watches the work on citizens' requests: warnings by the clock, call-backs, who has to answer for what,
// cases that shall not count, rewards and corrections, and the scores of units (RULES 9.2).
//
// It changes no request's state: a caller who finds a false closing proposes, and may send the request back in service/o2o. How
// long a limit runs is service/clock's, the four rates belong to service/rates. The clock only proposes; people decide.
package supervision

import (
	"context"
	"maps"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB     *model.DB
	Notify *notify.Service
}

// Service supervises. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	notify *notify.Service
}

// New makes the module.
func New(o Options) *Service { return &Service{db: o.DB, notify: o.Notify} }

// FactOverdue is recorded for a party member who answers for a request with points (RULES 7.4 BP4).
const FactOverdue = "request.overdue"

// Kinds of messages.
const (
	KindReminder  = "supervision.reminder"
	KindChase     = "supervision.chase"
	KindCriticism = "supervision.criticism"
	KindDecided   = "supervision.decided"
)

// requestPage opens one request in the mini-program.
const requestPage = "pages/request/index?id={id}"

// Kinds is what this module tells people. Nothing in it tells who the citizen is or what he or she wrote.
func Kinds() []notify.Kind {
	return []notify.Kind{
		{Name: KindReminder, Title: "诉求到期提醒", Page: requestPage, Body: "诉求 {number} 的{limit}期限为 {deadline}，{standing}，请{department}抓紧办理。"},
		{Name: KindChase, Title: "诉求逾期督办", Page: requestPage, Body: "诉求 {number} 的{limit}期限为 {deadline}，{standing}，请{department}立即办理。"},
		{Name: KindCriticism, Title: "诉求逾期通报", Page: requestPage, Body: "诉求 {number} 的{limit}期限为 {deadline}，{standing}，{department}长期逾期，予以通报，责任待认定。"},
		{Name: KindDecided, Title: "责任追究决定", Page: requestPage, Body: "诉求 {number} 经认定：{kind}，{department}，处理：{measure}。"},
	}
}

// Jobs is what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{Name: "request-warnings", Title: "诉求到期提醒、督办和通报",
		Run: func(ctx context.Context, _ schedule.Run) (string, error) { return s.Warn(ctx) }}}
}

var (
	levels       = []string{model.WarningReminder, model.WarningChase, model.WarningCriticism}
	levelNames   = map[string]string{model.WarningReminder: "到期提醒", model.WarningChase: "逾期督办", model.WarningCriticism: "逾期通报"}
	clockNames   = map[string]string{model.ClockAccept: "受理", model.ClockRefer: "转交", model.ClockAnswer: "答复", model.ClockHandle: "办理", model.ClockReopen: "重新办理"}
	kindNames    = map[string]string{model.AccountOverdue: "逾期办理", model.AccountFalseClosing: "虚假办结", model.AccountRefused: "无理推诿", model.AccountLeak: "泄露反映人信息"}
	stateNames   = map[string]string{model.Proposed: "待认定", model.Decided: "已追究", model.Dismissed: "不予追究"}
	measureNames = map[string]string{model.MeasureCriticism: "通报批评", model.MeasureInterview: "约谈", model.MeasurePoints: "扣减党员积分"}
)

// windowName is what the window is called where a unit would stand.
const windowName = "O2O服务窗口"

// inSQL is a CASE that turns a column's codes into names.
func inSQL(column string, names map[string]string) string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(names)) {
		b.WriteString(" WHEN '" + code + "' THEN '" + names[code] + "'")
	}
	return "CASE " + column + b.String() + " ELSE '' END"
}

// condition is a WHERE that grows.
type condition struct {
	where string
	args  []any
}

// conditionOf begins with what the viewer may see.
func conditionOf(where string, args []any) *condition { return &condition{where, args} }

func (c *condition) and(where string, args ...any) {
	c.where += " AND " + where
	c.args = append(c.args, args...)
}

// ofUnit narrows to a unit; 0 narrows nothing.
func (c *condition) ofUnit(column string, id int64) {
	if id != 0 {
		c.and(column+" = ?", id)
	}
}

// inMonth narrows a column of dates; an empty month narrows nothing.
func (c *condition) inMonth(column string, m model.Month) {
	if m != "" {
		c.and(column+" BETWEEN ? AND ?", m.First(), m.Last())
	}
}

// list reads a page of the rows that a condition leaves, and how many there are.
func list[T any](tx model.Tx, columns, from, order string, c *condition, offset, limit int) (rows []T, total int64, err error) {
	if err := tx.Raw("SELECT count(*) FROM "+from+" WHERE "+c.where, c.args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	err = tx.Raw("SELECT "+columns+" FROM "+from+" WHERE "+c.where+" ORDER BY "+order+" LIMIT ? OFFSET ?",
		append(slices.Clone(c.args), limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// lockRequest holds a request that v sees by office until tx ends. What v does not see is not found.
func lockRequest(tx model.Tx, v access.Viewer, id int64) (r model.Request, err error) {
	where, args := v.StaffRequests()
	err = locked(tx, &r, "r", "SELECT r.* FROM request r WHERE r.id = ? AND "+where, append([]any{id}, args...), "诉求")
	return r, err
}

// locked reads one row and holds it; none is fault.NotFound.
func locked(tx model.Tx, into any, alias, query string, args []any, what string) error {
	if tx.Dialect == model.Postgres {
		query += " FOR UPDATE OF " + alias
	}
	res := tx.Raw(query, args...).Scan(into)
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.NotFound(what)
	}
	return res.Error
}

// apart refuses whoever must not decide: the person who proposed, under whatever account, and who works for the unit concerned;
// no unit is the window. Faults: supervision.same_person, supervision.own_unit.
func apart(tx model.Tx, v access.Viewer, proposer, department *int64) error {
	if proposer != nil {
		var member *int64
		if err := tx.Raw("SELECT member_id FROM account WHERE id = ?", *proposer).Scan(&member).Error; err != nil {
			return err
		}
		if *proposer == v.AccountID || member != nil && *member == v.MemberID {
			return fault.Conflict("supervision.same_person", "提出人不能自己认定，请由其他人员办理")
		}
	}
	return ofOthers(v, department)
}

// ofOthers refuses who works for the unit concerned.
func ofOthers(v access.Viewer, department *int64) error {
	own := department == nil && v.Has(model.RoleDesk)
	if department != nil {
		own = slices.Contains(v.Departments(), *department)
	}
	if own {
		return fault.Conflict("supervision.own_unit", "涉及您所在的单位，请由其他人员办理")
	}
	return nil
}
