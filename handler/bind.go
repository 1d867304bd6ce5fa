package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/fault"
)

// upload is a file of a multipart form.
type upload struct {
	Name string
	Body []byte
}

// bind fills in from the path, the query, the headers, a form file and the JSON
// body, by the tags path, query, header, formData and json, and validates it.
func bind(c *fiber.Ctx, in any) error {
	target := reflect.ValueOf(in).Elem()
	// A packed body may grow a thousandfold when it is unpacked; no client of ours packs.
	if c.Get(fiber.HeaderContentEncoding) != "" && (hasTag(target.Type(), "json") || hasTag(target.Type(), "formData")) {
		return fault.Invalid("request.packed", "请求内容不能压缩，请直接发送")
	}
	if hasTag(target.Type(), "json") {
		if err := decodeBody(c, in); err != nil {
			return err
		}
	}
	if err := bindFields(c, target); err != nil {
		return err
	}
	return validateInput(in)
}

func hasTag(t reflect.Type, tag string) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if _, ok := f.Tag.Lookup(tag); ok || (f.Anonymous && hasTag(f.Type, tag)) {
			return true
		}
	}
	return false
}

// decodeBody reads the JSON object of the body. No body at all is an empty
// object: what is required is then found missing by name.
func decodeBody(c *fiber.Ctx, in any) error {
	if len(c.BodyRaw()) == 0 {
		return nil
	}
	if kind, _, _ := mime.ParseMediaType(c.Get(fiber.HeaderContentType)); kind != fiber.MIMEApplicationJSON {
		return fault.Invalid("request.not_json", "请求内容须为 JSON（Content-Type: application/json）")
	}
	body := c.BodyRaw()
	if !utf8.Valid(body) {
		return fault.Invalid("request.not_utf8", "请求内容不是有效的 UTF-8 文本")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) { // null would pass for an empty object
		return malformed()
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return badJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformed()
	}
	return nil
}

func badJSON(err error) error {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		name := typed.Field[strings.LastIndex(typed.Field, ".")+1:] // before it stand the names of our structs
		return fault.Invalid("request.wrong_type", fmt.Sprintf("字段 %s 的类型不正确", name)).With("field", name)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.Invalid("request.unknown_field", "不认识的字段 "+name).With("field", strings.Trim(name, `"`))
	}
	return malformed()
}

func malformed() error {
	return fault.Invalid("request.malformed_json", "请求内容不是有效的 JSON 对象")
}

func bindFields(c *fiber.Ctx, v reflect.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := bindFields(c, v.Field(i)); err != nil {
				return err
			}
			continue
		}
		if name, ok := f.Tag.Lookup("formData"); ok {
			if err := bindForm(c, name, v.Field(i)); err != nil {
				return err
			}
			continue
		}
		name, text := source(c, f)
		if text == "" {
			continue
		}
		if err := set(v.Field(i), text); err != nil {
			return fault.Invalid("request.wrong_type", fmt.Sprintf("参数 %s 的格式不正确", name)).With("field", name)
		}
	}
	return nil
}

func source(c *fiber.Ctx, f reflect.StructField) (name, text string) {
	if name, ok := f.Tag.Lookup("path"); ok {
		return name, c.Params(name)
	}
	if name, ok := f.Tag.Lookup("query"); ok {
		return name, c.Query(name)
	}
	if name, ok := f.Tag.Lookup("header"); ok {
		return name, c.Get(name)
	}
	return "", ""
}

func set(v reflect.Value, text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return errors.New("not text")
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		v.SetInt(n)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return err
		}
		v.SetBool(b)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return set(v.Elem(), text)
	default:
		return fmt.Errorf("a field of type %s cannot be bound", v.Type())
	}
	return nil
}

// bindForm fills a field of a multipart form: a file, or a text beside it.
func bindForm(c *fiber.Ctx, name string, v reflect.Value) error {
	if v.Type() == reflect.TypeFor[upload]() {
		return bindFile(c, name, v)
	}
	form, err := c.MultipartForm()
	if err != nil {
		return fault.Invalid("request.no_file", "请选择要上传的文件").With("field", name)
	}
	if text := form.Value[name]; len(text) > 0 {
		err = set(v, text[0])
	}
	if err != nil {
		return fault.Invalid("request.wrong_type", fmt.Sprintf("参数 %s 的格式不正确", name)).With("field", name)
	}
	return nil
}

func bindFile(c *fiber.Ctx, name string, v reflect.Value) error {
	header, err := c.FormFile(name)
	if err != nil {
		return fault.Invalid("request.no_file", "请选择要上传的文件").With("field", name)
	}
	f, err := header.Open()
	if err != nil {
		return err
	}
	body, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	v.Set(reflect.ValueOf(upload{Name: header.Filename, Body: body}))
	return nil
}
