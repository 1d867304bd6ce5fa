package config_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"hongyun/config"
)

var update = flag.Bool("update", false, "write the settings tables of the READMEs")

// TestReadme holds the settings tables of both READMEs against the struct.
func TestReadme(t *testing.T) {
	for file, tag := range map[string]string{"../README.md": "doc", "../README.zh-CN.md": "zh"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = "<!-- settings -->\n", "<!-- /settings -->"
		before, rest, found := strings.Cut(string(text), begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no place for the settings", file)
		}
		want := before + begin + table(tag) + end + after
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want != string(text) {
			t.Errorf("the settings table of %s is stale: go test ./config -run TestReadme -update", file)
		}
	}
}

func table(tag string) string {
	heads := map[string]string{"doc": "| Setting | Default | What |", "zh": "| 设置 | 默认值 | 含义 |"}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n|---|---|---|\n", heads[tag])
	c := reflect.TypeFor[config.Config]()
	for i := range c.NumField() {
		f := c.Field(i)
		def := f.Tag.Get("envDefault")
		if f.Tag.Get("secret") != "" && def != "" {
			def = "(sandbox's)"
		}
		if def != "" {
			def = "`" + def + "`"
		}
		fmt.Fprintf(&b, "| `%s%s` | %s | %s |\n", config.Prefix, f.Tag.Get("env"), def, f.Tag.Get(tag))
	}
	return b.String()
}
