package handler

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/payment"
	"hongyun/wechat"
)

// payNoticeTime bounds one notice. WeChat hangs up after 5 s and comes again, for a day.
const payNoticeTime = 5 * time.Second

// takePayNotice is one notice of WeChat Pay about a payment or a refund. It answers 204 only for what has taken effect, now
// or before; WeChat repeats everything else.
func (h *Handler) takePayNotice(c *fiber.Ctx) error {
	body := c.BodyRaw() // as it came: the signature covers every byte
	if len(body) > wechat.MaxPushBytes {
		return h.refusePayNotice(c, wechat.ErrTooLarge)
	}
	header := http.Header{}
	for _, name := range wechat.NoticeHeaders() {
		if value := c.Get(name); value != "" {
			header.Set(name, value)
		}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), payNoticeTime)
	defer cancel()
	if err := h.s.Payment.Notice(ctx, header, bytes.Clone(body)); err != nil { // the buffer is reused
		return h.refusePayNotice(c, err)
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// noticeAnswer is the form that WeChat's documents ask a refusal to have.
type noticeAnswer struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refusePayNotice answers in WeChat's form and tells whoever calls no more than he knows. The log gets the reason, which
// shows nothing of what was sent.
func (h *Handler) refusePayNotice(c *fiber.Ctx, err error) error {
	for _, refusal := range []struct {
		reason  error
		status  int
		message string
	}{
		{payment.ErrOff, fiber.StatusNotFound, "未启用微信支付"},
		{wechat.ErrForged, fiber.StatusUnauthorized, "验签失败"},
		{wechat.ErrStale, fiber.StatusUnauthorized, "验签失败"},
		{wechat.ErrMalformed, fiber.StatusBadRequest, "通知内容无法识别"},
		{wechat.ErrTooLarge, fiber.StatusRequestEntityTooLarge, "通知内容太大"},
	} {
		if errors.Is(err, refusal.reason) {
			h.log.Warn("notice refused", "request_id", requestID(c), "ip", c.IP(), "reason", err)
			return c.Status(refusal.status).JSON(noticeAnswer{Code: "FAIL", Message: refusal.message})
		}
	}
	h.log.Error("notice failed", "request_id", requestID(c), "error", err)
	return c.Status(fiber.StatusInternalServerError).JSON(noticeAnswer{Code: "FAIL", Message: "系统繁忙，请稍后重试"})
}
