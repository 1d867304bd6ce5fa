package file

import (
	"bytes"
	"path"
	"strings"
	"unicode"

	"hongyun/service/fault"
)

// classifiedMarks may not stand in the name of an upload: the platform holds no state secrets (RULES 11.5).
var classifiedMarks = []string{"秘密", "机密", "绝密", "機密", "絕密"}

// allowed says whether an upload may be kept. mime is what sniff says; size is in bytes.
func allowed(name, mime string, size int) error {
	switch {
	case size == 0:
		return fault.Invalid("file.empty", "文件是空的，请重新选择")
	case size > MaxBytes:
		return fault.TooLarge("file.too_large", "文件不能超过 10 MB，请压缩后再上传")
	case mime == "":
		return fault.Invalid("file.wrong_type", "不支持这种文件，请上传照片（JPG、PNG、WebP、GIF）或语音（MP3、AMR）")
	case classified(name):
		return fault.Invalid("file.classified", "文件名带有密级标志，本平台不得上传涉密文件")
	}
	return nil
}

// classified looks through blanks and signs that only hide a mark: "机 密" is one.
func classified(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, name)
	for _, mark := range classifiedMarks {
		if strings.Contains(letters, mark) {
			return true
		}
	}
	return false
}

// sniff tells the kind of a file by its first bytes, whatever its name says. Empty: not a kind that may be uploaded.
func sniff(b []byte) string {
	has := func(at int, mark string) bool { return len(b) >= at && bytes.HasPrefix(b[at:], []byte(mark)) }
	switch {
	case has(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return "image/gif"
	case has(0, "RIFF") && has(8, "WEBP"):
		return "image/webp"
	case has(0, "#!AMR\n"), has(0, "#!AMR-WB\n"):
		return "audio/amr"
	case has(0, "ID3"), len(b) > 2 && b[0] == 0xff && b[1]&0xe6 == 0xe2: // a tag, or the first frame of layer III
		return "audio/mpeg"
	default:
		return ""
	}
}

func isPhoto(mime string) bool { return strings.HasPrefix(mime, "image/") }

func isVoice(mime string) bool { return strings.HasPrefix(mime, "audio/") }

const maxName = 80 // runes

// cleanName is the last part of a name, with nothing in it that a disk, a header or a reader could take for
// something else, at most 80 characters long, its ending kept.
func cleanName(name string) string {
	name = path.Base("/" + strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/<>:"|?*`, r) {
			return -1
		}
		return r
	}, name))
	name = strings.TrimLeft(name, ".")
	if name == "" {
		return "未命名"
	}
	if letters := []rune(name); len(letters) > maxName {
		ending := []rune(path.Ext(name))
		if len(ending) > 8 {
			ending = nil
		}
		name = string(letters[:maxName-len(ending)]) + string(ending)
	}
	return name
}

// plainName is what an upload is called whose own name is not kept.
func plainName(mime string) string {
	kind := "照片"
	if isVoice(mime) {
		kind = "语音"
	}
	return kind + map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "audio/amr": ".amr", "audio/mpeg": ".mp3"}[mime]
}
