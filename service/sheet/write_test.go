package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

var wangwu = []string{"王五", "361199199001010018", "男", "第55民族族名", "2024-05", "=SUM(A1:A9)"}

func template(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	must(t, Template(&buf, roster, wangwu))
	return buf.Bytes()
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	t.Run("filled in and sent, it is accepted and read", func(t *testing.T) {
		t.Parallel()
		f, err := excelize.OpenReader(bytes.NewReader(template(t)))
		must(t, err)
		defer f.Close()
		must(t, f.SetSheetRow("党员名册", "A4", &[]any{"李四", "36119919851231123X", "女", "第02民族族名", "2024.05.01", "备 注"}))
		var buf bytes.Buffer
		must(t, f.Write(&buf))
		rows, err := rowsOf(t, buf.Bytes(), roster)
		must(t, err)
		want := map[string]string{"name": "李四", "id_no": "36119919851231123X", "sex": "女", "nation": "第02民族族名",
			"joined_on": "2024.05.01", "memo": "备 注"}
		if len(rows) != 1 || rows[0].No != 4 || !maps.Equal(rows[0].Cells, want) || rows[0].Problems != nil {
			t.Fatalf("got %+v", rows)
		}
	})
	t.Run("sent empty, it is refused for having no rows", func(t *testing.T) {
		t.Parallel()
		_, err := rowsOf(t, template(t), roster)
		refused(t, err, "sheet.no_rows", "没有数据")
	})
	t.Run("it has what a person needs to fill it in", func(t *testing.T) {
		t.Parallel()
		f, err := excelize.OpenReader(bytes.NewReader(template(t)))
		must(t, err)
		defer f.Close()
		rows, err := f.GetRows("党员名册")
		must(t, err)
		if len(rows) != 3 || !strings.Contains(rows[0][0], "1. 身份证号按文本填写") || rows[1][0] != "姓名*" || rows[1][2] != "性别" ||
			rows[2][0] != "（示例）王五" || rows[2][5] != "=SUM(A1:A9)" {
			t.Fatalf("rows %q", rows)
		}
		dvs, err := f.GetDataValidations("党员名册")
		must(t, err)
		if len(dvs) != 3 || dvs[0].Sqref != "B3:B50002" || *dvs[0].Prompt != "18 位" || dvs[1].Formula1 != `"男,女"` || dvs[2].Formula1 != "options_4" {
			t.Fatalf("validations %+v", dvs)
		}
		if visible, err := f.GetSheetVisible(optionsSheet); err != nil || visible {
			t.Fatalf("options sheet visible %v, %v", visible, err)
		}
		last, err := f.GetCellValue(optionsSheet, "D56")
		if err != nil || last != peoples()[55] {
			t.Fatalf("last option %q, %v", last, err)
		}
		for _, column := range []string{"B", "E"} {
			id, err := f.GetColStyle("党员名册", column)
			must(t, err)
			if style, err := f.GetStyle(id); err != nil || style.NumFmt != 49 {
				t.Fatalf("column %s: %+v, %v", column, style, err)
			}
		}
		panes, err := f.GetPanes("党员名册")
		if err != nil || !panes.Freeze || panes.YSplit != 2 {
			t.Fatalf("panes %+v, %v", panes, err)
		}
		if merged, err := f.GetMergeCells("党员名册"); err != nil || len(merged) > 0 {
			t.Fatalf("merged %v, %v", merged, err)
		}
		props, err := f.GetDocProps()
		if err != nil || props.Creator != "hongyun" {
			t.Fatalf("properties %+v, %v", props, err)
		}
	})
}

func TestSheetName(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"党员名册": "党员名册", "a/b:c": "abc", "": "名单", "选项": "名单", strings.Repeat("长", 40): strings.Repeat("长", 31)} {
		if got := sheetName(title); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}

// written is what a Writer makes of the rows; every second one is bad.
func written(t testing.TB, spec Spec, mark string, rows ...[]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, spec, mark)
	must(t, err)
	for i, r := range rows {
		must(t, w.Row(r, i%2 == 1))
	}
	must(t, w.Close())
	return buf.Bytes()
}

func TestWriter(t *testing.T) {
	t.Parallel()
	nasty := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "<b>&\"'\x00\x0b中_x0041_"}
	t.Run("a result file is read again as it is, without its results", func(t *testing.T) {
		t.Parallel()
		file := written(t, roster.WithResult(), "", append(wangwu, ""), append([]string{"赵六", "361199195607040029", "", "", "", ""}, "身份证号重复"))
		rows, err := rowsOf(t, file, roster)
		must(t, err)
		if len(rows) != 2 || rows[0].Cells["memo"] != "=SUM(A1:A9)" || rows[0].Cells["id_no"] != "361199199001010018" ||
			!maps.Equal(rows[1].Cells, map[string]string{"name": "赵六", "id_no": "361199195607040029"}) {
			t.Fatalf("got %+v", rows)
		}
	})
	t.Run("what begins like a formula stays text", func(t *testing.T) {
		t.Parallel()
		file := written(t, roster, "水印", nasty)
		body := partOf(t, file, "xl/worksheets/sheet1.xml")
		if strings.Contains(body, "<f>") || strings.Count(body, `t="inlineStr"`) != 1+len(roster.Columns)+len(nasty) {
			t.Fatalf("not all are inline texts: %s", body)
		}
		rows, err := rowsOf(t, file, roster)
		must(t, err)
		for i, want := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "=1", `<b>&"'中_x0041_`} {
			if got := rows[0].Cells[roster.Columns[i].Key]; got != want {
				t.Errorf("%q: %q, want %q", nasty[i], got, want)
			}
		}
	})
	t.Run("the watermark is in the first row and on each page", func(t *testing.T) {
		t.Parallel()
		file := written(t, roster, "王五 R&D 2026-11-23", wangwu)
		f, err := excelize.OpenReader(bytes.NewReader(file))
		must(t, err)
		defer f.Close()
		first, err := f.GetCellValue("党员名册", "A1")
		must(t, err)
		head, err := f.GetHeaderFooter("党员名册")
		must(t, err)
		if first != "王五 R&D 2026-11-23" || head.OddHeader != "&R王五 R&&D 2026-11-23" || !strings.HasSuffix(head.OddFooter, head.OddHeader) {
			t.Fatalf("%q %+v", first, head)
		}
	})
	t.Run("bad rows are coloured, also where they are empty", func(t *testing.T) {
		t.Parallel()
		f, err := excelize.OpenReader(bytes.NewReader(written(t, roster, "", wangwu, []string{"赵六"})))
		must(t, err)
		defer f.Close()
		good, err := f.GetCellStyle("党员名册", "A3")
		must(t, err)
		bad, err := f.GetCellStyle("党员名册", "F4")
		must(t, err)
		style, err := f.GetStyle(bad)
		if err != nil || good == bad || len(style.Fill.Color) == 0 {
			t.Fatalf("good %d, bad %d %+v, %v", good, bad, style, err)
		}
	})
}

// partOf is one part of an archive.
func partOf(t testing.TB, file []byte, name string) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	f, err := zr.Open(name)
	must(t, err)
	defer f.Close()
	body, err := io.ReadAll(f)
	must(t, err)
	return string(body)
}
