package wechat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/cache"
)

const (
	// redisPatience bounds one cache command: the library calls the cache without a context.
	redisPatience = 500 * time.Millisecond
	// copyLife is how long a token is used from memory while Redis is away.
	copyLife = time.Minute
	// redisPause is how long Redis is left alone after it failed to answer, so that not every message waits for it.
	redisPause = 5 * time.Second
)

var (
	errEmptyToken = errors.New("wechat: empty access token")
	errRedisAway  = errors.New("wechat: redis is away")
)

// dropToken deletes a cached token only if it is still the one that failed: another instance may have renewed it.
var dropToken = redis.NewScript(`if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`)

// tokenCache keeps access tokens in Redis, for all instances, in the shape that the library's cache.Cache asks for: a
// read gives a string or a plain nil. When Redis is away a token lives in memory for at most a minute, so that an outage
// of Redis does not stop messages.
type tokenCache struct {
	redis redis.UniversalClient
	now   func() time.Time

	mu        sync.Mutex
	copies    map[string]tokenCopy
	awayUntil time.Time
}

type tokenCopy struct {
	token string
	until time.Time
}

var _ cache.Cache = (*tokenCache)(nil)

func newTokenCache(r redis.UniversalClient, now func() time.Time) *tokenCache {
	return &tokenCache{redis: r, now: now, copies: map[string]tokenCopy{}}
}

// Get returns the token as a string, or nil.
func (t *tokenCache) Get(key string) any {
	if token := t.token(key); token != "" {
		return token
	}
	return nil
}

// Set keeps a token for life. It refuses what is not a token; a life of nothing (WeChat's stable token near its end) is
// not kept at all, since Redis would keep it for ever. An outage of Redis is no error.
func (t *tokenCache) Set(key string, value any, life time.Duration) error {
	token, ok := value.(string)
	if !ok || token == "" {
		return errEmptyToken
	}
	if life <= 0 {
		return nil
	}
	t.mu.Lock()
	t.copies[key] = tokenCopy{token: token, until: t.now().Add(min(life, copyLife))}
	t.mu.Unlock()
	_ = t.ask(func(ctx context.Context) error { return t.redis.Set(ctx, key, token, life).Err() }) // the copy carries on
	return nil
}

// IsExist reports whether there is a token.
func (t *tokenCache) IsExist(key string) bool { return t.token(key) != "" }

// Delete drops the token whatever it is.
func (t *tokenCache) Delete(key string) error {
	t.forgetCopy(key, "")
	return t.ask(func(ctx context.Context) error { return t.redis.Del(ctx, key).Err() })
}

func (t *tokenCache) token(key string) string {
	var token string
	err := t.ask(func(ctx context.Context) (err error) {
		token, err = t.redis.Get(ctx, key).Result()
		return err
	})
	if err == nil || errors.Is(err, redis.Nil) {
		return token
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.copies[key]; t.now().Before(c.until) {
		return c.token
	}
	return ""
}

// drop deletes the token if it is still the dead one.
func (t *tokenCache) drop(key, dead string) {
	t.forgetCopy(key, dead)
	_ = t.ask(func(ctx context.Context) error { // if Redis is away, the dead token is found out again when it is back
		return dropToken.Run(ctx, t.redis, []string{key}, dead).Err()
	})
}

// forgetCopy drops the copy in memory if it holds token, or in any case if token is "".
func (t *tokenCache) forgetCopy(key, token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token == "" || t.copies[key].token == token {
		delete(t.copies, key)
	}
}

// claim takes key for life, once among all instances; drop with the same who gives it back. Without Redis it says so.
func (t *tokenCache) claim(key, who string, life time.Duration) (mine bool, err error) {
	err = t.ask(func(ctx context.Context) (err error) {
		mine, err = t.redis.SetNX(ctx, key, who, life).Result()
		return err
	})
	return mine, err
}

// ask runs one command, unless Redis has just failed to answer another.
func (t *tokenCache) ask(command func(ctx context.Context) error) error {
	t.mu.Lock()
	away := t.now().Before(t.awayUntil)
	t.mu.Unlock()
	if away {
		return errRedisAway
	}
	ctx, cancel := context.WithTimeout(context.Background(), redisPatience)
	defer cancel()
	err := command(ctx)
	if err != nil && !errors.Is(err, redis.Nil) {
		t.mu.Lock()
		t.awayUntil = t.now().Add(redisPause)
		t.mu.Unlock()
	}
	return err
}
