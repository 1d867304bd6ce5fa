package file

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/vault"
)

// ExcelMIME is the kind of an Excel workbook (.xlsx).
const ExcelMIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Sealed keeps files that hold identity numbers: encrypted on disk, and gone from it when their time is over. It is safe
// for concurrent use.
type Sealed struct {
	files *Service
	vault *vault.Vault
}

// Sealed is the same folder for files that must not be read at rest.
func (s *Service) Sealed(v *vault.Vault) *Sealed { return &Sealed{files: s, vault: v} }

// SaveWorkbook keeps an Excel file that somebody sends in. It looks at the first bytes alone: what is in the workbook is
// checked by who reads it.
//
// Faults: file.empty, file.too_large, file.wrong_type, file.classified.
func (s *Sealed) SaveWorkbook(ctx context.Context, accountID int64, name string, body []byte) (model.File, error) {
	switch {
	case len(body) > MaxBytes:
		return model.File{}, fault.TooLarge("file.too_large", "文件不能超过 10 MB，请分成几个文件上传")
	case len(body) > 0 && !isZip(body):
		return model.File{}, fault.Invalid("file.wrong_type", "请上传 Excel 文件（.xlsx）；.xls、.csv 等文件请在 Excel 中另存为 .xlsx 后再上传")
	}
	if err := allowed(name, ExcelMIME, len(body)); err != nil {
		return model.File{}, err
	}
	return s.Save(ctx, accountID, name, ExcelMIME, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}

// Save keeps what write writes, sealed on its way to the disk. The row's size is that of the open content, its sum that
// of the sealed one. If write fails, nothing is kept.
func (s *Sealed) Save(ctx context.Context, accountID int64, name, mime string, write func(io.Writer) error) (model.File, error) {
	f := model.File{MIME: mime, Name: cleanName(name), Sealed: true}
	if accountID != 0 {
		f.AccountID = &accountID
	}
	if err := os.MkdirAll(s.files.dir, 0o700); err != nil {
		return f, err
	}
	temp, err := os.CreateTemp(s.files.dir, unfinished)
	if err != nil {
		return f, err
	}
	defer os.Remove(temp.Name()) // gone already where all went well
	sum := sha256.New()
	f.Bytes, err = s.seal(io.MultiWriter(temp, sum), write)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return f, fmt.Errorf("keep a sealed file: %w", err)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	path := s.files.path(f.SHA256)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return f, err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return f, err
	}
	err = s.files.db.Tx(ctx, func(tx model.Tx) error {
		f.CreatedAt = tx.Now
		return tx.Create(&f).Error
	})
	if err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return f, err
}

func (s *Sealed) seal(to io.Writer, write func(io.Writer) error) (int64, error) {
	buffered := bufio.NewWriterSize(to, 128<<10)
	sealer, err := s.vault.SealTo(buffered)
	if err != nil {
		return 0, err
	}
	counted := &counter{to: sealer}
	err = write(counted)
	return counted.n, errors.Join(err, sealer.Close(), buffered.Flush())
}

type counter struct {
	to io.Writer
	n  int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}

// Open is the row and the open content of a file, sealed or not. The caller has checked that it may be seen, and closes the
// content. fault.NotFound if there is no such row, file.expired if its time is over.
func (s *Sealed) Open(ctx context.Context, id int64) (model.File, io.ReadCloser, error) {
	var f model.File
	if err := s.files.db.Read(ctx).Where("id = ?", id).Take(&f).Error; model.NotFound(err) {
		return f, nil, fault.NotFound("文件")
	} else if err != nil {
		return f, nil, err
	}
	if f.Bytes == 0 {
		return f, nil, &fault.Fault{Kind: fault.KindNotFound, Code: "file.expired", Message: "文件已过保存期限，已从服务器删除"}
	}
	content, err := os.Open(s.files.path(f.SHA256))
	if err != nil {
		return f, nil, fmt.Errorf("open file %d: %w", id, err)
	}
	if !f.Sealed {
		return f, content, nil
	}
	open, err := s.vault.OpenFrom(bufio.NewReaderSize(content, 128<<10))
	if err != nil {
		return f, nil, errors.Join(fmt.Errorf("open file %d: %w", id, err), content.Close())
	}
	return f, opened{open, content}, nil
}

type opened struct {
	io.Reader
	io.Closer
}

// Discard removes the content of a sealed file from the disk; the row stays, and says so by its size 0. It may be
// repeated.
func (s *Sealed) Discard(ctx context.Context, id int64) error {
	var f model.File
	tx := s.files.db.Read(ctx)
	if err := tx.Where("id = ?", id).Take(&f).Error; err != nil {
		return fmt.Errorf("discard file %d: %w", id, err)
	}
	if err := os.Remove(s.files.path(f.SHA256)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return tx.Model(&model.File{}).Where("id = ?", id).Update("bytes", 0).Error
}

// unfinished is the name of a file that is being written.
const unfinished = "sealed-*"

// Sweep removes what a killed process has left half written, if it is older than a time.
func (s *Sealed) Sweep(before time.Time) error {
	found, err := filepath.Glob(filepath.Join(s.files.dir, unfinished))
	for _, path := range found {
		info, e := os.Stat(path)
		if e == nil && info.ModTime().Before(before) {
			e = os.Remove(path)
		}
		if !errors.Is(e, fs.ErrNotExist) { // finished, or swept by another instance
			err = errors.Join(err, e)
		}
	}
	return err
}

func isZip(b []byte) bool { return len(b) > 4 && string(b[:4]) == "PK\x03\x04" }
