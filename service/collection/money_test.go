package collection

import (
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/ledger"
)

// money brings money into an organisation's hands as package payment would: a member's bill of this month, paid.
func (c *county) money(org, method string, fen int64) {
	c.t.Helper()
	m := c.member("直属支部")
	c.n++
	b := model.DuesBill{MemberID: m.ID, OrgID: c.org[org].ID, Month: c.db.Read(ctx).Day().Month(), Category: "SALARIED", AmountFen: fen, State: model.BillPaid, Method: method, CreatedAt: c.db.Now()}
	c.create(&b)
	to := ledger.DuesCash(b.OrgID)
	if method == model.PayTransfer {
		to = ledger.DuesAccount(b.OrgID)
	}
	p := c.payment(b, method, model.PaymentSettled)
	c.post(ledger.Transfer{Key: fmt.Sprint("dues.bill/rev/", b.ID), Kind: "dues.bill", From: ledger.DuesBilled(b.OrgID), To: ledger.DuesDue(m.ID), Amount: fen})
	c.settled(p)
	c.post(ledger.Transfer{Key: paidKey(p, b), Kind: "dues.paid", Memo: "党费", From: ledger.DuesDue(m.ID), To: to, Amount: fen})
}

// settled gives a payment the time that package payment would give it.
func (c *county) settled(p model.DuesPayment) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Model(&model.DuesPayment{}).Where("id = ?", p.ID).Update("settled_at", c.db.Now()).Error)
}

func paidKey(p model.DuesPayment, b model.DuesBill) string {
	return fmt.Sprintf("dues.paid/%d/%d", p.ID, b.ID)
}

func (c *county) post(t ledger.Transfer) {
	c.t.Helper()
	must(c.t, c.db.Tx(ctx, func(tx model.Tx) error {
		_, err := ledger.Post(tx, t)
		return err
	}))
}

func (c *county) balance(a ledger.Account) int64 {
	c.t.Helper()
	n, err := ledger.Balance(c.db.Read(ctx), a)
	must(c.t, err)
	return n
}

func (c *county) account(org string) int64 { return c.balance(ledger.DuesAccount(c.org[org].ID)) }
func (c *county) cash(org string) int64    { return c.balance(ledger.DuesCash(c.org[org].ID)) }

// sound is the ledger's own self-check.
func (c *county) sound() {
	c.t.Helper()
	r, err := ledger.Check(ctx, c.db)
	if err != nil || !r.OK() {
		c.t.Fatalf("the ledger is not sound: %+v, %v", r, err)
	}
}

func (c *county) deposit(v access.Viewer, org string, fen int64) Deposit {
	c.t.Helper()
	c.n++
	d, err := c.RecordDeposit(ctx, v, "", DepositInput{OrgID: c.org[org].ID, AmountFen: fen, Day: c.db.Read(ctx).Day(), SlipNo: fmt.Sprint("S", c.n)})
	must(c.t, err)
	return d
}

func (c *county) remits(v access.Viewer, org string, q model.Quarter, fen int64) RecordedRemittance {
	c.t.Helper()
	c.n++
	r, err := c.RecordRemittance(ctx, v, "", RemittanceInput{OrgID: c.org[org].ID, Quarter: q, AmountFen: fen, Day: c.db.Read(ctx).Day(), DocumentNo: fmt.Sprint("D", c.n)})
	must(c.t, err)
	return r
}

func (c *county) uses(v access.Viewer, org, category string, fen int64) Use {
	c.t.Helper()
	c.n++
	day := c.db.Read(ctx).Day()
	u, err := c.RecordUse(ctx, v, "", UseInput{OrgID: c.org[org].ID, Category: category, AmountFen: fen, Day: day, Purpose: "党员培训", VoucherNo: fmt.Sprint("V", c.n), DecidedOn: day})
	must(c.t, err)
	return u
}

func ok[T any](t testing.TB) func(T, error) T {
	return func(got T, err error) T {
		t.Helper()
		must(t, err)
		return got
	}
}

func fails[T any](t testing.TB, code string) func(T, error) {
	return func(_ T, err error) {
		t.Helper()
		refused(t, err, code)
	}
}

