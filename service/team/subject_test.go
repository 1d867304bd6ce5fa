package team_test

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/team"
)

// TestOrder_subject: whoever works for the unit that a request complains of is neither told of its order nor sent (RULES 9.2): what the
// unit writes there says where the citizen lives.
func TestOrder_subject(t *testing.T) {
	each(t, func(t *testing.T, c *county) {
		ctx, tx := t.Context(), c.db.Read(t.Context())
		c.create(&model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.water.ID, MemberID: &c.outsider.MemberID, GrantedAt: c.db.Now()})
		theirs := c.team(team.Input{Skills: []string{"CARE"}, MemberIDs: []int64{c.outsider.MemberID, c.m2.MemberID}, LeaderID: &c.outsider.MemberID})
		heard := func() (n int64) {
			must(t, tx.Raw("SELECT count(*) FROM message WHERE recipient_type = 'member' AND recipient_id = ?", c.outsider.MemberID).Scan(&n).Error)
			return n
		}
		about := c.request(func(r *model.Request) { r.SubjectDepartmentID, r.Confidential = &c.water.ID, true })
		o, err := c.Ask(ctx, c.unit, about, team.NewOrder{What: "到12号找反映人", Skill: "CARE"})
		must(t, err)
		_, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: theirs.ID, MemberID: &c.outsider.MemberID})
		refused(t, err, "team.not_in_team")
		_, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: theirs.ID}) // nobody is on duty, and this is its leader
		refused(t, err, "team.nobody")
		_, err = c.SetDuty(ctx, c.admin, theirs.ID, "2026-11-20", []int64{c.outsider.MemberID})
		must(t, err)
		_, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: theirs.ID})
		refused(t, err, "team.nobody")
		if o, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: theirs.ID, MemberID: &c.m2.MemberID}); err != nil || *o.MemberID != c.m2.MemberID {
			t.Errorf("%+v, %v", o, err)
		}
		if n := heard(); n != 0 {
			t.Errorf("told %d times", n)
		}
		if _, err = c.Ask(ctx, c.unit, c.request(nil), team.NewOrder{What: "照看老人", Skill: "CARE"}); err != nil || heard() != 1 {
			t.Errorf("of another one: %v, told %d times", err, heard())
		}
	})
}

// TestOrder_words: what a citizen who is not to be known says to a team tells nobody who it is, and stands in no audit log.
func TestOrder_words(t *testing.T) {
	each(t, func(t *testing.T, c *county) {
		ctx, tx := t.Context(), c.db.Read(t.Context())
		c.team(team.Input{MemberIDs: []int64{c.m2.MemberID}, LeaderID: &c.m2.MemberID})
		o, err := c.Ask(ctx, c.unit, c.request(func(r *model.Request) { r.Confidential = true }), team.NewOrder{What: "修水管"})
		must(t, err)
		_, err = c.Claim(ctx, c.m2, o.ID, 0)
		must(t, err)
		const said = "我叫吴群众，电话13907931234，还在滴水"
		telling := func(text string) bool {
			return strings.Contains(text, "吴群众") || strings.Contains(text, "13907931234")
		}
		_, err = c.Visit(ctx, c.m2, o.ID, team.Visited{Note: "已修，留了13907931234"})
		must(t, err)
		_, err = c.Redo(ctx, c.citizen, o.ID, said)
		must(t, err)
		for name, v := range map[string]access.Viewer{"the unit": c.unit, "who goes": c.m2} {
			if seen, err := c.Order(ctx, v, o.ID); err != nil || telling(seen.ConfirmNote) || telling(seen.VisitNote) || !strings.Contains(seen.ConfirmNote, "还在滴水") {
				t.Errorf("%s reads %q, %q, %v", name, seen.ConfirmNote, seen.VisitNote, err)
			}
		}
		for name, v := range map[string]access.Viewer{"the citizen": c.citizen, "the window": c.window} {
			if seen, err := c.Order(ctx, v, o.ID); err != nil || seen.ConfirmNote != said {
				t.Errorf("%s reads %q, %v", name, seen.ConfirmNote, err)
			}
		}
		var leaks []string
		must(t, tx.Raw("SELECT data FROM message WHERE recipient_type = 'member' UNION ALL SELECT after FROM audit_entry").Scan(&leaks).Error)
		for _, text := range leaks {
			if telling(text) {
				t.Errorf("%s", text)
			}
		}
	})
}
