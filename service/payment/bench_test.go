package payment

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
	"hongyun/service/vault"
	"hongyun/wechat"
)

const (
	benchNotices = 4000 // payments that are settled in one op
	benchFlight  = 64
	benchKey     = "0123456789abcdef0123456789ABCDEF"
)

// BenchmarkSettle takes WeChat's notices, genuine and each of a payment of its own, 64 at a time on one Postgres: signature,
// seal, payment, bill, ledger, fact, notice. The floor is one guarded UPDATE of such a payment in a transaction of its own,
// as many at a time, over the same connections.
func BenchmarkSettle(b *testing.B) {
	db, err := model.Open(b.Context(), model.Options{URL: modeltest.PostgresURL(b)})
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(err)
	b.Cleanup(func() { must(db.Close()) })
	_, err = db.Migrate(b.Context())
	must(err)
	far := newBenchFar(b)
	box, err := vault.New(make([]byte, vault.KeyBytes))
	must(err)
	s := New(Options{DB: db, Notify: notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "bench"}), Vault: box, Pay: far.pay, MPAppID: "wxbench"})
	exec := func(sql string) {
		b.Helper()
		must(db.Tx(b.Context(), func(tx model.Tx) error { return tx.Exec(sql).Error }))
	}
	// seed trusts the foreign keys of the rows that it makes.
	seed := func(sql string) { exec("SET LOCAL session_replication_role = replica; " + sql) }
	seed(`INSERT INTO org (type, path, name, created_at) SELECT 'BRANCH', lpad(i::text, 6, '0'), '支部' || i, now() FROM generate_series(1, 4000) i`)
	seed(`INSERT INTO member (org_id, name, id_sealed, id_index, sex, born_on, status, admitted_on, created_at, updated_at)
SELECT 1 + i / 25 % 4000, '李卫国', 'x', lpad(i::text, 18, '0'), 'MALE', '1970-01-01', 'FULL', '1995-07-01', now(), now() FROM generate_series(1, 100000) i`)
	seed(`INSERT INTO ledger_account (kind, owner_type, owner_id, guarded, balance) SELECT 'dues_due', 'member', id, TRUE, 100000000 FROM member`)
	exec("CREATE TABLE payment_floor (LIKE dues_payment INCLUDING ALL)")
	b.ResetTimer()
	var took, floor time.Duration
	var waits, floorWaits []time.Duration
	for round := range b.N {
		b.StopTimer()
		month := model.Month("2000-01").Add(round)
		seed(fmt.Sprintf(`INSERT INTO dues_bill (member_id, org_id, month, category, amount_fen, state, created_at)
  SELECT id, org_id, '%s', 'SALARIED', 1250, 'UNPAID', now() FROM member WHERE id %% 25 = %d AND id <= %d;
INSERT INTO dues_payment (org_id, payer_id, method, state, amount_fen, order_no, appid, openid, expires_at, recorded_at, not_before)
  SELECT org_id, member_id, 'WECHAT', 'OPEN', 1250, 'DF' || id, 'wxbench', 'o' || id, now(), now(), now() FROM dues_bill WHERE month = '%s';
INSERT INTO dues_payment_bill (payment_id, bill_id, amount_fen, live)
  SELECT p.id, b.id, 1250, TRUE FROM dues_bill b JOIN dues_payment p ON p.order_no = 'DF' || b.id WHERE b.month = '%s';
TRUNCATE payment_floor;
INSERT INTO payment_floor SELECT p.* FROM dues_payment p JOIN dues_bill b ON p.order_no = 'DF' || b.id WHERE b.month = '%s'`, month, round%25, benchNotices*25, month, month, month))
		exec("ANALYZE")
		var orders []model.DuesPayment
		must(db.Read(b.Context()).Raw("SELECT * FROM payment_floor ORDER BY md5(order_no)").Scan(&orders).Error)
		notices := far.notices(b, orders)
		b.StartTimer()
		wall, each := atOnce(b, len(notices), func(i int) error { return s.Notice(context.Background(), notices[i].header, notices[i].body) })
		b.StopTimer()
		took, waits = took+wall, append(waits, each...)
		wall, each = atOnce(b, len(orders), func(i int) error {
			return db.Tx(context.Background(), func(tx model.Tx) error {
				done, err := model.Exec(tx, "UPDATE payment_floor SET state = 'SETTLED', settled_at = ?, not_before = NULL WHERE id = ? AND state = 'OPEN'", tx.Now, orders[i].ID)
				if err == nil && done != 1 {
					err = errors.New("not settled")
				}
				return err
			})
		})
		floor, floorWaits = floor+wall, append(floorWaits, each...)
		var settled int64
		must(db.Read(b.Context()).Raw("SELECT count(*) FROM dues_payment p JOIN dues_bill b ON p.order_no = 'DF' || b.id WHERE b.month = ? AND b.state = 'PAID' AND p.state = 'SETTLED'", month).Scan(&settled).Error)
		if settled != int64(len(orders)) || settled != benchNotices {
			b.Fatalf("%d of %d are settled", settled, len(orders))
		}
		b.StartTimer()
	}
	b.StopTimer()
	done := float64(benchNotices * b.N)
	b.ReportMetric(done/took.Seconds(), "callbacks/s")
	b.ReportMetric(done/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/took.Seconds(), "of_floor")
	b.ReportMetric(p99(waits).Seconds()*1000, "p99_ms")
	b.ReportMetric(p99(floorWaits).Seconds()*1000, "floor_p99_ms")
}

