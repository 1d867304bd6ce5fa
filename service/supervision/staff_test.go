package supervision

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func TestStaffScores(t *testing.T) {
	each(t, "2026-10-13 09:00:00", func(t *testing.T, c *county) {
		c.closed(true)
		c.closed(false)
		c.closed(false, func(r *model.Request) { r.SubjectDepartmentID = &c.clinics })
		m, err := c.RecordMark(ctx, c.desk, MarkInput{DepartmentID: c.roads, AccountID: c.handler.AccountID, Kind: model.MarkReward, Points: 120, Day: "2026-10-01", Reason: "锦旗"})
		must(t, err)
		_, err = c.ConfirmMark(ctx, c.admin, m.ID, NoteInput{})
		must(t, err)
		for _, one := range []struct {
			name                   string
			v                      access.Viewer
			people, overdue, score int64
		}{{"the city", c.leader, 1, 2, 20}, {"the unit", c.chief, 1, 2, 20}, {"who works for the unit complained of too", c.ded, 1, 1, 70}, {"another unit", c.other, 0, 0, 0}, {"a citizen", c.citizen, 0, 0, 0}} {
			t.Run(one.name, func(t *testing.T) {
				rows, err := c.StaffScores(ctx, one.v, ScoreFilter{})
				must(t, err)
				equal(t, int64(len(rows)), one.people)
				if one.people == 1 && (rows[0].Name != "陈经办" || rows[0].Overdue != one.overdue || rows[0].Score != one.score || rows[0].Marks != 1) {
					t.Fatalf("%+v", rows)
				}
			})
		}
	})
}
