package file

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"testing"

	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
	"hongyun/service/vault"
)

func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		must(t, err)
		_, err = f.Write([]byte("<x/>"))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func TestFile_SaveDocument(t *testing.T) {
	t.Parallel()
	v, err := vault.New(bytes.Repeat([]byte{7}, vault.KeyBytes))
	must(t, err)
	s := New(modeltest.SQLite(t, nil), t.TempDir()).Sealed(v)
	word := archive(t, "[Content_Types].xml", "word/document.xml")
	for _, c := range []struct {
		name string
		body []byte
		want string // MIME, or the code of a fault
	}{
		{"申请书.pdf", []byte("%PDF-1.7 …"), "application/pdf"},
		{"申请书.docx", word, WordMIME},
		{"a name lies.pdf", word, WordMIME},
		{"照片.jpg", filetest.JPEG(1), "image/jpeg"},
		{"照片.png", filetest.PNG(1), "image/png"},
		{"带宏.docx", archive(t, "[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "file.wrong_type"},
		{"表格.docx", archive(t, "[Content_Types].xml", "xl/workbook.xml"), "file.wrong_type"},
		{"坏.docx", word[:len(word)-9], "file.wrong_type"},
		{"旧.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "file.wrong_type"},
		{"动图.gif", []byte("GIF89a"), "file.wrong_type"},
		{"语音.amr", []byte("#!AMR\n"), "file.wrong_type"},
		{"网页.pdf", []byte("<html>"), "file.wrong_type"},
		{"机 密.pdf", []byte("%PDF-1.7"), "file.classified"},
		{"空.pdf", nil, "file.empty"},
		{"大.pdf", append([]byte("%PDF-1.7"), make([]byte, MaxBytes)...), "file.too_large"},
	} {
		f, err := s.SaveDocument(t.Context(), 0, c.name, c.body)
		if f.MIME != c.want && !fault.Is(err, c.want) {
			t.Errorf("%s: %q, %v, want %s", c.name, f.MIME, err, c.want)
		}
		if err == nil {
			_, content, err := s.Open(t.Context(), f.ID)
			must(t, err)
			open, err := io.ReadAll(content)
			must(t, err)
			must(t, content.Close())
			kept, err := os.ReadFile(s.files.path(f.SHA256))
			must(t, err)
			if !bytes.Equal(open, c.body) || bytes.Contains(kept, c.body) {
				t.Errorf("%s: opens as %q, lies on disk as %q", c.name, open, kept)
			}
		}
	}
}
