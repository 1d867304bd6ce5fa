package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"hongyun/service/fault"
)

// Bounds of the scanner. Excel itself allows 32,767 characters in a cell and nests a dozen levels deep.
const (
	bufferStart = 64 << 10
	tokenMost   = 1 << 20 // bytes of one tag, comment or stretch of text
	depthMost   = 64
)

// The kinds of token.
type kind byte

const (
	atStart kind = iota + 1
	atEnd
	atText
)

// scanner reads the XML of a workbook's parts as a stream. It knows what such parts use: elements, attributes, text, CDATA,
// comments, the five named entities and character references, UTF-8. A document type is refused. Its memory is one
// buffer, whatever comes; encoding/xml would collect any text whole, and takes ten times as long.
//
// The slices of a token are good until the next call of next.
type scanner struct {
	src      io.Reader
	srcErr   error
	buf      []byte
	pos, end int // buf[pos:end] is not yet read

	name  []byte // of atStart and atEnd, as written, with its prefix
	attrs []byte // of atStart, as written
	text  []byte // of atText, references resolved

	open    []byte // the names of the open elements, one after the other
	lengths []int
	closing bool // <a/> was given as atStart; its atEnd comes next
	rooted  bool // the root element has been seen
	scratch []byte
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: src, buf: make([]byte, bufferStart)}
}

// next is the next token, io.EOF after the root element's end, or a fault.
func (s *scanner) next() (kind, error) {
	if s.closing {
		s.closing = false
		return atEnd, s.pop(s.name)
	}
	for {
		if s.pos == s.end && !s.fill() {
			return 0, s.finish()
		}
		if s.buf[s.pos] != '<' {
			k, err := s.scanText()
			if k != 0 || err != nil {
				return k, err
			}
			continue
		}
		if s.end-s.pos < 2 && !s.fill() {
			return 0, s.broken()
		}
		switch s.buf[s.pos+1] {
		case '?':
			if err := s.skipInstruction(); err != nil {
				return 0, err
			}
		case '!':
			if k, err := s.scanDeclaration(); k != 0 || err != nil {
				return k, err
			}
		default:
			return s.scanTag()
		}
	}
}

// finish tells how the source ended: properly, too early, or with an error.
func (s *scanner) finish() error {
	if s.srcErr != io.EOF {
		return s.broken()
	}
	if len(s.lengths) > 0 || !s.rooted {
		return damaged("内容不完整")
	}
	return io.EOF
}

// fill reads more behind what is unread; false: there is no more, or the token has outgrown what is allowed.
func (s *scanner) fill() bool {
	if s.srcErr != nil {
		return false
	}
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= tokenMost {
			s.srcErr = tooLong()
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		s.srcErr = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.srcErr = io.ErrNoProgress
	return false
}

// broken is the fault for a source that ended inside a token.
func (s *scanner) broken() error {
	if f := (*fault.Fault)(nil); errors.As(s.srcErr, &f) {
		return f
	}
	return damaged("内容不完整").Because(s.srcErr)
}

// find is where mark begins, at or behind from, counted from pos.
func (s *scanner) find(mark string, from int) (int, error) {
	for {
		if i := bytes.Index(s.buf[s.pos+from:s.end], []byte(mark)); i >= 0 {
			return from + i, nil
		}
		from = max(from, s.end-s.pos-len(mark)+1)
		if !s.fill() {
			return 0, s.broken()
		}
	}
}

// scanText takes the text up to the next tag. White space outside the root is passed over.
func (s *scanner) scanText() (kind, error) {
	n := 0
	for {
		if i := bytes.IndexByte(s.buf[s.pos+n:s.end], '<'); i >= 0 {
			n += i
			break
		}
		n = s.end - s.pos
		if !s.fill() {
			if s.srcErr != io.EOF {
				return 0, s.broken()
			}
			break
		}
	}
	raw := s.buf[s.pos : s.pos+n]
	s.pos += n
	if len(s.lengths) == 0 {
		if raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")); len(bytes.TrimSpace(raw)) > 0 {
			return 0, damaged("内容之外有多余的文字")
		}
		return 0, nil
	}
	var err error
	s.text, err = s.unescape(raw)
	return atText, err
}

