package org_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/org"
)

// TestTreeStaysATree draws any sequence of what may happen to organisations and members. A refusal is an answer; whatever was
// taken must leave a tree, today and on every past day, and each member in one branch of it.
func TestTreeStaysATree(t *testing.T) {
	must(t, flag.Set("rapid.checks", "20")) // each is some thirty transactions
	counties(t, func(t *testing.T, c *county) {
		started := c.clock.Now()
		rapid.Check(t, func(r *rapid.T) {
			c.t = r
			c.clear()
			c.clock.Add(started.Sub(c.clock.Now()))
			c.begin()
			p := &play{county: c, r: r}
			p.seed()
			p.r.Repeat(map[string]func(*rapid.T){
				"create":    func(r *rapid.T) { p.r = r; p.create() },
				"rename":    func(r *rapid.T) { p.r = r; p.rename() },
				"move":      func(r *rapid.T) { p.r = r; p.move() },
				"merge":     func(r *rapid.T) { p.r = r; p.merge() },
				"dissolve":  func(r *rapid.T) { p.r = r; p.dissolve() },
				"transfer":  func(r *rapid.T) { p.r = r; p.transferAny() },
				"leave":     func(r *rapid.T) { p.r = r; p.empty() },
				"next days": func(*rapid.T) { c.later(2) },
			})
			c.holds(r)
		})
		c.t = t
	})
}

// clear empties the tables of the tree.
func (c *county) clear() {
	for _, table := range []string{"org_event", "org_span", "member_span", "member_change", "member", "org"} {
		must(c.t, c.db.Read(context.Background()).Exec("DELETE FROM "+table).Error)
	}
}

// play is one drawn sequence.
type play struct {
	*county
	r       *rapid.T
	orgs    []int64 // all that ever were
	members []int64
	n       int
}

func (p *play) seed() {
	for i := range 2 {
		committee := p.committee(fmt.Sprint("党委", i))
		general := p.county.create(committee, model.OrgGeneralBranch, fmt.Sprint("总支", i))
		p.orgs = append(p.orgs, committee, general)
		for j, parent := range []int64{committee, general} {
			branch := p.branch(parent, fmt.Sprint("支部", i, j))
			p.orgs = append(p.orgs, branch)
			p.members = append(p.members, p.member(branch).ID, p.member(branch).ID)
		}
	}
	p.later(5)
}

func (p *play) any(name string) int64 {
	return rapid.SampledFrom(append([]int64{p.city.ID}, p.orgs...)).Draw(p.r, name)
}

// live is mostly an organisation that is there, of one type.
func (p *play) live(name string, level string) model.Org {
	var ids []int64
	must(p.r, p.db.Read(context.Background()).Raw("SELECT id FROM org WHERE type = ? AND dissolved_on IS NULL ORDER BY id", level).Scan(&ids).Error)
	if len(ids) == 0 {
		p.r.Skip()
	}
	return p.now(rapid.SampledFrom(ids).Draw(p.r, name))
}

func (p *play) level() string {
	return rapid.SampledFrom([]string{model.OrgBranch, model.OrgBranch, model.OrgGeneralBranch, model.OrgCommittee}).Draw(p.r, "type")
}

func (p *play) day() model.Date {
	return p.today().AddDays(-rapid.SampledFrom([]int{0, 0, 0, 1, 2, 9}).Draw(p.r, "days ago"))
}

func (p *play) name() string { p.n++; return fmt.Sprint("组织", p.n%7) }

// taken lets a refusal pass; nothing else may go wrong.
func (p *play) taken(err error) {
	var f *fault.Fault
	if err != nil && !errors.As(err, &f) {
		p.r.Fatal(err)
	}
}

func (p *play) create() {
	in := org.NewInput{ParentID: p.any("parent"), Type: p.level(), Fields: org.Fields{Name: p.name(), FoundedOn: p.day()}}
	card, err := p.Create(context.Background(), p.admin(p.city.ID), in)
	p.taken(err)
	if err == nil {
		p.orgs = append(p.orgs, card.ID)
		if in.Type == model.OrgBranch {
			p.members = append(p.members, p.member(card.ID).ID)
		}
	}
}

