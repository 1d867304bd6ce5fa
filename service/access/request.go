package access

import "hongyun/model"

// Requests is an SQL condition on request r: the rows that the viewer may see. The window and the city see all, a department
// what was referred to it or what it helps with, a citizen his or her own. Whoever works for the unit that a request complains
// of does not see it, whatever else he or she may be (RULES 9.2).
func (v Viewer) Requests() (string, []any) {
	own, ownArgs := v.OwnRequests()
	if where, args := v.staffRequests(); where != "" {
		return "(" + own + " OR " + where + ")", append(ownArgs, args...)
	}
	return own, ownArgs
}

// StaffRequests is Requests without those that the viewer sent: what he or she sees by office alone.
func (v Viewer) StaffRequests() (string, []any) {
	if where, args := v.staffRequests(); where != "" {
		return where, args
	}
	return "1 = 0", nil
}

func (v Viewer) staffRequests() (where string, args []any) {
	units := v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	switch {
	case v.Desks():
		where = "1 = 1"
	case len(units) > 0:
		where = "(r.department_id IN ? OR EXISTS (SELECT 1 FROM request_helper h WHERE h.request_id = r.id AND h.department_id IN ? AND h.state <> 'CANCELLED'))"
		args = []any{units, units}
	default:
		return "", nil
	}
	return v.unlessSubject(where, args)
}

// UnitRows is an SQL condition on rows about request r that concern the unit in a column, empty for the window: the window and
// the city see all, a unit its own, also where the request has left it. Nobody sees those of a request that complains of a
// unit he or she works for. r may be an outer join: what is about no request has no such unit.
func (v Viewer) UnitRows(column string) (string, []any) {
	units := v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	switch {
	case v.Desks():
		return v.unlessSubject("1 = 1", nil)
	case len(units) > 0:
		return v.unlessSubject(column+" IN ?", []any{units})
	}
	return "1 = 0", nil
}

// unlessSubject takes the requests that complain of a unit of the viewer out of a condition.
func (v Viewer) unlessSubject(where string, args []any) (string, []any) {
	if mine := v.Departments(); len(mine) > 0 {
		return "(" + where + " AND (r.subject_department_id IS NULL OR r.subject_department_id NOT IN ?))", append(args, mine)
	}
	return where, args
}

// OwnRequests is an SQL condition on request r: the viewer sent it, in the mini-program or by an official account that he or she
// is tied to.
func (v Viewer) OwnRequests() (string, []any) {
	return "(r.account_id = ? OR r.contact_id IN (SELECT id FROM contact WHERE account_id = ?))", []any{v.AccountID, v.AccountID}
}

// Desks tells whether the viewer sees the requests of all units: the window, and who leads or administers the city.
func (v Viewer) Desks() bool { return v.CityReader() || v.Has(model.RoleDesk) }

// WorksDesk tells whether the viewer works at the window: its clerks, and the city's administrators. They alone may learn who a
// citizen is (RULES 9.2).
func (v Viewer) WorksDesk() bool { return v.CityAdmin() || v.Has(model.RoleDesk) }
