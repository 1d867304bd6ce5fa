package member_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/member"
	"hongyun/service/roster"
)

// enrolled puts somebody on the roster the way that people come there.
func (b *bundle) enrolled(org model.Org, name, number string, admitted model.Date) model.Member {
	b.t.Helper()
	full := model.Date("2011-07-01")
	m := model.Member{OrgID: org.ID, Name: name, IDSealed: b.vault.Seal(number), IDIndex: b.vault.Index(number), PhoneSealed: b.vault.Seal("13800000001"),
		PhoneIndex: b.vault.Index("13800000001"), Sex: "FEMALE", BornOn: "1980-01-01", Status: model.MemberFull, Standing: model.StandingActive,
		AdmittedOn: admitted, ApprovedOn: &full, FullOn: &full}
	must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return roster.Enrol(tx, &m, admitted) }))
	return m
}

// now reads a member as he or she stands.
func (b *bundle) now(id int64) model.Member {
	b.t.Helper()
	var m model.Member
	must(b.t, b.db.Read(b.ctx).Where("id = ?", id).Take(&m).Error)
	return m
}

// decide records a decision with everything that a proper one has; change makes it another.
func (b *bundle) decide(v access.Viewer, id int64, kind, ground string, on model.Date, change func(*member.DecisionInput)) (member.Decision, error) {
	b.t.Helper()
	in := member.DecisionInput{Kind: kind, Ground: ground, DecidedOn: on, DecidedBy: "支部党员大会", DocumentNo: "甲组〔2026〕1号", Reason: "核实", Version: b.now(id).Version}
	if change != nil {
		change(&in)
	}
	return b.Decide(b.ctx, v, id, in)
}

func TestDecide_LostContact(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		m := b.enrolled(b.one, "李明", "361199199001010018", "2010-07-01")
		own, upper := holder(model.RoleAdmin, b.one), holder(model.RoleAdmin, b.alpha)
		b.t.Run("who is not lost is not found again", func(t *testing.T) {
			_, err := b.decide(own, m.ID, "FOUND", "", "2026-11-20", nil)
			refused(t, err, "decision.wrong_state")
		})
		b.t.Run("the branch records that contact is lost", func(t *testing.T) {
			d, err := b.decide(own, m.ID, "LOST", "", "2026-05-21", nil)
			must(t, err)
			equal(t, d.Before, "ACTIVE")
			equal(t, d.After, "ACTIVE LOST")
			equal(t, *b.now(m.ID).LostSince, "2026-05-21")
		})
		b.t.Run("a suspension comes six months later, and from above", func(t *testing.T) {
			_, err := b.decide(upper, m.ID, "SUSPEND", "LOST", "2026-11-20", nil)
			refused(t, err, "decision.too_early")
			b.clock.Set("2026-11-21 10:00:00")
			_, err = b.decide(own, m.ID, "SUSPEND", "LOST", "2026-11-21", nil)
			refused(t, err, "decision.not_above")
			_, err = b.decide(upper, m.ID, "SUSPEND", "LOST", "2026-11-21", func(in *member.DecisionInput) { in.DocumentNo = " " })
			refused(t, err, "decision.document_no")
			_, err = b.decide(upper, m.ID, "SUSPEND", "LOST", "2026-11-21", nil)
			must(t, err)
			equal(t, b.now(m.ID).Standing, model.StandingSuspended)
		})
		b.t.Run("a removal comes two years later", func(t *testing.T) {
			b.clock.Set("2028-11-20 10:00:00")
			_, err := b.decide(upper, m.ID, "REMOVE", "LOST", "2028-11-20", nil)
			refused(t, err, "decision.too_early")
			b.clock.Set("2028-11-21 10:00:00")
			_, err = b.decide(upper, m.ID, "REMOVE", "LOST", "2028-11-21", nil)
			must(t, err)
			now := b.now(m.ID)
			equal(t, now.Standing, model.StandingRemoved)
			equal(t, *now.LeftOn, "2028-11-21")
		})
		b.t.Run("and is taken back by the opposite, without a gap", func(t *testing.T) {
			_, err := b.decide(own, m.ID, "RESTORE", "", "2028-11-21", nil)
			refused(t, err, "decision.not_above")
			d, err := b.decide(upper, m.ID, "RESTORE", "", "2028-11-21", nil)
			must(t, err)
			equal(t, d.After, "ACTIVE")
			equal(t, b.count("SELECT count(*) FROM member_span WHERE member_id = ? AND (until_on = '2028-11-21' OR until_on IS NULL AND from_on = '2028-11-21')", m.ID), 2)
		})
		b.t.Run("all of it stands in the record, the newest first, for the readers above and nobody aside", func(t *testing.T) {
			all, err := b.Decisions(b.ctx, holder(model.RoleLeader, b.city), m.ID)
			must(t, err)
			var kinds []string
			for _, d := range all {
				kinds = append(kinds, d.Kind)
			}
			if !slices.Equal(kinds, []string{"RESTORE", "REMOVE", "SUSPEND", "LOST"}) {
				t.Fatal(kinds)
			}
			_, err = b.Decisions(b.ctx, holder(model.RoleAdmin, b.beta), m.ID)
			refused(t, err, "not_found")
		})
	})
}

