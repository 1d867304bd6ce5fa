package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/rule"
)

// makeHistory begins the history of organisations and members, and says who leads what.
func (b *builder) makeHistory(tx model.Tx) error {
	const orgs = `INSERT INTO org_span (org_id, parent_id, type, name, path, from_on)
		SELECT id, parent_id, type, name, path, '1900-01-01' FROM org ORDER BY id`
	if _, err := model.Exec(tx, orgs); err != nil {
		return err
	}
	const members = `INSERT INTO member_span (member_id, org_id, from_on, until_on, reason)
		SELECT id, org_id, admitted_on, left_on, '` + model.SpanFirst + `' FROM member ORDER BY id`
	if _, err := model.Exec(tx, members); err != nil {
		return err
	}
	if err := b.makeUnits(tx); err != nil {
		return err
	}
	if err := b.leadGroups(tx); err != nil {
		return err
	}
	return b.makeLeadership(tx)
}

// committees are the posts of each level's committee, in the order in which they are filled; a branch of up to
// smallCommittee members has the first three.
var committees = map[string][]string{
	model.OrgBranch:        {model.PostSecretary, model.PostOrganisation, model.PostPublicity, model.PostDiscipline, model.PostYouth},
	model.OrgGeneralBranch: {model.PostSecretary, model.PostOrganisation, model.PostPublicity},
	model.OrgCommittee:     {model.PostSecretary, model.PostDeputySecretary, model.PostOrganisation, model.PostPublicity, model.PostDiscipline},
	model.OrgCity:          {model.PostSecretary, model.PostDeputySecretary, model.PostOrganisation, model.PostPublicity, model.PostDiscipline, model.PostUnitedFront},
}

const smallCommittee = 28

// makeLeadership gives every organisation its present term. Most end in years, some within six or three months, and a few
// are over; one branch in a hundred has elected nobody but a secretary.
func (b *builder) makeLeadership(tx model.Tx) error {
	rules, err := rule.Load(tx, "org", tx.Day())
	if err != nil {
		return err
	}
	r := stream(streamLeadership)
	terms := make([]model.OrgTerm, len(b.tree))
	for i, n := range b.tree {
		years := rules.Int("TERM_YEARS", n.org.Type+"/"+n.org.Kind, n.org.Type)
		ends := tx.Day().AddDays(termLeft(r, years))
		elected := calendar.AddMonths(ends, -12*years)
		terms[i] = model.OrgTerm{OrgID: n.org.ID, Number: int64(3 + r.IntN(8)), ElectedOn: elected, EndsOn: ends,
			DocumentNo: fmt.Sprintf("云组〔%s〕%d号", string(elected)[:4], 10+r.IntN(80)), CreatedAt: elected.Time().Add(10 * time.Hour)}
		if ends < tx.Day() && r.IntN(3) == 0 {
			until := calendar.AddMonths(ends, 12)
			terms[i].PostponedUntil, terms[i].PostponedNo = &until, fmt.Sprintf("云组〔%s〕%d号", string(ends)[:4], 100+r.IntN(40))
		}
	}
	if terms, err = model.BulkFresh(tx, terms); err != nil {
		return err
	}
	var posts []model.OrgPost
	for i, n := range b.tree {
		posts = append(posts, b.posts(n, i, terms[i])...)
	}
	_, err = model.Bulk(tx, posts)
	return err
}

// termLeft is the days until a term ends; below 0 it is over.
func termLeft(r *rand.Rand, years int) int {
	switch x := r.IntN(100); {
	case x < 3:
		return -5 - r.IntN(200)
	case x < 8:
		return 3 + r.IntN(85)
	case x < 16:
		return 95 + r.IntN(85)
	default:
		return 190 + r.IntN(365*years-220)
	}
}

// posts elects the full members who sit next to the leader's seat.
func (b *builder) posts(n *node, number int, term model.OrgTerm) []model.OrgPost {
	staff, wanted := b.staffOf(n), committees[n.org.Type]
	if n.org.Type == model.OrgBranch && len(staff) <= smallCommittee {
		wanted = wanted[:3]
	}
	if n.org.Type == model.OrgBranch && number%97 == 50 {
		wanted = wanted[:1]
	}
	var out []model.OrgPost
	for i := range staff {
		m := staff[(firstSeat[n.org.Type]+i)%len(staff)]
		if len(out) == len(wanted) {
			break
		}
		if m.FullOn == nil || *m.FullOn > term.ElectedOn || m.WatchedUntil != nil || m.LostSince != nil {
			continue
		}
		out = append(out, model.OrgPost{OrgID: n.org.ID, TermID: &term.ID, MemberID: m.ID, Post: wanted[len(out)], FromOn: term.ElectedOn, CreatedAt: term.CreatedAt})
	}
	return out
}
