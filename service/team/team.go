// Package team is the party members' service teams (党员服务队): teams with skills, areas and a roster, and the orders by which
// a unit asks a team to go out for a citizen's request, from the claim or dispatch to the visit and its confirmation (FEATURES
// C4, C5). What becomes of the request itself is decided elsewhere.
package team

import (
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/file"
	"hongyun/service/notify"
)

// Service keeps teams and orders. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	files  *file.Service
	notify *notify.Service
}

// New makes the module.
func New(db *model.DB, files *file.Service, n *notify.Service) *Service {
	return &Service{db: db, files: files, notify: n}
}

const (
	kindOrder    = "team.order"
	kindOpen     = "team.open_order"
	kindOnTheWay = "team.on_the_way"
	kindVisited  = "team.visited"
	kindAgain    = "team.again"
)

const (
	orderPage   = "pages/order/index?id={order}"
	requestPage = "pages/request/index?id={id}"
)

// Kinds is what this module tells people.
func Kinds() []notify.Kind {
	return []notify.Kind{
		{Name: kindOpen, Title: "新的服务点单", Body: "有一件新的服务点单等待{team}接单：{what}，请于 {deadline} 前上门。", Page: orderPage},
		{Name: kindOrder, Title: "服务点单派单", Body: "{team}的点单已派给您：{what}，请于 {deadline} 前上门。", Page: orderPage},
		{Name: kindAgain, Title: "服务点单未通过确认", Body: "{team}的点单需要再次上门：{what}。{note}", Page: orderPage},
		{Name: kindOnTheWay, Title: "党员服务队已接单", Body: "您的诉求 {number} 已由{team}接单，将于 {deadline} 前上门服务。", Page: requestPage, ToCitizen: true},
		{Name: kindVisited, Title: "请确认上门服务", Body: "{team}已为您的诉求 {number} 上门服务：{note}\n请确认服务是否完成。", Page: requestPage, ToCitizen: true},
	}
}

// directory is an SQL condition on team t with its organisation o: the teams that the viewer may see. Whoever gives orders sees
// all, an administrator or leader those of his or her organisations, a member his or her own.
func directory(v access.Viewer) (string, []any) {
	if orders(v) {
		return "1 = 1", nil
	}
	where, args := v.Reads().Paths("o.path")
	return "(" + where + " OR t.id IN (SELECT team_id FROM service_team_member WHERE member_id = ? AND left_on = ''))", append(args, v.MemberID)
}

// orders tells whether the viewer works where orders are given: at the window or in a unit.
func orders(v access.Viewer) bool {
	return v.Desks() || len(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader)) > 0
}

// leads tells whether the viewer works for the unit that leads a request; where none leads it, the window.
func leads(v access.Viewer, departmentID *int64) bool {
	if departmentID == nil {
		return v.WorksDesk()
	}
	return slices.Contains(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), *departmentID)
}
