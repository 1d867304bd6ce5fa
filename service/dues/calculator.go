package dues

import (
	"context"

	"hongyun/model"
	"hongyun/service/rule"
)

// CalculatorInput is what the public calculator asks for. Amounts are in fen.
type CalculatorInput struct {
	Category      string `query:"category" validate:"required,max=50" label:"党员类别"`
	BaseFen       *int64 `query:"base_fen" label:"计算基数"`
	QuarterNetFen *int64 `query:"quarter_net_fen" label:"上季度纯收入"`
	SetFen        *int64 `query:"set_fen" label:"核定金额"`
}

// Calculator works out what would be due in the present month. It needs nobody signed in and keeps nothing.
func (s *Service) Calculator(ctx context.Context, in CalculatorInput) (Amount, error) {
	tx := s.db.Read(ctx)
	rules, err := RulesIn(tx, tx.Day().Month())
	if err != nil {
		return Amount{}, err
	}
	return Due(rules, Basis(in))
}

// RulesIn is the rules in force in a month: of each category those that began last, no later than its first day, and what
// amounts are rounded to.
func RulesIn(tx model.Tx, month model.Month) (Rules, error) {
	var rules Rules
	err := tx.Raw(`SELECT * FROM dues_rule r WHERE r.effective_from =
  (SELECT max(x.effective_from) FROM dues_rule x WHERE x.category = r.category AND x.effective_from <= ?)
ORDER BY r.category, r.over_fen`, month.First()).Scan(&rules.Table).Error
	if err != nil {
		return rules, err
	}
	numbers, err := rule.Load(tx, model.RulesDues, month.First())
	rules.RoundTo = max(int64(numbers.Int("ROUND_TO_FEN")), 1)
	return rules, err
}
