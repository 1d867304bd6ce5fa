package file

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"testing"

	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
)

// trace is what no kept photo may hold: it stands for a place, a name, the number of a camera.
const trace = "28.9467N117.5783E-GPS-SN4711-WuQunzhong"

// exif is a camera's block: which side is up, and a trace behind it.
func exif(order binary.AppendByteOrder, up uint16) []byte {
	b := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II*\x00")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x010f), 2), uint32(len(trace))) // the camera's maker
	b = order.AppendUint32(b, 38)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tagOrientation), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, up), 0)
	b = order.AppendUint32(b, 0)
	return append(b, trace...)
}

// withSegments puts segments behind a photo's first marker: the first byte of each is its marker.
func withSegments(photo []byte, segments ...string) []byte {
	out := bytes.Clone(photo[:2])
	for _, s := range segments {
		out = appendSegment(out, s[0], []byte(s[1:]))
	}
	return append(out, photo[2:]...)
}

// withChunks puts chunks behind a PNG's first one: the first four bytes of each are its name.
func withChunks(photo []byte, chunks ...string) []byte {
	const head = pngMark + 25
	out := bytes.Clone(photo[:head])
	for _, c := range chunks {
		out = append(out, pngChunk(c[:4], []byte(c[4:]))...)
	}
	return append(out, photo[head:]...)
}

// webp is a picture of chunks; nobody here can draw one.
func webp(chunks ...string) []byte {
	var in []byte
	for _, c := range chunks {
		in = appendRIFF(in, c[:4], []byte(c[4:]))
	}
	return append(appendRIFF(nil, "RIFF", append([]byte("WEBP"), in...)), trace...)
}

func moving(t testing.TB) []byte {
	t.Helper()
	palette := color.Palette{color.Black, color.White}
	frame := func(n uint8) *image.Paletted {
		m := image.NewPaletted(image.Rect(0, 0, 2, 2), palette)
		m.SetColorIndex(0, 0, n)
		return m
	}
	var b bytes.Buffer
	must(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(0), frame(1)}, Delay: []int{7, 9}}))
	return b.Bytes()
}

