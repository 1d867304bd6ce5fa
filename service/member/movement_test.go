package member_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/member"
	"hongyun/service/roster"
)

// standing since ever: what the migration writes for the organisations that are there.
func (b *bundle) stand(orgs ...model.Org) {
	for _, o := range orgs {
		b.create(&model.OrgSpan{OrgID: o.ID, ParentID: o.ParentID, Type: o.Type, Name: o.Name, Path: o.Path, FromOn: "1900-01-01"})
	}
}

func (b *bundle) movement(o model.Org, from, to model.Date) member.Movement {
	b.t.Helper()
	m, err := b.Movement(b.ctx, holder(model.RoleLeader, o), member.MovementFilter{OrgID: o.ID, From: from, To: to})
	must(b.t, err)
	return m
}

func TestMovement_Kinds(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		b.stand(b.city, b.alpha, b.beta, b.one, b.two, b.three)
		upper := holder(model.RoleAdmin, b.city)
		n := 10
		add := func(o model.Org, admitted model.Date) model.Member {
			n++
			return b.enrolled(o, fmt.Sprint("党员", n), fmt.Sprintf("3611991990010100%02d", n), admitted)
		}
		transfer := func(m model.Member, in member.TransferInput) {
			in.Reason, in.Version = "工作调动", 1
			row, err := b.RequestTransfer(b.ctx, upper, m.ID, in)
			must(b.t, err)
			_, err = b.AcceptTransfer(b.ctx, upper, row.ID, member.AcceptInput{ReceiptNo: "1"})
			must(b.t, err)
		}
		decide := func(m model.Member, kind string, on model.Date) {
			_, err := b.decide(upper, m.ID, kind, "OTHER", on, nil)
			must(b.t, err)
		}
		add(b.one, "2010-07-01")                                                      // stays
		add(b.one, "2026-07-01")                                                      // admitted
		transfer(add(b.one, "2010-07-01"), member.TransferInput{ToOrgID: b.two.ID})   // inside 甲委
		transfer(add(b.one, "2010-07-01"), member.TransferInput{ToOrgID: b.three.ID}) // out of 甲委
		transfer(add(b.three, "2010-07-01"), member.TransferInput{ToOrgID: b.one.ID}) // into 甲委
		transfer(add(b.one, "2010-07-01"), member.TransferInput{ToName: "外地"})        // out of the platform
		decide(add(b.one, "2010-07-01"), "REMOVE", "2026-11-01")
		decide(add(b.one, "2010-07-01"), "DEATH", "2026-11-01")
		mistaken := add(b.one, "2010-07-01")
		decide(mistaken, "DEATH", "2026-11-01")
		decide(mistaken, "RESTORE", "2026-11-01") // no gap: no movement
		back := add(b.one, "2010-07-01")
		decide(back, "REMOVE", "2026-09-01")
		decide(back, "RESTORE", "2026-10-01")

		alpha := b.movement(b.alpha, "2026-01-01", "2026-11-20")
		b.t.Run("of a committee", func(t *testing.T) {
			equal(t, alpha.MovementNumbers, member.MovementNumbers{Start: 8, Admitted: 1, TransferredIn: 1, Restored: 1, TransferredOut: 2, Removed: 2, Died: 1, End: 6})
		})
		b.t.Run("its branches add up, what moved between them apart", func(t *testing.T) {
			equal(t, len(alpha.Children), 2)
			equal(t, alpha.Children[0].MovementNumbers,
				member.MovementNumbers{Start: 8, Admitted: 1, TransferredIn: 1, Restored: 1, TransferredOut: 2, Removed: 2, Died: 1, MovedOut: 1, End: 5})
			equal(t, alpha.Children[1].MovementNumbers, member.MovementNumbers{MovedIn: 1, End: 1})
		})
		b.t.Run("of a branch: what came from beside came in", func(t *testing.T) {
			two := b.movement(b.two, "2026-01-01", "2026-11-20")
			equal(t, two.MovementNumbers, member.MovementNumbers{TransferredIn: 1, End: 1})
			equal(t, two.Children[0].OrgID, b.two.ID)
		})
		b.t.Run("of the city: only what crossed the platform's border", func(t *testing.T) {
			equal(t, b.movement(b.city, "2026-01-01", "2026-11-20").MovementNumbers,
				member.MovementNumbers{Start: 9, Admitted: 1, Restored: 1, TransferredOut: 1, Removed: 2, Died: 1, End: 7})
		})
		b.t.Run("a branch that moves takes its members along", func(t *testing.T) {
			must(t, b.db.Read(b.ctx).Exec("UPDATE org_span SET until_on = '2026-11-10' WHERE org_id = ?", b.one.ID).Error)
			b.create(&model.OrgSpan{OrgID: b.one.ID, ParentID: &b.beta.ID, Type: b.one.Type, Name: b.one.Name, Path: "001002009", FromOn: "2026-11-10"})
			got := b.movement(b.alpha, "2026-11-10", "2026-11-10")
			equal(t, got.TransferredOut, got.Start)
			equal(t, got.End, 0)
			got = b.movement(b.beta, "2026-11-10", "2026-11-10")
			equal(t, got.TransferredIn, got.End-got.Start)
			city := b.movement(b.city, "2026-11-10", "2026-11-10")
			equal(t, city.Start, city.End)
			equal(t, city.TransferredIn+city.TransferredOut, 0)
		})
		b.t.Run("is for readers of the node, and of a period that is one", func(t *testing.T) {
			_, err := b.Movement(b.ctx, holder(model.RoleAdmin, b.beta), member.MovementFilter{OrgID: b.alpha.ID, From: "2026-01-01", To: "2026-02-01"})
			refused(t, err, "not_found")
			_, err = b.Movement(b.ctx, upper, member.MovementFilter{OrgID: b.alpha.ID, From: "2026-02-01", To: "2026-01-01"})
			refused(t, err, "movement.period")
		})
	})
}