func TestDecide_Refusals(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		upper := holder(model.RoleAdmin, b.alpha)
		m := b.enrolled(b.one, "李明", "361199199001010018", "2010-07-01")
		set := func(change func(*member.DecisionInput)) func(*member.DecisionInput) { return change }
		for _, c := range []struct {
			name         string
			kind, ground string
			on           model.Date
			change       func(*member.DecisionInput)
			want         string
		}{
			{"a day to come", "LOST", "", "2026-11-21", nil, "decision.dates"},
			{"a day before the admission", "DEATH", "", "2010-06-30", nil, "decision.dates"},
			{"in force before it was decided", "SUSPEND", "CUSTODY", "2026-11-20", set(func(in *member.DecisionInput) { in.EffectiveOn = "2026-11-19" }), "decision.dates"},
			{"by nobody", "RECTIFY", "", "2026-11-20", set(func(in *member.DecisionInput) { in.DecidedBy, in.UntilOn = " ", "2027-01-01" }), "decision.decided_by"},
			{"a rectification without an end", "RECTIFY", "", "2026-11-20", nil, "decision.until_on"},
			{"a rectification of more than a year", "RECTIFY", "", "2026-11-20", set(func(in *member.DecisionInput) { in.UntilOn = "2027-11-21" }), "decision.too_long"},
			{"an end for what has none", "LOST", "", "2026-11-20", set(func(in *member.DecisionInput) { in.UntilOn = "2027-01-01" }), "decision.until_on"},
			{"a suspension for lost contact of somebody who is not lost", "SUSPEND", "LOST", "2026-11-20", nil, "decision.wrong_state"},
			{"a suspension without a ground", "SUSPEND", "", "2026-11-20", nil, "decision.ground"},
			{"a removal without a ground", "REMOVE", "", "2026-11-20", nil, "decision.ground"},
			{"a removal for lost contact of somebody who was not suspended", "REMOVE", "LOST", "2026-11-20", nil, "decision.wrong_state"},
			{"a removal after a rectification that never was", "REMOVE", "RECTIFY", "2026-11-20", nil, "decision.too_early"},
			{"a restoration of somebody in good standing", "RESTORE", "", "2026-11-20", nil, "decision.wrong_state"},
			{"an old version", "LOST", "", "2026-11-20", set(func(in *member.DecisionInput) { in.Version++ }), "member.changed"},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				_, err := b.decide(upper, m.ID, c.kind, c.ground, c.on, c.change)
				refused(t, err, c.want)
			})
		}
		equal(b.t, b.count("SELECT count(*) FROM standing_decision"), 0)
		b.t.Run("who only reads may not decide, and who sees nothing finds nothing", func(t *testing.T) {
			_, err := b.decide(holder(model.RoleLeader, b.alpha), m.ID, "LOST", "", "2026-11-20", nil)
			refused(t, err, "auth.forbidden")
			_, err = b.decide(holder(model.RoleAdmin, b.two), m.ID, "LOST", "", "2026-11-20", nil)
			refused(t, err, "not_found")
		})
		b.t.Run("a watched member is marked until the day, and freed by a restoration from above", func(t *testing.T) {
			_, err := b.decide(upper, m.ID, "WATCH", "", "2026-11-20", func(in *member.DecisionInput) { in.UntilOn = "2027-11-20" })
			must(t, err)
			equal(t, *b.now(m.ID).WatchedUntil, "2027-11-20")
			_, err = b.decide(holder(model.RoleAdmin, b.one), m.ID, "RESTORE", "", "2026-11-20", nil)
			refused(t, err, "decision.not_above")
			_, err = b.decide(holder(model.RoleAdmin, b.one), m.ID, "LOST", "", "2026-11-20", nil)
			must(t, err)
			_, err = b.decide(upper, m.ID, "RESTORE", "", "2026-11-20", nil)
			must(t, err)
			equal(t, b.now(m.ID).WatchedUntil == nil, true)
			equal(t, *b.now(m.ID).LostSince, "2026-11-20") // nobody has found him
			_, err = b.decide(holder(model.RoleAdmin, b.one), m.ID, "FOUND", "", "2026-11-20", nil)
			must(t, err)
		})
		b.t.Run("a rectification that ran out without effect allows the removal", func(t *testing.T) {
			_, err := b.decide(upper, m.ID, "RECTIFY", "", "2025-11-19", func(in *member.DecisionInput) { in.UntilOn = "2026-11-19" })
			must(t, err)
			_, err = b.decide(upper, m.ID, "REMOVE", "RECTIFY", "2026-11-20", nil)
			must(t, err)
		})
	})
}

