package ledger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// pool is the system's side of spending in these tests.
func pool() ledger.Account { return ledger.Account{Kind: "energy_spent", OwnerType: "system"} }

func post(db *model.DB, transfers ...ledger.Transfer) (n int64, err error) {
	err = db.Tx(context.Background(), func(tx model.Tx) error {
		n, err = ledger.Post(tx, transfers...)
		return err
	})
	return n, err
}

// earn gives member units and records the fact that the self-check asks for.
func earn(t *testing.T, db *model.DB, key string, member, units int64) ledger.Transfer {
	t.Helper()
	f := model.Fact{Code: "test", SubjectType: model.SubjectMember, SubjectID: member, Day: "2026-11-20", Month: "2026-11", Source: key, Quantity: 1, RecordedAt: db.Now()}
	if err := db.Read(context.Background()).Create(&f).Error; err != nil {
		t.Fatal(err)
	}
	return ledger.Transfer{Key: key, Kind: "energy.earned", FactID: &f.ID, From: ledger.EnergyIssued(), To: ledger.EnergyOf(member), Amount: units}
}

func balance(t *testing.T, db *model.DB, a ledger.Account) int64 {
	t.Helper()
	n, err := ledger.Balance(db.Read(context.Background()), a)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func sound(t *testing.T, db *model.DB) ledger.Report {
	t.Helper()
	r, err := ledger.Check(context.Background(), db)
	if err != nil || !r.OK() {
		t.Fatalf("the ledger is not sound: %+v, %v", r, err)
	}
	return r
}

func TestPost(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		first := earn(t, db, "fact:a", 1, 50)
		spend := ledger.Transfer{Key: "order:1", Kind: "energy.spent", From: ledger.EnergyOf(1), To: pool(), Amount: 30}
		t.Run("an account that nothing ever touched holds nothing", func(t *testing.T) {
			if balance(t, db, ledger.EnergyOf(1)) != 0 || balance(t, db, ledger.EnergyIssued()) != 0 {
				t.Fatal("it holds something")
			}
		})
		t.Run("moves units once for each key", func(t *testing.T) {
			for i, want := range []int64{2, 0} {
				if n, err := post(db, spend, first, first); err != nil || n != want {
					t.Fatalf("call %d posted %d, %v, want %d", i+1, n, err, want)
				}
			}
			if n, err := post(db, spend, earn(t, db, "fact:b", 1, 5)); err != nil || n != 1 {
				t.Fatalf("one old and one new: posted %d, %v", n, err)
			}
			if m, i, p := balance(t, db, ledger.EnergyOf(1)), balance(t, db, ledger.EnergyIssued()), balance(t, db, pool()); m != 25 || i != -55 || p != 30 {
				t.Fatalf("member %d, issued %d, pool %d", m, i, p)
			}
		})
		t.Run("a shortage moves nothing at all", func(t *testing.T) {
			more := earn(t, db, "fact:c", 2, 5)
			_, err := post(db, more, ledger.Transfer{Key: "order:2", Kind: "energy.spent", From: ledger.EnergyOf(1), To: pool(), Amount: 26})
			if !fault.Is(err, "ledger.insufficient") {
				t.Fatal(err)
			}
			if balance(t, db, ledger.EnergyOf(1)) != 25 || balance(t, db, ledger.EnergyOf(2)) != 0 {
				t.Fatal("something moved")
			}
		})
		t.Run("a key that stands for another transfer is refused", func(t *testing.T) {
			for _, change := range []func(x *ledger.Transfer){
				func(x *ledger.Transfer) { x.Amount = 1 },
				func(x *ledger.Transfer) { x.From = ledger.EnergyOf(2) },
				func(x *ledger.Transfer) { x.To = ledger.EnergyIssued() },
				func(x *ledger.Transfer) { x.Kind = "other" },
			} {
				other := spend
				change(&other)
				if _, err := post(db, other); !fault.Is(err, "ledger.key_reused") {
					t.Errorf("%+v: %v", other, err)
				}
				twin := spend
				other.Key, twin.Key = "order:3", "order:3"
				if _, err := post(db, other, twin); !fault.Is(err, "ledger.key_reused") {
					t.Errorf("%+v beside its like: %v", other, err)
				}
			}
		})
		t.Run("refuses transfers that make no sense", func(t *testing.T) {
			for _, change := range []func(x *ledger.Transfer){
				func(x *ledger.Transfer) { x.Amount = 0 },
				func(x *ledger.Transfer) { x.Amount = -1 },
				func(x *ledger.Transfer) { x.To = x.From },
				func(x *ledger.Transfer) { x.Key = "" },
				func(x *ledger.Transfer) { x.Kind = "" },
				func(x *ledger.Transfer) { x.From.Guarded = false },
			} {
				bad := spend
				bad.Key = "order:4"
				change(&bad)
				if _, err := post(db, bad); err == nil {
					t.Errorf("%+v is accepted", bad)
				}
			}
		})
		t.Run("a batch of several statements adds up", func(t *testing.T) {
			var batch []ledger.Transfer
			for i := range 2500 {
				batch = append(batch, ledger.Transfer{Key: fmt.Sprintf("many:%d", i), Kind: "test", From: pool(), To: ledger.EnergyOf(int64(i%1500) + 100), Amount: 2})
			}
			if n, err := post(db, batch...); err != nil || n != 2500 {
				t.Fatalf("posted %d, %v", n, err)
			}
			if a, b := balance(t, db, ledger.EnergyOf(100)), balance(t, db, ledger.EnergyOf(1599)); a != 4 || b != 2 {
				t.Fatalf("%d and %d", a, b)
			}
		})
		sound(t, db)
	})
}

