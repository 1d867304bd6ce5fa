package collection

import (
	"fmt"
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/service/ledger"
)

// proven are the sentences of the proofs that fail, with the ids.
func (c *county) proven() map[string][]int64 {
	c.t.Helper()
	found, err := ledger.Prove(ctx, c.db, slices.Concat(ledger.Proofs(), Proofs())...)
	must(c.t, err)
	broken := map[string][]int64{}
	for _, f := range found {
		if len(f.IDs) > 0 {
			broken[f.Holds] = f.IDs
		}
	}
	return broken
}

// books is some of everything: money in every place and every state.
func (c *county) books() {
	c.t.Helper()
	admin, second, city, city2 := c.holder(model.RoleAdmin, "甲三支部"), c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleAdmin, "市委"), c.holder(model.RoleAdmin, "市委")
	c.money("甲三支部", model.PayCash, 900)
	c.money("甲三支部", model.PayTransfer, 600)
	c.online("甲三支部", 400, true)  // found in a statement
	c.online("甲三支部", 130, false) // not yet
	c.refund(c.online("甲三支部", 60, true), model.RefundApproved)
	back := c.deposit(admin, "甲三支部", 50)
	for _, d := range []Deposit{c.deposit(admin, "甲三支部", 500), back} {
		ok[Deposit](c.t)(c.ConfirmDeposit(ctx, second, d.ID))
	}
	ok[Deposit](c.t)(c.ReverseDeposit(ctx, second, back.ID, "退回"))
	c.deposit(admin, "甲三支部", 10)
	ok[Remittance](c.t)(c.ConfirmRemittance(ctx, second, c.remits(admin, "甲三支部", "2026Q4", 1000).ID))
	ok[Remittance](c.t)(c.ConfirmRemittance(ctx, city, c.remits(second, "甲党委", "2026Q4", 300).ID))
	ok[Remittance](c.t)(c.ConfirmRemittance(ctx, city2, c.remits(city, "市委", "2026Q4", 20).ID))
	ok[Use](c.t)(c.ConfirmUse(ctx, admin, c.uses(second, "甲三支部", "TRAINING", 70).ID))
	m := c.member("甲三支部")
	for i, state := range []string{model.SpecialConfirmed, model.SpecialForwarded} {
		sp := model.DuesSpecial{MemberID: m.ID, OrgID: m.OrgID, AmountFen: 100000, Method: model.PayCash, PaidOn: "2026-11-20", Brief: "略", State: state, RecordedAt: c.db.Now()}
		c.create(&sp)
		c.post(ledger.Transfer{Key: "dues.special/given/" + string(rune('1'+i)), Kind: "dues.special", From: ledger.DuesGiven(m.ID), To: ledger.DuesSpecial(m.OrgID), Amount: 100000})
	}
	c.post(ledger.Transfer{Key: "dues.special/forwarded/2", Kind: "dues.special", From: ledger.DuesSpecial(m.OrgID), To: ledger.DuesRemitted(m.OrgID), Amount: 100000})
	owing := c.member("甲一支部")
	b := c.bill(owing, "2026-11", 1234, model.BillUnpaid)
	c.post(ledger.Transfer{Key: "dues.bill/rev/x", Kind: "dues.bill", From: ledger.DuesBilled(b.OrgID), To: ledger.DuesDue(owing.ID), Amount: 1234})
	surplus := model.DuesPayment{OrgID: b.OrgID, Method: model.PayWeChat, State: model.PaymentSurplus, AmountFen: 1234, RefundedFen: 1234, OrderNo: "surplus", RecordedAt: c.db.Now()}
	c.create(&surplus)
	c.create(&model.DuesPaymentBill{PaymentID: surplus.ID, BillID: b.ID, AmountFen: 1234})
	c.create(&model.DuesRefund{PaymentID: surplus.ID, RefundNo: "surplus", AmountFen: 1234, Reason: "多收", State: model.RefundRequested, RequestedAt: c.db.Now()})
	c.post(ledger.Transfer{Key: "dues.surplus/1", Kind: "dues.surplus", From: ledger.DuesSurplus(), To: ledger.DuesWeChat(), Amount: 1234})
}

// refund is one of a payment whose money is with the branch: approved, it is on its way back; done, the bill is unpaid again.
func (c *county) refund(p model.DuesPayment, state string) {
	c.t.Helper()
	var part model.DuesPaymentBill
	must(c.t, c.db.Read(ctx).Where("payment_id = ?", p.ID).Take(&part).Error)
	c.create(&model.DuesRefund{PaymentID: p.ID, BillID: &part.BillID, RefundNo: fmt.Sprint("TK", p.ID), AmountFen: p.AmountFen, Reason: "多缴", State: state, RequestedAt: c.db.Now()})
	c.exec("UPDATE dues_payment SET refunded_fen = amount_fen WHERE id = ?", p.ID)
	c.post(ledger.Transfer{Key: fmt.Sprint("dues.refund/", p.ID), Kind: "dues.refund", From: ledger.DuesAccount(p.OrgID), To: ledger.DuesWeChat(), Amount: p.AmountFen})
	if state == model.RefundDone {
		c.exec("UPDATE dues_payment SET state = 'REFUNDED' WHERE id = ?", p.ID)
		c.exec("UPDATE dues_payment_bill SET live = FALSE WHERE payment_id = ?", p.ID)
		c.exec("UPDATE dues_bill SET state = 'UNPAID', method = '' WHERE id = ?", part.BillID)
		c.post(ledger.Transfer{Key: fmt.Sprintf("dues.back/%d/%d", p.ID, part.BillID), Kind: "dues.back", From: ledger.DuesWeChat(), To: ledger.DuesDue(*p.PayerID), Amount: p.AmountFen})
	}
}

