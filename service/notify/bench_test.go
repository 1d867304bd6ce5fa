package notify_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

// benchRows is how many rows the benchmarks handle; HONGYUN_BENCH_ROWS changes it.
func benchRows(b *testing.B, standard int) int {
	b.Helper()
	s := os.Getenv("HONGYUN_BENCH_ROWS")
	if s == "" {
		return standard
	}
	n, err := strconv.Atoi(s)
	must(b, err)
	return n
}

// BenchmarkDeliver sends subscribe messages through the sandbox with 1, 2 and 4 instances on one Postgres, with a WeChat that
// answers at once and with one that takes 30 ms. The floor is the same number of sends, as many at a time, with no database
// behind them.
func BenchmarkDeliver(b *testing.B) {
	for _, c := range []struct {
		instances int
		latency   time.Duration
	}{{1, 0}, {2, 0}, {4, 0}, {1, 30 * time.Millisecond}, {2, 30 * time.Millisecond}, {4, 30 * time.Millisecond}} {
		instances := c.instances
		b.Run(fmt.Sprintf("latency=%s/instances=%d", c.latency, instances), func(b *testing.B) {
			clock := modeltest.At("2026-11-20 09:00:00")
			r := newRig(b, modeltest.Postgres(b, clock.Now), clock, 20*time.Second,
				func(o *sandbox.Options) { o.SentEvents = false })
			people := min(benchRows(b, 4000), 20_000)
			grants := make([]sandbox.Grant, people)
			for i := range grants {
				grants[i] = sandbox.Grant{PersonID: person(int64(i + 1)), AppID: mini, Credits: map[string]int{duesTemplate: 1_000_000}}
			}
			must(b, r.sandbox.Seed(grants))
			r.seedAccounts(people)
			services := make([]*notify.Service, instances)
			for i := range services {
				services[i] = r.service(fmt.Sprint("i", i))
			}
			if c.latency > 0 {
				r.setAfter(func(string) { time.Sleep(c.latency) })
			}
			floor := r.floor(b, people, instances)
			b.ResetTimer()
			for i := range b.N {
				b.StopTimer()
				must(b, r.db.Tx(context.Background(), func(tx model.Tx) error {
					_, err := r.notify.QueueSelect(tx, "dues.reminder", fmt.Sprint("bench-", i), numbers(tx.Dialect, people))
					return err
				}))
				b.StartTimer()
				var all sync.WaitGroup
				for _, s := range services {
					all.Go(func() { r.drain(s) })
				}
				all.Wait()
			}
			b.StopTimer()
			var sent int64
			must(b, r.db.Read(context.Background()).Table("delivery").Where("state = 'sent'").Count(&sent).Error)
			equal(b, "sent", sent, int64(people*b.N))
			perSecond := float64(sent) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond, "messages/s")
			b.ReportMetric(floor, "floor/s")
			b.ReportMetric(perSecond/floor, "of_floor")
		})
	}
}

// seedAccounts makes members and accounts 1 to n, with plenty of credit.
func (r *rig) seedAccounts(n int) {
	r.t.Helper()
	now := r.clock.Now()
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) error {
		for from := 1; from <= n; from += 500 {
			var members []model.Member
			var accounts []model.Account
			var credits []model.MessageCredit
			for i := from; i < min(from+500, n+1); i++ {
				id := int64(i)
				members = append(members, model.Member{ID: id, OrgID: 1, Name: "李卫国", IDSealed: "x", IDIndex: fmt.Sprint(i), Sex: "MALE",
					BornOn: "1970-01-01", Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "1995-07-01", CreatedAt: now, UpdatedAt: now})
				accounts = append(accounts, model.Account{ID: id, MPAppID: mini, OpenID: openID(mini, id), UnionID: unionOf(id), MemberID: &id,
					CreatedAt: now, LastLoginAt: now})
				credits = append(credits, model.MessageCredit{AccountID: id, TemplateID: duesTemplate, Balance: 1_000_000, UpdatedAt: now})
			}
			for _, rows := range []any{&members, &accounts, &credits} {
				if err := tx.Create(rows).Error; err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// floor is how many sends a second go through the sandbox with nothing around them.
func (r *rig) floor(b *testing.B, people, instances int) float64 {
	b.Helper()
	todo := make(chan int64, people)
	for i := range people {
		todo <- int64(i + 1)
	}
	close(todo)
	began := time.Now()
	var all sync.WaitGroup
	for range 32 * instances {
		all.Go(func() {
			for id := range todo {
				if err := r.client.SendSubscribe(context.Background(), mini, wechat.SubscribeMessage{OpenID: openID(mini, id),
					TemplateID: duesTemplate, Data: map[string]string{"thing1": "党费", "amount2": "¥3.00"}}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return float64(people) / time.Since(began).Seconds()
}

// BenchmarkQueueSelect queues a message for everybody on Postgres. The floor copies the same rows with plain INSERT … SELECT
// into tables with the same indexes.
func BenchmarkQueueSelect(b *testing.B) {
	ctx := context.Background()
	n := benchRows(b, 100_000)
	clock := modeltest.At("2026-11-20 09:00:00")
	db := modeltest.Postgres(b, clock.Now)
	s := notify.New(notify.Options{DB: db, Kinds: kinds()})
	exec := func(sql string) time.Duration {
		b.Helper()
		began := time.Now()
		must(b, db.Tx(ctx, func(tx model.Tx) error { return tx.Exec(sql).Error }))
		return time.Since(began)
	}
	exec("CREATE TABLE message_floor (LIKE message INCLUDING ALL)")
	exec("CREATE TABLE delivery_floor (LIKE delivery INCLUDING ALL)")
	var floor time.Duration
	for i := range b.N {
		b.StopTimer()
		exec("TRUNCATE message, delivery, message_floor, delivery_floor")
		b.StartTimer()
		must(b, db.Tx(ctx, func(tx model.Tx) error {
			queued, err := s.QueueSelect(tx, "dues.reminder", fmt.Sprint("bench-", i), numbers(tx.Dialect, n))
			equal(b, "queued", queued, int64(n))
			return err
		}))
		b.StopTimer()
		floor += exec("INSERT INTO message_floor SELECT * FROM message; INSERT INTO delivery_floor SELECT * FROM delivery")
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(n*b.N)/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/b.Elapsed().Seconds(), "of_floor")
}
