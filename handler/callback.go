package handler

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"hongyun/wechat"
)

// callbackTime bounds one push. WeChat hangs up after 5 s and tries again twice; a push that is stored later than that
// is still stored, and its repetition changes nothing.
const callbackTime = 20 * time.Second

// mountCallbacks adds what WeChat calls. These addresses stand outside the route table: whoever calls proves it by a
// signature, and the answers follow WeChat's own form.
func (h *Handler) mountCallbacks(app *fiber.App) {
	for _, path := range []string{"/wechat/oa/:appid", "/wechat/mp/:appid"} {
		app.Get(path, h.verifyCallback)
		app.Post(path, h.takeCallback)
	}
	app.Get("/wechat/open/authorized", h.authorized)
	app.Post("/wechat/open/ticket", h.takeComponentPush)
	app.Post("/wechat/open/:appid", h.takeCallback)
	app.Post("/wechat/pay/notify", h.takePayNotice)
}

// verifyCallback is WeChat's check of the address when an administrator enters it there.
func (h *Handler) verifyCallback(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), callbackTime)
	defer cancel()
	echo, err := h.s.Callback.Verify(ctx, c.Params("appid"), callbackQuery(c))
	if err != nil {
		return h.refuseCallback(c, err)
	}
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return c.SendString(echo)
}

// takeCallback is one push. It answers 200 only for what is stored.
func (h *Handler) takeCallback(c *fiber.Ctx) error {
	body := c.BodyRaw() // as it came: nothing is unpacked
	if len(body) > wechat.MaxPushBytes {
		return h.refuseCallback(c, wechat.ErrTooLarge)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), callbackTime)
	defer cancel()
	reply, err := h.s.Callback.Receive(ctx, c.Params("appid"), callbackQuery(c), bytes.Clone(body)) // the buffer is reused
	if err != nil {
		return h.refuseCallback(c, err)
	}
	if reply == nil {
		c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
		return c.SendString("success")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationXMLCharsetUTF8)
	return c.Send(reply)
}

// callbackQuery copies (fiber.Config.Immutable), since the push outlives the request.
func callbackQuery(c *fiber.Ctx) wechat.CallbackQuery {
	return wechat.CallbackQuery{Signature: c.Query("signature"), MsgSignature: c.Query("msg_signature"), Timestamp: c.Query("timestamp"),
		Nonce: c.Query("nonce"), EncryptType: c.Query("encrypt_type"), EchoStr: c.Query("echostr")}
}

// refuseCallback tells a caller who proves nothing no more than that, whether or not the appid is known. The log gets the
// reason, never what was sent.
func (h *Handler) refuseCallback(c *fiber.Ctx, err error) error {
	for _, refusal := range []struct {
		reason error
		status int
	}{
		{wechat.ErrUnknownApp, fiber.StatusForbidden},
		{wechat.ErrNoComponent, fiber.StatusForbidden},
		{wechat.ErrForged, fiber.StatusForbidden},
		{wechat.ErrStale, fiber.StatusForbidden},
		{wechat.ErrPlaintext, fiber.StatusForbidden},
		{wechat.ErrTooLarge, fiber.StatusRequestEntityTooLarge},
		{wechat.ErrMalformed, fiber.StatusBadRequest},
	} {
		if errors.Is(err, refusal.reason) {
			h.log.Warn("callback refused", "request_id", requestID(c), "appid", c.Params("appid"), "ip", c.IP(), "reason", refusal.reason)
			return c.SendStatus(refusal.status)
		}
	}
	h.log.Error("callback failed", "request_id", requestID(c), "appid", c.Params("appid"), "error", err)
	return c.SendStatus(fiber.StatusInternalServerError)
}
