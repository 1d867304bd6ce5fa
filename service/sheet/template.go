package sheet

import (
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Template writes an empty workbook to be filled in: the notes in row 1, the titles in row 2 (a * marks what is required), and in
// row 3, in grey, the example, which begins with （示例） and which Read passes over. example is in the order of the columns and may be
// nil. Drop-downs and hints reach over the first 50,000 rows.
func Template(w io.Writer, spec Spec, example []string) error {
	b, err := newWorkbook(spec, noteLine(spec), "")
	if err != nil {
		return err
	}
	defer b.file.Close()
	if len(example) > 0 {
		cells := make([]any, len(example))
		for i, text := range example {
			cells[i] = excelize.Cell{Value: text, StyleID: b.styles.example}
		}
		cells[0] = excelize.Cell{Value: exampleMark + example[0], StyleID: b.styles.example}
		if err := b.stream.SetRow("A"+strconv.Itoa(firstRow), cells); err != nil {
			return err
		}
	}
	if err := b.stream.Flush(); err != nil {
		return err
	}
	return b.file.Write(w)
}

// noteLine is the spec's notes on one line.
func noteLine(spec Spec) string {
	var line strings.Builder
	line.WriteString("填写说明：带 * 的列必填，请勿修改标题、合并单元格或使用公式；以“（示例）”开头的行不导入。")
	for i, note := range spec.Notes {
		line.WriteString("　" + strconv.Itoa(i+1) + ". " + note)
	}
	return line.String()
}