func TestDecide_TwoAtOnce(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		m := b.enrolled(b.one, "李明", "361199199001010018", "2010-07-01")
		kinds := []string{"LOST", "DEATH", "REMOVE", "SUSPEND"}
		errs := make([]error, len(kinds))
		var wg sync.WaitGroup
		for i, kind := range kinds {
			wg.Go(func() {
				_, errs[i] = b.Decide(b.ctx, holder(model.RoleAdmin, b.alpha), m.ID, member.DecisionInput{Kind: kind, Ground: "OTHER", DecidedOn: "2026-11-20",
					DecidedBy: "支部党员大会", DocumentNo: "1号", Reason: "核实", Version: 1})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
				continue
			}
			refused(b.t, err, "member.changed")
			var f *fault.Fault
			errors.As(err, &f)
			equal(b.t, f.Details["version"].(int64), 2)
			changes := f.Details["changes"].([]member.Change)
			if len(changes) == 0 || changes[0].By == "" {
				b.t.Fatalf("says nothing of what has changed: %+v", changes)
			}
		}
		equal(b.t, done, 1)
		equal(b.t, b.count("SELECT count(*) FROM standing_decision"), 1)
	})
}

func TestDecide_LeavingEndsWhatWasHeld(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		m, other := b.enrolled(b.one, "李明", "361199199001010018", "2010-07-01"), b.enrolled(b.one, "王红", "361199199001010026", "2010-07-01")
		upper := holder(model.RoleAdmin, b.alpha)
		for _, who := range []model.Member{m, other} {
			b.create(&model.RoleGrant{MemberID: &who.ID, Role: model.RoleLeader, OrgID: &b.city.ID, GrantedAt: b.db.Now()})
			a := model.Account{MPAppID: "mp", OpenID: who.Name, MemberID: &who.ID, CreatedAt: b.db.Now(), LastLoginAt: b.db.Now()}
			b.create(&a)
			b.create(&model.RoleGrant{AccountID: &a.ID, Role: model.RoleAdmin, OrgID: &b.one.ID, GrantedAt: b.db.Now()})
			b.create(&model.Handover{OrgID: b.one.ID, FromMemberID: &who.ID, ToMemberID: who.ID, State: model.HandoverOpen, Pack: "{}", OpenedAt: b.db.Now()})
			b.create(&model.OrgPost{OrgID: b.one.ID, MemberID: who.ID, Post: model.PostMember, FromOn: "2024-01-01", CreatedAt: b.db.Now()})
			g := model.PartyGroup{OrgID: b.one.ID, Name: who.Name + "组", LeaderID: &who.ID, CreatedAt: b.db.Now()}
			b.create(&g)
			must(b.t, b.db.Read(b.ctx).Model(&model.Member{}).Where("id = ?", who.ID).Update("group_id", g.ID).Error)
			_, err := b.RequestTransfer(b.ctx, upper, who.ID, member.TransferInput{ToOrgID: b.two.ID, Reason: "搬家", Version: 1})
			must(b.t, err)
			_, err = b.RegisterOut(b.ctx, upper, member.FloatingOut{MemberID: who.ID, Place: "上海", LeftOn: "2026-01-01", HostOrgID: b.three.ID})
			must(b.t, err)
		}
		c, err := b.AddCongress(b.ctx, upper, member.CongressInput{OrgID: b.alpha.ID, Number: 3, Name: "第三次代表大会", HeldOn: "2025-06-01", TermUntil: "2030-06-01"})
		must(b.t, err)
		for _, who := range []model.Member{m, other} {
			_, err := b.AddDelegate(b.ctx, upper, c.ID, member.DelegateInput{MemberID: who.ID, ElectedBy: "一支部", ElectedOn: "2025-05-01"})
			must(b.t, err)
		}
		_, err = b.decide(holder(model.RoleAdmin, b.one), m.ID, "DEATH", "", "2026-11-18", nil)
		must(b.t, err)
		held := map[string]string{
			"a role":                "SELECT count(*) FROM role_grant WHERE revoked_at IS NULL AND member_id = ?",
			"a role of the account": "SELECT count(*) FROM role_grant g JOIN account a ON a.id = g.account_id WHERE g.revoked_at IS NULL AND a.member_id = ?",
			"a hand-over":           "SELECT count(*) FROM handover WHERE state = 'OPEN' AND from_member_id = ?",
			"a post":                "SELECT count(*) FROM org_post WHERE until_on IS NULL AND member_id = ?",
			"the lead":              "SELECT count(*) FROM party_group WHERE leader_id = ?",
			"a group":               "SELECT count(*) FROM member WHERE group_id IS NOT NULL AND id = ?",
			"an open transfer":      "SELECT count(*) FROM transfer WHERE state = 'OPEN' AND member_id = ?",
			"a stay":                "SELECT count(*) FROM floating WHERE state IN ('REGISTERED', 'ACTIVE') AND member_id = ?",
			"a mandate":             "SELECT count(*) FROM delegate WHERE ended_on IS NULL AND member_id = ?",
			"a place in a list":     "SELECT count(*) FROM member_span WHERE until_on IS NULL AND member_id = ?",
		}
		for what, query := range held {
			b.t.Run("the dead hold "+what+" no more, others still do", func(t *testing.T) {
				equal(t, b.count(query, m.ID), 0)
				equal(t, b.count(query, other.ID), 1)
			})
		}
		b.t.Run("a death recorded by mistake is taken back by the branch itself, but roles are given anew", func(t *testing.T) {
			_, err := b.decide(holder(model.RoleAdmin, b.one), m.ID, "RESTORE", "", "2026-11-18", nil)
			must(t, err)
			now := b.now(m.ID)
			equal(t, now.Standing, model.StandingActive)
			equal(t, now.LeftOn == nil, true)
			equal(t, b.count(held["a place in a list"], m.ID), 1)
			equal(t, b.count(held["a role"], m.ID), 0)
		})
	})
}
