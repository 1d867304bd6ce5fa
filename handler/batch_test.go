package handler

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// fetch is what a download gives.
func (w *world) fetch(token, path string, status int) []byte {
	w.t.Helper()
	r := httptest.NewRequest("GET", "/api/v1"+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := w.app.Test(r, 20000)
	w.must(err)
	body, err := io.ReadAll(res.Body)
	w.must(err)
	if res.StatusCode != status {
		w.t.Fatalf("GET %s: %d %.200s", path, res.StatusCode, body)
	}
	if status == 200 && (res.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment")) {
		w.t.Fatalf("GET %s: %v", path, res.Header)
	}
	return body
}

// edited is a workbook after somebody has worked on it.
func (w *world) edited(body []byte, edit func(f *excelize.File, sheet string) error) []byte {
	w.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(body))
	w.must(err)
	w.must(edit(f, f.GetSheetName(0)))
	var b bytes.Buffer
	w.must(f.Write(&b))
	w.must(f.Close())
	return b.Bytes()
}

// fill writes rows of titles and values below the header, from a row on.
func fill(f *excelize.File, sheet string, from int, rows ...map[string]string) error {
	titles, err := f.GetRows(sheet)
	if err != nil {
		return err
	}
	for i, row := range rows {
		for column, title := range titles[1] {
			value, ok := row[strings.TrimSuffix(title, "*")]
			if !ok {
				continue
			}
			cell, err := excelize.CoordinatesToCellName(column+1, from+i)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(sheet, cell, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) sent(token string, org string, body []byte) string {
	w.t.Helper()
	status, out := w.try(&role{token: token}, "POST", attempt{path: fmt.Sprintf("/imports?kind=members&org_id=%d", w.org[org]), body: formFile(w.t, "名册.xlsx", body)})
	if status != 201 {
		w.t.Fatalf("%d %v", status, out)
	}
	w.working()
	return fmt.Sprintf("/imports/%v", out["id"])
}

func (w *world) working() {
	w.t.Helper()
	for {
		n, err := w.s.Batch.Work(w.t.Context())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

func (w *world) tokenOf(name string) string {
	for _, r := range w.cast {
		if r.name == name {
			return r.token
		}
	}
	w.t.Fatalf("nobody is %s", name)
	return ""
}

// TestImport_OverHTTP is the whole story: the template, filled in with a mistake, its result file corrected and sent
// again, imported, and undone.
func TestImport_OverHTTP(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		w := newWorld(t, db)
		admin := w.tokenOf("admin of a")
		template := w.fetch(admin, "/imports/template?kind=members", 200)
		filled := w.edited(template, func(f *excelize.File, sheet string) error {
			return fill(f, sheet, 4, map[string]string{"姓名": "欧阳小红", "公民身份号码": "361199199001010018", "人员类别": "正式党员", "所在党支部": "ag1", "加入党组织日期": "2012.07.01"},
				map[string]string{"姓名": "欧阳小明", "公民身份号码": "361199195607040029", "人员类别": "正式党员", "所在党支部": "b1", "加入党组织日期": "1980/7/1"})
		})
		path := w.sent(admin, "a", filled)
		first := w.call(admin, "GET", path, nil, 200)
		if first["state"] != model.ImportChecked || first["total"] != 2.0 || first["bad"] != 1.0 || first["progress"] != 100.0 {
			t.Fatalf("%v", first)
		}
		wrong := w.call(admin, "GET", path+"/errors?size=10", nil, 200)
		reason := wrong["items"].([]any)[0].(map[string]any)
		if wrong["total"] != 1.0 || reason["row"] != 5.0 || !strings.Contains(reason["reason"].(string), "在“a”范围内没有找到党支部“b1”") {
			t.Fatalf("%v", wrong)
		}
		w.call(admin, "POST", path+"/import", map[string]any{}, 409)
		if source := w.fetch(admin, path+"/source", 200); !bytes.Equal(source, filled) {
			t.Fatal("the file that was sent in comes back changed")
		}

		corrected := w.edited(w.fetch(admin, path+"/result", 200), func(f *excelize.File, sheet string) error {
			rows, err := f.GetRows(sheet)
			if err != nil {
				return err
			}
			last := len(rows)
			if !strings.Contains(strings.Join(rows[last-1], "|"), "没有找到党支部") {
				return fmt.Errorf("no reason stands in %v", rows[last-1])
			}
			return fill(f, sheet, last, map[string]string{"所在党支部": "ag2"})
		})
		path = w.sent(admin, "a", corrected)
		if second := w.call(admin, "GET", path, nil, 200); second["state"] != model.ImportChecked || second["bad"] != 0.0 {
			t.Fatalf("%v", second)
		}
		w.fetch(admin, path+"/result", 409)
		w.call(admin, "POST", path+"/import", map[string]any{}, 200)
		w.working()
		if done := w.call(admin, "GET", path, nil, 200); done["state"] != model.ImportImported || done["done"] != 2.0 {
			t.Fatalf("%v", done)
		}
		found := func(q string) float64 { return w.call(admin, "GET", "/members?q="+q, nil, 200)["total"].(float64) }
		if found("oyx") != 2 {
			t.Fatal("the members are not found by their initials")
		}
		w.call(w.tokenOf("admin of ag1"), "POST", path+"/undo", nil, 404)
		if undone := w.call(admin, "POST", path+"/undo", nil, 200); undone["state"] != model.ImportUndone || found("oyx") != 0 {
			t.Fatalf("%v", undone)
		}
		w.call(admin, "POST", path+"/undo", nil, 409)
	})
}

// TestImport_BadFilesOverHTTP: each is refused with a sentence that says what to do, and leaves no rows.
func TestImport_BadFilesOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modeltest.SQLite(t, modeltest.At("2026-11-20 10:00:00").Now))
	admin := w.tokenOf("admin of a")
	template := w.fetch(admin, "/imports/template?kind=members", 200)
	edit := func(change func(f *excelize.File, sheet string) error) []byte {
		return w.edited(template, func(f *excelize.File, sheet string) error {
			err := fill(f, sheet, 4, map[string]string{"姓名": "李小明", "公民身份号码": "361199199001010018", "人员类别": "正式党员", "所在党支部": "ag1", "加入党组织日期": "2012-07-01"})
			if err == nil {
				err = change(f, sheet)
			}
			return err
		})
	}
	nothing := func(*excelize.File, string) error { return nil }
	for name, test := range map[string]struct {
		body  []byte
		words string
	}{
		"a formula":     {edit(func(f *excelize.File, s string) error { return f.SetCellFormula(s, "B4", "1+1") }), "B4"},
		"merged cells":  {edit(func(f *excelize.File, s string) error { return f.MergeCell(s, "A4", "B5") }), "A4:B5"},
		"300 columns":   {edit(func(f *excelize.File, s string) error { return f.SetCellStr(s, "KN4", "x") }), "300 列"},
		"macros":        {withPart(t, edit(nothing), "xl/vbaProject.bin", []byte("macro")), "宏"},
		"a zip bomb":    {withPart(t, edit(nothing), "xl/worksheets/sheet1.xml", bytes.Repeat([]byte(" "), 40<<20)), "解压后过大"},
		"another sheet": {edit(func(f *excelize.File, s string) error { return f.SetCellStr(s, "B2", "别的列") }), "别的列"},
		"cut off":       {template[:len(template)/2], "损坏"},
	} {
		path := w.sent(admin, "a", test.body)
		out := w.call(admin, "GET", path, nil, 200)
		if message, _ := out["error"].(string); out["state"] != model.ImportRefused || !strings.Contains(message, test.words) {
			t.Errorf("%s: %v %v, want %q", name, out["state"], out["error"], test.words)
		}
		w.call(admin, "POST", path+"/import", map[string]any{"skip_bad": true}, 409)
	}
	for name, body := range map[string][]byte{"an old workbook": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 .xls"), "a text": []byte("姓名,性别"), "a page": []byte("<html>")} {
		status, out := w.try(&role{token: admin}, "POST", attempt{path: fmt.Sprintf("/imports?kind=members&org_id=%d", w.org["a"]), body: formFile(t, "a.xlsx", body)})
		if status != 400 || out["code"] != "file.wrong_type" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
}

// withPart is the archive with one part replaced or added.
func withPart(t *testing.T, body []byte, name string, content []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range r.File {
		if f.Name != name {
			if err := z.Copy(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
