package account

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// TicketLife is how long a rebind ticket may be used.
const TicketLife = 10 * time.Minute

// ticket says that an account has proved to be a member who is tied to another
// account. Redis keeps it under a hash, as it keeps sessions.
type ticket struct {
	AccountID int64 `json:"account_id"`
	MemberID  int64 `json:"member_id"`
}

// offerRebind refuses to bind, and hands out a ticket with which the person may ask for it.
func (s *Service) offerRebind(ctx context.Context, v access.Viewer, memberID int64, phone string) error {
	err := s.db.Tx(ctx, func(tx model.Tx) error { return s.keepPhone(tx, v.AccountID, phone) })
	if err != nil {
		return err
	}
	b := make([]byte, 16)
	rand.Read(b) // never fails (crypto/rand)
	name := hex.EncodeToString(b)
	body, err := json.Marshal(ticket{AccountID: v.AccountID, MemberID: memberID})
	if err != nil {
		return err
	}
	if err := s.redis.Set(ctx, ticketKey(name), body, TicketLife).Err(); err != nil {
		return noRedis(err)
	}
	return memberIsBound().With("ticket", name)
}

// redeem reads v's ticket. Another account's ticket is worth nothing.
func (s *Service) redeem(ctx context.Context, v access.Viewer, name string) (ticket, error) {
	var t ticket
	raw, err := s.redis.Get(ctx, ticketKey(name)).Bytes()
	if err != nil && !errors.Is(err, redis.Nil) {
		return t, noRedis(err)
	}
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil || t.AccountID != v.AccountID {
		return ticket{}, fault.Invalid("account.ticket_invalid", "换绑凭证已失效，请重新进行身份绑定")
	}
	return t, nil
}

func ticketKey(name string) string { return "hongyun:rebind:" + nameOf(name) }
