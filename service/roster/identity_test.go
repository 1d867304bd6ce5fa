package roster_test

import (
	"testing"

	"hongyun/service/roster"
)

func TestParseIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, number, sex, born string }{
		{"a number", "11010519491231002X", "11010519491231002X", "FEMALE", "1949-12-31"},
		{"a small x", " 11010519491231002x ", "11010519491231002X", "FEMALE", "1949-12-31"},
		{"fifteen digits", "110105491231002", "11010519491231002X", "FEMALE", "1949-12-31"},
		{"a wrong check digit", "110105194912310021", "", "", ""},
		{"a day that does not exist", "110105194902300028", "", "", ""},
		{"a day to come", "110105299912310021", "", "", ""},
		{"too short", "11010519491231002", "", "", ""},
		{"letters", "1101051949123100AX", "", "", ""},
		{"nothing", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := roster.ParseIdentity(c.text, "2026-11-20")
			if c.number == "" {
				refused(t, err, "identity.invalid")
				return
			}
			must(t, err)
			if got.Number != c.number || got.Sex != c.sex || string(got.BornOn) != c.born {
				t.Fatalf("%+v", got)
			}
		})
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"李小明": "lxm", "阿依古丽·买买提": "ayglmmt", "John 王": "johnw", "": ""} {
		if got := roster.Initials(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestMobile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"13800000000": true, "12800000000": false, "1380000000": false, "1380000000a": false} {
		if roster.Mobile(text) != want {
			t.Error(text)
		}
	}
}
