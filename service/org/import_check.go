package org

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/batch"
)

// parcel is a draft with what stands above it: an organisation that is there, or another draft.
type parcel struct {
	*model.OrgDraft
	above   *model.Org
	within  *parcel
	reasons []string
}

func (p *parcel) wrong(format string, args ...any) {
	p.reasons = append(p.reasons, fmt.Sprintf(format, args...))
}

// parentType is the type of whatever stands above; empty if nothing was found.
func (p *parcel) parentType() string {
	switch {
	case p.above != nil:
		return p.above.Type
	case p.within != nil:
		return p.within.Type
	}
	return ""
}

// plan is all the drafts of a batch beside the organisations below which they shall stand. It is laid in memory: a row may
// stand below any other one, in any order.
type plan struct {
	top     model.Org
	orgs    []model.Org // of the subtree, without what was dissolved
	parcels []*parcel   // in the order of the sheet
}

// layPlan reads the tree and the drafts, and finds what stands above each. The tree is locked.
func layPlan(tx model.Tx, b batch.Batch) (*plan, error) {
	p := &plan{}
	if err := lockTree(tx); err != nil {
		return nil, err
	}
	if err := tx.Where("id = ?", b.OrgID).Take(&p.top).Error; err != nil { // it may have moved since the file came
		return nil, err
	}
	err := tx.Where("path >= ? AND path < ? AND dissolved_on IS NULL", p.top.Path, model.PathEnd(p.top.Path)).Order("path").Find(&p.orgs).Error
	if err != nil {
		return nil, err
	}
	var drafts []model.OrgDraft
	if err := tx.Where("batch_id = ?", b.ID).Order("row_no").Find(&drafts).Error; err != nil {
		return nil, err
	}
	p.parcels = make([]*parcel, len(drafts))
	for i := range drafts {
		p.parcels[i] = &parcel{OrgDraft: &drafts[i]}
	}
	p.findParents()
	return p, nil
}

// candidate is an organisation or a draft that a name or a code may mean.
type candidate struct {
	org    *model.Org
	parcel *parcel
}

func (p *plan) findParents() {
	byCode, byName := map[string][]candidate{}, map[string][]candidate{}
	add := func(c candidate, code, name string) {
		if code != "" {
			byCode[code] = append(byCode[code], c)
		}
		if name != "" {
			byName[name] = append(byName[name], c)
		}
	}
	for i := range p.orgs {
		o := &p.orgs[i]
		add(candidate{org: o}, codeOf(o.OfficialCode), o.Name)
	}
	for _, d := range p.parcels {
		add(candidate{parcel: d}, d.OfficialCode, d.Name)
	}
	for _, d := range p.parcels {
		if d.ParentName == "" {
			d.above = &p.top
			continue
		}
		found := byCode[d.ParentName]
		if len(found) == 0 {
			found = byName[d.ParentName]
		}
		switch len(found) {
		case 0:
			d.wrong("在“%s”范围内和本表中都没有找到上级组织“%s”", p.top.Name, d.ParentName)
		case 1:
			d.above, d.within = found[0].org, found[0].parcel
		default:
			d.wrong("有 %d 个组织都叫“%s”，请改填上级组织的组织代码", len(found), d.ParentName)
		}
	}
}

func codeOf(code *string) string {
	if code == nil {
		return ""
	}
	return *code
}

// checkOrgs finds what only shows beside other rows and other organisations. It adds nothing twice.
func checkOrgs(tx model.Tx, b batch.Batch) error {
	p, err := layPlan(tx, b)
	if err != nil {
		return err
	}
	for _, d := range p.parcels {
		if above := d.parentType(); above != "" && d.Type != "" && fits(above, d.Type) != nil {
			d.wrong("%s", wrongLevel(d.Type))
		}
	}
	p.namesTwice()
	if err := p.codesTwice(tx, b.ID); err != nil {
		return err
	}
	if err := p.room(tx); err != nil {
		return err
	}
	p.belowBad()
	return writeReasons(tx, b.ID, p.parcels)
}

