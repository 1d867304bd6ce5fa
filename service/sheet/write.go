package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Writer streams rows into a new workbook: a result file that goes back to whoever sent the import, or an export. Each row is
// packed as it comes: neither memory nor a temporary file grows with them, for a list of identity numbers lies open nowhere.
type Writer struct {
	to     *zip.Writer
	sheet  *bufio.Writer // the part that holds the rows
	tail   []byte        // of that part, behind the rows
	next   int           // the row that comes next
	names  []string      // of the columns: A, B …
	styles styles
}

// sheetPart is where the library puts the first sheet.
const sheetPart = "xl/worksheets/sheet1.xml"

// NewWriter begins a workbook with the spec's titles in row 2. The watermark stands in row 1 and at the head and foot of each printed
// page; without one, row 1 tells the spec's notes. Call Close when all is well; what was written before it is no workbook.
func NewWriter(w io.Writer, spec Spec, watermark string) (*Writer, error) {
	above := watermark
	if above == "" {
		above = noteLine(spec)
	}
	empty, looks, err := emptyWorkbook(spec, above, watermark)
	if err != nil {
		return nil, err
	}
	out := &Writer{to: zip.NewWriter(w), next: firstRow, styles: looks}
	for i := range spec.Columns {
		out.names = append(out.names, columnName(i+1))
	}
	return out, out.begin(empty)
}

// emptyWorkbook is the workbook without its rows. It is small and holds nobody's data.
func emptyWorkbook(spec Spec, above, watermark string) (*zip.Reader, styles, error) {
	book, err := newWorkbook(spec, above, watermark)
	if err != nil {
		return nil, styles{}, err
	}
	defer book.file.Close()
	var whole bytes.Buffer
	if err := errors.Join(book.stream.Flush(), book.file.Write(&whole)); err != nil {
		return nil, styles{}, err
	}
	empty, err := zip.NewReader(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	return empty, book.styles, err
}

// begin copies the empty workbook up to the place where the rows go.
func (w *Writer) begin(empty *zip.Reader) error {
	for _, f := range empty.File {
		if f.Name == sheetPart {
			continue
		}
		if err := w.to.Copy(f); err != nil {
			return err
		}
	}
	part, err := empty.Open(sheetPart)
	if err != nil {
		return err
	}
	defer part.Close()
	body, err := io.ReadAll(part)
	if err != nil {
		return err
	}
	rows := bytes.LastIndex(body, []byte("</sheetData>"))
	if rows < 0 {
		return errors.New("an empty workbook without a place for rows")
	}
	to, err := w.to.Create(sheetPart)
	if err != nil {
		return err
	}
	w.sheet, w.tail = bufio.NewWriterSize(to, 64<<10), body[rows:]
	_, err = w.sheet.Write(body[:rows])
	return err
}

// At leaves rows empty, so that the next one stands where it stood in the file that it comes from. What lies behind is passed over.
func (w *Writer) At(row int) { w.next = max(w.next, row) }

// Row writes the next row, its cells in the order of the spec's columns; what is beyond them is left out. All are written as
// text, also what begins with = + - @: Excel never takes such a cell for a formula. A bad row is coloured.
func (w *Writer) Row(cells []string, bad bool) error {
	style := strconv.Itoa(w.styles.text)
	if bad {
		style = strconv.Itoa(w.styles.bad)
	}
	no := strconv.Itoa(w.next)
	w.put(`<row r="`, no, `">`)
	for i, name := range w.names {
		switch {
		case i < len(cells) && cells[i] != "":
			w.put(`<c r="`, name, no, `" s="`, style, `" t="inlineStr"><is><t xml:space="preserve">`, inXML(cells[i]), `</t></is></c>`)
		case bad:
			w.put(`<c r="`, name, no, `" s="`, style, `"/>`)
		}
	}
	w.next++
	_, err := w.sheet.WriteString("</row>")
	return err
}

// put writes texts. An error stays with the buffer until the row ends.
func (w *Writer) put(texts ...string) {
	for _, t := range texts {
		_, _ = w.sheet.WriteString(t)
	}
}

// Close finishes the workbook.
func (w *Writer) Close() error {
	_, err := w.sheet.Write(w.tail)
	return errors.Join(err, w.sheet.Flush(), w.to.Close())
}

// cellMost is how many characters a cell of Excel holds.
const cellMost = 32_767

// inXML is a text as it stands in a cell: without characters that XML cannot hold, and so that nothing in it is taken for an
// escape of Excel's own, as in _x000D_.
func inXML(text string) string {
	if len(text) > cellMost {
		text = shortened(text, cellMost)
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "_x", "_x005F_x").Replace(text)
}
