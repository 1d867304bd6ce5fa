package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/member"
	"hongyun/service/sheet"
)

// TestImportCommand brings a list in by hand: a dry run first, then for good.
func TestImportCommand(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, f *office) {
		says(t, f.env, 0, "migrations run", "migrate")
		var org model.Org
		f.read("SELECT * FROM org WHERE type = 'BRANCH' LIMIT 1", &org)
		if org.ID == 0 {
			org = model.Org{Type: model.OrgBranch, Path: "009", Name: "命令行支部", CreatedAt: f.db.Now()}
			if err := f.db.Read(t.Context()).Create(&org).Error; err != nil {
				t.Fatal(err)
			}
		}
		good, bad := f.sheet(org.Name, "361199199001010018"), f.sheet(org.Name, "361199199001010018", "361199199001010019")
		says(t, f.env, 2, "import KIND FILE", "import", "members")
		says(t, f.env, 2, "--org", "import", "members", good)
		says(t, f.env, 1, "没有找到该组织", "import", "members", good, "--org", "999999")
		says(t, f.env, 1, "没有这种导入模板", "import", "nonsense", good, "--org", fmt.Sprint(org.ID))
		out := says(t, f.env, 0, "dry run: 2 rows, 1 good, 1 bad", "import", "members", bad, "--org", fmt.Sprint(org.ID))
		if !strings.Contains(out, "校验位") || strings.Contains(out, "361199199001010019") {
			t.Errorf("the reason is missing, or the number is told:\n%s", out)
		}
		says(t, f.env, 1, "还有 1 行不能导入", "import", "members", bad, "--org", fmt.Sprint(org.ID), "--apply")
		says(t, f.env, 0, "1 rows imported, 0 left out", "import", "members", good, "--org", fmt.Sprint(org.ID), "--apply")
		says(t, f.env, 0, "dry run: 1 rows, 0 good, 1 bad", "import", "members", good, "--org", fmt.Sprint(org.ID))
		says(t, f.env, 0, "entries verify", "audit", "verify")
	})
}

func (f *office) read(query string, into any) {
	f.t.Helper()
	if err := f.db.Read(f.t.Context()).Raw(query).Scan(into).Error; err != nil {
		f.t.Fatal(err)
	}
}

// sheet is an Excel file with a member for each identity number.
func (f *office) sheet(branch string, numbers ...string) string {
	f.t.Helper()
	spec, _, err := member.New(member.Options{DB: f.db}).Importers()[0].Spec(f.db.Read(f.t.Context()))
	if err != nil {
		f.t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := sheet.NewWriter(&b, spec, "")
	if err != nil {
		f.t.Fatal(err)
	}
	for _, number := range numbers {
		row := map[string]string{"name": "李小明", "id_number": number, "status": "正式党员", "org": branch, "admitted_on": "2012-07-01"}
		cells := make([]string, len(spec.Columns))
		for i, c := range spec.Columns {
			cells[i] = row[c.Key]
		}
		if err := w.Row(cells, false); err != nil {
			f.t.Fatal(err)
		}
	}
	path := filepath.Join(f.t.TempDir(), "名册.xlsx")
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// lists brings a list in and takes one out, as an administrator does. It returns the numbers of the new member.
func (d *door) lists(admin string) []string {
	d.t.Helper()
	const number, phone = "361199196001010014", "13955550000"
	branch := d.send(admin, "GET", "/api/v1/orgs?type=BRANCH&size=1", nil, 200)["items"].([]any)[0].(map[string]any)
	var b bytes.Buffer
	w, err := sheet.NewWriter(&b, sheet.Spec{Title: "党员名册", Columns: []sheet.Column{{Title: "姓名"}, {Title: "公民身份号码"}, {Title: "人员类别"}, {Title: "所在党支部"},
		{Title: "加入党组织日期"}, {Title: "手机号码"}}}, "")
	if err == nil {
		err = w.Row([]string{"欧阳测试", number, "正式党员", fmt.Sprint(branch["name"]), "1990-07-01", phone}, false)
	}
	if err == nil {
		err = w.Row([]string{"欧阳错误", number[:17] + "2", "正式党员", fmt.Sprint(branch["name"]), "1990-07-01", phone}, false)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	path := "/api/v1/imports/" + text(d.upload(admin, "/api/v1/imports?kind=members&org_id="+text(branch["id"]), "名册.xlsx", b.Bytes(), 201)["id"])
	reaches := func(state string) {
		until(d.t, "the import is "+state, func() bool { return d.send(admin, "GET", path, nil, 200)["state"] == state })
	}
	reaches(model.ImportChecked)
	d.send(admin, "POST", path+"/import", map[string]any{"skip_bad": true}, 200)
	reaches(model.ImportImported)
	export := d.send(admin, "POST", "/api/v1/exports", map[string]any{"kind": "members", "filter": map[string]any{"q": "欧阳测试"}, "reason": "核对"}, 201)
	until(d.t, "the export is ready", func() bool {
		newest := d.send(admin, "GET", "/api/v1/exports?size=1", nil, 200)["items"].([]any)[0].(map[string]any)
		return text(newest["id"]) == text(export["id"]) && newest["state"] == model.ExportReady
	})
	return []string{number, number[:17] + "2", phone}
}
