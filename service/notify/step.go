package notify

import "hongyun/model"

// The two UPDATEs below keep what is still ours by a CASE. Written with AND, Postgres takes "lease_owner = ?" for the most
// selective condition and reads the whole table for it.

// putDown writes what became of deliveries, in one UPDATE, and the attempts, in one INSERT. It returns those that it
// changed: a delivery that was taken over, or that a push has settled meanwhile, stays as it is.
func (b *batch) putDown(tx model.Tx) ([]settlement, error) {
	if len(b.settled) == 0 {
		return nil, nil
	}
	values := make([][]any, len(b.settled))
	for i, r := range b.settled {
		a := r.answer
		if a == nil {
			a = &answer{message: r.problem}
		}
		var uncounted int64
		if r.uncounted {
			uncounted = 1
		}
		values[i] = []any{r.ID, r.was, r.state, r.notBefore, uncounted, a.msgID, a.errcode, a.message}
	}
	with, args := valuesOf(tx.Dialect, []column{{"row_id", "bigint"}, {"was", "text"}, {"becomes", "text"}, {"again_at", "time"},
		{"uncounted", "bigint"}, {"answer_id", "text"}, {"code", "bigint"}, {"problem", "text"}}, values)
	var changed []int64
	// What was settled without a send keeps the error of its last try, so that one can see why no channel is left.
	err := tx.Raw(`WITH `+with+`
UPDATE delivery SET state = v.becomes, not_before = v.again_at, attempts = attempts - v.uncounted, updated_at = ?,
 msgid = CASE WHEN v.answer_id = '' THEN msgid ELSE v.answer_id END,
 errcode = CASE WHEN v.was = 'claimed' AND v.problem = '' THEN errcode ELSE v.code END,
 error = CASE WHEN v.was = 'claimed' AND v.problem = '' THEN error ELSE v.problem END
FROM v WHERE delivery.id = v.row_id AND CASE WHEN delivery.state = v.was THEN delivery.lease_owner = ? ELSE FALSE END
RETURNING id`, append(args, tx.Now, b.owner)...).Scan(&changed).Error
	if err != nil {
		return nil, err
	}
	done := make([]settlement, 0, len(changed))
	byID := set(changed)
	var attempts [][]any
	for _, r := range b.settled {
		if !byID[r.ID] {
			continue
		}
		done = append(done, r)
		if a := r.answer; a != nil {
			attempts = append(attempts, []any{r.ID, r.Month, a.at, r.channel, r.appID, a.outcome, a.errcode, a.message})
		}
	}
	return done, insertAttempts(tx, attempts)
}

// insertAttempts is without GORM's Create, which would read every id back.
func insertAttempts(tx model.Tx, values [][]any) error {
	if len(values) == 0 {
		return nil
	}
	with, args := valuesOf(tx.Dialect, []column{{"d", "bigint"}, {"m", "text"}, {"t", "time"}, {"way", "text"}, {"app", "text"},
		{"result", "text"}, {"code", "bigint"}, {"problem", "text"}}, values)
	_, err := model.Exec(tx, `WITH `+with+`
INSERT INTO delivery_attempt (delivery_id, month, at, channel, appid, outcome, errcode, error)
SELECT d, m, t, way, app, result, code, problem FROM v`, args...)
	return err
}

// mark turns claimed deliveries into ones that may be on the wire from now on. Only what is still ours is returned.
func (b *batch) mark(tx model.Tx, group []outgoing) ([]outgoing, error) {
	if len(group) == 0 {
		return nil, nil
	}
	values := make([][]any, len(group))
	for i, o := range group {
		values[i] = []any{o.ID, o.channel, o.appID, o.openID, o.templateID}
	}
	with, args := valuesOf(tx.Dialect, []column{{"row_id", "bigint"}, {"way", "text"}, {"app", "text"}, {"person", "text"},
		{"pattern", "text"}}, values)
	var marked []int64
	err := tx.Raw(`WITH `+with+`
UPDATE delivery SET state = 'sending', channel = v.way, appid = v.app, openid = v.person, template_id = v.pattern, msgid = '',
 errcode = 0, error = '', attempts = attempts + 1, lease_until = ?, updated_at = ?
FROM v WHERE delivery.id = v.row_id AND CASE WHEN delivery.state = 'claimed' THEN delivery.lease_owner = ? ELSE FALSE END
RETURNING id`, append(args, tx.Now.Add(b.s.lease), tx.Now, b.owner)...).Scan(&marked).Error
	if err != nil {
		return nil, err
	}
	byID := set(marked)
	ours := make([]outgoing, 0, len(marked))
	for _, o := range group {
		if byID[o.ID] {
			o.Attempts++
			ours = append(ours, o)
		}
	}
	return ours, nil
}

// unmark gives back deliveries that were marked in the same transaction, to find another channel.
func (b *batch) unmark(tx model.Tx, back []int64) error {
	if len(back) == 0 {
		return nil
	}
	_, err := model.Exec(tx, `UPDATE delivery SET state = 'pending', attempts = attempts - 1, not_before = ?
WHERE id IN ? AND lease_owner = ? AND state = 'sending'`, tx.Now, back, b.owner)
	return err
}

func set(ids []int64) map[int64]bool {
	m := make(map[int64]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}
