package org_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/org"
	"hongyun/service/vote"
)

func elected(ids ...int64) (list []org.Elected) {
	order := []string{model.PostSecretary, model.PostOrganisation, model.PostPublicity, model.PostDiscipline, model.PostYouth}
	for i, id := range ids {
		list = append(list, org.Elected{MemberID: id, Post: order[i]})
	}
	return list
}

func TestLeadership_RecordTerm(t *testing.T) {
	eachHouse(t, func(h *house) {
		ids := h.members("一支部", 10)
		stranger := h.member("三支部")
		watched, novice := h.member("一支部"), h.member("一支部")
		h.exec("UPDATE member SET watched_until = '2026-12-31' WHERE id = ?", watched)
		h.exec("UPDATE member SET status = 'PROBATIONARY', full_on = NULL WHERE id = ?", novice)
		one := h.by["一支部"].ID
		own, above := h.holder(model.RoleAdmin, "一支部"), h.holder(model.RoleAdmin, "甲委")
		in := func(edit func(*org.TermInput)) org.TermInput {
			in := org.TermInput{ElectedOn: "2026-11-10", DocumentNo: "组批〔2026〕1号", Present: 9, Yes: 8, No: 1, Elected: elected(ids[:3]...)}
			edit(&in)
			return in
		}
		for _, c := range []struct {
			name string
			v    access.Viewer
			in   org.TermInput
			code string
		}{
			{"four fifths must be there", own, in(func(in *org.TermInput) { in.Present, in.Yes, in.No = 7, 7, 0 }), "term.not_quorate"},
			{"more than half must say yes", own, in(func(in *org.TermInput) { in.Yes, in.No = 5, 4 }), "term.not_passed"},
			{"an election without its numbers", own, in(func(in *org.TermInput) { in.Present, in.Yes, in.No = 0, 0, 0 }), "term.ballot_missing"},
			{"a branch's voters stand in the roster", own, in(func(in *org.TermInput) { in.Voters = 5 }), "term.voters"},
			{"an election that is still to come", own, in(func(in *org.TermInput) { in.ElectedOn = "2026-11-21" }), "term.future"},
			{"a term that is longer than the rule", own, in(func(in *org.TermInput) { in.EndsOn = "2031-11-11" }), "term.ends"},
			{"a term that ends before it begins", own, in(func(in *org.TermInput) { in.EndsOn = "2026-11-10" }), "term.ends"},
			{"two secretaries", own, in(func(in *org.TermInput) { in.Elected[1].Post = model.PostSecretary }), "term.two_secretaries"},
			{"the same post twice", own, in(func(in *org.TermInput) { in.Elected[1] = in.Elected[0] }), "term.twice"},
			{"who is watched cannot be elected", own, in(func(in *org.TermInput) { in.Elected[2].MemberID = watched }), "post.no_right"},
			{"nor who is probationary", own, in(func(in *org.TermInput) { in.Elected[2].MemberID = novice }), "post.no_right"},
			{"nor another committee's member", own, in(func(in *org.TermInput) { in.Elected[2].MemberID = stranger }), "post.no_right"},
			{"nor nobody", own, in(func(in *org.TermInput) { in.Elected[2].MemberID = 999999 }), "post.no_right"},
			{"more there than may vote", own, in(func(in *org.TermInput) { in.Present = 11 }), "vote.too_many_present"},
			{"a leader records nothing", h.holder(model.RoleLeader, "甲委"), in(func(*org.TermInput) {}), "auth.forbidden"},
			{"a member of the branch neither", access.Viewer{AccountID: 1, MemberID: ids[0], OrgID: one, OrgPath: h.by["一支部"].Path}, in(func(*org.TermInput) {}), "auth.forbidden"},
			{"another committee finds nothing", h.holder(model.RoleAdmin, "乙委"), in(func(*org.TermInput) {}), "not_found"},
		} {
			h.t.Run(c.name, func(t *testing.T) {
				_, err := h.RecordTerm(t.Context(), c.v, one, c.in)
				f := refused(t, err, c.code)
				if c.code == "term.not_quorate" {
					equal(t, fmt.Sprint(f.Details["eligible"], f.Details["present"], f.Details["present_least"]), "10 7 8")
				}
				if c.code == "term.not_passed" {
					equal(t, fmt.Sprint(f.Details["yes"], f.Details["yes_least"]), "5 6")
				}
				equal(t, h.count("SELECT count(*) FROM org_term")+h.count("SELECT count(*) FROM vote")+h.count("SELECT count(*) FROM org_post"), 0)
			})
		}
		h.t.Run("a village's branch is elected for five years", func(t *testing.T) {
			l, err := h.RecordTerm(t.Context(), own, one, in(func(*org.TermInput) {}))
			must(t, err)
			equal(t, l.Term.Number, 1)
			equal(t, l.Term.EndsOn, "2031-11-10")
			equal(t, l.Term.Vote.Eligible, 10)
			equal(t, len(l.Posts), 3)
			equal(t, l.Posts[0].Title, "书记")
			equal(t, l.Posts[0].MemberID, ids[0])
		})
		h.t.Run("a second election on the same day or before is refused", func(t *testing.T) {
			for _, day := range []model.Date{"2026-11-10", "2026-11-09"} {
				_, err := h.RecordTerm(t.Context(), own, one, in(func(in *org.TermInput) { in.ElectedOn = day }))
				refused(t, err, "term.not_later")
			}
		})
		h.t.Run("the next term ends the posts of the one before", func(t *testing.T) {
			l, err := h.RecordTerm(t.Context(), above, one, in(func(in *org.TermInput) {
				in.ElectedOn, in.EndsOn, in.Elected = "2026-11-15", "2030-06-30", elected(ids[3:6]...)
				in.Exclusions = []vote.Exclusion{{MemberID: ids[9], Reason: "长期患病"}}
			}))
			must(t, err)
			equal(t, l.Term.Number, 2)
			equal(t, l.Term.EndsOn, "2030-06-30")
			equal(t, l.Term.Vote.Eligible, 9)
			equal(t, len(l.Posts), 3)
			equal(t, l.Posts[0].MemberID, ids[3])
			equal(t, len(l.Past), 1)
			equal(t, *l.Past[0].Posts[0].UntilOn, "2026-11-15")
		})
		h.t.Run("the number goes up", func(t *testing.T) {
			_, err := h.RecordTerm(t.Context(), own, one, in(func(in *org.TermInput) { in.ElectedOn, in.Number = "2026-11-18", 2 }))
			refused(t, err, "term.number")
		})
		h.t.Run("a committee gives the number of its voters, and elects from all its branches", func(t *testing.T) {
			_, err := h.RecordTerm(t.Context(), above, h.by["甲委"].ID, in(func(*org.TermInput) {}))
			refused(t, err, "term.voters")
			l, err := h.RecordTerm(t.Context(), above, h.by["甲委"].ID, in(func(in *org.TermInput) { in.Voters = 10 }))
			must(t, err)
			equal(t, l.Term.EndsOn, "2031-11-10")
		})
		h.t.Run("an election before the organisation was on the platform may stand without its numbers", func(t *testing.T) {
			two := h.members("二支部", 3)
			l, err := h.RecordTerm(t.Context(), above, h.by["二支部"].ID, in(func(in *org.TermInput) {
				in.ElectedOn, in.Elected = "2019-12-31", elected(two[0])
				in.Present, in.Yes, in.No = 0, 0, 0
			}))
			must(t, err)
			equal(t, l.Term.Vote == nil, true)
			equal(t, l.Term.EndsOn, "2022-12-31") // three years: no village
			equal(t, l.Term.Overdue, true)
		})
	})
}

