package sandbox

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const pictureHost = "mmbiz.qpic.cn"

// userInfo is GET /cgi-bin/user/info. Of somebody who does not follow it tells nothing else.
func (s *Sandbox) userInfo(_ context.Context, c *wireCall) (any, error) {
	openid := c.query.Get("openid")
	person, mine := PersonOf(c.app.AppID, openid)
	if !mine {
		return nil, refuse(40003)
	}
	var f followRecord
	s.state.view(func(st *state) { f = st.follows[pair(c.app.AppID, person)] })
	if !f.On {
		return map[string]any{"subscribe": 0, "openid": openid}, nil
	}
	info := map[string]any{
		"subscribe": 1, "openid": openid, "language": "zh_CN", "subscribe_time": f.Since.Unix(), "remark": "",
		"groupid": 0, "tagid_list": []int{}, "subscribe_scene": "ADD_SCENE_SEARCH", "qr_scene": 0, "qr_scene_str": "",
	}
	if s.o.OpenPlatform(c.app.AppID) {
		info["unionid"] = UnionID(person)
	}
	return info, nil
}

// mediaFile is an answer that is no JSON.
type mediaFile struct {
	id string
	mediaRecord
}

func (f mediaFile) serve(w http.ResponseWriter) {
	ext := map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "audio/amr": ".amr"}[f.MIME]
	w.Header().Set("Content-Type", f.MIME)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.id + ext}))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(f.Body)
}

// fetchMedia is GET /cgi-bin/media/get: for three days, and only for the account that the medium was sent to.
func (s *Sandbox) fetchMedia(_ context.Context, c *wireCall) (any, error) {
	id := c.query.Get("media_id")
	var m mediaRecord
	var found bool
	s.state.view(func(st *state) { m, found = st.media[id] })
	if !found || m.AppID != c.app.AppID || c.now.Sub(m.At) >= mediaLife {
		return nil, refuse(40007)
	}
	return mediaFile{id, m}, nil
}

// pictureURL is the PicUrl of an image message. WeChat writes it with http.
func pictureURL(mediaID string) string {
	return "http://" + pictureHost + "/mmbiz_jpg/" + mediaID + "/0"
}

func pictureID(path string) (string, bool) {
	id, ok := strings.CutPrefix(path, "mmbiz_jpg/")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(id, "/0")
}

func (s *Sandbox) servePicture(w http.ResponseWriter, r *http.Request, id string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	var m mediaRecord
	var found bool
	s.state.view(func(st *state) { m, found = st.media[id] })
	if !found || !strings.HasPrefix(m.MIME, "image/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.MIME)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(m.Body)
}

// samplePicture is what a phone sends when no picture is given: a street lamp at dusk, 160 × 120.
func samplePicture() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		sky := color.RGBA{R: uint8(40 + y), G: uint8(50 + y/2), B: uint8(110 - y/3), A: 255}
		for x := range 160 {
			c := sky
			switch dx, dy := x-100, y-34; {
			case y > 100:
				c = color.RGBA{R: 70, G: 72, B: 78, A: 255}
			case x >= 78 && x <= 81 && y > 28, y >= 27 && y <= 29 && x >= 78 && x <= 102:
				c = color.RGBA{R: 30, G: 32, B: 38, A: 255}
			case dx*dx+dy*dy < 60:
				c = color.RGBA{R: 255, G: 214, B: 120, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// sampleVoice is one second of silence as AMR: the header and fifty frames of 4.75 kbit/s.
func sampleVoice() []byte {
	frame := append([]byte{0x04}, make([]byte, 12)...)
	return append([]byte("#!AMR\n"), bytes.Repeat(frame, 50)...)
}
