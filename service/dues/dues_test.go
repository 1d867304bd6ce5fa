package dues

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

var ctx = context.Background()

// world is two branches of one committee and one of another.
type world struct {
	t     *testing.T
	db    *model.DB
	s     *Service
	clock *modeltest.Clock
	orgs  map[string]model.Org
	n     int
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 09:00:00")
		w := &world{t: t, db: db, clock: clock, orgs: map[string]model.Org{},
			s: New(db, notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "test"}))}
		for path, o := range map[string]model.Org{"001": {Type: model.OrgCity, Name: "市委"}, "001001": {Type: model.OrgCommittee, Name: "甲党委"},
			"001001001": {Type: model.OrgBranch, Name: "甲一支部"}, "001001002": {Type: model.OrgBranch, Name: "甲二支部"},
			"001002": {Type: model.OrgCommittee, Name: "乙党委"}, "001002001": {Type: model.OrgBranch, Name: "乙一支部"}} {
			o.Path, o.CreatedAt = path, db.Now()
			w.create(&o)
			w.orgs[o.Name] = o
		}
		test(t, w)
	})
}

func (w *world) create(row any) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Create(row).Error)
}

func (w *world) member(org, name string, admitted model.Date) model.Member {
	w.t.Helper()
	w.n++
	m := model.Member{OrgID: w.orgs[org].ID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint(w.n), Sex: "FEMALE", BornOn: "1990-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: admitted, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&m)
	return m
}

func (w *world) assess(m model.Member, category string, amountFen int64, from model.Month) {
	w.t.Helper()
	w.create(&model.DuesAssessment{MemberID: m.ID, Category: category, AmountFen: amountFen, BaseFen: amountFen * 100, RateBP: 100, EffectiveMonth: from, CreatedAt: w.db.Now()})
}

// payer is a member with an assessment that has long been in force.
func (w *world) payer(org, name string, amountFen int64) model.Member {
	m := w.member(org, name, "2010-07-01")
	w.assess(m, "SALARIED", amountFen, "2026-01")
	return m
}

func (w *world) as(m model.Member) access.Viewer {
	w.t.Helper()
	w.n++
	a := model.Account{MPAppID: "wx1", OpenID: fmt.Sprint(w.n), MemberID: &m.ID, CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	v, err := access.Load(w.db.Read(ctx), a.ID)
	must(w.t, err)
	return v
}

func (w *world) holder(role, org string) access.Viewer {
	w.t.Helper()
	m := w.member("甲一支部", org+role, "2010-07-01")
	id := w.orgs[org].ID
	w.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: w.db.Now()})
	return w.as(m)
}

func (w *world) bill(day model.Date) string {
	w.t.Helper()
	summary, err := w.s.bill(ctx, schedule.Run{Day: day})
	must(w.t, err)
	return summary
}

func (w *world) billOf(m model.Member, month model.Month) model.DuesBill {
	w.t.Helper()
	var b model.DuesBill
	must(w.t, w.db.Read(ctx).Where("member_id = ? AND month = ?", m.ID, month).Take(&b).Error)
	return b
}

func (w *world) sum(sql string, args ...any) (n int64) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Raw("SELECT coalesce(sum(n), 0) FROM ("+sql+") x", args...).Scan(&n).Error)
	return n
}

func cash(amountFen int64) PaymentInput {
	return PaymentInput{Method: MethodCash, PaidOn: "2026-11-20", AmountFen: amountFen}
}