func TestLeadership_RecordTerm_atOnce(t *testing.T) {
	eachHouse(t, func(h *house) {
		ids := h.members("一支部", 6)
		v := h.holder(model.RoleAdmin, "一支部")
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = h.RecordTerm(h.t.Context(), v, h.by["一支部"].ID, org.TermInput{ElectedOn: "2026-11-10",
					Present: 6, Yes: 6, Elected: elected(ids[i])})
			})
		}
		wg.Wait()
		h.t.Run("of administrators who record the same election at once one is heard", func(t *testing.T) {
			equal(t, slices.Index(errs, nil) >= 0, true)
			equal(t, h.count("SELECT count(*) FROM org_term"), 1)
			equal(t, h.count("SELECT count(*) FROM vote"), 1)
			equal(t, h.count("SELECT count(*) FROM org_post WHERE until_on IS NULL"), 1)
		})
	})
}

func TestLeadership_Postpone(t *testing.T) {
	eachHouse(t, func(h *house) {
		term := h.term("一支部", "2021-12-01", "2026-12-01")
		own, above := h.holder(model.RoleAdmin, "一支部"), h.holder(model.RoleAdmin, "总支")
		in := org.PostponementInput{Until: "2027-12-01", DocumentNo: "组批〔2026〕2号"}
		for _, c := range []struct {
			name  string
			v     access.Viewer
			until model.Date
			code  string
		}{
			{"not by its own administrator", own, in.Until, "org.not_above"},
			{"not by more than a year", above, "2027-12-02", "term.postponed_too_long"},
			{"not to an earlier day", above, "2026-12-01", "term.postponed_too_long"},
			{"not from another committee", h.holder(model.RoleAdmin, "乙委"), in.Until, "not_found"},
			{"not by a leader above", h.holder(model.RoleLeader, "甲委"), in.Until, "auth.forbidden"},
		} {
			h.t.Run(c.name, func(t *testing.T) {
				_, err := h.Postpone(t.Context(), c.v, term.ID, org.PostponementInput{Until: c.until, DocumentNo: "号"})
				refused(t, err, c.code)
			})
		}
		h.t.Run("by the level above up to a year, and once more to another day", func(t *testing.T) {
			l, err := h.Postpone(t.Context(), above, term.ID, in)
			must(t, err)
			equal(t, *l.Term.PostponedUntil, "2027-12-01")
			l, err = h.Postpone(t.Context(), above, term.ID, org.PostponementInput{Until: "2027-06-01", DocumentNo: "号"})
			must(t, err)
			equal(t, *l.Term.PostponedUntil, "2027-06-01")
		})
		h.t.Run("a term that is over cannot be postponed", func(t *testing.T) {
			h.term("一支部", "2026-11-01", "2031-11-01")
			_, err := h.Postpone(t.Context(), above, term.ID, in)
			refused(t, err, "term.past")
		})
		h.t.Run("one that does not exist is not found", func(t *testing.T) {
			_, err := h.Postpone(t.Context(), above, 999999, in)
			notFound(t, err)
		})
	})
}

