package org

import (
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// beneath says where an organisation of a type may stand (RULES 2.1).
var beneath = map[string][]string{
	model.OrgCommittee:     {model.OrgCity},
	model.OrgGeneralBranch: {model.OrgCommittee},
	model.OrgBranch:        {model.OrgCommittee, model.OrgGeneralBranch},
}

// step is how many digits of a path one level takes.
const step = 3

// fits tells whether an organisation of the type may stand directly below a parent of the other.
func fits(parent, level string) error {
	for _, p := range beneath[level] {
		if p == parent {
			return nil
		}
	}
	return fault.Invalid("org.wrong_level", wrongLevel(level))
}

// wrongLevel says where an organisation of the type belongs.
func wrongLevel(level string) string {
	switch level {
	case model.OrgCommittee:
		return "党委只能设在市委之下"
	case model.OrgGeneralBranch:
		return "党总支只能设在党委之下"
	case model.OrgBranch:
		return "党支部只能设在党委或党总支之下"
	}
	return "市级组织没有上级"
}

// lockTree makes changes of the tree wait for each other until the transaction ends. What points to the city is not held up.
func lockTree(tx model.Tx) error {
	var ids []int64
	return tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Model(&model.Org{}).
		Where("type = ?", model.OrgCity).Order("id").Pluck("id", &ids).Error
}

// lockOrgs waits for those who are about to put a member or a course into one of the organisations, and holds up the next.
func lockOrgs(tx model.Tx, ids ...int64) error {
	var locked []int64
	return tx.Clauses(clause.Locking{Strength: "UPDATE"}).Model(&model.Org{}).Where("id IN ?", ids).Order("id").Pluck("id", &locked).Error
}

// worksAbove tells whether v administers an organisation above o or, as nobody is above it, the city itself.
func worksAbove(v access.Viewer, o model.Org) bool {
	if len(o.Path) <= step {
		return v.Works().Covers(o.Path)
	}
	return v.Works().Covers(o.Path[:len(o.Path)-step])
}

// fromAbove reads an organisation that v may change from above.
func fromAbove(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	o, err := find(tx, v, id)
	if err == nil && !worksAbove(v, o) {
		err = forbidden("该操作须由上级组织的管理员办理")
	}
	return o, err
}

// worked reads an organisation that v administers.
func worked(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	o, err := find(tx, v, id)
	if err == nil && !v.Works().Covers(o.Path) {
		err = fault.Forbidden()
	}
	return o, err
}

func forbidden(sentence string) error {
	return &fault.Fault{Kind: fault.KindForbidden, Code: "org.not_above", Message: sentence}
}

// freePaths gives n paths below a parent that nobody has. Numbers that once stood there are taken again only when no other is left:
// the path of a day should name one organisation.
func freePaths(tx model.Tx, parent model.Org, n int) ([]string, error) {
	var taken, once []string
	if err := tx.Raw("SELECT path FROM org WHERE parent_id = ?", parent.ID).Scan(&taken).Error; err != nil {
		return nil, err
	}
	err := tx.Raw("SELECT DISTINCT path FROM org_span WHERE path > ? AND path < ? AND length(path) = ?",
		parent.Path, model.PathEnd(parent.Path), len(parent.Path)+step).Scan(&once).Error
	if err != nil {
		return nil, err
	}
	free := newSlots(taken, once)
	paths := make([]string, n)
	for i := range paths {
		if paths[i] = free.next(parent.Path); paths[i] == "" {
			return nil, full(parent.Name)
		}
	}
	return paths, nil
}

func full(parent string) error {
	return fault.Conflict("org.full", fmt.Sprintf("“%s”之下的组织编号（001–999）已用完，请先设立另一个上级组织", parent))
}

// slots gives places below parents: first those where nobody ever stood, then those that were left.
type slots struct {
	taken, once map[string]bool
	last        map[string]int
}

func newSlots(taken, once []string) slots {
	n := slots{taken: map[string]bool{}, once: map[string]bool{}, last: map[string]int{}}
	for _, p := range taken {
		n.taken[p] = true
	}
	for _, p := range once {
		n.once[p] = true
	}
	return n
}

// next is a free path below a parent; empty if there is none left.
func (n slots) next(parent string) string {
	const most = 999
	for n.last[parent] < 2*most {
		i := n.last[parent]
		n.last[parent]++
		if p := fmt.Sprintf("%s%03d", parent, i%most+1); !n.taken[p] && (i >= most || !n.once[p]) {
			n.taken[p] = true
			return p
		}
	}
	return ""
}

// nameFree refuses a second organisation of the name directly below a parent; the tree is locked.
func nameFree(tx model.Tx, parentID *int64, name string, self int64) error {
	if parentID == nil {
		return nil
	}
	var n int64
	err := tx.Raw("SELECT count(*) FROM org WHERE parent_id = ? AND name = ? AND id <> ? AND dissolved_on IS NULL", *parentID, name, self).Scan(&n).Error
	if err == nil && n > 0 {
		err = fault.Conflict("org.name_taken", fmt.Sprintf("上级组织之下已有“%s”，请换一个名称", name))
	}
	return err
}

// relocation is a subtree that goes from one path to another.
type relocation struct{ from, to string }

// relocate rewrites the paths of all the subtrees in one statement. The new paths must be free.
func relocate(tx model.Tx, moves []relocation) error {
	if len(moves) == 0 {
		return nil
	}
	values, args := "", []any{}
	for i, m := range moves {
		if i > 0 {
			values += ", "
		}
		values, args = values+"(?, ?)", append(args, m.from, m.to)
	}
	_, err := model.Exec(tx, `
WITH moved (from_path, to_path) AS (VALUES `+values+`)
UPDATE org SET path = moved.to_path || substr(path, length(moved.from_path) + 1) FROM moved
WHERE path >= moved.from_path AND path < moved.from_path || ':'`, args...)
	return err
}
