package web

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestSite(t *testing.T) {
	t.Parallel()
	site, err := Open()
	if err != nil {
		t.Fatal(err)
	}

	t.Run("every link of a page leads to an asset of this version", func(t *testing.T) {
		for _, name := range []string{"start/index.html", "start/404.html", "plain/index.html"} {
			body, err := site.Page(name)
			if err != nil {
				t.Fatal(err)
			}
			links := regexp.MustCompile(`(?:src|href)="/assets/([^/"]+)/([^"]+)"`).FindAllStringSubmatch(string(body), -1)
			if len(links) == 0 {
				t.Errorf("%s links to no asset", name)
			}
			for _, link := range links {
				if _, lasting, err := site.Asset(link[1], link[2]); err != nil || !lasting {
					t.Errorf("%s: %s: lasting %v, error %v", name, link[0], lasting, err)
				}
			}
		}
	})

	t.Run("every import of a script leads to a file", func(t *testing.T) {
		imports := regexp.MustCompile(`(?:from|import)\s*\(?\s*"(\.[^"]+)"`)
		for name, body := range texts(t, ".js") {
			for _, m := range imports.FindAllStringSubmatch(body, -1) {
				if _, err := fs.Stat(files, path.Join(path.Dir(name), m[1])); err != nil {
					t.Errorf("%s imports %s: %v", name, m[1], err)
				}
			}
		}
	})

	t.Run("nothing needs what the content security policy forbids", func(t *testing.T) {
		forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\sstyle="|\son\w+="|<style|(?:src|href)="(?:https?:)?//`)
		for _, ext := range []string{".js", ".html"} {
			for name, body := range texts(t, ext) {
				if found := forbidden.FindString(body); found != "" {
					t.Errorf("%s contains %q", name, found)
				}
			}
		}
	})

	t.Run("an asset of another version is served, but not kept", func(t *testing.T) {
		if _, lasting, err := site.Asset("0000000000000000", "plain/app.js"); err != nil || lasting {
			t.Errorf("lasting %v, error %v", lasting, err)
		}
	})

	t.Run("a built page leads to files that are there, and may be kept for ever", func(t *testing.T) {
		page, lasting, err := site.Built("m", "")
		if err != nil || lasting {
			t.Fatalf("lasting %v, error %v", lasting, err)
		}
		links := regexp.MustCompile(`(?:src|href)="\./(assets/[^"]+)"`).FindAllStringSubmatch(string(page), -1)
		if len(links) < 2 {
			t.Errorf("%d links", len(links))
		}
		for _, link := range links {
			if _, lasting, err := site.Built("m", link[1]); err != nil || !lasting {
				t.Errorf("%s: lasting %v, error %v", link[1], lasting, err)
			}
		}
		for _, name := range []string{"none.js", "assets", "../../start/index.html", "assets/../index.html", "/index.html"} {
			if _, _, err := site.Built("m", name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})

	t.Run("pages, folders and paths out of the tree are no assets", func(t *testing.T) {
		for _, name := range []string{"plain/index.html", "plain", "", "../web.go", "plain/../web.go", "/plain/app.js", "plain/none.js"} {
			if _, _, err := site.Asset(site.version, name); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

// texts is every embedded file with the extension.
func texts(t *testing.T, ext string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if name == "dist" {
			return fs.SkipDir // is tested where it is written
		}
		if err == nil && strings.HasSuffix(name, ext) {
			body, err := fs.ReadFile(files, name)
			found[name] = string(body)
			return err
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files %s, error %v", len(found), ext, err)
	}
	return found
}
