package config_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"hongyun/config"
)

func TestLoad_Open(t *testing.T) {
	platform := func(change ...string) []string {
		return append([]string{"WECHAT", "live", "OPEN_APPID", "wx00000000000000f2", "OPEN_SECRET", "hunter2", "OPEN_TOKEN", "hunter2",
			"OPEN_AES_KEY", strings.Repeat("k", 43)}, change...)
	}
	load := func(t *testing.T, pairs ...string) (config.OpenPlatform, error) {
		set(t, pairs...)
		c, err := config.Load()
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a secret is quoted: %v", err)
		}
		return c.Open(), err
	}
	t.Run("the sandbox has a platform of its own", func(t *testing.T) {
		o, err := load(t)
		if key, keyErr := base64.StdEncoding.DecodeString(o.AESKey + "="); err != nil || o.AppID == "" || keyErr != nil || len(key) != 32 {
			t.Errorf("%v %v %d", err, keyErr, len(key))
		}
	})
	t.Run("real WeChat has none unless one is set", func(t *testing.T) {
		if o, err := load(t, "WECHAT", "live"); err != nil || o != (config.OpenPlatform{}) {
			t.Error(o.AppID, err)
		}
	})
	t.Run("off is none, also in the sandbox", func(t *testing.T) {
		if o, err := load(t, "OPEN_APPID", "off"); err != nil || o != (config.OpenPlatform{}) {
			t.Error(o.AppID, err)
		}
	})
	t.Run("what is set is used", func(t *testing.T) {
		if o, err := load(t, platform()...); err != nil || o.AppID != "wx00000000000000f2" || o.Secret != "hunter2" {
			t.Error(o.AppID, err)
		}
	})
	for name, change := range map[string][]string{
		"a platform without a secret": platform("OPEN_SECRET", ""),
		"a platform without a token":  platform("OPEN_TOKEN", ""),
		"a key that is too short":     platform("OPEN_AES_KEY", "hunter2"),
		"keys without a platform":     platform("OPEN_APPID", ""),
		"the mini-program's appid":    platform("MP_APPID", "wx00000000000000f2"),
		"the sandbox's platform":      platform("OPEN_APPID", "wxd0000000000000f1"),
	} {
		t.Run("it refuses "+name, func(t *testing.T) {
			if _, err := load(t, change...); err == nil {
				t.Error("accepted")
			}
		})
	}
}
