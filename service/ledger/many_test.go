package ledger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/ledger"
)

// side is one account of a compound transfer.
type side struct {
	key    string
	a      ledger.Account
	amount int64
}

// postMany posts the sides as a query of constants.
func postMany(db *model.DB, sides ...side) (n int64, err error) {
	rows, args := make([]string, len(sides)), []any{}
	for i, s := range sides {
		rows[i] = "SELECT CAST(? AS text) AS key, CAST(? AS text) AS account_kind, CAST(? AS text) AS owner_type, CAST(? AS bigint) AS owner_id, CAST(? AS bigint) AS amount"
		args = append(args, s.key, s.a.Kind, s.a.OwnerType, s.a.OwnerID, s.amount)
	}
	err = db.Tx(context.Background(), func(tx model.Tx) error {
		n, err = ledger.PostMany(tx, "dues.bill", "账单", []string{ledger.KindDuesDue, ledger.KindDuesCash}, strings.Join(rows, " UNION ALL "), args...)
		return err
	})
	return n, err
}

func TestPostMany(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 09:00:00").Now, func(t *testing.T, db *model.DB) {
		due, billed := ledger.DuesDue, ledger.DuesBilled
		t.Run("makes compound transfers, their accounts and their balances", func(t *testing.T) {
			n, err := postMany(db, side{"a", due(1), 100}, side{"a", due(2), 50}, side{"a", billed(7), -150}, side{"b", due(1), 30}, side{"b", billed(8), -30})
			if err != nil || n != 2 {
				t.Fatalf("%d transfers, %v", n, err)
			}
			if r := sound(t, db); r.Transfers != 2 || r.Accounts != 4 {
				t.Fatalf("%+v", r)
			}
			if balance(t, db, due(1)) != 130 || balance(t, db, due(2)) != 50 || balance(t, db, billed(7)) != -150 {
				t.Fatal("the balances are wrong")
			}
			var row model.LedgerTransfer
			if err := db.Read(t.Context()).Where("key = 'b'").Take(&row).Error; err != nil || row.Kind != "dues.bill" || row.Memo != "账单" || row.Month != "2026-11" || row.At.IsZero() {
				t.Fatalf("%+v, %v", row, err)
			}
		})
		t.Run("takes from guarded accounts that are there", func(t *testing.T) {
			if n, err := postMany(db, side{"c", due(1), -100}, side{"c", due(2), -50}, side{"c", ledger.DuesCash(7), 150}); err != nil || n != 1 {
				t.Fatalf("%d, %v", n, err)
			}
			if sound(t, db); balance(t, db, due(1)) != 30 || balance(t, db, ledger.DuesCash(7)) != 150 {
				t.Fatal("the balances are wrong")
			}
		})
		t.Run("nothing to post is nothing", func(t *testing.T) {
			n, err := int64(0), db.Tx(t.Context(), func(tx model.Tx) error {
				n, err := ledger.PostMany(tx, "dues.bill", "", nil, "SELECT '' AS key, '' AS account_kind, '' AS owner_type, 1 AS owner_id, 1 AS amount WHERE 1 = 0")
				if n != 0 {
					t.Errorf("%d transfers of nothing", n)
				}
				return err
			})
			if err != nil || n != 0 {
				t.Fatal(err)
			}
		})
		before := sound(t, db)
		for sentence, sides := range map[string][]side{
			"a key that is not new fails":                {{"a", due(1), 1}, {"a", billed(7), -1}, {"new", due(2), 1}, {"new", billed(7), -1}},
			"a transfer that does not sum to zero fails": {{"d", due(1), 100}, {"d", billed(7), -99}},
			"a transfer over one account fails":          {{"d", due(1), 0}},
			"one that is whole beside it does not help":  {{"d", due(1), 100}, {"d", billed(7), -100}, {"e", due(1), 5}, {"e", billed(7), -6}},
			"a shortage fails":                           {{"d", due(1), -31}, {"d", ledger.DuesCash(7), 31}, {"e", due(3), 5}, {"e", billed(7), -5}},
			"an account of nothing cannot be taken from": {{"d", due(99), -1}, {"d", ledger.DuesCash(7), 1}},
		} {
			t.Run(sentence+", and nothing is left", func(t *testing.T) {
				if n, err := postMany(db, sides...); err == nil {
					t.Fatalf("%d were posted", n)
				}
				if after := sound(t, db); after.Transfers != before.Transfers || after.Accounts != before.Accounts || balance(t, db, due(1)) != 30 {
					t.Fatalf("%+v, before %+v", after, before)
				}
			})
		}
	})
}

// TestPostMany_Concurrent lets bills of many members and single payments meet on the same accounts, in any order.
func TestPostMany_Concurrent(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 09:00:00").Now, func(t *testing.T, db *model.DB) {
		const members, rounds = 60, 12
		mixed := rand.New(rand.NewPCG(1, 2)).Perm(members) // so that order of id is not order of owner
		start := make([]ledger.Transfer, members)
		for i, m := range mixed {
			start[i] = ledger.Transfer{Key: fmt.Sprint("start/", m), Kind: "dues.bill", From: ledger.DuesBilled(1), To: ledger.DuesDue(int64(m + 1)), Amount: 1000}
			if _, err := post(db, start[i]); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		for w := range 2 {
			all.Go(func() { // two runs that bill everybody, and a few who are new
				for i := range rounds {
					key := fmt.Sprint("run/", w, "/", i)
					var sides []side
					for _, m := range rand.Perm(members + 3) {
						sides = append(sides, side{key, ledger.DuesDue(int64(m + 1 + 3*i/rounds)), 10})
					}
					if _, err := postMany(db, append(sides, side{key, ledger.DuesBilled(1), -10 * int64(len(sides))})...); err != nil {
						t.Error(err)
					}
				}
			})
			all.Go(func() { // payments of several bills at a time
				for i := range rounds * 4 {
					var some []ledger.Transfer
					for _, m := range rand.Perm(members)[:5] {
						some = append(some, ledger.Transfer{Key: fmt.Sprint("paid/", w, "/", i, "/", m), Kind: "dues.paid", From: ledger.DuesDue(int64(m + 1)), To: ledger.DuesCash(1), Amount: 1})
					}
					if _, err := post(db, some...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		sound(t, db)
		if got := balance(t, db, ledger.DuesCash(1)); got != 2*rounds*4*5 {
			t.Fatalf("cash %d", got)
		}
	})
}
