package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// A session ends when it was not used for so long (RULES 11.8).
const (
	StaffIdle  = 15 * time.Minute // whoever holds a role: leaders, administrators, desk, departments
	PeopleIdle = 30 * time.Minute // members and citizens
)

// MaxSessions is how many sessions an account may have; one more ends the one that was not used for longest (RULES 11.8).
const MaxSessions = 5

const (
	tokenBytes = 32
	// touchAfter spares Redis a write for each request: a session is prolonged once it was not for so long, so that it
	// may end that much earlier than the constants above say.
	touchAfter = 30 * time.Second
)

// session is what Redis keeps under the hash of a token, never the token itself.
type session struct {
	AccountID int64     `json:"account_id"`
	SeenAt    time.Time `json:"seen_at"`
}

// Viewer turns a token into who asks. The person and the roles are read from
// the database each time, so that a revoked role acts at once. An unknown,
// ended or idle session is fault.Unauthorized; Redis not answering fault.Unavailable.
func (s *Service) Viewer(ctx context.Context, token string) (access.Viewer, error) {
	name := nameOf(token)
	raw, err := s.redis.Get(ctx, sessionKey(name)).Bytes()
	if errors.Is(err, redis.Nil) {
		return access.Viewer{}, fault.Unauthorized()
	}
	if err != nil {
		return access.Viewer{}, noRedis(err)
	}
	var held session
	if err := json.Unmarshal(raw, &held); err != nil {
		return access.Viewer{}, err
	}
	v, err := access.Load(s.db.Read(ctx), held.AccountID)
	if err != nil {
		return access.Viewer{}, err
	}
	v.Session = name
	idle := s.db.Now().Sub(held.SeenAt)
	if idle >= idleLimit(v) { // a role given meanwhile has shortened it below what Redis knows
		if err := s.endSession(ctx, held.AccountID, name); err != nil {
			return access.Viewer{}, err
		}
		return access.Viewer{}, fault.Unauthorized()
	}
	if idle >= touchAfter {
		err = s.touch(ctx, v)
	}
	return v, err
}

// SignOut ends the session that v came with.
func (s *Service) SignOut(ctx context.Context, v access.Viewer) error {
	return s.endSession(ctx, v.AccountID, v.Session)
}

func idleLimit(v access.Viewer) time.Duration {
	if len(v.Grants) > 0 {
		return StaffIdle
	}
	return PeopleIdle
}

// openSession makes a token for v, and ends the sessions beyond MaxSessions that were not used for longest.
func (s *Service) openSession(ctx context.Context, v access.Viewer) (SignedIn, error) {
	b := make([]byte, tokenBytes)
	rand.Read(b) // never fails (crypto/rand)
	token := base64.RawURLEncoding.EncodeToString(b)
	name, now := nameOf(token), s.db.Now()
	body, err := json.Marshal(session{AccountID: v.AccountID, SeenAt: now})
	if err != nil {
		return SignedIn{}, err
	}
	all := sessionsKey(v.AccountID)
	var oldest *redis.StringSliceCmd
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		oldest = p.ZRange(ctx, all, 0, -MaxSessions) // before the new one stands among them: clocks of instances differ
		p.Set(ctx, sessionKey(name), body, idleLimit(v))
		p.ZAdd(ctx, all, redis.Z{Score: float64(now.UnixMicro()), Member: name})
		p.Expire(ctx, all, PeopleIdle) // as long as the longest of them
		return nil
	})
	if err != nil {
		return SignedIn{}, noRedis(err)
	}
	for _, name := range oldest.Val() {
		if err := s.endSession(ctx, v.AccountID, name); err != nil {
			return SignedIn{}, err
		}
	}
	return SignedIn{Token: token, ExpiresAt: now.Add(idleLimit(v)), Account: ViewOf(v)}, nil
}

// touch prolongs a session. XX: a session that was ended meanwhile stays ended.
func (s *Service) touch(ctx context.Context, v access.Viewer) error {
	now := s.db.Now()
	body, err := json.Marshal(session{AccountID: v.AccountID, SeenAt: now})
	if err != nil {
		return err
	}
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SetXX(ctx, sessionKey(v.Session), body, idleLimit(v))
		p.ZAddXX(ctx, sessionsKey(v.AccountID), redis.Z{Score: float64(now.UnixMicro()), Member: v.Session})
		p.Expire(ctx, sessionsKey(v.AccountID), PeopleIdle)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return noRedis(err)
	}
	return nil
}

// endSession is for good: the token never works again.
func (s *Service) endSession(ctx context.Context, accountID int64, name string) error {
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, sessionKey(name))
		p.ZRem(ctx, sessionsKey(accountID), name)
		return nil
	})
	if err != nil {
		return noRedis(err)
	}
	return nil
}

// endSessions ends every session of an account.
func (s *Service) endSessions(ctx context.Context, accountID int64) error {
	names, err := s.redis.ZRange(ctx, sessionsKey(accountID), 0, -1).Result()
	if err != nil {
		return noRedis(err)
	}
	for _, name := range names {
		if err := s.endSession(ctx, accountID, name); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is what Redis knows a token by: who reads Redis cannot sign in with it.
func nameOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func sessionKey(name string) string { return "hongyun:session:" + name }

func sessionsKey(accountID int64) string {
	return "hongyun:sessions:" + strconv.FormatInt(accountID, 10)
}

func noRedis(err error) error {
	return fault.Unavailable("session.unavailable", "系统暂时无法确认登录状态，请稍后再试").Because(err)
}

// load reads who an account is, inside tx or not, keeping where the request came from.
func load(tx model.Tx, v access.Viewer, accountID int64) (access.Viewer, error) {
	loaded, err := access.Load(tx, accountID)
	loaded.IP, loaded.RequestID, loaded.Session = v.IP, v.RequestID, v.Session
	return loaded, err
}
