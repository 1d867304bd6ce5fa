package payment

import (
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// desk is a shop with those who work at it: two collectors of the first branch, and administrators above.
type desk struct {
	*shop
	one, two    access.Viewer // collectors of 甲一支部
	branch      access.Viewer // its administrator
	committee   access.Viewer // administers 甲党委, collects nothing
	city        access.Viewer
	foreign     access.Viewer // administers 甲二支部
	leader      access.Viewer // leads 甲一支部
	zhang, wang access.Viewer // members of 甲一支部
}

func eachDesk(t *testing.T, test func(t *testing.T, w *desk)) {
	t.Helper()
	eachShop(t, func(t *testing.T, s *shop) {
		test(t, &desk{shop: s, one: s.holder(model.RoleCollector, "甲一支部", "甲收"), two: s.holder(model.RoleCollector, "甲一支部", "乙收"),
			branch: s.holder(model.RoleAdmin, "甲一支部", "支书"), committee: s.holder(model.RoleAdmin, "甲党委", "党委"), city: s.holder(model.RoleAdmin, "市委", "市委"),
			foreign: s.holder(model.RoleAdmin, "甲二支部", "外人"), leader: s.holder(model.RoleLeader, "甲一支部", "领导"),
			zhang: s.member("甲一支部", "张三"), wang: s.member("甲一支部", "王五")})
	})
}

func cashFor(fen int64) RecordInput {
	return RecordInput{Method: model.PayCash, PaidOn: "2026-11-20", AmountFen: fen}
}

func bankFor(fen int64, no string) RecordInput {
	return RecordInput{Method: model.PayTransfer, PaidOn: "2026-11-20", AmountFen: fen, TransactionNo: no}
}

func (w *desk) recordBy(v access.Viewer, in RecordInput, bills ...model.DuesBill) (Payment, error) {
	return w.s.Record(bg, v, idsOf(bills), "", in)
}

// cash is a payment that one has recorded.
func (w *desk) cash(bills ...model.DuesBill) Payment {
	w.t.Helper()
	var sum int64
	for _, b := range bills {
		sum += b.AmountFen
	}
	p, err := w.recordBy(w.one, cashFor(sum), bills...)
	w.must(err)
	return p
}

func (w *desk) wants(err error, code string) {
	w.t.Helper()
	if !fault.Is(err, code) {
		w.t.Fatalf("got %v, want %s", err, code)
	}
}

func (w *desk) balance(a ledger.Account) int64 {
	w.t.Helper()
	n, err := ledger.Balance(w.db.Read(bg), a)
	w.must(err)
	return n
}

func (w *desk) wantBalance(a ledger.Account, want int64) {
	w.t.Helper()
	if got := w.balance(a); got != want {
		w.t.Fatalf("%s of %d holds %d, want %d", a.Kind, a.OwnerID, got, want)
	}
}

func TestRecord(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		branch := w.orgs["甲一支部"].ID
		oct, nov := w.bill(w.zhang, "2026-10", 1250), w.bill(w.zhang, "2026-11", 1250)
		t.Run("recorded money pays nothing until another person confirms it", func(t *testing.T) {
			p, err := w.s.Record(bg, w.one, []int64{nov.ID, oct.ID}, "k1", cashFor(2500))
			w.must(err)
			if p.State != model.PaymentRecorded || p.AmountFen != 2500 || !slices.Equal(p.BillIDs, []int64{oct.ID, nov.ID}) || p.RecordedByName != "甲收" || !strings.HasPrefix(p.Number, "DF20261120") {
				t.Fatalf("%+v", p)
			}
			w.wantBill(nov, model.BillUnpaid)
			_, err = w.s.Confirm(bg, w.one, p.ID)
			w.wants(err, "dues.same_person")
			_, err = w.recordBy(w.two, cashFor(1250), nov)
			w.wants(err, "dues.recorded")

			got, err := w.s.Confirm(bg, w.committee, p.ID)
			w.must(err)
			if got.State != model.PaymentSettled || got.SettledByName != "党委" {
				t.Fatalf("%+v", got)
			}
			w.wantBill(oct, model.BillPaid)
			w.wantBill(nov, model.BillPaid)
			w.wantBalance(ledger.DuesCash(branch), 2500)
			w.wantBalance(ledger.DuesDue(w.zhang.MemberID), 0)
			_, err = w.s.Confirm(bg, w.two, p.ID)
			w.wants(err, "dues.changed")
			_, err = w.s.Reject(bg, w.two, p.ID, "晚了")
			w.wants(err, "dues.changed")
			feed, err := w.s.notify.Inbox(bg, w.zhang, 0, 10)
			w.must(err)
			if len(feed.Items) != 1 || feed.Items[0].Body != "张三同志，已收到您2026年10月、2026年11月的党费25.00元，缴费编号"+p.Number+"。" {
				t.Fatalf("%+v", feed.Items)
			}
		})
		t.Run("the same key with the same payment answers the same, with another it is refused", func(t *testing.T) {
			first, err := w.s.Record(bg, w.one, []int64{oct.ID, nov.ID}, "k1", cashFor(2500))
			w.must(err)
			if first.State != model.PaymentSettled {
				t.Fatalf("%+v", first)
			}
			dec := w.bill(w.wang, "2026-11", 800)
			_, err = w.s.Record(bg, w.one, []int64{dec.ID}, "k1", cashFor(800))
			w.wants(err, "dues.key_used")
			other := cashFor(2500)
			other.PaidOn = "2026-11-19"
			_, err = w.s.Record(bg, w.one, []int64{oct.ID, nov.ID}, "k1", other)
			w.wants(err, "dues.key_used")
			p, err := w.s.Record(bg, w.two, []int64{dec.ID}, "k1", cashFor(800)) // another's key of the same name
			w.must(err)
			_, err = w.s.Reject(bg, w.two, p.ID, " ")
			w.wants(err, "dues.reason")
			got, err := w.s.Reject(bg, w.two, p.ID, " 金额数错了 ") // who recorded it may take it back
			w.must(err)
			if got.State != model.PaymentClosed || got.Reason != "金额数错了" || got.EndedByName != "乙收" {
				t.Fatalf("%+v", got)
			}
			w.wantBill(dec, model.BillUnpaid)
			w.cash(dec)
		})
		t.Run("a bank's number pays once, and a transfer needs one", func(t *testing.T) {
			a, b := w.bill(w.zhang, "2026-09", 500), w.bill(w.zhang, "2026-08", 500)
			_, err := w.recordBy(w.one, bankFor(500, " "), a)
			w.wants(err, "dues.transaction_no")
			p, err := w.recordBy(w.one, bankFor(500, " ICBC-1 "), a)
			w.must(err)
			if p.TransactionNo != "ICBC-1" {
				t.Fatalf("%+v", p)
			}
			_, err = w.recordBy(w.one, bankFor(500, "ICBC-1"), b)
			w.wants(err, "dues.transaction_used")
			_, err = w.s.Confirm(bg, w.two, p.ID)
			w.must(err)
			w.wantBalance(ledger.DuesAccount(branch), 500)
			in := bankFor(500, "x")
			in.Method = model.PayWeChat
			_, err = w.recordBy(w.one, in, b)
			w.wants(err, "dues.method")
		})
		t.Run("cash is refused while the bill is paid online", func(t *testing.T) {
			b := w.bill(w.wang, "2026-10", 800)
			order := w.mustPay(w.wang, b)
			_, err := w.recordBy(w.one, cashFor(800), b)
			w.wants(err, "dues.paying")
			w.tap(w.wang, order, "paid")
			_, err = w.recordBy(w.one, cashFor(800), b)
			w.wants(err, "dues.already_paid")
		})
		w.sound()
	})
}

