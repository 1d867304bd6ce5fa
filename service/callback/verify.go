package callback

import (
	"context"
	"fmt"

	"hongyun/wechat"
)

// Verify answers WeChat's check of an account's callback address: the echo goes out byte for byte. The error is one of
// those of wechat.Client.VerifyURL for a check that must be refused.
func (s *Service) Verify(ctx context.Context, appid string, q wechat.CallbackQuery) (echo string, err error) {
	echo, err = s.wechat.VerifyURL(ctx, appid, q)
	if err != nil {
		return "", fmt.Errorf("address check of %q: %w", appid, err)
	}
	return echo, nil
}
