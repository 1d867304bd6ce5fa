package handler

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/go-playground/locales/zh"
	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"
	zhwords "github.com/go-playground/validator/v10/translations/zh"

	"hongyun/model"
	"hongyun/service/fault"
)

// labelMark stands between the field's name, for programs, and its Chinese label, for people.
const labelMark = "|"

type rules struct {
	check *validator.Validate
	words ut.Translator
}

// loadRules builds the validator once: it caches what it learns of each type.
var loadRules = sync.OnceValues(func() (rules, error) {
	r := rules{check: validator.New(validator.WithRequiredStructEnabled())}
	r.check.RegisterTagNameFunc(func(f reflect.StructField) string {
		for _, tag := range []string{"json", "query", "path", "header", "formData"} {
			if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" {
				return name + labelMark + f.Tag.Get("label")
			}
		}
		return f.Name + labelMark
	})
	r.words, _ = ut.New(zh.New()).GetTranslator("zh")
	own := map[string]struct {
		holds    validator.Func
		sentence string
	}{
		"date":    {func(f validator.FieldLevel) bool { _, err := model.ParseDate(f.Field().String()); return err == nil }, "{0}须为存在的日期，如 2026-11-20"},
		"month":   {func(f validator.FieldLevel) bool { _, err := model.ParseMonth(f.Field().String()); return err == nil }, "{0}须为存在的月份，如 2026-11"},
		"quarter": {func(f validator.FieldLevel) bool { _, err := model.ParseQuarter(f.Field().String()); return err == nil }, "{0}须为存在的季度，如 2026Q3"},
		"unique":  {nil, "{0}不能重复"}, // the library has no sentence for its own
		"text":    {func(f validator.FieldLevel) bool { return strings.TrimSpace(f.Field().String()) != "" }, "{0}不能为空白"},
	}
	err := zhwords.RegisterDefaultTranslations(r.check, r.words)
	for tag, rule := range own {
		if rule.holds != nil {
			err = errors.Join(err, r.check.RegisterValidation(tag, rule.holds))
		}
		err = errors.Join(err, r.check.RegisterTranslation(tag, r.words,
			func(t ut.Translator) error { return t.Add(tag, rule.sentence, true) },
			func(t ut.Translator, e validator.FieldError) string { s, _ := t.T(tag, e.Field()); return s }))
	}
	return r, err
})

// validateInput checks the validate tags. The answer names every bad field.
func validateInput(in any) error {
	r, err := loadRules()
	if err != nil {
		return err
	}
	if hasNUL(reflect.ValueOf(in)) {
		return badCharacter()
	}
	var bad validator.ValidationErrors
	if err := r.check.Struct(in); errors.As(err, &bad) {
		fields := map[string]string{}
		for _, e := range bad {
			name, _, _ := strings.Cut(e.Field(), labelMark)
			fields[name] = sentence(e, r.words)
		}
		return fault.Invalid("request.invalid", sentence(bad[0], r.words)).With("fields", fields)
	} else if err != nil {
		return err
	}
	return nil
}

func badCharacter() error {
	return fault.Invalid("request.bad_character", "内容中含有不允许的字符")
}

func sentence(e validator.FieldError, words ut.Translator) string {
	name, label, _ := strings.Cut(e.Field(), labelMark)
	if label == "" {
		label = name
	}
	return thousands.ReplaceAllString(strings.ReplaceAll(e.Translate(words), e.Field(), label), "$1$2")
}

// thousands is a comma inside a number, as the library writes it: 2,000 is no year.
var thousands = regexp.MustCompile(`(\d),(\d{3})`)

// hasNUL finds the one character that Postgres refuses in text.
func hasNUL(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.ContainsRune(v.String(), 0)
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && hasNUL(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); (f.IsExported() || f.Anonymous) && hasNUL(v.Field(i)) {
				return true
			}
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			if hasNUL(key) || hasNUL(value) {
				return true
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return false
		}
		for i := range v.Len() {
			if hasNUL(v.Index(i)) {
				return true
			}
		}
	}
	return false
}
