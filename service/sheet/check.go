package sheet

import (
	"io"
	"os"
	"strconv"

	"hongyun/service/fault"
)

// Check refuses, with a sentence that says why and what to do, every file that is not a plain workbook with one sheet of data:
// other formats, macros, formulas, merged cells, links and embedded objects, too many rows, columns or sheets, and archives
// that are damaged or made to harm. It unzips the file once, as a stream; its memory does not grow with the file.
// Every error that the file is to blame for is a fault with a code that begins with "sheet.".
func Check(r io.ReaderAt, size int64, l Limits) error {
	a, err := openArchive(r, size, l.orDefaults())
	if err != nil {
		return err
	}
	b, err := openBook(a)
	if err != nil {
		return err
	}
	shared, err := b.readTexts(false)
	if err != nil {
		return err
	}
	var full *worksheet
	for i := range b.sheets {
		s := &b.sheets[i]
		cells := 0
		if err := b.walk(s.part, func(c cell) error {
			cells++
			return shared.check(c)
		}); err != nil {
			return err
		}
		if cells == 0 || s.ours() {
			continue
		}
		if err := onlyOne(full, s); err != nil {
			return err
		}
		full = s
	}
	if full == nil {
		return fault.Invalid("sheet.no_data", "工作表中没有任何内容")
	}
	return nil
}

// CheckFile is Check for a file on disk.
func CheckFile(path string, l Limits) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return Check(f, info.Size(), l)
}

// ours tells the hidden sheet that our own templates bring along.
func (s worksheet) ours() bool { return s.hidden && s.name == optionsSheet }

// onlyOne refuses a second sheet with data, and data where nobody sees it.
func onlyOne(full, next *worksheet) error {
	switch {
	case next.hidden:
		return fault.Invalid("sheet.hidden", "隐藏的工作表“"+shown(next.name)+"”中有数据，请删除该表后再上传")
	case full != nil:
		return fault.Invalid("sheet.too_many_sheets", "工作表“"+shown(full.name)+"”和“"+shown(next.name)+"”都有数据，一次只能上传一张，请删除另一张")
	}
	return nil
}

// check refuses a cell that refers to a text that is not there.
func (t *texts) check(c cell) error {
	if c.kind != "s" {
		return nil
	}
	if i, err := strconv.Atoi(string(c.value)); err != nil || i < 0 || i >= t.count {
		return damaged("文字引用有误")
	}
	return nil
}
