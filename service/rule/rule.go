// Package rule reads and changes the single numbers of the rule book that modules check and count by: limits in days,
// months, persons. Each has its family, the day from which it is in force, and its clause. Rates, holidays, time limits
// and job times have tables and owners of their own.
package rule

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Set is the numbers of one family that are in force on one day.
type Set struct {
	rows []model.RuleValue // the newest first
	day  model.Date
}

// Load reads the numbers of a family for a day. One query.
func Load(tx model.Tx, family string, day model.Date) (Set, error) {
	s := Set{day: day}
	err := tx.Raw("SELECT * FROM rule_value WHERE family = ? ORDER BY effective_from DESC, id DESC", family).Scan(&s.rows).Error
	return s, err
}

// On is the same family on another day: a step is judged by the numbers of its own date (RULES, conventions).
func (s Set) On(day model.Date) Set { return Set{rows: s.rows, day: day} }

// Int is a number: of the first variant that has one in force, else the one for all. For a day before the first edition
// the first edition counts, but a variant that came later does not count before what was in force. A code that the table
// does not know is 0.
func (s Set) Int(code string, variants ...string) int {
	return int(s.row(code, variants).Value)
}

// Edition names the edition of the regulation that a number comes from: DEV2026.
func (s Set) Edition(code string, variants ...string) string { return s.row(code, variants).RuleSet }

// Clause says where a number stands.
func (s Set) Clause(code string, variants ...string) string { return s.row(code, variants).Clause }

func (s Set) row(code string, variants []string) model.RuleValue {
	var first model.RuleValue // the earliest edition of the nearest variant
	for _, variant := range append(slices.Clip(variants), "") {
		var oldest model.RuleValue
		for _, r := range s.rows {
			if r.Code != code || r.Variant != variant {
				continue
			}
			if r.EffectiveFrom <= s.day {
				return r
			}
			oldest = r
		}
		if first.Code == "" {
			first = oldest
		}
	}
	return first
}

// known is the row that a new number would replace: the same variant, or the type's where the variant is a type with a
// kind (BRANCH/农村). No row: nothing reads such a number.
func (s Set) known(code, variant string, kinds []string) model.RuleValue {
	exact := func(variant string) bool {
		return slices.ContainsFunc(s.rows, func(r model.RuleValue) bool { return r.Code == code && r.Variant == variant })
	}
	if exact(variant) {
		return s.row(code, []string{variant})
	}
	if whole, kind, ok := strings.Cut(variant, "/"); ok && exact(whole) && slices.Contains(kinds, kind) {
		return s.row(code, []string{whole})
	}
	return model.RuleValue{}
}

// Service shows and changes the numbers. It is safe for concurrent use.
type Service struct{ db *model.DB }

// New makes the service.
func New(db *model.DB) *Service { return &Service{db: db} }

// View is one number with its clause.
type View struct {
	ID            int64      `json:"id"`
	Family        string     `json:"family"`
	Code          string     `json:"code"`
	Variant       string     `json:"variant"`
	Value         int64      `json:"value"`
	RuleSet       string     `json:"rule_set"`
	EffectiveFrom model.Date `json:"effective_from"`
	Clause        string     `json:"clause"`
}

// Values lists the numbers of a family, all of them where family is empty, the newest edition of each first.
func (s *Service) Values(ctx context.Context, family string) ([]View, error) {
	rows := []View{}
	err := s.db.Read(ctx).Raw(`SELECT * FROM rule_value WHERE family = ? OR ? = ''
ORDER BY family, code, variant, effective_from DESC`, family, family).Scan(&rows).Error
	return rows, err
}

// Input is a number that counts from a day on. What counted before stays as it was.
type Input struct {
	Family        string     `json:"family" validate:"required,oneof=org member development sheet dues o2o" label:"规则类别"`
	Code          string     `json:"code" validate:"required,max=60,text" label:"规则代码"`
	Variant       string     `json:"variant" validate:"max=60" label:"适用对象"`
	Value         int64      `json:"value" validate:"min=-1000000,max=1000000" label:"数值"` // below 0: points of a score alone
	EffectiveFrom model.Date `json:"effective_from" validate:"required,date" label:"生效日期"`
	Clause        string     `json:"clause" validate:"required,max=200,text" label:"依据"`
}

// spanMost is the most that a number may be: a span of time is at most a hundred years, so that no day falls out of the calendar.
func spanMost(code string) int64 {
	for _, s := range []struct {
		unit string
		most int64
	}{{"YEARS", 100}, {"MONTHS", 1200}, {"DAYS", 36500}, {"AGE", 100}} {
		if strings.Contains(code, s.unit) {
			return s.most
		}
	}
	return math.MaxInt64 // the input has a bound of its own
}

// SetValue enters a number: v is a city administrator (the route says so). A code that no rule knows is refused; a day
// that has begun cannot be changed any more, because steps were judged by it.
//
// Faults: rule.unknown, rule.negative, rule.too_long, rule.in_the_past.
func (s *Service) SetValue(ctx context.Context, v access.Viewer, in Input) (View, error) {
	var view View
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		known, err := Load(tx, in.Family, in.EffectiveFrom)
		if err != nil {
			return err
		}
		var kinds []string
		if err := tx.Raw("SELECT title FROM lookup WHERE list = ?", model.ListOrgKind).Scan(&kinds).Error; err != nil {
			return err
		}
		old := known.known(in.Code, in.Variant, kinds)
		if old.Code == "" {
			return fault.Invalid("rule.unknown", "没有这项规则，请从列表中选择")
		}
		if in.Value < 0 && !(in.Family == model.RulesO2O && in.Code == "SCORE") {
			return fault.Invalid("rule.negative", "该数值不能小于0").With("field", "value")
		}
		if most := spanMost(in.Code); in.Value > most {
			return fault.Invalid("rule.too_long", fmt.Sprintf("该期限最多为%d，请核对单位", most)).With("most", most)
		}
		if in.EffectiveFrom <= tx.Day() {
			return fault.Invalid("rule.in_the_past", "生效日期须在今天之后，已生效的规则不能改写")
		}
		row := model.RuleValue{Family: in.Family, Code: in.Code, Variant: in.Variant, Value: in.Value, RuleSet: old.RuleSet,
			EffectiveFrom: in.EffectiveFrom, Clause: in.Clause}
		key := []clause.Column{{Name: "family"}, {Name: "code"}, {Name: "variant"}, {Name: "effective_from"}}
		err = tx.Clauses(clause.OnConflict{Columns: key, DoUpdates: clause.AssignmentColumns([]string{"value", "clause"})}).Create(&row).Error
		if err != nil {
			return err
		}
		err = tx.Raw("SELECT * FROM rule_value WHERE family = ? AND code = ? AND variant = ? AND effective_from = ?",
			in.Family, in.Code, in.Variant, in.EffectiveFrom).Scan(&view).Error
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "rule.set", ObjectType: "rule_value", ObjectID: view.ID, Before: View(old), After: view})
		return nil
	})
	return view, err
}
