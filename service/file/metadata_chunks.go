package file

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// pngKept is the chunks of a PNG that make its picture and its colours. All others are texts, times, or private.
var pngKept = map[string]bool{"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true,
	"iCCP": true, "cICP": true, "sBIT": true, "bKGD": true, "pHYs": true, "acTL": true, "fcTL": true, "fdAT": true}

const pngMark = 8 // bytes

func plainPNG(b []byte) ([]byte, bool) {
	var head, data []byte // before and from the first IDAT
	up, at := 1, pngMark
	for {
		if at+12 > len(b) {
			return nil, false
		}
		n := int64(binary.BigEndian.Uint32(b[at:]))
		if n > int64(len(b)-at-12) {
			return nil, false
		}
		chunk, name := b[at:at+12+int(n)], string(b[at+4:at+8])
		if at == pngMark && name != "IHDR" {
			return nil, false
		}
		at += len(chunk)
		switch {
		case name == "eXIf":
			up = orientation(chunk[8 : 8+n])
		case !pngKept[name]:
		case data == nil && name != "IDAT":
			head = append(head, chunk...)
		default:
			data = append(data, chunk...)
		}
		if name != "IEND" {
			continue
		}
		out := append(bytes.Clone(b[:pngMark]), head...)
		if up != 1 {
			out = append(out, pngChunk("eXIf", upright(up))...)
		}
		return append(out, data...), data != nil
	}
}

func pngChunk(name string, content []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	out = append(append(out, name...), content...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// webpKept is the chunks of a WebP that make its picture, its frames and its colours.
var webpKept = map[string]bool{"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true}

// What the flags of a VP8X chunk say there is.
const (
	webpXMP  = 0x04
	webpExif = 0x08
)

func plainWebP(b []byte) ([]byte, bool) {
	if len(b) < 12 {
		return nil, false
	}
	size := int64(binary.LittleEndian.Uint32(b[4:]))
	if size < 4 || size > int64(len(b)-8) {
		return nil, false
	}
	up := 1
	chunks, ok := riffChunks(b[12:8+size], func(name string, content []byte) bool {
		if name == "EXIF" {
			up = orientation(bytes.TrimPrefix(content, exifMark))
		}
		return name != "VP8X" || len(content) == webpHead
	})
	if !ok || len(chunks) == 0 {
		return nil, false
	}
	if bytes.HasPrefix(chunks, []byte("VP8X")) {
		chunks[8] &^= webpXMP | webpExif
		if up != 1 {
			chunks[8] |= webpExif
			chunks = appendRIFF(chunks, "EXIF", upright(up))
		}
	}
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(chunks)+4))...)
	return append(append(out, "WEBP"...), chunks...), true
}

// riffChunks is the chunks that are kept. see hears of every one, and says whether it may stand there.
func riffChunks(b []byte, see func(name string, content []byte) bool) (kept []byte, ok bool) {
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, false
		}
		name, n := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		if n > int64(len(b)-8) {
			return nil, false
		}
		content := b[8 : 8+n]
		if !see(name, content) {
			return nil, false
		}
		b = b[min(8+n+n%2, int64(len(b))):]
		if name == "ANMF" { // a frame holds chunks of its own, but no frames
			if n < webpFrame {
				return nil, false
			}
			inner, ok := riffChunks(content[webpFrame:], func(name string, _ []byte) bool { return name != "ANMF" })
			if !ok {
				return nil, false
			}
			content = append(bytes.Clone(content[:webpFrame]), inner...)
		}
		if webpKept[name] {
			kept = appendRIFF(kept, name, content)
		}
	}
	return kept, true
}

const (
	webpHead  = 10 // bytes of a VP8X chunk
	webpFrame = 16 // bytes that a frame's place and time take
)

func appendRIFF(to []byte, name string, content []byte) []byte {
	to = binary.LittleEndian.AppendUint32(append(to, name...), uint32(len(content)))
	if to = append(to, content...); len(content)%2 == 1 {
		to = append(to, 0)
	}
	return to
}

// GIF blocks.
const (
	gifExtension   = 0x21
	gifImage       = 0x2c
	gifTrailer     = 0x3b
	gifControl     = 0xf9
	gifApplication = 0xff
)

// plainGIF keeps the frames, their times and how often they repeat; comments, texts and what programs have added go.
func plainGIF(b []byte) ([]byte, bool) {
	if len(b) < 13 {
		return nil, false
	}
	at := 13 + gifTable(b[10])
	if at > len(b) {
		return nil, false
	}
	out, frames := bytes.Clone(b[:at]), 0
	for at < len(b) {
		from, keep := at, true
		switch b[at] {
		case gifTrailer:
			return append(out, gifTrailer), frames > 0
		case gifExtension:
			if at+3 > len(b) {
				return nil, false
			}
			keep = b[at+1] == gifControl || b[at+1] == gifApplication && gifRepeats(b[at+2:])
			at += 2
		case gifImage:
			if at+10 > len(b) {
				return nil, false
			}
			at += 10 + gifTable(b[at+9]) + 1 // and the least size of a code
			frames++
		default:
			return nil, false
		}
		var ok bool
		if at, ok = gifBlocks(b, at); !ok {
			return nil, false
		}
		if keep {
			out = append(out, b[from:at]...)
		}
	}
	return nil, false
}

// gifTable is the bytes of a table of colours that flags announce.
func gifTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifRepeats tells whether an application's block is the one that says how often the frames repeat.
func gifRepeats(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\x0bNETSCAPE2.0\x03\x01")) && len(b) > 16 && b[16] == 0
}

// gifBlocks is the place behind a chain of blocks.
func gifBlocks(b []byte, at int) (int, bool) {
	for at < len(b) {
		n := int(b[at])
		if at += n + 1; n == 0 {
			return at, true
		}
	}
	return at, false
}