func TestRecord_Rules(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		nov, may, apr := w.bill(w.zhang, "2026-11", 1250), w.bill(w.zhang, "2026-05", 1250), w.bill(w.zhang, "2026-04", 1250)
		dec, jan := w.bill(w.zhang, "2026-12", 1250), w.bill(w.zhang, "2027-01", 1250)
		wangs := w.bill(w.wang, "2026-11", 800)
		reasoned := func(in RecordInput) RecordInput { in.OverrideReason = "党委会研究同意补缴"; return in }
		on := func(in RecordInput, day model.Date) RecordInput { in.PaidOn = day; return in }
		for _, c := range []struct {
			what  string
			v     access.Viewer
			in    RecordInput
			bills []model.DuesBill
			want  string
		}{
			{"another amount", w.one, cashFor(1249), []model.DuesBill{nov}, "dues.wrong_amount"},
			{"a sum that is not the bills'", w.one, cashFor(1250), []model.DuesBill{nov, may}, "dues.wrong_amount"},
			{"a day to come", w.one, on(cashFor(1250), "2026-11-21"), []model.DuesBill{nov}, "dues.paid_on"},
			{"a day before the month", w.one, on(cashFor(1250), "2026-10-31"), []model.DuesBill{nov}, "dues.paid_on"},
			{"a month ahead", w.one, cashFor(1250), []model.DuesBill{dec}, "dues.paid_on"},
			{"a month more than six months back", w.one, cashFor(1250), []model.DuesBill{apr}, "dues.too_late"},
			{"a reason where no month is too far back", w.one, reasoned(cashFor(1250)), []model.DuesBill{may}, "dues.override_reason"},
			{"bills of two members", w.one, cashFor(2050), []model.DuesBill{nov, wangs}, "dues.bills"},
			{"no bill", w.one, cashFor(1250), nil, "not_found"},
			{"who administers above and collects nothing", w.committee, cashFor(1250), []model.DuesBill{nov}, "auth.forbidden"},
			{"a leader", w.leader, cashFor(1250), []model.DuesBill{nov}, "not_found"},
			{"the administrator of a sibling", w.foreign, cashFor(1250), []model.DuesBill{nov}, "not_found"},
			{"the member", w.zhang, cashFor(1250), []model.DuesBill{nov}, "not_found"},
		} {
			t.Run(c.what, func(t *testing.T) {
				if _, err := w.recordBy(c.v, c.in, c.bills...); !fault.Is(err, c.want) {
					t.Fatalf("got %v, want %s", err, c.want)
				}
			})
		}
		t.Run("six months back is taken, and the branch's administrator collects", func(t *testing.T) {
			_, err := w.recordBy(w.branch, cashFor(1250), may)
			w.must(err)
		})
		t.Run("with a reason a month further back is taken and the reason kept; somebody of a committee above confirms", func(t *testing.T) {
			p, err := w.recordBy(w.one, reasoned(cashFor(1250)), apr)
			w.must(err)
			_, err = w.s.Confirm(bg, w.branch, p.ID)
			w.wants(err, "dues.committee_only")
			_, err = w.s.Confirm(bg, w.committee, p.ID)
			w.must(err)
			if p.OverrideReason != "党委会研究同意补缴" || w.count("SELECT count(*) AS n FROM audit_entry WHERE action = 'dues.record' AND object_id = ? AND after LIKE '%党委会研究同意补缴%'", p.ID) != 1 {
				t.Fatalf("%+v", p)
			}
		})
		t.Run("where the committee grants quarters, the months of this one are taken ahead, and no others", func(t *testing.T) {
			w.allow("甲党委", func(s *model.DuesSetting) { s.Quarterly = true })
			_, err := w.recordBy(w.one, cashFor(1250), jan)
			w.wants(err, "dues.paid_on")
			_, err = w.recordBy(w.one, cashFor(1250), dec)
			w.must(err)
		})
		w.sound()
	})
}

