package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"

	"hongyun/config"
	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const (
	recipients = 5000
	kills      = 40
)

// TestKill is invariant I1: 5,000 reminders go out while the program is killed
// 40 times at random points. Afterwards each member has one message in the
// inbox; each delivery that says sent reached its phone exactly once, each
// unknown one at most once, and none is missing.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	eachDatabase(t, killTest)
}

// eachDatabase runs the test on a migrated SQLite file and on a migrated Postgres, side by side. settings name the database to
// the program.
func eachDatabase(t *testing.T, test func(t *testing.T, db *model.DB, settings ...string)) {
	run := func(name string, options func(t *testing.T) (model.Options, []string)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, settings := options(t)
			db, err := model.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			if _, err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			test(t, db, settings...)
		})
	}
	run("sqlite", func(t *testing.T) (model.Options, []string) {
		dir := t.TempDir()
		return model.Options{DataDir: dir}, []string{"DATA_DIR", dir}
	})
	run("postgres", func(t *testing.T) (model.Options, []string) {
		url := modeltest.PostgresURL(t)
		return model.Options{URL: url}, []string{"DATABASE_URL", url, "DATA_DIR", t.TempDir()}
	})
}

func killTest(t *testing.T, db *model.DB, pairs ...string) {
	phones := newPhones(t)
	seedReminders(t, db)
	env := settings(append(pairs, "SANDBOX_URL", phones.url, "LEASE_SECONDS", "1", "SEND_WORKERS", "16", "SEND_BATCH", "200")...)
	month := model.DateOf(db.Now()).Month()

	killJob(t, env, month)
	random := rand.New(rand.NewPCG(40, uint64(time.Now().UnixNano())))
	for i := range kills {
		s, err := tryStart(env)
		if err != nil {
			t.Fatalf("start %d: %v", i, err)
		}
		time.Sleep(time.Duration(random.IntN(500)) * time.Millisecond) // the random point
		s.kill()
	}
	last := start(t, env)
	waitDelivered(t, db)
	if err := last.stop(); err != nil {
		t.Errorf("the last run did not end well: %v\n%s", err, last.logs)
	}
	compare(t, db, phones)
}

// killJob kills the command that queues at random points as well, and then lets it finish, twice.
func killJob(t *testing.T, env []string, month model.Month) {
	for range 5 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(20+rand.IntN(300))*time.Millisecond)
		c := exec.CommandContext(ctx, os.Args[0], "job", "run", "dues-reminder", "--at", string(month.Last()))
		c.Env = env
		_ = c.Run() // killed, or done: both are fine
		cancel()
	}
	for range 2 {
		if out, err := command(env, "job", "run", "dues-reminder", "--at", string(month.Last())); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// waitDelivered waits until no delivery waits any more.
func waitDelivered(t *testing.T, db *model.DB) {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		var open int64
		err := db.Read(context.Background()).Model(&model.Delivery{}).
			Where("state IN ?", []string{model.DeliveryPending, model.DeliveryClaimed, model.DeliverySending}).Count(&open).Error
		if err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries still wait", open)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func compare(t *testing.T, db *model.DB, phones *phones) {
	read := db.Read(context.Background())
	var inbox, distinct int64
	if err := read.Raw("SELECT count(*) FROM message").Scan(&inbox).Error; err != nil {
		t.Fatal(err)
	}
	if err := read.Raw("SELECT count(DISTINCT recipient_id) FROM message WHERE kind = 'dues.reminder'").Scan(&distinct).Error; err != nil {
		t.Fatal(err)
	}
	if inbox != recipients || distinct != recipients {
		t.Errorf("%d messages to %d members, want %d", inbox, distinct, recipients)
	}
	var deliveries []model.Delivery
	if err := read.Find(&deliveries).Error; err != nil {
		t.Fatal(err)
	}
	states := map[string]int{}
	for _, d := range deliveries {
		states[d.State]++
		got := phones.got(d.OpenID)
		switch {
		case d.State == model.DeliverySent && got != 1, d.State == model.DeliveryUnknown && got > 1,
			d.State != model.DeliverySent && d.State != model.DeliveryUnknown:
			t.Errorf("delivery %d to %s is %s (%s); the phone got %d", d.ID, d.OpenID, d.State, d.Error, got)
		}
	}
	if len(deliveries) != recipients {
		t.Errorf("%d deliveries, want %d", len(deliveries), recipients)
	}
	t.Logf("after %d kills: %v, %d messages on phones", kills, states, phones.total())
	if states[model.DeliverySent] < recipients*8/10 {
		t.Errorf("only %d were surely sent", states[model.DeliverySent])
	}
}

// phones is a sandbox in the test's own process that counts what arrives.
type phones struct {
	url   string
	mu    sync.Mutex
	count map[string]int
}

const reminderTemplate = "reminder-template"

func newPhones(t *testing.T) *phones {
	return newPhonesBehind(t, func(next http.Handler) http.Handler { return next })
}

// newPhonesBehind puts something in front of the sandbox.
func newPhonesBehind(t *testing.T, front func(http.Handler) http.Handler) *phones {
	p := &phones{count: map[string]int{}}
	mini := miniProgram(t)
	box, err := sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			return sandbox.Person{ID: id, Phone: "13800000000"}, nil
		},
		Apps: func(context.Context) ([]wechat.App, error) { return nil, nil },
		App: func(_ context.Context, appid string) (wechat.App, error) {
			if appid != mini.AppID {
				return wechat.App{}, wechat.ErrUnknownApp
			}
			return mini, nil
		},
		MiniProgram: mini.AppID,
		Templates:   []sandbox.Template{{AppID: mini.AppID, ID: reminderTemplate, Title: "党费缴纳提醒", Keys: []string{"thing1"}}},
		Pages:       []string{"pages/dues/index"},
		Now:         time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var grants []sandbox.Grant
	for i := range recipients {
		grants = append(grants, sandbox.Grant{PersonID: fmt.Sprintf("m-%d", i+1), AppID: mini.AppID, Credits: map[string]int{reminderTemplate: 1}})
	}
	if err := box.Seed(grants); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(front(p.counting(box.Handler())))
	t.Cleanup(func() {
		server.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	p.url = server.URL + "/sandbox/wire"
	return p
}

// counting counts the messages that the sandbox accepts, before the answer is on its way, and makes it slow.
func (p *phones) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/cgi-bin/message/subscribe/send") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		time.Sleep(time.Duration(2+rand.IntN(20)) * time.Millisecond) // the wire
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		var sent struct {
			ToUser string `json:"touser"`
		}
		var said struct {
			ErrCode int `json:"errcode"`
		}
		if err := errors.Join(json.Unmarshal(body, &sent), json.Unmarshal(answer.Body.Bytes(), &said)); err == nil && said.ErrCode == 0 {
			p.mu.Lock()
			p.count[sent.ToUser]++
			p.mu.Unlock()
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer.Body.Bytes()) // the caller may be dead: that is the point
	})
}

