package demo_test

import (
	"testing"

	"hongyun/model/modeltest"
	"hongyun/service/ledger"
)

// TestDues is what there is to be seen and tried of dues on the first day.
func TestDues(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	db := modeltest.SQLite(t, clock.Now)
	county(t, db, clock, 0.1)
	if r, err := ledger.Check(t.Context(), db); err != nil || !r.OK() {
		t.Fatalf("%+v, %v", r, err)
	}
	unpaid := "FROM dues_bill b WHERE b.state = 'UNPAID' AND b.month <= '2026-11' GROUP BY b.member_id"
	for sentence, sql := range map[string]string{
		"the start page's members owe this month and the last": `SELECT count(*) FROM demo_cast c WHERE c.role = 'member' AND
  (SELECT count(*) FROM dues_bill b WHERE 'm-' || b.member_id = c.person_id AND b.state = 'UNPAID' AND b.month IN ('2026-10', '2026-11')) = 2 HAVING count(*) = 3`,
		"somebody owes more than six months":               "SELECT count(*) FROM (SELECT 1 " + unpaid + " HAVING count(*) >= 7) x",
		"bills of the quarter are made ahead":              "SELECT count(*) FROM dues_bill WHERE month = '2026-12'",
		"cash waits for a second person":                   "SELECT count(*) FROM dues_payment WHERE state = 'RECORDED'",
		"a relief waits for the committee":                 "SELECT count(*) FROM dues_relief WHERE state = 'PENDING'",
		"the reduced pay what is left":                     "SELECT count(*) FROM dues_bill WHERE category = 'REDUCED' AND amount_fen = 20",
		"bases are made of items":                          "SELECT count(*) FROM dues_assessment_item WHERE treatment = 'DEDUCT'",
		"a collector can confirm beside the administrator": "SELECT count(*) FROM role_grant g JOIN role_grant a ON a.org_id = g.org_id AND a.role = 'admin' AND a.member_id <> g.member_id WHERE g.role = 'dues_collector'",
	} {
		if count(t, db, "SELECT count(*) FROM ("+sql+") q WHERE 1 = 1") == 0 || count(t, db, sql) == 0 {
			t.Errorf("it is not so that %s", sentence)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM dues_assessment a WHERE EXISTS (SELECT 1 FROM dues_assessment_item i WHERE i.assessment_id = a.id) AND a.base_fen <>
  (SELECT sum(CASE i.treatment WHEN 'INCLUDE' THEN i.amount_fen WHEN 'DEDUCT' THEN -i.amount_fen ELSE 0 END) FROM dues_assessment_item i WHERE i.assessment_id = a.id)`); n != 0 {
		t.Errorf("%d bases are not the sum of their items", n)
	}
}