// skipInstruction passes over <?…?> and refuses any encoding but UTF-8.
func (s *scanner) skipInstruction() error {
	n, err := s.find("?>", 2)
	if err != nil {
		return err
	}
	body := s.buf[s.pos+2 : s.pos+n]
	s.pos += n + 2
	if !bytes.HasPrefix(body, []byte("xml ")) {
		return nil
	}
	if enc := attrIn(body[3:], "encoding"); len(enc) > 0 && !bytes.EqualFold(enc, []byte("utf-8")) {
		return damaged("编码不是 UTF-8")
	}
	return nil
}

// scanDeclaration passes over a comment, takes CDATA as text, and refuses everything else that begins with <!.
func (s *scanner) scanDeclaration() (kind, error) {
	for s.end-s.pos < len("<![CDATA[") && s.fill() {
	}
	rest := s.buf[s.pos:s.end]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		n, err := s.find("-->", 4)
		if err == nil {
			s.pos += n + 3
		}
		return 0, err
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(s.lengths) > 0:
		n, err := s.find("]]>", 9)
		if err != nil {
			return 0, err
		}
		s.text = s.buf[s.pos+9 : s.pos+n]
		s.pos += n + 3
		if !utf8.Valid(s.text) {
			return 0, damaged("文字编码错误")
		}
		return atText, nil
	}
	return 0, fault.Invalid("sheet.doctype", "文件中含有不允许的 XML 声明（DOCTYPE 或实体），请用 Excel 重新另存为 .xlsx")
}

// scanTag takes <a …>, <a …/> or </a>.
func (s *scanner) scanTag() (kind, error) {
	n, err := s.tagEnd()
	if err != nil {
		return 0, err
	}
	body := s.buf[s.pos+1 : s.pos+n]
	s.pos += n + 1
	if len(body) > 0 && body[0] == '/' {
		s.name = bytes.TrimRight(body[1:], " \t\r\n")
		return atEnd, s.pop(s.name)
	}
	if len(body) > 0 && body[len(body)-1] == '/' {
		s.closing, body = true, body[:len(body)-1]
	}
	cut := 0
	for cut < len(body) && body[cut] > ' ' {
		cut++
	}
	s.name, s.attrs = body[:cut], body[cut:]
	return atStart, s.push()
}

// tagEnd is where the tag's > is, counted from pos. A > inside quotes belongs to a value.
func (s *scanner) tagEnd() (int, error) {
	if n := bytes.IndexByte(s.buf[s.pos:s.end], '>'); n > 0 { // nearly every tag is whole and has no > in a value
		tag := s.buf[s.pos+1 : s.pos+n]
		if bytes.Count(tag, []byte{'"'})%2 == 0 && bytes.IndexByte(tag, '\'') < 0 && bytes.IndexByte(tag, '<') < 0 {
			return n, nil
		}
	}
	quote := byte(0)
	for n := 1; ; n++ {
		if s.pos+n == s.end && !s.fill() {
			return 0, s.broken()
		}
		switch c := s.buf[s.pos+n]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return n, nil
		case c == '<':
			return 0, damaged("标记有误")
		}
	}
}

func (s *scanner) push() error {
	switch {
	case len(s.name) == 0 || len(s.lengths) == 0 && s.rooted:
		return damaged("标记有误")
	case len(s.lengths) == depthMost:
		return fault.Invalid("sheet.deep", "文件结构嵌套过深，不是正常的 Excel 文件，已拒绝")
	}
	s.rooted = true
	s.open = append(s.open, s.name...)
	s.lengths = append(s.lengths, len(s.name))
	return nil
}

func (s *scanner) pop(name []byte) error {
	top := len(s.lengths) - 1
	if top < 0 || !bytes.Equal(s.open[len(s.open)-s.lengths[top]:], name) {
		return damaged("标记有误")
	}
	s.open = s.open[:len(s.open)-s.lengths[top]]
	s.lengths = s.lengths[:top]
	return nil
}

// local is the token's name without its prefix: what <x:row> and <row> have in common.
func (s *scanner) local() []byte {
	return s.name[bytes.IndexByte(s.name, ':')+1:]
}

// is tells whether that is the token's name.
func (s *scanner) is(name string) bool { return string(s.local()) == name }