func (p *play) rename() {
	o := p.now(p.any("org"))
	_, err := p.Change(context.Background(), p.admin(p.city.ID), o.ID, org.ChangeInput{Version: o.Version, Fields: org.Fields{Name: p.name()}, On: p.day()})
	p.taken(err)
}

func (p *play) move() {
	o := p.live("org", p.level())
	_, err := p.Move(context.Background(), p.admin(p.city.ID), o.ID, org.MoveInput{Version: o.Version, ParentID: p.any("parent"), On: p.day()})
	p.taken(err)
}

func (p *play) merge() {
	level := p.level()
	o, into := p.live("org", level), p.live("into", level)
	_, err := p.Merge(context.Background(), p.admin(p.city.ID), o.ID, org.MergeInput{Version: o.Version, IntoID: into.ID, On: p.day()})
	p.taken(err)
}

func (p *play) dissolve() {
	o := p.live("org", p.level())
	p.taken(p.Dissolve(context.Background(), p.admin(p.city.ID), o.ID, org.DissolveInput{Version: o.Version, On: p.day()}))
}

func (p *play) transferAny() {
	p.taken(p.transfer(rapid.SampledFrom(p.members).Draw(p.r, "member"), p.live("to", model.OrgBranch).ID))
}

// empty lets everybody of a branch move to another, so that it may be dissolved.
func (p *play) empty() {
	from, to := p.live("from", model.OrgBranch), p.live("to", model.OrgBranch)
	var ids []int64
	must(p.r, p.db.Read(context.Background()).Raw("SELECT id FROM member WHERE org_id = ?", from.ID).Scan(&ids).Error)
	for _, id := range ids {
		p.taken(p.transfer(id, to.ID))
	}
}

// holds checks the tree of today, its history, and where everybody was on each day on which something changed.
func (c *county) holds(t rapid.TB) {
	var orgs []model.Org
	var spans []model.OrgSpan
	var members []model.Member
	var stays []model.MemberSpan
	for _, into := range []any{&orgs, &spans, &members, &stays} {
		must(t, c.db.Read(context.Background()).Order("id").Find(into).Error)
	}
	by := map[int64]model.Org{}
	for _, o := range orgs {
		by[o.ID] = o
	}
	paths := map[string]int64{}
	for _, o := range orgs {
		if paths[o.Path] != 0 {
			t.Fatalf("%d and %d both stand at %s", o.ID, paths[o.Path], o.Path)
		}
		paths[o.Path] = o.ID
		if o.ParentID == nil {
			continue
		}
		parent := by[*o.ParentID]
		if len(o.Path) != len(parent.Path)+3 || o.Path[:len(parent.Path)] != parent.Path {
			t.Fatalf("%s stands at %s, its parent at %s", o.Name, o.Path, parent.Path)
		}
		if !slices.Contains(map[string][]string{"COMMITTEE": {"CITY"}, "GENERAL_BRANCH": {"COMMITTEE"}, "BRANCH": {"COMMITTEE", "GENERAL_BRANCH"}}[o.Type], parent.Type) {
			t.Fatalf("a %s below a %s", o.Type, parent.Type)
		}
		if o.DissolvedOn == nil && parent.DissolvedOn != nil {
			t.Fatalf("%s is an orphan", o.Name)
		}
	}
	days := c.history(t, by, spans)
	days = append(days, c.membership(t, by, members, stays)...)
	slices.Sort(days)
	for _, day := range slices.Compact(append(days, c.today())) {
		c.treeOn(t, day, spans, stays)
	}
}

