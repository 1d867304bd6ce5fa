package main

import (
	"os/exec"
	"strings"
	"testing"
)

// ground is the ground floor: what every module may use.
var ground = []string{"access", "audit", "batch", "calendar", "callback", "clock", "fact", "fault", "file", "ledger", "limit", "mask", "notify", "roster", "rule", "schedule",
	"sheet", "unit", "vault", "vote", "worker"}

// TestWalls holds the arrows of the design: cmd → handler → service/<module> →
// service/<ground floor> → model, wechat. A new package finds its floor here or fails.
func TestWalls(t *testing.T) {
	t.Parallel()
	imports := projectImports(t)
	for pkg, all := range imports {
		for _, imported := range all {
			if reason := forbidden(pkg, imported); reason != "" {
				t.Errorf("%s imports %s: %s", pkg, imported, reason)
			}
		}
	}
	if len(imports) < 20 {
		t.Fatalf("only %d packages were looked at", len(imports))
	}
}

// forbidden says why from must not import to; empty: it may.
func forbidden(from, to string) string {
	top := func(prefix, p string) bool { return p == prefix || strings.HasPrefix(p, prefix+"/") }
	switch {
	case top("cmd", from) || top("scripts", from):
		return ""
	case to == "config":
		return "only cmd reads the settings"
	case top("cmd", to):
		return "nothing imports cmd"
	case top("model", from) && !top("model", to) && ours(to):
		return "model imports nothing of ours"
	case top("wechat", from) && (top("service", to) || top("handler", to) || top("model", to)):
		return "wechat knows nothing of the product"
	case top("service", from) && top("handler", to):
		return "service knows no HTTP"
	case top("handler", from) && (strings.HasPrefix(to, "gorm.io/") || strings.Contains(to, "redis")):
		return "handler knows neither GORM nor Redis"
	case !top("handler", from) && strings.HasPrefix(to, "github.com/gofiber/"):
		return "only handler knows Fiber"
	case !top("wechat", from) && strings.HasPrefix(to, "github.com/silenceper/wechat"):
		return "only wechat knows WeChat's library"
	case to == "github.com/silenceper/wechat/v2" || strings.HasPrefix(to, "github.com/silenceper/wechat/v2/pay"):
		return "its root package turns on debug logging, its pay package is the old interface"
	case strings.HasPrefix(from, "service/") && from != "service/demo" && (to == "service" || isModule(to)):
		return "a module is built by service.go alone, and modules meet in facts, messages and tables"
	case to == "wechat/sandbox" && from != "service/demo":
		return "the product does not know that there is a sandbox"
	}
	return ""
}

func ours(p string) bool {
	for _, top := range []string{"cmd", "config", "handler", "model", "service", "wechat", "web"} {
		if p == top || strings.HasPrefix(p, top+"/") {
			return true
		}
	}
	return false
}

// isModule: every package of service that is not on the ground floor.
func isModule(p string) bool {
	name, ok := strings.CutPrefix(p, "service/")
	if !ok || strings.HasSuffix(name, "test") {
		return false
	}
	for _, g := range ground {
		if name == g {
			return false
		}
	}
	return true
}

// projectImports lists what each package imports outside its tests.
func projectImports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "hongyun/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for i := range words {
			words[i] = strings.TrimPrefix(words[i], "hongyun/")
		}
		imports[words[0]] = words[1:]
	}
	return imports
}
