package member_test

import (
	"context"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/member"
)

// waiting comes back when another transaction waits for a lock, or is done.
func (b *bundle) waiting(done <-chan error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var n int64
		must(b.t, b.db.Read(ctx).Raw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n).Error)
		if n > 0 || len(done) > 0 {
			return
		}
		<-tick.C
	}
}

// TestLockOrder: whoever does something with a member waits for a merge of the branch before the member is locked, so that the
// merge, which locks the branch and then its members, never waits for him or her in a circle.
func TestLockOrder(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		if b.db.Read(b.ctx).Dialect != model.Postgres {
			b.t.Skip("SQLite has one writer at a time")
		}
		city := holder(model.RoleAdmin, b.city)
		number := "361199199001010034"
		m := b.enrolled(b.one, "李明", number, "2010-07-01")
		gone := b.enrolled(b.one, "王芳", "361199199001010042", "2010-07-01")
		_, err := b.decide(city, gone.ID, model.DecisionDeath, "", "2026-11-01", nil)
		must(b.t, err)
		for name, step := range map[string]func(ctx context.Context) error{
			"a transfer is asked for": func(ctx context.Context) error {
				_, err := b.RequestTransfer(ctx, city, m.ID, member.TransferInput{ToOrgID: b.three.ID, Reason: "工作调动", Version: 1})
				return err
			},
			"a stay elsewhere is registered at home": func(ctx context.Context) error {
				_, err := b.RegisterOut(ctx, city, member.FloatingOut{MemberID: m.ID, Place: "杭州", LeftOn: "2026-01-01", HostOrgID: b.three.ID})
				return err
			},
			"a stay elsewhere is registered by the host": func(ctx context.Context) error {
				_, err := b.RegisterIn(ctx, city, member.FloatingIn{OrgID: b.three.ID, Name: "李明", IDNumber: number, Place: "杭州", LeftOn: "2026-01-01"})
				return err
			},
			"somebody comes back": func(ctx context.Context) error {
				_, err := b.Decide(ctx, city, gone.ID, member.DecisionInput{Kind: model.DecisionRestore, DecidedOn: "2026-11-20", DecidedBy: "市委", Reason: "登记有误",
					OrgID: b.one.ID, Version: 2})
				return err
			},
		} {
			b.t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
				defer cancel()
				done := make(chan error, 1)
				must(t, b.db.Tx(ctx, func(tx model.Tx) error { // as a merge locks
					if err := tx.Exec("SELECT id FROM org WHERE id IN ? ORDER BY id FOR UPDATE", []int64{b.one.ID, b.two.ID}).Error; err != nil {
						return err
					}
					go func() { done <- step(ctx) }()
					b.waiting(done)
					return tx.Exec("SELECT id FROM member WHERE org_id = ? ORDER BY id FOR UPDATE NOWAIT", b.one.ID).Error
				}))
				must(t, <-done)
				for _, table := range []string{"transfer", "floating"} {
					b.exec("DELETE FROM "+table+" WHERE member_id = ?", m.ID)
				}
			})
		}
	})
}
