package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxMedia bounds a medium, in bytes.
const maxMedia = 10 << 20

// Media is a picture or a voice that a fan has sent.
type Media struct {
	Body []byte
	MIME string // found in the bytes, not taken from a header
}

// Media fetches what a media id stands for; WeChat keeps it for three days. Over 10 MiB it is ErrTooLarge. A video, which
// WeChat answers with an address, is ErrNotMedia, as is whatever else is neither a picture nor a voice.
func (c *Client) Media(ctx context.Context, appid, mediaID string) (Media, error) {
	const api = "media/get"
	var m Media
	err := c.withToken(ctx, appid, api, func(ctx context.Context, token string) error {
		query := url.Values{"access_token": {token}, "media_id": {mediaID}}
		raw, _, err := c.do(ctx, api, http.MethodGet, apiURL("/cgi-bin/media/get", query), nil, maxMedia)
		if err != nil {
			return err
		}
		// Errors come as JSON under any content type; no medium starts with a brace.
		switch text := bytes.TrimSpace(raw); {
		case len(text) == 0:
			return &callError{api: api, cause: errors.New("empty answer")}
		case text[0] == '{':
			if _, err := decode(api, raw, nil); err != nil {
				return err
			}
			return &callError{api: api, cause: ErrNotMedia}
		}
		if m = (Media{Body: raw, MIME: sniff(raw)}); !mediaTypes(m.MIME) {
			return &callError{api: api, cause: fmt.Errorf("%w but %s", ErrNotMedia, m.MIME)}
		}
		return nil
	})
	return m, err
}

// Picture fetches a PicUrl that came with a message, for accounts that may not use Media. It calls WeChat's picture hosts
// only; another address is ErrBlockedHost, what is no picture ErrNotMedia.
func (c *Client) Picture(ctx context.Context, address string) (Media, error) {
	const api = "picture"
	u, err := url.Parse(address)
	if err != nil || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || !pictureHosts(u.Host) {
		return Media{}, &callError{api: api, unsent: true, cause: ErrBlockedHost}
	}
	u.Scheme, u.Fragment = "https", "" // WeChat writes http, its hosts speak both
	raw, _, err := c.do(ctx, api, http.MethodGet, u.String(), nil, maxMedia)
	if err != nil {
		return Media{}, err
	}
	m := Media{Body: raw, MIME: sniff(raw)}
	if !mediaTypes(m.MIME) || !strings.HasPrefix(m.MIME, "image/") {
		return Media{}, &callError{api: api, cause: fmt.Errorf("%w but %s", ErrNotMedia, m.MIME)}
	}
	return m, nil
}

// mediaTypes are what fans send and what may be kept.
func mediaTypes(mime string) bool {
	switch mime {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "audio/amr", "audio/mpeg":
		return true
	}
	return false
}

// sniff names the type of the bytes; AMR is the one that WeChat uses and net/http does not know.
func sniff(raw []byte) string {
	if bytes.HasPrefix(raw, []byte("#!AMR")) {
		return "audio/amr"
	}
	mime, _, _ := strings.Cut(http.DetectContentType(raw), ";")
	return mime
}
