package supervision

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func viewer(v any) access.Viewer { return v.(access.Viewer) }

func TestExclusion(t *testing.T) {
	each(t, "2026-10-13 09:00:00", func(t *testing.T, c *county) {
		excluded := func(id int64) (on string) {
			must(t, c.db.Read(ctx).Raw("SELECT excluded_on FROM request WHERE id = ?", id).Scan(&on).Error)
			return on
		}
		in := ReasonInput{Reason: "重复恶意反映"}
		t.Run("the unit proposes, the city confirms, from today on", func(t *testing.T) {
			r, _ := c.closed(false)
			x, err := c.ProposeExclusion(ctx, c.chief, r.ID, in)
			must(t, err)
			equal(t, excluded(r.ID), "")
			_, err = c.ProposeExclusion(ctx, c.desk, r.ID, in)
			refused(t, err, "supervision.already_proposed")
			out, err := c.ConfirmExclusion(ctx, c.admin, x.ID, NoteInput{})
			must(t, err)
			equal(t, out.StateName, "已确认")
			equal(t, excluded(r.ID), "2026-10-13")
			_, err = c.RefuseExclusion(ctx, c.admin2, x.ID, DismissInput{Note: "x"})
			refused(t, err, "supervision.decided")
		})
		t.Run("nobody confirms the own proposal, nor for the own unit", func(t *testing.T) {
			r, _ := c.closed(false)
			x, err := c.ProposeExclusion(ctx, c.admin, r.ID, in)
			must(t, err)
			_, err = c.ConfirmExclusion(ctx, c.admin, x.ID, NoteInput{})
			refused(t, err, "supervision.same_person")
			own := c.person("兼职", model.RoleGrant{Role: model.RoleAdmin, OrgID: &c.city}, model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.roads})
			_, err = c.ConfirmExclusion(ctx, own, x.ID, NoteInput{})
			refused(t, err, "supervision.own_unit")
			_, err = c.ConfirmExclusion(ctx, c.desk, x.ID, NoteInput{})
			refused(t, err, "auth.forbidden")
			equal(t, excluded(r.ID), "")
			err = c.db.Read(ctx).Exec("UPDATE request_exclusion SET decided_by = proposed_by WHERE id = ?", x.ID).Error
			if err == nil {
				t.Fatal("the table takes one person for two")
			}
		})
		t.Run("refused, it counts and may be proposed again", func(t *testing.T) {
			r, _ := c.closed(false)
			x, err := c.ProposeExclusion(ctx, c.desk, r.ID, in)
			must(t, err)
			_, err = c.RefuseExclusion(ctx, c.admin, x.ID, DismissInput{Note: "理由不足"})
			must(t, err)
			equal(t, excluded(r.ID), "")
			_, err = c.ProposeExclusion(ctx, c.desk, r.ID, in)
			must(t, err)
		})
		t.Run("who may not propose", func(t *testing.T) {
			r, _ := c.closed(false)
			for who, code := range map[*access.Viewer]string{&c.other: "not_found", &c.citizen: "not_found", &c.leader: "auth.forbidden"} {
				_, err := c.ProposeExclusion(ctx, *who, r.ID, in)
				refused(t, err, code)
			}
			declined, _ := c.closed(false, func(r *model.Request) { r.State = model.RequestDeclined })
			_, err := c.ProposeExclusion(ctx, c.desk, declined.ID, in)
			refused(t, err, "supervision.not_counted")
		})
		t.Run("a unit lists its own", func(t *testing.T) {
			_, own, err := c.Exclusions(ctx, c.handler, ExclusionFilter{}, 0, 50)
			must(t, err)
			_, all, err := c.Exclusions(ctx, c.leader, ExclusionFilter{}, 0, 50)
			must(t, err)
			_, others, err := c.Exclusions(ctx, c.other, ExclusionFilter{}, 0, 50)
			must(t, err)
			if own != all || own != 4 || others != 0 {
				t.Fatalf("%d, %d, %d", own, all, others)
			}
		})
	})
}

func TestMarks(t *testing.T) {
	each(t, "2026-10-13 09:00:00", func(t *testing.T, c *county) {
		in := MarkInput{DepartmentID: c.roads, Kind: model.MarkReward, Points: 200, Day: "2026-10-12", Reason: "锦旗一面"}
		t.Run("what cannot be right is refused", func(t *testing.T) {
			for _, one := range []struct {
				code   string
				change func(*MarkInput)
			}{
				{"supervision.no_points", func(in *MarkInput) { in.Points = 0 }},
				{"supervision.no_points", func(in *MarkInput) { in.Points = -100 }},
				{"supervision.future_day", func(in *MarkInput) { in.Day = "2026-10-14" }},
				{"supervision.no_staff", func(in *MarkInput) { in.AccountID = c.other.AccountID }},
				{"o2o.no_department", func(in *MarkInput) { in.DepartmentID = 999999 }},
				{"not_found", func(in *MarkInput) { in.RequestID = 999999 }},
			} {
				bad := in
				one.change(&bad)
				_, err := c.RecordMark(ctx, c.desk, bad)
				refused(t, err, one.code)
			}
			_, err := c.RecordMark(ctx, c.chief, in)
			refused(t, err, "auth.forbidden")
			_, err = c.RecordMark(ctx, c.ded, MarkInput{DepartmentID: c.clinics, Kind: model.MarkReward, Points: 100, Day: "2026-10-12", Reason: "x"})
			refused(t, err, "supervision.own_unit")
		})
		t.Run("a mark counts when a second person has confirmed it", func(t *testing.T) {
			m, err := c.RecordMark(ctx, c.admin, in)
			must(t, err)
			_, err = c.ConfirmMark(ctx, c.admin, m.ID, NoteInput{})
			refused(t, err, "supervision.same_person")
			equal(t, c.score(c.leader, c.roads).Score, 10000)
			_, err = c.ConfirmMark(ctx, c.admin2, m.ID, NoteInput{})
			must(t, err)
			equal(t, c.score(c.leader, c.roads).Score, 10200)
			_, err = c.RefuseMark(ctx, c.admin2, m.ID, DismissInput{Note: "x"})
			refused(t, err, "supervision.decided")
		})
		t.Run("one for a person leaves the unit's score alone", func(t *testing.T) {
			of := in
			of.AccountID, of.Kind, of.Points = c.handler.AccountID, model.MarkCorrection, -300
			m, err := c.RecordMark(ctx, c.desk, of)
			must(t, err)
			equal(t, m.StaffName, "陈经办")
			_, err = c.ConfirmMark(ctx, c.admin, m.ID, NoteInput{})
			must(t, err)
			equal(t, c.score(c.leader, c.roads).Score, 10200)
			_, n, err := c.Marks(ctx, c.handler, MarkFilter{AccountID: c.handler.AccountID, State: model.Confirmed}, 0, 10)
			must(t, err)
			equal(t, n, 1)
			_, n, err = c.Marks(ctx, c.other, MarkFilter{}, 0, 10)
			must(t, err)
			equal(t, n, 0)
		})
	})
}

