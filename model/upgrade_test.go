package model_test

import (
	"os"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/ledger"
)

// TestUpgrade_Dues brings dues as they were kept before payments had a life of their own up to date: what was paid stays
// paid, once, and the ledger begins with what stands in the bills.
func TestUpgrade_Dues(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(t *testing.T) model.Options{
		"sqlite":   func(t *testing.T) model.Options { return model.Options{DataDir: t.TempDir()} },
		"postgres": func(t *testing.T) model.Options { return model.Options{URL: modeltest.PostgresURL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "postgres" && os.Getenv(modeltest.PostgresEnv) == "" {
				t.Skipf("not covered: Postgres (%s is not set)", modeltest.PostgresEnv)
			}
			o := options(t)
			o.MaxOpenConns = 4
			db, err := model.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			upgrade(t, db)
		})
	}
}

// oldDues is rows as version 8 kept them: of the first branch a member who paid twice and owes one month, one who is exempt,
// one who owes two months and was assessed anew in between; of the second one who paid by bank.
const oldDues = `
INSERT INTO org (id, type, path, name, created_at) VALUES (1, 'BRANCH', '001', '一支部', '2026-01-01 00:00:00+00:00'), (2, 'BRANCH', '002', '二支部', '2026-01-01 00:00:00+00:00');
INSERT INTO member (id, org_id, name, id_sealed, id_index, sex, born_on, status, admitted_on, created_at, updated_at) VALUES
  (11, 1, '甲', 'x', '11', 'MALE', '1970-01-01', 'FULL', '1995-07-01', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00'),
  (12, 1, '乙', 'x', '12', 'MALE', '1970-01-01', 'FULL', '1995-07-01', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00'),
  (13, 1, '丙', 'x', '13', 'MALE', '1970-01-01', 'FULL', '1995-07-01', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00'),
  (21, 2, '丁', 'x', '21', 'MALE', '1970-01-01', 'FULL', '1995-07-01', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00');
INSERT INTO account (id, mp_appid, openid, member_id, created_at, last_login_at) VALUES (5, 'wx1', 'o5', 12, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00');
INSERT INTO dues_assessment (member_id, category, base_fen, amount_fen, rate_bp, effective_month, decision_no, created_by, created_at) VALUES
  (11, 'SALARIED', 490000, 4900, 100, '2026-01', '', 5, '2026-01-02 00:00:00+00:00'), (12, 'EXEMPT', 0, 0, 0, '2026-01', '某组〔2026〕1号', 5, '2026-01-02 00:00:00+00:00'),
  (13, 'FARMER', 0, 20, 0, '2026-01', '', 5, '2026-01-02 00:00:00+00:00'), (13, 'STUDENT', 0, 50, 0, '2026-11', '', 5, '2026-01-02 00:00:00+00:00'),
  (21, 'FARMER', 0, 20, 0, '2026-01', '', 5, '2026-01-02 00:00:00+00:00');
INSERT INTO dues_bill (id, member_id, org_id, month, category, amount_fen, state, created_at) VALUES
  (101, 11, 1, '2026-09', 'SALARIED', 4900, 'PAID', '2026-09-01 00:00:00+00:00'), (102, 11, 1, '2026-10', 'SALARIED', 4900, 'PAID', '2026-10-01 00:00:00+00:00'),
  (103, 11, 1, '2026-11', 'SALARIED', 4900, 'UNPAID', '2026-11-01 00:00:00+00:00'), (104, 12, 1, '2026-11', 'EXEMPT', 0, 'EXEMPT', '2026-11-01 00:00:00+00:00'),
  (105, 13, 1, '2026-10', 'FARMER', 20, 'UNPAID', '2026-10-01 00:00:00+00:00'), (106, 13, 1, '2026-11', 'STUDENT', 50, 'UNPAID', '2026-11-01 00:00:00+00:00'),
  (107, 21, 2, '2026-11', 'FARMER', 20, 'PAID', '2026-11-01 00:00:00+00:00');
INSERT INTO dues_payment (id, bill_id, amount_fen, method, transaction_no, idempotency_key, paid_on, recorded_by, recorded_at) VALUES
  (901, 101, 4900, 'CASH', NULL, 'key-1', '2026-09-05', 5, '2026-09-05 00:00:00+00:00'), (902, 102, 4900, 'TRANSFER', 'ICBC-1', NULL, '2026-10-05', NULL, '2026-10-05 00:00:00+00:00'),
  (903, 107, 20, 'TRANSFER', 'ICBC-2', NULL, '2026-11-05', 5, '2026-11-05 00:00:00+00:00')`