func TestBills_Made(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		plain := w.payer("甲一支部", "工", 1250)
		w.assess(plain, "SALARIED", 3000, "2026-12") // a rise that is not in force yet
		w.assess(plain, "SALARIED", 900, "2025-01")  // what was before
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 77, "2026-01")
		nothing := w.member("甲二支部", "零", "2010-07-01")
		w.assess(nothing, "REDUCED", 0, "2026-01")
		w.member("甲二支部", "未核定", "2010-07-01")
		later := w.member("甲二支部", "后", "2026-11-15")
		w.assess(later, "STUDENT", 20, "2026-01")
		gone := w.payer("乙一支部", "亡", 1250)
		must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", gone.ID).Update("standing", model.StandingDeceased).Error)

		w.bill("2026-10-01")
		t.Run("one bill for each active member with an assessment in force", func(t *testing.T) {
			if n := w.sum("SELECT count(*) AS n FROM dues_bill"); n != 3 {
				t.Fatalf("%d bills, want 3", n)
			}
			if b := w.billOf(plain, "2026-10"); b.AmountFen != 1250 || b.State != model.BillUnpaid || b.OrgID != plain.OrgID || b.CreatedAt.IsZero() {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("the exempt owe nothing, and what comes to nothing is exempt", func(t *testing.T) {
			for _, m := range []model.Member{excused, nothing} {
				if b := w.billOf(m, "2026-10"); b.AmountFen != 0 || b.State != model.BillExempt {
					t.Fatalf("%s: %+v", m.Name, b)
				}
			}
		})
		t.Run("a second run makes none, and an assessment changes no bill that is there", func(t *testing.T) {
			w.assess(plain, "SALARIED", 5000, "2026-09")
			if summary := w.bill("2026-10-01"); summary != "2026年10月：新生成党费账单0份" || w.billOf(plain, "2026-10").AmountFen != 1250 {
				t.Fatalf("%s, %+v", summary, w.billOf(plain, "2026-10"))
			}
		})
		t.Run("the first payable month is the whole month of admission, billed together with the next", func(t *testing.T) {
			w.bill("2026-11-01")
			if n := w.sum("SELECT count(*) AS n FROM dues_bill WHERE member_id = ?", later.ID); n != 1 {
				t.Fatalf("%d bills in the month of admission", n) // admitted_on lies in the month of the run
			}
			month := w.member("甲二支部", "月中", "2026-11-16")
			w.assess(month, "STUDENT", 20, "2026-11")
			if summary := w.bill("2026-12-01"); !strings.HasSuffix(summary, "补生成上月新党员账单1份") {
				t.Fatal(summary)
			}
			if w.billOf(month, "2026-11").AmountFen != 20 || w.billOf(month, "2026-12").AmountFen != 20 {
				t.Fatal("bills are missing")
			}
			if n := w.sum("SELECT count(*) AS n FROM dues_bill WHERE member_id = ? AND month < '2026-11'", month.ID); n != 0 {
				t.Fatalf("%d bills from before the admission", n)
			}
		})
		t.Run("in the month of its effect the rise is billed", func(t *testing.T) {
			if got := w.billOf(plain, "2026-12").AmountFen; got != 3000 {
				t.Fatalf("got %d", got)
			}
		})
	})
}

func TestReminder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		open, paid, gone := w.payer("甲一支部", `王"五\`, 1205), w.payer("甲一支部", "付", 1250), w.payer("甲二支部", "去", 1250)
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 0, "2026-01")
		w.bill("2026-10-01")
		w.bill("2026-11-01")
		_, err := w.s.Pay(ctx, w.holder(model.RoleAdmin, "甲一支部"), w.billOf(paid, "2026-11").ID, "", cash(1250))
		must(t, err)
		must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", gone.ID).Update("standing", model.StandingRemoved).Error)
		remind := func(day model.Date) string {
			summary, err := w.s.remind(ctx, schedule.Run{Day: day})
			must(t, err)
			return summary
		}

		t.Run("who has an open bill of the month is told, and nobody else", func(t *testing.T) {
			if got := remind("2026-11-30"); got != "2026年11月：1名党员尚未缴纳党费，新发出温馨提示1条" {
				t.Fatal(got)
			}
			feed, err := notifyInbox(w, open)
			must(t, err)
			if len(feed) != 1 || feed[0] != `王"五\同志，您2026年11月的党费12.05元尚未缴纳，请及时向所在党支部缴纳。如已缴纳，请忽略本提示。` {
				t.Fatalf("got %v", feed)
			}
		})
		t.Run("a second run tells nobody again", func(t *testing.T) {
			if got := remind("2026-11-30"); !strings.HasSuffix(got, "新发出温馨提示0条") || w.sum("SELECT count(*) AS n FROM message") != 1 {
				t.Fatal(got)
			}
		})
		t.Run("each message has its delivery and its period", func(t *testing.T) {
			if n := w.sum("SELECT count(*) AS n FROM delivery d JOIN message m ON m.id = d.message_id AND m.period = '2026-11' AND m.kind = ?", KindReminder); n != 1 {
				t.Fatalf("%d deliveries", n)
			}
		})
		t.Run("another month is another reminder", func(t *testing.T) {
			if got := remind("2026-10-31"); !strings.HasSuffix(got, "新发出温馨提示2条") {
				t.Fatal(got)
			}
		})
	})
}

