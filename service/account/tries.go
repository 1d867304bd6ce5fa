package account

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/service/fault"
)

// Binding may fail so often in so long, counted for the account, for the phone
// and for the name with the six digits, so that nobody can guess digits
// through many accounts.
const (
	MaxTries = 5
	TryAgain = 15 * time.Minute
)

// takeTry counts before it is known whether the try fails, or parallel tries would all pass. The window begins with the
// first try and is not moved on by later ones.
var takeTry = redis.NewScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return n`)

// returnTry must not bring a counter to life whose window is over: it would never end.
var returnTry = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('DECR', KEYS[1]) end
return 0`)

// tries is what one attempt to bind has taken from its counters.
type tries struct {
	redis redis.UniversalClient
	taken []string
}

// take counts one try against what, or answers that there were too many.
func (t *tries) take(ctx context.Context, what string) error {
	key := "hongyun:tries:" + what
	n, err := takeTry.Run(ctx, t.redis, []string{key}, int(TryAgain.Seconds())).Int()
	if err != nil {
		return noRedis(err)
	}
	if n > MaxTries {
		return fault.TooMany("account.too_many_tries", "身份核对失败次数过多，请十五分钟后再试")
	}
	t.taken = append(t.taken, key)
	return nil
}

// giveBack undoes what was taken: the try did not fail.
func (t *tries) giveBack(ctx context.Context) error {
	var failed error
	for _, key := range t.taken {
		if err := returnTry.Run(ctx, t.redis, []string{key}).Err(); err != nil {
			failed = errors.Join(failed, noRedis(err))
		}
	}
	return failed
}
