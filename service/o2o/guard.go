package o2o

import (
	"errors"
	"fmt"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// guard is what an action asks of a request besides its state and its party. A fault says why it may not be taken now.
type guard func(tx model.Tx, v access.Viewer, r found) error

// guards is the one place of these conditions: the action itself and the list of what a viewer may do both go by it. An action
// that does not stand here asks for no more than its line in the table of transitions.
var guards = map[string]guard{
	ActionRefer:    guardRefer,
	ActionAssign:   guardAssign,
	ActionReturn:   guardReturn,
	ActionRework:   guardRework,
	ActionUnhelp:   guardUnhelp,
	ActionConverse: guardConverse,
	ActionChase:    guardChase,
	ActionRate:     guardRate,
	ActionReopen:   guardReopen,
	ActionClose:    guardClose,

	ActionContact: guardContact,
	ActionPause:   guardPause,
	ActionResume:  guardResume,
	ActionAsk:     guardAsk,
	ActionGrant:   guardDecide,
	ActionRefuse:  guardDecide,
}

// may is nil if v may take an action on r now; else fault.Forbidden, fault.Conflict "o2o.wrong_state", or what its guard says.
func may(tx model.Tx, v access.Viewer, r found, action string) error {
	if !mayTake(v, r, partyOf(action)) {
		return fault.Forbidden()
	}
	if _, ok := next(action, r.State); !ok {
		return wrongState(action, r.State)
	}
	if check := guards[action]; check != nil {
		return check(tx, v, r)
	}
	return nil
}

// mayTake tells whether an action on r is v's to take, by what v is. What staff do, they do by office: a clerk who sees a request
// as its citizen alone, because it complains of his or her own unit, does not work on it.
func mayTake(v access.Viewer, r found, who party) bool {
	switch {
	case who == citizen:
		return r.Mine
	case !r.Office:
		return false
	}
	switch who {
	case desk:
		return v.WorksDesk()
	case city:
		return v.CityAdmin()
	case department:
		if r.DepartmentID == nil {
			return byWindow(r.Request) && v.WorksDesk()
		}
		return slices.Contains(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), *r.DepartmentID)
	case helper:
		return slices.ContainsFunc(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), func(id int64) bool {
			return slices.Contains(r.Helpers, id)
		})
	}
	return false
}

// byWindow tells whether the window works on a request itself: what it solves, and what it answered at once and has to take up again.
func byWindow(r model.Request) bool {
	return r.Disposition == model.DispositionSolve || r.Disposition == model.DispositionAnswer
}

// actionsOf is what v may do to r now.
func actionsOf(tx model.Tx, v access.Viewer, r found) ([]string, error) {
	actions := []string{}
	for _, t := range transitions {
		if t.Action == ActionSubmit {
			continue
		}
		err := may(tx, v, r, t.Action)
		var no *fault.Fault
		switch {
		case err == nil:
			actions = append(actions, t.Action)
		case !errors.As(err, &no):
			return nil, err
		}
	}
	return actions, nil
}

// atCity tells whether a request has been returned so often that the city's administrator alone may assign it (RULES 9.2).
func atCity(tx model.Tx, r model.Request) (bool, error) {
	numbers, err := rule.Load(tx, ruleFamily, tx.Day())
	return r.State == model.RequestReturned && r.ReturnCount >= int64(numbers.Int("RETURNS_TO_CITY")), err
}

// ruleFamily is the numbers of this module.
const ruleFamily = "o2o"

func guardRefer(tx model.Tx, _ access.Viewer, r found) error {
	city, err := atCity(tx, r.Request)
	if err == nil && city {
		err = fault.Conflict("o2o.at_city", fmt.Sprintf("该诉求已被退回%d次，须由市级管理员指定承办单位", r.ReturnCount))
	}
	return err
}

func guardAssign(tx model.Tx, _ access.Viewer, r found) error {
	city, err := atCity(tx, r.Request)
	if err == nil && !city {
		err = fault.Conflict("o2o.not_at_city", "该诉求尚未多次退回，由窗口重新转交即可")
	}
	return err
}

// guardReturn: not what the city has assigned, and only within the limit of RETURN after the referral (RULES 9.2).
func guardReturn(tx model.Tx, _ access.Viewer, r found) error {
	if r.Final {
		return fault.Conflict("o2o.final", "该诉求由市级指定办理，不能退回")
	}
	days, err := clock.Limit(tx, limitReturn, r.Category, r.ClockFrom)
	if err != nil {
		return err
	}
	last, err := calendar.DeadlineAfter(tx, r.ClockFrom, days)
	if err == nil && tx.Day() > last.Date {
		err = fault.Conflict("o2o.return_late", fmt.Sprintf("转交后%d个工作日内可以退回，期限%s已过", days, day(last.Date))).With("deadline", last.Date)
	}
	return err
}

// limitReturn is the limit of time_limit within which a unit may return a request.
const limitReturn = "RETURN"

// guardRework: a request that came back is handled by another person than closed it, from the second time on by who leads the
// unit (RULES 9.2); where the window works itself, by the city's administrator.
func guardRework(tx model.Tx, v access.Viewer, r found) error {
	if r.ReopenCount == 0 {
		return nil
	}
	closer, err := lastCloser(tx, r.ID)
	switch {
	case err != nil:
		return err
	case closer == v.AccountID:
		return fault.Conflict("o2o.same_person", "重新办理的诉求须由原办结人以外的人员办理")
	case r.ReopenCount > 1 && !leads(v, r.DepartmentID):
		return fault.Conflict("o2o.leader_only", "再次重新办理的诉求须由单位负责人办理")
	}
	return nil
}

// leads tells whether v leads the unit; no unit is the window, over which the city's administrators stand.
func leads(v access.Viewer, departmentID *int64) bool {
	if departmentID == nil {
		return v.CityAdmin()
	}
	return slices.Contains(v.Departments(model.RoleDepartmentLeader), *departmentID)
}

// lastCloser is the account that closed a request last; 0 if nobody has.
func lastCloser(tx model.Tx, id int64) (account int64, err error) {
	err = tx.Raw(`SELECT actor_id FROM request_step WHERE request_id = ? AND action IN ? AND actor_type = ? ORDER BY seq DESC LIMIT 1`,
		id, []string{ActionClose, ActionAnswer}, model.ActorStaff).Scan(&account).Error
	return account, err
}

// guardClose: the lead unit answers for the whole result, so no part of a helper may be open; and who may not take a request up
// again may not close it again either.
func guardClose(tx model.Tx, v access.Viewer, r found) error {
	var open int64
	if err := tx.Model(&model.RequestHelper{}).Where("request_id = ? AND state = ?", r.ID, model.HelperOpen).Count(&open).Error; err != nil {
		return err
	}
	if open > 0 {
		return fault.Conflict("o2o.helpers_open", fmt.Sprintf("还有%d个协办单位没有完成，请等待完成或取消协办后再办结", open)).With("open", open)
	}
	return guardRework(tx, v, r)
}

func guardUnhelp(_ model.Tx, _ access.Viewer, r found) error {
	if len(r.Helpers) == 0 {
		return fault.Conflict("o2o.no_helper", "该诉求没有正在协办的单位")
	}
	return nil
}

// guardConverse: only what was written to an official account has a conversation to go back to.
func guardConverse(_ model.Tx, _ access.Viewer, r found) error {
	if r.Source != model.SourceOfficialAccount {
		return fault.Conflict("o2o.no_conversation", "只有公众号收到的消息可以转入会话，请受理或不予受理")
	}
	return nil
}
