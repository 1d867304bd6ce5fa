package handler

import (
	"bytes"
	"context"
	"errors"
	"html"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/fault"
	"hongyun/wechat"
)

// takeComponentPush is one push of the open platform about our third-party platform. It answers 200 only for what is stored.
func (h *Handler) takeComponentPush(c *fiber.Ctx) error {
	body := c.BodyRaw()
	if len(body) > wechat.MaxPushBytes {
		return h.refuseCallback(c, wechat.ErrTooLarge)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), callbackTime)
	defer cancel()
	if err := h.s.Official.TakeComponentPush(ctx, callbackQuery(c), bytes.Clone(body)); err != nil {
		return h.refuseCallback(c, err)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString("success")
}

// authorized is where WeChat's page sends the browser of a unit's administrator back to. Nobody is signed in there: the state in
// the address proves the way.
func (h *Handler) authorized(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), callbackTime)
	defer cancel()
	name, err := h.s.Official.Authorized(ctx, c.Query("state"), c.Query("auth_code"))
	if err == nil {
		return authorizedPage(c, fiber.StatusOK, "授权成功", "公众号“"+name+"”已接入。您可以关闭本页面。")
	}
	var f *fault.Fault
	if !errors.As(err, &f) {
		h.log.Error("authorisation failed", "request_id", requestID(c), "error", err)
		return authorizedPage(c, fiber.StatusInternalServerError, "授权没有完成", "平台出现问题，请稍后再试。")
	}
	h.log.Warn("authorisation refused", "request_id", requestID(c), "code", f.Code, "error", errors.Unwrap(f))
	return authorizedPage(c, int(f.Kind), "授权没有完成", f.Message)
}

// authorizedPage is a page of its own, without script or style from elsewhere; its address holds a code, which goes nowhere.
func authorizedPage(c *fiber.Ctx, status int, title, text string) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).SendString("<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" + html.EscapeString(title) + "</title></head><body><h1>" +
		html.EscapeString(title) + "</h1><p>" + html.EscapeString(text) + "</p></body></html>")
}