// namesTwice finds rows of one name below one parent.
func (p *plan) namesTwice() {
	type place struct {
		org  int64
		row  int64
		name string
	}
	there, rows := map[place]bool{}, map[place]int64{}
	for _, o := range p.orgs {
		if o.ParentID != nil {
			there[place{org: *o.ParentID, name: o.Name}] = true
		}
	}
	for _, d := range p.parcels {
		at := place{name: d.Name}
		switch {
		case d.Name == "" || d.parentType() == "":
			continue
		case d.above != nil:
			at.org = d.above.ID
		default:
			at.row = d.within.RowNo
		}
		if there[at] {
			d.wrong("上级组织之下已有“%s”，请删除此行或换一个名称", d.Name)
		} else if first, ok := rows[at]; ok {
			d.wrong("与第 %d 行的组织名称重复，请只保留一行", first)
		} else {
			rows[at] = d.RowNo
		}
	}
}

// codesTwice finds codes that stand twice in the file, or belong to an organisation anywhere, though it be dissolved.
func (p *plan) codesTwice(tx model.Tx, batchID int64) error {
	var taken []string
	err := tx.Raw("SELECT official_code FROM org WHERE official_code IN (SELECT official_code FROM org_draft WHERE batch_id = ? AND official_code <> '')", batchID).Scan(&taken).Error
	if err != nil {
		return err
	}
	there, rows := map[string]bool{}, map[string]int64{}
	for _, code := range taken {
		there[code] = true
	}
	for _, d := range p.parcels {
		first, twice := rows[d.OfficialCode]
		switch {
		case d.OfficialCode == "":
		case there[d.OfficialCode]:
			d.wrong("组织代码已被其他组织使用，请核对")
		case twice:
			d.wrong("与第 %d 行的组织代码重复，请核对", first)
		default:
			rows[d.OfficialCode] = d.RowNo
		}
	}
	return nil
}

// room finds parents with more organisations below them than there are numbers.
func (p *plan) room(tx model.Tx) error {
	var taken []struct{ ParentID, N int64 }
	err := tx.Raw("SELECT parent_id, count(*) AS n FROM org WHERE path > ? AND path < ? GROUP BY parent_id", p.top.Path, model.PathEnd(p.top.Path)).Scan(&taken).Error
	if err != nil {
		return err
	}
	type place struct{ org, row int64 }
	used := map[place]int64{}
	for _, t := range taken {
		used[place{org: t.ParentID}] = t.N
	}
	for _, d := range p.parcels {
		at := place{}
		switch {
		case d.above != nil:
			at.org = d.above.ID
		case d.within != nil:
			at.row = d.within.RowNo
		default:
			continue
		}
		if used[at]++; used[at] > 999 {
			d.wrong("上级组织之下最多 999 个组织，请先设立另一个上级组织")
		}
	}
	return nil
}

// belowBad marks the rows below a row that cannot come in. The levels end after three steps, and no row that fits is above itself.
func (p *plan) belowBad() {
	for range 3 {
		for _, d := range p.parcels {
			if d.within != nil && len(d.reasons) == 0 && d.Error == "" && (len(d.within.reasons) > 0 || d.within.Error != "") {
				d.wrong("上级组织在第 %d 行，该行有误，请先改正", d.within.RowNo)
			}
		}
	}
}

// writeReasons adds what was found to the drafts' errors, some hundred rows in one statement.
func writeReasons(tx model.Tx, batchID int64, parcels []*parcel) error {
	const most = 300
	var values []string
	var args []any
	write := func() error {
		if len(values) == 0 {
			return nil
		}
		_, err := model.Exec(tx, "WITH bad (row_no, reason) AS (VALUES "+strings.Join(values, ", ")+
			") UPDATE org_draft SET error = bad.reason FROM bad WHERE org_draft.row_no = bad.row_no AND org_draft.batch_id = ?", append(args, batchID)...)
		values, args = nil, nil
		return err
	}
	for _, d := range parcels {
		text := d.Error
		for _, reason := range d.reasons {
			switch {
			case text == "":
				text = reason
			case !strings.Contains(text, reason):
				text += batch.Between + reason
			}
		}
		if text == d.Error {
			continue
		}
		values, args = append(values, "(CAST(? AS bigint), CAST(? AS text))"), append(args, d.RowNo, text)
		if len(values) == most {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return write()
}
