package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"hongyun/service/fault"
)

// Bounds of the archive. A workbook with pictures and ten sheets has some fifty parts, and shrinks to a tenth or a fiftieth.
const (
	partsMost = 1000
	ratioMost = 200
	ratioFrom = 1 << 20 // bytes: what is smaller may shrink as it likes
)

// damaged is the fault for a file that is not what it says it is.
func damaged(what string) *fault.Fault {
	return fault.Invalid("sheet.damaged", "文件已损坏（"+what+"），请用 Excel 打开并重新另存为 .xlsx 后再上传")
}

func tooLong() error {
	return fault.Invalid("sheet.cell_too_long", "文件中有过长的内容，超出 Excel 单元格的上限，已拒绝")
}

func bomb(l Limits) error {
	return fault.Invalid("sheet.bomb",
		fmt.Sprintf("文件解压后过大（上限 %d MB）或压缩比异常，已拒绝；如确为名册，请清除多余的格式和空行后重试", l.UnzippedBytes>>20))
}

// archive is a workbook's parts by name. All reading goes through part, which counts.
type archive struct {
	limits Limits
	parts  map[string]*zip.File // by name in lower case, as Excel compares them
	left   int64                // bytes that may still be unzipped
}

// openArchive looks at the directory alone: whatever can be refused without unzipping is refused here.
func openArchive(r io.ReaderAt, size int64, l Limits) (*archive, error) {
	if size > l.FileBytes {
		return nil, fault.TooLarge("sheet.too_large", fmt.Sprintf("文件超过 %d MB，请拆分后分次上传", l.FileBytes>>20))
	}
	if err := recognise(r, size); err != nil {
		return nil, err
	}
	if n, err := entries(r, size); err != nil || n > partsMost {
		return nil, damaged("内部文件过多").Because(err)
	}
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, damaged("不是完整的压缩包").Because(err)
	}
	a := &archive{limits: l, parts: make(map[string]*zip.File, len(zr.File)), left: l.UnzippedBytes}
	declared := uint64(0)
	for _, f := range zr.File {
		if err := a.add(f); err != nil {
			return nil, err
		}
		declared += min(f.UncompressedSize64, 1<<40)
	}
	if declared > uint64(l.UnzippedBytes) {
		return nil, bomb(l)
	}
	return a, nil
}

// entries counts the directory's entries by their signature, so that a crowded directory is not built in memory first.
func entries(r io.ReaderAt, size int64) (int, error) {
	mark := []byte("PK\x01\x02")
	buf := make([]byte, 64<<10)
	total, keep := 0, 0
	src := io.NewSectionReader(r, 0, size)
	for {
		n, err := src.Read(buf[keep:])
		n += keep
		total += bytes.Count(buf[:n], mark)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return 0, err
		}
		keep = copy(buf, buf[max(0, n-len(mark)+1):n])
	}
}

// add takes one part in, or says why the file is refused for it.
func (a *archive) add(f *zip.File) error {
	name := strings.ToLower(strings.TrimPrefix(f.Name, "/"))
	switch {
	case strings.HasSuffix(name, "/"):
		return nil
	case f.Name == "" || strings.ContainsAny(f.Name, "\\\x00:") || strings.HasPrefix(f.Name, "/") ||
		path.Clean(name) != name || strings.HasPrefix(name, "../") || name == "..":
		return fault.Invalid("sheet.path", "文件内部含有不正常的路径，已拒绝")
	case f.Flags&1 != 0:
		return fault.Invalid("sheet.encrypted", "文件加了密码，请取消密码后另存为 .xlsx 再上传")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return damaged("压缩方式不受支持")
	case a.parts[name] != nil:
		return damaged("内部文件重名")
	case f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/ratioMost > f.CompressedSize64:
		return bomb(a.limits)
	}
	if err := forbiddenPart(name); err != nil {
		return err
	}
	a.parts[name] = f
	return nil
}

// forbiddenPart refuses what a roster never needs and what may run or reach outside.
func forbiddenPart(name string) error {
	switch {
	case strings.HasSuffix(name, "vbaproject.bin") || strings.HasPrefix(name, "xl/macrosheets/") || strings.HasPrefix(name, "xl/dialogsheets/"):
		return hasMacros()
	case strings.HasPrefix(name, "xl/externallinks/"):
		return hasLinks()
	case strings.HasPrefix(name, "xl/connections") || strings.HasPrefix(name, "xl/querytables/"):
		return fault.Invalid("sheet.connection", "文件含有外部数据连接，请断开连接、只保留数值后另存为 .xlsx")
	case strings.HasPrefix(name, "xl/embeddings/") || strings.HasPrefix(name, "xl/activex/") || strings.HasPrefix(name, "xl/ctrlprops/"):
		return hasObjects()
	}
	return nil
}

func hasMacros() error {
	return fault.Invalid("sheet.macros", "文件含有宏，请另存为不含宏的 .xlsx 工作簿")
}

func hasLinks() error {
	return fault.Invalid("sheet.links", "文件含有指向其他文件的外部链接，请断开链接、只保留数值后另存为 .xlsx")
}

func hasObjects() error {
	return fault.Invalid("sheet.objects", "文件含有嵌入对象或控件（OLE、DDE、ActiveX），请删除后再上传")
}

// part opens a part for reading. What it yields is counted against the file's allowance, however often parts are read and
// whatever the directory says of their sizes.
func (a *archive) part(name string) (io.ReadCloser, bool, error) {
	f := a.parts[strings.ToLower(strings.TrimPrefix(name, "/"))]
	if f == nil {
		return nil, false, nil
	}
	rc, err := f.Open()
	if err != nil {
		return nil, true, damaged("无法解压").Because(err)
	}
	return &counted{ReadCloser: rc, of: a}, true, nil
}

// share tells, from now on, how much of a part has been read: 1 is all of it.
func (a *archive) share(part string) func() float64 {
	left, size := a.left, uint64(1)
	if f := a.parts[strings.ToLower(part)]; f != nil {
		size = max(1, f.UncompressedSize64)
	}
	return func() float64 { return min(1, float64(left-a.left)/float64(size)) }
}

// counted is a part that stops when more comes out than may.
type counted struct {
	io.ReadCloser
	of *archive
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.of.left -= int64(n)
	if c.of.left < 0 {
		return 0, bomb(c.of.limits)
	}
	return n, err
}
