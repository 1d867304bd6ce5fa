package file

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
)

var photo = filetest.PNG(1)

func TestFile_Save(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 09:00:00").Now, func(t *testing.T, db *model.DB) {
		ctx, dir := context.Background(), t.TempDir()
		s := New(db, dir)
		f, err := s.Save(ctx, 0, `C:\照片\党日 1.png`, photo)
		must(t, err)

		t.Run("what comes out is what went in, with kind and name", func(t *testing.T) {
			row, content, err := s.Sealed(nil).Open(ctx, f.ID)
			must(t, err)
			defer content.Close()
			body, err := io.ReadAll(content)
			must(t, err)
			if !bytes.Equal(body, photo) || row.MIME != "image/png" || row.Name != "党日 1.png" || row.Bytes != int64(len(photo)) {
				t.Fatalf("got %+v and %q", row, body)
			}
		})
		t.Run("equal contents share one file on disk, also when they come together", func(t *testing.T) {
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					if _, err := s.Save(ctx, 0, "另一张.png", photo); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if n := filesBelow(t, dir); n != 1 {
				t.Fatalf("%d files on disk, want 1", n)
			}
		})
		t.Run("a half-written file on disk is mended by the next upload", func(t *testing.T) {
			must(t, os.WriteFile(s.path(f.SHA256), photo[:3], 0o600))
			_, err := s.Save(ctx, 0, "x.png", photo)
			must(t, err)
			body, err := os.ReadFile(s.path(f.SHA256))
			must(t, err)
			if !bytes.Equal(body, photo) {
				t.Fatalf("on disk: %q", body)
			}
		})
		t.Run("an id that does not exist is not found", func(t *testing.T) {
			if _, _, err := s.Sealed(nil).Open(ctx, 1<<40); !fault.Is(err, "not_found") {
				t.Fatalf("got %v", err)
			}
		})
		t.Run("a row whose content is gone is not a fault of the person", func(t *testing.T) {
			must(t, os.Remove(s.path(f.SHA256)))
			if _, _, err := s.Sealed(nil).Open(ctx, f.ID); err == nil || fault.Is(err, "not_found") {
				t.Fatalf("got %v", err)
			}
		})
	})
}

func TestFile_Refused(t *testing.T) {
	t.Parallel()
	s := New(modeltest.SQLite(t, nil), t.TempDir())
	tests := []struct {
		sentence, name string
		body           []byte
		code           string
	}{
		{"an empty file", "a.png", nil, "file.empty"},
		{"one byte more than ten mebibytes", "a.png", append(photo, make([]byte, MaxBytes+1-len(photo))...), "file.too_large"},
		{"a web page that calls itself a photo", "a.png", []byte("<html><script>"), "file.wrong_type"},
		{"an SVG, which may hold a script", "a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "file.wrong_type"},
		{"a program", "a.jpg", []byte("MZ\x90\x00"), "file.wrong_type"},
		{"a mark of secrecy", "关于某事的机密文件.png", photo, "file.classified"},
		{"a mark of secrecy, spread", "绝 密_1.png", photo, "file.classified"},
		{"a mark of secrecy in a folder's name", "秘密/1.png", photo, "file.classified"},
	}
	for _, test := range tests {
		t.Run(test.sentence+" is refused", func(t *testing.T) {
			if _, err := s.Save(context.Background(), 0, test.name, test.body); !fault.Is(err, test.code) {
				t.Fatalf("got %v, want %s", err, test.code)
			}
		})
	}
	t.Run("exactly ten mebibytes are taken", func(t *testing.T) {
		if _, err := s.Save(context.Background(), 0, "a.png", append(photo, make([]byte, MaxBytes-len(photo))...)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a photo is no voice message", func(t *testing.T) {
		if _, err := s.SaveVoice(context.Background(), 0, "a.amr", photo); !fault.Is(err, "file.wrong_type") {
			t.Fatalf("got %v", err)
		}
		if _, err := s.SaveVoice(context.Background(), 0, "a.amr", []byte("#!AMR\nxyz")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a voice message is no photo", func(t *testing.T) {
		voice := []byte("#!AMR\nxyz")
		if _, err := s.SavePhoto(context.Background(), 0, "a.amr", voice); !fault.Is(err, "file.wrong_type") {
			t.Fatalf("got %v", err)
		}
		if f, err := s.Save(context.Background(), 0, "a.amr", voice); err != nil || f.MIME != "audio/amr" {
			t.Fatalf("got %+v, %v", f, err)
		}
	})
}

func TestSniff(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"\xff\xd8\xff\xe0JFIF":         "image/jpeg",
		"GIF89a…":                      "image/gif",
		"RIFF\x10\x00\x00\x00WEBPVP8 ": "image/webp",
		"RIFF\x10\x00\x00\x00WAVE":     "",
		"ID3\x04":                      "audio/mpeg",
		"\xff\xfb\x90\x64":             "audio/mpeg",
		"\xff\xf1\x50\x80":             "", // AAC
		"%PDF-1.7":                     "",
		"\xff":                         "",
	} {
		if got := sniff([]byte(body)); got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"党日.jpg":                           "党日.jpg",
		"../../etc/passwd":                 "passwd",
		`..\..\windows\a.png`:              "a.png",
		"..":                               "未命名",
		"":                                 "未命名",
		".htaccess":                        "htaccess",
		"a\r\nSet-Cookie: x.png":           "aSet-Cookie x.png",
		"\u202egnp.exe":                    "gnp.exe",
		"\xff\xfe.png":                     "png",
		strings.Repeat("长", 200) + ".jpeg": strings.Repeat("长", 75) + ".jpeg",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func filesBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