func notifyInbox(w *world, m model.Member) ([]string, error) {
	feed, err := w.s.notify.Inbox(ctx, w.as(m), 0, 10)
	var bodies []string
	for _, i := range feed.Items {
		bodies = append(bodies, i.Body)
	}
	return bodies, err
}

func TestPay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.holder(model.RoleAdmin, "甲一支部")
		a, b, c := w.payer("甲一支部", "一", 1250), w.payer("甲一支部", "二", 1250), w.payer("甲一支部", "三", 1250)
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 0, "2026-01")
		w.bill("2026-11-01")
		bill := w.billOf(a, "2026-11")

		first, err := w.s.Pay(ctx, admin, bill.ID, "key-1", cash(1250))
		must(t, err)
		t.Run("the bill is paid, with its payment, its fact and an entry in the audit log", func(t *testing.T) {
			if w.billOf(a, "2026-11").State != model.BillPaid || first.AmountFen != 1250 || first.BillID != bill.ID || first.Month != "2026-11" {
				t.Fatalf("got %+v", first)
			}
			if n := w.sum("SELECT quantity AS n FROM fact WHERE code = ? AND subject_id = ? AND org_id = ? AND day = '2026-11-20' AND source = ?",
				FactPaid, a.ID, a.OrgID, fmt.Sprintf("dues/%d", bill.ID)); n != 1 {
				t.Fatalf("the fact: %d", n)
			}
			if n := w.sum("SELECT count(*) AS n FROM audit_entry WHERE action = 'dues.pay' AND object_id = ? AND actor_id = ?", bill.ID, admin.AccountID); n != 1 {
				t.Fatalf("%d audit entries", n)
			}
		})
		t.Run("the same key with the same payment answers the same", func(t *testing.T) {
			w.clock.Set("2026-11-21 10:00:00")
			again, err := w.s.Pay(ctx, admin, bill.ID, "key-1", cash(1250))
			must(t, err)
			again.RecordedAt, first.RecordedAt = model.Instant(again.RecordedAt), model.Instant(first.RecordedAt)
			if again != first {
				t.Fatalf("got %+v, want %+v", again, first)
			}
		})
		t.Run("the same key with another payment is refused", func(t *testing.T) {
			other := cash(1250)
			other.PaidOn = "2026-11-19"
			_, err := w.s.Pay(ctx, admin, bill.ID, "key-1", other)
			wantFault(t, err, "dues.key_used")
			_, err = w.s.Pay(ctx, admin, w.billOf(b, "2026-11").ID, "key-1", cash(1250))
			wantFault(t, err, "dues.key_used")
			if w.billOf(b, "2026-11").State != model.BillUnpaid {
				t.Fatal("the other bill was paid")
			}
		})
		t.Run("another administrator's key of the same name is another key", func(t *testing.T) {
			_, err := w.s.Pay(ctx, w.holder(model.RoleAdmin, "甲党委"), w.billOf(b, "2026-11").ID, "key-1", cash(1250))
			must(t, err)
		})
		t.Run("another key, or none, finds it paid", func(t *testing.T) {
			for _, key := range []string{"", "key-2"} {
				_, err := w.s.Pay(ctx, admin, bill.ID, key, cash(1250))
				wantFault(t, err, "dues.already_paid")
			}
			_, err := w.s.Pay(ctx, admin, w.billOf(excused, "2026-11").ID, "", cash(1250))
			wantFault(t, err, "dues.already_paid")
		})
		t.Run("a transfer needs its number, and a number pays one bill", func(t *testing.T) {
			in := PaymentInput{Method: MethodTransfer, PaidOn: "2026-11-20", AmountFen: 1250}
			_, err := w.s.Pay(ctx, admin, w.billOf(c, "2026-11").ID, "", in)
			wantFault(t, err, "dues.transaction_no")
			in.TransactionNo = "ICBC-1"
			d := w.payer("甲一支部", "四", 1250)
			w.bill("2026-11-01")
			got, err := w.s.Pay(ctx, admin, w.billOf(d, "2026-11").ID, "", in)
			if err != nil || got.TransactionNo != "ICBC-1" {
				t.Fatalf("got %+v, %v", got, err)
			}
			in.TransactionNo = " ICBC-1 "
			_, err = w.s.Pay(ctx, admin, w.billOf(c, "2026-11").ID, "", in)
			wantFault(t, err, "dues.transaction_used")
			if w.billOf(c, "2026-11").State != model.BillUnpaid {
				t.Fatal("the refused payment marked the bill")
			}
		})
		t.Run("another way to pay is not recorded by hand", func(t *testing.T) {
			in := cash(1250)
			in.Method = "WECHAT"
			_, err := w.s.Pay(ctx, admin, w.billOf(c, "2026-11").ID, "", in)
			wantFault(t, err, "dues.method")
		})
	})
}

