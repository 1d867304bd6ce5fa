package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"hongyun/service/fault"
)

// ourTokens is what the scanner makes of a document, one token a line, neighbouring texts as one.
func ourTokens(src io.Reader) (string, error) {
	s := newScanner(src)
	var out strings.Builder
	var text []byte
	flush := func() {
		if len(text) > 0 {
			fmt.Fprintf(&out, "%q\n", text)
			text = nil
		}
	}
	for {
		k, err := s.next()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return out.String(), err
		}
		switch k {
		case atStart:
			flush()
			fmt.Fprintf(&out, "<%s r=%q>\n", s.local(), s.attr("r"))
		case atEnd:
			flush()
			fmt.Fprintf(&out, "</%s>\n", s.local())
		case atText:
			text = append(text, s.text...)
		}
	}
}

// standardTokens is the same by encoding/xml.
func standardTokens(doc []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	var out strings.Builder
	var text []byte
	depth := 0
	flush := func() {
		if len(text) > 0 {
			fmt.Fprintf(&out, "%q\n", text)
			text = nil
		}
	}
	for {
		tok, err := d.RawToken()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return out.String(), err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			flush()
			r := ""
			for _, a := range tok.Attr {
				if a.Name.Space == "" && a.Name.Local == "r" && r == "" {
					r = a.Value
				}
			}
			depth++
			fmt.Fprintf(&out, "<%s r=%q>\n", tok.Name.Local, r)
		case xml.EndElement:
			flush()
			depth--
			fmt.Fprintf(&out, "</%s>\n", tok.Name.Local)
		case xml.CharData:
			if depth > 0 {
				text = append(text, tok...)
			}
		}
	}
}

func TestScanner(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`<a/>`, `<?xml version="1.0" encoding="utf-8" standalone="yes"?><a><b r="1">x</b></a>`, "\xef\xbb\xbf<a>中文</a>\n",
		`<x:row xmlns:x="u" r='5'><x:c r="A5" t="s"><x:v>1</x:v></x:c></x:row>`, `<a>&lt;&#65;&#x4e2d;&amp;&gt;&quot;&apos;</a>`,
		`<a r="&lt;1&gt;"><!-- <b> --><![CDATA[<c>&amp;]]>x</a><!-- end -->`, `<a b=">" r = "2" ><b
	r="3"/></a >`, `<a>` + strings.Repeat("长", 50_000) + `</a>`, `<a r="` + strings.Repeat("x", 100_000) + `"/>`,
	} {
		want, err := standardTokens([]byte(doc))
		must(t, err)
		for name, src := range map[string]io.Reader{"whole": strings.NewReader(doc), "by bytes": iotest.OneByteReader(strings.NewReader(doc)),
			"with the end": iotest.DataErrReader(strings.NewReader(doc))} {
			if got, err := ourTokens(src); err != nil || got != want {
				t.Errorf("%.60s %s: %v\n%.300s\nwant\n%.300s", doc, name, err, got, want)
			}
		}
	}
}

func TestScanner_refuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)
	for doc, code := range map[string]string{
		``: "sheet.damaged", `text`: "sheet.damaged", `<a>`: "sheet.damaged", `<a></b>`: "sheet.damaged", `<a/><b/>`: "sheet.damaged",
		`<a`: "sheet.damaged", `<`: "sheet.damaged", `</a>`: "sheet.damaged", `<a>&nbsp;</a>`: "sheet.damaged", `<a>&</a>`: "sheet.damaged",
		`<a>&#xffffffff;</a>`: "sheet.damaged", "<a>\xff</a>": "sheet.damaged", `<a><!--`: "sheet.damaged", `<a><b <c></a>`: "sheet.damaged",
		`<a>x</a>y`: "sheet.damaged", `<?xml version="1.0" encoding="GBK"?><a/>`: "sheet.damaged", "\xff\xfe<\x00a\x00": "sheet.damaged", `<>`: "sheet.damaged",
		`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`: "sheet.doctype", `<a><!ENTITY b "c"></a>`: "sheet.doctype",
		deep: "sheet.deep", `<a>` + strings.Repeat("x", 2<<20) + `</a>`: "sheet.cell_too_long", `<a b="` + strings.Repeat("x", 2<<20): "sheet.cell_too_long",
	} {
		_, err := ourTokens(strings.NewReader(doc))
		if !fault.Is(err, code) {
			t.Errorf("%.40q: %v, want %s", doc, err, code)
		}
	}
}

// standardTakes tells that encoding/xml reads the whole document and that it is one: a single root, nothing around it.
func standardTakes(doc []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(doc))
	depth, roots := 0, 0
	for {
		tok, err := d.Token()
		if err != nil {
			return err == io.EOF && roots == 1
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				roots++
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(tok)) > 0 {
				return false
			}
		}
	}
}

// FuzzScanner: what encoding/xml takes, the scanner takes and reads alike; to whatever else comes it answers with a fault.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{`<a b="c" r='1'>x&amp;<!-- --><![CDATA[y]]></a>`, `<x:c r="A1"/>`, `<?xml version="1.0"?><a>&#10;</a>`, `<!DOCTYPE a><a/>`, "\xef\xbb\xbf<a/>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		doc = bytes.ReplaceAll(doc, []byte("\r"), nil) // encoding/xml makes line ends of them, here clean drops them
		got, err := ourTokens(iotest.HalfReader(bytes.NewReader(doc)))
		if f := (*fault.Fault)(nil); err != nil && !errors.As(err, &f) {
			t.Fatalf("not a fault: %v", err)
		}
		if !standardTakes(doc) || err != nil && !fault.Is(err, "sheet.damaged") {
			return
		}
		if want, _ := standardTokens(doc); err != nil || got != want {
			t.Fatalf("%q: %v\n%s\nwant\n%s", doc, err, got, want)
		}
	})
}
