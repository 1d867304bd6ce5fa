package sheet

import (
	"slices"
	"strings"
	"unicode"

	"hongyun/service/fault"
)

// What a column of the sheet may be besides one of the spec's.
const (
	untitled     = -1
	resultColumn = -2
)

// header tells for each column of the sheet which of the spec's it is.
type header struct {
	columns []Column
	of      []int // by column of the sheet, from 1: an index into columns, untitled, resultColumn
}

func (h *header) at(col int) int {
	if col >= len(h.of) {
		return untitled
	}
	return h.of[col]
}

// headerOf reads a row as the header; nil: it is not the header. A row is one when two of its cells, or the only one that
// there is, are titles.
func headerOf(spec Spec, line []entry, widest int) (*header, error) {
	byTitle := make(map[string]int, len(spec.Columns)+1)
	for i, c := range spec.Columns {
		byTitle[title(c.Title)] = i
	}
	if _, ok := byTitle[ResultTitle]; !ok {
		byTitle[ResultTitle] = resultColumn
	}
	h := &header{columns: spec.Columns, of: slices.Repeat([]int{untitled}, widest+1)}
	var unknown, repeated []string
	known := map[int]bool{}
	for _, e := range line {
		i, ok := byTitle[title(e.text)]
		switch {
		case !ok:
			unknown = append(unknown, shown(e.text))
		case known[i]:
			repeated = append(repeated, shown(e.text))
		default:
			known[i] = true
			h.of[e.col] = i
		}
	}
	if len(known) < min(2, len(spec.Columns)) {
		return nil, nil
	}
	var missing []string
	for i, c := range spec.Columns {
		if c.Required && !known[i] {
			missing = append(missing, c.Title)
		}
	}
	return h, h.fault(unknown, repeated, missing)
}

// fault names every title that is wrong, all at once.
func (h *header) fault(unknown, repeated, missing []string) error {
	var parts []string
	for _, p := range []struct {
		what   string
		titles []string
	}{{"缺少必填的列", missing}, {"有不认识的列", unknown}, {"有重复的列", repeated}} {
		if len(p.titles) > 0 {
			parts = append(parts, p.what+"：“"+strings.Join(p.titles, "”“")+"”")
		}
	}
	if parts == nil {
		return nil
	}
	return fault.Invalid("sheet.header", "表头"+strings.Join(parts, "；")+"。请按模板的标题修改后再上传").
		With("missing", missing).With("unknown", unknown).With("repeated", repeated)
}

func noHeader(spec Spec) error {
	var titles []string
	for _, c := range spec.Columns[:min(5, len(spec.Columns))] {
		titles = append(titles, c.Title)
	}
	return fault.Invalid("sheet.no_header", "前 10 行中没有找到表头（如“"+strings.Join(titles, "”“")+"”），请使用下载的模板填写")
}

// title is a header's text without white space, stars and line ends.
func title(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '*' || r == '＊' {
			return -1
		}
		return r
	}, text)
}

// exampleMark begins the template's example row.
const exampleMark = "（示例）"

func isExample(first string) bool {
	return strings.HasPrefix(first, exampleMark) || strings.HasPrefix(first, "(示例)")
}
