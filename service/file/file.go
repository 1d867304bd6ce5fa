// Package file keeps uploads: photos and voice, each content once on disk under its SHA-256. It checks what a file
// is and takes off a photo what tells where and with what it was taken; who may see it, the module that refers to the
// file decides.
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hongyun/model"
	"hongyun/service/fault"
)

// MaxBytes is the largest upload.
const MaxBytes = 10 << 20

// Service keeps files below one folder and their rows in the database. It is safe for concurrent use.
type Service struct {
	db       *model.DB
	dir      string
	nameless bool
}

// New keeps files in the folder files of dataDir, which is made when the first file comes.
func New(db *model.DB, dataDir string) *Service {
	return &Service{db: db, dir: filepath.Join(dataDir, "files")}
}

// Nameless is the same folder for uploads of people who are not to be known: what they called a file is looked at as ever, and not kept.
func (s *Service) Nameless() *Service { return &Service{db: s.db, dir: s.dir, nameless: true} }

// Save keeps an upload of any allowed kind, a photo or a voice message. accountID is who sent it; 0: nobody who has
// an account. The row is committed before Save returns; a file that nothing refers to is seen by nobody.
//
// A photo is kept without its metadata, and its SHA-256 is that of what is kept (RULES 11.1).
//
// Faults: file.empty, file.too_large, file.wrong_type, file.classified, file.broken.
func (s *Service) Save(ctx context.Context, accountID int64, name string, body []byte) (model.File, error) {
	return s.save(ctx, accountID, name, body, sniff(body))
}

// SavePhoto is Save for photos alone.
func (s *Service) SavePhoto(ctx context.Context, accountID int64, name string, body []byte) (model.File, error) {
	mime := sniff(body)
	if len(body) > 0 && len(body) <= MaxBytes && !isPhoto(mime) {
		return model.File{}, fault.Invalid("file.wrong_type", "请上传照片，支持 JPG、PNG、WebP 和 GIF 格式")
	}
	return s.save(ctx, accountID, name, body, mime)
}

// SaveVoice is Save for voice messages alone.
func (s *Service) SaveVoice(ctx context.Context, accountID int64, name string, body []byte) (model.File, error) {
	mime := sniff(body)
	if len(body) > 0 && len(body) <= MaxBytes && !isVoice(mime) {
		return model.File{}, fault.Invalid("file.wrong_type", "请上传语音，支持 MP3 和 AMR 格式")
	}
	return s.save(ctx, accountID, name, body, mime)
}

func (s *Service) save(ctx context.Context, accountID int64, name string, body []byte, mime string) (model.File, error) {
	if err := allowed(name, mime, len(body)); err != nil {
		return model.File{}, err
	}
	body, err := plain(mime, body)
	if err != nil {
		return model.File{}, err
	}
	sum := sha256.Sum256(body)
	f := model.File{SHA256: hex.EncodeToString(sum[:]), MIME: mime, Bytes: int64(len(body)), Name: cleanName(name)}
	if s.nameless {
		f.Name = plainName(mime)
	}
	if accountID != 0 {
		f.AccountID = &accountID
	}
	if err := s.write(f.SHA256, body); err != nil {
		return model.File{}, fmt.Errorf("keep upload %s: %w", f.SHA256, err)
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		f.CreatedAt = tx.Now
		return tx.Create(&f).Error
	})
	return f, err
}

func (s *Service) path(sum string) string {
	return filepath.Join(s.dir, sum[:2], sum[2:4], sum)
}

// write puts the content in its place whole or not at all: a reader never meets half a file, and two writers of
// the same content do no harm to each other.
func (s *Service) write(sum string, body []byte) error {
	path := s.path(sum)
	if kept, err := os.ReadFile(path); err == nil && bytes.Equal(kept, body) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "upload-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(body)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
