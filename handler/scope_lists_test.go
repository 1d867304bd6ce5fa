package handler

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/schedule"
)

// listed is a row that a list may show.
type listed struct {
	ID    int64
	OrgID int64
	At    string `gorm:"-"` // short name of the organisation
	State string
	Owner int64  // member or account
	Unit  string // department, by name
}

// scopeList says which rows of a list a role sees.
type scopeList struct {
	may   func(*role, string) int
	query string // all rows that there are: id, org_id, state, owner, unit
	sees  func(r *role, row listed) bool
}

func scopeLists() map[string]scopeList {
	byOrg := func(sees func(*role, string) bool) func(*role, listed) bool {
		return func(r *role, row listed) bool { return sees(r, row.At) }
	}
	bothSides := func(r *role, row listed) bool { return r.reads(row.At) || r.reads(row.Unit) } // the other side is one whose name is its short name
	return map[string]scopeList{
		"/orgs": {signedIn(everybody), "SELECT id, id AS org_id FROM org",
			func(r *role, row listed) bool { return r.reads(row.At) || r.home == row.At }},
		"/members":        {readers(everybody), "SELECT id, org_id FROM member WHERE standing IN ('ACTIVE', 'SUSPENDED')", byOrg(reads)},
		"/member-quality": {readers(everybody), "SELECT id, org_id FROM member WHERE standing IN ('ACTIVE', 'SUSPENDED')", byOrg(reads)}, // none has an education
		"/me/data-access": {members(everybody), "SELECT id, member_id AS owner FROM member_access",
			func(r *role, row listed) bool { return row.Owner == r.member }},
		"/developments": {readers(everybody), "SELECT id, org_id FROM development", byOrg(reads)},
		"/theme-days": {signedIn(everybody), "SELECT id, org_id, state FROM meeting", func(r *role, row listed) bool {
			return r.reads(row.At) || r.home == row.At && row.State == model.MeetingCompleted
		}},
		"/transfers":    {readers(everybody), "SELECT t.id, t.from_org_id AS org_id, o.name AS unit FROM transfer t JOIN org o ON o.id = t.to_org_id", bothSides},
		"/floating":     {readers(everybody), "SELECT f.id, f.home_org_id AS org_id, o.name AS unit FROM floating f JOIN org o ON o.id = f.host_org_id", bothSides},
		"/congresses":   {readers(everybody), "SELECT id, org_id FROM congress", byOrg(reads)},
		"/delegates":    {readers(everybody), "SELECT d.id, m.org_id FROM delegate d JOIN member m ON m.id = d.member_id", byOrg(reads)},
		"/dues/bills":   {duesWorkers(everybody), "SELECT id, org_id FROM dues_bill", byOrg(handlesDues)},
		"/dues/reliefs": {duesWorkers(everybody), "SELECT id, org_id FROM dues_relief", byOrg(handlesDues)},
		"/dues/unassessed": {duesWorkers(everybody), `SELECT id, org_id FROM member WHERE standing = 'ACTIVE' AND id NOT IN (SELECT member_id FROM dues_assessment)`,
			byOrg(handlesDues)},
		"/me/assessments": {members(everybody), "SELECT id, member_id AS owner FROM dues_assessment",
			func(r *role, row listed) bool { return row.Owner == r.member }},
		"/dues/arrears": {duesReaders(everybody), "SELECT id, org_id FROM dues_arrears",
			func(r *role, row listed) bool { return r.reads(row.At) || r.collects(row.At) }},
		"/dues/deposits":    {duesWorkers(everybody), "SELECT id, org_id FROM dues_deposit", byOrg(handlesDues)},
		"/dues/remittances": {readers(everybody), "SELECT id, org_id FROM dues_remittance", byOrg(reads)},
		"/dues/uses": {duesReaders(everybody), "SELECT id, org_id FROM dues_use",
			func(r *role, row listed) bool { return r.reads(row.At) || r.collects(row.At) }},
		"/dues/remittances/due": {readers(everybody), "SELECT id, id AS org_id FROM org", byOrg(reads)},
		"/dues/balances":        {duesWorkers(everybody), "SELECT id, id AS org_id FROM org", byOrg(handlesDues)},
		"/dues/payments":        {duesWorkers(everybody), "SELECT id, org_id FROM dues_payment", byOrg(handlesDues)},
		"/dues/refunds":         {duesWorkers(everybody), "SELECT r.id, p.org_id FROM dues_refund r JOIN dues_payment p ON p.id = r.payment_id", byOrg(handlesDues)},
		"/dues/specials":        {duesWorkers(everybody), "SELECT id, org_id FROM dues_special", byOrg(handlesDues)},
		"/me/payments": {members(everybody), "SELECT id, org_id, payer_id AS owner FROM dues_payment",
			func(r *role, row listed) bool { return row.Owner == r.member }},
		"/me/bills": {members(everybody), "SELECT id, org_id, member_id AS owner FROM dues_bill",
			func(r *role, row listed) bool { return row.Owner == r.member }},
		"/rebind-requests": {admins(everybody), "SELECT r.id, m.org_id FROM rebind_request r JOIN member m ON m.id = r.member_id", byOrg(works)},
		"/roles": {admins(everybody), "SELECT id, coalesce(org_id, 0) AS org_id FROM role_grant WHERE revoked_at IS NULL", func(r *role, row listed) bool {
			return r.works(row.At) || row.At == "" && r.cityAdmin()
		}},
		"/me/messages": {signedIn(everybody), "SELECT id, recipient_type AS state, recipient_id AS owner FROM message", func(r *role, row listed) bool {
			return row.State == model.ToMember && row.Owner == r.member || row.State == model.ToAccount && row.Owner == r.account
		}},
		"/imports": {admins(everybody), "SELECT id, org_id FROM import_batch", byOrg(works)},
		"/exports": {readers(everybody), "SELECT id, org_id, state, created_by AS owner FROM export_batch", func(r *role, row listed) bool {
			above := row.At == "city" && r.cityAdmin() || row.At != "city" && r.works(above[row.At])
			return row.Owner == r.account || row.State == model.ExportPending && above
		}},
		"/handovers": {signedIn(everybody), "SELECT id, org_id, to_member_id AS owner FROM handover",
			func(r *role, row listed) bool { return r.reads(row.At) || row.Owner == r.member }},
		"/service-teams": {signedIn(everybody), "SELECT id, org_id FROM service_team WHERE closed_on = ''", func(r *role, row listed) bool {
			return r.reads(row.At) || r.has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader)
		}},
		"/service-orders": {signedIn(everybody), `SELECT so.id, t.org_id, r.account_id AS owner, coalesce(d.name, '') AS unit FROM service_order so
			JOIN request r ON r.id = so.request_id LEFT JOIN service_team t ON t.id = so.team_id LEFT JOIN department d ON d.id = r.department_id`,
			func(r *role, row listed) bool {
				return row.Owner == r.account || seesRequest(r, row.Unit) || r.reads(row.At)
			}},
		"/conversations": {requestStaff(everybody), "SELECT c.id, d.name AS unit FROM contact c JOIN official_account a ON a.appid = c.appid JOIN department d ON d.id = a.department_id",
			func(r *role, row listed) bool { return readsConversations(r, row.Unit) }},
		"/requests": {signedIn(everybody), "SELECT r.id, r.account_id AS owner, coalesce(d.name, '') AS unit FROM request r LEFT JOIN department d ON d.id = r.department_id",
			func(r *role, row listed) bool {
				place := row.Unit
				if row.Owner == r.account {
					place = "own"
				}
				return seesRequest(r, place)
			}},
	}
}

