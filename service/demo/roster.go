package demo

import (
	"hongyun/model"
)

func (b *builder) makeTree(tx model.Tx) error {
	b.tree = plan(b.random, b.scale)
	spread(b.tree, scaled(wholeMembers, b.scale))
	describe(b.tree)
	b.of = map[int64]*node{}
	for _, n := range b.tree {
		if n.parent != nil {
			n.org.ParentID = &n.parent.org.ID
		}
		n.org.CreatedAt = tx.Now
		if err := tx.Create(&n.org).Error; err != nil {
			return err
		}
		b.of[n.org.ID] = n
	}
	return nil
}

func (b *builder) makeMembers(tx model.Tx) error {
	b.members = people(b.random, b.o.Vault, b.tree, b.sameDay, tx.Now)
	b.greetToday()
	b.standings()
	b.describeMembers()
	if err := b.makeGroups(tx); err != nil {
		return err
	}
	var err error
	if b.members, err = model.BulkFresh(tx, b.members); err != nil {
		return err
	}
	b.ofOrg = map[int64][]*model.Member{}
	for i := range b.members {
		m := &b.members[i]
		if m.Standing == model.StandingActive {
			b.ofOrg[m.OrgID] = append(b.ofOrg[m.OrgID], m)
		}
	}
	return b.recordDecisions(tx)
}

// greetToday gives the first branch's member in the eighth seat his or her political
// birthday today, so that the card can be seen on the first day.
func (b *builder) greetToday() {
	today := model.DateOf(b.now)
	m := &b.members[7]
	years := min(12, max(1, today.Year()-m.BornOn.Year()-19))
	admitted := model.DateOf(today.Time().AddDate(-years, 0, 0))
	approved := admitted.AddDays(40)
	full := model.DateOf(admitted.Time().AddDate(1, 0, 0))
	m.Status, m.Standing, m.AdmittedOn, m.ApprovedOn, m.FullOn = model.MemberFull, model.StandingActive, admitted, &approved, &full
	m.LeftOn = nil
}

// firstSeat is where in its branch each level finds its leader; the
// administrator sits next to him or her.
var firstSeat = map[string]int{model.OrgBranch: 0, model.OrgCommittee: 2, model.OrgGeneralBranch: 4, model.OrgCity: 6}

// makeRoles gives every organisation an administrator and a leader, and the
// departments their staff. Upper levels take theirs from a branch below.
func (b *builder) makeRoles(tx model.Tx) error {
	if err := b.makeDepartments(tx); err != nil {
		return err
	}
	var grants []model.RoleGrant
	give := func(m *model.Member, role string, org, department *int64) {
		grants = append(grants, model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: org, DepartmentID: department, GrantedAt: tx.Now})
	}
	for _, n := range b.tree {
		first := firstSeat[n.org.Type]
		give(b.seat(n, first), model.RoleLeader, &n.org.ID, nil)
		give(b.seat(n, first+1), model.RoleAdmin, &n.org.ID, nil)
	}
	city := b.tree[0].org.ID
	hall := b.unit("市行政审批局")
	give(b.seat(hall, 8), model.RoleDesk, &city, nil)
	give(b.seat(hall, 9), model.RoleDesk, &city, nil)
	for _, d := range departments {
		id, unit := b.departments[d[0]], b.unit(d[0])
		give(b.seat(unit, 10), model.RoleDepartmentLeader, nil, &id)
		give(b.seat(unit, 11), model.RoleDepartmentHandler, nil, &id)
		give(b.seat(unit, 12), model.RoleDepartmentHandler, nil, &id)
	}
	_, err := model.Bulk(tx, grants) // in a tiny branch one person has two seats
	return err
}

func (b *builder) makeDepartments(tx model.Tx) error {
	b.departments = map[string]int64{}
	for _, d := range departments {
		row := model.Department{Name: d[0], Duties: d[1], Address: countyName + "市民服务中心", Hours: "工作日 8:30-12:00，14:00-17:30", CreatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		b.departments[d[0]] = row.ID
	}
	return nil
}

// staffOf is the active members of a branch, or of the first branch below an upper level.
func (b *builder) staffOf(n *node) []*model.Member {
	return b.ofOrg[b.firstBranch(n).org.ID]
}

// seat is one of them; a small branch has fewer people than seats.
func (b *builder) seat(n *node, i int) *model.Member {
	staff := b.staffOf(n)
	return staff[i%len(staff)]
}

func (b *builder) firstBranch(n *node) *node {
	if n.org.Type == model.OrgBranch {
		return n
	}
	if n.parent == nil { // the city's own people sit in the organisation department
		n = b.unit("市委组织部")
	}
	for _, other := range b.tree {
		if other.org.Type == model.OrgBranch && len(other.org.Path) > len(n.org.Path) && other.org.Path[:len(n.org.Path)] == n.org.Path {
			return other
		}
	}
	return n
}

// unit is the committee of an organ.
func (b *builder) unit(name string) *node {
	for _, n := range b.tree {
		if n.org.Type == model.OrgCommittee && n.org.Name == name+"党委" {
			return n
		}
	}
	return b.tree[1]
}