func TestDeposit(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		t := c.t
		collector, admin, leader := c.holder(model.RoleCollector, "甲一支部"), c.holder(model.RoleAdmin, "甲一支部"), c.holder(model.RoleLeader, "甲一支部")
		above, beside := c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleAdmin, "甲二支部")
		c.money("甲一支部", model.PayCash, 5000)
		in := DepositInput{OrgID: c.org["甲一支部"].ID, AmountFen: 3000, Day: "2026-11-19", SlipNo: " S-1 "}
		d := ok[Deposit](t)(c.RecordDeposit(ctx, collector, "k", in))
		t.Run("recorded, it moves nothing", func(t *testing.T) {
			equal(t, "state", d.State, model.EntryRecorded)
			equal(t, "slip", d.SlipNo, "S-1")
			equal(t, "by", d.RecordedBy, collector.Name)
			equal(t, "cash", c.cash("甲一支部"), 5000)
		})
		t.Run("the same key answers the same, and stands for nothing else", func(t *testing.T) {
			equal(t, "id", ok[Deposit](t)(c.RecordDeposit(ctx, collector, "k", in)).ID, d.ID)
			other := in
			other.AmountFen = 1
			fails[Deposit](t, "dues.key_used")(c.RecordDeposit(ctx, collector, "k", other))
			fails[Deposit](t, "dues.slip_used")(c.RecordDeposit(ctx, admin, "k", in)) // a key is the account's own
		})
		t.Run("a slip is recorded once, by who works there, not ahead", func(t *testing.T) {
			fails[Deposit](t, "dues.slip_used")(c.RecordDeposit(ctx, collector, "", in))
			fails[Deposit](t, "not_found")(c.RecordDeposit(ctx, beside, "", in))
			fails[Deposit](t, "auth.forbidden")(c.RecordDeposit(ctx, leader, "", in))
			ahead := in
			ahead.Day = "2026-11-21"
			fails[Deposit](t, "dues.day_ahead")(c.RecordDeposit(ctx, collector, "", ahead))
		})
		t.Run("nobody confirms alone, nor who does not work there", func(t *testing.T) {
			fails[Deposit](t, "dues.same_person")(c.ConfirmDeposit(ctx, collector, d.ID))
			fails[Deposit](t, "not_found")(c.ConfirmDeposit(ctx, beside, d.ID))
			fails[Deposit](t, "not_found")(c.ConfirmDeposit(ctx, leader, d.ID))
			equal(t, "cash", c.cash("甲一支部"), 5000)
		})
		t.Run("a second person confirms it, once", func(t *testing.T) {
			got := ok[Deposit](t)(c.ConfirmDeposit(ctx, above, d.ID))
			equal(t, "by", got.ConfirmedBy, above.Name)
			equal(t, "cash", c.cash("甲一支部"), 2000)
			equal(t, "account", c.account("甲一支部"), 3000)
			fails[Deposit](t, "dues.changed")(c.ConfirmDeposit(ctx, admin, d.ID))
			fails[Deposit](t, "dues.changed")(c.RejectDeposit(ctx, admin, d.ID, "迟了"))
		})
		t.Run("more cash than there is cannot be carried", func(t *testing.T) {
			more := c.deposit(collector, "甲一支部", 2001)
			fails[Deposit](t, "ledger.insufficient")(c.ConfirmDeposit(ctx, admin, more.ID))
			rows, total, err := c.Deposits(ctx, admin, EntryFilter{State: model.EntryRecorded}, 0, 10)
			must(t, err)
			equal(t, "waiting", total, 1)
			equal(t, "waiting", rows[0].ID, more.ID)
		})
		t.Run("who recorded it may reject it, with a reason; its slip is free again", func(t *testing.T) {
			wrong := ok[Deposit](t)(c.RecordDeposit(ctx, admin, "", DepositInput{OrgID: c.org["甲一支部"].ID, AmountFen: 100, Day: "2026-11-20", SlipNo: "S-2"}))
			fails[Deposit](t, "dues.reason")(c.RejectDeposit(ctx, admin, wrong.ID, "  "))
			got := ok[Deposit](t)(c.RejectDeposit(ctx, admin, wrong.ID, "金额写错"))
			equal(t, "reason", got.Reason, "金额写错")
			equal(t, "by", got.EndedBy, admin.Name)
			fails[Deposit](t, "dues.changed")(c.ConfirmDeposit(ctx, above, wrong.ID))
			ok[Deposit](t)(c.RecordDeposit(ctx, admin, "", DepositInput{OrgID: c.org["甲一支部"].ID, AmountFen: 10, Day: "2026-11-20", SlipNo: "S-2"}))
		})
		t.Run("reversed by a second person, the cash is back in hand", func(t *testing.T) {
			fails[Deposit](t, "dues.same_person")(c.ReverseDeposit(ctx, collector, d.ID, "银行退回"))
			ok[Deposit](t)(c.ReverseDeposit(ctx, admin, d.ID, "银行退回"))
			equal(t, "cash", c.cash("甲一支部"), 5000)
			equal(t, "account", c.account("甲一支部"), 0)
			fails[Deposit](t, "dues.changed")(c.ReverseDeposit(ctx, admin, d.ID, "银行退回"))
		})
		t.Run("the list shows where one works, narrowed", func(t *testing.T) {
			for _, one := range []struct {
				v    access.Viewer
				f    EntryFilter
				want int64
			}{{collector, EntryFilter{}, 4}, {above, EntryFilter{}, 4}, {beside, EntryFilter{}, 0}, {leader, EntryFilter{}, 0}, {above, EntryFilter{OrgID: c.org["甲二支部"].ID}, 0},
				{above, EntryFilter{OrgID: c.org["甲总支"].ID}, 4}, {above, EntryFilter{To: "2026-11-19"}, 1}, {above, EntryFilter{From: "2026-11-20"}, 3}} {
				rows, total, err := c.Deposits(ctx, one.v, one.f, 0, 2)
				must(t, err)
				if total != one.want || int64(len(rows)) != min(2, one.want) {
					t.Errorf("%s %+v: %d of %d, want %d", one.v.Name, one.f, len(rows), total, one.want)
				}
			}
		})
		c.sound()
	})
}

