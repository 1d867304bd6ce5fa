package batch_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/member"
)

func TestImport(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		floating := person(3, "is_floating", "是", "floating_place", "浙江省义乌市", "floating_since", "2025-03", "status", "预备党员", "full_on", "")
		lost := person(4, "is_lost", "是", "lost_since", "2026年1月5日", "org", "DX0003")
		bad := person(5, "org", "三支部", "full_on", "1980-01-01")
		d := w.checked(w.alpha, "甲委", person(1), person(2, "org", "二支部"), floating, lost, bad)
		w.state(d, model.ImportChecked)

		w.run("a bad row is told with every reason, and nothing is imported", func(t *testing.T) {
			if d.Total != 5 || d.Bad != 1 || d.Progress != 100 || len(d.Errors) != 1 || d.Errors[0].Name != "李小明" {
				t.Fatalf("%+v", d)
			}
			if r := d.Errors[0].Reason; !strings.Contains(r, "没有找到党支部“三支部”") || !strings.Contains(r, "早于加入党组织日期") || strings.Contains(r, idNumber(5)) {
				t.Fatal(r)
			}
			_, err := w.s.StartImport(w.ctx, w.alpha, d.ID, false)
			w.refused(err, "import.has_errors")
			if n := w.count("member WHERE batch_id IS NOT NULL"); n != 0 {
				t.Fatalf("%d members", n)
			}
		})
		w.run("the result is the same sheet with the reason on the bad row; corrected, it is read again", func(t *testing.T) {
			body := w.body(w.s.ResultFile(w.ctx, w.alpha, d.ID))
			if !strings.Contains(unzipped(t, body), "没有找到党支部“三支部”") {
				t.Fatal("no reason in the file")
			}
			rows := w.rows(body)
			if len(rows) != 5 || rows[0].Cells["id_number"] != idNumber(1) {
				t.Fatalf("%d rows, the first %v", len(rows), rows[0].Cells)
			}
			again := w.upload(w.alpha, "甲委", body)
			w.work(w.s)
			if second := w.look(w.alpha, again.ID); second.Total != 5 || second.Bad != 1 {
				t.Fatalf("%+v", second)
			}
		})
		w.run("the good rows alone come in, whole", func(t *testing.T) {
			_, err := w.s.StartImport(w.ctx, w.alpha, d.ID, true)
			w.must(err)
			w.work(w.s)
			after := w.look(w.alpha, d.ID)
			w.state(after, model.ImportImported)
			var m model.Member
			w.must(w.db.Read(w.ctx).Where("id_index = ?", w.vault.Index(idNumber(1))).Take(&m).Error)
			if m.Name != "李小明" || m.Pinyin != "lxm" || m.OrgID != w.orgs["一支部"].ID || m.Education != "大学专科" || m.EthnicGroup != "汉族" ||
				m.AdmittedOn != "1990-07-01" || *m.FullOn != "1991-07-01" || m.Version != 1 || *m.BatchID != d.ID || m.BornOn != "1960-01-01" {
				t.Fatalf("%+v", m)
			}
			phone, err := w.vault.Open(m.PhoneSealed)
			w.must(err)
			if phone != "13800000001" || m.PhoneIndex != w.vault.Index(phone) {
				t.Fatal(phone)
			}
			for sql, want := range map[string]int64{"member WHERE batch_id IS NOT NULL": 4, "member_span WHERE reason = 'FIRST' AND until_on IS NULL": 4,
				"member_change WHERE field = 'enrolled' AND reason = '批量导入'": 4, "floating WHERE state = 'ACTIVE' AND left_on = '2025-03-01' AND place = '浙江省义乌市'": 1,
				"member WHERE lost_since = '2026-01-05'": 1, "member_draft WHERE batch_id = 1": 0} {
				if n := w.count(sql); n != want {
					t.Errorf("%s: %d, want %d", sql, n, want)
				}
			}
		})
		w.run("who is on the roster already comes in no second time", func(t *testing.T) {
			again := w.checked(w.alpha, "甲委", person(1), person(6), person(6))
			if again.Bad != 3 || !strings.Contains(again.Errors[0].Reason, "已在党员名册中") || !strings.Contains(again.Errors[1].Reason, "与第 5 行") {
				t.Fatalf("%+v", again.Errors)
			}
			_, err := w.s.StartImport(w.ctx, w.alpha, again.ID, true)
			w.refused(err, "import.nothing_good")
		})
		w.run("each step stands in the audit log, with numbers alone", func(t *testing.T) {
			for _, action := range []string{"import.uploaded", "import.checked", "import.started", "import.imported", "import.result_downloaded"} {
				if w.count("audit_entry WHERE action = ? AND object_id = ?", action, d.ID) != 1 {
					t.Errorf("%s is missing", action)
				}
			}
			if n := w.count("audit_entry WHERE after LIKE '%李小明%' OR after LIKE '%361199%'"); n != 0 {
				t.Errorf("%d entries hold personal data", n)
			}
		})
	})
}