// history: one unbroken row of spans for each organisation that has changed, and the last one says what it is.
func (c *county) history(t rapid.TB, by map[int64]model.Org, spans []model.OrgSpan) (days []model.Date) {
	of := map[int64][]model.OrgSpan{}
	for _, s := range spans {
		of[s.OrgID] = append(of[s.OrgID], s)
		days = append(days, s.FromOn)
	}
	for id, row := range of {
		slices.SortFunc(row, func(a, b model.OrgSpan) int { return cmp.Compare(a.FromOn, b.FromOn) })
		for i, s := range row[1:] {
			if row[i].UntilOn == nil || *row[i].UntilOn != s.FromOn {
				t.Fatalf("a gap in the history of %d: %+v", id, row)
			}
		}
		o, last := by[id], row[len(row)-1]
		if o.DissolvedOn == nil && last.UntilOn != nil || o.DissolvedOn != nil && (last.UntilOn == nil || *last.UntilOn != *o.DissolvedOn) {
			t.Fatalf("the history of %d ends on %v, it was dissolved on %v", id, last.UntilOn, o.DissolvedOn)
		}
		if o.DissolvedOn == nil && (last.Name != o.Name || last.Path != o.Path || last.ParentID != nil && *last.ParentID != *o.ParentID) {
			t.Fatalf("%+v is in the history %+v", o, last)
		}
	}
	for id, o := range by {
		if len(of[id]) == 0 && o.Type != model.OrgCity {
			t.Fatalf("%s has no history", o.Name)
		}
	}
	return days
}

// membership: one unbroken row of branches for each member, and the last one is the present one.
func (c *county) membership(t rapid.TB, by map[int64]model.Org, members []model.Member, stays []model.MemberSpan) (days []model.Date) {
	of := map[int64][]model.MemberSpan{}
	for _, s := range stays {
		of[s.MemberID] = append(of[s.MemberID], s)
		days = append(days, s.FromOn)
	}
	for _, m := range members {
		row := of[m.ID]
		slices.SortFunc(row, func(a, b model.MemberSpan) int { return cmp.Compare(a.FromOn, b.FromOn) })
		for i := range row {
			if last := i == len(row)-1; last != (row[i].UntilOn == nil) || !last && *row[i].UntilOn != row[i+1].FromOn {
				t.Fatalf("%s: %+v", m.Name, row)
			}
		}
		if len(row) == 0 || row[len(row)-1].OrgID != m.OrgID {
			t.Fatalf("%s belongs to %d and to %+v", m.Name, m.OrgID, row)
		}
		if o := by[m.OrgID]; o.Type != model.OrgBranch || o.DissolvedOn != nil {
			t.Fatalf("%s belongs to %+v", m.Name, o)
		}
	}
	return days
}

// treeOn: on a day, each organisation stood below one that was there, no two in one place, and everybody in one that was there.
func (c *county) treeOn(t rapid.TB, day model.Date, spans []model.OrgSpan, stays []model.MemberSpan) {
	there, paths := map[int64]model.OrgSpan{}, map[string]bool{}
	for _, s := range spans {
		if s.FromOn > day || s.UntilOn != nil && *s.UntilOn <= day {
			continue
		}
		if paths[s.Path] {
			t.Fatalf("on %s two organisations stood at %s", day, s.Path)
		}
		there[s.OrgID], paths[s.Path] = s, true
	}
	for _, s := range there {
		if s.ParentID == nil || *s.ParentID == c.city.ID {
			continue
		}
		if parent, ok := there[*s.ParentID]; !ok || len(s.Path) != len(parent.Path)+3 || s.Path[:len(parent.Path)] != parent.Path {
			t.Fatalf("on %s %s stood at %s, its parent %+v", day, s.Name, s.Path, parent)
		}
	}
	for _, s := range stays {
		if s.FromOn > day || s.UntilOn != nil && *s.UntilOn <= day {
			continue
		}
		if _, ok := there[s.OrgID]; !ok {
			t.Fatalf("on %s member %d belonged to %d, which was not there", day, s.MemberID, s.OrgID)
		}
	}
}
