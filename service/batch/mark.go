package batch

import "hongyun/model"

// Between stands between two reasons of one row.
const Between = "；"

// Mark adds a reason, an SQL expression, to the drafts of a batch that match the condition, unless it stands there
// already: sign is the part of it that tells.
func Mark(tx model.Tx, table string, batchID int64, sign, reason, where string, args ...any) error {
	_, err := model.Exec(tx, "UPDATE "+table+" SET error = CASE WHEN error = '' THEN '' ELSE error || '"+Between+"' END || ("+reason+
		") WHERE batch_id = ? AND error NOT LIKE ? AND ("+where+")", append([]any{batchID, "%" + sign + "%"}, args...)...)
	return err
}
