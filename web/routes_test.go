package web

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestRoutes holds the pages' links against the table of addresses in app.js.
func TestRoutes(t *testing.T) {
	t.Parallel()
	scripts := texts(t, ".js")
	var patterns []*regexp.Regexp
	for _, m := range regexp.MustCompile(`(?m)^  \["(/[^"]*)", `).FindAllStringSubmatch(scripts["plain/app.js"], -1) {
		patterns = append(patterns, regexp.MustCompile("^"+regexp.MustCompile(`:\w+`).ReplaceAllString(m[1], `[^/]+`)+"$"))
	}
	if len(patterns) < 80 {
		t.Fatalf("%d addresses in the table", len(patterns))
	}
	known := func(address string) bool {
		for _, p := range patterns {
			if p.MatchString(address) {
				return true
			}
		}
		return false
	}
	literal := regexp.MustCompile("[\"`]#(/[^\"`]*)[\"`]( \\+)?")
	value := regexp.MustCompile(`\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}`)
	links := 0
	for name, body := range scripts {
		for _, m := range literal.FindAllStringSubmatch(body, -1) {
			if m[1] == "/" && m[2] != "" {
				continue // an address that the server gave
			}
			address := value.ReplaceAllString(m[1], "1")
			if m[2] != "" && strings.HasSuffix(address, "/") {
				address += "1" // what is added is a number
			}
			address, _, _ = strings.Cut(address, "?")
			links++
			if !known(address) {
				t.Run(fmt.Sprintf("%s links to a page that is there", name), func(t *testing.T) { t.Errorf("no page at %s", address) })
			}
		}
	}
	if links < 80 {
		t.Errorf("only %d links were found", links)
	}
}
