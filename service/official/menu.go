package official

import (
	"context"
	"errors"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// MenuInput is what an administrator adds to the platform's own menu.
type MenuInput struct {
	Extra []MenuLink `json:"extra" validate:"max=4,dive" label:"附加按钮"`
}

// MenuLink is a button that opens a page.
type MenuLink struct {
	Name string `json:"name" validate:"required,text,max=20" label:"按钮名称"`
	URL  string `json:"url" validate:"required,max=1024" label:"按钮链接"`
}

// MenuView is the menu as WeChat has taken it.
type MenuView struct {
	Account     AccountView         `json:"account"`
	MiniProgram bool                `json:"mini_program"` // the window opens in the mini-program; else the account is not linked to it, and a web page opens
	Buttons     []wechat.MenuButton `json:"buttons"`
}

const (
	// windowPage is where one writes a request in the mini-program.
	windowPage = "pages/request/new"
	// keyMyRequests is the click that answers with the progress of one's requests.
	keyMyRequests = "MY_REQUESTS"
)

// SetMenu puts the platform's menu at the foot of the account, for the city's administrators: the request window, one's own
// requests, the directory of units, and what is added. What WeChat refuses is a fault with what a person can do about it.
func (s *Service) SetMenu(ctx context.Context, v access.Viewer, id int64, in MenuInput) (view MenuView, err error) {
	if !v.CityAdmin() {
		return view, fault.Forbidden()
	}
	account, err := officialAccount(s.db.Read(ctx), id)
	if err != nil {
		return view, err
	}
	if account.UnauthorizedAt != nil {
		return view, trouble(wechat.ErrUnauthorized)
	}
	view.MiniProgram = true
	view.Buttons = s.menu(in, true)
	err = s.wechat.SetMenu(ctx, account.AppID, view.Buttons)
	if wechat.MenuProblemOf(err) == wechat.MenuMiniProgram {
		view.MiniProgram, view.Buttons = false, s.menu(in, false)
		err = s.wechat.SetMenu(ctx, account.AppID, view.Buttons)
	}
	if err != nil {
		return view, menuTrouble(err)
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := tx.Model(&model.OfficialAccount{}).Where("id = ?", id).Update("menu_set_at", tx.Now).Error; err != nil {
			return err
		}
		view.Account, err = officialAccount(tx, id)
		audit.Record(tx, audit.By(v), audit.Entry{Action: "official.set_menu", ObjectType: "official_account", ObjectID: id, After: view.Buttons})
		return err
	})
	return view, err
}

// menu is the platform's menu with what is added under the third button.
func (s *Service) menu(in MenuInput, miniProgram bool) []wechat.MenuButton {
	window := wechat.MenuButton{Name: "我要反映", Type: wechat.ButtonView, URL: s.publicURL + "/m/#/report"}
	if miniProgram {
		window = wechat.MenuButton{Name: window.Name, Type: wechat.ButtonMiniProgram, AppID: s.mpAppID, Page: windowPage, URL: window.URL}
	}
	units := wechat.MenuButton{Name: "单位名录", Type: wechat.ButtonView, URL: s.publicURL + "/m/#/departments"}
	if len(in.Extra) > 0 {
		more := []wechat.MenuButton{units}
		for _, l := range in.Extra {
			more = append(more, wechat.MenuButton{Name: l.Name, Type: wechat.ButtonView, URL: l.URL})
		}
		units = wechat.MenuButton{Name: "便民服务", Sub: more}
	}
	return []wechat.MenuButton{window, {Name: "我的诉求", Type: wechat.ButtonClick, Key: keyMyRequests}, units}
}

// menuTrouble says what WeChat does not like about the menu.
func menuTrouble(err error) error {
	var refusal *wechat.Error
	if errors.As(err, &refusal) && (refusal.Code == 48001 || refusal.Code == 61007) {
		return fault.Conflict("official.menu_not_allowed", "该公众号没有自定义菜单权限：未认证的订阅号不能使用，请先完成微信认证；通过开放平台授权的，请重新授权并勾选菜单权限").Because(err)
	}
	sentence := map[wechat.MenuProblem]string{
		wechat.MenuCount: "菜单按钮数量不符合微信要求：一级最多3个，每个一级按钮下最多5个",
		wechat.MenuDepth: "菜单层级不符合微信要求：最多两级",
		wechat.MenuName:  "按钮名称不符合微信要求：不能为空，二级按钮最长60字节（20个汉字）",
		wechat.MenuType:  "该公众号不支持这类按钮",
		wechat.MenuKey:   "按钮的标识不符合微信要求",
		wechat.MenuURL:   "按钮链接不符合微信要求：须为 http 或 https 网址，最长1024字节",
	}[wechat.MenuProblemOf(err)]
	if sentence == "" {
		return trouble(err)
	}
	return fault.Invalid("official.menu_refused", sentence).With("errcode", refusal.Code).Because(err)
}
