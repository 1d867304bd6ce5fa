package sheet

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Where things stand in every workbook that is written here.
const (
	headerRow = 2 // row 1 holds the notes or the watermark
	firstRow  = 3 // below the header
	lastRow   = 50_000 + headerRow
)

// workbook is a new file whose one sheet is written as a stream. Texts stay texts: nothing here writes a formula.
type workbook struct {
	file   *excelize.File
	name   string // of the sheet
	stream *excelize.StreamWriter
	styles styles
}

// styles are the looks of the cells. All are of the format "text", so that a value which somebody edits is not taken for a date,
// a number or a formula.
type styles struct{ note, header, required, example, text, bad int }

// newWorkbook opens a file and writes its first two rows: above, then the titles.
func newWorkbook(spec Spec, above, watermark string) (*workbook, error) {
	b := &workbook{file: excelize.NewFile(), name: sheetName(spec.Title)}
	for _, step := range []func() error{
		b.setUp,
		b.makeStyles,
		func() error { return b.printed(watermark) },
		func() error { return b.begin(spec) },
		func() error { return b.validations(spec) },
		func() error { return b.stream.SetRow("A1", []any{excelize.Cell{Value: above, StyleID: b.styles.note}}) },
		func() error { return b.titles(spec) },
	} {
		if err := step(); err != nil {
			_ = b.file.Close()
			return nil, err
		}
	}
	return b, nil
}

// setUp names the sheet and keeps the library's author out of the properties.
func (b *workbook) setUp() error {
	if err := b.file.SetSheetName("Sheet1", b.name); err != nil {
		return err
	}
	return b.file.SetDocProps(&excelize.DocProperties{Creator: "hongyun", LastModifiedBy: "hongyun"})
}

func (b *workbook) makeStyles() error {
	border := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	const text = 49 // the built-in format "@"
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&b.styles.note, excelize.Style{NumFmt: text, Font: &excelize.Font{Color: "7F7F7F"}}},
		{&b.styles.header, excelize.Style{NumFmt: text, Border: border, Fill: fill("EDEDED"), Font: &excelize.Font{Bold: true}}},
		{&b.styles.required, excelize.Style{NumFmt: text, Border: border, Fill: fill("EDEDED"), Font: &excelize.Font{Bold: true, Color: "C00000"}}},
		{&b.styles.example, excelize.Style{NumFmt: text, Font: &excelize.Font{Color: "A6A6A6", Italic: true}}},
		{&b.styles.text, excelize.Style{NumFmt: text}},
		{&b.styles.bad, excelize.Style{NumFmt: text, Border: border, Fill: fill("FCE4D6")}},
	} {
		id, err := b.file.NewStyle(&s.style)
		if err != nil {
			return err
		}
		*s.id = id
	}
	return nil
}

// printed lays the pages out: across, the titles and the watermark on each.
func (b *workbook) printed(watermark string) error {
	fit, across, wide, high := true, "landscape", 1, 0
	if err := b.file.SetSheetProps(b.name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := b.file.SetPageLayout(b.name, &excelize.PageLayoutOptions{Orientation: &across, FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	foot := "&C第 &P 页，共 &N 页"
	mark := strings.ReplaceAll(shortened(watermark, 100), "&", "&&")
	if err := b.file.SetHeaderFooter(b.name, &excelize.HeaderFooterOptions{OddHeader: "&R" + mark, OddFooter: foot + "&R" + mark}); err != nil {
		return err
	}
	row := strconv.Itoa(headerRow)
	return b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: b.name,
		RefersTo: "'" + b.name + "'!$" + row + ":$" + row})
}

// begin opens the stream with the columns' widths and formats and the rows that stay in sight.
func (b *workbook) begin(spec Spec) (err error) {
	if b.stream, err = b.file.NewStreamWriter(b.name); err != nil {
		return err
	}
	for i, c := range spec.Columns {
		if err := b.stream.SetColWidth(i+1, i+1, width(c)); err != nil {
			return err
		}
		if c.Text || c.Date {
			if err := b.stream.SetColStyle(i+1, i+1, b.styles.text); err != nil {
				return err
			}
		}
	}
	return b.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: headerRow, TopLeftCell: "A3", ActivePane: "bottomLeft"})
}

func (b *workbook) titles(spec Spec) error {
	cells := make([]any, len(spec.Columns))
	for i, c := range spec.Columns {
		cells[i] = excelize.Cell{Value: c.Title, StyleID: b.styles.header}
		if c.Required {
			cells[i] = excelize.Cell{Value: c.Title + "*", StyleID: b.styles.required}
		}
	}
	return b.stream.SetRow("A"+strconv.Itoa(headerRow), cells)
}

// validations gives the columns their drop-downs and hints.
func (b *workbook) validations(spec Spec) error {
	for i, c := range spec.Columns {
		if len(c.Options) == 0 && c.Note == "" {
			continue
		}
		dv := excelize.NewDataValidation(true)
		name := columnName(i + 1)
		dv.SetSqref(name + strconv.Itoa(firstRow) + ":" + name + strconv.Itoa(lastRow))
		if c.Note != "" {
			dv.SetInput(shortened(c.Title, 32), shortened(c.Note, 255))
		}
		if len(c.Options) > 0 {
			if err := b.dropDown(dv, i+1, c.Options); err != nil {
				return err
			}
			dv.SetError(excelize.DataValidationErrorStyleStop, "内容无效", "请从下拉列表中选择")
		}
		if err := b.file.AddDataValidation(b.name, dv); err != nil {
			return err
		}
	}
	return nil
}

// dropDown puts a list into the validation itself if Excel can hold it there, else onto the hidden sheet under a name.
func (b *workbook) dropDown(dv *excelize.DataValidation, col int, options []string) error {
	all := strings.Join(options, ",")
	if utf8.RuneCountInString(all) <= 200 && strings.Count(all, ",") == len(options)-1 && !strings.HasPrefix(all, "=") {
		return dv.SetDropList(options)
	}
	if i, err := b.file.GetSheetIndex(optionsSheet); err != nil || i < 0 {
		if _, err := b.file.NewSheet(optionsSheet); err != nil {
			return err
		}
		if err := b.file.SetSheetVisible(optionsSheet, false); err != nil {
			return err
		}
	}
	name := columnName(col)
	if err := b.file.SetSheetCol(optionsSheet, name+"1", &options); err != nil {
		return err
	}
	list := "options_" + strconv.Itoa(col)
	dv.SetSqrefDropList(list)
	return b.file.SetDefinedName(&excelize.DefinedName{Name: list,
		RefersTo: "'" + optionsSheet + "'!$" + name + "$1:$" + name + "$" + strconv.Itoa(len(options))})
}

// sheetName is a title as Excel allows it for a sheet.
func sheetName(title string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\'：＊？／＼［］`, r) {
			return -1
		}
		return r
	}, title)
	name = strings.TrimSpace(shortened(name, 31))
	if name == "" || name == optionsSheet {
		return "名单"
	}
	return name
}

// width is how wide a column is: as told, or so that its title fits, a Chinese character counting two.
func width(c Column) float64 {
	if c.Width > 0 {
		return min(c.Width, 255)
	}
	return float64(max(10, 2*utf8.RuneCountInString(c.Title)+4))
}

// shortened is at most the first so many characters.
func shortened(text string, most int) string {
	r := []rune(text)
	return string(r[:min(len(r), most)])
}