func TestReverse(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		branch := w.orgs["甲一支部"].ID
		b := w.bill(w.zhang, "2026-11", 1250)
		p := w.cash(b)
		_, err := w.s.Reverse(bg, w.two, p.ID, "还没复核")
		w.wants(err, "dues.changed")
		_, err = w.s.Confirm(bg, w.two, p.ID)
		w.must(err)
		t.Run("who recorded it does not take it back alone", func(t *testing.T) {
			_, err := w.s.Reverse(bg, w.one, p.ID, "收错了")
			w.wants(err, "dues.same_person")
			_, err = w.s.Reverse(bg, w.foreign, p.ID, "收错了")
			w.wants(err, "not_found")
		})
		t.Run("money that has left the cash box stays where it is", func(t *testing.T) {
			w.must(w.db.Tx(bg, func(tx model.Tx) error {
				_, err := ledger.Post(tx, ledger.Transfer{Key: "deposit", Kind: "dues.deposit", From: ledger.DuesCash(branch), To: ledger.DuesAccount(branch), Amount: 1000})
				return err
			}))
			_, err := w.s.Reverse(bg, w.two, p.ID, "收错了")
			w.wants(err, "ledger.insufficient")
			w.wantBill(b, model.BillPaid)
			w.must(w.db.Tx(bg, func(tx model.Tx) error {
				_, err := ledger.Post(tx, ledger.Transfer{Key: "back", Kind: "dues.deposit", From: ledger.DuesAccount(branch), To: ledger.DuesCash(branch), Amount: 1000})
				return err
			}))
		})
		t.Run("reversed, the bill is to be paid again, the fact is taken back, the member told why", func(t *testing.T) {
			got, err := w.s.Reverse(bg, w.two, p.ID, "收错了人")
			w.must(err)
			if got.State != model.PaymentReversed || got.Reason != "收错了人" {
				t.Fatalf("%+v", got)
			}
			w.wantBill(b, model.BillUnpaid)
			w.wantBalance(ledger.DuesCash(branch), 0)
			w.wantBalance(ledger.DuesDue(w.zhang.MemberID), 1250)
			if n := w.count("SELECT quantity AS n FROM fact WHERE code = 'dues.paid' AND subject_id = ?", w.zhang.MemberID); n != 0 {
				t.Fatalf("%d facts", n)
			}
			feed, err := w.s.notify.Inbox(bg, w.zhang, 0, 10)
			w.must(err)
			if len(feed.Items) != 2 || !strings.Contains(feed.Items[0].Body, "原因：收错了人") {
				t.Fatalf("%+v", feed.Items)
			}
			_, err = w.s.Reverse(bg, w.two, p.ID, "再来")
			w.wants(err, "dues.changed")
		})
		t.Run("it may be paid again, and every step stands in the history", func(t *testing.T) {
			second := w.cash(b)
			_, err := w.s.Confirm(bg, w.two, second.ID)
			w.must(err)
			c, err := w.s.Payment(bg, w.branch, p.ID)
			w.must(err)
			var steps []string
			for _, s := range c.History {
				steps = append(steps, s.Action)
			}
			if !slices.Equal(steps, []string{"dues.record", "dues.confirm", "dues.reverse"}) || len(c.Bills) != 1 || c.Bills[0].Live || c.Bills[0].MemberName != "张三" {
				t.Fatalf("%v %+v", steps, c.Bills)
			}
			_, err = w.s.Payment(bg, w.leader, p.ID)
			w.wants(err, "not_found")
		})
		w.sound()
	})
}

