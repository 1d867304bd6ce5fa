package handler

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestBadState sends what would be right in another state: 409 in a sentence, and nothing changes.
func TestBadState(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		all := &role{name: "all", home: "ag1", posts: []post{{model.RoleAdmin, "city"}, {model.RoleCollector, "city"}, {model.RoleDesk, "city"}, {model.RoleDepartmentHandler, "unit1"}}}
		w.settle(all)
		routes := map[string]Route{}
		for _, r := range (&Handler{}).routes() {
			routes[r.Method+" "+strings.TrimPrefix(r.Path, "/api/v1")] = r
		}
		late := slices.Concat(w.lateOrgs(), w.lateThemeDays(), w.lateRequests(all), w.lateOthers(all), w.lateDevelopments(), w.lateDues())
		before := watch(t, db)
		for _, l := range late {
			route, ok := routes[l.route]
			if !ok {
				t.Fatalf("no route %s", l.route)
			}
			w.refuse(sample{route, all, l.attempt}, flawed{what: l.what, want: 409})
		}
		unchanged(t, db, before, "what came in the wrong state")
	})
}

// late is a request that comes in the wrong state.
type late struct {
	route, what string
	attempt
}

func (w *world) lateThemeDays() (all []late) {
	text := map[string]any{"theme": "学习党史", "held_on": "2026-11-12"}
	for _, state := range []string{model.MeetingCompleted, model.MeetingCancelled} {
		id := w.themeDay("ag1", state)
		photo := w.photoOf(id)
		_, member, _ := w.freshMember("ag1")
		path := fmt.Sprintf("/theme-days/%d", id)
		all = append(all,
			late{"PUT /theme-days/{id}", state, attempt{path: path, body: text}},
			late{"POST /theme-days/{id}/photos", state, attempt{path: path + "/photos", body: formFile(w.t, "a.png", png)}},
			late{"DELETE /theme-days/{id}/photos/{file_id}", state, attempt{path: fmt.Sprintf("%s/photos/%d", path, photo)}},
			late{"PUT /theme-days/{id}/attendance", state, attempt{path: path + "/attendance",
				body: map[string]any{"attendance": []any{map[string]any{"member_id": member, "status": "PRESENT"}}}}},
			late{"POST /theme-days/{id}/complete", state, attempt{path: path + "/complete"}})
		if state == model.MeetingCancelled {
			all = append(all, late{"POST /theme-days/{id}/cancel", state, attempt{path: path + "/cancel", body: map[string]any{"note": "再次"}}})
		}
	}
	return all
}

// lateRequests: every step from every state from which the rules (9.1) do not let it lead.
func (w *world) lateRequests(r *role) (all []late) {
	work := []string{model.RequestSubmitted, model.RequestAccepted, model.RequestReferred, model.RequestHandling, model.RequestReturned, model.RequestReopened}
	from := map[string][]string{
		"accept": {model.RequestSubmitted}, "decline": {model.RequestSubmitted}, "converse": {model.RequestSubmitted}, "merge": {model.RequestSubmitted, model.RequestAccepted},
		"withdraw": {model.RequestSubmitted, model.RequestAccepted, model.RequestReferred, model.RequestReturned},
		"answer":   {model.RequestAccepted}, "solve": {model.RequestAccepted}, "refer": {model.RequestAccepted, model.RequestReturned},
		"return": {model.RequestReferred}, "assign": {}, "handle": {model.RequestReferred}, "rework": {model.RequestReopened},
		"reply": {model.RequestHandling}, "close": {model.RequestHandling}, "rating": {model.RequestClosed, model.RequestDuplicate},
		"send-back": {model.RequestClosed, model.RequestRated, model.RequestUnrated},
		"classify":  work, "photos": work, "helpers": {model.RequestReferred, model.RequestHandling, model.RequestReopened},
	}
	unit := w.units["unit1"]
	for _, state := range []string{model.RequestSubmitted, model.RequestAccepted, model.RequestReferred, model.RequestHandling, model.RequestReturned,
		model.RequestClosed, model.RequestRated, model.RequestUnrated, model.RequestReopened, model.RequestDeclined, model.RequestDuplicate, model.RequestWithdrawn} {
		id := w.request("own", state, r.account)
		w.must(w.db.Read(w.t.Context()).Model(&model.Request{}).Where("id = ?", id).Update("department_id", unit).Error)
		for step, states := range from {
			if slices.Contains(states, state) {
				continue
			}
			a := attempt{path: fmt.Sprintf("/requests/%d/%s", id, step), body: map[string]any{"note": "说明"}}
			switch step {
			case "refer", "assign":
				a.body = map[string]any{"note": "说明", "department_id": unit}
			case "merge":
				a.body = map[string]any{"into": w.request("window", model.RequestHandling, 0)}
			case "classify":
				a.body = map[string]any{"topic": "ROAD"}
			case "helpers":
				a.body = map[string]any{"department_id": w.units["unit2"], "part": "情况"}
			case "rating":
				a.body = map[string]any{"rating": 5}
			case "photos":
				a.body = formFile(w.t, "a.png", png)
			case "withdraw":
				a.body = nil
			}
			all = append(all, late{"POST /requests/{id}/" + step, state, a})
		}
	}
	return all
}

