package vault_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hongyun/service/vault"
)

func open(t rapid.TB, fill byte) *vault.Vault {
	v, err := vault.New(bytes.Repeat([]byte{fill}, vault.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVault(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v, other := open(t, 1), open(t, 2)
		text := rapid.StringN(1, 40, -1).Draw(t, "text")
		sealed := v.Seal(text)
		if got, err := v.Open(sealed); err != nil || got != text {
			t.Fatalf("opened %q, %v", got, err)
		}
		if sealed == v.Seal(text) {
			t.Fatal("the same text sealed twice looks the same")
		}
		if _, err := other.Open(sealed); err == nil {
			t.Fatal("another key opens it")
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		changed := sealed[:i] + string(sealed[i]^1) + sealed[i+1:]
		if got, err := v.Open(changed); err == nil {
			t.Fatalf("a changed text opens as %q", got)
		}
		if index := v.Index(text); index != open(t, 1).Index(text) || index == other.Index(text) {
			t.Fatal("the index must depend on text and key alone")
		}
	})
}

func TestMask(t *testing.T) {
	t.Parallel()
	if got := vault.MaskID("361199199001010018"); got != "361199********0018" {
		t.Error(got)
	}
	if got := vault.MaskPhone("村委会0793-700转"); got != "村委会*****700转" {
		t.Error(got)
	}
	if got := vault.MaskPhone("13800000000"); got != "138****0000" {
		t.Error(got)
	}
	for _, short := range []string{"", "1", "123456"} {
		if got := vault.MaskPhone(short) + vault.MaskID(short); strings.Trim(got, "*") != "" {
			t.Errorf("%q shows as %q", short, got)
		}
	}
}
