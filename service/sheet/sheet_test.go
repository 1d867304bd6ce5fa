package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hongyun/service/fault"
)

// roster is the spec that most tests use.
var roster = Spec{Title: "党员名册", Notes: []string{"身份证号按文本填写", "日期可只填到月"}, Columns: []Column{
	{Key: "name", Title: "姓名", Required: true},
	{Key: "id_no", Title: "公民身份证号", Required: true, Text: true, Note: "18 位"},
	{Key: "sex", Title: "性别", Options: []string{"男", "女"}},
	{Key: "nation", Title: "民族", Options: peoples()},
	{Key: "joined_on", Title: "入党日期", Date: true},
	{Key: "memo", Title: "备注", Width: 40},
}}

// peoples is a list that is too long for a drop-down in place.
func peoples() []string {
	var all []string
	for i := range 56 {
		all = append(all, fmt.Sprintf("第%02d民族族名", i+1))
	}
	return all
}

// part is one entry of a hand-made archive.
type part struct{ name, body string }

const (
	types = `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`
	rootRels = `<Relationships><Relationship Id="rId1" Type="http://x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookXML  = `<workbook xmlns:r="r"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>`
	bookRels = `<Relationships><Relationship Id="rId1" Type="http://x/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://x/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`
	headXML = `<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>公民身份证号</t></is></c>` +
		`<c r="C1" t="inlineStr"><is><t>性别</t></is></c></row>`
)

// plainParts are the parts of the smallest workbook, with rows as its data.
func plainParts(rows string) []part {
	return []part{{"[Content_Types].xml", types}, {"_rels/.rels", rootRels}, {"xl/workbook.xml", bookXML},
		{"xl/_rels/workbook.xml.rels", bookRels},
		{"xl/sharedStrings.xml", `<sst><si><t>甲</t></si></sst>`},
		{"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`}}
}

// with replaces a part, or adds it.
func with(parts []part, name, body string) []part {
	for i := range parts {
		if parts[i].name == name {
			parts[i].body = body
			return parts
		}
	}
	return append(parts, part{name, body})
}

func pack(t testing.TB, parts []part) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, p := range parts {
		w, err := zw.Create(p.name)
		must(t, err)
		_, err = w.Write([]byte(p.body))
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}

// made is a workbook that excelize writes.
func made(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var buf bytes.Buffer
	must(t, f.Write(&buf))
	return buf.Bytes()
}

// table is a workbook of these rows.
func table(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	return made(t, func(f *excelize.File) {
		for i, row := range rows {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
		}
	})
}

func check(file []byte) error {
	return Check(bytes.NewReader(file), int64(len(file)), Limits{})
}

// rowsOf reads a file that Check accepts.
func rowsOf(t testing.TB, file []byte, spec Spec) ([]Row, error) {
	t.Helper()
	if err := check(file); err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	path := filepath.Join(t.TempDir(), "in.xlsx")
	must(t, os.WriteFile(path, file, 0o600))
	var rows []Row
	err := Read(context.Background(), path, Limits{}, spec, func(r Row) error { rows = append(rows, r); return nil })
	return rows, err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused wants a fault with the code, whose sentence contains what.
func refused(t testing.TB, err error, code, what string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code || !strings.Contains(f.Message, what) {
		t.Fatalf("got %v, want %s with %q", err, code, what)
	}
}