// atOnce does n things, 64 in flight, and tells how long all took and each.
func atOnce(b *testing.B, n int, do func(i int) error) (wall time.Duration, each []time.Duration) {
	b.Helper()
	each = make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range benchFlight {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				at := time.Now()
				if err := do(i); err != nil {
					b.Error(err)
				}
				each[i] = time.Since(at)
			}
		})
	}
	all.Wait()
	return time.Since(began), each
}

func p99(waits []time.Duration) time.Duration {
	slices.Sort(waits)
	return waits[len(waits)*99/100]
}

// benchFar signs and seals notices as WeChat Pay does.
type benchFar struct {
	pay *wechat.Pay
	key *rsa.PrivateKey
}

func newBenchFar(b *testing.B) *benchFar {
	b.Helper()
	f := &benchFar{}
	var err error
	if f.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		b.Fatal(err)
	}
	f.pay, err = wechat.NewPay(b.Context(), wechat.Merchant{MchID: "1900000001", SerialNo: "7132D72A", PrivateKey: f.key, APIv3Key: benchKey,
		PublicKeyID: "PUB_KEY_ID_1", PublicKey: &f.key.PublicKey, NotifyURL: "http://127.0.0.1/wechat/pay/notify"}, http.DefaultClient)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

type benchNotice struct {
	header http.Header
	body   []byte
}

func (f *benchFar) notices(b *testing.B, orders []model.DuesPayment) []benchNotice {
	b.Helper()
	out := make([]benchNotice, len(orders))
	_, _ = atOnce(b, len(orders), func(i int) (err error) {
		out[i], err = f.notice(orders[i])
		return err
	})
	return out
}

func (f *benchFar) notice(p model.DuesPayment) (benchNotice, error) {
	now := time.Now()
	plain, err := json.Marshal(map[string]any{"mchid": "1900000001", "appid": p.AppID, "out_trade_no": p.OrderNo, "transaction_id": "4200" + p.OrderNo,
		"trade_state": "SUCCESS", "success_time": now.Format(time.RFC3339), "payer": map[string]string{"openid": p.OpenID},
		"amount": map[string]any{"total": p.AmountFen, "payer_total": p.AmountFen, "currency": "CNY"}})
	if err != nil {
		return benchNotice{}, err
	}
	block, err := aes.NewCipher([]byte(benchKey))
	if err != nil {
		return benchNotice{}, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return benchNotice{}, err
	}
	nonce := strings.Repeat("n", gcm.NonceSize())
	body, err := json.Marshal(map[string]any{"id": "EV-" + p.OrderNo, "event_type": "TRANSACTION.SUCCESS", "resource": map[string]string{"algorithm": "AEAD_AES_256_GCM",
		"associated_data": "transaction", "nonce": nonce, "ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte("transaction")))}})
	if err != nil {
		return benchNotice{}, err
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + "\nnonce\n" + string(body) + "\n"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, f.key, crypto.SHA256, sum[:])
	header := http.Header{}
	header.Set("Wechatpay-Serial", "PUB_KEY_ID_1")
	header.Set("Wechatpay-Timestamp", stamp)
	header.Set("Wechatpay-Nonce", "nonce")
	header.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	return benchNotice{header, body}, err
}