func (p *phones) got(openid string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count[openid]
}

func (p *phones) total() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.count {
		n += c
	}
	return n
}

// miniProgram is the mini-program of the default settings.
func miniProgram(t testing.TB) wechat.App {
	c, err := env.ParseAsWithOptions[config.Config](env.Options{Prefix: config.Prefix, Environment: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	return (&app{config: c}).miniProgram()
}

// seedReminders is a branch of members with phones, credit and an unpaid bill each.
func seedReminders(t *testing.T, db *model.DB) {
	month := model.DateOf(db.Now()).Month()
	mini := miniProgram(t)
	err := db.Tx(context.Background(), func(tx model.Tx) error {
		org := model.Org{Type: model.OrgBranch, Path: "001", Name: "测试党支部", CreatedAt: tx.Now}
		if err := tx.Create(&org).Error; err != nil {
			return err
		}
		var members []model.Member
		approved := model.Date("2010-08-01")
		for i := range recipients {
			members = append(members, model.Member{OrgID: org.ID, Name: "党员", IDIndex: fmt.Sprint(i), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
				Standing: model.StandingActive, AdmittedOn: "2010-07-02", ApprovedOn: &approved, CreatedAt: tx.Now, UpdatedAt: tx.Now})
		}
		members, err := model.BulkFresh(tx, members)
		if err != nil {
			return err
		}
		var bills []model.DuesBill
		var accounts []model.Account
		var credits []model.MessageCredit
		for i, m := range members {
			bills = append(bills, model.DuesBill{MemberID: m.ID, OrgID: org.ID, Month: month, Category: "FARMER", AmountFen: 20, State: model.BillUnpaid, CreatedAt: tx.Now})
			accounts = append(accounts, model.Account{MPAppID: mini.AppID, OpenID: sandbox.OpenID(mini.AppID, fmt.Sprintf("m-%d", i+1)),
				MemberID: &members[i].ID, BoundAt: &tx.Now, CreatedAt: tx.Now, LastLoginAt: tx.Now})
		}
		if _, err := model.Bulk(tx, bills); err != nil {
			return err
		}
		if accounts, err = model.BulkFresh(tx, accounts); err != nil {
			return err
		}
		for _, a := range accounts {
			credits = append(credits, model.MessageCredit{AccountID: a.ID, TemplateID: reminderTemplate, Balance: 1, UpdatedAt: tx.Now})
		}
		if _, err := model.Bulk(tx, credits); err != nil {
			return err
		}
		return tx.Create(&model.MessageTemplate{Kind: "dues.reminder", Channel: model.ChannelSubscribe, AppID: mini.AppID, TemplateID: reminderTemplate,
			Fields: `{"thing1":"{name}"}`, Enabled: true}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}
