package batch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/batch"
	"hongyun/service/member"
)

func (w *world) wish(v access.Viewer, filter string, identity bool) batch.ExportView {
	w.t.Helper()
	view, err := w.s.RequestExport(w.ctx, v, batch.Wish{Kind: member.KindMembers, Filter: []byte(filter), Reason: "年报核对", Identity: identity})
	w.must(err)
	return view
}

func (w *world) export(v access.Viewer, id int64) batch.ExportView {
	w.t.Helper()
	all, _, err := w.s.Exports(w.ctx, v, 0, 100)
	w.must(err)
	for _, e := range all {
		if e.ID == id {
			return e
		}
	}
	w.t.Fatalf("%s does not see export %d", v.Name, id)
	return batch.ExportView{}
}

func TestExport(t *testing.T) {
	each(t, func(w *world, clock *modeltest.Clock) {
		rows := append(people(1, 8), person(8, "name", "=cmd|'/c calc'!A1"), person(9, "org", "二支部", "is_floating", "是", "floating_place", "广东", "floating_since", "2025-01-02"))
		rows[7]["name"] = "李大明"
		w.state(w.imported(w.alpha, "甲委", rows...), model.ImportImported)
		w.exec("UPDATE member SET work_unit = '=HYPERLINK(\"http://x\")' WHERE name = '李大明'")

		w.run("exactly what was filtered comes out, masked and marked, and each member learns of it", func(t *testing.T) {
			view := w.wish(w.leader, fmt.Sprintf(`{"org_id": %d}`, w.orgs["一支部"].ID), false)
			if view.State != model.ExportQueued || view.Total != 8 || view.OrgName != "甲委" {
				t.Fatalf("%+v", view)
			}
			w.work(w.s)
			if e := w.export(w.leader, view.ID); e.State != model.ExportReady || e.Progress != 100 || !e.Mine {
				t.Fatalf("%+v", e)
			}
			body := w.body(w.s.ExportFile(w.ctx, w.leader, view.ID))
			out := w.rows(body)
			if len(out) != 8 || out[0].Cells["id_number"] != idNumber(1)[:6]+"********"+idNumber(1)[14:] || out[0].Cells["phone"] != "138****0001" || out[0].Cells["org"] != "一支部" {
				t.Fatalf("%d rows, %v", len(out), out[0].Cells)
			}
			text := unzipped(t, body)
			if strings.Contains(text, idNumber(1)) || strings.Contains(text, "<f>") {
				t.Error("an open number or a formula")
			}
			if mark := fmt.Sprintf("%s  2026-11-20 09:00  导出第%d号", w.leader.Name, view.ID); !strings.Contains(text, mark) {
				t.Errorf("not marked with %q", mark)
			}
			if n := w.count("member_access WHERE kind = 'EXPORT' AND account_id = ? AND reason LIKE ?", w.leader.AccountID, fmt.Sprintf("导出第%d号%%", view.ID)); n != 8 {
				t.Errorf("%d traces, want 8", n)
			}
			if n := w.count("audit_entry WHERE action = 'export.downloaded'"); n != 1 {
				t.Errorf("%d downloads in the audit log", n)
			}
		})
		w.run("nobody else fetches it, not even from above", func(t *testing.T) {
			for _, v := range []access.Viewer{w.city, w.alpha, w.beta} {
				_, _, err := w.s.ExportFile(w.ctx, v, 1)
				w.refused(err, "not_found")
			}
		})
		w.run("full numbers only with the role, and only where it reaches", func(t *testing.T) {
			_, err := w.s.RequestExport(w.ctx, w.alpha, batch.Wish{Kind: member.KindMembers, Reason: "x", Identity: true})
			w.refused(err, "export.no_identity")
			reader := w.holder("甲委", model.RoleAdmin)
			w.create(&model.RoleGrant{MemberID: &reader.MemberID, Role: model.RoleIdentity, OrgID: ptr(w.orgs["一支部"].ID), GrantedAt: w.db.Now()})
			reader = w.reload(reader.AccountID)
			view := w.wish(reader, "{}", true)
			w.work(w.s)
			for _, r := range w.rows(w.body(w.s.ExportFile(w.ctx, reader, view.ID))) {
				if open := !strings.Contains(r.Cells["id_number"], "*"); open != (r.Cells["org"] == "一支部") {
					t.Errorf("%v", r.Cells)
				}
			}
			noPlain(w, idNumber(1))
		})
		w.run("who has lost the rights gets no file", func(t *testing.T) {
			v := w.holder("甲委", model.RoleAdmin)
			ready, waiting := w.wish(v, "{}", false), batch.ExportView{}
			w.work(w.s)
			waiting = w.wish(v, "{}", false)
			w.exec("UPDATE role_grant SET org_id = ? WHERE member_id = ?", w.orgs["一支部"].ID, v.MemberID)
			w.work(w.s)
			v = w.reload(v.AccountID)
			if e := w.export(v, waiting.ID); e.State != model.ExportFailed || !strings.Contains(e.Note, "权限") {
				t.Fatalf("%+v", e)
			}
			_, _, err := w.s.ExportFile(w.ctx, v, ready.ID)
			w.refused(err, "export.rights_lost")
		})
		w.run("a file goes after its days, and says so", func(t *testing.T) {
			view := w.wish(w.leader, "{}", false)
			w.work(w.s)
			before := files(w)
			clock.Add(6 * 24 * time.Hour)
			if n, err := w.s.Clean(w.ctx); n != 0 || err != nil {
				t.Fatal(n, err)
			}
			clock.Add(25 * time.Hour)
			n, err := w.s.Clean(w.ctx)
			w.must(err)
			if n == 0 || files(w) != before-n || files(w) != 0 {
				t.Fatalf("%d went, %d of %d are left", n, files(w), before)
			}
			_, _, err = w.s.ExportFile(w.ctx, w.leader, view.ID)
			w.refused(err, "file.expired")
			if e := w.export(w.leader, view.ID); !e.Expired {
				t.Fatalf("%+v", e)
			}
		})
	})
}

