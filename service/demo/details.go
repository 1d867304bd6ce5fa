package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"hongyun/model"
	"hongyun/service/roster"
)

// Each part of the county that came later draws from a stream of its own: it leaves what came before it as it was.
const (
	streamDetails = 10 + iota
	streamStandings
	streamLeadership
	streamMoves
	streamFloating
	streamStandard
	streamDevelopment
)

func stream(number uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, number)) }

// part is n of the whole county, in proportion to the members that this one has; 1 at least.
func (b *builder) part(n int) int { return max(1, n*len(b.members)/wholeMembers) }

// jointUnit is the committee whose branches gather the members of several small enterprises.
const jointUnit = "非公有制经济组织和社会组织工委党委"

// describe gives the organisations what the tree itself does not need.
func describe(tree []*node) {
	r := stream(streamDetails)
	for i, n := range tree {
		o := &n.org
		code := fmt.Sprintf("361199%06d", i+1)
		founded := dayOfYear(1955+r.IntN(65), r.IntN(366))
		o.Version, o.OfficialCode, o.FoundedOn = 1, &code, &founded
		o.Address = countyName + strings.TrimSuffix(strings.TrimSuffix(o.Name, "党委"), "党支部")
		o.Phone = fmt.Sprintf("0199-8%06d", 100000+i)
		if o.Type == model.OrgBranch && n.parent.org.Name == jointUnit {
			o.IsJoint, o.Name = true, strings.TrimSuffix(o.Name, "党支部")+"联合党支部"
		}
	}
}

// makeUnits names the units of the joint branches; the first has one more than the rule book wants.
func (b *builder) makeUnits(tx model.Tx) error {
	var rows []model.JointUnit
	for i, n := range b.tree {
		if !n.org.IsJoint {
			continue
		}
		units := 2 + i%4
		if len(rows) == 0 {
			units = 6
		}
		for k := range units {
			name := string(villages[(i+7*k)%len(villages)]) + string(villages[(3*i+5*k+1)%len(villages)])
			rows = append(rows, model.JointUnit{OrgID: n.org.ID, Name: fmt.Sprintf("%s%s有限公司", name, trades[(i+k)%len(trades)])})
		}
	}
	_, err := model.Bulk(tx, rows)
	return err
}

// describeMembers fills the rest of the national form in.
func (b *builder) describeMembers() {
	r := stream(streamDetails)
	for i := range b.members {
		m := &b.members[i]
		m.Pinyin = roster.Initials(m.Name)
		m.NativePlace = nativePlaces[0]
		if x := r.IntN(100); x >= 85 {
			m.NativePlace = nativePlaces[1+x%(len(nativePlaces)-1)]
		}
		m.Degree = degree(r, m.Education)
		m.WorkUnit, m.WorkPost = work(r, b.of[m.OrgID], m.Occupation)
		m.Exempt = m.BornOn.Year() <= b.now.Year()-82
	}
}

func degree(r *rand.Rand, education string) string {
	switch x := r.IntN(100); {
	case education == "研究生" && x < 10:
		return "博士"
	case education == "研究生":
		return "硕士"
	case education == "大学本科" && x < 80:
		return "学士"
	}
	return ""
}

// work is where somebody of a branch works, and as what.
func work(r *rand.Rand, n *node, occupation string) (unit, post string) {
	posts := workPosts[occupation]
	post = posts[r.IntN(len(posts))]
	unit, _, _ = strings.Cut(strings.TrimSuffix(strings.TrimSuffix(n.org.Name, "党支部"), "联合"), "第")
	switch {
	case occupation == "学生":
		return "云山职业技术学院", post
	case n.org.Kind == "农村" && occupation != "农牧渔民" && occupation != "离退休人员":
		return strings.TrimSuffix(strings.TrimSuffix(n.parent.org.Name, "党委"), "党总支"), post
	}
	return strings.TrimSuffix(unit, "离退休"), post
}

// groupSizeMost is how many members a branch has before it forms party groups.
const groupSizeMost = 25

// makeGroups divides the larger branches into party groups, before their members are written; who leads them is said afterwards.
func (b *builder) makeGroups(tx model.Tx) error {
	of := map[int64][]*model.Member{}
	for i := range b.members {
		if m := &b.members[i]; m.Standing == model.StandingActive {
			of[m.OrgID] = append(of[m.OrgID], m)
		}
	}
	var groups []model.PartyGroup
	for _, n := range b.tree {
		if size := len(of[n.org.ID]); size > groupSizeMost {
			for k := range groupsOf(size) {
				groups = append(groups, model.PartyGroup{OrgID: n.org.ID, Name: fmt.Sprintf("第%s党小组", []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}[k%10]), CreatedAt: tx.Now})
			}
		}
	}
	groups, err := model.BulkFresh(tx, groups)
	if err != nil {
		return err
	}
	for _, n := range b.tree {
		staff := of[n.org.ID]
		if len(staff) <= groupSizeMost {
			continue
		}
		k := groupsOf(len(staff))
		for i, m := range staff {
			m.GroupID = &groups[i*k/len(staff)].ID
		}
		groups = groups[k:]
	}
	return nil
}

func groupsOf(members int) int { return min(10, (members+12)/13) }

// leadGroups makes a full member the leader of each party group.
func (b *builder) leadGroups(tx model.Tx) error {
	_, err := model.Exec(tx, `UPDATE party_group SET leader_id = (SELECT min(m.id) FROM member m
		WHERE m.group_id = party_group.id AND m.status = ? AND m.standing = ?)`, model.MemberFull, model.StandingActive)
	return err
}
