package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hongyun/service/fault"
)

const zhang = `<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c></row>`

func TestCheck_accepts(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		"a type declared for macros, and none of them": pack(t, with(plainParts(headXML+zhang), "[Content_Types].xml", macroTypes())),
		"the smallest workbook":                        pack(t, plainParts(headXML+zhang)),
		"a workbook that Excel writes":                 table(t, []any{"姓名"}, []any{"张三"}),
		"our own template":                             template(t),
		"our own result":                               written(t, roster.WithResult(), "水印", wangwu),
		"two empty sheets beside": made(t, func(f *excelize.File) {
			must(t, f.SetCellValue("Sheet1", "A1", "姓名"))
			for _, name := range []string{"Sheet2", "Sheet3"} {
				_, err := f.NewSheet(name)
				must(t, err)
			}
		}),
		"a mail address that became a link, a comment, a colour and a validation": made(t, func(f *excelize.File) {
			must(t, f.SetCellHyperLink("Sheet1", "A1", "mailto:a@example.com", "External"))
			must(t, f.AddComment("Sheet1", excelize.Comment{Cell: "B2", Text: "批注"}))
			must(t, f.SetCellValue("Sheet1", "A1", "a@example.com"))
			dv := excelize.NewDataValidation(true)
			dv.SetSqref("A1:A9")
			dv.SetSqrefDropList("$C$1:$C$9")
			must(t, f.AddDataValidation("Sheet1", dv))
		}),
	}
	for name, file := range files {
		if err := check(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// macroTypes declares a type for macros, as some programs do in every workbook.
func macroTypes() string {
	return strings.Replace(types, "<O", `<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><O`, 1)
}

func TestCheck_refusesOtherFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, code, what string }{
		{"nothing", "", "sheet.empty", "空"},
		{"old or encrypted", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "sheet.old_or_encrypted", "请另存为 .xlsx 且不加密码"},
		{"PDF", "%PDF-1.7\n", "sheet.not_xlsx", "PDF"},
		{"HTML", "\xef\xbb\xbf\n<!DOCTYPE html><html><table>", "sheet.not_xlsx", "网页"},
		{"CSV", "姓名,性别\n张三,男\n", "sheet.not_xlsx", "CSV"},
		{"CSV in GBK", "\xd0\xd5\xc3\xfb,\xd0\xd4\xb1\xf0\n", "sheet.not_xlsx", "CSV"},
		{"Unicode text", "\xff\xfeA\x00,\x00", "sheet.not_xlsx", "CSV"},
		{"picture", "\x89PNG\r\n\x1a\n", "sheet.not_xlsx", "图片"},
		{"RAR", "Rar!\x1a\x07", "sheet.not_xlsx", "压缩包"},
		{"an empty archive", string(pack(t, nil)), "sheet.not_xlsx", "空的压缩包"},
		{"noise", "\x01\x02\x03\x04\x05", "sheet.not_xlsx", "无法识别"},
		{"an archive of something", string(pack(t, []part{{"a.txt", "x"}})), "sheet.not_xlsx", "压缩包"},
		{"Word", string(pack(t, []part{{"word/document.xml", "<a/>"}})), "sheet.not_xlsx", "Word"},
		{"ODS", string(pack(t, []part{{"content.xml", "<a/>"}})), "sheet.not_xlsx", "OpenDocument"},
		{"xlsb", string(pack(t, []part{{"xl/workbook.bin", "x"}})), "sheet.not_xlsx", ".xlsb"},
		{"a template", string(pack(t, with(plainParts(""), "[Content_Types].xml", strings.Replace(types, "sheet.main", "template.main", 1)))),
			"sheet.not_xlsx", "Excel 模板"},
		{"cut off", string(template(t)[:3000]), "sheet.damaged", "已损坏"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, check([]byte(c.body)), c.code, c.what) })
	}
	t.Run("too large a file is refused unread", func(t *testing.T) {
		err := Check(nil, 10<<20+1, Limits{})
		refused(t, err, "sheet.too_large", "10 MB")
		if f := (*fault.Fault)(nil); !errors.As(err, &f) || f.Kind != fault.KindTooLarge {
			t.Fatal(err)
		}
	})
}