func TestUse(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		t := c.t
		admin, second, collector, leader := c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleCollector, "甲党委"), c.holder(model.RoleLeader, "市委")
		c.money("甲党委", model.PayTransfer, 5000)
		in := UseInput{OrgID: c.org["甲党委"].ID, Category: "TRAINING", AmountFen: 2000, Day: "2026-11-19", Purpose: "培训", VoucherNo: "V1", DecidedOn: "2026-11-10"}
		t.Run("an administrator records it, for a purpose of the list, after the meeting that decided", func(t *testing.T) {
			for code, bad := range map[string]func(*UseInput){"dues.use_category": func(u *UseInput) { u.Category = "DINNER" }, "dues.use_undecided": func(u *UseInput) { u.DecidedOn = "2026-11-20" },
				"dues.day_ahead": func(u *UseInput) { u.Day = "2026-11-21" }, "not_found": func(u *UseInput) { u.OrgID = c.org["乙党委"].ID }} {
				u := in
				bad(&u)
				fails[Use](t, code)(c.RecordUse(ctx, admin, "", u))
			}
			fails[Use](t, "auth.forbidden")(c.RecordUse(ctx, leader, "", in))
		})
		u := ok[Use](t)(c.RecordUse(ctx, admin, "k", in))
		equal(t, "the same", ok[Use](t)(c.RecordUse(ctx, admin, "k", in)).ID, u.ID)
		equal(t, "title", u.Title, "培训党员")
		t.Run("a second person confirms and reverses it", func(t *testing.T) {
			fails[Use](t, "dues.same_person")(c.ConfirmUse(ctx, admin, u.ID))
			fails[Use](t, "auth.forbidden")(c.ConfirmUse(ctx, leader, u.ID))
			ok[Use](t)(c.ConfirmUse(ctx, collector, u.ID))
			equal(t, "account", c.account("甲党委"), 3000)
			equal(t, "used", c.balance(ledger.DuesUsed(c.org["甲党委"].ID)), 2000)
			fails[Use](t, "ledger.insufficient")(c.ConfirmUse(ctx, second, c.uses(admin, "甲党委", "AWARDS", 3001).ID))
			ok[Use](t)(c.ReverseUse(ctx, second, u.ID, "退款"))
			equal(t, "account", c.account("甲党委"), 5000)
		})
		t.Run("listed for who reads or collects there", func(t *testing.T) {
			for v, want := range map[*access.Viewer]int64{&admin: 2, &leader: 2, &collector: 2} {
				_, total, err := c.Uses(ctx, *v, UseFilter{}, 0, 10)
				must(t, err)
				equal(t, v.Name, total, want)
			}
			_, total, err := c.Uses(ctx, admin, UseFilter{Category: "AWARDS"}, 0, 10)
			must(t, err)
			equal(t, "awards", total, 1)
		})
		c.sound()
	})
}
