package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hongyun/config"
)

// set gives the environment of one test; no test here may run in parallel.
func set(t *testing.T, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		t.Setenv(config.Prefix+pairs[i], pairs[i+1])
	}
}

func TestLoad(t *testing.T) {
	t.Run("nothing set runs", func(t *testing.T) {
		c, err := config.Load()
		if err != nil || c.Addr != "127.0.0.1:8080" || c.DemoScale != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
	})
	t.Run("every fault is named at once, and no secret is quoted", func(t *testing.T) {
		set(t, "ADDR", "nowhere", "DATABASE_URL", "mysql://root:hunter2@x/y", "REDIS_URL", "hunter2", "ENV", "prod", "SECRET_KEY", "hunter2",
			"DEMO_SCALE", "-1", "SEND_WORKERS", "0", "MP_AES_KEY", "hunter2")
		_, err := config.Load()
		if err == nil {
			t.Fatal("accepted")
		}
		for _, name := range []string{"ADDR", "DATABASE_URL", "REDIS_URL", "ENV", "SECRET_KEY", "DEMO_SCALE", "SEND_WORKERS", "MP_AES_KEY"} {
			if !strings.Contains(err.Error(), config.Prefix+name) {
				t.Errorf("%s is not named in:\n%v", name, err)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a secret is quoted:\n%v", err)
		}
	})
	t.Run("values that are no numbers are named together", func(t *testing.T) {
		set(t, "SEND_WORKERS", "many", "DEMO_SCALE", "big", "LOG_LEVEL", "loud")
		_, err := config.Load()
		if err == nil || strings.Count(err.Error(), "\n") != 2 || strings.Contains(err.Error(), "many") {
			t.Fatalf("%v", err)
		}
	})
}

func TestLoad_Production(t *testing.T) {
	real := []string{"ENV", "production", "WECHAT", "live", "DEMO_SCALE", "0",
		"SECRET_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "MP_APPID", "wx1111111111111111", "MP_SECRET", "s", "MP_TOKEN", "t",
		"MP_AES_KEY", strings.Repeat("k", 43), "MP_ORIGINAL_ID", "gh_1"}
	t.Run("real settings run", func(t *testing.T) {
		set(t, real...)
		if _, err := config.Load(); err != nil {
			t.Fatal(err)
		}
	})
	for name, change := range map[string][]string{
		"the sandbox":          {"WECHAT", "sandbox"},
		"a sandbox elsewhere":  {"SANDBOX_URL", "http://127.0.0.1:1/sandbox/wire"},
		"no key":               {"SECRET_KEY", ""},
		"the synthetic county": {"DEMO_SCALE", "1"},
		"a default secret":     {"MP_SECRET", "sandbox-secret-sandbox-secret-00"},
	} {
		t.Run("it refuses "+name, func(t *testing.T) {
			set(t, append(real, change...)...)
			if _, err := config.Load(); err == nil {
				t.Fatal("accepted")
			}
		})
	}
}

func TestKey(t *testing.T) {
	set(t, "DATA_DIR", t.TempDir())
	c, err := config.Load()
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.Key()
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Key()
	if err != nil || !bytes.Equal(first, second) || len(first) != 32 {
		t.Fatalf("the generated key is not kept: %v", err)
	}

	t.Run("programs that start at the same moment seal with one key", func(t *testing.T) {
		c.DataDir = filepath.Join(t.TempDir(), "new")
		keys := make([][]byte, 16)
		var starts sync.WaitGroup
		for i := range keys {
			starts.Go(func() {
				var err error
				if keys[i], err = c.Key(); err != nil {
					t.Error(err)
				}
			})
		}
		starts.Wait()
		for _, key := range keys {
			if !bytes.Equal(key, keys[0]) || len(key) != 32 {
				t.Fatal("two keys")
			}
		}
		if left, err := os.ReadDir(c.DataDir); err != nil || len(left) != 1 {
			t.Errorf("%v %v", left, err)
		}
	})
}
