package handler

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/account"
)

const (
	benchClients = 16          // keep-alive connections, each with a person of its own
	benchSpell   = time.Second // of load on one server before the next has its turn
	benchMembers = 15_000      // a county
)

// BenchmarkMe asks who am I: one read of Redis and one statement.
func BenchmarkMe(b *testing.B) { benchRead[account.Me](b, "/api/v1/me") }

// BenchmarkHome asks for the first page: one read of Redis and three statements.
func BenchmarkHome(b *testing.B) { benchRead[account.Home](b, "/api/v1/me/home") }

// benchRead loads four servers in turn over loopback: the product on Postgres and Redis; the floor, a bare Fiber handler that
// runs the product's statements through pgx alone and answers the same; the floor with one read of Redis before; and a
// handler that knows its answer. An op is one spell of load on each. Reported are medians.
func benchRead[Answer any](b *testing.B, path string) {
	url := modeltest.PostgresURL(b)
	rdb := benchRedis(b)
	p := benchPhones(b, url, rdb)
	p.wholeCounty()
	pool, err := pgxpool.New(b.Context(), url+"&pool_max_conns=20")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	requests := make([][]byte, benchClients)
	var token string
	for i := range requests {
		token = p.boundMember(i)
		requests[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", path, token)
	}
	tap := newTap(b, url)
	tapped := benchPhones(b, tap.URL, rdb)
	var answer []byte
	statements := tap.statements(func() { answer = tapped.read(token, path) })
	if len(statements) == 0 {
		b.Fatal("the product read nothing")
	}
	var value Answer
	p.must(json.Unmarshal(answer, &value))
	readAll := func(c *fiber.Ctx) error {
		for _, s := range statements {
			if err := s.run(c.UserContext(), pool); err != nil {
				return err
			}
		}
		return c.JSON(value)
	}
	servers := []string{
		serveBench(b, p.app),
		serveBare(b, path, readAll),
		serveBare(b, path, func(c *fiber.Ctx) error {
			if err := rdb.Get(c.UserContext(), "bench").Err(); err != nil && !errors.Is(err, redis.Nil) {
				return err
			}
			return readAll(c)
		}),
		serveBare(b, path, func(c *fiber.Ctx) error {
			c.Type("json", "utf-8")
			return c.Send(answer)
		}),
	}
	rates := make([][]float64, len(servers))
	for range b.N {
		for i, address := range servers {
			rates[i] = append(rates[i], load(b, address, requests, len(answer)))
		}
	}
	product, floor := median(rates[0]), median(rates[1])
	b.ReportMetric(product, "req/s")
	b.ReportMetric(floor, "floor/s")
	b.ReportMetric(median(rates[2]), "with_redis/s")
	b.ReportMetric(median(rates[3]), "no_database/s")
	b.ReportMetric(product/floor, "of_floor")
}

// wholeCounty is as many members as a county has.
func (p *phones) wholeCounty() {
	p.t.Helper()
	p.county()
	month := model.DateOf(p.db.Now()).Month()
	p.exec(fmt.Sprintf(`INSERT INTO member (org_id, name, id_sealed, id_index, sex, born_on, status, admitted_on, approved_on, full_on, created_at, updated_at)
SELECT %d, '李卫国', 'x', 'bench-' || i, 'MALE', '1970-01-01', 'FULL', '1995-07-01', '1995-08-01', '1996-07-01', now(), now()
FROM generate_series(1, %d) i`, p.branch, benchMembers))
	p.exec(fmt.Sprintf(`INSERT INTO message (kind, recipient_type, recipient_id, period, data, month, created_at)
SELECT 'dues.reminder', 'member', id, '%[1]s', '{}', '%[1]s', now() FROM member`, month))
	p.exec(fmt.Sprintf(`INSERT INTO meeting (org_id, kind, month, held_on, theme, place, state, created_at, updated_at)
VALUES (%d, 'THEME_DAY', '%[2]s', '%[2]s-05', '学习身边的榜样', '村部会议室', 'COMPLETED', now(), now())`, p.branch, month))
	p.exec("ANALYZE")
}

// benchRedis is the Redis of HONGYUN_TEST_REDIS.
func benchRedis(b *testing.B) redis.UniversalClient {
	b.Helper()
	address := os.Getenv("HONGYUN_TEST_REDIS")
	if address == "" {
		b.Skip("not covered: Redis (HONGYUN_TEST_REDIS is not set)")
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		b.Fatal(err)
	}
	rdb := redis.NewClient(o)
	b.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// benchPhones is the platform on a Postgres and a Redis, with pools as it is shipped.
func benchPhones(b *testing.B, url string, rdb redis.UniversalClient) *phones {
	b.Helper()
	db, err := model.Open(b.Context(), model.Options{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return newPhonesOn(b, db, rdb)
}

func (p *phones) exec(sql string, args ...any) {
	p.t.Helper()
	p.must(p.db.Read(p.t.Context()).Exec(sql, args...).Error)
}

// boundMember signs the i-th person in, with a bill and some red energy, and ties him or her to the branch.
func (p *phones) boundMember(i int) (token string) {
	p.t.Helper()
	idNumber := fmt.Sprintf("36119919900101%04d", i)
	person, id := p.member("张卫东", idNumber, fmt.Sprintf("1380000%04d", i))
	month := model.DateOf(p.db.Now()).Month()
	p.exec(`INSERT INTO dues_bill (member_id, org_id, month, category, amount_fen, state, created_at) VALUES (?, ?, ?, 'SALARIED', 3000, 'UNPAID', now())`,
		id, p.branch, month)
	p.exec(`INSERT INTO ledger_account (kind, owner_type, owner_id, guarded, balance) VALUES ('energy', 'member', ?, true, 120)`, id)
	p.create(&model.RoleGrant{MemberID: &id, Role: model.RoleLeader, OrgID: &p.branch, GrantedAt: p.db.Now()})
	token = p.login(person)
	p.bind(token, person, "张卫东", idNumber[12:], http.StatusOK)
	return token
}

// read is the bytes of an answer.
func (p *phones) read(token, path string) []byte {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, path, nil)
	p.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := p.app.Test(r, -1)
	p.must(err)
	body, err := io.ReadAll(res.Body)
	p.must(errors.Join(err, res.Body.Close()))
	if res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s", res.Status, body)
	}
	return body
}

// run reads every value of the result, as a handler written by hand would.
func (s statement) run(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, s.sql, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := rows.Values(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func serveBare(b *testing.B, path string, h fiber.Handler) (address string) {
	b.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get(path, h)
	return serveBench(b, app)
}

func serveBench(b *testing.B, app *fiber.App) (address string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = app.Listener(l) }()
	b.Cleanup(func() { _ = app.Shutdown() })
	return l.Addr().String()
}

// load sends each request over a connection of its own, again and again, for a spell, and returns requests a second. The
// client is as small as can be: it shares the processors with the server.
func load(b *testing.B, address string, requests [][]byte, size int) float64 {
	b.Helper()
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for _, request := range requests {
		all.Go(func() {
			n, err := ask(address, request, size, began.Add(benchSpell))
			done.Add(n)
			if err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return float64(done.Load()) / time.Since(began).Seconds()
}

func ask(address string, request []byte, size int, until time.Time) (n int64, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for time.Now().Before(until) {
		if _, err := conn.Write(request); err != nil {
			return n, err
		}
		if err := skipAnswer(in, size); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// skipAnswer reads one answer of status 200 to its end.
func skipAnswer(in *bufio.Reader, atLeast int) error {
	status, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered %s", status)
	}
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < atLeast/2 {
		return fmt.Errorf("an answer of %d bytes", length)
	}
	_, err = in.Discard(length)
	return err
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
