package sheet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestRead_header(t *testing.T) {
	t.Parallel()
	t.Run("it is found below notes, in any order, with and without stars", func(t *testing.T) {
		t.Parallel()
		rows, err := rowsOf(t, table(t, []any{"填写说明"}, nil, []any{"导入结果", "＊公民身份证号", "姓 名*"},
			[]any{"身份证号有误", "361199199001010018", "张三"}, []any{"只有结果"}, nil, []any{"", "", "李四"}), roster)
		must(t, err)
		if len(rows) != 2 || rows[0].No != 4 || rows[1].No != 7 || !maps.Equal(rows[1].Cells, map[string]string{"name": "李四"}) ||
			!maps.Equal(rows[0].Cells, map[string]string{"name": "张三", "id_no": "361199199001010018"}) {
			t.Fatalf("got %+v", rows)
		}
	})
	for _, c := range []struct {
		name       string
		rows       [][]any
		code, what string
	}{
		{"missing, unknown and repeated titles are named, all at once", [][]any{{"姓名", "姓名", "性别", "手机"}}, "sheet.header",
			"表头缺少必填的列：“公民身份证号”；有不认识的列：“手机”；有重复的列：“姓名”"},
		{"no header among the first ten rows", [][]any{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, {"姓名", "公民身份证号"}, {"张三"}}, "sheet.no_header", "姓名"},
		{"another table", [][]any{{"a", "b"}, {1, 2}}, "sheet.no_header", "姓名"},
		{"a header alone", [][]any{{"姓名", "公民身份证号"}}, "sheet.no_rows", "没有数据"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := rowsOf(t, table(t, c.rows...), roster)
			refused(t, err, c.code, c.what)
		})
	}
}

