package handler

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/silenceper/wechat/v2/util"

	"hongyun/model"
	"hongyun/model/modeltest"
)

const (
	callbackPushes = 4000 // of half as many citizens: each opens a request and adds to it
	callbackFlight = 64
	callbackRate   = 500 // a second, whether or not the ones before are answered
	callbackSpell  = 10 * time.Second
	wechatPatience = 5 * time.Second
)

// BenchmarkCallbacks takes messages to an official account over HTTP, sealed as WeChat seals them: as many as there is room for
// with 64 in flight, and 500 a second on the clock, of which none may take WeChat's five seconds. The floor is a bare Fiber
// handler that opens the same seal, inserts the push into a table of its own under its natural key, and says success.
func BenchmarkCallbacks(b *testing.B) {
	url := modeltest.PostgresURL(b)
	p := benchPhones(b, url, benchRedis(b))
	p.county()
	d := model.Department{Name: "住建局", CreatedAt: p.db.Now()}
	p.create(&d)
	p.create(&model.OfficialAccount{AppID: townAppID, Name: "住建之窗", DepartmentID: d.ID, Kind: model.AccountService, OriginalID: "gh_0123456789ab",
		SecretSealed: p.vault.Seal(townSecret), TokenSealed: p.vault.Seal(townToken), AESKeySealed: p.vault.Seal(townKey), AuthorizationKind: model.AuthorizationDirect,
		CreatedAt: p.db.Now(), UpdatedAt: p.db.Now()})
	servers := []string{"http://" + serveBench(b, p.app), "http://" + serveBench(b, bareCallbacks(b, p, url))}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	b.ResetTimer()
	rates, waits := [2][]float64{}, [2][]time.Duration{}
	for round := range b.N {
		for i, server := range servers {
			b.StopTimer()
			full := pushes(b, p.db.Now(), fmt.Sprintf("f%d-", round), callbackPushes)
			steady := pushes(b, p.db.Now(), fmt.Sprintf("s%d-", round), int(callbackRate*callbackSpell.Seconds()))
			b.StartTimer()
			rates[i] = append(rates[i], flood(b, client, server, full))
			waits[i] = append(waits[i], trickle(b, client, server, steady)...)
		}
	}
	b.StopTimer()
	var kept, requests int64
	p.must(p.db.Read(b.Context()).Raw("SELECT count(*) FROM callback").Scan(&kept).Error)
	p.must(p.db.Read(b.Context()).Raw("SELECT count(*) FROM request").Scan(&requests).Error)
	if want := int64(b.N) * (callbackPushes + int64(callbackRate*callbackSpell.Seconds())); kept != want || requests != want/2 {
		b.Fatalf("%d pushes are kept and %d requests open, of %d pushes", kept, requests, want)
	}
	slices.Sort(waits[0])
	slices.Sort(waits[1])
	if longest := waits[0][len(waits[0])-1]; longest >= wechatPatience {
		b.Errorf("one answer took %v; %.0f/s with as many as there is room for", longest, median(rates[0]))
	}
	product, floor := median(rates[0]), median(rates[1])
	b.ReportMetric(product, "callbacks/s")
	b.ReportMetric(floor, "floor/s")
	b.ReportMetric(product/floor, "of_floor")
	b.ReportMetric(milliseconds(waits[0], 50), "p50_ms")
	b.ReportMetric(milliseconds(waits[0], 99), "p99_ms")
	b.ReportMetric(milliseconds(waits[0], 100), "max_ms")
	b.ReportMetric(milliseconds(waits[1], 99), "floor_p99_ms")
}

// milliseconds is a percentile of sorted times.
func milliseconds(sorted []time.Duration, percent int) float64 {
	return float64(sorted[min(len(sorted)*percent/100, len(sorted)-1)].Microseconds()) / 1000
}

