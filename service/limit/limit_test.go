package limit

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/service/fault"
)

var ctx = context.Background()

var three = Bound{Name: "code", Most: 3, Window: time.Hour, Code: "x.too_many", Says: "次数过多，请稍后再试"}

func setup(t *testing.T) (*Limiter, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return New(client), server
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("the fourth of three is refused, and told when to come again", func(t *testing.T) {
		l, server := setup(t)
		for range 3 {
			must(t, l.Take(ctx, three, "a"))
		}
		server.FastForward(20 * time.Minute)
		err := l.Take(ctx, three, "a")
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.KindTooMany || f.Code != three.Code || f.Details["retry_after"] != int64(2400) {
			t.Fatalf("%+v", err)
		}
		must(t, l.Take(ctx, three, "b"))
		other := three
		other.Name = "voice"
		must(t, l.Take(ctx, other, "a"))
	})
	t.Run("the window begins with the first try and ends by itself", func(t *testing.T) {
		l, server := setup(t)
		for range 5 {
			_ = l.Take(ctx, three, "a")
			server.FastForward(11 * time.Minute)
		}
		if err := l.Take(ctx, three, "a"); !fault.Is(err, three.Code) {
			t.Fatalf("after 55 minutes: %v", err)
		}
		server.FastForward(6 * time.Minute)
		must(t, l.Take(ctx, three, "a"))
	})
	t.Run("what is given back does not count, and outlives no window", func(t *testing.T) {
		l, server := setup(t)
		for range 10 {
			must(t, l.Take(ctx, three, "a"))
			must(t, l.GiveBack(ctx, three, "a"))
		}
		server.FlushAll()
		must(t, l.GiveBack(ctx, three, "a"))
		if len(server.Keys()) != 0 {
			t.Fatal(server.Keys())
		}
	})
	t.Run("of many at once as many pass as may", func(t *testing.T) {
		l, _ := setup(t)
		var passed atomic.Int64
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if l.Take(ctx, three, "a") == nil {
					passed.Add(1)
				}
			})
		}
		wait.Wait()
		if passed.Load() != 3 {
			t.Fatal(passed.Load())
		}
	})
	t.Run("nobody is not counted", func(t *testing.T) {
		l, server := setup(t)
		for range 10 {
			must(t, l.Take(ctx, three, ""))
			must(t, l.GiveBack(ctx, three, ""))
		}
		if len(server.Keys()) != 0 {
			t.Fatal(server.Keys())
		}
	})
	t.Run("without Redis nothing passes", func(t *testing.T) {
		l, server := setup(t)
		server.SetError("down")
		for _, err := range []error{l.Take(ctx, three, "a"), l.GiveBack(ctx, three, "a")} {
			if !fault.Is(err, "limit.unavailable") {
				t.Fatal(err)
			}
		}
	})
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::1": "2001:db8:1:2::/64", "": "", "nobody": "nobody",
	} {
		if got := Network(ip); got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
	}
}
