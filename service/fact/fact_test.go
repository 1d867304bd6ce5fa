package fact_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fact"
	"hongyun/service/ledger"
)

func attended(member int64, source string) fact.Fact {
	return fact.Fact{Code: "theme_day.attended", SubjectType: model.SubjectMember, SubjectID: member, OrgID: 7, Day: "2026-11-20", Source: source, Quantity: 1}
}

func record(t *testing.T, db *model.DB, facts ...fact.Fact) {
	t.Helper()
	if err := db.Tx(context.Background(), func(tx model.Tx) error { return fact.Record(tx, facts...) }); err != nil {
		t.Fatal(err)
	}
}

func reverse(t *testing.T, db *model.DB, source string) (n int64) {
	t.Helper()
	err := db.Tx(context.Background(), func(tx model.Tx) (err error) {
		n, err = fact.Reverse(tx, source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func energy(t testing.TB, db *model.DB, member int64) int64 {
	t.Helper()
	n, err := ledger.Balance(db.Read(context.Background()), ledger.EnergyOf(member))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func facts(t *testing.T, db *model.DB) (rows []model.Fact) {
	t.Helper()
	if err := db.Read(context.Background()).Order("id").Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

func sound(t testing.TB, db *model.DB) {
	t.Helper()
	if r, err := ledger.Check(context.Background(), db); err != nil || !r.OK() {
		t.Fatalf("the ledger is not sound: %+v, %v", r, err)
	}
}

func rules(t *testing.T, db *model.DB, rules ...model.EnergyRule) {
	t.Helper()
	if err := db.Read(context.Background()).Create(&rules).Error; err != nil {
		t.Fatal(err)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		t.Run("a fact counts once and earns once", func(t *testing.T) {
			record(t, db, attended(1, "meeting:1"), attended(2, "meeting:1"), attended(1, "meeting:1"))
			record(t, db, attended(2, "meeting:1"), attended(3, "meeting:1"))
			if got := facts(t, db); len(got) != 3 || got[0].Month != "2026-11" || got[0].OrgID != 7 {
				t.Errorf("%+v", got)
			}
			for member := int64(1); member <= 3; member++ {
				if n := energy(t, db, member); n != 10 {
					t.Errorf("member %d has %d", member, n)
				}
			}
		})
		t.Run("another source, another code or another subject is another fact", func(t *testing.T) {
			before := len(facts(t, db))
			held := attended(1, "meeting:1")
			held.Code = "theme_day.held"
			org := held
			org.SubjectType = model.SubjectOrg
			record(t, db, attended(1, "meeting:2"), held, org)
			if got := len(facts(t, db)) - before; got != 3 {
				t.Errorf("%d new facts", got)
			}
		})
		t.Run("neither an organisation nor a fact without a rule earns", func(t *testing.T) {
			org := attended(9, "meeting:3")
			org.SubjectType = model.SubjectOrg
			unknown := attended(9, "meeting:3")
			unknown.Code = "no.rule"
			record(t, db, org, unknown)
			if n := energy(t, db, 9); n != 0 {
				t.Errorf("earned %d", n)
			}
		})
		t.Run("the rule in force on the fact's day decides, times the quantity", func(t *testing.T) {
			rules(t, db, model.EnergyRule{FactCode: "study.item", Units: 2, EffectiveFrom: "2026-01-01"},
				model.EnergyRule{FactCode: "study.item", Units: 5, EffectiveFrom: "2026-07-01"})
			for day, want := range map[model.Date]int64{"2025-12-31": 0, "2026-01-01": 6, "2026-06-30": 6, "2026-07-01": 15} {
				f := attended(20, "study:"+string(day))
				f.Code, f.Day, f.Quantity = "study.item", day, 3
				before := energy(t, db, 20)
				record(t, db, f)
				if got := energy(t, db, 20) - before; got != want {
					t.Errorf("on %s earned %d, want %d", day, got, want)
				}
			}
		})
		t.Run("an error of the caller takes the facts and the energy back", func(t *testing.T) {
			before := len(facts(t, db))
			err := db.Tx(context.Background(), func(tx model.Tx) error {
				if err := fact.Record(tx, attended(30, "meeting:9")); err != nil {
					return err
				}
				return fmt.Errorf("no")
			})
			if err == nil || len(facts(t, db)) != before || energy(t, db, 30) != 0 {
				t.Errorf("%v, %d facts, %d units", err, len(facts(t, db))-before, energy(t, db, 30))
			}
		})
		t.Run("refuses facts that make no sense", func(t *testing.T) {
			for _, change := range []func(f *fact.Fact){
				func(f *fact.Fact) { f.Code = "" },
				func(f *fact.Fact) { f.Source = "" },
				func(f *fact.Fact) { f.Source = "meeting:1/reversed" },
				func(f *fact.Fact) { f.SubjectType = "account" },
				func(f *fact.Fact) { f.SubjectID = 0 },
				func(f *fact.Fact) { f.OrgID = 0 },
				func(f *fact.Fact) { f.Day = "2026-02-29" },
				func(f *fact.Fact) { f.Quantity = 0 },
				func(f *fact.Fact) { f.Quantity = fact.MaxQuantity + 1 },
			} {
				f := attended(1, "meeting:10")
				change(&f)
				if err := fact.Record(db.Read(context.Background()), f); err == nil {
					t.Errorf("%+v is accepted", f)
				}
			}
		})
		sound(t, db)
	})
}

func TestRecord_DayCap(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		limit := int64(10)
		rules(t, db, model.EnergyRule{FactCode: "study.item", Units: 4, DayCap: &limit, EffectiveFrom: "2026-01-01"})
		item := func(member int64, n int, day model.Date) fact.Fact {
			f := attended(member, fmt.Sprintf("study:%d", n))
			f.Code, f.Day = "study.item", day
			return f
		}
		t.Run("a day's facts earn up to the cap, in one call and over several", func(t *testing.T) {
			record(t, db, item(1, 1, "2026-11-20"), item(1, 2, "2026-11-20"), item(1, 3, "2026-11-20"), item(2, 1, "2026-11-20"))
			record(t, db, item(1, 4, "2026-11-20"), item(2, 2, "2026-11-20"))
			if a, b := energy(t, db, 1), energy(t, db, 2); a != 10 || b != 8 {
				t.Errorf("%d and %d, want 10 and 8", a, b)
			}
		})
		t.Run("the next day begins anew", func(t *testing.T) {
			record(t, db, item(1, 5, "2026-11-21"))
			if n := energy(t, db, 1); n != 14 {
				t.Error(n)
			}
		})
		t.Run("what is taken back makes room", func(t *testing.T) {
			reverse(t, db, "study:1")
			record(t, db, item(1, 6, "2026-11-20"), item(1, 7, "2026-11-20"))
			if n := energy(t, db, 1); n != 14 {
				t.Error(n)
			}
		})
		t.Run("facts recorded at once do not overrun it", func(t *testing.T) {
			var wg sync.WaitGroup
			for n := range 12 {
				wg.Go(func() {
					err := db.Tx(context.Background(), func(tx model.Tx) error {
						return fact.Record(tx, item(5, n, "2026-11-20"), item(6, n, "2026-11-20"))
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if a, b := energy(t, db, 5), energy(t, db, 6); a != 10 || b != 10 {
				t.Errorf("%d and %d, want 10 and 10", a, b)
			}
		})
		sound(t, db)
	})
}

func TestRecord_AtOnce(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		var all []fact.Fact
		for member := range int64(700) {
			all = append(all, attended(member+1, "meeting:1"))
		}
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				mine := slices.Clone(all)
				if worker%2 == 1 {
					slices.Reverse(mine)
				}
				if err := db.Tx(context.Background(), func(tx model.Tx) error { return fact.Record(tx, mine...) }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(facts(t, db)); n != len(all) || energy(t, db, 700) != 10 {
			t.Errorf("%d facts, member 700 has %d", n, energy(t, db, 700))
		}
		sound(t, db)
	})
}

func TestReverse(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		t.Run("takes back each fact of the source once, and its energy", func(t *testing.T) {
			record(t, db, attended(1, "meeting:1"), attended(2, "meeting:1"), attended(1, "meeting:2"))
			for i, want := range []int64{2, 0} {
				if n := reverse(t, db, "meeting:1"); n != want {
					t.Errorf("call %d took back %d, want %d", i+1, n, want)
				}
			}
			if a, b := energy(t, db, 1), energy(t, db, 2); a != 10 || b != 0 {
				t.Errorf("%d and %d units left, want 10 and 0", a, b)
			}
			var sums []struct {
				Month    model.Month
				Quantity int64
			}
			if err := db.Read(ctx).Raw("SELECT month, CAST(sum(quantity) AS bigint) AS quantity FROM fact GROUP BY month").Scan(&sums).Error; err != nil {
				t.Fatal(err)
			}
			if len(sums) != 1 || sums[0].Quantity != 1 {
				t.Errorf("the month counts %+v", sums)
			}
		})
		t.Run("a reversed fact stays reversed", func(t *testing.T) {
			record(t, db, attended(1, "meeting:1"))
			if n := reverse(t, db, "meeting:1/reversed"); n != 0 || energy(t, db, 1) != 10 {
				t.Errorf("took back %d reversals, member 1 has %d", n, energy(t, db, 1))
			}
		})
		t.Run("takes what is left of energy that was spent, and says what is short", func(t *testing.T) {
			birthday := attended(7, "meeting:5")
			birthday.Code = "political_birthday"
			record(t, db, attended(5, "meeting:5"), attended(6, "meeting:5"), attended(7, "meeting:5"), birthday)
			spend := func(member, units int64) ledger.Transfer {
				return ledger.Transfer{Key: fmt.Sprintf("order:%d", member), Kind: "energy.spent", From: ledger.EnergyOf(member), To: ledger.Account{Kind: "energy_spent", OwnerType: "system"}, Amount: units}
			}
			err := db.Tx(ctx, func(tx model.Tx) error {
				_, err := ledger.Post(tx, spend(5, 7), spend(6, 10), spend(7, 55))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := reverse(t, db, "meeting:5"); n != 4 || energy(t, db, 5) != 0 || energy(t, db, 6) != 0 || energy(t, db, 7) != 0 {
				t.Errorf("took back %d facts, %d, %d and %d units left", n, energy(t, db, 5), energy(t, db, 6), energy(t, db, 7))
			}
			var memos []string
			if err := db.Read(ctx).Model(&model.LedgerTransfer{}).Where("kind = ? AND memo <> ''", fact.KindTakenBack).Order("memo").Pluck("memo", &memos).Error; err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(memos, []string{"余额不足，少收回45", "余额不足，少收回7"}) {
				t.Errorf("memos %q", memos)
			}
		})
		t.Run("two who reverse at once take back once", func(t *testing.T) {
			record(t, db, attended(8, "meeting:8"), attended(9, "meeting:8"), attended(8, "meeting:9"))
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					err := db.Tx(ctx, func(tx model.Tx) error {
						_, err := fact.Reverse(tx, "meeting:8")
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if energy(t, db, 8) != 10 || energy(t, db, 9) != 0 {
				t.Errorf("%d and %d units left", energy(t, db, 8), energy(t, db, 9))
			}
		})
		sound(t, db)
	})
}

// BenchmarkRecord records 50,000 facts of 5,000 members in one transaction: a demo county's.
func BenchmarkRecord(b *testing.B) {
	for name, open := range map[string]func() *model.DB{
		"sqlite":   func() *model.DB { return modeltest.SQLite(b, nil) },
		"postgres": func() *model.DB { return modeltest.Postgres(b, nil) },
	} {
		b.Run(name, func(b *testing.B) {
			db, round := open(), 0
			for b.Loop() {
				round++
				batch := make([]fact.Fact, 50_000)
				for i := range batch {
					batch[i] = attended(int64(i%5000)+1, fmt.Sprintf("meeting:%d:%d", round, i/5000))
				}
				if err := db.Tx(context.Background(), func(tx model.Tx) error { return fact.Record(tx, batch...) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(round)*50_000/b.Elapsed().Seconds(), "facts/s")
			sound(b, db)
		})
	}
}
