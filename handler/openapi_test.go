package handler

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// update writes the committed API document anew: make openapi.
var update = flag.Bool("update", false, "write docs/api/openapi.json")

const committed = "../docs/api/openapi.json"

func TestDocument(t *testing.T) {
	t.Parallel()
	table := (&Handler{}).routes()
	raw, err := Document(table)
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	if err := json.Indent(&written, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	written.WriteByte('\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(committed), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(committed, written.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("the committed copy is what the table says", func(t *testing.T) {
		kept, err := os.ReadFile(committed)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept, written.Bytes()) {
			t.Errorf("%s is stale: run make openapi", committed)
		}
	})

	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]operation
		Parts   struct {
			Schemas map[string]any
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	t.Run("what holds for the elements of a list is not said of the list", func(t *testing.T) {
		for _, part := range doc.Parts.Schemas {
			fields, _ := part.(map[string]any)["properties"].(map[string]any)
			skills, _ := fields["skills"].(map[string]any)
			if skills == nil || skills["maxItems"] == nil {
				continue
			}
			if required := part.(map[string]any)["required"]; skills["maxItems"] != 10.0 || strings.Contains(fmt.Sprint(required), "areas") {
				t.Errorf("at most %v skills, required %v", skills["maxItems"], required)
			}
			return
		}
		t.Error("no list has a bound")
	})
	t.Run("it is OpenAPI 3.1 and holds every route once, with its title and its answer", func(t *testing.T) {
		if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
			t.Errorf("openapi %q", doc.OpenAPI)
		}
		found, ids := 0, map[string]bool{}
		for _, operations := range doc.Paths {
			found += len(operations)
			for _, o := range operations {
				if ids[o.ID] {
					t.Errorf("operation %s stands there twice", o.ID)
				}
				ids[o.ID] = true
			}
		}
		if found != len(table) {
			t.Errorf("%d operations, %d routes", found, len(table))
		}
		for _, r := range table {
			o, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
			if !ok {
				t.Errorf("%s %s is missing", r.Method, r.Path)
				continue
			}
			o.check(t, r)
		}
	})
	t.Run("every reference leads somewhere", func(t *testing.T) {
		for part := range strings.SplitSeq(string(raw), `"$ref":"`) {
			if name, ok := strings.CutPrefix(part, "#/components/schemas/"); ok {
				name, _, _ = strings.Cut(name, `"`)
				if doc.Parts.Schemas[name] == nil {
					t.Errorf("no schema %s", name)
				}
			}
		}
	})
}

// operation is the part of the document that is looked at.
type operation struct {
	ID         string `json:"operationId"`
	Summary    string
	Security   []any
	Parameters []struct {
		Name, In string
		Required bool
	}
	RequestBody *struct{ Content map[string]any }
	Responses   map[string]any
}

func (o operation) check(t *testing.T, r Route) {
	t.Helper()
	name := r.Method + " " + r.Path
	if o.Summary != r.Title || o.ID == "" {
		t.Errorf("%s: summary %q, id %q", name, o.Summary, o.ID)
	}
	if public := r.Permission == "public"; public == (len(o.Security) > 0) {
		t.Errorf("%s: security %v, permission %s", name, o.Security, r.Permission)
	}
	if o.Responses[strconv.Itoa(r.Status)] == nil || o.Responses["default"] == nil {
		t.Errorf("%s: responses %v", name, o.Responses)
	}
	kind := "application/json"
	if hasTag(r.in, "formData") {
		kind = "multipart/form-data"
	}
	if takes := hasTag(r.in, "json") || hasTag(r.in, "formData"); takes != (o.RequestBody != nil) || takes && o.RequestBody.Content[kind] == nil {
		t.Errorf("%s: body %+v", name, o.RequestBody)
	}
	for _, f := range reflect.VisibleFields(r.in) {
		for _, p := range o.Parameters {
			if must := strings.Contains(f.Tag.Get("validate"), "required"); p.Name == f.Tag.Get("query") && p.Required != must {
				t.Errorf("%s: parameter %s: required %v", name, p.Name, p.Required)
			}
		}
	}
	for part := range strings.SplitSeq(r.Path, "/") {
		want := strings.Trim(part, "{}")
		if want == part {
			continue
		}
		found := false
		for _, p := range o.Parameters {
			found = found || p.Name == want && p.In == "path" && p.Required
		}
		if !found {
			t.Errorf("%s: no path parameter %s", name, want)
		}
	}
}
