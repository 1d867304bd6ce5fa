package handler

import (
	"errors"
	"log/slog"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/fault"
)

// failure is the body of every error answer.
type failure struct {
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	Details   map[string]any `json:"details,omitempty"`
	RequestID string         `json:"request_id"`
}

// fail turns any error into an answer. A fault is for the person; everything
// else is logged here, once, and the person gets the request's number to quote.
func fail(log *slog.Logger) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		id := requestID(c)
		var f *fault.Fault
		var web *fiber.Error
		switch {
		case errors.As(err, &f):
		case errors.As(err, &web) && web.Code == fiber.StatusNotFound:
			f = &fault.Fault{Kind: fault.KindNotFound, Code: "not_found", Message: "没有这个地址"}
		case errors.As(err, &web) && web.Code == fiber.StatusMethodNotAllowed:
			f = &fault.Fault{Kind: fault.Kind(web.Code), Code: "method_not_allowed", Message: "此地址不支持这种请求方法"}
		case errors.As(err, &web) && web.Code == fiber.StatusRequestEntityTooLarge:
			f = fault.TooLarge("request.too_large", "请求内容太大")
		case errors.As(err, &web) && web.Code < 500:
			f = &fault.Fault{Kind: fault.Kind(web.Code), Code: "request.refused", Message: "请求无法识别"}
		default:
			log.Error("request failed", "request_id", id, "method", c.Method(), "route", c.Route().Path, "error", err)
			return c.Status(fiber.StatusInternalServerError).JSON(failure{Code: "internal", Message: "系统出现问题，请稍后再试", RequestID: id})
		}
		if f.Unwrap() != nil {
			log.Warn("request refused", "request_id", id, "route", c.Route().Path, "error", f)
		}
		retryAfter(c, f)
		return c.Status(int(f.Kind)).JSON(failure{Code: f.Code, Message: f.Message, Details: f.Details, RequestID: id})
	}
}

// retryAfter says in how many seconds to come again.
func retryAfter(c *fiber.Ctx, f *fault.Fault) {
	if wait, ok := f.Details["retry_after"].(int64); ok {
		c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(wait, 10))
	}
}
