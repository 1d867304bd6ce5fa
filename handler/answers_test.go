package handler

import (
	"bytes"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// answers holds what routes answer against the document that the front ends take their types from.
type answers struct {
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by route
}

func newAnswers(t testing.TB) *answers {
	t.Helper()
	raw, err := Document((&Handler{}).routes())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return &answers{c, map[string]*jsonschema.Schema{}}
}

// check wants a route's answer of success to be as the document says.
func (a *answers) check(t testing.TB, route Route, out map[string]any) {
	t.Helper()
	if route.Status == http.StatusNoContent || route.out.Implements(reflect.TypeFor[responder]()) {
		return
	}
	name := route.Method + " " + route.Path
	if a.schemas[name] == nil {
		path := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(route.Path)
		schema, err := a.compiler.Compile("openapi.json#/paths/" + path + "/" + strings.ToLower(route.Method) + "/responses/" + strconv.Itoa(route.Status) +
			"/content/application~1json/schema")
		if err != nil {
			t.Fatal(err)
		}
		a.schemas[name] = schema
	}
	if err := a.schemas[name].Validate(out); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}