// I3: a bill is paid once, payments add up to paid bills.
func TestPay_ExactlyOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin, above := w.holder(model.RoleAdmin, "甲一支部"), w.holder(model.RoleAdmin, "甲党委")
		m := w.payer("甲一支部", "一", 1250)
		w.bill("2026-11-01")
		bill := w.billOf(m, "2026-11")
		t.Run("of 50 payments of one bill at once exactly one is recorded", func(t *testing.T) {
			var wait sync.WaitGroup
			var done atomic.Int64
			for i := range 50 {
				wait.Go(func() {
					v := []access.Viewer{admin, above}[i%2]
					key := []string{"", fmt.Sprint("key-", i)}[i/2%2]
					if _, err := w.s.Pay(ctx, v, bill.ID, key, cash(1250)); err == nil {
						done.Add(1)
					} else if !fault.Is(err, "dues.already_paid") {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if n := w.sum("SELECT count(*) AS n FROM dues_payment"); done.Load() != 1 || n != 1 {
				t.Fatalf("%d answered, %d recorded", done.Load(), n)
			}
			if n := w.sum("SELECT quantity AS n FROM fact"); n != 1 {
				t.Fatalf("%d facts", n)
			}
		})
		t.Run("50 requests with one key all answer with the one payment", func(t *testing.T) {
			other := w.payer("甲一支部", "二", 1250)
			w.bill("2026-11-01")
			id := w.billOf(other, "2026-11").ID
			var wait sync.WaitGroup
			var ids sync.Map
			for range 50 {
				wait.Go(func() {
					p, err := w.s.Pay(ctx, admin, id, "one-key", cash(1250))
					if err != nil {
						t.Error(err)
					}
					ids.Store(p.ID, true)
				})
			}
			wait.Wait()
			n := 0
			ids.Range(func(any, any) bool { n++; return true })
			if n != 1 {
				t.Fatalf("%d different payments", n)
			}
		})
		t.Run("replayed and reordered, payments add up to paid bills", func(t *testing.T) {
			type request struct {
				bill model.DuesBill
				key  string
				no   string
			}
			var requests []request
			for i := range 12 {
				m := w.payer("甲一支部", fmt.Sprint("乱", i), int64(1000+i))
				w.bill("2026-11-01")
				b := w.billOf(m, "2026-11")
				for _, key := range []string{"", fmt.Sprint("r", i), fmt.Sprint("r", i), "shared"} {
					requests = append(requests, request{b, key, fmt.Sprint("no-", i/2)}) // two bills fight for each number
				}
			}
			shuffle := rand.New(rand.NewPCG(1, 2))
			shuffle.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
			var wait sync.WaitGroup
			for part := range slices.Chunk(requests, 6) {
				wait.Go(func() {
					for _, r := range part {
						_, err := w.s.Pay(ctx, admin, r.bill.ID, r.key, PaymentInput{Method: MethodTransfer, PaidOn: "2026-11-20", AmountFen: r.bill.AmountFen, TransactionNo: r.no})
						if err != nil && !fault.Is(err, "dues.already_paid") && !fault.Is(err, "dues.key_used") && !fault.Is(err, "dues.transaction_used") {
							t.Error(err)
						}
					}
				})
			}
			wait.Wait()
			payments := w.sum("SELECT amount_fen AS n FROM dues_payment")
			bills := w.sum("SELECT amount_fen AS n FROM dues_bill WHERE state = 'PAID'")
			facts := w.sum("SELECT b.amount_fen AS n FROM dues_bill b JOIN fact f ON f.code = 'dues.paid' AND f.source = 'dues/' || CAST(b.id AS text)")
			if payments != bills || facts != bills || w.sum("SELECT count(*) AS n FROM dues_payment WHERE transaction_no LIKE 'no-%'") != 6 {
				t.Fatalf("payments %d, paid bills %d, facts %d", payments, bills, facts)
			}
		})
	})
}

func TestDues_Scope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one, two, far := w.payer("甲一支部", "一", 1100), w.payer("甲二支部", "二", 1200), w.payer("乙一支部", "外", 1300)
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 0, "2026-01")
		w.bill("2026-11-01")
		_, err := w.s.Pay(ctx, w.holder(model.RoleAdmin, "市委"), w.billOf(two, "2026-11").ID, "", cash(1200))
		must(t, err)
		for _, test := range []struct {
			who  string
			v    access.Viewer
			want Sums
			pays bool
		}{
			{"nobody", access.Viewer{}, Sums{}, false},
			{"the member himself, who has a list of his own", w.as(one), Sums{}, false},
			{"the branch's leader", w.holder(model.RoleLeader, "甲一支部"), Sums{}, false},
			{"the city's leader", w.holder(model.RoleLeader, "市委"), Sums{}, false},
			{"the sibling's administrator", w.holder(model.RoleAdmin, "甲二支部"), Sums{Count: 1, Paid: 1, PayableFen: 1200, PaidFen: 1200}, false},
			{"a foreign committee's administrator", w.holder(model.RoleAdmin, "乙党委"), Sums{Count: 1, Unpaid: 1, PayableFen: 1300}, false},
			{"the committee's administrator", w.holder(model.RoleAdmin, "甲党委"), Sums{Count: 3, Unpaid: 1, Paid: 1, Exempt: 1, PayableFen: 2300, PaidFen: 1200}, true},
		} {
			t.Run(test.who, func(t *testing.T) {
				rows, sums, err := w.s.Bills(ctx, test.v, Filter{Month: "2026-11"}, 0, 100)
				must(t, err)
				if sums != test.want || int64(len(rows)) != sums.Count {
					t.Fatalf("got %d rows and %+v, want %+v", len(rows), sums, test.want)
				}
				wrong := cash(1) // found, it is refused for its amount; not found, for that
				_, err = w.s.Pay(ctx, test.v, w.billOf(one, "2026-11").ID, "", wrong)
				wantFault(t, err, map[bool]string{true: "dues.wrong_amount", false: "not_found"}[test.pays])
			})
		}
		t.Run("a member sees his or her own bills, and how they come about", func(t *testing.T) {
			v := access.Viewer{AccountID: 1, MemberID: two.ID}
			rows, err := w.s.MyBills(ctx, v)
			must(t, err)
			if len(rows) != 1 || rows[0].AmountFen != 1200 || rows[0].State != model.BillPaid || rows[0].PaidOn == nil || *rows[0].PaidOn != "2026-11-20" ||
				rows[0].BaseFen != 120000 || rows[0].RateBP != 100 || rows[0].OrgName != "甲二支部" {
				t.Fatalf("got %+v", rows)
			}
			if rows, err := w.s.MyBills(ctx, access.Viewer{AccountID: 1}); err != nil || len(rows) != 0 {
				t.Fatalf("a citizen has %d bills, %v", len(rows), err)
			}
		})
		t.Run("a list is narrowed by month, state and subtree, its sums with it, and paged without changing them", func(t *testing.T) {
			city := w.holder(model.RoleAdmin, "市委")
			for want, f := range map[int64]Filter{0: {Month: "2026-10"}, 1: {State: model.BillExempt}, 2: {OrgID: w.orgs["甲一支部"].ID}, 3: {OrgID: w.orgs["甲党委"].ID}} {
				if rows, sums, err := w.s.Bills(ctx, city, f, 0, 100); err != nil || sums.Count != want || int64(len(rows)) != want {
					t.Fatalf("%+v: %+v, %v", f, sums, err)
				}
			}
			rows, sums, err := w.s.Bills(ctx, city, Filter{}, 3, 1)
			if err != nil || len(rows) != 1 || sums.Count != 4 {
				t.Fatalf("page: %d, %+v, %v", len(rows), sums, err)
			}
		})
		_ = far
	})
}
