package dues

import (
	"cmp"
	"fmt"
	"slices"

	"hongyun/model"
	"hongyun/service/fault"
)

// maxFen bounds every amount that comes in, so that no product overflows: ten thousand million yuan.
const maxFen = 1_000_000_000_000

// Ways in which a rule works out the amount (dues_rule.base).
const (
	byBase        = "BASE"         // a share of the month's base
	byQuarterMean = "QUARTER_MEAN" // a share of the mean month of the last quarter
	fixed         = "FIXED"
	set           = "SET" // an amount set inside limits
	exempt        = "EXEMPT"
)

// Basis is what a member's dues are worked out from. Amounts are in fen; which one is asked for depends on the category.
type Basis struct {
	Category      string
	BaseFen       *int64 // SALARIED, ANNUAL_SALARY, RETIRED, VILLAGE_CADRE_ALLOWANCE: the month's base
	QuarterNetFen *int64 // SELF_EMPLOYED: net income of the whole last quarter
	SetFen        *int64 // FARMER, REDUCED: the amount that was set; nil takes the default
}

// Amount is what is due for a month, and why.
type Amount struct {
	AmountFen int64  `json:"amount_fen"`
	RateBP    int64  `json:"rate_bp"`  // hundredths of a per cent; 0: no rate applies
	BaseFen   int64  `json:"base_fen"` // what the rate was applied to
	Clause    string `json:"clause"`
}

// Rules is what dues are worked out by in one month.
type Rules struct {
	Table   []model.DuesRule
	RoundTo int64 // fen that an amount worked out by a rate is a multiple of: 1, 10 or 100 (3.2.2)
}

// Due works out a month's dues by the rules in force (RULES 3.2). The one bracket's rate applies to the whole base
// (3.2.1), rounded half up, once (3.2.2). Amounts that are fixed or set are not rounded.
//
// Faults: dues.category, dues.base, dues.quarter_net, dues.set.
func Due(rules Rules, b Basis) (Amount, error) {
	var own []model.DuesRule
	for _, r := range rules.Table {
		if r.Category == b.Category {
			own = append(own, r)
		}
	}
	if len(own) == 0 {
		return Amount{}, fault.Invalid("dues.category", "没有这种党员类别，请重新选择")
	}
	first := own[0]
	switch first.Base {
	case byBase:
		base, err := income(b.BaseFen, "dues.base", "计算基数")
		if err != nil {
			return Amount{}, err
		}
		return share(own, base, rules.RoundTo), nil
	case byQuarterMean:
		net, err := income(b.QuarterNetFen, "dues.quarter_net", "上季度纯收入")
		if err != nil {
			return Amount{}, err
		}
		return share(own, (net+1)/3, rules.RoundTo), nil // the mean, half up, before the bracket (3.2.3): thirds are never halves
	case fixed:
		return Amount{AmountFen: first.FixedFen, Clause: first.Clause}, nil
	case set:
		amount, err := setAmount(first, b.SetFen)
		return Amount{AmountFen: amount, Clause: first.Clause}, err
	case exempt:
		return Amount{Clause: first.Clause}, nil
	default:
		return Amount{}, fmt.Errorf("dues rule %d: unknown base %q", first.ID, first.Base)
	}
}

// share applies the rate of the bracket that the base falls into: the highest one that it is over. A base of nothing
// falls into the lowest.
func share(rules []model.DuesRule, base, roundTo int64) Amount {
	bracket := slices.MinFunc(rules, func(a, b model.DuesRule) int { return cmp.Compare(a.OverFen, b.OverFen) })
	for _, r := range rules {
		if base > r.OverFen && r.OverFen > bracket.OverFen {
			bracket = r
		}
	}
	unit := 10000 * roundTo
	return Amount{AmountFen: (base*bracket.RateBP + unit/2) / unit * roundTo, RateBP: bracket.RateBP, BaseFen: base, Clause: bracket.Clause}
}

func income(fen *int64, code, what string) (int64, error) {
	switch {
	case fen == nil:
		return 0, fault.Invalid(code, "请填写"+what)
	case *fen < 0:
		return 0, fault.Invalid(code, what+"不能为负数")
	case *fen > maxFen:
		return 0, fault.Invalid(code, what+"太大，请检查是否填写正确")
	}
	return *fen, nil
}

func setAmount(r model.DuesRule, fen *int64) (int64, error) {
	if fen == nil {
		return r.FixedFen, nil
	}
	if *fen < r.LeastFen || *fen > r.MostFen {
		return 0, fault.Invalid("dues.set", fmt.Sprintf("核定金额须在%s元至%s元之间", yuan(r.LeastFen), yuan(r.MostFen)))
	}
	return *fen, nil
}

// yuan writes fen as yuan with two decimals: 1234 is 12.34.
func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