// small is a town of two committees with two branches each, and what a plain diary says of it.
type small struct {
	tx       model.Tx // builds the town
	b        *bundle
	v        access.Viewer
	city     model.Org
	nodes    []model.Org // committees
	branches []model.Org
	under    [][30]int // node of each branch by day
	people   []int64
	where    [][30]int // branch of each person by day; -1: not on the roster
	from, to int
	first    model.Date
}

func (s *small) day(n int) model.Date { return s.first.AddDays(n) }

// newSmall builds a town of its own below a path of its own, so that many fit one database.
func newSmall(tx model.Tx, b *bundle, n int) *small {
	s := &small{tx: tx, b: b, first: "2026-03-01"}
	s.city = s.org(nil, model.OrgCity, fmt.Sprintf("9%05d", n), "市")
	s.v = holder(model.RoleAdmin, s.city)
	for i := range 2 {
		node := s.org(&s.city.ID, model.OrgCommittee, fmt.Sprintf("%s%03d", s.city.Path, i+1), fmt.Sprint("党委", i))
		s.nodes = append(s.nodes, node)
		for j := range 2 {
			s.branches = append(s.branches, s.org(&node.ID, model.OrgBranch, fmt.Sprintf("%s%03d", node.Path, j+1), fmt.Sprint("支部", i, j)))
			s.under = append(s.under, [30]int{})
			for d := range 30 {
				s.under[len(s.under)-1][d] = i
			}
		}
	}
	return s
}

func (s *small) org(parent *int64, level, path, name string) model.Org {
	o := model.Org{ParentID: parent, Type: level, Path: path, Name: name, CreatedAt: s.tx.Now}
	must(s.b.t, s.tx.Create(&o).Error)
	must(s.b.t, s.tx.Create(&model.OrgSpan{OrgID: o.ID, ParentID: parent, Type: level, Name: name, Path: path, FromOn: "1900-01-01"}).Error)
	return o
}

// moveBranch puts a branch below the other committee from a day on.
func (s *small) moveBranch(branch, on int) {
	o := s.branches[branch]
	to := 1 - s.under[branch][29]
	must(s.b.t, s.tx.Exec("UPDATE org_span SET until_on = ? WHERE org_id = ? AND until_on IS NULL", s.day(on), o.ID).Error)
	must(s.b.t, s.tx.Create(&model.OrgSpan{OrgID: o.ID, ParentID: &s.nodes[to].ID, Type: o.Type, Name: o.Name,
		Path: fmt.Sprintf("%s%03d", s.nodes[to].Path, 9-branch), FromOn: s.day(on)}).Error)
	for d := on; d < 30; d++ {
		s.under[branch][d] = to
	}
}

// live plays one person's days: each step is later than the one before.
func (s *small) live(rt *rapid.T, n int) {
	branch := func() int { return rapid.IntRange(0, 3).Draw(rt, "branch") }
	at, from := branch(), rapid.IntRange(-3, 20).Draw(rt, "from")
	m := model.Member{OrgID: s.branches[at].ID, Name: "某", IDIndex: fmt.Sprintf("x%d", n), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
		Standing: model.StandingActive, AdmittedOn: s.day(from)}
	must(s.b.t, roster.Enrol(s.tx, &m, m.AdmittedOn))
	where := [30]int{}
	fill := func(from, branch int) {
		for d := max(from, 0); d < 30; d++ {
			where[d] = branch
		}
	}
	fill(0, -1)
	fill(from, at)
	here := true
	for d := max(from, 0) + 1; d < 30; d += rapid.IntRange(1, 8).Draw(rt, "gap") {
		must(s.b.t, func(tx model.Tx) error {
			switch {
			case !here:
				here, at = true, branch()
				fill(d, at)
				return roster.Return(tx, m.ID, s.branches[at].ID, s.day(d), model.SpanCorrected)
			case rapid.IntRange(0, 2).Draw(rt, "leaves") == 0:
				here = false
				fill(d, -1)
				return roster.Leave(tx, m.ID, rapid.SampledFrom([]string{model.StandingDeceased, model.StandingRemoved, model.StandingTransferred}).Draw(rt, "as"), s.day(d))
			default:
				at = branch()
				fill(d, at)
				_, err := roster.Move(tx, s.branches[at].ID, s.day(d), model.SpanTransfer, "SELECT CAST(? AS bigint)", m.ID)
				return err
			}
		}(s.tx))
	}
	s.people, s.where = append(s.people, m.ID), append(s.where, where)
}

