package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// ButtonType is what a button of a menu does.
type ButtonType string

// The types that are offered. WeChat has more.
const (
	ButtonClick       ButtonType = "click"       // pushes CLICK with Key, and opens the one-minute window
	ButtonView        ButtonType = "view"        // opens URL
	ButtonMiniProgram ButtonType = "miniprogram" // opens Page of the mini-program AppID; URL for old phones
)

// MenuButton is one button at the foot of an account. One with Sub only opens these, and has no type.
type MenuButton struct {
	Name  string       `json:"name"`
	Type  ButtonType   `json:"type,omitempty"`
	Key   string       `json:"key,omitempty"`
	URL   string       `json:"url,omitempty"`
	AppID string       `json:"appid,omitempty"`
	Page  string       `json:"pagepath,omitempty"`
	Sub   []MenuButton `json:"sub_button,omitempty"`
}

// WeChat's limits of a menu. Lengths are in bytes of UTF-8; a Chinese character has three.
const (
	MaxButtons      = 3
	MaxSubButtons   = 5
	MaxButtonName   = 16
	MaxSubName      = 60
	MaxButtonKey    = 128
	MaxButtonURL    = 1024
	apiMenuCreate   = "menu/create"
	noMenu          = 46003
	codeButtonCount = 40016
)

// MenuProblem is what WeChat does not like about a menu.
type MenuProblem string

// The problems.
const (
	MenuFine        MenuProblem = ""
	MenuCount       MenuProblem = "count"        // of buttons: 1 to 3, and 1 to 5 under one
	MenuDepth       MenuProblem = "depth"        // buttons under buttons under buttons
	MenuName        MenuProblem = "name"         // empty or too long
	MenuType        MenuProblem = "type"         // not one that is offered
	MenuKey         MenuProblem = "key"          // missing or too long
	MenuURL         MenuProblem = "url"          // missing, too long, or no http address
	MenuMiniProgram MenuProblem = "mini_program" // not linked to the account, or without that page
	MenuOther       MenuProblem = "other"        // a refusal that is not about the menu itself
)

// MenuProblemOf tells what an error of SetMenu or CheckMenu means. nil is MenuFine.
func MenuProblemOf(err error) MenuProblem {
	if err == nil {
		return MenuFine
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		return MenuOther
	}
	switch refusal.Code {
	case codeButtonCount, 40023:
		return MenuCount
	case 40022:
		return MenuDepth
	case 40018, 40025:
		return MenuName
	case 40015, 40017, 40024:
		return MenuType
	case 40019, 40026:
		return MenuKey
	case 40020, 40027, 40054, 40055:
		return MenuURL
	case 40013, 40165, 40166, 45064:
		return MenuMiniProgram
	}
	return MenuOther
}

// SetMenu puts buttons at the foot of the account, in place of those that are there. Phones see it within a day, new
// followers at once. What breaks a limit is refused without asking WeChat, in WeChat's words (see CheckMenu).
func (c *Client) SetMenu(ctx context.Context, appid string, buttons []MenuButton) error {
	if err := CheckMenu(buttons); err != nil {
		return err
	}
	return c.post(ctx, appid, apiMenuCreate, "/cgi-bin/menu/create", map[string]any{"button": buttons}, nil)
}

// DeleteMenu takes the menu away. An account without one is no error.
func (c *Client) DeleteMenu(ctx context.Context, appid string) error {
	const api = "menu/delete"
	return c.withToken(ctx, appid, api, func(ctx context.Context, token string) error {
		raw, _, err := c.do(ctx, api, http.MethodGet, apiURL("/cgi-bin/menu/delete", url.Values{"access_token": {token}}), nil, maxAnswer)
		if err != nil {
			return err
		}
		got, err := decode(api, raw, nil)
		if isCode(err, noMenu) {
			return nil
		}
		if err == nil && got.Code == nil {
			err = &callError{api: api, cause: errors.New("answer without errcode")}
		}
		return err
	})
}

// CheckMenu holds a menu against WeChat's limits. Its error is the *Error with which WeChat would refuse it, with the place
// of the button ("2" or "2.1") in front of its words.
func CheckMenu(buttons []MenuButton) error {
	if len(buttons) == 0 || len(buttons) > MaxButtons {
		return menuError("", codeButtonCount, "invalid button size")
	}
	for i, b := range buttons {
		place := fmt.Sprint(i + 1)
		if err := firstError(b.checkName(place, MaxButtonName, 40018), b.checkWork(place, topCodes)); err != nil {
			return err
		}
		for j, sub := range b.Sub {
			place := fmt.Sprintf("%d.%d", i+1, j+1)
			if len(sub.Sub) > 0 {
				return menuError(place, 40022, "invalid sub menu level")
			}
			if err := firstError(sub.checkName(place, MaxSubName, 40025), sub.checkWork(place, subCodes)); err != nil {
				return err
			}
		}
	}
	return nil
}

// buttonCodes are WeChat's errcodes of a button.
type buttonCodes struct{ kind, key, url, domain int64 }

var (
	topCodes = buttonCodes{kind: 40017, key: 40019, url: 40020, domain: 40055}
	subCodes = buttonCodes{kind: 40024, key: 40026, url: 40027, domain: 40054}
)

func (b MenuButton) checkName(place string, most int, code int64) error {
	if strings.TrimSpace(b.Name) == "" || len(b.Name) > most || printable(b.Name) != b.Name || strings.ContainsAny(b.Name, "\n\t") {
		return menuError(place, code, "invalid button name size")
	}
	return nil
}

// checkWork checks what the button does.
func (b MenuButton) checkWork(place string, codes buttonCodes) error {
	if len(b.Sub) > 0 {
		if len(b.Sub) > MaxSubButtons {
			return menuError(place, 40023, "invalid sub button size")
		}
		if b.Type != "" {
			return menuError(place, codes.kind, "invalid button type")
		}
		return nil
	}
	switch b.Type {
	case ButtonClick:
		if b.Key == "" || len(b.Key) > MaxButtonKey {
			return menuError(place, codes.key, "invalid button key size")
		}
		return nil
	case ButtonView:
		return b.checkURL(place, codes)
	case ButtonMiniProgram:
		if b.AppID == "" {
			return menuError(place, 40013, "invalid appid")
		}
		if b.Page == "" {
			return menuError(place, 40165, "invalid weapp pagepath")
		}
		return b.checkURL(place, codes)
	}
	return menuError(place, codes.kind, "invalid button type")
}

func (b MenuButton) checkURL(place string, codes buttonCodes) error {
	if b.URL == "" || len(b.URL) > MaxButtonURL {
		return menuError(place, codes.url, "invalid button url size")
	}
	if _, err := httpURL(b.URL); err != nil {
		return menuError(place, codes.domain, "invalid button url domain")
	}
	return nil
}

func menuError(place string, code int64, words string) error {
	if place != "" {
		words = "button " + place + ": " + words
	}
	return &Error{API: apiMenuCreate, Code: code, Message: words}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
