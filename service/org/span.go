package org

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/fault"
)

// always is the first day of what nobody knows the beginning of.
const always = "1900-01-01"

// remember writes what organisations are now as what they have always been, for those of a subtree that have no history yet.
// It comes before a change.
func remember(tx model.Tx, path string) error {
	_, err := model.Exec(tx, `
INSERT INTO org_span (org_id, parent_id, type, name, path, from_on)
SELECT o.id, o.parent_id, o.type, o.name, o.path, '`+always+`' FROM org o
WHERE o.path >= ? AND o.path < ? AND o.dissolved_on IS NULL AND NOT EXISTS (SELECT 1 FROM org_span s WHERE s.org_id = o.id)`,
		path, model.PathEnd(path))
	return err
}

// settled refuses a day before the last change of any organisation of a subtree, or before one has left it: history is written
// forwards.
func settled(tx model.Tx, path string, on model.Date) error {
	if err := settledWhere(tx, on, "o.path >= ? AND o.path < ?", path, model.PathEnd(path)); err != nil {
		return err
	}
	var left []struct {
		Name    string
		UntilOn model.Date
	}
	err := tx.Raw("SELECT name, until_on FROM org_span WHERE path > ? AND path < ? AND until_on > ? ORDER BY until_on DESC LIMIT 1",
		path, model.PathEnd(path), on).Scan(&left).Error
	if err == nil && len(left) > 0 {
		err = tooEarly(left[0].UntilOn, fmt.Sprintf("下级组织“%s”在%s变更过", left[0].Name, left[0].UntilOn))
	}
	return err
}

func tooEarly(first model.Date, why string) error {
	return fault.Conflict("org.day_too_early", why+"，日期不能早于这一天").With("not_before", first)
}

// settledAt is settled for one organisation alone.
func settledAt(tx model.Tx, id int64, on model.Date) error {
	return settledWhere(tx, on, "o.id = ?", id)
}

func settledWhere(tx model.Tx, on model.Date, where string, args ...any) error {
	var last []struct {
		Name   string
		FromOn model.Date
	}
	err := tx.Raw(`
SELECT o.name, s.from_on FROM org_span s JOIN org o ON o.id = s.org_id
WHERE s.until_on IS NULL AND s.from_on > ? AND `+where+` ORDER BY s.from_on DESC LIMIT 1`, append([]any{on}, args...)...).Scan(&last).Error
	if err == nil && len(last) > 0 {
		err = tooEarly(last[0].FromOn, fmt.Sprintf("“%s”在%s设立或变更过", last[0].Name, last[0].FromOn))
	}
	return err
}

// notAhead refuses a day that has not come: the tree is changed at once.
func notAhead(tx model.Tx, on model.Date) error {
	if on > tx.Day() {
		return fault.Invalid("org.day_ahead", "日期不能晚于今天")
	}
	return nil
}

// follow brings the history of a subtree in line with what its organisations are, from a day on. A change on the same day is
// overwritten, so that a day has one name and one place.
func follow(tx model.Tx, path string, on model.Date) error {
	const differs = ` FROM org o WHERE o.id = s.org_id AND o.path >= ? AND o.path < ? AND s.until_on IS NULL
  AND (s.path <> o.path OR s.name <> o.name OR coalesce(s.parent_id, 0) <> coalesce(o.parent_id, 0))`
	end := model.PathEnd(path)
	steps := []struct {
		sql  string
		args []any
	}{
		{"UPDATE org_span AS s SET parent_id = o.parent_id, name = o.name, path = o.path" + differs + " AND s.from_on = ?", []any{path, end, on}},
		{"UPDATE org_span AS s SET until_on = ?" + differs + " AND s.from_on < ?", []any{on, path, end, on}},
		{`INSERT INTO org_span (org_id, parent_id, type, name, path, from_on)
SELECT o.id, o.parent_id, o.type, o.name, o.path, ? FROM org o
WHERE o.path >= ? AND o.path < ? AND o.dissolved_on IS NULL
  AND EXISTS (SELECT 1 FROM org_span s WHERE s.org_id = o.id AND s.until_on = ?)
  AND NOT EXISTS (SELECT 1 FROM org_span s WHERE s.org_id = o.id AND s.until_on IS NULL)`, []any{on, path, end, on}},
	}
	for _, s := range steps {
		if _, err := model.Exec(tx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}