func TestPayments_List(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		settled := w.cash(w.bill(w.zhang, "2026-11", 1250))
		_, err := w.s.Confirm(bg, w.two, settled.ID)
		w.must(err)
		w.cash(w.bill(w.zhang, "2026-10", 1000))
		online := w.mustPay(w.wang, w.bill(w.wang, "2026-11", 800))
		w.tap(w.wang, online, "paid")
		other := w.member("甲二支部", "外")
		w.tap(other, w.mustPay(other, w.bill(other, "2026-11", 300)), "paid")

		for _, c := range []struct {
			what string
			v    access.Viewer
			f    Filter
			want Sums
		}{
			{"a collector sees the branch", w.one, Filter{}, Sums{Count: 3, Recorded: 1, RecordedFen: 1000, Settled: 2, SettledFen: 2050, CashFen: 1250, WeChatFen: 800}},
			{"the committee's administrator all branches", w.committee, Filter{}, Sums{Count: 4, Recorded: 1, RecordedFen: 1000, Settled: 3, SettledFen: 2350, CashFen: 1250, WeChatFen: 1100}},
			{"narrowed to a branch", w.committee, Filter{OrgID: w.orgs["甲二支部"].ID}, Sums{Count: 1, Settled: 1, SettledFen: 300, WeChatFen: 300}},
			{"by state", w.committee, Filter{State: model.PaymentRecorded}, Sums{Count: 1, Recorded: 1, RecordedFen: 1000}},
			{"by way", w.committee, Filter{Method: model.PayCash}, Sums{Count: 2, Recorded: 1, RecordedFen: 1000, Settled: 1, SettledFen: 1250, CashFen: 1250}},
			{"by member", w.committee, Filter{MemberID: w.wang.MemberID}, Sums{Count: 1, Settled: 1, SettledFen: 800, WeChatFen: 800}},
			{"by day", w.committee, Filter{From: "2026-11-21"}, Sums{}},
			{"until a day", w.committee, Filter{To: "2026-11-19"}, Sums{}},
			{"a leader sees none", w.leader, Filter{}, Sums{}},
			{"a member sees none here", w.zhang, Filter{}, Sums{}},
		} {
			t.Run(c.what, func(t *testing.T) {
				rows, sums, err := w.s.Payments(bg, c.v, c.f, 0, 100)
				w.must(err)
				if sums != c.want || int64(len(rows)) != sums.Count {
					t.Fatalf("%d rows, %+v, want %+v", len(rows), sums, c.want)
				}
			})
		}
		rows, sums, err := w.s.Payments(bg, w.committee, Filter{}, 1, 1)
		w.must(err)
		if len(rows) != 1 || sums.Count != 4 || len(rows[0].BillIDs) != 1 {
			t.Fatalf("%+v %+v", rows, sums)
		}
	})
}
