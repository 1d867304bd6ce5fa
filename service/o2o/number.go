package o2o

import (
	"fmt"
	"strings"

	"hongyun/model"
)

// nextNumber gives a new request its number: HY, the day, and a count of that day that starts at 0001. The counter's
// row stays locked until the commit, so numbers have no gaps and no twins.
func nextNumber(tx model.Tx) (string, error) {
	day := tx.Day()
	var n int64
	err := tx.Raw(`
		INSERT INTO sequence (name, value) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1
		RETURNING value`, "request/"+string(day)).Scan(&n).Error
	if err != nil {
		return "", fmt.Errorf("number a request: %w", err)
	}
	return fmt.Sprintf("HY%s-%04d", strings.ReplaceAll(string(day), "-", ""), n), nil
}
