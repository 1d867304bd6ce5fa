package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
	"hongyun/wechat/sandbox"
)

const benchPeople = 2000 // who are told something in one op

// BenchmarkDeliver sends subscribe messages through the sandbox by HTTP, from one Postgres, with 1 to 64 workers in one
// dispatcher and with two dispatchers, with a WeChat that answers at once and with one that takes 30 ms. The floor posts
// the same sends with a bare http.Client, as many at a time, and with no database behind them.
func BenchmarkDeliver(b *testing.B) {
	clock := modeltest.At("2026-11-20 09:00:00")
	r := newRig(b, modeltest.Postgres(b, clock.Now), clock, 20*time.Second, func(o *sandbox.Options) { o.SentEvents = false })
	grants := make([]sandbox.Grant, benchPeople)
	for i := range grants {
		grants[i] = sandbox.Grant{PersonID: person(int64(i + 1)), AppID: mini, Credits: map[string]int{duesTemplate: 1_000_000}}
	}
	must(b, r.sandbox.Seed(grants))
	r.seedAccounts(benchPeople)
	const slow = 30 * time.Millisecond
	for _, c := range []delivering{{1, 1, 0}, {1, 2, 0}, {1, 4, 0}, {1, 8, 0}, {1, 16, 0}, {1, 32, 0}, {1, 64, 0}, {2, 32, 0},
		{1, 8, slow}, {1, 32, slow}, {1, 64, slow}, {2, 32, slow}} {
		b.Run(fmt.Sprintf("dispatchers=%d/workers=%d/wechat=%s", c.dispatchers, c.workers, c.latency), func(b *testing.B) { r.deliver(b, c) })
	}
}

type delivering struct {
	dispatchers, workers int
	latency              time.Duration
}

func (r *rig) deliver(b *testing.B, c delivering) {
	services := make([]*notify.Service, c.dispatchers)
	for i := range services {
		services[i] = r.service(fmt.Sprint("i", i), func(o *notify.Options) { o.Workers = c.workers })
	}
	r.setAfter(nil)
	if c.latency > 0 {
		r.setAfter(func(string) { time.Sleep(c.latency) })
	}
	bare, floorRounds := r.bareClient(b, c.workers*c.dispatchers), 1
	if c.latency == 0 {
		floorRounds = 6 // else it would be over before it has begun
	}
	b.ResetTimer()
	var floor time.Duration
	for i := range b.N {
		b.StopTimer()
		must(b, r.db.Tx(context.Background(), func(tx model.Tx) error {
			if err := tx.Exec("TRUNCATE message, delivery, delivery_attempt").Error; err != nil {
				return err
			}
			_, err := r.notify.QueueSelect(tx, "dues.reminder", fmt.Sprint("bench-", i), numbers(tx.Dialect, benchPeople))
			return err
		}))
		took, err := bare.post(floorRounds * benchPeople)
		must(b, err)
		floor += took / time.Duration(floorRounds)
		b.StartTimer()
		var all sync.WaitGroup
		for _, s := range services {
			all.Go(func() { r.drain(s) })
		}
		all.Wait()
		b.StopTimer()
		var sent int64
		must(b, r.db.Read(context.Background()).Table("delivery").Where("state = 'sent'").Count(&sent).Error)
		equal(b, "sent", sent, int64(benchPeople))
		b.StartTimer()
	}
	b.StopTimer()
	sent := float64(benchPeople * b.N)
	b.ReportMetric(sent/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(sent/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/b.Elapsed().Seconds(), "of_floor")
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

// bareClient is the floor: no queue, no rules, nothing kept.
type bareClient struct {
	http   *http.Client
	url    string
	atOnce int
}

func (r *rig) bareClient(b *testing.B, atOnce int) *bareClient {
	b.Helper()
	c := &bareClient{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}, atOnce: atOnce}
	b.Cleanup(c.http.CloseIdleConnections)
	wire := r.wire.URL + "/sandbox/wire"
	var out struct {
		Token string `json:"access_token"`
	}
	answer, err := c.ask(wire+"/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":"mini-secret"}`, mini))
	must(b, err)
	must(b, json.Unmarshal(answer, &out))
	c.url = wire + subscribeSend + "?access_token=" + out.Token
	return c
}

// post sends n times, to one person after the other, and returns how long it took.
func (c *bareClient) post(n int) (time.Duration, error) {
	began := time.Now()
	var next atomic.Int64
	problems := make([]error, c.atOnce)
	var all sync.WaitGroup
	for i := range problems {
		all.Go(func() {
			for id := next.Add(1); id <= int64(n) && problems[i] == nil; id = next.Add(1) {
				problems[i] = c.send(1 + id%benchPeople)
			}
		})
	}
	all.Wait()
	return time.Since(began), errors.Join(problems...)
}

func (c *bareClient) send(id int64) error {
	answer, err := c.ask(c.url, fmt.Sprintf(`{"touser":%q,"template_id":%q,"page":"pages/dues/bill?month=2026-11","miniprogram_state":"formal",
"lang":"zh_CN","data":{"thing1":{"value":"李卫国同志2026-11党费"},"amount2":{"value":"¥3.00"}}}`, openID(mini, id), duesTemplate))
	if err == nil && !bytes.Contains(answer, []byte(`"errcode":0`)) {
		err = fmt.Errorf("refused: %s", answer)
	}
	return err
}

func (c *bareClient) ask(url, body string) ([]byte, error) {
	res, err := c.http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}
