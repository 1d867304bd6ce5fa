package sheet

import (
	"fmt"
	"io"

	"hongyun/service/fault"
)

// rowsTop is how many rows may stand above the data: notes, a watermark, the header, the example.
const rowsTop = 10

// cell is one cell that has a value.
type cell struct {
	row, col int    // from 1
	kind     string // of the file format: "" or n, s, str, inlineStr, b, e, d
	value    []byte // good until the next cell; of kind s the number of a shared text
}

// grid walks over the cells of one sheet and refuses what must not be in it. Check and Read both see a sheet through it, so
// that what one has let pass the other cannot find.
type grid struct {
	*scanner
	limits   Limits
	row, col int // of the row and cell last seen
	filled   int // rows with a value
	lastRow  int // with a value
	value    []byte
}

// walk shows every cell of the sheet's part that has a value, in order.
func (b *book) walk(part string, see func(cell) error) error {
	rc, ok, err := b.part(part)
	if err != nil {
		return err
	}
	if !ok {
		return damaged("工作表缺失")
	}
	defer rc.Close()
	g := &grid{scanner: newScanner(rc), limits: b.limits}
	inside := false
	for {
		k, err := g.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case k == atEnd && inside && g.is("sheetData"):
			inside = false
		case k != atStart:
		case inside:
			err = g.inData(see)
		case g.is("sheetData"):
			inside = true
		default:
			err = g.outside()
		}
		if err != nil {
			return err
		}
	}
}

// outside looks at the elements around the data.
func (g *grid) outside() error {
	switch string(g.local()) {
	case "dimension":
		return g.dimension(g.attr("ref"))
	case "mergeCell":
		return fault.Invalid("sheet.merged", "表中有合并单元格（"+shown(g.attr("ref"))+"），请取消合并后再上传")
	case "oleObject", "control", "ddeLink":
		return hasObjects()
	}
	return nil
}

// dimension refuses a sheet that says itself that it is too wide. Rows are counted by what is in them: many programs
// write down a height of a million rows for the sake of a format.
func (g *grid) dimension(ref string) error {
	for i := range len(ref) {
		if ref[i] == ':' {
			ref = ref[i+1:]
			break
		}
	}
	if _, col, ok := parseRef(ref); ok && col > g.limits.Columns {
		return g.tooWide(col)
	}
	return nil
}

func (g *grid) tooWide(col int) error {
	return fault.Invalid("sheet.too_many_columns", fmt.Sprintf("表格有 %d 列（到 %s 列），最多 %d 列，请删除右侧多余的列",
		col, columnName(col), g.limits.Columns))
}

// inData takes a <row> or a <c>.
func (g *grid) inData(see func(cell) error) error {
	switch string(g.local()) {
	case "row":
		return g.startRow()
	case "c":
		return g.readCell(see)
	}
	return nil
}

func (g *grid) startRow() error {
	row := g.row + 1
	if r := attrIn(g.attrs, "r"); len(r) > 0 {
		var ok bool
		if row, ok = parseNumber(r); !ok {
			return damaged("行号有误")
		}
	}
	if row <= g.row || row > 1<<20 {
		return damaged("行号有误")
	}
	g.row, g.col = row, 0
	return nil
}

// readCell reads up to the end of <c> and shows it if it has a value.
func (g *grid) readCell(see func(cell) error) error {
	if err := g.place(attrIn(g.attrs, "r")); err != nil {
		return err
	}
	c := cell{row: g.row, col: g.col, kind: cellKind(attrIn(g.attrs, "t"))}
	g.value = g.value[:0]
	if err := g.content(); err != nil {
		return err
	}
	if len(g.value) == 0 {
		return nil
	}
	if g.row != g.lastRow {
		g.lastRow = g.row
		if g.filled++; g.filled > g.limits.Rows+rowsTop {
			return tooManyRows(g.limits)
		}
	}
	c.value = g.value
	return see(c)
}

// place moves to the cell that ref names, or to the next one if it names none.
func (g *grid) place(ref []byte) error {
	row, col, ok := g.row, g.col+1, true
	if len(ref) > 0 {
		row, col, ok = parseRef(ref)
	}
	switch {
	case !ok || row != g.row || row == 0 || col <= g.col:
		return damaged("单元格位置有误")
	case col > g.limits.Columns:
		return g.tooWide(col)
	}
	g.col = col
	return nil
}

// content collects the cell's text: <v>, or the runs of <is> without their phonetic reading.
func (g *grid) content() error {
	depth, phonetic := 1, 0
	taking := false
	for depth > 0 {
		k, err := g.next()
		if err != nil {
			if err == io.EOF {
				return damaged("内容不完整")
			}
			return err
		}
		switch k {
		case atStart:
			depth++
			switch {
			case g.is("f"):
				return fault.Invalid("sheet.formula", fmt.Sprintf("单元格 %s%d 是公式，请复制后“选择性粘贴—数值”再上传", columnName(g.col), g.row))
			case g.is("rPh"):
				phonetic = depth
			case phonetic == 0 && (g.is("v") || g.is("t")):
				taking = true
			}
		case atEnd:
			if depth == phonetic {
				phonetic = 0
			}
			depth--
			taking = false
		case atText:
			if taking {
				g.value = append(g.value, g.text...)
			}
			if len(g.value) > tokenMost {
				return tooLong()
			}
		}
	}
	return nil
}

func tooManyRows(l Limits) error {
	return fault.Invalid("sheet.too_many_rows", fmt.Sprintf("数据超过 %d 行，请拆分后分次上传", l.Rows))
}

// cellKind is the type of a cell without a copy for the ones that occur.
func cellKind(t []byte) string {
	switch string(t) {
	case "", "n":
		return "n"
	case "s":
		return "s"
	case "inlineStr":
		return "inlineStr"
	}
	return string(t)
}