func TestRead_values(t *testing.T) {
	t.Parallel()
	two := Spec{Columns: []Column{{Key: "a", Title: "姓名"}, {Key: "b", Title: "公民身份证号"}}}
	read := func(t *testing.T, cell string) Row {
		t.Helper()
		parts := with(plainParts(strings.Replace(headXML, `<c r="C1" t="inlineStr"><is><t>性别</t></is></c>`, "", 1)+`<row r="2"><c r="A2" t="s"><v>0</v></c>`+cell+`</row>`),
			"xl/sharedStrings.xml", `<sst><si><t>甲</t></si><si><r><t>富</t></r><r><t xml:space="preserve"> 文本 </t></r><rPh sb="0" eb="1"><t>フ</t></rPh></si></sst>`)
		rows, err := rowsOf(t, pack(t, parts), two)
		must(t, err)
		if len(rows) != 1 || rows[0].Cells["a"] != "甲" {
			t.Fatalf("got %+v", rows)
		}
		return rows[0]
	}
	text := func(s string) string {
		return `<c r="B2" t="inlineStr"><is><t xml:space="preserve">` + s + `</t></is></c>`
	}
	for _, c := range []struct{ name, cell, want string }{
		{"text is trimmed of every kind of space", text(" \u00a0　张\u200b 三\ufeff\u3000 "), "张 三"},
		{"full-width digits and letters become ordinary", text("３６１１９９Ｘ（ａ）"), "361199X（a）"},
		{"line ends inside stay, marks of direction go", text("一\r\n\u202e二"), "一\n二"},
		{"what XML cannot hold is resolved", text("一_x000D_二_x005F_三_x_四"), "一二_三_x_四"},
		{"an identity number as text", text("361199199001010018"), "361199199001010018"},
		{"a shared text with runs, without its reading", `<c r="B2" t="s"><v>1</v></c>`, "富 文本"},
		{"a text in place, without its reading", `<c r="B2" t="inlineStr"><is><t>富</t><rPh sb="0" eb="1"><t>フ</t></rPh><t>强</t></is></c>`, "富强"},
		{"a whole number", `<c r="B2"><v>13800138000</v></c>`, "13800138000"},
		{"a whole number as some programs write it", `<c r="B2" t="n"><v>1.3800138E+10</v></c>`, "13800138000"},
		{"an old identity number of 15 digits", `<c r="B2"><v>361199900101001</v></c>`, "361199900101001"},
		{"a date as its serial", `<c r="B2" s="1"><v>45413</v></c>`, "45413"},
		{"a fraction without binary dust", `<c r="B2"><v>0.30000000000000004</v></c>`, "0.3"},
		{"a number below nought", `<c r="B2"><v>-12.50</v></c>`, "-12.5"},
		{"yes", `<c r="B2" t="b"><v>1</v></c>`, "是"},
		{"no", `<c r="B2" t="b"><v>0</v></c>`, "否"},
		{"an ISO date", `<c r="B2" t="d"><v>2024-05-01T00:00:00</v></c>`, "2024-05-01T00:00:00"},
		{"a cell without its name", `<c><v>7</v></c>`, "7"},
		{"what is no number stays as it is", `<c r="B2"><v>abc</v></c>`, "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := read(t, c.cell); got.Cells["b"] != c.want || got.Problems != nil {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
	for name, cell := range map[string]string{
		"a number that Excel shortened":           `<c r="B2"><v>3.6119919900101E+17</v></c>`,
		"the same as other programs write it":     `<c r="B2"><v>361199199001010000</v></c>`,
		"even if nothing seems to have been lost": `<c r="B2"><v>361199199001010018</v></c>`,
	} {
		t.Run(name+" is a problem, and not a value", func(t *testing.T) {
			t.Parallel()
			got := read(t, cell)
			if _, ok := got.Cells["b"]; ok || len(got.Problems) != 1 || got.Problems[0].Key != "b" || !strings.HasPrefix(got.Problems[0].Message, "“公民身份证号”须为文本格式") {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("an error value is a problem", func(t *testing.T) {
		t.Parallel()
		if got := read(t, `<c r="B2" t="e"><v>#N/A</v></c>`); len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Message, "#N/A") {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a value under no title is a problem of the row", func(t *testing.T) {
		t.Parallel()
		got := read(t, `<c r="CV2"><v>1</v></c>`)
		if !slices.Equal(got.Problems, []Problem{{Message: "CV 列没有标题，其中的内容无法识别，请补上标题或清除"}}) {
			t.Errorf("got %+v", got)
		}
	})
}

// TestRead_dates: what Excel makes of a date cell, ParseDate reads.
func TestRead_dates(t *testing.T) {
	t.Parallel()
	file := made(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"姓名", "公民身份证号", "入党日期"}))
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"张三", "361199199001010018", 45413}))
		must(t, f.SetCellStyle("Sheet1", "C2", "C2", style))
	})
	rows, err := rowsOf(t, file, roster)
	must(t, err)
	if d, err := ParseDate(rows[0].Cells["joined_on"]); err != nil || d != "2024-05-01" {
		t.Fatalf("%q %v", d, err)
	}
}

