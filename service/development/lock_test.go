package development

import (
	"context"
	"testing"
	"time"

	"hongyun/model"
)

// TestLockOrder: a step waits for a merge of the branch before the course is locked, so that the merge, which locks the branch
// and then its courses, never waits for it in a circle.
func TestLockOrder(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		if w.db.Read(ctx).Dialect != model.Postgres {
			t.Skip("SQLite has one writer at a time")
		}
		applicant, candidate := w.apply("2026-06-01").ID, w.candidate("2024-06-01", "2024-07-01", "2026-09-01")
		w.reviewed(candidate, "2026-10-20")
		w.take(candidate, ballot(Admit, "2026-10-25", 5, 5))
		w.papers(candidate, Approve)
		for name, c := range map[string]struct {
			org  string // that is merged
			id   int64
			step func(ctx context.Context) error
		}{
			"a course that moves": {"二支部", applicant, func(ctx context.Context) error {
				_, err := w.s.Move(ctx, w.committee, applicant, MoveInput{Version: 1, OrgID: w.orgs["二支部"].ID, OnDay: "2026-11-20"})
				return err
			}},
			"an approval, which puts the person on the roster": {"一支部", candidate, func(ctx context.Context) error {
				_, err := w.s.Take(ctx, w.committee, candidate, StepInput{Version: w.course(candidate).Version, Code: Approve, OnDay: "2026-11-19"})
				return err
			}},
		} {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				done := make(chan error, 1)
				must(t, w.db.Tx(ctx, func(tx model.Tx) error {
					if err := tx.Exec("SELECT id FROM org WHERE id = ? FOR UPDATE", w.orgs[c.org].ID).Error; err != nil {
						return err
					}
					go func() { done <- c.step(ctx) }()
					tick := time.NewTicker(5 * time.Millisecond)
					defer tick.Stop()
					for n := 0; n == 0 && len(done) == 0; <-tick.C {
						if err := w.db.Read(ctx).Raw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n).Error; err != nil {
							return err
						}
					}
					return tx.Exec("SELECT id FROM development WHERE id = ? FOR UPDATE NOWAIT", c.id).Error
				}))
				must(t, <-done)
			})
		}
	})
}
