package sandbox

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

const maxCheckedRunes = 2500

// The labels of content checks.
const (
	labelNormal = 100
	labelAd     = 10001
	labelRisky  = 20006
)

// judge is the sandbox's rule, so that tests can have all three verdicts: a text or address with 违规示例 or
// sandbox-risky is risky, with 待审示例 or sandbox-review it is for a person to look at, anything else passes.
func judge(text string) (suggest string, label int) {
	switch {
	case strings.Contains(text, "违规示例") || strings.Contains(text, "sandbox-risky"):
		return "risky", labelRisky
	case strings.Contains(text, "待审示例") || strings.Contains(text, "sandbox-review"):
		return "review", labelAd
	}
	return "pass", labelNormal
}

// checked is what both content checks have in common.
type checked struct {
	Version int    `json:"version"`
	OpenID  string `json:"openid"`
	Scene   int    `json:"scene"`
}

// verify refuses old versions, unknown scenes, foreign openids, and people who have not opened the mini-program within
// two hours.
func (s *Sandbox) verify(c *wireCall, in checked) error {
	if in.Version != 2 {
		return refuse(40097)
	}
	if in.Scene < 1 || in.Scene > 4 {
		return refuse(40129)
	}
	person, mine := PersonOf(c.app.AppID, in.OpenID)
	if !mine {
		return refuse(40003)
	}
	var visit time.Time
	s.state.view(func(st *state) { visit = st.visits[person] })
	if visit.IsZero() || c.now.Sub(visit) > visitLife {
		return refuse(61010)
	}
	return nil
}

// checkText is POST /wxa/msg_sec_check, version 2.
func (s *Sandbox) checkText(_ context.Context, c *wireCall) (any, error) {
	var in struct {
		checked
		Content  string `json:"content"`
		Title    string `json:"title"`
		Nickname string `json:"nickname"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.verify(c, in.checked); err != nil {
		return nil, err
	}
	if in.Content == "" {
		return nil, refuse(40097)
	}
	if utf8.RuneCountInString(in.Content) > maxCheckedRunes {
		return nil, refuse(45002)
	}
	suggest, label := judge(in.Content + in.Title + in.Nickname)
	return success(map[string]any{
		"trace_id": rid(),
		"result":   map[string]any{"suggest": suggest, "label": label},
		"detail":   []map[string]any{{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}},
	}), nil
}

// checkMedia is POST /wxa/media_check_async, version 2. The verdict follows as a push; the sandbox judges the address
// and does not fetch what is behind it.
func (s *Sandbox) checkMedia(_ context.Context, c *wireCall) (any, error) {
	var in struct {
		checked
		MediaURL  string `json:"media_url"`
		MediaType int    `json:"media_type"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.verify(c, in.checked); err != nil {
		return nil, err
	}
	u, err := url.Parse(in.MediaURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || in.MediaType != 1 && in.MediaType != 2 {
		return nil, refuse(40097)
	}
	trace := rid()
	suggest, label := judge(in.MediaURL)
	s.pushLater(mediaChecked(c.app.App, in.OpenID, trace, suggest, label, c.now))
	return success(map[string]any{"trace_id": trace}), nil
}
