package sheet

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A list of identity numbers that waits in a temporary file would lie open on the disk, and stay there after a kill.
func TestWriter_leavesNothingOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	w, err := NewWriter(io.Discard, roster, "")
	must(t, err)
	line := []string{"张三", "361199199001010018", strings.Repeat("长", 500)}
	for range 20_000 { // 30 MB
		must(t, w.Row(line, false))
	}
	found, err := os.ReadDir(dir)
	must(t, err)
	if len(found) > 0 {
		t.Fatalf("%s lies in the folder for temporary files", found[0].Name())
	}
	must(t, w.Close())
}

func TestWriter_keepsThePlaceOfARow(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, roster, "")
	must(t, err)
	for _, at := range []int{2, 7, 5} { // row 2 is the header's, and nothing goes back
		w.At(at)
		must(t, w.Row([]string{"第" + strconv.Itoa(at), "361199199001010018"}, false))
	}
	must(t, w.Close())
	f, err := excelize.OpenReader(bytes.NewReader(buf.Bytes()))
	must(t, err)
	defer f.Close()
	for cell, want := range map[string]string{"A3": "第2", "A4": "", "A7": "第7", "A8": "第5"} {
		if got, err := f.GetCellValue("党员名册", cell); err != nil || got != want {
			t.Errorf("%s holds %q, want %q, %v", cell, got, want, err)
		}
	}
}

func TestRead_knowsTheExampleInAnotherOrder(t *testing.T) {
	t.Parallel()
	rows, err := rowsOf(t, table(t, []any{"公民身份证号", "姓名"}, []any{"361199199001010018", exampleMark + "张三"}, []any{"361199195607040029", "赵六"}), roster)
	must(t, err)
	if len(rows) != 1 || rows[0].Cells["name"] != "赵六" {
		t.Fatalf("%+v", rows)
	}
}

func TestRow_Guess(t *testing.T) {
	t.Parallel()
	const rows = 5000
	lines := make([][]string, rows)
	for i := range lines {
		lines[i] = []string{"张三" + strconv.Itoa(i), "361199199001010018"}
	}
	read, err := rowsOf(t, written(t, roster, "", lines...), roster)
	must(t, err)
	for i, r := range read {
		if i > rows/5 && (r.Guess() < rows*8/10 || r.Guess() > rows*12/10) {
			t.Fatalf("at row %d the guess is %d, there are %d", r.No, r.Guess(), rows)
		}
	}
}