// count is the plain diary of one committee, or with node -1 of the town: who was there, who came, who went.
func (s *small) count(node int) (start, in, out, end int64) {
	there := func(p, d int) bool {
		branch := s.where[p][d]
		return branch >= 0 && (node < 0 || s.under[branch][d] == node)
	}
	for p := range s.people {
		if there(p, s.from-1) {
			start++
		}
		if there(p, s.to) {
			end++
		}
		for d := s.from; d <= s.to; d++ {
			if there(p, d) && !there(p, d-1) {
				in++
			}
			if !there(p, d) && there(p, d-1) {
				out++
			}
		}
	}
	return start, in, out, end
}

func TestMovement_AddsUp(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		n := 0
		rapid.Check(b.t, func(rt *rapid.T) {
			n++
			var s *small
			must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error {
				s = newSmall(tx, b, n)
				s.from = rapid.IntRange(1, 20).Draw(rt, "first day")
				s.to = rapid.IntRange(s.from, 29).Draw(rt, "last day")
				on := 0
				for range rapid.IntRange(0, 2).Draw(rt, "moves of branches") {
					on = rapid.IntRange(on+1, on+10).Draw(rt, "on")
					s.moveBranch(rapid.IntRange(0, 3).Draw(rt, "which"), on)
				}
				for range rapid.IntRange(1, 4).Draw(rt, "people") {
					s.live(rt, n*100+len(s.people))
				}
				return nil
			}))
			town := s.check(rt, -1, s.city)
			var sum member.MovementNumbers
			for i, node := range s.nodes {
				s.check(rt, i, node)
				for _, c := range town.Children {
					if c.OrgID == node.ID {
						sum = plus(sum, c.MovementNumbers)
					}
				}
			}
			if sum.MovedIn != sum.MovedOut {
				rt.Fatalf("%d moved in between the children, %d out", sum.MovedIn, sum.MovedOut)
			}
			sum.MovedIn, sum.MovedOut = 0, 0
			if sum != town.MovementNumbers {
				rt.Fatalf("the children add up to %+v, the town is %+v", sum, town.MovementNumbers)
			}
		})
	})
}

func plus(a, b member.MovementNumbers) member.MovementNumbers {
	return member.MovementNumbers{Start: a.Start + b.Start, Admitted: a.Admitted + b.Admitted, TransferredIn: a.TransferredIn + b.TransferredIn,
		Restored: a.Restored + b.Restored, TransferredOut: a.TransferredOut + b.TransferredOut, Removed: a.Removed + b.Removed, Died: a.Died + b.Died,
		MovedIn: a.MovedIn + b.MovedIn, MovedOut: a.MovedOut + b.MovedOut, End: a.End + b.End}
}

// check compares a node with the diary, its sum with itself, and each number with its list.
func (s *small) check(rt *rapid.T, node int, o model.Org) member.Movement {
	f := member.MovementFilter{OrgID: o.ID, From: s.day(s.from), To: s.day(s.to)}
	m, err := s.b.Movement(s.b.ctx, s.v, f)
	must(s.b.t, err)
	start, in, out, end := s.count(node)
	gotIn, gotOut := m.Admitted+m.TransferredIn+m.Restored, m.TransferredOut+m.Removed+m.Died
	if m.Start != start || gotIn != in || gotOut != out || m.End != end || m.Start+gotIn-gotOut != m.End {
		rt.Fatalf("node %d, days %d to %d: %+v, want start %d in %d out %d end %d; people %v, branches %v", node, s.from, s.to, m.MovementNumbers, start, in, out, end, s.where, s.under)
	}
	numbers := map[string]int64{"START": m.Start, "ADMITTED": m.Admitted, "TRANSFERRED_IN": m.TransferredIn, "RESTORED": m.Restored,
		"TRANSFERRED_OUT": m.TransferredOut, "REMOVED": m.Removed, "DIED": m.Died, "END": m.End}
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(numbers))).Draw(rt, "kind")
	rows, total, err := s.b.MovementList(s.b.ctx, s.v, member.MovementListFilter{MovementFilter: f, Kind: kind}, 0, 100)
	must(s.b.t, err)
	if total != numbers[kind] || int64(len(rows)) != total {
		rt.Fatalf("%s: %d rows of %d, want %d", kind, len(rows), total, numbers[kind])
	}
	return m
}
