package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestRedisOptions(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"redis://u:p@h:6380/3":                 "h:6380 u p  false",
		"redis+cluster://h1:1,h2:2":            "h1:1 h2:2    true",
		"redis+sentinel://:p@h1:1,h2:2/master": "h1:1 h2:2  p master false",
	} {
		o, err := redisOptions(address)
		if err != nil {
			t.Fatal(err)
		}
		cluster := "false"
		if o.IsClusterMode {
			cluster = "true"
		}
		if got := strings.Join(append(o.Addrs, o.Username, o.Password, o.MasterName, cluster), " "); got != want {
			t.Errorf("%s reads as %q, want %q", address, got, want)
		}
	}
	for _, bad := range []string{"redis://u:hunter2@h:x/y", "http://hunter2", "redis+sentinel://u:hunter2@h:1"} {
		if _, err := redisOptions(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestInProcessRedis(t *testing.T) {
	t.Parallel()
	client, stop, err := openRedis("")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := client.Set(ctx, "k", "v", 300*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for client.Exists(ctx, "k").Val() == 1 {
		if time.Now().After(deadline) {
			t.Fatal("the key does not expire by itself")
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}