// photos are one of each kind with a trace in every place that a camera or a program uses, and the same without.
func photos(t testing.TB) []struct {
	name, mime  string
	body, plain []byte
} {
	t.Helper()
	big, little := string(exif(binary.BigEndian, 6)), string(exif(binary.LittleEndian, 1))
	j, p, g := filetest.JPEG(5), filetest.PNG(5), moving(t)
	comment := "\x21\xfe" + string(rune(len(trace))) + trace + "\x00"
	program := "\x21\xff\x0bXMP DataXMP" + string(rune(len(trace))) + trace + "\x00"
	at := bytes.Index(g, []byte("\x21\xf9"))
	return []struct {
		name, mime  string
		body, plain []byte
	}{
		{"a JPEG as a telephone makes it", "image/jpeg", append(withSegments(j, "\xe0JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x02\x01"+trace,
			"\xe0JFXX\x00\x10"+trace, "\xe1Exif\x00\x00"+big, "\xe1http://ns.adobe.com/xap/1.0/\x00"+trace, "\xe2ICC_PROFILE\x00\x01\x01colours",
			"\xe2MPF\x00"+trace, "\xedPhotoshop 3.0\x00"+trace, "\xeeAdobe\x00\x64\x00\x00\x00\x00\x01"+trace, "\xef"+trace, "\xfe"+trace, "\xf0"+trace),
			"\xff\xd8\xff\xe1"+trace...),
			withSegments(j, "\xe1Exif\x00\x00"+string(upright(6)), "\xe0JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00", "\xe2ICC_PROFILE\x00\x01\x01colours",
				"\xeeAdobe\x00\x64\x00\x00\x00\x00\x01")},
		{"a JPEG that stands upright", "image/jpeg", withSegments(j, "\xe1Exif\x00\x00"+little), j},
		{"a JPEG that was cut short", "image/jpeg", withSegments(j[:len(j)-2], "\xfe"+trace), j},
		{"a PNG", "image/png", append(withChunks(p, "eXIf"+big, "tEXtAuthor\x00"+trace, "iTXtXML:com.adobe.xmp\x00\x00\x00\x00\x00"+trace, "zTXtx\x00\x00"+trace,
			"tIME\x07\xea\x0b\x17\x09\x00\x00", "prVt"+trace, "gAMA\x00\x00\xb1\x8f"), trace...), withChunks(p, "gAMA\x00\x00\xb1\x8f", "eXIf"+string(upright(6)))},
		{"a WebP", "image/webp", webp("VP8X\x0c\x00\x00\x00\x01\x00\x00\x01\x00\x00", "ICCPcolours", "VP8 picture", "EXIFExif\x00\x00"+big, "XMP "+trace, "prVt"+trace),
			webp("VP8X\x08\x00\x00\x00\x01\x00\x00\x01\x00\x00", "ICCPcolours", "VP8 picture", "EXIF"+string(upright(6)))},
		{"a WebP that moves", "image/webp", webp("VP8X\x02\x00\x00\x00\x01\x00\x00\x01\x00\x00", "ANIM\x00\x00\x00\x00\x00\x00", "ANMF0123456789abcdef"+
			string(appendRIFF(appendRIFF(nil, "VP8L", []byte("frame")), "XMP ", []byte(trace))), "EXIF"+little),
			webp("VP8X\x02\x00\x00\x00\x01\x00\x00\x01\x00\x00", "ANIM\x00\x00\x00\x00\x00\x00", "ANMF0123456789abcdef"+string(appendRIFF(nil, "VP8L", []byte("frame"))))},
		{"a GIF", "image/gif", append(bytes.Join([][]byte{g[:at], []byte(comment + program), g[at:]}, nil), trace...), g},
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, c := range photos(t) {
		t.Run(c.name+" keeps its picture and nothing of its maker", func(t *testing.T) {
			t.Parallel()
			want := bytes.TrimSuffix(c.plain, []byte(trace)) // behind the end of webp()
			kept, err := plain(c.mime, c.body)
			must(t, err)
			if bytes.Contains(kept, []byte(trace)) || !bytes.Equal(kept, want) {
				t.Errorf("kept %q, want %q", kept, want)
			}
			if again, err := plain(c.mime, kept); err != nil || !bytes.Equal(again, kept) {
				t.Errorf("a plain one is changed: %q, %v", again, err)
			}
			if c.mime == "image/webp" {
				return // the standard library draws none
			}
			before, _, err := image.Decode(bytes.NewReader(c.plain))
			must(t, err)
			after, _, err := image.Decode(bytes.NewReader(kept))
			must(t, err)
			for x := range before.Bounds().Dx() {
				if before.At(x, 1) != after.At(x, 1) {
					t.Fatalf("the picture is another one at %d", x)
				}
			}
		})
	}
	t.Run("a GIF goes on to repeat and to wait", func(t *testing.T) {
		t.Parallel()
		kept, err := plain("image/gif", moving(t))
		must(t, err)
		g, err := gif.DecodeAll(bytes.NewReader(kept))
		must(t, err)
		if len(g.Image) != 2 || g.Delay[1] != 9 || g.LoopCount != 0 {
			t.Errorf("%d frames, %v, %d", len(g.Image), g.Delay, g.LoopCount)
		}
	})
	t.Run("every side that may be up is kept", func(t *testing.T) {
		t.Parallel()
		for up := uint16(0); up < 10; up++ {
			want := int(up)
			if up < 1 || up > 8 {
				want = 1
			}
			if a, b := orientation(exif(binary.BigEndian, up)), orientation(exif(binary.LittleEndian, up)); a != want || b != want {
				t.Errorf("%d: %d and %d", up, a, b)
			}
			if want > 1 && orientation(upright(want)) != want {
				t.Errorf("%d is not written down", want)
			}
		}
	})
}

func TestPlain_Broken(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]struct{ mime, body string }{
		"a JPEG of one marker":             {"image/jpeg", "\xff\xd8\xff"},
		"a JPEG that is text":              {"image/jpeg", "\xff\xd8\xff photo"},
		"a JPEG without a picture":         {"image/jpeg", "\xff\xd8\xff\xd9"},
		"a segment longer than the file":   {"image/jpeg", "\xff\xd8\xff\xe1\xff\xffExif"},
		"a segment shorter than its head":  {"image/jpeg", "\xff\xd8\xff\xe1\x00\x01Exif"},
		"a PNG of its mark alone":          {"image/png", "\x89PNG\r\n\x1a\n"},
		"a PNG that begins with a text":    {"image/png", "\x89PNG\r\n\x1a\n" + string(pngChunk("tEXt", []byte(trace)))},
		"a PNG without a picture":          {"image/png", string(filetest.PNG(1)[:33]) + string(pngChunk("IEND", nil))},
		"a PNG that is cut short":          {"image/png", string(filetest.PNG(1)[:60])},
		"a chunk of four gigabytes":        {"image/png", "\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR00000000"},
		"a WebP longer than the file":      {"image/webp", "RIFF\xff\x00\x00\x00WEBPVP8 "},
		"a WebP without chunks":            {"image/webp", "RIFF\x04\x00\x00\x00WEBP"},
		"a WebP whose head is short":       {"image/webp", string(webp("VP8X\x0c"))},
		"a frame within a frame":           {"image/webp", string(webp("ANMF0123456789abcdef" + string(appendRIFF(nil, "ANMF", []byte("0123456789abcdef")))))},
		"a GIF without frames":             {"image/gif", "GIF89a\x01\x00\x01\x00\x00\x00\x00;"},
		"a GIF that does not end":          {"image/gif", string(moving(t)[:40])},
		"a GIF with a table that is short": {"image/gif", "GIF89a\x01\x00\x01\x00\xf7\x00\x00;"},
	} {
		if kept, err := plain(b.mime, []byte(b.body)); !fault.Is(err, "file.broken") {
			t.Errorf("%s: kept %q, %v", name, kept, err)
		}
	}
}

