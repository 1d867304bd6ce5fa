package o2o

import (
	"slices"

	"hongyun/model"
	"hongyun/service/rule"
)

// repeatsCompared bounds how many of a citizen's latest requests a new one is compared with.
const repeatsCompared = 20

// noteRepeat links a new request to the first one that the same citizen sent in the same matter within REPEAT_DAYS, counts it
// there, and raises the priority of both at REPEAT_PRIORITY (RULES 9.2). Nothing is dropped: it goes its way as any other. What
// has become of the first one does not matter, unless the citizen took it back.
//
// It reads along the indexes of account, contact and telephone: two short queries for whoever writes for the first time.
func noteRepeat(tx model.Tx, r *model.Request) error {
	if r.RepeatOf != nil {
		return nil
	}
	ids, args, err := samePerson(tx, *r)
	if err != nil || ids == "" {
		return err
	}
	var earlier []model.Request
	err = tx.Raw(`WITH theirs AS MATERIALIZED (`+ids+`)
		SELECT r.id, r.content, r.repeat_of, r.submitted_on FROM theirs JOIN request r ON r.id = theirs.id
		WHERE r.id < ? AND r.state NOT IN ? ORDER BY r.id DESC LIMIT ?`,
		append(args, r.ID, []string{model.RequestWithdrawn, model.RequestConversation}, repeatsCompared)...).Scan(&earlier).Error
	if err != nil || len(earlier) == 0 {
		return err
	}
	numbers, err := rule.Load(tx, ruleFamily, tx.Day())
	if err != nil {
		return err
	}
	since := tx.Day().AddDays(-numbers.Int("REPEAT_DAYS"))
	words := bigrams(r.Content)
	i := slices.IndexFunc(earlier, func(e model.Request) bool {
		return e.SubmittedOn >= since && likeness(words, bigrams(e.Content)) >= numbers.Int("SIMILAR_PERCENT")
	})
	if i < 0 {
		return nil
	}
	first := earlier[i].ID
	if earlier[i].RepeatOf != nil {
		first = *earlier[i].RepeatOf
	}
	times := int64(numbers.Int("REPEAT_PRIORITY"))
	var row model.Request
	err = tx.Raw(`UPDATE request SET repeats = repeats + 1, priority = CASE WHEN repeats + 2 >= ? AND priority < 1 THEN 1 ELSE priority END
		WHERE id = ? RETURNING repeats`, times, first).Scan(&row).Error
	if err != nil {
		return err
	}
	r.RepeatOf = &first
	if row.Repeats+1 >= times {
		r.Priority = max(r.Priority, 1)
	}
	return tx.Model(&model.Request{}).Where("id = ?", r.ID).Updates(map[string]any{"repeat_of": first, "priority": r.Priority}).Error
}

// forgetRepeat takes back the count of what turned out to be no request.
func forgetRepeat(tx model.Tx, r *model.Request) error {
	if r.RepeatOf == nil {
		return nil
	}
	_, err := model.Exec(tx, "UPDATE request SET repeats = repeats - 1 WHERE id = ? AND repeats > 0", *r.RepeatOf)
	return err
}
