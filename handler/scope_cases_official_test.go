package handler

import (
	"fmt"
	"time"

	"hongyun/model"
)

// conversation is one with a message that asks for nothing, at an account of the unit.
func (w *world) conversation(unit string) int64 {
	w.t.Helper()
	until := w.db.Now().Add(48 * time.Hour)
	c := model.Contact{AppID: w.officialAccountOf(unit), OpenID: fmt.Sprint("follower-", w.next()), Follows: true, WindowUntil: &until, WindowLeft: 5, CreatedAt: w.db.Now()}
	w.create(&c)
	w.create(&model.ContactMessage{ContactID: c.ID, Direction: model.DirectionIn, Type: model.PartText, Content: "你们周末上班吗", CreatedAt: w.db.Now()})
	return c.ID
}

// officialAccountOf is a fresh account of the unit, by its appid.
func (w *world) officialAccountOf(unit string) string {
	w.t.Helper()
	var a model.OfficialAccount
	w.must(w.db.Read(w.t.Context()).Take(&a, w.officialAccount()).Error)
	w.must(w.db.Read(w.t.Context()).Model(&a).Update("department_id", w.units[unit]).Error)
	return a.AppID
}

// readsConversations is who reads those of a unit's accounts.
func readsConversations(r *role, unit string) bool {
	return r.cityAdmin() || r.is(post{model.RoleLeader, "city"}) || r.is(post{model.RoleDesk, "city"}) || r.unit(unit)
}

func requestStaff(then func(*role, string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool {
		return r.cityAdmin() || r.is(post{model.RoleLeader, "city"}) || r.has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	}, then)
}

func officialCases() map[string][]scopeCase {
	city := onlyIf((*role).cityAdmin, everybody)
	units := []string{"unit1", "unit2"}
	unit := func(name string, body any) []scopeCase {
		return []scopeCase{{want: city, make: func(w *world, _ *role, _ string) attempt {
			d := model.Department{Name: fmt.Sprint("单位", w.next()), CreatedAt: w.db.Now()}
			w.create(&d)
			return attempt{path: fmt.Sprintf("/departments/%d%s", d.ID, name), body: body}
		}}}
	}
	talk := func(name string, want func(*role, string) int, body any) []scopeCase {
		return []scopeCase{{places: units, own: true, want: want, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/conversations/%d%s", w.conversation(place), name), body: body}
		}}}
	}
	return map[string][]scopeCase{
		"POST /api/v1/authorization-pages": {{want: city, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: "/authorization-pages", body: map[string]any{"department_id": w.units["unit1"]}}
		}}},
		"PUT /api/v1/official-accounts/{id}/menu": {{want: city, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: fmt.Sprintf("/official-accounts/%d/menu", w.officialAccount()), body: map[string]any{"extra": []any{}}}
		}}},
		"PUT /api/v1/departments/{id}":        unit("", map[string]any{"name": "新名称", "duties": "职责", "address": "", "phone": "", "hours": ""}),
		"POST /api/v1/departments/{id}/close": unit("/close", nil),
		"GET /api/v1/conversations":           to("/conversations", requestStaff(everybody)),
		"GET /api/v1/conversations/{id}":      talk("", requestStaff(found(readsConversations)), nil),
		"POST /api/v1/conversations/{id}/messages": talk("/messages", requestStaff(func(r *role, unit string) int {
			switch {
			case !readsConversations(r, unit):
				return 404
			case r.is(post{model.RoleLeader, "city"}):
				return 403
			}
			return allowed
		}), map[string]any{"content": "周六上午上班"}),
	}
}
