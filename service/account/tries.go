package account

import (
	"context"
	"errors"
	"time"

	"hongyun/service/fault"
	"hongyun/service/limit"
)

// Binding may fail so often in so long, counted for the account, for the phone
// and for the name with the six digits, so that nobody can guess digits
// through many accounts.
const (
	MaxTries = 5
	TryAgain = 15 * time.Minute
)

var bindBound = limit.Bound{Name: "bind", Most: MaxTries, Window: TryAgain, Code: "account.too_many_tries", Says: "身份核对失败次数过多，请十五分钟后再试"}

// loginBound bounds login codes that WeChat does not know, for each network: each of them costs a call to WeChat. Whoever signs in
// with a code of his or her own is never stopped by it, also where a whole town stands behind one address.
var loginBound = limit.Bound{Name: "login", Most: 100, Window: 10 * time.Minute, Code: "auth.too_many_tries", Says: "登录失败次数过多，请十分钟后再试"}

// tries is what one attempt to bind has taken from its counters.
type tries struct {
	limit *limit.Limiter
	taken []string
}

// take counts one try against what, or answers that there were too many.
func (t *tries) take(ctx context.Context, what string) error {
	err := t.limit.Take(ctx, bindBound, what)
	if err == nil {
		t.taken = append(t.taken, what)
	}
	return err
}

// giveBack undoes what was taken: the try did not fail.
func (t *tries) giveBack(ctx context.Context) error {
	var failed error
	for _, what := range t.taken {
		failed = errors.Join(failed, t.limit.GiveBack(ctx, bindBound, what))
	}
	return failed
}

// countLogin lets a login through where the network has not failed too often, and counts it where WeChat does not know its code.
func (s *Service) countLogin(ctx context.Context, ip string, session func() error) error {
	network := limit.Network(ip)
	if err := s.limit.Take(ctx, loginBound, network); err != nil {
		return err
	}
	err := session()
	if fault.Is(err, codeInvalid) {
		return err
	}
	return errors.Join(err, s.limit.GiveBack(ctx, loginBound, network))
}
