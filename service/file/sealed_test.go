package file

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/service/vault"
)

func TestSealed(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 09:00:00").Now, func(t *testing.T, db *model.DB) {
		ctx, dir := context.Background(), t.TempDir()
		v, err := vault.New(bytes.Repeat([]byte{7}, vault.KeyBytes))
		must(t, err)
		s := New(db, dir).Sealed(v)
		secret := []byte("361199199001010018")
		body := append([]byte("PK\x03\x04"), bytes.Repeat(secret, 10_000)...)
		f, err := s.SaveWorkbook(ctx, 0, "名册.xlsx", body)
		must(t, err)

		t.Run("what a kill has left half written is swept when it is old", func(t *testing.T) {
			for name, at := range map[string]string{"sealed-1": "2026-11-01 09:00:00", "sealed-2": "2026-11-19 09:00:00"} {
				path := filepath.Join(s.files.dir, name)
				must(t, os.WriteFile(path, []byte("x"), 0o600))
				must(t, os.Chtimes(path, time.Time{}, modeltest.At(at).Now()))
			}
			must(t, s.Sweep(modeltest.At("2026-11-13 09:00:00").Now()))
			found, err := filepath.Glob(filepath.Join(s.files.dir, unfinished))
			must(t, err)
			if len(found) != 1 || filepath.Base(found[0]) != "sealed-2" {
				t.Fatalf("left: %v", found)
			}
			must(t, os.Remove(found[0]))
		})
		t.Run("what comes out is what went in, and the disk tells nothing of it", func(t *testing.T) {
			row, content, err := s.Open(ctx, f.ID)
			must(t, err)
			defer content.Close()
			got, err := io.ReadAll(content)
			must(t, err)
			if !bytes.Equal(got, body) || row.Bytes != int64(len(body)) || row.MIME != ExcelMIME || row.Name != "名册.xlsx" {
				t.Fatalf("got %+v and %d bytes", row, len(got))
			}
			must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				kept, err := os.ReadFile(path)
				if bytes.Contains(kept, secret) {
					t.Errorf("%s holds an identity number", path)
				}
				return err
			}))
		})
		t.Run("a writer that fails leaves nothing behind", func(t *testing.T) {
			before := filesBelow(t, dir)
			broken := errors.New("broken")
			if _, err := s.Save(ctx, 0, "x.xlsx", ExcelMIME, func(w io.Writer) error { _, err := w.Write(secret); return errors.Join(err, broken) }); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			if n := filesBelow(t, dir); n != before {
				t.Fatalf("%d files on disk, want %d", n, before)
			}
		})
		t.Run("what was changed on disk does not open", func(t *testing.T) {
			other, err := s.SaveWorkbook(ctx, 0, "另一份.xlsx", body)
			must(t, err)
			kept, err := os.ReadFile(s.files.path(other.SHA256))
			must(t, err)
			kept[len(kept)/2] ^= 1
			must(t, os.WriteFile(s.files.path(other.SHA256), kept, 0o600))
			_, content, err := s.Open(ctx, other.ID)
			must(t, err)
			defer content.Close()
			if _, err := io.ReadAll(content); !errors.Is(err, vault.ErrSealed) {
				t.Fatalf("got %v", err)
			}
		})
		t.Run("what is discarded is gone from the disk, and says so", func(t *testing.T) {
			before := filesBelow(t, dir)
			must(t, errors.Join(s.Discard(ctx, f.ID), s.Discard(ctx, f.ID)))
			if n := filesBelow(t, dir); n != before-1 {
				t.Fatalf("%d files on disk, want %d", n, before-1)
			}
			if _, _, err := s.Open(ctx, f.ID); !fault.Is(err, "file.expired") {
				t.Fatalf("got %v", err)
			}
		})
		t.Run("what is no workbook, too large, empty or marked secret is refused", func(t *testing.T) {
			for name, one := range map[string]struct {
				body []byte
				code string
			}{"a.xlsx": {[]byte("\xd0\xcf\x11\xe0 an old workbook"), "file.wrong_type"}, "b.xlsx": {nil, "file.empty"}, "机密名单.xlsx": {body, "file.classified"},
				"c.xlsx": {append([]byte("PK\x03\x04"), make([]byte, MaxBytes)...), "file.too_large"}} {
				if _, err := s.SaveWorkbook(ctx, 0, name, one.body); !fault.Is(err, one.code) {
					t.Errorf("%s: got %v, want %s", name, err, one.code)
				}
			}
		})
	})
}