func TestLeadership_Posts(t *testing.T) {
	eachHouse(t, func(h *house) {
		ids := h.members("一支部", 4)
		one, v := h.by["一支部"].ID, h.holder(model.RoleAdmin, "一支部")
		h.term("一支部", "2024-01-01", "2029-01-01")
		add := func(member int64, post string, from model.Date) (org.Leadership, error) {
			return h.AddPost(h.t.Context(), v, one, org.PostInput{Elected: org.Elected{MemberID: member, Post: post}, FromOn: from, Note: "补选"})
		}
		l, err := add(ids[0], model.PostSecretary, "2024-02-01")
		must(t, err)
		equal(t, *l.Posts[0].TermID, l.Term.ID)
		for _, c := range []struct {
			name, post, code string
			member           int64
			from             model.Date
		}{
			{"a second secretary", model.PostSecretary, "post.secretary_exists", ids[1], "2026-11-01"},
			{"the same post again", model.PostSecretary, "post.held", ids[0], "2026-11-01"},
			{"from a day to come", model.PostMember, "post.future", ids[1], "2026-11-21"},
			{"from before the term", model.PostMember, "post.before_term", ids[1], "2023-12-31"},
			{"somebody without a vote here", model.PostMember, "post.no_right", 999999, "2026-11-01"},
		} {
			h.t.Run(c.name, func(t *testing.T) {
				_, err := add(c.member, c.post, c.from)
				refused(t, err, c.code)
			})
		}
		h.t.Run("who has left the post makes room for the next", func(t *testing.T) {
			post := l.Posts[0].ID
			end := func(on model.Date) error {
				_, err := h.EndPost(t.Context(), v, post, org.EndInput{On: on, Note: "调离"})
				return err
			}
			refused(t, end("2026-11-21"), "post.future")
			refused(t, end("2024-01-31"), "post.before_term")
			_, err := h.EndPost(t.Context(), h.holder(model.RoleLeader, "甲委"), post, org.EndInput{On: "2026-11-01", Note: "调离"})
			refused(t, err, "auth.forbidden")
			_, err = h.EndPost(t.Context(), h.holder(model.RoleAdmin, "乙委"), post, org.EndInput{On: "2026-11-01", Note: "调离"})
			notFound(t, err)
			must(t, end("2026-11-01"))
			refused(t, end("2026-11-01"), "post.ended")
			l, err := add(ids[1], model.PostSecretary, "2026-11-01")
			must(t, err)
			equal(t, len(l.Posts), 1)
			equal(t, len(l.Term.Posts), 2)
			equal(t, l.Term.Posts[0].Note, "补选；调离")
		})
		h.t.Run("a member of the branch sees who leads it, and no other", func(t *testing.T) {
			plain := access.Viewer{AccountID: 1, MemberID: ids[3], OrgID: one, OrgPath: h.by["一支部"].Path}
			l, err := h.Leadership(t.Context(), plain, one)
			must(t, err)
			equal(t, l.Posts[0].MemberID, ids[1])
			_, err = h.Leadership(t.Context(), plain, h.by["二支部"].ID)
			notFound(t, err)
		})
	})
}
