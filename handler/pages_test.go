package handler

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestPages(t *testing.T) {
	t.Parallel()
	app := fiber.New(fiber.Config{ErrorHandler: fail(slog.New(slog.DiscardHandler))})
	app.Get("/api/v1/departments", func(c *fiber.Ctx) error { return c.SendString("departments") })
	(&Handler{}).mountPages(app)

	get := func(t *testing.T, method, address string) (status int, header func(string) string, body string) {
		t.Helper()
		answer, err := app.Test(httptest.NewRequest(method, address, nil))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, answer.Header.Get, string(raw)
	}

	t.Run("a page is asked for anew and loads nothing from elsewhere", func(t *testing.T) {
		for _, address := range []string{"/", "/m/", "/m/?person=m-1"} {
			status, header, body := get(t, "GET", address)
			if status != 200 || !strings.HasPrefix(header("Content-Type"), "text/html") || !strings.Contains(body, "<title>红云") {
				t.Errorf("%s: %d %s", address, status, header("Content-Type"))
			}
			if header("Cache-Control") != "no-cache" || header("Content-Security-Policy") != pagePolicy || header("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: headers %q %q %q", address, header("Cache-Control"), header("Content-Security-Policy"), header("X-Content-Type-Options"))
			}
		}
	})

	t.Run("the assets of a page may be kept for ever", func(t *testing.T) {
		_, _, page := get(t, "GET", "/m/")
		script := regexp.MustCompile(`/assets/[^"]+app\.js`).FindString(page)
		status, header, _ := get(t, "GET", script)
		if status != 200 || !strings.Contains(header("Content-Type"), "javascript") || !strings.Contains(header("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q %q", script, status, header("Content-Type"), header("Cache-Control"))
		}
		if _, header, _ := get(t, "GET", "/assets/another/m/app.js"); header("Cache-Control") != "no-cache" {
			t.Errorf("of another version: %q", header("Cache-Control"))
		}
	})

	t.Run("the address without its slash leads on, with its person", func(t *testing.T) {
		if status, header, _ := get(t, "GET", "/m?person=m-1"); status != 302 || header("Location") != "/m/?person=m-1" {
			t.Errorf("%d %q", status, header("Location"))
		}
	})

	t.Run("an unknown page is a page, an unknown API address is JSON", func(t *testing.T) {
		if status, header, body := get(t, "GET", "/nix"); status != 404 || !strings.HasPrefix(header("Content-Type"), "text/html") || !strings.Contains(body, "没有这个页面") {
			t.Errorf("page: %d %s", status, header("Content-Type"))
		}
		if status, _, body := get(t, "GET", "/api/v1/nix"); status != 404 || !strings.Contains(body, `"code":"not_found"`) {
			t.Errorf("API: %d %s", status, body)
		}
		if status, _, body := get(t, "GET", "/assets/v/m/nix.js"); status != 404 || !strings.Contains(body, `"code":"not_found"`) {
			t.Errorf("asset: %d %s", status, body)
		}
		if status, _, body := get(t, "POST", "/api/v1/departments"); status != 405 || !strings.Contains(body, "method_not_allowed") {
			t.Errorf("method: %d %s", status, body)
		}
	})
}
