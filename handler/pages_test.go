package handler

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
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
		for _, address := range []string{"/", "/m/", "/m/?person=m-1", "/admin/", "/admin/?person=m-1", "/plain/", "/plain/?person=m-1"} {
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
		_, _, page := get(t, "GET", "/plain/")
		script := regexp.MustCompile(`/assets/[^"]+app\.js`).FindString(page)
		_, _, page = get(t, "GET", "/m/")
		own := "/m/" + regexp.MustCompile(`assets/[^"]+\.js`).FindString(page)
		for _, script := range []string{script, own} {
			status, header, _ := get(t, "GET", script)
			if status != 200 || !strings.Contains(header("Content-Type"), "javascript") || !strings.Contains(header("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %q %q", script, status, header("Content-Type"), header("Cache-Control"))
			}
		}
		if _, header, _ := get(t, "GET", "/assets/another/plain/app.js"); header("Cache-Control") != "no-cache" {
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
		if status, _, body := get(t, "GET", "/assets/v/plain/nix.js"); status != 404 || !strings.Contains(body, `"code":"not_found"`) {
			t.Errorf("asset: %d %s", status, body)
		}
		if status, _, body := get(t, "POST", "/api/v1/departments"); status != 405 || !strings.Contains(body, "method_not_allowed") {
			t.Errorf("method: %d %s", status, body)
		}
	})
}

// TestPageScripts holds the plain pages to the API: an address or a module that is misspelt shows in no other test.
func TestPageScripts(t *testing.T) {
	t.Parallel()
	scripts := map[string]string{}
	names, err := filepath.Glob("../web/plain/pages/*.js")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d scripts, error %v", len(names), err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		scripts[filepath.Base(name)] = string(body)
	}

	t.Run("every address that a page calls is in the route table", func(t *testing.T) {
		verbs := map[string]string{"read": "GET", "download": "GET", "send": "POST", "upload": "POST", "put": "PUT", "remove": "DELETE"}
		variable := regexp.MustCompile(`\$?\{[^}]*\}`)
		var routes []string
		for _, r := range (&Handler{}).routes() {
			routes = append(routes, r.Method+" "+variable.ReplaceAllString(r.Path, "*"))
		}
		called := 0
		for name, body := range scripts {
			for _, m := range regexp.MustCompile("\\b(read|download|send|upload|put|remove)\\([\"`](/(?:\\$\\{[^}]*\\}|[^\"`?$])*)(\\?[^\"`]*)?[\"`](,|\\)| \\+ new URL)").FindAllStringSubmatch(body, -1) {
				called++
				if address := verbs[m[1]] + " /api/v1" + variable.ReplaceAllString(m[2], "*"); !slices.Contains(routes, address) && !anyStep(routes, address) {
					t.Errorf("%s calls %s", name, address)
				}
			}
		}
		if called < 50 {
			t.Errorf("only %d calls found", called)
		}
	})

	t.Run("every module that a page asks for is one that the server names", func(t *testing.T) {
		all := access.Viewer{AccountID: 1, MemberID: 1, Grants: []access.Grant{{Role: model.RoleAdmin, OrgType: model.OrgCity, OrgPath: "001"}}}
		me, err := new(account.Service).Me(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		for name, body := range scripts {
			for _, m := range regexp.MustCompile(`\bmay\("(\w+)"\)|\["(\w+)", "[^"]+", "[^"]+", "#/`).FindAllStringSubmatch(body, -1) {
				asked++
				if module := m[1] + m[2]; !slices.Contains(me.Modules, module) {
					t.Errorf("%s asks for %s", name, module)
				}
			}
		}
		if asked < 15 {
			t.Errorf("only %d modules found", asked)
		}
	})
}

// anyStep tells whether an address whose last word a script fills in, as /requests/*/*, has routes.
func anyStep(routes []string, address string) bool {
	before, ok := strings.CutSuffix(address, "/*")
	return ok && slices.ContainsFunc(routes, func(r string) bool { return strings.HasPrefix(r, before+"/") })
}
