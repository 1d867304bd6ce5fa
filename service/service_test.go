package service

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/batch"
	"hongyun/service/callback"
	"hongyun/service/notify"
	"hongyun/service/payment"
	"hongyun/service/schedule"
)

func TestService_Stop(t *testing.T) {
	t.Parallel()

	t.Run("a job that does not end leaves deliveries and callbacks their time to finish", func(t *testing.T) {
		db := modeltest.SQLite(t, modeltest.At("2026-11-23 10:00:30").Now)
		tx := db.Read(t.Context())
		must(t, tx.Create(&model.JobTime{Job: "stuck", EffectiveFrom: "2000-01-01", Pattern: model.JobEvery, Minute: 1, Enabled: true}).Error)
		must(t, tx.Create(&model.Sequence{Name: "schedule.stuck", Value: 1}).Error)
		begun := make(chan struct{})
		s := &Service{
			Schedule: schedule.New(schedule.Options{DB: db, Instance: "test", Jobs: []schedule.Job{{Name: "stuck", Run: func(ctx context.Context, _ schedule.Run) (string, error) {
				close(begun)
				<-ctx.Done()
				return "", ctx.Err()
			}}}}),
			Batch:    batch.New(batch.Options{DB: db, Instance: "test", Log: slog.New(slog.DiscardHandler)}),
			Callback: callback.New(callback.Options{DB: db, Instance: "test"}),
			Payment:  payment.New(payment.Options{DB: db}),
			Notify:   notify.New(notify.Options{DB: db, Instance: "test", Log: slog.New(slog.DiscardHandler)}),
		}
		s.Start(t.Context())
		<-begun
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if err := s.Stop(ctx); err != nil && (strings.Contains(err.Error(), "deliver") || strings.Contains(err.Error(), "pushes")) {
			t.Error(err)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
