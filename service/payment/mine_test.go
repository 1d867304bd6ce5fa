package payment

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestMyPayments_ByIndex: a member's payments are found along indexes, however many others there are.
func TestMyPayments_ByIndex(t *testing.T) {
	t.Parallel()
	db := modeltest.Postgres(t, modeltest.At("2026-11-20 09:00:00").Now)
	err := db.Tx(bg, func(tx model.Tx) error {
		if err := tx.Exec("SET LOCAL enable_seqscan = off").Error; err != nil {
			return err
		}
		var plan []string
		if err := tx.Raw("EXPLAIN SELECT count(*) FROM dues_payment p"+ownCondition, 1, 1).Scan(&plan).Error; err != nil {
			return err
		}
		if all := strings.Join(plan, "\n"); strings.Contains(all, "Seq Scan") {
			t.Error(all)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
