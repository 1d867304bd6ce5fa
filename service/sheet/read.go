package sheet

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"hongyun/service/fault"
)

// Read streams the rows below the header of a file that Check has let pass (it refuses for itself what Check would). The header is
// the first of the top ten rows that holds two of the spec's titles; the order of its columns is free, and a * beside a
// title does not count. Unknown, missing and repeated titles are faults that name them.
//
// Notes above the header, the template's example row, empty rows and the column ResultTitle are passed over. A date cell comes as
// Excel's serial number: ParseDate reads it. Cells that the file itself makes unusable are in Row.Problems and not in Row.Cells.
// An error of row ends the reading and is returned as it is, and so is ctx's. No row at all is a fault.
func Read(ctx context.Context, path string, l Limits, spec Spec, row func(Row) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return ReadAt(ctx, f, info.Size(), l, spec, row)
}

// ReadAt is Read for a workbook that lies in memory, as one does that may not lie open on a disk.
func ReadAt(ctx context.Context, r io.ReaderAt, size int64, l Limits, spec Spec, row func(Row) error) error {
	l = l.orDefaults()
	a, err := openArchive(r, size, l)
	if err != nil {
		return err
	}
	b, err := openBook(a)
	if err != nil {
		return err
	}
	shared, err := b.readTexts(true)
	if err != nil {
		return err
	}
	var full *worksheet
	var share func() float64
	rd := &reader{ctx: ctx, limits: l, spec: spec, texts: shared, yield: func(r Row) error {
		r.share = share()
		return row(r)
	}}
	for i := range b.sheets {
		s := &b.sheets[i]
		if s.ours() {
			continue
		}
		share = a.share(s.part)
		err := b.walk(s.part, func(c cell) error {
			if full != s {
				if err := onlyOne(full, s); err != nil {
					return err
				}
				full = s
			}
			return rd.cell(c)
		})
		if err != nil {
			return err
		}
	}
	return rd.finish()
}

// reader gathers cells into rows, finds the header among the first, and yields the others.
type reader struct {
	ctx    context.Context
	limits Limits
	spec   Spec
	texts  *texts
	yield  func(Row) error

	header *header
	no     int     // of the row that is being gathered; 0: none yet
	line   []entry // its cells
	rows   int
}

// entry is a cell whose value has been read.
type entry struct {
	col           int
	text, problem string
}

// cell takes the next cell in; a new row's first cell ends the row before.
func (r *reader) cell(c cell) error {
	if c.row != r.no {
		if err := r.endRow(); err != nil {
			return err
		}
		r.no = c.row
	}
	if r.header != nil && r.header.at(c.col) == resultColumn {
		return nil
	}
	text, problem, err := r.texts.valueOf(c)
	if err != nil {
		return err
	}
	if text != "" || problem != "" {
		r.line = append(r.line, entry{col: c.col, text: text, problem: problem})
	}
	return nil
}

func (r *reader) endRow() error {
	line := r.line
	r.line = r.line[:0]
	if len(line) == 0 {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.header == nil {
		if r.no > rowsTop {
			return noHeader(r.spec)
		}
		h, err := headerOf(r.spec, line, r.limits.Columns)
		r.header = h
		return err
	}
	if slices.ContainsFunc(line, r.marked) {
		return nil
	}
	if r.rows++; r.rows > r.limits.Rows {
		return tooManyRows(r.limits)
	}
	return r.yield(r.header.row(r.no, line))
}

// marked tells the cell that marks the template's example: it is of the spec's first column, wherever that stands now.
func (r *reader) marked(e entry) bool {
	at := r.header.at(e.col)
	return at >= 0 && r.header.columns[at].Key == r.spec.Columns[0].Key && isExample(e.text)
}

func (r *reader) finish() error {
	if err := r.endRow(); err != nil {
		return err
	}
	switch {
	case r.header == nil:
		return noHeader(r.spec)
	case r.rows == 0:
		return fault.Invalid("sheet.no_rows", "表头下面没有数据，请填写后再上传")
	}
	return nil
}

// row makes a Row of the gathered cells.
func (h *header) row(no int, line []entry) Row {
	out := Row{No: no, Cells: make(map[string]string, len(line))}
	for _, e := range line {
		at := h.at(e.col)
		if at == untitled {
			out.Problems = append(out.Problems, Problem{
				Message: fmt.Sprintf("%s 列没有标题，其中的内容无法识别，请补上标题或清除", columnName(e.col))})
			continue
		}
		column := h.columns[at]
		if e.problem != "" {
			out.Problems = append(out.Problems, Problem{Key: column.Key, Message: "“" + column.Title + "”" + e.problem})
			continue
		}
		out.Cells[column.Key] = e.text
	}
	return out
}