func TestCheck_refusesContent(t *testing.T) {
	t.Parallel()
	good := func() []part { return plainParts(headXML + zhang) }
	data := func(rows string) []part { return plainParts(headXML + rows) }
	sheet := func(body string) []part {
		return with(good(), "xl/worksheets/sheet1.xml", `<worksheet>`+body+`</worksheet>`)
	}
	two := strings.Replace(bookXML, "</sheets>", `<sheet name="另一张" sheetId="2" r:id="rId1"/></sheets>`, 1)
	hidden := strings.Replace(bookXML, `sheetId="1"`, `sheetId="1" state="veryHidden"`, 1)
	rels := func(kind, more string) string {
		return strings.Replace(bookRels, "</R", `<Relationship Id="rId9" Type="http://x/relationships/`+kind+`" Target="x.xml"`+more+`/></R`, 1)
	}
	numbers := ""
	for i := range 12_000 {
		numbers += strconv.Itoa(i*i) + " "
	}
	var crowd []part
	for i := range 1001 {
		crowd = append(crowd, part{fmt.Sprintf("a%d", i), ""})
	}
	for _, c := range []struct {
		name       string
		parts      []part
		code, what string
	}{
		{"a macro", with(good(), "xl/vbaProject.bin", "x"), "sheet.macros", "宏"},
		{"xlsm", with(good(), "[Content_Types].xml", strings.Replace(types, "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "vnd.ms-excel.sheet.macroEnabled.main", 1)), "sheet.macros", "宏"},
		{"a macro by another name", with(with(good(), "[Content_Types].xml", macroTypes()),
			"xl/a.bin", "x"), "sheet.macros", "宏"},
		{"an Excel 4 macro", with(good(), "xl/macrosheets/sheet1.xml", "<a/>"), "sheet.macros", "宏"},
		{"an external link", with(good(), "xl/externalLinks/externalLink1.xml", "<a/>"), "sheet.links", "外部链接"},
		{"a link by its relation", with(good(), "xl/_rels/workbook.xml.rels", rels("externalLink", "")), "sheet.links", "外部链接"},
		{"a template fetched from afar", with(good(), "xl/_rels/workbook.xml.rels", rels("attachedTemplate", ` TargetMode="External"`)), "sheet.links", "外部链接"},
		{"an embedded object", with(good(), "xl/embeddings/oleObject1.bin", "x"), "sheet.objects", "OLE"},
		{"a nested archive", with(good(), "xl/embeddings/a.xlsx", "PK"), "sheet.objects", "嵌入"},
		{"an object in the sheet", sheet(`<sheetData>` + headXML + `</sheetData><oleObjects><oleObject progId="x"/></oleObjects>`), "sheet.objects", "OLE"},
		{"a connection", with(good(), "xl/connections.xml", "<a/>"), "sheet.connection", "数据连接"},
		{"a formula", data(`<row r="5"><c r="C5"><f>1+1</f><v>2</v></c></row>`), "sheet.formula", "C5"},
		{"a formula without a value", data(`<row r="5"><c r="AB5"><f t="shared" si="0"/></c></row>`), "sheet.formula", "AB5"},
		{"a DDE formula", data(`<row r="7"><c r="A7"><f>cmd|' /C calc'!A0</f></c></row>`), "sheet.formula", "A7"},
		{"merged cells", sheet(`<sheetData>` + headXML + `</sheetData><mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>`), "sheet.merged", "A1:C1"},
		{"a cell far out", data(`<row r="2"><c r="XFD2" t="n"><v>1</v></c></row>`), "sheet.too_many_columns", "16384 列（到 XFD 列），最多 100 列"},
		{"a dimension far out", sheet(`<dimension ref="A1:KN9"/><sheetData>` + headXML + `</sheetData>`), "sheet.too_many_columns", "300 列"},
		{"a cell beyond every column", data(`<row r="2"><c r="ZZZ2"><v>1</v></c></row>`), "sheet.damaged", "位置"},
		{"a row beyond every row", data(`<row r="1048577"><c r="A1048577"><v>1</v></c></row>`), "sheet.damaged", "行号"},
		{"cells in disorder", data(`<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>`), "sheet.damaged", "位置"},
		{"a cell in the wrong row", data(`<row r="2"><c r="A3"><v>1</v></c></row>`), "sheet.damaged", "位置"},
		{"rows in disorder", data(`<row r="3"/><row r="2"/>`), "sheet.damaged", "行号"},
		{"a text that is not there", data(`<row r="2"><c r="A2" t="s"><v>1</v></c></row>`), "sheet.damaged", "文字引用"},
		{"two sheets with data", with(good(), "xl/workbook.xml", two), "sheet.too_many_sheets", "“表”和“另一张”"},
		{"a hidden sheet with data", with(good(), "xl/workbook.xml", hidden), "sheet.hidden", "“表”"},
		{"a sheet that is not there", with(good(), "xl/workbook.xml", strings.Replace(bookXML, "rId1", "rId7", 1)), "sheet.damaged", "工作表缺失"},
		{"no sheet", with(good(), "xl/workbook.xml", `<workbook/>`), "sheet.damaged", "没有工作表"},
		{"nothing in the sheet", plainParts(""), "sheet.no_data", "没有任何内容"},
		{"the other date system", with(good(), "xl/workbook.xml", strings.Replace(bookXML, "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)), "sheet.date1904", "1904"},
		{"a document type", with(good(), "xl/workbook.xml", `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>`+bookXML), "sheet.doctype", "DOCTYPE"},
		{"deep nesting", sheet(strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200)), "sheet.deep", "嵌套"},
		{"half a sheet", with(good(), "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+headXML), "sheet.damaged", "不完整"},
		{"a path upwards", with(good(), "../../etc/cron.d/x", "x"), "sheet.path", "路径"},
		{"an absolute path", with(good(), "/etc/cron.d/x", "x"), "sheet.path", "路径"},
		{"a Windows path", with(good(), `C:\x`, "x"), "sheet.path", "路径"},
		{"a part twice", append(good(), part{"XL/workbook.xml", bookXML}), "sheet.damaged", "重名"},
		{"too many parts", append(good(), crowd...), "sheet.damaged", "过多"},
		{"an endless cell", with(good(), "xl/sharedStrings.xml", `<sst><si>`+strings.Repeat(`<r><t>`+numbers+`</t></r>`, 20)+`</si></sst>`), "sheet.cell_too_long", "过长"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			refused(t, check(pack(t, c.parts)), c.code, c.what)
		})
	}
}

func TestCheck_rowsLimit(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString(headXML)
	for i := range 30 {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d"><v>%d</v></c></row>`, i+2, i+2, i)
	}
	file := pack(t, plainParts(rows.String()))
	if err := Check(bytes.NewReader(file), int64(len(file)), Limits{Rows: 30}); err != nil {
		t.Fatal(err)
	}
	refused(t, Check(bytes.NewReader(file), int64(len(file)), Limits{Rows: 20}), "sheet.too_many_rows", "超过 20 行")
}

// bombFile is a workbook whose sheet unzips to so many MiB of spaces.
func bombFile(t testing.TB, mib int) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, p := range plainParts("")[:5] {
		w, err := zw.Create(p.name)
		must(t, err)
		_, err = io.WriteString(w, p.body)
		must(t, err)
	}
	w, err := zw.Create("xl/worksheets/sheet1.xml")
	must(t, err)
	_, err = io.WriteString(w, "<worksheet><sheetData>")
	must(t, err)
	block := bytes.Repeat([]byte(" "), 1<<20)
	for range mib {
		_, err = w.Write(block)
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}

// lying is the same archive whose sheet says, in the directory and in front of its data, that it is small.
func lying(t testing.TB, file []byte, says uint32) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, f := range zr.File {
		raw, err := f.OpenRaw()
		must(t, err)
		h := f.FileHeader
		if f.Name == "xl/worksheets/sheet1.xml" {
			h.UncompressedSize64 = uint64(says)
			h.CRC32 = crc32.ChecksumIEEE(nil)
		}
		w, err := zw.CreateRaw(&h)
		must(t, err)
		_, err = io.Copy(w, raw)
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}

func TestCheck_bombs(t *testing.T) {
	file := bombFile(t, 320)
	t.Logf("%d bytes unzip to 320 MiB", len(file))
	refused(t, check(file), "sheet.bomb", "解压后过大")
	hundred := bombFile(t, 100)
	refused(t, check(hundred), "sheet.bomb", "压缩比异常")

	small := lying(t, file, 1000)
	grown := peak(t, func() {
		if f := (*fault.Fault)(nil); !errors.As(check(small), &f) || f.Code != "sheet.bomb" && f.Code != "sheet.damaged" {
			t.Error("a lying size was believed")
		}
	})
	if grown > 8<<20 {
		t.Errorf("%d MiB for a bomb", grown>>20)
	}
	slow := lying(t, hundred, 1<<20) // under the ratio's threshold
	if f := (*fault.Fault)(nil); !errors.As(check(slow), &f) || f.Code != "sheet.bomb" && f.Code != "sheet.damaged" {
		t.Error("a lying size was believed")
	}
}

// TestCheck_counts: nothing lies here. What is declared is within the limits, what is read, part after part, is not.
func TestCheck_counts(t *testing.T) {
	t.Parallel()
	file := pack(t, plainParts(headXML+strings.Repeat(" ", 900_000)))
	err := Check(bytes.NewReader(file), int64(len(file)), Limits{UnzippedBytes: 500_000})
	refused(t, err, "sheet.bomb", "")
	unread := pack(t, with(plainParts(headXML+zhang), "xl/media/image1.png", strings.Repeat("x", 9000)))
	must(t, check(unread))
	err = Check(bytes.NewReader(unread), int64(len(unread)), Limits{UnzippedBytes: 9000})
	refused(t, err, "sheet.bomb", "") // declared is enough
	two := strings.Replace(bookXML, "</sheets>", strings.Repeat(`<sheet name="空" sheetId="2" r:id="rId1"/>`, 5)+"</sheets>", 1)
	file = pack(t, with(plainParts(strings.Repeat(" ", 900_000)), "xl/workbook.xml", two))
	err = Check(bytes.NewReader(file), int64(len(file)), Limits{UnzippedBytes: 2_000_000})
	refused(t, err, "sheet.bomb", "")
}

// peak is by how many bytes the live heap grew, at most, while f ran.
func peak(t testing.TB, f func()) uint64 {
	t.Helper()
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := live(), uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				most = max(most, live())
			}
		}
	}()
	f()
	close(stop)
	<-done
	return max(most, before) - before
}

func TestCheckFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.xlsx")
	must(t, os.WriteFile(path, template(t), 0o600))
	must(t, CheckFile(path, Limits{}))
	refused(t, CheckFile(path, Limits{FileBytes: 100}), "sheet.too_large", "")
	if err := CheckFile(path+"x", Limits{}); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// FuzzCheck: whatever comes, the answer is nil or a fault of this package, and Read does not take what Check refuses.
func FuzzCheck(f *testing.F) {
	for _, seed := range [][]byte{template(f), written(f, roster, "水印", wangwu), pack(f, plainParts(headXML+zhang)), table(f, []any{"姓名", 1.5, true}),
		pack(f, with(plainParts(""), "xl/vbaProject.bin", "x")), []byte("PK\x03\x04"), []byte("姓名,性别\n"), {0xd0, 0xcf, 0x11, 0xe0}, lying(f, bombFile(f, 2), 10)} {
		f.Add(seed)
	}
	limits := Limits{FileBytes: 1 << 20, UnzippedBytes: 8 << 20, Rows: 100, Columns: 20}
	f.Fuzz(func(t *testing.T, file []byte) {
		err := Check(bytes.NewReader(file), int64(len(file)), limits)
		var fa *fault.Fault
		if err != nil && (!errors.As(err, &fa) || !strings.HasPrefix(fa.Code, "sheet.")) {
			t.Fatalf("not a fault of this package: %v", err)
		}
		readErr := ReadAt(t.Context(), bytes.NewReader(file), int64(len(file)), limits, roster, func(Row) error { return nil })
		if err != nil && readErr == nil {
			t.Fatalf("Read takes what Check refuses: %v", err)
		}
	})
}

// FuzzSheet is FuzzCheck inside a sound archive, where a mutation still reaches the sheet.
func FuzzSheet(f *testing.F) {
	for _, seed := range []string{headXML + zhang, `<row r="2"><c r="B2" t="s"><v>0</v></c><c><v>1e5</v></c></row>`, `<row><c t="e"><v>#N/A</v></c><c t="b"><v>1</v></c></row>`,
		`<row r="9"><c r="C9"><f>A1</f></c></row>`, `<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>`, `</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells><sheetData>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		file := pack(t, plainParts(rows))
		err := check(file)
		readErr := ReadAt(t.Context(), bytes.NewReader(file), int64(len(file)), Limits{}, roster, func(Row) error { return nil })
		if err != nil && readErr == nil {
			t.Fatalf("Read takes what Check refuses: %v", err)
		}
	})
}
