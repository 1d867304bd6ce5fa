package sandbox

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestOpenID(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^o[A-Za-z0-9_-]{27}$`)
	people := rapid.StringMatching(`[a-z0-9-]{1,12}`)
	appids := rapid.StringMatching(`wx[0-9a-f]{16}`)

	t.Run("looks like WeChat's and leads back to the person", rapid.MakeCheck(func(t *rapid.T) {
		appid, person := appids.Draw(t, "appid"), people.Draw(t, "person")
		openid := OpenID(appid, person)
		if !shape.MatchString(openid) || openid != OpenID(appid, person) {
			t.Fatalf("openid %q", openid)
		}
		if got, ok := PersonOf(appid, openid); !ok || got != person {
			t.Fatalf("person %q of %q, want %q", got, openid, person)
		}
	}))
	t.Run("is worth nothing under another appid", rapid.MakeCheck(func(t *rapid.T) {
		a, b, person := appids.Draw(t, "a"), appids.Draw(t, "b"), people.Draw(t, "person")
		if a == b {
			t.Skip("same appid")
		}
		if _, ok := PersonOf(b, OpenID(a, person)); ok || OpenID(a, person) == OpenID(b, person) {
			t.Fatalf("%q is good under both appids", OpenID(a, person))
		}
	}))
	t.Run("breaks when any character changes", rapid.MakeCheck(func(t *rapid.T) {
		openid := []byte(OpenID(mini, people.Draw(t, "person")))
		i := rapid.IntRange(0, len(openid)-1).Draw(t, "place")
		c := rapid.SampledFrom([]byte("abcXYZ019_-")).Draw(t, "character")
		if openid[i] == c {
			t.Skip("same character")
		}
		openid[i] = c
		if _, ok := PersonOf(mini, string(openid)); ok {
			t.Fatalf("%q passes", openid)
		}
	}))
	t.Run("refuses ids that do not fit", func(t *testing.T) {
		t.Parallel()
		for _, id := range []string{"", "thirteenchars", "Upper", "空", "a_b", "a b"} {
			if OpenID(mini, id) != "" || UnionID(id) != "" {
				t.Errorf("%q has an openid", id)
			}
		}
	})
	t.Run("a unionid is no openid", func(t *testing.T) {
		t.Parallel()
		if _, ok := PersonOf(mini, UnionID("li")); ok || !shape.MatchString(UnionID("li")) {
			t.Error("unionid passes as openid")
		}
	})
}

func FuzzPersonOf(f *testing.F) {
	f.Add(OpenID(mini, "li"))
	f.Add("o")
	f.Fuzz(func(t *testing.T, openid string) {
		if person, ok := PersonOf(mini, openid); ok && OpenID(mini, person) != openid {
			t.Errorf("%q and %q are both %q", openid, OpenID(mini, person), person)
		}
	})
}