// online is a bill that was paid through WeChat; found says that a statement has shown it.
func (c *county) online(org string, fen int64, found bool) model.DuesPayment {
	c.t.Helper()
	m := c.member("直属支部")
	b := model.DuesBill{MemberID: m.ID, OrgID: c.org[org].ID, Month: "2026-11", Category: "SALARIED", AmountFen: fen, State: model.BillPaid, Method: model.PayWeChat, CreatedAt: c.db.Now()}
	c.create(&b)
	p := c.payment(b, model.PayWeChat, model.PaymentSettled)
	c.settled(p)
	c.post(ledger.Transfer{Key: "dues.bill/rev/" + p.OrderNo, Kind: "dues.bill", From: ledger.DuesBilled(b.OrgID), To: ledger.DuesDue(m.ID), Amount: fen})
	c.post(ledger.Transfer{Key: paidKey(p, b), Kind: "dues.paid", From: ledger.DuesDue(m.ID), To: ledger.DuesWeChat(), Amount: fen})
	if found {
		c.exec("UPDATE dues_payment SET reconciled_on = '2026-11-19' WHERE id = ?", p.ID)
		c.post(ledger.Transfer{Key: "dues.wechat/" + p.OrderNo, Kind: "dues.reconciled", From: ledger.DuesWeChat(), To: ledger.DuesAccount(b.OrgID), Amount: fen})
	}
	return p
}

