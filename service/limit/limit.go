// Package limit counts in Redis how often somebody tried something, and refuses when it was too often. What is counted,
// how often is too often, and what a person then reads is decided by its callers.
package limit

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/service/fault"
)

// Bound is how often something may be tried by one caller.
type Bound struct {
	Name   string        // of the counter: follow
	Most   int           // tries in one window
	Window time.Duration // begins with the first try, and is not moved on by later ones
	Code   string        // of the fault
	Says   string        // its Chinese sentence
}

// Limiter counts tries. It is safe for concurrent use, and any number of instances count together.
type Limiter struct{ redis redis.UniversalClient }

// New makes a limiter.
func New(redis redis.UniversalClient) *Limiter { return &Limiter{redis: redis} }

// takeTry counts before it is known whether the try fails, or parallel tries would all pass. It answers the count and the
// milliseconds that are left of the window.
var takeTry = redis.NewScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}`)

// returnTry must not bring a counter to life whose window is over: it would never end.
var returnTry = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('DECR', KEYS[1]) end
return 0`)

// Take counts one try of who. One too many is fault.TooMany with the bound's code and the detail retry_after, in seconds; a Redis
// that does not answer is fault.Unavailable. Nobody ("") is not counted: only the program itself calls without an address.
func (l *Limiter) Take(ctx context.Context, b Bound, who string) error {
	if who == "" {
		return nil
	}
	got, err := takeTry.Run(ctx, l.redis, []string{b.key(who)}, b.Window.Milliseconds()).Int64Slice()
	if err != nil {
		return unavailable(b, err)
	}
	if got[0] <= int64(b.Most) {
		return nil
	}
	return fault.TooMany(b.Code, b.Says).With("retry_after", max(1, (got[1]+999)/1000))
}

// GiveBack undoes a Take: the try was none of those that are counted.
func (l *Limiter) GiveBack(ctx context.Context, b Bound, who string) error {
	if who == "" {
		return nil
	}
	if err := returnTry.Run(ctx, l.redis, []string{b.key(who)}).Err(); err != nil {
		return unavailable(b, err)
	}
	return nil
}

func (b Bound) key(who string) string { return "hongyun:tries:" + b.Name + "/" + who }

func unavailable(b Bound, err error) error {
	return fault.Unavailable("limit.unavailable", "系统繁忙，请稍后再试").Because(fmt.Errorf("count tries of %s: %w", b.Name, err))
}

// Network is whom an address is counted as: of IPv6 the /64, since whoever has one address there has all of them.
func Network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if addr = addr.Unmap(); addr.Is4() {
		return addr.String()
	}
	prefix, _ := addr.WithZone("").Prefix(64) // has 128
	return prefix.String()
}
