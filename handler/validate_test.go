package handler

import (
	"errors"
	"testing"

	"hongyun/service/fault"
)

func TestValidate_Sentences(t *testing.T) {
	t.Parallel()
	type input struct {
		IDs  []int64 `json:"ids" validate:"unique" label:"账单"`
		Year int64   `json:"year" validate:"min=2000" label:"年份"`
	}
	for _, test := range []struct {
		in   input
		want string
	}{
		{input{IDs: []int64{5, 5}, Year: 2026}, "账单不能重复"},
		{input{Year: 1}, "年份最小只能为2000"},
	} {
		var f *fault.Fault
		if err := validateInput(&test.in); !errors.As(err, &f) || f.Message != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}
