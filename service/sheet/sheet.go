// Package sheet reads and writes Excel workbooks (.xlsx) for imports and exports: a template to fill in, a check of
// what somebody uploaded, a stream of its rows, and a stream into a new workbook. It knows nothing of the business: what
// a column means, and whether its value is right, is decided by whoever wrote the Spec. Nothing here touches the database.
//
// Uploaded files are hostile until shown otherwise. They are read by one small scanner of our own, part by part, with every
// size counted while it is read, and never as a whole; excelize only writes.
package sheet

import "cmp"

// Column is one column of a workbook.
type Column struct {
	Key      string   // of Row.Cells, never shown
	Title    string   // Chinese, as the header says it, without *
	Note     string   // shown while a cell of the column is selected; at most 255 characters
	Required bool     // the header carries a *, and Read refuses a sheet without the column
	Options  []string // a drop-down; lists that Excel cannot hold in place go to a hidden sheet
	Width    float64  // in characters; 0: fits the title
	Text     bool     // kept as typed: identity numbers, phones, codes
	Date     bool     // kept as typed too, so that 2024-05 stays a month; read it with ParseDate
}

// Spec describes a workbook of one sheet.
type Spec struct {
	Title   string // Chinese, the name of the sheet; characters that Excel forbids are dropped, cut to 31
	Columns []Column
	Notes   []string // one line above the header tells them
}

// ResultTitle is the column that a returned import file carries. Read passes over it, so that the corrected file can be
// sent again as it is.
const ResultTitle = "导入结果"

// WithResult is the same sheet with the column ResultTitle (key "result") at its end.
func (s Spec) WithResult() Spec {
	s.Columns = append(s.Columns[:len(s.Columns):len(s.Columns)], Column{Key: "result", Title: ResultTitle, Width: 60})
	return s
}

// Limits bound what is read. A zero field means its default.
type Limits struct {
	FileBytes     int64 // of the file as uploaded; 10 MiB
	UnzippedBytes int64 // of all parts that are read, together; 300 MiB
	Rows          int   // below the header; 50,000
	Columns       int   // 100
}

// orDefaults fills in what was left open.
func (l Limits) orDefaults() Limits {
	return Limits{
		FileBytes:     cmp.Or(l.FileBytes, 10<<20),
		UnzippedBytes: cmp.Or(l.UnzippedBytes, 300<<20),
		Rows:          cmp.Or(l.Rows, 50_000),
		Columns:       cmp.Or(l.Columns, 100),
	}
}

// Row is one row of data below the header.
type Row struct {
	No       int               // as Excel numbers it, from 1
	Cells    map[string]string // by Column.Key; cleaned text; empty cells are not in it
	Problems []Problem         // what the file itself makes unusable; such a row must not be imported
	share    float64           // of the sheet that has been read up to here
}

// Guess is how many rows the sheet may have, by how much of it has been read up to this one. At its end it is right.
func (r Row) Guess() int64 {
	if r.share <= 0 {
		return int64(r.No)
	}
	return int64(float64(r.No) / r.share)
}

// Problem says what is wrong with a cell.
type Problem struct {
	Key     string // of the column; empty: of the whole row
	Message string // Chinese, names the column and tells what to do
}
