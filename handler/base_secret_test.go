package handler

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// secretFen is an income that nothing else in the test looks like; as yuan, as the mean month of a quarter, and as that in yuan.
const secretFen = 7654321

var secretDigits = []string{"7654321", "76543.21", "2551440", "25514.40"}

// TestNobodySeesABase calls every GET route as every role after members were assessed by a base, by items and by a quarter's net.
// Their digits reach the member and those who collect in the branch, and only where they ask for them; no other table, no audit
// entry, no export and no log holds them (RULES 11.4).
func TestNobodySeesABase(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		var log bytes.Buffer
		var err error
		w.app, err = New(Options{Service: w.s, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Metrics: prometheus.NewRegistry()})
		w.must(err)
		earners, own := w.earners()
		at := w.castOf("leader of ag1", "admin of a", "admin of city", "collector of ag1", "admin of ag1", "admin of ag1 from a1", "handler of unit1", "citizen")
		at = append(at, own)
		var ids []int64
		for _, table := range []string{"dues_bill", "dues_assessment", "dues_relief", "member"} {
			var some []int64
			w.must(db.Read(t.Context()).Raw("SELECT id FROM " + table + " ORDER BY id DESC LIMIT 4").Scan(&some).Error)
			ids = append(ids, some...)
		}
		ids = append(append(ids, earners...), w.org["ag1"], w.org["a"])
		slices.Sort(ids)
		ids = slices.Compact(ids)
		seen := map[string]bool{}
		cases := scopeCases()
		for _, route := range (&Handler{}).routes() {
			if route.Method != "GET" {
				continue
			}
			for _, c := range cases[route.Method+" "+route.Path] {
				place := ""
				if len(c.places) > 0 {
					place = c.places[0]
				}
				var shared attempt
				for n, r := range append(slices.Clone(w.cast), own) {
					if n == 0 || c.own {
						shared = c.make(w, r, place)
					}
					w.look(r, own, route.Path, shared, seen)
				}
			}
			if strings.Count(route.Path, "{id}") != 1 || strings.Count(route.Path, "{") != 1 {
				continue
			}
			for _, id := range ids {
				for _, r := range at {
					path := strings.TrimPrefix(strings.Replace(route.Path, "{id}", fmt.Sprint(id), 1), "/api/v1")
					w.look(r, own, route.Path, attempt{path: path}, seen)
				}
			}
		}
		t.Run("who may see it does", func(t *testing.T) {
			for _, who := range []string{"admin of ag1", "collector of ag1", "admin of ag1 from a1", own.name} {
				if !seen[who+" /api/v1/members/{id}/assessments"] {
					t.Errorf("%s does not see a base", who)
				}
			}
			for _, path := range []string{"/api/v1/me/assessments", "/api/v1/me/bills", "/api/v1/me/bills/{id}"} {
				if !seen[own.name+" "+path] {
					t.Errorf("the member sees no base in %s", path)
				}
			}
		})
		w.searchAtRest()
		for _, digits := range secretDigits {
			if strings.Contains(log.String(), digits) {
				t.Errorf("the log holds %s", digits)
			}
		}
	})
}

