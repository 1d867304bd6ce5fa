package sheet

import (
	"io"

	"hongyun/service/fault"
)

// textsMost bounds the shared texts, the one thing of an upload that is held in memory: their bytes, and as many of them.
const (
	textsMost      = 64 << 20
	textsMostCount = 5_000_000
)

// texts are the workbook's shared strings, one after the other. A cell refers to one by its number.
type texts struct {
	all   []byte
	ends  []uint32
	count int
}

// at is one text; false: there is none with the number.
func (t *texts) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(t.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]], true
}

// readTexts reads the shared texts. Without keep they are only looked at and counted.
func (b *book) readTexts(keep bool) (*texts, error) {
	t := &texts{}
	rc, ok, err := b.part(b.shared)
	if !ok || err != nil {
		return t, err
	}
	defer rc.Close()
	s := newScanner(rc)
	depth, phonetic, bytes, start := 0, 0, 0, 0
	taking := false
	for {
		k, err := s.next()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		switch k {
		case atStart:
			depth++
			switch {
			case s.is("rPh"):
				phonetic = depth
			case s.is("si"):
				start = bytes
			case phonetic == 0 && s.is("t"):
				taking = true
			}
		case atEnd:
			if depth == phonetic {
				phonetic = 0
			}
			depth--
			taking = false
			if s.is("si") {
				t.count++
				if keep {
					t.ends = append(t.ends, uint32(bytes))
				}
			}
		case atText:
			if !taking {
				continue
			}
			bytes += len(s.text)
			if keep {
				t.all = append(t.all, s.text...)
			}
		}
		switch {
		case bytes-start > tokenMost:
			return nil, tooLong()
		case bytes > textsMost || t.count > textsMostCount:
			return nil, fault.Invalid("sheet.texts", "文件中的文字总量过大，请拆分后分次上传")
		}
	}
}