func TestProofs(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		t := c.t
		c.books()
		if broken := c.proven(); len(broken) > 0 {
			t.Fatalf("sound books, and yet: %v", broken)
		}
		one := func(sql string) int64 { return c.count(sql) }
		due := "(SELECT id FROM ledger_account WHERE kind = 'dues_due' AND balance > 0)"
		deposit := one("SELECT id FROM dues_deposit WHERE state = 'CONFIRMED'")
		branch := c.org["甲三支部"].ID
		wallet := func(kind string) string {
			return "(SELECT id FROM ledger_account WHERE kind = '" + kind + "' ORDER BY id LIMIT 1)"
		}
		for _, harm := range []struct {
			what       string
			do, undo   string
			holds      string
			id         int64
			alsoBroken int // other proofs that see it too
		}{
			{"an unpaid bill is changed", "UPDATE dues_bill SET amount_fen = amount_fen + 1 WHERE state = 'UNPAID'", "UPDATE dues_bill SET amount_fen = amount_fen - 1 WHERE state = 'UNPAID'",
				"each member owes what the unpaid bills come to", one("SELECT member_id FROM dues_bill WHERE state = 'UNPAID'"), 1},
			{"a bill is cancelled past the ledger", "UPDATE dues_bill SET state = 'CANCELLED' WHERE state = 'UNPAID'", "UPDATE dues_bill SET state = 'UNPAID' WHERE state = 'CANCELLED'",
				"what was billed is what the unpaid and the paid bills come to", -1234, 1},
			{"a balance is changed", "UPDATE ledger_account SET balance = balance + 5 WHERE id = " + due, "UPDATE ledger_account SET balance = balance - 5 WHERE id = " + due,
				"each guarded balance is the sum of its entries", one("SELECT id FROM ledger_account WHERE kind = 'dues_due' AND balance > 0"), 1},
			{"a payment lets go of its bill", "UPDATE dues_payment_bill SET live = FALSE WHERE id = 1", "UPDATE dues_payment_bill SET live = TRUE WHERE id = 1",
				"each paid bill has one settled payment, and no other bill has one", 1, 1},
			{"a paid bill is called unpaid", "UPDATE dues_bill SET state = 'UNPAID', method = '' WHERE id = 1", "UPDATE dues_bill SET state = 'PAID', method = 'CASH' WHERE id = 1",
				"each paid bill has one settled payment, and no other bill has one", 1, 1},
			{"a payment is closed and keeps its bill", "UPDATE dues_payment SET state = 'CLOSED' WHERE id = 1", "UPDATE dues_payment SET state = 'SETTLED' WHERE id = 1",
				"a payment that has ended holds no bill", 1, 2},
			{"a payment's amount is changed", "UPDATE dues_payment SET amount_fen = amount_fen + 1 WHERE id = 2", "UPDATE dues_payment SET amount_fen = amount_fen - 1 WHERE id = 2",
				"each payment is the sum of its parts", 2, 0},
			{"a refund is forgotten", "UPDATE dues_refund SET state = 'REJECTED' WHERE bill_id IS NULL", "UPDATE dues_refund SET state = 'REQUESTED' WHERE bill_id IS NULL",
				"each payment's refunds are what was set aside for them", one("SELECT payment_id FROM dues_refund WHERE bill_id IS NULL"), 0},
			{"a transfer pays nobody's bill", "UPDATE ledger_transfer SET key = 'dues.paid/9/9' WHERE key = 'dues.paid/1/1'", "UPDATE ledger_transfer SET key = 'dues.paid/1/1' WHERE key = 'dues.paid/9/9'",
				"each transfer of a payment is a part of one, and each of its way back a part that was given back", one("SELECT id FROM ledger_transfer WHERE key = 'dues.paid/1/1'"), 0},
			{"WeChat's money is given to a branch twice", "UPDATE dues_payment SET reconciled_on = '2026-11-19' WHERE method = 'WECHAT' AND amount_fen = 130", "UPDATE dues_payment SET reconciled_on = '' WHERE method = 'WECHAT' AND amount_fen = 130",
				"WeChat holds the payments that no statement has shown yet, what is on its way back, and surplus money", 0, 1},
			{"surplus money disappears", "UPDATE dues_payment SET state = 'CLOSED' WHERE state = 'SURPLUS'", "UPDATE dues_payment SET state = 'SURPLUS' WHERE state = 'CLOSED'",
				"the surplus is the money that pays no bill and has not gone back", 0, 1},
			{"cash and account are changed by hand", "UPDATE dues_deposit SET amount_fen = amount_fen + 1 WHERE state = 'CONFIRMED'", "UPDATE dues_deposit SET amount_fen = amount_fen - 1 WHERE state = 'CONFIRMED'",
				"each branch's cash is what it was paid in cash and has not carried to the account", branch, 3},
			{"a confirmed deposit is called rejected", "UPDATE dues_deposit SET state = 'REJECTED' WHERE state = 'CONFIRMED'", "UPDATE dues_deposit SET state = 'CONFIRMED' WHERE state = 'REJECTED'",
				"each dues account is what came in less what was handed up and used", branch, 2},
			{"a deposit was never moved", "UPDATE ledger_transfer SET kind = 'gone' WHERE kind = 'dues.deposit'", "UPDATE ledger_transfer SET kind = 'dues.deposit' WHERE kind = 'gone'",
				"each deposit has moved what its state says", deposit, 0},
			{"a remittance is reversed past the ledger", "UPDATE dues_remittance SET state = 'REVERSED' WHERE to_org_id IS NULL", "UPDATE dues_remittance SET state = 'CONFIRMED' WHERE to_org_id IS NULL",
				"each remittance has moved what its state says", one("SELECT id FROM dues_remittance WHERE to_org_id IS NULL"), 2},
			{"a use loses its row's amount", "UPDATE dues_use SET amount_fen = 7", "UPDATE dues_use SET amount_fen = 70", "each transfer of a use belongs to one", one("SELECT id FROM ledger_transfer WHERE kind = 'dues.use'"), 3},
			{"a special payment is called forwarded", "UPDATE dues_special SET state = 'FORWARDED' WHERE id = 1", "UPDATE dues_special SET state = 'CONFIRMED' WHERE id = 1",
				"each special payment has moved what its state says", 1, 2},
			{"a special payment is forgotten", "UPDATE dues_special SET state = 'REJECTED' WHERE id = 1", "UPDATE dues_special SET state = 'CONFIRMED' WHERE id = 1",
				"each member has given the special payments that are confirmed or forwarded", one("SELECT member_id FROM dues_special WHERE id = 1"), 2},
			{"an entry is changed", "UPDATE ledger_entry SET amount = amount + 1 WHERE id = (SELECT min(e.id) FROM ledger_entry e WHERE e.account_id = " + wallet("dues_used") + ")",
				"UPDATE ledger_entry SET amount = amount - 1 WHERE id = (SELECT min(e.id) FROM ledger_entry e WHERE e.account_id = " + wallet("dues_used") + ")",
				"each transfer sums to zero over two entries or more", one("SELECT id FROM ledger_transfer WHERE kind = 'dues.use'"), 3},
		} {
			t.Run(harm.what, func(t *testing.T) {
				c.exec(harm.do)
				broken := c.proven()
				c.exec(harm.undo)
				if !slices.Contains(broken[harm.holds], harm.id) {
					t.Errorf("not found: %q of %d in %v", harm.holds, harm.id, broken)
				}
				if len(broken) != 1+harm.alsoBroken {
					t.Errorf("%d proofs fail, want %d: %v", len(broken), 1+harm.alsoBroken, broken)
				}
			})
		}
		if broken := c.proven(); len(broken) > 0 {
			t.Fatalf("not put right: %v", broken)
		}
		t.Run("money that is back with who paid is sound", func(t *testing.T) {
			c.refund(c.online("甲三支部", 33, true), model.RefundDone)
			if broken := c.proven(); len(broken) > 0 {
				t.Fatal(broken)
			}
		})
	})
}
