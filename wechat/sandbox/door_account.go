package sandbox

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"unicode/utf8"

	"hongyun/wechat"
)

const (
	maxSaidRunes    = 2000
	maxPictureBytes = 10 << 20
	// outOfOrder is what WeChat shows when an account does not answer.
	outOfOrder = "该公众号提供的服务出现故障，请稍后再试"
)

// listAccounts are the official accounts; with ?person= it says which of them that phone follows.
func (s *Sandbox) listAccounts(v *visit) (any, error) {
	return s.accountsFor(v, v.URL.Query().Get("person"))
}

func (s *Sandbox) listAccountsOf(v *visit) (any, error) { return s.accountsFor(v, v.person.ID) }

func (s *Sandbox) accountsFor(v *visit, person string) (any, error) {
	apps, err := s.o.Apps(v.Context())
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	type account struct {
		AppID    string      `json:"appid"`
		Name     string      `json:"name"`
		Kind     wechat.Kind `json:"kind"`
		Followed bool        `json:"followed"`

		Menu []wechat.MenuButton `json:"menu"`
	}
	made := s.unknownTo(apps)
	items := make([]account, 0, len(apps)+len(made))
	s.state.view(func(st *state) {
		for _, a := range append(apps, made...) {
			if a.Kind != wechat.KindMiniProgram {
				items = append(items, account{a.AppID, a.Name, a.Kind, st.follows[pair(a.AppID, person)].On, append([]wechat.MenuButton{}, st.open.menus[a.AppID]...)})
			}
		}
	})
	return items, nil
}

// follow follows an account; following it again changes nothing and pushes nothing.
func (s *Sandbox) follow(v *visit) (any, error) {
	app, _, err := s.accountInBody(v)
	if err != nil {
		return nil, err
	}
	now, already := s.o.Now(), false
	err = s.state.update(func(b *batch) {
		if already = b.follows[pair(app.AppID, v.person.ID)].On; already {
			return
		}
		b.setFollow(app.AppID, v.person.ID, followRecord{On: true, Since: now})
		b.openTapWindow(app.AppID, v.person.ID, now)
	})
	if err != nil {
		return nil, err
	}
	if already {
		return map[string]any{"reply": "", "already": true}, nil
	}
	return s.talk(app, v.person.ID, accountEvent(app, OpenID(app.AppID, v.person.ID), "subscribe", "", now))
}

// unfollow leaves an account. Nobody sees what the product answers.
func (s *Sandbox) unfollow(v *visit) (any, error) {
	app, _, err := s.accountInBody(v)
	if err != nil {
		return nil, err
	}
	now, was := s.o.Now(), false
	err = s.state.update(func(b *batch) {
		if was = b.follows[pair(app.AppID, v.person.ID)].On; was {
			b.setFollow(app.AppID, v.person.ID, followRecord{On: false, Since: now})
			b.setWindow(app.AppID, v.person.ID, windowRecord{})
		}
	})
	if err != nil || !was {
		return map[string]any{}, err
	}
	pushErr := s.tell(accountEvent(app, OpenID(app.AppID, v.person.ID), "unsubscribe", "", now))
	return withError(map[string]any{}, pushErr), nil
}

// said is the body of say, follow, unfollow and click.
type said struct {
	AppID       string   `json:"appid"`
	Key         string   `json:"key"`
	Button      string   `json:"button"` // its place in the menu: 2, or 2.1
	Type        string   `json:"type"`
	Content     string   `json:"content"`
	ImageBase64 string   `json:"image_base64"`
	Lat         *float64 `json:"lat"`
	Lng         *float64 `json:"lng"`
	Label       string   `json:"label"`
}

// say writes to an account that the person follows. The answer comes when the product has answered, and holds what the
// person sees: {reply, msg_id} or {reply: "", error}.
func (s *Sandbox) say(v *visit) (any, error) {
	app, in, err := s.accountInBody(v)
	if err != nil {
		return nil, err
	}
	now := s.o.Now()
	e := entry{AppID: app.AppID, From: fromMe, Type: in.Type, At: now}
	media, err := in.fill(&e)
	if err != nil {
		return nil, err
	}
	err = s.whileFollowing(app, v.person.ID, func(b *batch) {
		if media != nil {
			media.AppID, media.At = app.AppID, now
			b.setMedia(e.MediaID, *media)
		}
		e.ID = b.nextID(now)
		b.put(v.person.ID, e)
		b.openUserWindow(app.AppID, v.person.ID, now)
	})
	if err != nil {
		return nil, err
	}
	answer, err := s.talk(app, v.person.ID, messageOf(app, OpenID(app.AppID, v.person.ID), e, now))
	if err == nil {
		answer["msg_id"] = e.ID
	}
	return answer, err
}