// bareCallbacks verifies and inserts, and nothing else.
func bareCallbacks(b *testing.B, p *phones, url string) *fiber.App {
	b.Helper()
	p.exec("CREATE TABLE callback_floor (LIKE callback INCLUDING ALL)")
	pool, err := pgxpool.New(b.Context(), url+"&pool_max_conns=20")
	p.must(err)
	b.Cleanup(pool.Close)
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Post("/wechat/oa/:appid", func(c *fiber.Ctx) error {
		q := callbackQuery(c)
		if util.Signature(townToken, q.Timestamp, q.Nonce) != q.Signature {
			return fiber.ErrForbidden
		}
		body := string(c.Body())
		_, sealed, _ := strings.Cut(body, "<Encrypt>")
		sealed, _, _ = strings.Cut(sealed, "</Encrypt>")
		if util.Signature(townToken, q.Timestamp, q.Nonce, sealed) != q.MsgSignature {
			return fiber.ErrForbidden
		}
		_, raw, err := util.DecryptMsg(townAppID, sealed, townKey)
		if err != nil {
			return fiber.ErrForbidden
		}
		_, key, _ := strings.Cut(string(raw), "<MsgId>")
		key, _, _ = strings.Cut(key, "</MsgId>")
		now := time.Now()
		if _, err := pool.Exec(c.UserContext(), `INSERT INTO callback_floor (appid, natural_key, kind, payload, state, not_before, received_at)
			VALUES ($1, $2, 'text', $3, 'done', $4, $4) ON CONFLICT DO NOTHING`, c.Params("appid"), key, string(raw), now); err != nil {
			return err
		}
		return c.SendString("success")
	})
	return app
}

// push is one sealed message and its address.
type push struct{ path, body string }

// pushes are n messages of half as many citizens, the second of each after all the first.
func pushes(b *testing.B, now time.Time, name string, n int) []push {
	b.Helper()
	out := make([]push, n)
	stamp := fmt.Sprint(now.Unix())
	for i := range out {
		text := "人民路的路灯坏了三天，晚上看不清路"
		if i >= n/2 {
			text = "就在第二小学门口"
		}
		raw := fmt.Sprintf("<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>%s%d</FromUserName><CreateTime>%s</CreateTime><MsgType>text</MsgType><Content>%s</Content><MsgId>%s%d</MsgId></xml>",
			name, i%(n/2), stamp, text, numbered(name), i)
		sealed, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(raw), townAppID, townKey)
		if err != nil {
			b.Fatal(err)
		}
		q := url.Values{"timestamp": {stamp}, "nonce": {"n"}, "encrypt_type": {"aes"}, "signature": {util.Signature(townToken, stamp, "n")},
			"msg_signature": {util.Signature(townToken, stamp, "n", string(sealed))}}
		out[i] = push{path: "/wechat/oa/" + townAppID + "?" + q.Encode(), body: "<xml><Encrypt>" + string(sealed) + "</Encrypt></xml>"}
	}
	return out
}

// numbered makes digits of a name: a message's number has no letters.
func numbered(name string) string {
	return strings.NewReplacer("f", "1", "s", "2", "-", "00").Replace(name)
}

func say(client *http.Client, server string, p push) error {
	res, err := client.Post(server+p.path, "text/xml", strings.NewReader(p.body))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if err = cmp.Or(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || len(bytes.TrimSpace(body)) == 0 {
		return fmt.Errorf("answered %s %q", res.Status, body)
	}
	return nil
}

// flood sends the pushes as fast as they are answered, in order, 64 in flight, and tells how many a second.
func flood(b *testing.B, client *http.Client, server string, all []push) float64 {
	b.Helper()
	var next atomic.Int64
	var done sync.WaitGroup
	began := time.Now()
	for range callbackFlight {
		done.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				if err := say(client, server, all[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	return float64(len(all)) / time.Since(began).Seconds()
}

// trickle sends each push at its own moment, whatever became of the others, and tells how long after that moment each was
// answered: a server that falls behind is not waited for.
func trickle(b *testing.B, client *http.Client, server string, all []push) []time.Duration {
	b.Helper()
	waits := make([]time.Duration, len(all))
	var done sync.WaitGroup
	began := time.Now()
	for i, p := range all {
		due := began.Add(time.Duration(i) * time.Second / callbackRate)
		time.Sleep(time.Until(due))
		done.Go(func() {
			if err := say(client, server, p); err != nil {
				b.Error(err)
			}
			waits[i] = time.Since(due)
		})
	}
	done.Wait()
	return waits
}