// openLists show nothing that lies somewhere, or everything to those who may call them (TestScope).
var openLists = []string{"/me", "/me/subscriptions", "/departments", "/official-accounts", "/api-keys", "/dues/calculator", "/calendar/deadline",
	"/admin/workdays", "/admin/jobs", "/admin/deliveries", "/admin/message-templates", "/admin/audit",
	"/imports/template", "/member-quality/summary", // TestQuality in service/member
	"/branches", "/member-structure", "/member-movement", "/member-movement/list", "/floating/counts", // want a query; TestStructure, TestMovement and TestFloating in service/member
	"/admin/rules", "/lookups", "/org-warnings", "/org-warnings/summary", "/admin-vacancies", // TestWarnings_list, TestVacancyAlarm in service/org
	"/supervision/revisits/coverage", "/supervision/scores", "/supervision/scores/lines", "/supervision/scores/staff", // their rows have no number; TestRevisits and TestScores in service/supervision
	"/standard/checklists", "/standard/gallery", "/standard/items", // the first two show all to all; TestProgress in service/standard
	"/development/guidance", "/me/development", // TestGuidance and TestMine in service/development
	"/dues/collection", "/dues/quarters", "/dues/quarters/problems", // TestTable, TestQuarter and TestQuarter_Problems in service/collection
	"/dues/shares", "/dues/balances/entries", // the first shows all to all; TestBalances in service/collection
	"/dues/statements", "/dues/differences", // the city's alone; TestStatement in service/payment
	"/me/dues/statement",                      // TestOwnBills in service/dues
	"/me/payable",                             // TestPayable in service/payment
	"/dues/reminders",                         // its rows have no number of their own; TestReminders in service/dues
	"/rates", "/rates/lines", "/rates/months", // want a query or have no rows of their own; TestWhoSees in service/rates
	"/requests/summary",                                                                                // TestWorklist in service/o2o
	"/requests/forecast", "/requests/forecast/lines", "/requests/hotspots", "/requests/hotspots/lines", // TestForecast, TestHotspots in service/rates
	"/public/rates", "/public/releases", // everybody's; TestRelease and TestPublic in service/rates
	"/me/home", "/theme-days/statistics", "/theme-days/warnings"} // these three: TestScope_Counts

