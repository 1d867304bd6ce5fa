package fact

import (
	"fmt"
	"maps"
	"slices"

	"hongyun/model"
	"hongyun/service/ledger"
)

// Kinds of the transfers that facts make.
const (
	KindEarned    = "energy.earned"
	KindTakenBack = "energy.taken_back"
)

// capped is what a day cap is counted by.
type capped struct {
	code   string
	member int64
	day    model.Date
}

// credit posts what the fresh facts earn: quantity times the rule's units, up
// to its cap a day.
func credit(tx model.Tx, facts []model.Fact) error {
	rules, err := rulesOf(tx, facts)
	if err != nil {
		return err
	}
	earned, err := earnedBefore(tx, facts, rules)
	if err != nil {
		return err
	}
	var transfers []ledger.Transfer
	for _, f := range facts {
		rule, ok := ruleFor(rules, f)
		if !ok {
			continue
		}
		units, memo := f.Quantity*rule.Units, ""
		if rule.DayCap != nil {
			day := capped{f.Code, f.SubjectID, f.Day}
			if left := max(*rule.DayCap-earned[day], 0); units > left {
				units, memo = left, "已达每日上限"
			}
			earned[day] += units
		}
		if units > 0 {
			transfers = append(transfers, transfer(f, KindEarned, memo, ledger.EnergyIssued(), ledger.EnergyOf(f.SubjectID), units))
		}
	}
	_, err = ledger.Post(tx, transfers...)
	return err
}

// takeBack posts what the reversed facts had earned back to where it came
// from, at most what the member has left; the memo names the shortfall.
func takeBack(tx model.Tx, reversing []model.Fact) error {
	units, err := earnedBy(tx, reversing)
	if err != nil || len(units) == 0 {
		return err
	}
	var accounts []ledger.Account
	for _, f := range reversing {
		if units[*f.ReversesID] > 0 {
			accounts = append(accounts, ledger.EnergyOf(f.SubjectID))
		}
	}
	held, err := ledger.Lock(tx, accounts...)
	if err != nil {
		return err
	}
	left := make(map[int64]int64, len(held))
	for account, h := range held {
		left[account.OwnerID] = h.Balance
	}
	var transfers []ledger.Transfer
	for _, f := range reversing {
		want := units[*f.ReversesID]
		take, memo := min(want, left[f.SubjectID]), ""
		if take < want {
			memo = fmt.Sprintf("余额不足，少收回%d", want-take)
		}
		if left[f.SubjectID] -= take; take > 0 {
			transfers = append(transfers, transfer(f, KindTakenBack, memo, ledger.EnergyOf(f.SubjectID), ledger.EnergyIssued(), take))
		}
	}
	_, err = ledger.Post(tx, transfers...)
	return err
}

func transfer(f model.Fact, kind, memo string, from, to ledger.Account, units int64) ledger.Transfer {
	return ledger.Transfer{Key: fmt.Sprintf("fact:%d", f.ID), Kind: kind, FactID: &f.ID, Memo: memo, From: from, To: to, Amount: units}
}

// rulesOf reads the rules of the facts' codes, the newest first.
func rulesOf(tx model.Tx, facts []model.Fact) (map[string][]model.EnergyRule, error) {
	codes := map[string]bool{}
	for _, f := range facts {
		codes[f.Code] = true
	}
	var rows []model.EnergyRule
	err := tx.Where("fact_code IN ?", slices.Sorted(maps.Keys(codes))).Order("effective_from DESC").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read energy rules: %w", err)
	}
	rules := map[string][]model.EnergyRule{}
	for _, r := range rows {
		rules[r.FactCode] = append(rules[r.FactCode], r)
	}
	return rules, nil
}

// ruleFor is the rule in force on the fact's day. Organisations earn none.
func ruleFor(rules map[string][]model.EnergyRule, f model.Fact) (model.EnergyRule, bool) {
	if f.SubjectType != model.SubjectMember {
		return model.EnergyRule{}, false
	}
	for _, r := range rules[f.Code] {
		if r.EffectiveFrom <= f.Day {
			return r, true
		}
	}
	return model.EnergyRule{}, false
}

// earnedBefore is what members have by capped rules on the facts' days. Their
// accounts are locked first: two events of one day must not both find it free.
func earnedBefore(tx model.Tx, facts []model.Fact, rules map[string][]model.EnergyRule) (map[capped]int64, error) {
	members, days, accounts := map[int64]bool{}, map[model.Date]bool{}, []ledger.Account{}
	codes := map[string]bool{}
	for _, f := range facts {
		if rule, ok := ruleFor(rules, f); ok && rule.DayCap != nil {
			codes[f.Code], members[f.SubjectID], days[f.Day] = true, true, true
			accounts = append(accounts, ledger.EnergyOf(f.SubjectID))
		}
	}
	earned := map[capped]int64{}
	if len(members) == 0 {
		return earned, nil
	}
	if _, err := ledger.Lock(tx, accounts...); err != nil {
		return nil, err
	}
	var rows []struct {
		Code      string
		SubjectID int64
		Day       model.Date
		Units     int64
	}
	err := tx.Raw(`SELECT f.code, f.subject_id, f.day, CAST(sum(e.amount) AS bigint) AS units
		FROM fact f JOIN ledger_transfer t ON t.fact_id = f.id JOIN ledger_entry e ON e.transfer_id = t.id
		JOIN ledger_account a ON a.id = e.account_id AND a.kind = ? AND a.owner_id = f.subject_id
		WHERE f.subject_type = ? AND `+tx.Dialect.OneOf("f.subject_id", tx.Dialect.Numbers())+` AND f.code IN ? AND f.day IN ?
		GROUP BY f.code, f.subject_id, f.day`, ledger.KindEnergy, model.SubjectMember, model.JSONList(slices.Sorted(maps.Keys(members))),
		slices.Sorted(maps.Keys(codes)), slices.Sorted(maps.Keys(days))).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was earned: %w", err)
	}
	for _, r := range rows {
		earned[capped{r.Code, r.SubjectID, r.Day}] = r.Units
	}
	return earned, nil
}

// earnedBy is what the reversed facts had earned, by their ids.
func earnedBy(tx model.Tx, reversing []model.Fact) (map[int64]int64, error) {
	ids := make([]int64, len(reversing))
	for i, f := range reversing {
		ids[i] = *f.ReversesID
	}
	var rows []struct{ FactID, Amount int64 }
	err := tx.Raw(`SELECT t.fact_id, e.amount FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id
		WHERE `+tx.Dialect.OneOf("t.fact_id", tx.Dialect.Numbers())+` AND t.kind = ? AND e.amount > 0`, model.JSONList(ids), KindEarned).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was earned: %w", err)
	}
	units := make(map[int64]int64, len(rows))
	for _, r := range rows {
		units[r.FactID] = r.Amount
	}
	return units, nil
}
