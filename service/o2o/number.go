package o2o

import (
	"fmt"
	"strings"

	"hongyun/model"
)

// nextNumber gives a new request its number: HY, the day, and a count that goes on from day to day. Two that open a request at the
// same moment do not wait for each other, so a number whose request was not kept is left out.
func nextNumber(tx model.Tx) (string, error) {
	n, err := model.Next(tx, "request_number")
	if err != nil {
		return "", fmt.Errorf("number a request: %w", err)
	}
	return fmt.Sprintf("HY%s-%04d", strings.ReplaceAll(string(tx.Day()), "-", ""), n), nil
}