// TestScope_Lists: a list shows what the role may see and no more, and no total tells of the rest.
func TestScope_Lists(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		w.furnish()
		lists := scopeLists()
		maps.Copy(lists, supervisionLists())
		for _, route := range (&Handler{}).routes() {
			path := strings.TrimPrefix(route.Path, "/api/v1")
			if route.Method != "GET" || strings.Contains(path, "{") || slices.Contains(openLists, path) {
				continue
			}
			l, ok := lists[path]
			if !ok {
				t.Errorf("%s: say which rows of this list each role sees", path)
				continue
			}
			rows := w.rows(l.query)
			for _, r := range w.cast {
				if status := l.may(r, ""); status != allowed {
					continue // TestScope
				}
				w.compareList(r, path, l, rows)
			}
		}
	})
}

// furnish puts one of everything at every place.
func (w *world) furnish() {
	w.t.Helper()
	for _, at := range branches {
		_, member, _ := w.freshMember(at)
		for _, state := range []string{model.MeetingDraft, model.MeetingCompleted, model.MeetingCancelled} {
			if at != "ag2" || state != model.MeetingCompleted { // one branch has held none
				w.themeDay(at, state)
			}
		}
		w.bill(at, member, "2026-11", model.BillUnpaid)
		w.bill(at, member, "2026-10", model.BillPaid)
		w.arrears(at)
		w.relief(at)
		w.order(at, member, 0, model.PaymentSettled)
		w.byHand(at, model.PaymentRecorded)
		w.refund(at)
		w.special(at, model.SpecialRecorded)
		w.rebind(at)
		w.course(at, model.DevActivist)
		w.transfer(at, aside(at))
		w.floating(at, aside(at), model.FloatingActive)
	}
	for _, place := range requestPlaces {
		w.serviceOrder(place, model.OrderOpen, w.cast[1], 0)
		w.serviceOrder(place, model.OrderTaken, w.cast[1], 0)
	}
	for _, at := range []string{"city", "a", "b", "city", "a", "b"} {
		w.delegate(at)
	}
	for _, at := range orgs {
		w.serviceTeam(at, 0)
		w.deposit(at, model.EntryRecorded)
		w.remittance(at, model.EntryRecorded)
		w.use(at, model.EntryConfirmed)
		_, _, account := w.boundMember("d")
		w.importOf(at, model.ImportChecked)
		w.exportOf(at, model.ExportPending, account)
		w.exportOf(at, model.ExportReady, account)
	}
	for _, r := range w.cast {
		if r.account == 0 {
			continue
		}
		w.message(model.ToAccount, r.account)
		w.exportOf("d", model.ExportRejected, r.account)
		w.request("own", model.RequestSubmitted, r.account)
		if r.member != 0 {
			w.message(model.ToMember, r.member)
			w.bill(r.home, r.member, "2026-11", model.BillUnpaid)
			w.assessed(r.member)
			w.looked(r.member, r.account)
			_, predecessor, _ := w.freshMember("b1")
			w.handover(w.org["b1"], predecessor, r.member)
		}
	}
	for _, place := range requestPlaces[1:] {
		w.request(place, model.RequestReferred, 0)
	}
	w.supervise()
	for _, unit := range []string{"unit1", "unit2", "unit1", "unit2", "unit1"} {
		w.conversation(unit)
	}
}

