package demo

import (
	"fmt"
	"math/rand/v2"

	"hongyun/model"
)

// Shape of the county at scale 1: 58 committees, 650 branches.
const (
	wholeBranches = 650
	townShare     = 22 // branches of a town's committee; the units share the rest
	groupSize     = 8  // branches under one general branch
)

// crowds are the towns whose last branch has outgrown the rule book: above 50 and above 100 members it is warned of.
var crowds = map[string]int{"花亭": 62, "柏林": 128}

// node is an organisation being built: its row and, for a branch, how many members it gets.
type node struct {
	org     model.Org
	parent  *node
	members int
}

// plan draws the tree, upper levels first. It is a pure function of the seed and the scale.
func plan(r *rand.Rand, scale float64) []*node {
	city := &node{org: model.Org{Type: model.OrgCity, Path: "001", Name: "中共" + countyName + "委员会", Kind: "机关"}}
	tree := []*node{city}
	perTown := scaled(townShare, scale)
	rest := scaled(wholeBranches, scale) - perTown*len(towns)
	for i, town := range towns {
		committee := child(city, i+1, model.OrgCommittee, town+"镇党委", "农村")
		tree = append(append(tree, committee), townBranches(r, committee, town, perTown)...)
	}
	for i, unit := range units {
		committee := child(city, len(towns)+i+1, model.OrgCommittee, unit+"党委", unitKind(unit))
		branches := max(1, rest/(len(units)-i))
		rest -= branches
		tree = append(append(tree, committee), unitBranches(r, committee, unit, branches)...)
	}
	return tree
}

func scaled(n int, scale float64) int { return max(1, int(float64(n)*scale+0.5)) }

func child(parent *node, number int, level, name, kind string) *node {
	return &node{parent: parent, org: model.Org{Type: level, Path: fmt.Sprintf("%s%03d", parent.org.Path, number), Name: name, Kind: kind}}
}

// townBranches gives half of a town's villages a general branch above them.
func townBranches(r *rand.Rand, committee *node, town string, n int) []*node {
	var out []*node
	var general *node
	taken := map[string]bool{}
	for i := range n {
		parent, number := committee, i+1
		if i < n/2 && n >= 2*groupSize/2 {
			if i%groupSize == 0 {
				general = child(committee, 500+i/groupSize, model.OrgGeneralBranch, fmt.Sprintf("%s镇第%d片区党总支", town, i/groupSize+1), "农村")
				out = append(out, general)
			}
			parent = general
		}
		branch := child(parent, number, model.OrgBranch, villageName(r, taken)+"村党支部", "农村")
		branch.members = 14 + r.IntN(20)
		out = append(out, branch)
	}
	if crowd, ok := crowds[town]; ok {
		out[len(out)-1].members = crowd
	}
	return out
}

func villageName(r *rand.Rand, taken map[string]bool) string {
	for {
		name := string(villages[r.IntN(len(villages))]) + string(villages[r.IntN(len(villages))])
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
}

func unitBranches(r *rand.Rand, committee *node, unit string, n int) []*node {
	var out []*node
	parent := committee
	if n > groupSize {
		parent = child(committee, 500, model.OrgGeneralBranch, unit+"党总支", committee.org.Kind)
		out = append(out, parent)
	}
	for i := range n {
		name := fmt.Sprintf("%s第%d党支部", unit, i+1)
		if i == n-1 && n > 1 {
			name = unit + "离退休党支部"
		}
		branch := child(parent, i+1, model.OrgBranch, name, committee.org.Kind)
		branch.members = 12 + r.IntN(22)
		out = append(out, branch)
	}
	return out
}

func unitKind(unit string) string {
	for suffix, kind := range map[string]string{"公司": "企业", "银行": "企业", "集团": "企业", "中学": "学校", "中专": "学校", "医院": "事业单位"} {
		if len(unit) > len(suffix) && unit[len(unit)-len(suffix):] == suffix {
			return kind
		}
	}
	return "机关"
}

// fewestMembers is the least that a branch gets: each seat of the cast has a person of its own.
const fewestMembers = 14

// spread makes the branches' sizes add up to total, or to a little more where the scale is so small that each has the
// fewest: what is left beyond these is dealt as the plan says.
func spread(tree []*node, total int) {
	sum := 0
	var branches []*node
	for _, n := range tree {
		if n.org.Type == model.OrgBranch {
			n.members = max(1, n.members-fewestMembers)
			branches, sum = append(branches, n), sum+n.members
		}
	}
	rest := max(0, total-fewestMembers*len(branches))
	planned, dealt := 0, 0
	for _, b := range branches {
		planned += b.members
		upTo := rest * planned / sum
		b.members, dealt = fewestMembers+upTo-dealt, upTo
	}
}