func (w *world) lateOthers(r *role) (all []late) {
	_, free, _ := w.freshMember("ag1")
	_, gone, _ := w.freshMember("ag1")
	w.must(w.db.Read(w.t.Context()).Model(&model.Member{}).Where("id = ?", gone).Update("standing", model.StandingRemoved).Error)
	paid, exempt := w.bill("ag1", free, "2026-11", model.BillPaid), w.bill("ag1", free, "2026-10", model.BillExempt)
	leader := map[string]any{"member_id": free, "role": "leader", "org_id": w.org["ag1"]}
	w.post(free, post{model.RoleLeader, "ag1"})
	only := w.post(free, post{model.RoleAdmin, "b1"})
	account, decided := w.officialAccount(), w.rebind("ag1")
	w.must(w.db.Read(w.t.Context()).Model(&model.RebindRequest{}).Where("id = ?", decided).Update("state", model.RebindRejected).Error)
	var appid string
	w.must(w.db.Read(w.t.Context()).Raw("SELECT appid FROM official_account WHERE id = ?", account).Scan(&appid).Error)
	pay := map[string]any{"method": "CASH", "paid_on": "2026-11-20", "amount_fen": 20}
	return []late{
		{"POST /auth/bind", "bound already", attempt{path: "/auth/bind", body: map[string]any{"name": "某", "id_last6": "000000", "phone_code": "x"}}},
		{"DELETE /members/{id}/binding", "not bound", attempt{path: fmt.Sprintf("/members/%d/binding", free)}},
		{"POST /rebind-requests/{id}/approve", "decided", attempt{path: fmt.Sprintf("/rebind-requests/%d/approve", decided), body: map[string]any{}}},
		{"POST /rebind-requests/{id}/reject", "decided", attempt{path: fmt.Sprintf("/rebind-requests/%d/reject", decided), body: map[string]any{"note": "x"}}},
		{"POST /roles", "held already", attempt{path: "/roles", body: leader}},
		{"POST /roles", "removed member", attempt{path: "/roles", body: map[string]any{"member_id": gone, "role": "leader", "org_id": w.org["ag1"]}}},
		{"DELETE /roles/{id}", "the last administrator", attempt{path: fmt.Sprintf("/roles/%d", only)}},
		{"POST /dues/bills/{id}/payment", "paid", attempt{path: fmt.Sprintf("/dues/bills/%d/payment", paid), body: pay}},
		{"POST /dues/bills/{id}/payment", "exempt", attempt{path: fmt.Sprintf("/dues/bills/%d/payment", exempt), body: pay}},
		{"POST /departments", "there already", attempt{path: "/departments", body: map[string]any{"name": "unit1"}}},
		{"POST /official-accounts", "there already", attempt{path: "/official-accounts", body: map[string]any{"appid": appid, "name": "城管之窗",
			"department_id": w.units["unit1"], "kind": "service", "original_id": "gh_0123456789ab", "secret": townSecret, "token": townToken, "aes_key": townKey}}},
	}
}
