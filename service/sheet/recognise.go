package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"hongyun/service/fault"
)

// recognise tells by the first bytes what was uploaded instead of a workbook.
func recognise(r io.ReaderAt, size int64) error {
	if size <= 0 {
		return fault.Invalid("sheet.empty", "文件是空的，请重新选择")
	}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return damaged("无法读取").Because(err)
	}
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	switch {
	case has("PK\x03\x04"):
		return nil
	case has("PK\x05\x06"):
		return notXLSX("这是空的压缩包")
	case has("\xd0\xcf\x11\xe0"):
		return fault.Invalid("sheet.old_or_encrypted", "这是旧版 .xls 文件或加了密码的文件，请另存为 .xlsx 且不加密码")
	case has("%PDF"):
		return notXLSX("这是 PDF 文件")
	case has("\x89PNG") || has("\xff\xd8\xff") || has("GIF8"):
		return notXLSX("这是图片")
	case has("Rar!") || has("7z\xbc\xaf") || has("\x1f\x8b"):
		return notXLSX("这是压缩包，请解压后上传其中的 .xlsx 文件")
	case bytes.HasPrefix(text, []byte("<")):
		return notXLSX("这是网页或 XML 文件，只是改了扩展名")
	case looksLikeText(head):
		return notXLSX("这是 CSV 或文本文件")
	}
	return notXLSX("无法识别文件格式")
}

func notXLSX(what string) *fault.Fault {
	return fault.Invalid("sheet.not_xlsx", what+"，请用 Excel 或 WPS 打开后另存为 .xlsx 工作簿再上传")
}

// looksLikeText: no control characters but line ends and tabs. GBK, which Excel writes in China, counts as text too.
func looksLikeText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) {
		return true // "Unicode text", as Excel calls it
	}
	for _, c := range head {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(head) || bytes.ContainsAny(head, ",\t\n")
}