func TestImport_Undo(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		rows := append(people(1, 4), person(4, "is_floating", "是", "floating_place", "浙江", "floating_since", "2025-03-02"))
		d := w.imported(w.alpha, "甲委", rows...)
		w.state(d, model.ImportImported)
		var m model.Member
		w.must(w.db.Read(w.ctx).Where("batch_id = ?", d.ID).Order("id").Take(&m).Error)

		w.run("what depends on it keeps it, and is counted", func(t *testing.T) {
			w.create(&model.DuesBill{MemberID: m.ID, OrgID: m.OrgID, Month: "2026-11", Category: "SALARIED", AmountFen: 100, State: model.BillUnpaid, CreatedAt: w.db.Now()})
			_, err := w.s.UndoImport(w.ctx, w.alpha, d.ID)
			if f := w.refused(err, "import.in_use"); !strings.Contains(f.Message, "党费账单 1 条") {
				t.Fatal(f.Message)
			}
			w.exec("DELETE FROM dues_bill")
			w.exec("UPDATE member SET version = 2 WHERE id = ?", m.ID)
			_, err = w.s.UndoImport(w.ctx, w.alpha, d.ID)
			w.refused(err, "import.in_use")
			w.exec("UPDATE member SET version = 1 WHERE id = ?", m.ID)
			w.exec("UPDATE floating SET state = 'ENDED'")
			_, err = w.s.UndoImport(w.ctx, w.alpha, d.ID)
			w.refused(err, "import.in_use")
			w.exec("UPDATE floating SET state = 'ACTIVE'")
			w.state(w.look(w.alpha, d.ID), model.ImportImported)
		})
		w.run("undone, nothing of it is left, and it may be imported again", func(t *testing.T) {
			_, err := w.s.UndoImport(w.ctx, w.beta, d.ID)
			w.refused(err, "not_found")
			view, err := w.s.UndoImport(w.ctx, w.alpha, d.ID)
			w.must(err)
			if view.State != model.ImportUndone {
				t.Fatalf("%+v", view)
			}
			for _, sql := range []string{"member WHERE batch_id IS NOT NULL", "member_span", "member_change", "floating"} {
				if n := w.count(sql); n != 0 {
					t.Errorf("%s: %d are left", sql, n)
				}
			}
			_, err = w.s.UndoImport(w.ctx, w.alpha, d.ID)
			w.refused(err, "import.not_imported")
			w.state(w.imported(w.alpha, "甲委", rows...), model.ImportImported)
		})
	})
}

func TestImport_BadFiles(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		_, err := w.s.Upload(w.ctx, w.alpha, "nonsense", w.orgs["甲委"].ID, "a.xlsx", w.book(person(1)))
		w.refused(err, "import.unknown_kind")
		_, err = w.s.Upload(w.ctx, w.alpha, member.KindMembers, w.orgs["乙委"].ID, "a.xlsx", w.book(person(1)))
		w.refused(err, "not_found")
		_, err = w.s.Upload(w.ctx, w.alpha, member.KindMembers, w.orgs["甲委"].ID, "a.xlsx", []byte("姓名,身份证号"))
		w.refused(err, "file.wrong_type")
		w.run("a file that is bad as a whole is refused with a sentence, and leaves no rows", func(t *testing.T) {
			for name, body := range map[string][]byte{"no rows": w.book(), "a zip of something else": zipped(t), "cut off": w.book(person(1))[:2000]} {
				id := w.upload(w.alpha, "甲委", body).ID
				w.work(w.s)
				d := w.look(w.alpha, id)
				if d.State != model.ImportRefused || d.Error == "" || w.count("member_draft") != 0 {
					t.Errorf("%s: %+v", name, d)
				}
				_, err := w.s.StartImport(w.ctx, w.alpha, id, true)
				w.refused(err, "import.not_checked")
			}
		})
		w.run("the example of the template is no row", func(t *testing.T) {
			var b bytes.Buffer
			_, err := w.s.Template(w.ctx, member.KindMembers, &b)
			w.must(err)
			id := w.upload(w.alpha, "甲委", b.Bytes()).ID
			w.work(w.s)
			w.state(w.look(w.alpha, id), model.ImportRefused)
		})
		w.run("who has lost the organisation imports nothing", func(t *testing.T) {
			d := w.checked(w.alpha, "甲委", person(1))
			_, err := w.s.StartImport(w.ctx, w.alpha, d.ID, false)
			w.must(err)
			w.exec("UPDATE role_grant SET revoked_at = ? WHERE member_id = ?", w.db.Now(), w.alpha.MemberID)
			w.work(w.s)
			after := w.look(w.city, d.ID)
			if after.State != model.ImportFailed || !strings.Contains(after.Error, "不再管理") || w.count("member WHERE batch_id IS NOT NULL") != 0 {
				t.Fatalf("%+v", after)
			}
		})
	})
}

func zipped(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("读我.txt")
	if err == nil {
		_, err = io.WriteString(f, "这不是工作簿")
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unzipped(t *testing.T, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return all.String()
}