func TestRead_stops(t *testing.T) {
	t.Parallel()
	file := table(t, []any{"姓名", "公民身份证号"}, []any{"一", "1"}, []any{"二", "2"}, []any{"三", "3"})
	path := filepath.Join(t.TempDir(), "in.xlsx")
	must(t, os.WriteFile(path, file, 0o600))
	t.Run("when the caller has had enough", func(t *testing.T) {
		t.Parallel()
		enough, n := errors.New("enough"), 0
		err := Read(t.Context(), path, Limits{}, roster, func(Row) error {
			if n++; n == 2 {
				return enough
			}
			return nil
		})
		if n != 2 || err != enough {
			t.Fatalf("%d rows, %v", n, err)
		}
	})
	t.Run("when the context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		err := Read(ctx, path, Limits{}, roster, func(Row) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
	t.Run("at the limit of rows, counted below the header", func(t *testing.T) {
		t.Parallel()
		must(t, Read(t.Context(), path, Limits{Rows: 3}, roster, func(Row) error { return nil }))
		refused(t, Read(t.Context(), path, Limits{Rows: 2}, roster, func(Row) error { return nil }), "sheet.too_many_rows", "2 行")
	})
	t.Run("at what Check would have refused", func(t *testing.T) {
		t.Parallel()
		bad := pack(t, plainParts(headXML+`<row r="2"><c r="A2"><f>1</f><v>1</v></c></row>`))
		err := ReadAt(t.Context(), bytes.NewReader(bad), int64(len(bad)), Limits{}, roster, func(Row) error { return nil })
		refused(t, err, "sheet.formula", "A2")
	})
}

// bigFile is a roster of rows × 20 columns of text.
func bigFile(t testing.TB, rows, columns int) ([]byte, Spec) {
	t.Helper()
	spec := Spec{Title: "大表"}
	for i := range columns {
		spec.Columns = append(spec.Columns, Column{Key: fmt.Sprintf("k%d", i), Title: fmt.Sprintf("第%d列", i)})
	}
	var buf bytes.Buffer
	w, err := NewWriter(&buf, spec, "")
	must(t, err)
	line := make([]string, columns)
	for n := range rows {
		for i := range line {
			line[i] = fmt.Sprintf("张三%d", (n*7+i*13)%100_000)
		}
		must(t, w.Row(line, false))
	}
	must(t, w.Close())
	return buf.Bytes(), spec
}

// TestBounded: 50,000 rows of 30 columns are written, checked and read, and the memory stays in its bounds.
func TestBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("fills 50,000 rows")
	}
	var file []byte
	var spec Spec
	writing := peak(t, func() { file, spec = bigFile(t, 50_000, 30) })
	checking := peak(t, func() { must(t, check(file)) })
	rows := 0
	reading := peak(t, func() {
		must(t, ReadAt(t.Context(), bytes.NewReader(file), int64(len(file)), Limits{}, spec, func(Row) error { rows++; return nil }))
	})
	t.Logf("file %d MiB; writing %d MiB, checking %d MiB, reading %d MiB", len(file)>>20, writing>>20, checking>>20, reading>>20)
	if rows != 50_000 || writing > 96<<20 || checking > 4<<20 || reading > 8<<20 {
		t.Errorf("%d rows, %d %d %d bytes", rows, writing, checking, reading)
	}
}

func BenchmarkCheck(b *testing.B) {
	file, _ := bigFile(b, 50_000, 20)
	b.ReportAllocs()
	for b.Loop() {
		must(b, check(file))
	}
	b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRead(b *testing.B) {
	file, spec := bigFile(b, 50_000, 20)
	b.Run("inline texts", func(b *testing.B) { benchmarkRead(b, file, spec) })
	f, err := excelize.OpenReader(bytes.NewReader(file))
	must(b, err)
	defer f.Close()
	rows, err := f.GetRows(spec.Title)
	must(b, err)
	shared := table(b, anyRows(rows)...)
	b.Run("shared texts", func(b *testing.B) { benchmarkRead(b, shared, spec) })
	b.Run("shared texts by excelize", func(b *testing.B) {
		for b.Loop() {
			f, err := excelize.OpenReader(bytes.NewReader(shared), excelize.Options{UnzipXMLSizeLimit: 1 << 20, RawCellValue: true})
			must(b, err)
			rows, err := f.Rows("Sheet1")
			must(b, err)
			for rows.Next() {
				_, err := rows.Columns()
				must(b, err)
			}
			must(b, rows.Close())
			must(b, f.Close())
		}
		b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func benchmarkRead(b *testing.B, file []byte, spec Spec) {
	b.ReportAllocs()
	for b.Loop() {
		must(b, ReadAt(b.Context(), bytes.NewReader(file), int64(len(file)), Limits{}, spec, func(Row) error { return nil }))
	}
	b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkWriter(b *testing.B) {
	for b.Loop() {
		bigFile(b, 50_000, 25)
	}
	b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func anyRows(rows [][]string) [][]any {
	out := make([][]any, len(rows))
	for i, r := range rows {
		for _, c := range r {
			out[i] = append(out[i], c)
		}
	}
	return out
}