// earners are three members of ag1 whose collector has assessed them, with a bill, a payment and a relief; own is the first of
// them, signed in. What was refused on the way tells no digits either.
func (w *world) earners() (members []int64, own *role) {
	w.t.Helper()
	collector := w.castOf("collector of ag1")[0]
	own = &role{name: "the member", home: "ag1"}
	for i, body := range []map[string]any{{"base_fen": secretFen}, {"items": []any{map[string]any{"code": "POST_PAY", "amount_fen": secretFen}}}, {"category": "SELF_EMPLOYED", "quarter_net_fen": secretFen}} {
		person, id, account := w.boundMember("ag1")
		if i == 0 {
			own.person, own.member, own.account, own.token = person, id, account, w.login(person)
		}
		members = append(members, id)
		body["effective_month"], body["reason"] = "2026-11", "年度核定"
		if body["category"] == nil {
			body["category"] = "SALARIED"
		}
		path := fmt.Sprintf("/members/%d/assessments", id)
		w.call(collector.token, "POST", path, body, 201)
		w.call(collector.token, "POST", path, body, 201) // a correction
		body["member_id"] = id
		w.call(collector.token, "POST", "/dues/assessments/preview", body, 200)
		delete(body, "member_id")
		body["effective_month"] = "2026-12"
		if _, refused := w.try(collector, "POST", attempt{path: path, body: body}); secret(fmt.Sprint(refused)) || refused["code"] != "dues.annual" {
			w.t.Errorf("refused with %v", refused)
		}
		w.call(collector.token, "POST", fmt.Sprintf("/members/%d/reliefs", id), map[string]any{"category": "REDUCED", "amount_fen": 100, "from_month": "2026-12",
			"to_month": "2026-12", "reason": "困难", "studied_on": "2026-11-10"}, 201)
	}
	var bill model.DuesBill
	w.must(w.db.Read(w.t.Context()).Where("member_id = ?", members[1]).Take(&bill).Error)
	w.call(collector.token, "POST", fmt.Sprintf("/dues/bills/%d/payment", bill.ID), map[string]any{"method": "CASH", "paid_on": "2026-11-20", "amount_fen": bill.AmountFen}, 201)
	w.export()
	return members, own
}

// export makes the city's list of members as a file, and looks into it.
func (w *world) export() {
	w.t.Helper()
	city := w.castOf("admin of city")[0]
	out := w.call(city.token, "POST", "/exports", map[string]any{"kind": "members", "filter": map[string]any{"org_id": w.org["ag1"]}, "reason": "年报核对"}, 201)
	w.working()
	body := w.fetch(city.token, fmt.Sprintf("/exports/%v/file", out["id"]), 200)
	if secret(unzipped(w.t, body)) {
		w.t.Error("the export holds a base")
	}
}

// unzipped is all that a workbook holds.
func unzipped(t testing.TB, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, part); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func (w *world) castOf(names ...string) []*role {
	w.t.Helper()
	var found []*role
	for _, r := range w.cast {
		if slices.Contains(names, r.name) {
			found = append(found, r)
		}
	}
	if len(found) != len(names) {
		w.t.Fatalf("%v: found %d", names, len(found))
	}
	return found
}

func secret(text string) bool {
	return slices.ContainsFunc(secretDigits, func(digits string) bool { return strings.Contains(text, digits) })
}

// look reads one answer, whatever it is, and remembers who saw a base where.
func (w *world) look(r, own *role, route string, a attempt, seen map[string]bool) {
	w.t.Helper()
	q := httptest.NewRequest("GET", "/api/v1"+a.path, nil)
	token := r.token
	if a.token != "" {
		token = a.token
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := w.app.Test(q, 20000)
	w.must(err)
	body, err := io.ReadAll(res.Body)
	w.must(err)
	if !secret(string(body)) {
		return
	}
	seen[r.name+" "+route] = true
	collects := route == "/api/v1/members/{id}/assessments" && r.collects("ag1")
	mine := r == own && (route == "/api/v1/members/{id}/assessments" || strings.HasPrefix(route, "/api/v1/me/"))
	if !collects && !mine {
		w.t.Errorf("%s reads a base at %s: %.300s", r.name, a.path, body)
	}
}

// searchAtRest finds the digits in no table but those of assessments.
func (w *world) searchAtRest() {
	w.t.Helper()
	found := map[string]bool{}
	for _, table := range tables(w.t, w.db) {
		rows, err := w.db.SQL().Query("SELECT * FROM " + table)
		w.must(err)
		columns, err := rows.Columns()
		w.must(err)
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			w.must(rows.Scan(into...))
			found[table] = found[table] || secret(fmt.Sprintf("%s", values))
		}
		w.must(rows.Err())
		w.must(rows.Close())
	}
	for table, holds := range found {
		allowed := table == "dues_assessment" || table == "dues_assessment_item"
		if holds != allowed {
			w.t.Errorf("%s: holds a base: %t", table, holds)
		}
	}
}
