package handler

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/access"
)

// TestCached: an answer to everybody may be kept for a minute, and who has it already gets no second copy.
func TestCached(t *testing.T) {
	t.Parallel()
	answer := "一"
	r := cached(route("GET", "/x", "", access.Public, func(context.Context, access.Viewer, *empty) (list[string], error) {
		return items([]string{answer}, nil)
	}))
	app := fiber.New()
	app.Get("/x", func(c *fiber.Ctx) error { return r.serve(c, access.Viewer{}) })
	ask := func(tag string) (status int, etag string, length int64) {
		req := httptest.NewRequest("GET", "/x", nil)
		req.Header.Set("If-None-Match", tag)
		res, err := app.Test(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.Header.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("Cache-Control %q", res.Header.Get("Cache-Control"))
		}
		return res.StatusCode, res.Header.Get("ETag"), res.ContentLength
	}
	status, tag, _ := ask("")
	if status != 200 || tag == "" {
		t.Fatalf("%d %q", status, tag)
	}
	if status, same, length := ask(tag); status != 304 || same != tag || length > 0 {
		t.Errorf("asked again: %d %q, %d bytes", status, same, length)
	}
	answer = "二"
	if status, other, _ := ask(tag); status != 200 || other == tag {
		t.Errorf("another answer: %d %q", status, other)
	}
}
