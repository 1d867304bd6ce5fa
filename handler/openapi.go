package handler

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"hongyun/model"
	"hongyun/service/access"
)

// Document writes the OpenAPI 3.1 document of the table.
func Document(table []Route) ([]byte, error) {
	r := openapi31.NewReflector()
	r.Spec.Info.Title = "德·红云 API"
	r.Spec.Info.Version = "1"
	r.Spec.SetHTTPBearerTokenSecurity("token", "", "POST /api/v1/auth/wechat 发给的令牌")
	answers := answered(table)
	r.DefaultOptions = append(r.DefaultOptions, jsonschema.InterceptProp(describeField), jsonschema.InterceptDefName(definitionName),
		jsonschema.InterceptProp(func(p jsonschema.InterceptPropParams) error { return describeAnswer(p, answers) }))
	r.AddTypeMapping(model.Date(""), new(jsonschema.Schema).WithType(jsonschema.String.Type()).WithFormat("date"))
	r.AddTypeMapping(upload{}, new(jsonschema.Schema).WithType(jsonschema.String.Type()).WithFormat("binary"))
	for _, route := range table {
		if err := describe(r, route); err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", route.Method, route.Path, err)
		}
	}
	return r.Spec.MarshalJSON()
}

func describe(r *openapi31.Reflector, route Route) error {
	op, err := r.NewOperationContext(route.Method, route.Path)
	if err != nil {
		return err
	}
	op.SetSummary(route.Title)
	op.SetDescription("权限：" + string(route.Permission))
	op.SetID(strings.ToLower(route.Method) + strings.Map(wordsOnly, route.Path))
	if route.Permission != access.Public {
		op.AddSecurity("token")
	}
	if route.in != reflect.TypeFor[empty]() {
		op.AddReqStructure(reflect.New(route.in).Interface(), func(cu *openapi.ContentUnit) { cu.Customize = asMultipart })
	}
	switch {
	case route.out.Implements(reflect.TypeFor[responder]()):
		op.AddRespStructure(nil, openapi.WithHTTPStatus(route.Status), openapi.WithContentType("application/octet-stream"))
	case route.Status == http.StatusNoContent:
		op.AddRespStructure(nil, openapi.WithHTTPStatus(route.Status))
	default:
		op.AddRespStructure(reflect.New(route.out).Interface(), openapi.WithHTTPStatus(route.Status))
	}
	op.AddRespStructure(failure{}, func(cu *openapi.ContentUnit) { cu.IsDefault = true })
	if err := r.AddOperation(op); err != nil {
		return err
	}
	if o, ok := op.(openapi31.OperationExposer); ok {
		requireParameters(o.Operation().Parameters, route.in)
	}
	return nil
}

// requireParameters marks the parameters without which a request is refused.
func requireParameters(parameters []openapi31.ParameterOrReference, in reflect.Type) {
	for _, f := range reflect.VisibleFields(in) {
		if !strings.Contains(f.Tag.Get("validate"), "required") {
			continue
		}
		for _, p := range parameters {
			if p.Parameter != nil && p.Parameter.Name == f.Tag.Get("query") {
				p.Parameter.WithRequired(true)
			}
		}
	}
}

// asMultipart names the only form in which files come; the library knows it by types of its own alone.
func asMultipart(body openapi.ContentOrReference) {
	b, ok := body.(*openapi31.RequestBodyOrReference)
	if !ok || b.RequestBody == nil {
		return
	}
	if form, ok := b.RequestBody.Content[fiber.MIMEApplicationForm]; ok {
		delete(b.RequestBody.Content, fiber.MIMEApplicationForm)
		b.RequestBody.WithContentItem(fiber.MIMEMultipartForm, form)
	}
}

func wordsOnly(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
		return r
	case r == '{' || r == '}':
		return -1
	default:
		return '_'
	}
}

// definitionName keeps the package in front of views of the same name, and
// turns the brackets of list[T] into letters.
var brackets = regexp.MustCompile(`[^A-Za-z0-9]+`)

func definitionName(t reflect.Type, name string) string {
	return strings.Trim(brackets.ReplaceAllString(name, "_"), "_")
}

// answered is the types that stand in answers alone.
func answered(table []Route) map[reflect.Type]bool {
	out, in := map[reflect.Type]bool{reflect.TypeFor[failure](): true}, map[reflect.Type]bool{}
	for _, r := range table {
		mark(r.out, out)
		mark(r.in, in)
	}
	for t := range in {
		delete(out, t)
	}
	return out
}

// mark adds a struct and the structs that it is made of.
func mark(t reflect.Type, seen map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		mark(t.Elem(), seen)
	case reflect.Struct:
		if seen[t] {
			return
		}
		seen[t] = true
		for i := range t.NumField() {
			mark(t.Field(i).Type, seen)
		}
	}
}

// describeAnswer says which fields an answer always has, and which of them may be null: a pointer is null where there is nothing,
// a list is empty. TestScope holds the answers against it.
func describeAnswer(p jsonschema.InterceptPropParams, answers map[reflect.Type]bool) error {
	parent := p.ParentSchema.ReflectType
	if parent != nil && parent.Kind() == reflect.Pointer {
		parent = parent.Elem()
	}
	if !p.Processed || !answers[parent] || strings.Contains(p.Field.Tag.Get("json"), ",omit") {
		return nil
	}
	if !slices.Contains(p.ParentSchema.Required, p.Name) {
		p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
	}
	switch kind := p.Field.Type.Kind(); {
	case kind == reflect.Slice && p.PropertySchema.HasType(jsonschema.Array):
		p.PropertySchema.WithType(jsonschema.Array.Type())
	case kind == reflect.Pointer && p.PropertySchema.Ref != nil:
		ref := jsonschema.Schema{Ref: p.PropertySchema.Ref}
		null := jsonschema.Null.ToSchemaOrBool()
		*p.PropertySchema = jsonschema.Schema{AnyOf: []jsonschema.SchemaOrBool{ref.ToSchemaOrBool(), null}}
	}
	return nil
}

// describeField carries the validate and label tags into the document.
func describeField(p jsonschema.InterceptPropParams) error {
	if !p.Processed {
		return nil
	}
	if label := p.Field.Tag.Get("label"); label != "" {
		p.PropertySchema.WithTitle(label)
	}
	for rule := range strings.SplitSeq(p.Field.Tag.Get("validate"), ",") {
		name, value, _ := strings.Cut(rule, "=")
		n, _ := strconv.ParseInt(value, 10, 64)
		text := p.Field.Type.Kind() == reflect.String
		if name == "dive" { // what follows is about the elements
			break
		}
		switch {
		case name == "required":
			p.ParentSchema.Required = append(p.ParentSchema.Required, p.Name)
		case name == "oneof":
			for _, choice := range strings.Fields(value) {
				p.PropertySchema.Enum = append(p.PropertySchema.Enum, choice)
			}
		case name == "date":
			p.PropertySchema.WithFormat("date")
		case name == "month":
			p.PropertySchema.WithPattern(`^\d{4}-\d{2}$`)
		case name == "max" && text:
			p.PropertySchema.WithMaxLength(n)
		case name == "min" && text:
			p.PropertySchema.WithMinLength(n)
		case name == "max" && p.Field.Type.Kind() == reflect.Slice:
			p.PropertySchema.WithMaxItems(n)
		case name == "max":
			p.PropertySchema.WithMaximum(float64(n))
		case name == "min" && p.Field.Type.Kind() != reflect.Slice:
			p.PropertySchema.WithMinimum(float64(n))
		}
	}
	return nil
}