func (c *county) score(v access.Viewer, unit int64) Score {
	c.t.Helper()
	sheet, err := c.Scores(ctx, v, ScoreFilter{DepartmentID: unit})
	must(c.t, err)
	if len(sheet.Items) != 1 {
		c.t.Fatalf("%+v", sheet)
	}
	return sheet.Items[0]
}

func TestScores(t *testing.T) {
	each(t, "2026-10-13 08:30:00", func(t *testing.T, c *county) {
		// of the roads in October: two closed late, one criticised, one falsely closed, one good and one bad rating
		c.closed(true)
		for range 2 {
			c.closed(false)
		}
		c.request(model.ClockHandle, "2026-09-30")
		_, err := c.Warn(ctx)
		must(t, err)
		r, x := c.closed(true)
		out, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: no, Satisfied: no, FalseClosing: true})
		must(t, err)
		equal(t, c.score(c.leader, c.roads).FalseClosings, 0)
		_, err = c.Decide(ctx, c.admin, *out.AccountabilityID, DecideInput{Measure: model.MeasureInterview})
		must(t, err)
		for i, rating := range []int64{3, 2} {
			c.create(&model.RequestRating{RequestID: r.ID, Round: int64(i), Rating: rating, DepartmentID: &c.roads, RatedOn: "2026-10-13", CreatedAt: c.db.Now()})
		}
		// another month, and the window's own
		c.create(&model.RequestRating{RequestID: r.ID, Round: 2, Rating: 1, DepartmentID: &c.roads, RatedOn: "2026-09-30", CreatedAt: c.db.Now()})
		c.create(&model.RequestRating{RequestID: r.ID, Round: 3, Rating: 1, RatedOn: "2026-10-13", CreatedAt: c.db.Now()})
		hidden, _ := c.closed(false, func(r *model.Request) { r.SubjectDepartmentID = &c.clinics })

		counts := func(v access.Viewer) [5]int64 {
			s := c.score(v, c.roads)
			return [5]int64{s.Overdue, s.Criticisms, s.FalseClosings, s.Dissatisfied, s.Satisfied}
		}
		t.Run("100 points less 3 overdue, a criticism, a false closing, a bad rating, plus a good one", func(t *testing.T) {
			equal(t, counts(c.leader), [5]int64{3, 1, 1, 1, 1})
			equal(t, c.score(c.leader, c.roads).Score, 10000-3*50-100-200-20+5)
		})
		t.Run("each number opens its list, for every viewer", func(t *testing.T) {
			for _, v := range []access.Viewer{c.leader, c.chief, c.ded} {
				n := counts(v)
				for i, part := range parts {
					rows, total, err := c.ScoreLines(ctx, v, LineFilter{ScoreFilter: ScoreFilter{DepartmentID: c.roads}, Part: part}, 0, 50)
					must(t, err)
					if total != n[i] || int64(len(rows)) != total {
						t.Errorf("%s: %d and %d rows of %d", part, total, len(rows), n[i])
					}
				}
			}
			equal(t, counts(c.ded)[0], 2)
		})
		t.Run("units see their own alone", func(t *testing.T) {
			for _, one := range []struct {
				v    access.Viewer
				want int
			}{{c.leader, 2}, {c.desk, 2}, {c.chief, 1}, {c.other, 1}, {c.citizen, 0}} {
				sheet, err := c.Scores(ctx, one.v, ScoreFilter{})
				must(t, err)
				equal(t, len(sheet.Items), one.want)
			}
		})
		t.Run("a dismissed criticism does not count", func(t *testing.T) {
			var id int64
			must(t, c.db.Read(ctx).Raw("SELECT id FROM accountability WHERE kind = 'OVERDUE'").Scan(&id).Error)
			_, err := c.Dismiss(ctx, c.admin, id, DismissInput{Note: "系统故障"})
			must(t, err)
			equal(t, counts(c.leader)[1], 0)
		})
		t.Run("what is excluded does not count, unless the month was settled before", func(t *testing.T) {
			c.exec("UPDATE request SET excluded_on = '2026-10-13' WHERE id = ?", hidden.ID)
			equal(t, counts(c.leader)[0], 2)
			c.create(&model.RateMonth{Month: "2026-10", ClosedAt: c.db.Now().AddDate(0, 0, -1)})
			equal(t, counts(c.leader)[0], 3)
		})
	})
}
