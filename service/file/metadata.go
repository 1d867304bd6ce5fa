package file

import (
	"bytes"
	"encoding/binary"

	"hongyun/service/fault"
)

// plain is a photo without what tells where, when, by whom and with what it was taken: nothing is decoded, the picture's own
// bytes stay as they are, and of what describes it only the colours and which side is up are kept. What stands behind the
// picture's end goes too. The same photo always gives the same bytes, and a plain one gives itself. Of an MP3 its sound is kept.
//
// What cannot be read to its end is file.broken: what cannot be read cannot be cleaned.
func plain(mime string, body []byte) ([]byte, error) {
	strip := map[string]func([]byte) ([]byte, bool){
		"image/jpeg": plainJPEG, "image/png": plainPNG, "image/webp": plainWebP, "image/gif": plainGIF, "audio/mpeg": plainMP3,
	}[mime]
	if strip == nil {
		return body, nil
	}
	kept, ok := strip(body)
	if !ok && !isPhoto(mime) {
		return nil, fault.Invalid("file.broken", "语音已损坏，无法读取，请重新录制后再上传")
	}
	if !ok {
		return nil, fault.Invalid("file.broken", "照片已损坏，无法读取，请重新拍摄或另存后再上传")
	}
	return kept, nil
}

// JPEG markers.
const (
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegTEM  = 0x01
	jpegAPP0 = 0xe0
	jpegCOM  = 0xfe
)

// plainJPEG goes through the segments up to the end of the picture.
func plainJPEG(b []byte) ([]byte, bool) {
	var kept []byte
	up, scans, at := 1, 0, 2
	for {
		for at+1 < len(b) && b[at] == 0xff && b[at+1] == 0xff { // fill bytes
			at++
		}
		if at+2 > len(b) || b[at] != 0xff {
			return nil, false
		}
		marker := b[at+1]
		at += 2
		switch {
		case marker == jpegEOI:
			return jpegOf(kept, up), scans > 0
		case marker == jpegTEM, marker >= 0xd0 && marker <= 0xd7:
			continue // stands alone, and says nothing here
		case marker < 0xc0, marker == jpegSOI:
			return nil, false
		}
		if at+2 > len(b) {
			return nil, false
		}
		end := at + int(binary.BigEndian.Uint16(b[at:]))
		if end < at+2 || end > len(b) {
			return nil, false
		}
		segment := b[at+2 : end]
		if marker == jpegAPP0+1 && bytes.HasPrefix(segment, exifMark) {
			up = orientation(segment[len(exifMark):])
		}
		kept = appendSegment(kept, marker, jpegSegment(marker, segment))
		at = end
		if marker == jpegSOS {
			scans++
			end := scanEnd(b, at)
			kept = append(kept, b[at:end]...)
			if at = end; at == len(b) { // cut short: every reader shows what there is
				return jpegOf(kept, up), true
			}
		}
	}
}

var exifMark = []byte("Exif\x00\x00")

// jpegSegment is what of a segment is kept; nil: nothing.
func jpegSegment(marker byte, s []byte) []byte {
	switch {
	case marker == jpegCOM:
		return nil
	case marker < jpegAPP0 || marker > jpegAPP0+15:
		if marker > jpegAPP0+15 { // reserved for extensions: no reader needs them
			return nil
		}
		return s // tables, frames, scans
	case marker == jpegAPP0 && len(s) >= 14 && bytes.HasPrefix(s, []byte("JFIF\x00")):
		return append(bytes.Clone(s[:12]), 0, 0) // without its thumbnail
	case marker == jpegAPP0+2 && bytes.HasPrefix(s, []byte("ICC_PROFILE\x00")):
		return s
	case marker == jpegAPP0+14 && len(s) >= 12 && bytes.HasPrefix(s, []byte("Adobe")):
		return s[:12] // how its colours are coded
	}
	return nil
}

func appendSegment(to []byte, marker byte, s []byte) []byte {
	if s == nil {
		return to
	}
	to = append(to, 0xff, marker)
	return append(binary.BigEndian.AppendUint16(to, uint16(len(s)+2)), s...)
}

// scanEnd is where the next marker stands that is not part of a scan, or the end of b.
func scanEnd(b []byte, at int) int {
	for ; at+1 < len(b); at++ {
		if b[at] == 0xff && b[at+1] != 0 && b[at+1] != 0xff && (b[at+1] < 0xd0 || b[at+1] > 0xd7) {
			return at
		}
	}
	return len(b)
}

// jpegOf is a whole photo of kept segments, with which side is up where that is not the first line.
func jpegOf(kept []byte, up int) []byte {
	out := []byte{0xff, jpegSOI}
	if up != 1 {
		out = appendSegment(out, jpegAPP0+1, append(bytes.Clone(exifMark), upright(up)...))
	}
	return append(append(out, kept...), 0xff, jpegEOI)
}

// orientation reads which side is up, 1 to 8, off an Exif block; 1 where it does not say.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	n := int(order.Uint16(tiff[at:]))
	for entry := tiff[at+2:]; n > 0 && len(entry) >= 12; n, entry = n-1, entry[12:] {
		if order.Uint16(entry) == tagOrientation && order.Uint16(entry[2:]) == 3 {
			if up := int(order.Uint16(entry[8:])); up >= 1 && up <= 8 {
				return up
			}
			return 1
		}
	}
	return 1
}

const tagOrientation = 0x0112

// upright is an Exif block that says which side is up, and nothing else.
func upright(up int) []byte {
	return []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, tagOrientation >> 8, tagOrientation & 0xff, 0, 3, 0, 0, 0, 1, 0, byte(up), 0, 0, 0, 0, 0, 0}
}