func TestExport_Approval(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		w.state(w.imported(w.alpha, "甲委", people(1, 6)...), model.ImportImported)
		w.exec("UPDATE rule_value SET value = 4 WHERE code = 'EXPORT_FREE_ROWS'")
		second := w.holder("市委", model.RoleAdmin)

		w.run("more rows than are free wait for somebody above", func(t *testing.T) {
			view := w.wish(w.alpha, "{}", false)
			if view.State != model.ExportPending || view.CanDecide {
				t.Fatalf("%+v", view)
			}
			w.work(w.s)
			_, _, err := w.s.ExportFile(w.ctx, w.alpha, view.ID)
			w.refused(err, "export.not_ready")
			_, err = w.s.ApproveExport(w.ctx, w.alpha, view.ID, "")
			w.refused(err, "export.own")
			_, err = w.s.ApproveExport(w.ctx, w.beta, view.ID, "")
			w.refused(err, "not_found")
			if e := w.export(w.city, view.ID); !e.CanDecide || e.Mine {
				t.Fatalf("%+v", e)
			}
			_, err = w.s.ApproveExport(w.ctx, w.city, view.ID, "同意")
			w.must(err)
			_, err = w.s.RejectExport(w.ctx, second, view.ID, "不同意")
			w.refused(err, "not_found")
			_, err = w.s.ApproveExport(w.ctx, w.city, view.ID, "同意")
			w.refused(err, "export.decided")
			w.work(w.s)
			if out := w.rows(w.body(w.s.ExportFile(w.ctx, w.alpha, view.ID))); len(out) != 5 {
				t.Fatalf("%d rows", len(out))
			}
		})
		w.run("what was asked for with rights that are gone is not let out", func(t *testing.T) {
			v := w.holder("甲委", model.RoleAdmin)
			view := w.wish(v, "{}", false)
			w.exec("UPDATE role_grant SET revoked_at = ? WHERE member_id = ?", w.db.Now(), v.MemberID)
			_, err := w.s.ApproveExport(w.ctx, w.city, view.ID, "")
			w.refused(err, "export.rights_lost")
			if e := w.export(w.city, view.ID); e.State != model.ExportPending {
				t.Fatalf("%+v", e)
			}
		})
		w.run("the city's own request needs another administrator of the city", func(t *testing.T) {
			view := w.wish(w.city, "{}", false)
			_, err := w.s.ApproveExport(w.ctx, w.city, view.ID, "")
			w.refused(err, "export.own")
			_, err = w.s.RejectExport(w.ctx, second, view.ID, "范围过大")
			w.must(err)
			if e := w.export(w.city, view.ID); e.State != model.ExportRejected || e.Note != "范围过大" || e.DecidedBy != second.Name {
				t.Fatalf("%+v", e)
			}
		})
		w.run("who reads in two committees asks somebody above both", func(t *testing.T) {
			v := w.holder("甲委", model.RoleAdmin)
			w.create(&model.RoleGrant{MemberID: &v.MemberID, Role: model.RoleLeader, OrgID: ptr(w.orgs["三支部"].ID), GrantedAt: w.db.Now()})
			if view := w.wish(w.reload(v.AccountID), "{}", false); view.OrgName != "市委" {
				t.Fatalf("%+v", view)
			}
		})
		w.run("a list that has grown past the limit since goes back to wait", func(t *testing.T) {
			w.exec("UPDATE member SET is_cadre = TRUE WHERE id_index = ?", w.vault.Index(idNumber(1)))
			view := w.wish(w.alpha, `{"is_cadre": true}`, false)
			if view.State != model.ExportQueued {
				t.Fatalf("%+v", view)
			}
			w.exec("UPDATE member SET is_cadre = TRUE WHERE batch_id IS NOT NULL")
			w.work(w.s)
			if e := w.export(w.alpha, view.ID); e.State != model.ExportPending || e.Total != 5 {
				t.Fatalf("%+v", e)
			}
		})
		w.run("a filter by an identity number lies nowhere open, and finds its one person still", func(t *testing.T) {
			view := w.wish(w.alpha, `{"q": "`+idNumber(1)+`"}`, false)
			w.work(w.s)
			if e := w.export(w.alpha, view.ID); e.State != model.ExportReady || e.Total != 1 {
				t.Fatalf("%+v", e)
			}
			if n := w.count("export_batch WHERE filter LIKE '%" + idNumber(1) + "%'"); n != 0 {
				t.Errorf("%d filters lie open", n)
			}
			if n := w.count("audit_entry WHERE action = 'export.requested' AND object_id = ? AND after LIKE '%年报核对%'", view.ID); n != 1 {
				t.Error("the audit log does not know why")
			}
		})
		w.run("what cannot be read or finds nobody is refused", func(t *testing.T) {
			for filter, code := range map[string]string{`{"nonsense": 1}`: "member.filter", `{"name": "x"}`: "member.filter", `{"q": "没有这个人"}`: "export.empty",
				fmt.Sprintf(`{"org_id": %d}`, w.orgs["乙委"].ID): "not_found"} {
				_, err := w.s.RequestExport(w.ctx, w.alpha, batch.Wish{Kind: member.KindMembers, Filter: []byte(filter), Reason: "x"})
				w.refused(err, code)
			}
		})
	})
}

func ptr[T any](v T) *T { return &v }

// noPlain looks for a text in every file below the data folder.
func noPlain(w *world, text string) {
	w.t.Helper()
	w.must(filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kept, err := os.ReadFile(path)
		if strings.Contains(string(kept), text) || strings.HasPrefix(string(kept), "PK") {
			w.t.Errorf("%s lies open on the disk", path)
		}
		return err
	}))
}

func files(w *world) (n int) {
	w.t.Helper()
	w.must(filepath.WalkDir(w.dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}
