package sandbox

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyun/wechat"
)

func TestMenu(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c, ctx := newClient(t, b, b.url+"/sandbox/wire"), context.Background()
	click := wechat.MenuButton{Name: "诉求窗口", Type: wechat.ButtonClick, Key: "NEW"}
	menu := []wechat.MenuButton{click, {Name: "我的", Sub: []wechat.MenuButton{
		{Name: "我的诉求", Type: wechat.ButtonMiniProgram, AppID: mini, Page: "pages/index/index", URL: "https://dj.example.gov.cn/m/"},
		{Name: "办事指南", Type: wechat.ButtonView, URL: "https://dj.example.gov.cn/guide"},
	}}}

	t.Run("what breaks a limit is refused, and not sent", func(t *testing.T) {
		long := strings.Repeat("长", 6)
		for problem, bad := range map[wechat.MenuProblem][]wechat.MenuButton{
			wechat.MenuCount: {click, click, click, click},
			wechat.MenuName:  {{Name: long, Type: wechat.ButtonClick, Key: "K"}},
			wechat.MenuType:  {{Name: "扫码", Type: "scancode_push", Key: "K"}},
			wechat.MenuKey:   {{Name: "诉求", Type: wechat.ButtonClick, Key: strings.Repeat("k", 129)}},
			wechat.MenuURL:   {{Name: "指南", Type: wechat.ButtonView, URL: "javascript:alert(1)"}},
			wechat.MenuDepth: {{Name: "我的", Sub: []wechat.MenuButton{{Name: "里面", Sub: []wechat.MenuButton{click}}}}},
		} {
			if err := c.SetMenu(ctx, clinic, bad); wechat.MenuProblemOf(err) != problem {
				t.Errorf("%s: %v", problem, err)
			}
		}
		six := []wechat.MenuButton{{Name: "我的", Sub: []wechat.MenuButton{click, click, click, click, click, click}}}
		if err := c.SetMenu(ctx, clinic, six); wechat.MenuProblemOf(err) != wechat.MenuCount || codeOf(err) != 40023 {
			t.Error(err)
		}
		wantCode(t, b.wire(clinic, "cgi-bin/menu/create", map[string]any{"button": []any{}}), 40016)
	})
	t.Run("a mini-program that is not linked, or has no such page, is refused by WeChat", func(t *testing.T) {
		for _, bad := range []wechat.MenuButton{
			{Name: "别家", Type: wechat.ButtonMiniProgram, AppID: "wx9", Page: "pages/index/index", URL: "https://x/"},
			{Name: "没有", Type: wechat.ButtonMiniProgram, AppID: mini, Page: "pages/none", URL: "https://x/"},
		} {
			if err := c.SetMenu(ctx, clinic, []wechat.MenuButton{bad}); wechat.MenuProblemOf(err) != wechat.MenuMiniProgram {
				t.Error(err)
			}
		}
	})
	t.Run("phones show the menu, and tap it", func(t *testing.T) {
		wantCode(t, b.wire(clinic, "cgi-bin/menu/get", nil), 46003)
		if err := c.SetMenu(ctx, clinic, menu); err != nil {
			t.Fatal(err)
		}
		if shown := b.list("people/wang/accounts")[0]["menu"].([]any); len(shown) != 2 {
			t.Errorf("%v", shown)
		}
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.pass(2 * time.Minute)
		fan := OpenID(clinic, "wang")
		if a := b.mustDoor("people/wang/click", map[string]any{"appid": clinic, "button": "2.2"}); a["url"] != "https://dj.example.gov.cn/guide" {
			t.Error(a)
		}
		if err := c.SendCustomerText(ctx, clinic, fan, "x"); wechat.OutcomeOf(err) != wechat.OutcomeWindowClosed {
			t.Errorf("a link opened the window: %v", err)
		}
		if a := b.mustDoor("people/wang/click", map[string]any{"appid": clinic, "button": "2.1"}); a["page"] != "pages/index/index" {
			t.Error(a)
		}
		b.mustDoor("people/wang/click", map[string]any{"appid": clinic, "button": "1"})
		if err := c.SendCustomerText(ctx, clinic, fan, "请说"); err != nil {
			t.Errorf("a click opened no window: %v", err)
		}
		var events []string
		for _, o := range b.product.pushes() {
			events = append(events, between(string(o.body), "<Event><![CDATA[", "]]>")+" "+between(string(o.body), "<EventKey><![CDATA[", "]]>"))
		}
		want := "subscribe |VIEW https://dj.example.gov.cn/guide|view_miniprogram pages/index/index|CLICK NEW"
		if got := strings.Join(events, "|"); got != want {
			t.Errorf("%s", got)
		}
		if status, _ := b.door("people/wang/click", map[string]any{"appid": clinic, "key": "OTHER"}); status != http.StatusBadRequest {
			t.Errorf("%d", status)
		}
	})
	t.Run("it is taken away, twice", func(t *testing.T) {
		for range 2 {
			if err := c.DeleteMenu(ctx, clinic); err != nil {
				t.Error(err)
			}
		}
		wantCode(t, b.wire(clinic, "cgi-bin/menu/get", nil), 46003)
	})
}
