package sheet

import (
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Writer streams rows into a new workbook: a result file that goes back to whoever sent the import, or an export. What has been
// written waits in a temporary file once it outgrows 16 MiB, so memory does not grow with the rows.
type Writer struct {
	to    io.Writer
	book  *workbook
	next  int // the row that comes next
	cells []excelize.Cell
	line  []any
}

// NewWriter begins a workbook with the spec's titles in row 2. The watermark stands in row 1 and at the head and foot of each printed
// page; without one, row 1 tells the spec's notes. Call Discard in any case, and Close before it when all is well.
func NewWriter(w io.Writer, spec Spec, watermark string) (*Writer, error) {
	above := watermark
	if above == "" {
		above = noteLine(spec)
	}
	book, err := newWorkbook(spec, above, watermark)
	if err != nil {
		return nil, err
	}
	return &Writer{to: w, book: book, next: firstRow,
		cells: make([]excelize.Cell, len(spec.Columns)), line: make([]any, len(spec.Columns))}, nil
}

// Row writes the next row, its cells in the order of the spec's columns; what is beyond them is left out. All are written as
// text, also what begins with = + - @: Excel never takes such a cell for a formula. A bad row is coloured.
func (w *Writer) Row(cells []string, bad bool) error {
	style := w.book.styles.text
	if bad {
		style = w.book.styles.bad
	}
	for i := range w.line {
		w.line[i] = nil
		if i < len(cells) && cells[i] != "" || bad {
			w.cells[i] = excelize.Cell{StyleID: style}
			w.line[i] = &w.cells[i]
		}
		if i < len(cells) && cells[i] != "" {
			w.cells[i].Value = cells[i]
		}
	}
	err := w.book.stream.SetRow("A"+strconv.Itoa(w.next), w.line)
	w.next++
	return err
}

// Close finishes the workbook and writes it out.
func (w *Writer) Close() error {
	defer w.Discard()
	if err := w.book.stream.Flush(); err != nil {
		return err
	}
	return w.book.file.Write(w.to)
}

// Discard removes the temporary files. Without Close before it nothing is written. It may be called again.
func (w *Writer) Discard() { _ = w.book.file.Close() }
