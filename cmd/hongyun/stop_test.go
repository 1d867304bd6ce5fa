package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// redisEnv names the variable with the address of a Redis that tests may write to.
const redisEnv = "HONGYUN_TEST_REDIS"

// TestStop: SIGTERM while requests and deliveries are on the wire. They finish, nothing stays half done, and the program
// ends with 0.
func TestStop(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, f *office) {
		if _, err := f.db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		phones := newSlowPhones(t, 200)
		seedReminders(t, f.db)
		s := start(t, append(f.env, settings("SANDBOX_URL", phones.url, "SEND_WORKERS", "8", "SEND_BATCH", "100")...))
		d := &door{t: t, url: s.URL}

		spare, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")) // as a browser opens one in advance
		if err != nil {
			t.Fatal(err)
		}
		defer spare.Close()
		if out, err := command(f.env, "job", "run", "dues-reminder", "--at", string(model.DateOf(f.db.Now()).Month().Last())); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		until(t, "deliveries are on the wire", func() bool { return phones.inFlight.Load() > 2 })
		var requests sync.WaitGroup
		for range 5 {
			requests.Go(func() {
				// WeChat takes 200 ms to say that the code is worth nothing.
				res, err := http.Post(d.url+"/api/v1/auth/wechat", "application/json", strings.NewReader(`{"code":"0123456789abcdef"}`))
				if err != nil {
					t.Errorf("a request in flight: %v", err)
					return
				}
				defer res.Body.Close()
				if res.StatusCode != 400 {
					t.Errorf("a request in flight: %d", res.StatusCode)
				}
			})
		}
		until(t, "requests are on the wire", func() bool { return phones.logins.Load() == 5 })
		began := time.Now()
		if err := s.stop(); err != nil {
			t.Errorf("%v\n%s", err, s.logs)
		}
		requests.Wait()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %v to stop", took)
		}
		if n := f.count("SELECT count(*) FROM delivery WHERE state IN ('claimed', 'sending', 'unknown')"); n != 0 {
			t.Errorf("%d deliveries are half done", n)
		}
		sent, arrived := f.count("SELECT count(*) FROM delivery WHERE state = 'sent'"), int64(phones.total())
		if sent != arrived || sent == 0 || sent == recipients {
			t.Errorf("%d deliveries are sent, %d have arrived, of %d", sent, arrived, recipients)
		}
	})
}

// slowPhones is a sandbox that takes its time, and knows what is on the wire.
type slowPhones struct {
	*phones
	inFlight, logins atomic.Int64
}

func newSlowPhones(t *testing.T, milliseconds int) *slowPhones {
	s := &slowPhones{}
	s.phones = newPhonesBehind(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/message/subscribe/send"):
				s.inFlight.Add(1)
				defer s.inFlight.Add(-1)
			case strings.HasSuffix(r.URL.Path, "/jscode2session"):
				s.logins.Add(1)
			}
			time.Sleep(time.Duration(milliseconds) * time.Millisecond) // the wire
			next.ServeHTTP(w, r)
		})
	})
	return s
}

// TestTwoInstances: two programs on one Postgres and one Redis. What is due runs once, and each reminder
// arrives once.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	redis := os.Getenv(redisEnv)
	if redis == "" {
		t.Skipf("not covered: two instances (%s is not set)", redisEnv)
	}
	url := modeltest.PostgresURL(t)
	f := newOffice(t, model.Options{URL: url}, "DATABASE_URL", url, "REDIS_URL", redis, "DATA_DIR", t.TempDir())
	if _, err := f.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	phones := newPhones(t)
	seedReminders(t, f.db)
	due(f)
	env := append(f.env, settings("SANDBOX_URL", phones.url, "LEASE_SECONDS", "5", "SEND_BATCH", "50")...)
	servers := make([]*server, 2)
	var both sync.WaitGroup
	for i := range servers {
		both.Go(func() {
			s, err := tryStart(env)
			if err != nil {
				t.Error(err)
				return
			}
			servers[i] = s
		})
	}
	both.Wait()
	if t.Failed() {
		return
	}
	t.Cleanup(func() { servers[0].kill(); servers[1].kill() })
	until(t, "each job has run", func() bool { return f.count("SELECT count(*) FROM job_run WHERE state = 'done'") == 4 })
	waitDelivered(t, f.db)
	for _, s := range servers {
		if err := s.stop(); err != nil {
			t.Errorf("%v\n%s", err, s.logs)
		}
		if strings.Contains(s.logs.String(), "level=ERROR") {
			t.Errorf("an instance logs an error:\n%s", s.logs)
		}
	}
	if n := f.count("SELECT count(*) FROM job_run"); n != 4 {
		t.Errorf("%d runs of four jobs", n)
	}
	if n := f.count("SELECT count(*) FROM job_run WHERE attempts <> 1"); n != 0 {
		t.Errorf("%d runs were taken up twice", n)
	}
	if sent := f.count("SELECT count(*) FROM delivery WHERE state = 'sent'"); sent != recipients || phones.total() != recipients {
		t.Errorf("%d deliveries are sent, %d have arrived, of %d", sent, phones.total(), recipients)
	}
	if n := f.count("SELECT count(DISTINCT openid) FROM delivery"); n != recipients {
		t.Errorf("%d phones", n)
	}
}

// due makes the four daily and monthly jobs due a moment ago, for a schedule that began a day ago.
func due(f *office) {
	f.t.Helper()
	now := f.db.Now().Add(-time.Minute).In(model.Shanghai)
	f.exec("UPDATE job_time SET hour = ?, minute = ?, day = ?, pattern = CASE pattern WHEN 'month_end' THEN 'monthly' ELSE pattern END WHERE job <> 'dues-bills'", now.Hour(), now.Minute(), now.Day())
	f.exec("UPDATE job_time SET enabled = FALSE WHERE job = 'dues-bills'")
	for _, job := range []string{"political-birthday", "dues-bills", "dues-reminder", "theme-day-warning", "request-ratings"} {
		f.exec("INSERT INTO sequence (name, value) VALUES (?, ?)", fmt.Sprint("schedule.", job), now.Add(-time.Hour).UnixMicro())
	}
}