// fill makes the entry of what is said, and its medium if it has one.
func (in said) fill(e *entry) (*mediaRecord, error) {
	switch in.Type {
	case "text":
		if strings.TrimSpace(in.Content) == "" || utf8.RuneCountInString(in.Content) > maxSaidRunes {
			return nil, invalid("say.content", "请填写内容，最多 2000 字")
		}
		e.Content = in.Content
		return nil, nil
	case "location":
		if in.Lat == nil || in.Lng == nil || math.Abs(*in.Lat) > 90 || math.Abs(*in.Lng) > 180 {
			return nil, invalid("say.place", "请填写正确的 lat 和 lng")
		}
		e.Lat, e.Lng, e.Content = *in.Lat, *in.Lng, in.Label
		return nil, nil
	case "image":
		body, err := in.picture()
		if err != nil {
			return nil, err
		}
		e.MediaID = randomText(64)
		return &mediaRecord{MIME: http.DetectContentType(body), Body: body}, nil
	case "voice":
		e.MediaID = randomText(64)
		return &mediaRecord{MIME: "audio/amr", Body: sampleVoice()}, nil
	}
	return nil, invalid("say.type", "type 应当是 text、image、location 或 voice")
}

// picture is the given one (base64, also as data: URL) or a sample.
func (in said) picture() ([]byte, error) {
	if in.ImageBase64 == "" {
		return samplePicture()
	}
	text := in.ImageBase64
	if _, after, isURL := strings.Cut(text, ";base64,"); isURL {
		text = after
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, invalid("say.image", "图片不是正确的 base64")
	}
	if len(body) > maxPictureBytes {
		return nil, invalid("say.image_size", "图片不能超过 10 MB")
	}
	switch http.DetectContentType(body) {
	case "image/png", "image/jpeg", "image/gif":
		return body, nil
	}
	return nil, invalid("say.image_type", "只能发送 PNG、JPEG 或 GIF 图片")
}

func (s *Sandbox) accountInBody(v *visit) (wechat.App, said, error) {
	var in said
	if err := v.decode(&in); err != nil {
		return wechat.App{}, in, err
	}
	app, err := s.official(v.Context(), in.AppID)
	if err == nil && !s.reachable(app) {
		err = conflict("account.no_callback", "这个公众号还没有填写消息推送的 Token 和 AES 密钥")
	}
	return app, in, err
}

// whileFollowing changes the state only if the person follows the account: nobody else can write to it.
func (s *Sandbox) whileFollowing(app wechat.App, person string, change func(*batch)) error {
	var err error
	journalErr := s.state.update(func(b *batch) {
		if !b.follows[pair(app.AppID, person)].On {
			err = conflict("account.not_followed", "请先关注这个公众号")
			return
		}
		change(b)
	})
	return errors.Join(err, journalErr)
}

// talk pushes what a person did to an account and lays the passive reply on the phone, or WeChat's own words if the
// product fails three times.
func (s *Sandbox) talk(app wechat.App, person string, p push) (map[string]any, error) {
	reply, pushErr := s.pushNow(p)
	e := entry{AppID: app.AppID, From: fromAccount, Channel: channelReply, Type: "text", Title: app.Name, Content: reply, At: s.o.Now()}
	if pushErr != nil {
		e = entry{AppID: app.AppID, From: fromSystem, Type: "text", Content: outOfOrder, At: s.o.Now()}
	}
	if e.Content != "" && !errors.Is(pushErr, errDropped) {
		if err := s.state.update(func(b *batch) { b.put(person, e) }); err != nil {
			return nil, err
		}
	}
	return withError(map[string]any{"reply": reply}, pushErr), nil
}

// verifyAccount is what happens when an administrator enters the callback address at WeChat's.
func (s *Sandbox) verifyAccount(v *visit) (any, error) {
	app, err := s.app(v.Context(), v.PathValue("appid"), true)
	if errors.Is(err, wechat.ErrUnknownApp) {
		return nil, notFound("account.not_found", "没有这个公众号")
	}
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	if _, on := s.grant(app.AppID); on {
		return nil, conflict("account.component", "这个公众号通过开放平台授权，不需要填写服务器地址")
	}
	err = s.verifyURL(app.App)
	return withError(map[string]any{"ok": err == nil}, err), nil
}
