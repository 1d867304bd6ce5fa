package file

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
)

// mp3 is n frames of MPEG-1 layer III, 128 kbit/s at 44.1 kHz: 417 bytes each.
func mp3(n int) []byte {
	frame := append([]byte("\xff\xfb\x90\x64"), bytes.Repeat([]byte{'s'}, 413)...)
	return bytes.Repeat(frame, n)
}

// id3 is a recorder's tag in front: its length has seven bits a byte.
func id3(text string) []byte {
	return slices.Concat([]byte("ID3\x04\x00\x00\x00\x00\x00"), []byte{byte(len(text))}, []byte(text))
}

func TestPlain_Voice(t *testing.T) {
	t.Parallel()
	tail := "TAG" + trace + strings.Repeat("\x00", 125-len(trace))
	cover := trace + "\xff\xfb\x90\x64" // looks like a frame
	for name, body := range map[string][]byte{
		"nothing but sound":         mp3(3),
		"a tag in front":            slices.Concat(id3(cover), mp3(3)),
		"two tags in front":         slices.Concat(id3(trace), id3(trace), mp3(3)),
		"a tag behind":              slices.Concat(mp3(3), []byte(tail)),
		"a tag of another program":  slices.Concat(mp3(3), []byte("APETAGEX"+trace)),
		"texts of a third":          slices.Concat(mp3(3), []byte("LYRICSBEGIN"+trace+"LYRICS200"), []byte(tail)),
		"a tag between two pieces":  slices.Concat(mp3(1), id3(trace), mp3(2)),
		"something between frames":  slices.Concat(mp3(2), []byte(trace), mp3(1)),
		"something before and cut":  slices.Concat([]byte("\xff\xfb\x00\x00"+trace), mp3(3), mp3(1)[:50]),
		"a tag in front and behind": slices.Concat(id3(trace), mp3(3), []byte(tail)),
	} {
		kept, err := plain("audio/mpeg", body)
		if err != nil || !bytes.Equal(kept, mp3(3)) {
			t.Errorf("%s: %d bytes kept, %v, want %d", name, len(kept), err, len(mp3(3)))
		}
	}
	for name, body := range map[string]string{"a tag alone": string(id3(trace)), "a tag longer than the file": "ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + trace,
		"a head alone": "\xff\xfb\x90\x64", "no length": "\xff\xfb\x00\x64" + trace} {
		if kept, err := plain("audio/mpeg", []byte(body)); !fault.Is(err, "file.broken") {
			t.Errorf("%s: kept %q, %v", name, kept, err)
		}
	}
}

func TestFile_Nameless(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		s := New(db, t.TempDir()).Nameless()
		f, err := s.SavePhoto(t.Context(), 0, "吴群众 13907931234.png", photo)
		must(t, err)
		v, err := s.SaveVoice(t.Context(), 0, "吴群众的录音.amr", []byte("#!AMR\nxyz"))
		must(t, err)
		for id, want := range map[int64]string{f.ID: "照片.png", v.ID: "语音.amr"} {
			var row model.File
			must(t, db.Read(t.Context()).Where("id = ?", id).Take(&row).Error)
			if row.Name != want {
				t.Errorf("kept as %q, want %q", row.Name, want)
			}
		}
		if _, err := s.SavePhoto(t.Context(), 0, "机密.png", photo); !fault.Is(err, "file.classified") {
			t.Errorf("a mark of secrecy in a name that is not kept: %v", err)
		}
	})
}
