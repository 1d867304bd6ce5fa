package sheet

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// attr is the value of an attribute of the start tag, "" if there is none. The name is written without prefix, as the parts
// write it; "id" also finds r:id.
func (s *scanner) attr(name string) string {
	raw := attrIn(s.attrs, name)
	if bytes.IndexByte(raw, '&') < 0 {
		return string(raw)
	}
	value, err := s.unescape(raw)
	if err != nil {
		return ""
	}
	return string(value)
}

// attrIn finds name="value" among the attributes of a tag.
func attrIn(attrs []byte, name string) []byte {
	for {
		eq := bytes.IndexByte(attrs, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(attrs[:eq])
		attrs = bytes.TrimLeft(attrs[eq+1:], " \t\r\n")
		if len(attrs) == 0 {
			return nil
		}
		stop := bytes.IndexByte(attrs[1:], attrs[0])
		if stop < 0 {
			return nil
		}
		if string(key) == name || name == "id" && bytes.HasSuffix(key, []byte(":id")) && !bytes.HasPrefix(key, []byte("xmlns")) {
			return attrs[1 : 1+stop]
		}
		attrs = attrs[stop+2:]
	}
}

// unescape resolves references. The result is raw itself, or good until the next call.
func (s *scanner) unescape(raw []byte) ([]byte, error) {
	if !utf8.Valid(raw) {
		return nil, damaged("文字编码错误")
	}
	at := bytes.IndexByte(raw, '&')
	if at < 0 {
		return raw, nil
	}
	out := s.scratch[:0]
	for at >= 0 {
		out = append(out, raw[:at]...)
		raw = raw[at+1:]
		stop := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		if stop < 0 {
			return nil, damaged("字符引用有误")
		}
		r, ok := reference(string(raw[:stop]))
		if !ok {
			return nil, damaged("字符引用有误")
		}
		out = utf8.AppendRune(out, r)
		raw = raw[stop+1:]
		at = bytes.IndexByte(raw, '&')
	}
	s.scratch = append(out, raw...)
	return s.scratch, nil
}

// reference is the character of &name; or &#number;.
func reference(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && utf8.ValidRune(rune(n))
}