func (w *world) rows(query string) []listed {
	w.t.Helper()
	var rows []listed
	w.must(w.db.Read(w.t.Context()).Raw(query).Scan(&rows).Error)
	for i := range rows {
		for name, id := range w.org {
			if id == rows[i].OrgID {
				rows[i].At = name
			}
		}
	}
	if len(rows) < 5 {
		w.t.Fatalf("%s: only %d rows", query, len(rows))
	}
	return rows
}

func (w *world) compareList(r *role, path string, l scopeList, rows []listed) {
	w.t.Helper()
	var want []int64
	for _, row := range rows {
		if l.sees(r, row) {
			want = append(want, row.ID)
		}
	}
	big := "?size=1000"
	if path == "/me/messages" {
		big = "?limit=100"
	}
	status, out := w.try(r, "GET", attempt{path: path + big})
	if got := ids(out); status != 200 || !slices.Equal(got, sorted(want)) {
		w.t.Errorf("%s, %s: %d %v, want %v", r.name, path, status, got, sorted(want))
	}
	if total, ok := out["total"]; ok && total != float64(len(want)) {
		w.t.Errorf("%s, %s: total %v, want %d", r.name, path, total, len(want))
	}
	_, page := w.try(r, "GET", attempt{path: path + "?size=1&page=2"})
	if total, ok := page["total"]; ok && total != float64(len(want)) {
		w.t.Errorf("%s, %s: total of a page %v, want %d", r.name, path, total, len(want))
	}
	if path != "/members" && path != "/theme-days" && path != "/dues/bills" && path != "/roles" && path != "/developments" {
		return
	}
	for _, org := range orgs {
		var within []int64
		for _, row := range rows {
			if l.sees(r, row) && (row.At == org || under(row.At, org) && path != "/roles") {
				within = append(within, row.ID)
			}
		}
		status, out := w.try(r, "GET", attempt{path: fmt.Sprintf("%s?size=1000&org_id=%d", path, w.org[org])})
		if status == 404 && (path == "/members" || path == "/developments") && !r.reads(org) {
			continue
		}
		if status != 200 || !slices.Equal(ids(out), sorted(within)) || out["total"] != float64(len(within)) {
			w.t.Errorf("%s, %s in %s: %d %v of %v, want %v", r.name, path, org, status, ids(out), out["total"], sorted(within))
		}
	}
}

func ids(out map[string]any) []int64 {
	found := []int64{}
	items, _ := out["items"].([]any)
	for _, item := range items {
		found = append(found, int64(item.(map[string]any)["id"].(float64)))
	}
	return sorted(found)
}

func sorted(ids []int64) []int64 {
	if ids == nil {
		ids = []int64{}
	}
	slices.Sort(ids)
	return ids
}

