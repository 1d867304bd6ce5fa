// Package demo is the synthetic county: its tree, its people, some months of
// dues and theme days, departments with official accounts, and citizens'
// requests, made by calling the modules or their bulk ways. It also tells the
// WeChat sandbox who holds the phones. Everything in it is invented, and the
// same seed and day make the same county.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service"
)

// seed of every random draw.
const seed = 20180701

// Options says how large a county to make, and for which mini-program.
type Options struct {
	Scale    float64 // 1 = 58 committees, 650 branches, 15,000 members; 0 = none
	Progress func(done, total int, what string)
}

// County makes the synthetic county and knows it afterwards.
type County struct {
	o service.Options
}

// New is the county of a database. o is what the modules stand on.
func New(o service.Options) *County { return &County{o: o} }

// Loaded tells whether the database holds the synthetic county.
func (c *County) Loaded(ctx context.Context) (bool, error) {
	var n int64
	err := c.o.DB.Read(ctx).Model(&model.DemoCast{}).Count(&n).Error
	return n > 0, err
}

// Load makes the county in an empty database; in a database that holds anything
// it does nothing, but for finishing a county whose making was cut off. Several
// instances may call it at once: one makes it, the others wait.
func (c *County) Load(ctx context.Context, o Options) error {
	if o.Scale == 0 {
		return nil
	}
	b := &builder{County: c, now: c.o.DB.Now(), random: rand.New(rand.NewPCG(seed, 1)), scale: o.Scale, progress: o.Progress,
		sameDay: map[model.Date]int{}}
	if err := b.build(ctx); err != nil {
		return err
	}
	return b.requests(ctx)
}

// build makes all but the requests, or nothing.
func (b *builder) build(ctx context.Context) error {
	if free, err := empty(b.o.DB.Read(ctx)); err != nil || !free {
		return err
	}
	if err := b.makePhotos(ctx); err != nil { // before the transaction: a file is no row alone
		return err
	}
	return b.o.DB.Tx(ctx, func(tx model.Tx) error {
		free, err := lockEmpty(tx)
		if err != nil || !free {
			return err
		}
		for i, step := range b.steps() {
			b.progress(i, len(b.steps())+1, step.what)
			if err := step.do(tx); err != nil {
				return fmt.Errorf("make the county (%s): %w", step.what, err)
			}
		}
		return tx.Create(&model.Sequence{Name: storiesTold}).Error
	})
}

// lockEmpty makes other instances wait until this transaction ends.
func lockEmpty(tx model.Tx) (bool, error) {
	var head model.AuditHead
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("chain = ?", model.MainChain).Take(&head).Error; err != nil {
		return false, err
	}
	return empty(tx)
}

func empty(tx model.Tx) (bool, error) {
	var orgs int64
	err := tx.Model(&model.Org{}).Limit(1).Count(&orgs).Error
	return orgs == 0, err
}

// builder holds what the steps hand on to each other.
type builder struct {
	*County
	now      time.Time
	random   *rand.Rand
	scale    float64
	progress func(done, total int, what string)

	tree        []*node
	of          map[int64]*node
	members     []model.Member // branch by branch
	decided     []decided
	unmoved     []*model.Member // ordinary members whom nothing has happened to
	ofOrg       map[int64][]*model.Member
	departments map[string]int64
	photo       int64
	second      int64              // another photo
	sameDay     map[model.Date]int // identity numbers given out, by birthday
	accounts    map[int64]int64    // member → account
	behind      map[int64]int      // member → months besides this one that are not paid
}

type step struct {
	what string
	do   func(model.Tx) error
}

func (b *builder) steps() []step {
	return []step{{"党组织", b.makeTree}, {"党员", b.makeMembers}, {"权限", b.makeRoles}, {"手机", b.makePhones}, {"班子", b.makeHistory},
		{"组织关系", b.makeMoves}, {"党费", b.makeDues}, {"主题党日", b.makeThemeDays}, {"标准化", b.makeStandard},
		{"发展党员", b.makeDevelopment}, {"人物", b.makeCast}}
}

// clock is a clock that the builder moves through past days.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Second) // no two steps at the same moment
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// offline keeps the builder off the wire: the sandbox does not answer yet.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the county is made without WeChat")
}

// past is the modules with a clock of their own and no WeChat.
func (b *builder) past(c *clock) *service.Service {
	o := b.o
	o.DB, o.Now, o.HTTP, o.Log = b.o.DB.At(c.now), c.now, &http.Client{Transport: offline{}}, slog.New(slog.DiscardHandler)
	return service.New(o)
}
