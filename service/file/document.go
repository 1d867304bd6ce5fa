package file

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
)

// WordMIME is the kind of a Word document (.docx).
const WordMIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// SaveDocument keeps a paper sealed, because an identity number may stand on it: PDF, Word without macros, or a photo of
// the paper as JPG or PNG, without its metadata.
//
// Faults: file.empty, file.too_large, file.wrong_type, file.classified, file.broken.
func (s *Sealed) SaveDocument(ctx context.Context, accountID int64, name string, body []byte) (model.File, error) {
	mime := sniffDocument(body)
	if mime == "" && len(body) > 0 && len(body) <= MaxBytes {
		return model.File{}, fault.Invalid("file.wrong_type", "请上传 PDF、Word（.docx，不含宏）、JPG 或 PNG 格式的材料")
	}
	if err := allowed(name, mime, len(body)); err != nil {
		return model.File{}, err
	}
	body, err := plain(mime, body)
	if err != nil {
		return model.File{}, err
	}
	return s.Save(ctx, accountID, name, mime, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}

// sniffDocument tells the kind of a paper by its content, whatever its name says. Empty: not a kind that may be uploaded.
func sniffDocument(b []byte) string {
	switch mime := sniff(b); {
	case mime == "image/jpeg" || mime == "image/png":
		return mime
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return "application/pdf"
	case len(b) <= MaxBytes && isZip(b) && isWord(b):
		return WordMIME
	}
	return ""
}

// isWord looks at the names in the archive alone and unpacks nothing.
func isWord(b []byte) bool {
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return false
	}
	types, document := false, false
	for _, f := range archive.File {
		name := strings.ToLower(f.Name)
		switch {
		case strings.Contains(name, "vbaproject"):
			return false
		case name == "[content_types].xml":
			types = true
		case name == "word/document.xml":
			document = true
		}
	}
	return types && document
}