func TestFile_SavePlain(t *testing.T) {
	t.Parallel()
	s := New(modeltest.SQLite(t, nil), t.TempDir())
	for _, c := range photos(t)[:1] {
		f, err := s.SavePhoto(t.Context(), 0, "现场.jpg", c.body)
		must(t, err)
		onDisk, err := os.ReadFile(s.path(f.SHA256))
		must(t, err)
		if !bytes.Equal(onDisk, c.plain) || f.Bytes != int64(len(c.plain)) {
			t.Errorf("%d bytes lie on disk, the row says %d, want %d", len(onDisk), f.Bytes, len(c.plain))
		}
		again, err := s.SavePhoto(t.Context(), 0, "另一张.jpg", c.body)
		must(t, err)
		bare, err := s.Save(t.Context(), 0, "无信息.jpg", c.plain)
		must(t, err)
		if again.SHA256 != f.SHA256 || bare.SHA256 != f.SHA256 {
			t.Error("the same photo has another sum")
		}
	}
}

// FuzzPlain: whatever is sent in, nothing breaks; what is kept is plain, and what a reader can draw of it is what it could before.
func FuzzPlain(f *testing.F) {
	for _, c := range photos(f) {
		f.Add(c.body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		mime := sniff(body)
		kept, err := plain(mime, body)
		if err != nil || !isPhoto(mime) {
			return
		}
		if got := sniff(kept); got != mime {
			t.Fatalf("%s became %q", mime, got)
		}
		again, err := plain(mime, kept)
		if err != nil || !bytes.Equal(again, kept) {
			t.Fatalf("twice is not once: %q, %q, %v", kept, again, err)
		}
		decode := map[string]func([]byte) (image.Image, error){
			"image/jpeg": func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) },
			"image/png":  func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) },
		}[mime]
		if decode == nil || len(body) > 4096 {
			return
		}
		if _, err := decode(body); err != nil {
			return
		}
		if _, err := decode(kept); err != nil {
			t.Fatalf("%s could be drawn, and cannot be any more: %v", mime, err)
		}
	})
}
