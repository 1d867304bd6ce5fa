package file

import "bytes"

// plainMP3 is the frames of a recording and nothing else: tags in front, between and behind, in which recorders and telephones
// write titles, names and places, are no frames. A frame that is cut short goes too: it cannot be heard.
func plainMP3(b []byte) ([]byte, bool) {
	var kept []byte
	for at := 0; at < len(b); {
		if n := mp3Tag(b[at:]); n > 0 {
			at += n
			continue
		}
		if mp3End(b[at:]) {
			break
		}
		n := mp3Frame(b[at:])
		if n == 0 || len(kept) == 0 && !mp3Follows(b[at+n:]) {
			if at++; len(kept) > 0 { // out of step: two frames in a row are no chance
				for at < len(b) && !mp3End(b[at:]) && mp3Tag(b[at:]) == 0 && !(mp3Frame(b[at:]) > 0 && mp3Follows(b[at+mp3Frame(b[at:]):])) {
					at++
				}
			}
			continue
		}
		kept = append(kept, b[at:at+n]...)
		at += n
	}
	return kept, len(kept) > 0
}

// mp3Tag is the length of an ID3v2 tag at the beginning of b; 0: there is none. One that is longer than the file takes all of it.
func mp3Tag(b []byte) int {
	if len(b) < 10 || !bytes.HasPrefix(b, []byte("ID3")) || (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
		return 0
	}
	n := 10 + int(b[6])<<21 + int(b[7])<<14 + int(b[8])<<7 + int(b[9])
	if b[5]&0x10 != 0 { // it is repeated at its end
		n += 10
	}
	return min(n, len(b))
}

// mp3End tells whether only tags follow.
func mp3End(b []byte) bool {
	for _, mark := range []string{"TAG", "APETAGEX", "LYRICSBEGIN"} {
		if bytes.HasPrefix(b, []byte(mark)) {
			return true
		}
	}
	return false
}

// mp3Follows tells whether b is what may come behind a frame.
func mp3Follows(b []byte) bool {
	return len(b) == 0 || mp3Tag(b) > 0 || mp3End(b) || mp3Length(b) > 0
}

// mp3Frame is the length of the whole frame at the beginning of b; 0: there is none.
func mp3Frame(b []byte) int {
	if n := mp3Length(b); n <= len(b) {
		return n
	}
	return 0
}

// mp3Length is the length that the head of a layer III frame announces; 0: there is no head.
func mp3Length(b []byte) int {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe6 != 0xe2 {
		return 0
	}
	version, rate, frequency, padding := b[1]>>3&3, b[2]>>4, b[2]>>2&3, int(b[2]>>1&1)
	if version == 1 || rate == 0 || rate == 15 || frequency == 3 {
		return 0
	}
	hertz := []int{44100, 48000, 32000}[frequency]
	switch version {
	case 3: // MPEG-1
		return 144_000*[]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[rate]/hertz + padding
	case 0: // MPEG-2.5
		hertz /= 2
	}
	return 72_000*[]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[rate]/(hertz/2) + padding
}
