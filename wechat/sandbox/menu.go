package sandbox

import (
	"context"
	"errors"
	"fmt"

	"hongyun/wechat"
)

// createMenu is POST /cgi-bin/menu/create.
func (s *Sandbox) createMenu(_ context.Context, c *wireCall) (any, error) {
	var in struct {
		Buttons []wechat.MenuButton `json:"button"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var broken *wechat.Error
	if err := wechat.CheckMenu(in.Buttons); errors.As(err, &broken) {
		return nil, &refusal{Code: broken.Code, Message: broken.Message}
	}
	for _, b := range leaves(in.Buttons) {
		if b.Type != wechat.ButtonMiniProgram {
			continue
		}
		if b.AppID != s.o.MiniProgram {
			return nil, &refusal{45064, "no permission to use weapp in menu"}
		}
		if !s.hasPage(b.Page) {
			return nil, refuse(40165)
		}
	}
	if err := s.state.update(func(b *batch) { b.setMenu(c.app.AppID, in.Buttons) }); err != nil {
		return nil, err
	}
	return success(nil), nil
}

// showMenu is GET /cgi-bin/menu/get.
func (s *Sandbox) showMenu(_ context.Context, c *wireCall) (any, error) {
	menu := s.menuOf(c.app.AppID)
	if len(menu) == 0 {
		return nil, refuse(46003)
	}
	return map[string]any{"menu": map[string]any{"button": menu}}, nil
}

// deleteMenu is GET /cgi-bin/menu/delete.
func (s *Sandbox) deleteMenu(_ context.Context, c *wireCall) (any, error) {
	err := s.state.update(func(b *batch) { b.setMenu(c.app.AppID, nil) })
	return success(nil), err
}

func (s *Sandbox) menuOf(appid string) (menu []wechat.MenuButton) {
	s.state.view(func(st *state) { menu = st.open.menus[appid] })
	return menu
}

// leaves are the buttons that do something, by their place: "2", or "2.1" under the second.
func leaves(menu []wechat.MenuButton) map[string]wechat.MenuButton {
	out := map[string]wechat.MenuButton{}
	for i, b := range menu {
		if len(b.Sub) == 0 {
			out[fmt.Sprint(i+1)] = b
		}
		for j, sub := range b.Sub {
			out[fmt.Sprintf("%d.%d", i+1, j+1)] = sub
		}
	}
	return out
}

// click taps a button of the account's menu, by its place or by its key. Where the product has set no menu, any key is
// one of a menu that was made in WeChat's console.
//
// A click opens the one-minute window, and the answer holds the reply. A link or a page of the mini-program only tells
// the product that the person has gone there, and the answer says where.
func (s *Sandbox) click(v *visit) (any, error) {
	app, in, err := s.accountInBody(v)
	if err != nil {
		return nil, err
	}
	button, err := s.tapped(app.AppID, in)
	if err != nil {
		return nil, err
	}
	now, openID := s.o.Now(), OpenID(app.AppID, v.person.ID)
	isClick := button.Type == wechat.ButtonClick
	err = s.whileFollowing(app, v.person.ID, func(b *batch) {
		if isClick {
			b.openTapWindow(app.AppID, v.person.ID, now)
		}
	})
	if err != nil {
		return nil, err
	}
	switch button.Type {
	case wechat.ButtonView:
		pushErr := s.tell(accountEvent(app, openID, "VIEW", button.URL, now))
		return withError(map[string]any{"url": button.URL}, pushErr), nil
	case wechat.ButtonMiniProgram:
		pushErr := s.tell(accountEvent(app, openID, "view_miniprogram", button.Page, now))
		return withError(map[string]any{"appid": button.AppID, "page": button.Page}, pushErr), nil
	}
	return s.talk(app, v.person.ID, accountEvent(app, openID, "CLICK", button.Key, now))
}

func (s *Sandbox) tapped(appid string, in said) (wechat.MenuButton, error) {
	menu := leaves(s.menuOf(appid))
	if in.Button != "" {
		if b, found := menu[in.Button]; found {
			return b, nil
		}
		return wechat.MenuButton{}, invalid("click.button", "菜单里没有这个按钮")
	}
	if in.Key == "" {
		return wechat.MenuButton{}, invalid("click.key", "请填写菜单按钮的 button（如 2.1）或 key")
	}
	for _, b := range menu {
		if b.Type == wechat.ButtonClick && b.Key == in.Key {
			return b, nil
		}
	}
	if len(menu) > 0 {
		return wechat.MenuButton{}, invalid("click.key", "菜单里没有这个 key 的按钮")
	}
	return wechat.MenuButton{Type: wechat.ButtonClick, Key: in.Key}, nil
}
