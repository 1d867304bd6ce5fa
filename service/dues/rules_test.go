package dues

import (
	"context"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
)

func fen(n int64) *int64 { return &n }

// defaults are the rules as the migration brings them.
func defaults(t *testing.T) Rules {
	t.Helper()
	rules, err := RulesIn(modeltest.SQLite(t, nil).Read(context.Background()), "2026-11")
	must(t, err)
	return rules
}

// TestDue_WorkedExamples is RULES 3.3, line by line.
func TestDue_WorkedExamples(t *testing.T) {
	t.Parallel()
	rules := defaults(t)
	for _, e := range []struct {
		no       int
		category string
		base     int64
		bp, due  int64
		shows    string
	}{
		{1, "SALARIED", 250000, 50, 1250, "plain"},
		{2, "SALARIED", 299999, 50, 1500, "14.99995 rounds up"},
		{3, "SALARIED", 300000, 50, 1500, "the upper edge is included"},
		{4, "SALARIED", 300001, 100, 3000, "a jump: the whole amount"},
		{5, "SALARIED", 300050, 100, 3001, "half up, not half to even"},
		{6, "SALARIED", 490000, 100, 4900, "official example"},
		{7, "SALARIED", 500000, 100, 5000, "edge"},
		{8, "SALARIED", 500001, 150, 7500, "edge"},
		{9, "SALARIED", 500300, 150, 7505, "75.045 half up"},
		{10, "SALARIED", 510000, 150, 7650, "official example"},
		{11, "SALARIED", 1000000, 150, 15000, "edge"},
		{12, "SALARIED", 1000001, 200, 20000, "edge"},
		{13, "SALARIED", 1860000, 200, 37200, "top band"},
		{14, "ANNUAL_SALARY", 4166667, 200, 83333, "the month's real pay"},
		{17, "RETIRED", 500000, 50, 2500, "edge"},
		{18, "RETIRED", 500001, 100, 5000, "edge"},
		{19, "VILLAGE_CADRE_ALLOWANCE", 310000, 100, 3100, "not the farmer's rate"},
	} {
		got, err := Due(rules, Basis{Category: e.category, BaseFen: fen(e.base)})
		if err != nil || got.AmountFen != e.due || got.RateBP != e.bp || got.BaseFen != e.base || got.Clause == "" {
			t.Errorf("example %d (%s): got %+v, %v; want %d at %d", e.no, e.shows, got, err, e.due, e.bp)
		}
	}
	t.Run("15: the mean month of the last quarter", func(t *testing.T) {
		got, err := Due(rules, Basis{Category: "SELF_EMPLOYED", QuarterNetFen: fen(2700000)})
		if err != nil || got.BaseFen != 900000 || got.RateBP != 150 || got.AmountFen != 13500 {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
	t.Run("16: the mean is rounded before the bracket", func(t *testing.T) {
		got, err := Due(rules, Basis{Category: "SELF_EMPLOYED", QuarterNetFen: fen(1500001)})
		if err != nil || got.BaseFen != 500000 || got.RateBP != 100 || got.AmountFen != 5000 {
			t.Fatalf("got %+v, %v", got, err)
		}
		got, err = Due(rules, Basis{Category: "SELF_EMPLOYED", QuarterNetFen: fen(1500002)})
		if err != nil || got.BaseFen != 500001 || got.RateBP != 150 {
			t.Fatalf("two thirds of a fen round up: got %+v, %v", got, err)
		}
	})
	t.Run("20: the fixed amounts", func(t *testing.T) {
		for _, category := range []string{"FARMER", "STUDENT", "UNEMPLOYED", "RELIEF", "MIN_LIVING"} {
			got, err := Due(rules, Basis{Category: category})
			if err != nil || got.AmountFen != 20 || got.RateBP != 0 || got.Clause == "" {
				t.Fatalf("%s: got %+v, %v", category, got, err)
			}
		}
	})
	t.Run("21: a negative base is refused", func(t *testing.T) {
		_, err := Due(rules, Basis{Category: "SALARIED", BaseFen: fen(-100)})
		wantFault(t, err, "dues.base")
	})
	t.Run("22: a farmer's amount lies between 0.20 and 1.00", func(t *testing.T) {
		for amount, fits := range map[int64]bool{10: false, 19: false, 20: true, 100: true, 101: false, 120: false, -20: false} {
			got, err := Due(rules, Basis{Category: "FARMER", SetFen: fen(amount)})
			if fits && (err != nil || got.AmountFen != amount) || !fits && !fault.Is(err, "dues.set") {
				t.Fatalf("%d: got %+v, %v", amount, got, err)
			}
		}
	})
}

func TestDue_Refused(t *testing.T) {
	t.Parallel()
	rules := defaults(t)
	for _, test := range []struct {
		sentence string
		basis    Basis
		code     string
	}{
		{"no category", Basis{}, "dues.category"},
		{"a category in small letters", Basis{Category: "salaried", BaseFen: fen(1)}, "dues.category"},
		{"a wage earner without a base", Basis{Category: "SALARIED", QuarterNetFen: fen(1), SetFen: fen(1)}, "dues.base"},
		{"a trader without the quarter", Basis{Category: "SELF_EMPLOYED", BaseFen: fen(1)}, "dues.quarter_net"},
		{"a trader with a loss", Basis{Category: "SELF_EMPLOYED", QuarterNetFen: fen(-1)}, "dues.quarter_net"},
		{"more than ten thousand million yuan", Basis{Category: "SALARIED", BaseFen: fen(maxFen + 1)}, "dues.base"},
		{"the largest number there is", Basis{Category: "SELF_EMPLOYED", QuarterNetFen: fen(1<<63 - 1)}, "dues.quarter_net"},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			_, err := Due(rules, test.basis)
			wantFault(t, err, test.code)
		})
	}
	t.Run("the exempt pay nothing", func(t *testing.T) {
		if got, err := Due(rules, Basis{Category: "EXEMPT"}); err != nil || got.AmountFen != 0 || got.Clause == "" {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
	t.Run("a base of nothing gives nothing", func(t *testing.T) {
		if got, err := Due(rules, Basis{Category: "SALARIED", BaseFen: fen(0)}); err != nil || got.AmountFen != 0 || got.RateBP != 50 {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
}

func TestDue_Properties(t *testing.T) {
	t.Parallel()
	rules := defaults(t)
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.Int64Range(0, maxFen).Draw(t, "base")
		got, err := Due(rules, Basis{Category: "SALARIED", BaseFen: &base})
		if err != nil {
			t.Fatal(err)
		}
		// Off by no more than half a fen, and never down at the half.
		if diff := got.AmountFen*10000 - base*got.RateBP; diff > 5000 || diff <= -5000 {
			t.Fatalf("%d at %d gives %d", base, got.RateBP, got.AmountFen)
		}
		more, err := Due(rules, Basis{Category: "SALARIED", BaseFen: fen(min(base+rapid.Int64Range(0, 1_000_000).Draw(t, "more"), maxFen))})
		if err != nil || more.AmountFen < got.AmountFen {
			t.Fatalf("more pay, less dues: %+v, %+v, %v", got, more, err)
		}
	})
}

// TestDue_Rounded: to the jiao or the yuan amounts are rounded half up, once, from what the rate makes of the base.
func TestDue_Rounded(t *testing.T) {
	t.Parallel()
	rules := defaults(t)
	for _, e := range []struct {
		base, toJiao, toYuan int64
		shows                string
	}{
		{510000, 7650, 7700, "76.50: half a yuan goes up"},
		{509999, 7650, 7600, "76.49985: the fen would have been 76.50, the yuan is worked out from the amount itself"},
		{249000, 1250, 1200, "12.45: half a jiao goes up"},
		{248990, 1240, 1200, "12.4495"},
		{300050, 3000, 3000, "30.005"},
		{0, 0, 0, "nothing"},
	} {
		for to, want := range map[int64]int64{10: e.toJiao, 100: e.toYuan} {
			rules.RoundTo = to
			if got, err := Due(rules, Basis{Category: "SALARIED", BaseFen: fen(e.base)}); err != nil || got.AmountFen != want {
				t.Errorf("%s to %d: got %d, %v; want %d", e.shows, to, got.AmountFen, err, want)
			}
		}
	}
	t.Run("what is fixed or set stays", func(t *testing.T) {
		rules.RoundTo = 100
		for _, b := range []Basis{{Category: "STUDENT"}, {Category: "FARMER"}, {Category: "FARMER", SetFen: fen(20)}} {
			if got, err := Due(rules, b); err != nil || got.AmountFen != 20 {
				t.Fatalf("%s: got %+v, %v", b.Category, got, err)
			}
		}
	})
	t.Run("the rule value of the month decides", func(t *testing.T) {
		modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
			tx := db.Read(context.Background())
			must(t, tx.Create(&model.RuleValue{Family: model.RulesDues, Code: "ROUND_TO_FEN", Value: 100, EffectiveFrom: "2026-12-01", Clause: "试点"}).Error)
			for month, want := range map[model.Month]int64{"2026-11": 7650, "2026-12": 7700} {
				rules, err := RulesIn(tx, month)
				must(t, err)
				if got, err := Due(rules, Basis{Category: "SALARIED", BaseFen: fen(510000)}); err != nil || got.AmountFen != want {
					t.Errorf("%s: got %+v, %v; want %d", month, got, err, want)
				}
			}
		})
	})
}

// TestDue_Exact: every amount is what fractions make of it, half up; inside a bracket more income never means less dues.
func TestDue_Exact(t *testing.T) {
	t.Parallel()
	rules := defaults(t)
	rapid.Check(t, func(t *rapid.T) {
		rules := rules
		rules.RoundTo = rapid.SampledFrom([]int64{1, 10, 100}).Draw(t, "round to")
		b := Basis{Category: rapid.SampledFrom([]string{"SALARIED", "ANNUAL_SALARY", "RETIRED", "VILLAGE_CADRE_ALLOWANCE", "SELF_EMPLOYED"}).Draw(t, "category")}
		round := rapid.Map(rapid.Int64Range(0, 2_000), func(n int64) int64 { return n * 100 * rules.RoundTo }) // where halves are
		income := rapid.OneOf(rapid.Int64Range(0, maxFen), rapid.Int64Range(0, 2_000_000), round, round).Draw(t, "income")
		due := func(income int64) Amount {
			b.BaseFen, b.QuarterNetFen = &income, &income
			got, err := Due(rules, b)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		got := due(income)
		exact := new(big.Rat).Mul(big.NewRat(got.BaseFen, 1), big.NewRat(got.RateBP, 10000*rules.RoundTo))
		half := exact.Add(exact, big.NewRat(1, 2))
		want := new(big.Int).Div(half.Num(), half.Denom()).Int64() * rules.RoundTo
		if got.AmountFen != want {
			t.Fatalf("%d at %d to %d: got %d, want %d", got.BaseFen, got.RateBP, rules.RoundTo, got.AmountFen, want)
		}
		mean := new(big.Rat).Add(big.NewRat(income, 3), big.NewRat(1, 2))
		if base := new(big.Int).Div(mean.Num(), mean.Denom()).Int64(); b.Category == selfEmployed && got.BaseFen != base || b.Category != selfEmployed && got.BaseFen != income {
			t.Fatalf("the base of %d is %d", income, got.BaseFen)
		}
		if more := due(min(income+rapid.Int64Range(0, 100_000).Draw(t, "more"), maxFen)); more.RateBP == got.RateBP && more.AmountFen < got.AmountFen || more.RateBP < got.RateBP {
			t.Fatalf("more income, less dues: %+v, %+v", got, more)
		}
	})
}

func TestRulesIn(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		tx := db.Read(context.Background())
		must(t, tx.Create(&model.DuesRule{Category: "STUDENT", Base: fixed, FixedFen: 50, EffectiveFrom: "2027-01-15", Clause: "新规定"}).Error)
		for month, want := range map[model.Month]int64{"2026-12": 20, "2027-01": 20, "2027-02": 50} {
			rules, err := RulesIn(tx, month)
			must(t, err)
			if got, err := Due(rules, Basis{Category: "STUDENT"}); err != nil || got.AmountFen != want {
				t.Errorf("%s: got %+v, %v; want %d", month, got, err, want)
			}
			if got, err := Due(rules, Basis{Category: "SALARIED", BaseFen: fen(510000)}); err != nil || got.AmountFen != 7650 {
				t.Errorf("%s: a new rule for students changed wages: %+v, %v", month, got, err)
			}
		}
		t.Run("before the first rule there is no category", func(t *testing.T) {
			rules, err := RulesIn(tx, "2008-03")
			if err != nil || len(rules.Table) != 0 {
				t.Fatalf("%d rules, %v", len(rules.Table), err)
			}
		})
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t testing.TB, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
}
