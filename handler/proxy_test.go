package handler

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"hongyun/service"
)

func TestNew(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	app, err := New(Options{Service: &service.Service{}, Log: slog.New(slog.NewTextHandler(&log, nil)), Metrics: prometheus.NewRegistry(), ProxyHeader: "X-Real-IP"})
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/ip", func(c *fiber.Ctx) error { return c.SendString(c.IP()) })
	app.Get("/panic", func(*fiber.Ctx) error { panic("a fault of ours") })
	ask := func(path, realIP string) string {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-Real-IP", realIP)
		res, err := app.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}

	t.Run("the proxy says who calls, and only an address is one", func(t *testing.T) {
		for _, header := range []string{"203.0.113.7", "2001:db8::7"} {
			if ip := ask("/ip", header); ip != header {
				t.Errorf("%s: %q", header, ip)
			}
		}
		for _, header := range []string{"", "nobody", strings.Repeat("9.", 500), "203.0.113.7; DROP", "\xff\xfe"} {
			if ip := ask("/ip", header); ip != "0.0.0.0" { // where the request came from
				t.Errorf("%.20q: %.40q", header, ip)
			}
		}
	})

	t.Run("the log tells where a panic began", func(t *testing.T) {
		if body := ask("/panic", ""); !strings.Contains(body, `"code":"internal"`) || strings.Contains(body, "fault of ours") {
			t.Error(body)
		}
		if !strings.Contains(log.String(), "a fault of ours") || !strings.Contains(log.String(), "proxy_test.go") {
			t.Error(log.String())
		}
	})
}
