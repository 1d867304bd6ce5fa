// Package apikey is the keys with which departments' own systems come to the platform (Open311): who holds one, and as whom it
// speaks. What may be done with a key is decided by what its viewer may do.
package apikey

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/limit"
)

// Service keeps keys. It is safe for concurrent use.
type Service struct {
	db    *model.DB
	limit *limit.Limiter
}

// New makes the module.
func New(db *model.DB, redis redis.UniversalClient) *Service {
	return &Service{db: db, limit: limit.New(redis)}
}

// callBound bounds what one system calls, wrongBound the wrong keys of one network. A right key is never stopped by wrong ones.
var (
	callBound  = limit.Bound{Name: "api-call", Most: 600, Window: time.Minute, Code: "apikey.too_many_calls", Says: "调用过于频繁，每分钟最多600次，请稍后再试"}
	wrongBound = limit.Bound{Name: "api-key", Most: 100, Window: 10 * time.Minute, Code: "apikey.too_many_tries", Says: "api_key 错误次数过多，请十分钟后再试"}
)

// Input is a key as an administrator of the city makes it.
type Input struct {
	Name         string `json:"name" validate:"required,text,max=60" label:"系统名称"` // of the other system
	DepartmentID int64  `json:"department_id" validate:"required,min=1" label:"所属单位"`
}

// View is a key without what makes it one.
type View struct {
	ID             int64      `json:"id"`
	Name           string     `json:"name"`
	DepartmentID   int64      `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Prefix         string     `json:"prefix"` // how the key begins
	CreatedAt      time.Time  `json:"created_at"`
	LastUsedOn     model.Date `json:"last_used_on"` // empty: never
	RevokedAt      *time.Time `json:"revoked_at"`
}

// Made is a new key: it is shown this once.
type Made struct {
	View
	Key string `json:"key"`
}

const (
	keyPrefix = "hyk_"
	shown     = len(keyPrefix) + 6
	// appID stands for WeChat's appid in the account of a key, which nobody signs in to.
	appID = "open311"
)

// Keys lists all keys, the latest first. For administrators of the city.
func (s *Service) Keys(ctx context.Context, v access.Viewer) ([]View, error) {
	if !v.CityAdmin() {
		return nil, fault.Forbidden()
	}
	return views(s.db.Read(ctx), "1 = 1 ORDER BY k.id DESC")
}

func views(tx model.Tx, where string, args ...any) ([]View, error) {
	rows := []View{}
	err := tx.Raw("SELECT k.*, d.name AS department_name FROM api_key k JOIN department d ON d.id = k.department_id WHERE "+where, args...).Scan(&rows).Error
	return rows, err
}

// Make makes a key for a unit's system. Its steps are those of an account of its own, so that the history tells them from people's.
//
// Faults: apikey.no_department.
func (s *Service) Make(ctx context.Context, v access.Viewer, in Input) (made Made, err error) {
	if !v.CityAdmin() {
		return made, fault.Forbidden()
	}
	key := keyPrefix + strings.ToLower(rand.Text())
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		var n int64
		if err := tx.Raw("SELECT count(*) FROM department WHERE id = ? AND closed_on IS NULL", in.DepartmentID).Scan(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return fault.Invalid("apikey.no_department", "没有该单位，请重新选择").With("field", "department_id")
		}
		account := model.Account{MPAppID: appID, OpenID: rand.Text(), CreatedAt: tx.Now, LastLoginAt: tx.Now}
		if err := tx.Create(&account).Error; err != nil {
			return err
		}
		row := model.APIKey{Name: in.Name, DepartmentID: in.DepartmentID, AccountID: account.ID, Prefix: key[:shown], KeyHash: hash(key),
			CreatedBy: &v.AccountID, CreatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		rows, err := views(tx, "k.id = ?", row.ID)
		if err != nil {
			return err
		}
		made = Made{View: rows[0], Key: key}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "apikey.make", ObjectType: "api_key", ObjectID: row.ID, After: made.View})
		return nil
	})
	return made, err
}

// Revoke ends a key at once.
//
// Faults: apikey.revoked.
func (s *Service) Revoke(ctx context.Context, v access.Viewer, id int64) (view View, err error) {
	if !v.CityAdmin() {
		return view, fault.Forbidden()
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		res := tx.Model(&model.APIKey{}).Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", tx.Now)
		if res.Error != nil {
			return res.Error
		}
		rows, err := views(tx, "k.id = ?", id)
		switch {
		case err != nil:
			return err
		case len(rows) == 0:
			return fault.NotFound("接口密钥")
		case res.RowsAffected == 0:
			return fault.Conflict("apikey.revoked", "该接口密钥已经停用")
		}
		view = rows[0]
		audit.Record(tx, audit.By(v), audit.Entry{Action: "apikey.revoke", ObjectType: "api_key", ObjectID: id, After: view})
		return nil
	})
	return view, err
}

// Caller is who comes with a key: a handler of the unit, and nothing else.
type Caller struct {
	access.Viewer
	KeyID        int64
	DepartmentID int64
}

// Caller finds who a key is that comes from an address. A key that is unknown, revoked or of a unit that is closed is
// fault.Unauthorized; too many of those, or too many calls with a right one, are fault.TooMany. That it was used is noted once a day.
//
// Faults: auth.required; apikey.too_many_tries; apikey.too_many_calls.
func (s *Service) Caller(ctx context.Context, key, ip string) (c Caller, err error) {
	var k struct {
		model.APIKey
		Department string
	}
	read := s.db.Read(ctx)
	if strings.HasPrefix(key, keyPrefix) {
		err = read.Raw(`SELECT k.*, d.name AS department FROM api_key k JOIN department d ON d.id = k.department_id
			WHERE k.key_hash = ? AND k.revoked_at IS NULL AND d.closed_on IS NULL`, hash(key)).Scan(&k).Error
	}
	if err != nil {
		return c, err
	}
	if k.ID == 0 {
		return c, cmp.Or(s.limit.Take(ctx, wrongBound, limit.Network(ip)), error(fault.Unauthorized()))
	}
	if err := s.limit.Take(ctx, callBound, strconv.FormatInt(k.ID, 10)); err != nil {
		return c, err
	}
	if k.LastUsedOn != read.Day() {
		err = s.db.Tx(ctx, func(tx model.Tx) error {
			return tx.Model(&model.APIKey{}).Where("id = ?", k.ID).Update("last_used_on", tx.Day()).Error
		})
	}
	grant := access.Grant{Role: model.RoleDepartmentHandler, DepartmentID: k.DepartmentID, DepartmentName: k.Department}
	return Caller{Viewer: access.Viewer{AccountID: k.AccountID, Name: k.Name, IP: ip, Grants: []access.Grant{grant}}, KeyID: k.ID, DepartmentID: k.DepartmentID}, err
}

// hash is what is kept of a key. A key holds 130 bits of chance, so that a plain hash is enough.
func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