func upgrade(t *testing.T, db *model.DB) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(db.MigrateTo(ctx, 8))
	for sql := range strings.SplitSeq(oldDues, ";") {
		_, err := db.SQL().ExecContext(ctx, sql)
		must(err)
	}
	_, err := db.Migrate(ctx)
	must(err)
	tx := db.Read(ctx)
	t.Run("the ledger is sound, and holds what stands in the bills", func(t *testing.T) {
		r, err := ledger.Check(ctx, db)
		if err != nil || !r.OK() || r.Transfers != 5 {
			t.Fatalf("%+v, %v", r, err)
		}
		for a, want := range map[ledger.Account]int64{ledger.DuesDue(11): 4900, ledger.DuesDue(12): 0, ledger.DuesDue(13): 70, ledger.DuesDue(21): 0, ledger.DuesBilled(1): -14770,
			ledger.DuesBilled(2): -20, ledger.DuesCash(1): 4900, ledger.DuesCash(2): 0, ledger.DuesAccount(1): 4900, ledger.DuesAccount(2): 20} {
			if got, err := ledger.Balance(tx, a); err != nil || got != want {
				t.Errorf("%+v holds %d, want %d (%v)", a, got, want, err)
			}
		}
	})
	t.Run("each payment is settled, keeps its numbers, and holds its bill alone", func(t *testing.T) {
		var rows []struct {
			model.DuesPayment
			BillID int64
			Live   bool
		}
		must(tx.Raw("SELECT p.*, pb.bill_id, pb.live FROM dues_payment p JOIN dues_payment_bill pb ON pb.payment_id = p.id AND pb.amount_fen = p.amount_fen ORDER BY pb.bill_id").Scan(&rows).Error)
		if len(rows) != 3 {
			t.Fatalf("%d payments", len(rows))
		}
		for i, want := range []struct {
			bill, org, payer, fen int64
			method, on, no        string
		}{{101, 1, 11, 4900, "CASH", "2026-09-05", ""}, {102, 1, 11, 4900, "TRANSFER", "2026-10-05", "ICBC-1"}, {107, 2, 21, 20, "TRANSFER", "2026-11-05", "ICBC-2"}} {
			p := rows[i]
			no := ""
			if p.TransactionNo != nil {
				no = *p.TransactionNo
			}
			if p.State != model.PaymentSettled || !p.Live || p.BillID != want.bill || p.OrgID != want.org || *p.PayerID != want.payer || p.AmountFen != want.fen ||
				p.Method != want.method || string(p.PaidOn) != want.on || no != want.no || p.OrderNo == "" || p.SettledAt == nil {
				t.Errorf("%+v", p)
			}
		}
		if k := rows[0].IdempotencyKey; k == nil || *k != "key-1" || rows[0].RecordedBy == nil || *rows[0].RecordedBy != 5 {
			t.Errorf("%+v", rows[0])
		}
	})
	t.Run("bills stay, and name the assessment that was in force", func(t *testing.T) {
		var rows []struct {
			ID, AmountFen   int64
			State, Category string
			Method          string
			Month           model.Month
		}
		must(tx.Raw("SELECT b.id, b.amount_fen, b.state, a.category, b.method, a.effective_month AS month FROM dues_bill b JOIN dues_assessment a ON a.id = b.assessment_id AND a.member_id = b.member_id ORDER BY b.id").Scan(&rows).Error)
		if len(rows) != 7 || rows[0].State != "PAID" || rows[0].Method != "CASH" || rows[2].State != "UNPAID" || rows[2].Method != "" || rows[3].Category != "EXEMPT" || rows[4].Month != "2026-01" || rows[5].Month != "2026-11" {
			t.Fatalf("%+v", rows)
		}
		var decision string
		must(tx.Raw("SELECT decision_no FROM dues_assessment WHERE member_id = 12").Scan(&decision).Error)
		if decision != "某组〔2026〕1号" {
			t.Fatal(decision)
		}
	})
	t.Run("a bill may be cancelled from now on, and no payment takes a second one's bill", func(t *testing.T) {
		must(tx.Exec("UPDATE dues_bill SET state = 'CANCELLED' WHERE id = 106").Error)
		if err := tx.Exec("INSERT INTO dues_payment_bill (payment_id, bill_id, amount_fen, live) SELECT max(id), 101, 4900, TRUE FROM dues_payment").Error; err == nil {
			t.Fatal("the bill was paid twice")
		}
	})
}
