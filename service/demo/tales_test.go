package demo_test

import (
	"testing"

	"hongyun/model/modeltest"
)

// TestTales: no page of the window and its supervision is empty, whatever day the county is made on.
func TestTales(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2026-11-24 20:00:00", "2026-10-04 09:30:00", "2027-02-01 00:10:00"} {
		t.Run(day[:10], func(t *testing.T) {
			t.Parallel()
			clock := modeltest.At(day)
			db := modeltest.SQLite(t, clock.Now)
			county(t, db, clock, 0.05)
			for what, query := range map[string]string{
				"confidential complaints about a unit":     "request WHERE confidential AND subject_department_id IS NOT NULL AND unit_content <> ''",
				"anonymous ones that are not solved":       "request WHERE anonymous AND state = 'RATED' AND NOT solved",
				"requests from the web page":               "request WHERE source = 'web'",
				"requests that the window wrote down":      "request WHERE source = 'desk' AND disposition = 'ANSWER'",
				"requests of another system":               "request WHERE source = 'api' AND external_id <> ''",
				"helpers":                                  "request_helper WHERE state = 'OPEN'",
				"merged requests":                          "request WHERE state = 'DUPLICATE' AND duplicate_of IS NOT NULL",
				"returned requests":                        "request WHERE state = 'RETURNED'",
				"requests assigned by the city":            "request WHERE final AND return_count = 2",
				"extensions granted":                       "request_extension WHERE state = 'GRANTED'",
				"extensions refused":                       "request_extension WHERE state = 'REFUSED'",
				"extensions to decide":                     "request_extension WHERE state = 'ASKED'",
				"pauses":                                   "request_pause WHERE resumed_on = ''",
				"pauses that are over":                     "request_pause WHERE resumed_on <> ''",
				"reopened requests":                        "request WHERE reopen_count > 0 AND state = 'RATED'",
				"false closings":                           "request_revisit WHERE false_closing",
				"accountability decided":                   "accountability WHERE state = 'DECIDED'",
				"accountability to decide":                 "accountability WHERE state = 'PROPOSED'",
				"exclusions":                               "request_exclusion WHERE state = 'CONFIRMED'",
				"exclusions to confirm":                    "request_exclusion WHERE state = 'PROPOSED'",
				"chases":                                   "request WHERE chases > 0 AND priority > 0",
				"teams with a leader":                      "service_team WHERE leader_id IS NOT NULL",
				"days of duty":                             "service_duty",
				"orders that nobody has claimed":           "service_order WHERE state = 'OPEN'",
				"claimed orders":                           "service_order WHERE state = 'TAKEN'",
				"confirmed orders":                         "service_order WHERE state = 'CONFIRMED'",
				"rewards and corrections":                  "unit_mark WHERE state = 'CONFIRMED'",
				"marks to confirm":                         "unit_mark WHERE state = 'PROPOSED'",
				"call-backs":                               "request_revisit WHERE state = 'DONE'",
				"released requests":                        "request_release",
				"questions in conversations":               "contact_message WHERE direction = 'in' AND NOT courtesy",
				"answers in conversations":                 "contact_message WHERE direction = 'out'",
				"reminders":                                "request_warning WHERE level = 'REMINDER'",
				"chases by the clock":                      "request_warning WHERE level = 'CHASE'",
				"settled months":                           "rate_month",
				"requests with a topic and a place on map": "request WHERE topic <> '' AND lat IS NOT NULL",
			} {
				if count(t, db, "SELECT count(*) FROM "+query) == 0 {
					t.Errorf("there are no %s", what)
				}
			}
		})
	}
}
