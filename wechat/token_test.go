package wechat_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyun/wechat"
)

const deadAnswer = `{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}`

func TestToken_Cache(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("ten sends at once fetch one token, stable and for a quarter under two hours", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.says(subscribePath, `{"errcode":0}`)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := b.SendSubscribe(ctx, miniAppID, subscribe); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		equal(t, b.far.count(tokenPath), 1)
		equal(t, b.far.body(t, tokenPath)["force_refresh"].(bool), false)
		got, err := b.redis.Get(tokenKey)
		must(t, err)
		equal(t, got, "token-1")
		equal(t, b.redis.TTL(tokenKey), 6900*time.Second)
	})
	t.Run("a second client finds the token of the first", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		must(t, b.redis.Set(tokenKey, "of-another"))
		b.far.onlyToken(subscribePath, "of-another", deadAnswer)
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		equal(t, b.far.count(tokenPath), 0)
	})
	t.Run("a token at the end of its life is used but not kept", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.expires = 300
		b.far.says(subscribePath, `{"errcode":0}`)
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		if b.redis.Exists(tokenKey) {
			t.Fatal("a token without a life was kept, for ever")
		}
	})
	t.Run("an empty token is refused and not kept", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.says(tokenPath, `{"access_token":"","expires_in":7200}`)
		equal(t, wechat.OutcomeOf(b.SendSubscribe(ctx, miniAppID, subscribe)), wechat.OutcomeRetry)
		if b.redis.Exists(tokenKey) {
			t.Fatal("kept")
		}
	})
	t.Run("without Redis a token is used from memory for a minute", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.redis.Close()
		b.far.says(subscribePath, `{"errcode":0}`)
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		equal(t, b.far.count(tokenPath), 1)
		b.clock.add(61 * time.Second)
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		equal(t, b.far.count(tokenPath), 2)
	})
	t.Run("a refusal of the token API is typed", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.says(tokenPath, `{"errcode":40164,"errmsg":"invalid ip 1.2.3.4, not in whitelist"}`)
		err := b.SendSubscribe(ctx, miniAppID, subscribe)
		var refusal *wechat.Error
		if !errors.As(err, &refusal) || refusal.Code != 40164 || refusal.API != "stable_token" {
			t.Fatal(err)
		}
		equal(t, wechat.OutcomeOf(err), wechat.OutcomeConfig)
	})
	t.Run("a waiter gives up with its context", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		arrived, release := make(chan struct{}), make(chan struct{})
		b.far.on(tokenPath, func(w http.ResponseWriter, _ *http.Request) {
			close(arrived)
			<-release
			_, _ = w.Write([]byte(`{"access_token":"late","expires_in":7200}`))
		})
		b.far.says(subscribePath, `{"errcode":0}`)
		var wg sync.WaitGroup
		fetched := make(chan struct{})
		wg.Go(func() {
			_ = b.SendSubscribe(ctx, miniAppID, subscribe)
			close(fetched)
		})
		<-arrived
		short, cancel := context.WithCancel(ctx)
		cancel()
		err := b.SendSubscribe(short, miniAppID, subscribe)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		select {
		case <-fetched:
			t.Error("waited for the fetch of another")
		default:
		}
		close(release)
		wg.Wait()
	})
	t.Run("new credentials work at once", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.says(tokenPath, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
		equal(t, wechat.OutcomeOf(b.SendSubscribe(ctx, miniAppID, subscribe)), wechat.OutcomeConfig)
		b.change(miniAppID, func(a *wechat.App) { a.Secret = "new" })
		b.far.says(tokenPath, `{"access_token":"good","expires_in":7200}`)
		b.far.says(subscribePath, `{"errcode":0}`)
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		equal(t, b.far.body(t, tokenPath)["secret"].(string), "new")
	})
}

func TestToken_Dead(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("a dead token is replaced and the call runs once more", func(t *testing.T) {
		t.Parallel()
		for _, code := range []string{"40001", "40014", "42001"} {
			b := setup(t)
			must(t, b.redis.Set(tokenKey, "dead"))
			b.far.onlyToken(subscribePath, "token-1", `{"errcode":`+code+`,"errmsg":"dead"}`)
			must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
			equal(t, b.far.count(subscribePath), 2)
			equal(t, b.far.count(tokenPath), 1)
		}
	})
	t.Run("what another instance has renewed meanwhile is kept", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		must(t, b.redis.Set(tokenKey, "dead"))
		b.far.on(subscribePath, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("access_token") == "dead" {
				_ = b.redis.Set(tokenKey, "renewed")
				_, _ = w.Write([]byte(deadAnswer))
				return
			}
			_, _ = w.Write([]byte(`{"errcode":0}`))
		})
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		equal(t, b.far.count(tokenPath), 0)
	})
	t.Run("a token that stays dead is renewed by force, once a minute", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.current = "stuck"
		b.far.says(subscribePath, deadAnswer)
		err := b.SendSubscribe(ctx, miniAppID, subscribe)
		equal(t, wechat.OutcomeOf(err), wechat.OutcomeConfig)
		equal(t, b.far.count(subscribePath), 3)
		equal(t, b.far.count(tokenPath), 3)
		equal(t, b.far.body(t, tokenPath)["force_refresh"].(bool), true)
		if !strings.Contains(b.log.String(), "refuses even a new access token") {
			t.Fatal("nobody is told")
		}

		_ = b.SendSubscribe(ctx, miniAppID, subscribe)
		equal(t, b.far.body(t, tokenPath)["force_refresh"].(bool), false)
		b.redis.FastForward(61 * time.Second)
		_ = b.SendSubscribe(ctx, miniAppID, subscribe)
		equal(t, b.far.body(t, tokenPath)["force_refresh"].(bool), true)
	})
	t.Run("without Redis the force is bounded too", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.redis.Close()
		b.far.current = "stuck"
		b.far.says(subscribePath, deadAnswer)
		_ = b.SendSubscribe(ctx, miniAppID, subscribe)
		equal(t, b.far.body(t, tokenPath)["force_refresh"].(bool), true)
		_ = b.SendSubscribe(ctx, miniAppID, subscribe)
		equal(t, b.far.body(t, tokenPath)["force_refresh"].(bool), false)
	})
	t.Run("ten sends with a stuck token all get through after one forced refresh", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.far.on(tokenPath, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(b.lastTokenBody(), `"force_refresh":true`) {
				b.far.mu.Lock()
				b.far.current = "fresh"
				b.far.mu.Unlock()
			}
			b.far.mu.Lock()
			defer b.far.mu.Unlock()
			token := b.far.current
			if token == "" {
				token = "stuck"
			}
			_, _ = w.Write([]byte(`{"access_token":"` + token + `","expires_in":7200}`))
		})
		b.far.onlyToken(subscribePath, "fresh", deadAnswer)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := b.SendSubscribe(ctx, miniAppID, subscribe); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
	t.Run("the library's calls recover as well", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		must(t, b.redis.Set(tokenKey, "dead"))
		b.far.on("/wxa/business/getuserphonenumber", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("access_token") == "dead" {
				_, _ = w.Write([]byte(deadAnswer))
				return
			}
			_, _ = w.Write([]byte(`{"errcode":0,"phone_info":{"purePhoneNumber":"13800000000","countryCode":"86"}}`))
		})
		number, err := b.PhoneNumber(ctx, miniAppID, "code")
		must(t, err)
		equal(t, number, "13800000000")
	})
}

func (b *bundle) lastTokenBody() string {
	b.far.mu.Lock()
	defer b.far.mu.Unlock()
	bodies := b.far.bodies[tokenPath]
	return bodies[len(bodies)-1]
}