// TestScope_Counts: sums, statistics and warnings count what the role may see.
func TestScope_Counts(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		w.furnish()
		_, err := w.s.Meeting.Jobs()[0].Run(t.Context(), schedule.Run{Day: "2026-11-20"})
		w.must(err)
		for _, r := range w.cast {
			if r.account == 0 {
				continue
			}
			w.compareHome(r)
			if r.has(model.RoleAdmin) {
				w.compareSums(r)
			}
			if r.has(model.RoleAdmin, model.RoleLeader) {
				w.compareStatistics(r)
				w.compareCards(r)
			}
		}
	})
}

func (w *world) compareHome(r *role) {
	w.t.Helper()
	var unread int64
	w.must(w.db.Read(w.t.Context()).Raw("SELECT count(*) FROM message WHERE read_at IS NULL AND (recipient_type = 'account' AND recipient_id = ? OR recipient_type = 'member' AND recipient_id = ?)",
		r.account, r.member).Scan(&unread).Error)
	if _, out := w.try(r, "GET", attempt{path: "/me/home"}); out["unread"] != float64(unread) {
		w.t.Errorf("%s: %v unread, want %d", r.name, out["unread"], unread)
	}
}

func (w *world) compareSums(r *role) {
	w.t.Helper()
	want := 0
	for _, row := range w.rows("SELECT id, org_id FROM dues_bill") {
		if r.works(row.At) {
			want++
		}
	}
	_, out := w.try(r, "GET", attempt{path: "/dues/bills?size=1"})
	sums := out["sums"].(map[string]any)
	if sums["count"] != float64(want) || sums["unpaid"].(float64)+sums["paid"].(float64) != float64(want) || sums["payable_fen"] != float64(20*want) {
		w.t.Errorf("%s: sums %v, want %d bills", r.name, sums, want)
	}
}

func (w *world) compareStatistics(r *role) {
	w.t.Helper()
	var want struct{ branches, completed, warned int }
	for _, at := range branches {
		if r.reads(at) {
			want.branches++
			if at != "ag2" {
				want.completed++
			}
		}
	}
	if r.reads("ag2") { // has held none, has no administrator: that of ag was told
		want.warned = 1
	}
	_, out := w.try(r, "GET", attempt{path: "/theme-days/statistics?month=2026-11"})
	total, sum := out["total"].(map[string]any), 0.0
	for _, item := range out["items"].([]any) {
		one := item.(map[string]any)
		sum += one["count"].(float64)
		seen := false
		for name, id := range w.org {
			seen = seen || float64(id) == one["org_id"] && r.reads(name)
		}
		if !seen {
			w.t.Errorf("%s: statistics name %v", r.name, one["name"])
		}
	}
	if total["branches"] != float64(want.branches) || total["completed_branches"] != float64(want.completed) || total["count"] != float64(want.completed) || sum != total["count"] {
		w.t.Errorf("%s: statistics %v (items %v), want %+v", r.name, total, sum, want)
	}
	if _, out := w.try(r, "GET", attempt{path: "/theme-days/warnings?month=2026-11"}); out["total"] != float64(want.warned) {
		w.t.Errorf("%s: warnings %v, want %d", r.name, out, want.warned)
	}
}

// compareCards: an organisation counts the members of its subtree, all of whom whoever sees the card may see.
func (w *world) compareCards(r *role) {
	w.t.Helper()
	rows := w.rows("SELECT id, org_id FROM member WHERE standing = 'ACTIVE'")
	for _, org := range orgs {
		want := 0
		for _, row := range rows {
			if under(row.At, org) {
				want++
			}
		}
		status, out := w.try(r, "GET", attempt{path: fmt.Sprintf("/orgs/%d", w.org[org])})
		if !r.reads(org) && r.home != org {
			if status != 404 {
				w.t.Errorf("%s: the card of %s: %d", r.name, org, status)
			}
			continue
		}
		if members := out["members"].(map[string]any); members["total"] != float64(want) {
			w.t.Errorf("%s: the card of %s counts %v, want %d", r.name, org, members["total"], want)
		}
	}
}