// Invariant I2: whatever runs at once, the ledger sums to zero, no guarded
// account goes below zero, and each key moves its units once.
func TestPost_Concurrent(t *testing.T) {
	t.Parallel()
	const members, sources, workers, rounds = 6, 150, 8, 40
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		all := make([]ledger.Transfer, sources)
		for i := range all {
			from, to := 1+random.Int64N(members), 1+random.Int64N(members)
			key := fmt.Sprintf("source:%d", i)
			switch {
			case i%3 == 0:
				all[i] = earn(t, db, key, to, 1+random.Int64N(20))
			case from == to:
				all[i] = ledger.Transfer{Key: key, Kind: "spent", From: ledger.EnergyOf(from), To: pool(), Amount: 1 + random.Int64N(30)}
			default:
				all[i] = ledger.Transfer{Key: key, Kind: "given", From: ledger.EnergyOf(from), To: ledger.EnergyOf(to), Amount: 1 + random.Int64N(30)}
			}
		}
		var mu sync.Mutex
		made := map[string]ledger.Transfer{}
		var posted, short int64
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(w)+1))
				for range rounds {
					batch := make([]ledger.Transfer, 1+random.IntN(4))
					for i := range batch {
						batch[i] = all[random.IntN(len(all))]
					}
					n, err := post(db, batch...)
					mu.Lock()
					switch {
					case err == nil:
						posted += n
						for _, x := range batch {
							made[x.Key] = x
						}
					case fault.Is(err, "ledger.insufficient"):
						short++
					default:
						t.Errorf("seed %d: %v", seed, err)
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()

		r := sound(t, db)
		if r.Transfers != int64(len(made)) || posted != r.Transfers {
			t.Errorf("%d keys went through and %d were counted, %d transfers stand there", len(made), posted, r.Transfers)
		}
		if short == 0 || len(made) == 0 {
			t.Errorf("the test shows too little: %d shortages, %d transfers", short, len(made))
		}
		want := map[ledger.Account]int64{}
		for _, x := range made {
			want[x.From] -= x.Amount
			want[x.To] += x.Amount
		}
		for account, n := range want {
			if got := balance(t, db, account); got != n {
				t.Errorf("%+v holds %d, want %d", account, got, n)
			}
		}
	})
}

func TestLock(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		if _, err := post(db, earn(t, db, "fact:1", 2, 7)); err != nil {
			t.Fatal(err)
		}
		err := db.Tx(context.Background(), func(tx model.Tx) error {
			held, err := ledger.Lock(tx, ledger.EnergyOf(3), ledger.EnergyOf(2), ledger.EnergyOf(2))
			if err == nil && (len(held) != 2 || held[ledger.EnergyOf(2)].Balance != 7 || held[ledger.EnergyOf(3)].ID == 0) {
				err = fmt.Errorf("held %+v", held)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		batch := []ledger.Transfer{earn(t, db, "fact:1", 1, 10), earn(t, db, "fact:2", 2, 10), {Key: "gift", Kind: "given", From: ledger.EnergyOf(1), To: ledger.EnergyOf(2), Amount: 3}}
		if n, err := post(db, batch...); err != nil || n != 3 {
			t.Fatalf("posted %d, %v", n, err)
		}
		sound(t, db)
		restore := snapshot(t, db, "fact", "ledger_account", "ledger_transfer", "ledger_entry")
		for what, tamper := range map[string]string{
			"an amount is changed":                 `UPDATE ledger_entry SET amount = amount + 1 WHERE id = (SELECT max(id) FROM ledger_entry)`,
			"an entry is gone":                     `DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)`,
			"a balance is changed":                 `UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'energy' AND owner_id = 1`,
			"an unguarded account is given one":    `UPDATE ledger_account SET balance = 1 WHERE kind = 'energy_issued'`,
			"a fact is gone":                       `DELETE FROM fact WHERE id = (SELECT max(id) FROM fact)`,
			"a fact is of another member":          `UPDATE fact SET subject_id = 99 WHERE source = 'fact:1'`,
			"a transfer names no fact":             `UPDATE ledger_transfer SET fact_id = NULL WHERE key = 'fact:1'`,
			"both sides of a transfer are changed": `UPDATE ledger_entry SET amount = amount * 2 WHERE transfer_id = (SELECT id FROM ledger_transfer WHERE key = 'gift')`,
			"an entry goes to another account":     `UPDATE ledger_entry SET account_id = (SELECT id FROM ledger_account WHERE kind = 'energy' AND owner_id = 1) WHERE amount > 0 AND transfer_id = (SELECT id FROM ledger_transfer WHERE key = 'fact:2')`,
		} {
			t.Run("finds that "+what, func(t *testing.T) {
				defer restore()
				ctx := context.Background()
				if _, err := model.Exec(db.Read(ctx), tamper); err != nil {
					t.Fatal(err)
				}
				r, err := ledger.Check(ctx, db)
				if err != nil || r.OK() {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		sound(t, db)
	})
}

// snapshot copies the tables, each after those it refers to, and gives back a
// function that restores them.
func snapshot(t *testing.T, db *model.DB, tables ...string) (restore func()) {
	run := func(sql string) {
		t.Helper()
		if _, err := model.Exec(db.Read(context.Background()), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range tables {
		run("CREATE TABLE copy_" + table + " AS SELECT * FROM " + table)
	}
	return func() {
		for _, table := range slices.Backward(tables) {
			run("DELETE FROM " + table)
		}
		for _, table := range tables {
			run("INSERT INTO " + table + " SELECT * FROM copy_" + table)
		}
	}
}
