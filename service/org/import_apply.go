package org

import (
	"fmt"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/fault"
)

// applyOrgs makes organisations of the good drafts, one level after the other, each with the beginning of its history.
func applyOrgs(tx model.Tx, b batch.Batch) (int64, error) {
	p, err := layPlan(tx, b)
	if err != nil {
		return 0, err
	}
	free, from, err := p.places(tx)
	if err != nil {
		return 0, err
	}
	made := map[*parcel]*model.Org{}
	var done int64
	for _, level := range []string{model.OrgCommittee, model.OrgGeneralBranch, model.OrgBranch} {
		var orgs []model.Org
		var parcels []*parcel
		for _, d := range p.parcels {
			parent := d.above
			if d.within != nil {
				parent = made[d.within]
			}
			if d.Type != level || d.Error != "" || parent == nil {
				continue
			}
			path := free.next(parent.Path)
			if path == "" {
				continue // left out: the batch goes back
			}
			orgs, parcels = append(orgs, d.org(parent.ID, path)), append(parcels, d)
		}
		if err := makeLevel(tx, b, orgs, parcels, from, made); err != nil {
			return 0, err
		}
		done += int64(len(orgs))
	}
	return done, nil
}

// places reads which paths are free, and since when organisations have stood where they stand.
func (p *plan) places(tx model.Tx) (slots, map[int64]model.Date, error) {
	var taken, once []string
	if err := tx.Raw("SELECT path FROM org WHERE path > ? AND path < ?", p.top.Path, model.PathEnd(p.top.Path)).Scan(&taken).Error; err != nil {
		return slots{}, nil, err
	}
	if err := tx.Raw("SELECT DISTINCT path FROM org_span WHERE path > ? AND path < ?", p.top.Path, model.PathEnd(p.top.Path)).Scan(&once).Error; err != nil {
		return slots{}, nil, err
	}
	var placed []struct {
		OrgID  int64
		FromOn model.Date
	}
	err := tx.Raw("SELECT s.org_id, s.from_on FROM org_span s JOIN org o ON o.id = s.org_id WHERE s.until_on IS NULL AND o.path >= ? AND o.path < ?",
		p.top.Path, model.PathEnd(p.top.Path)).Scan(&placed).Error
	from := map[int64]model.Date{}
	for _, s := range placed {
		from[s.OrgID] = s.FromOn
	}
	return newSlots(taken, once), from, err
}

// org is the organisation that a draft becomes.
func (p *parcel) org(parent int64, path string) model.Org {
	o := model.Org{ParentID: &parent, Type: p.Type, Path: path, Name: p.Name, Kind: p.Kind, IsJoint: p.IsJoint, Address: p.Address, Phone: p.Phone,
		FoundedOn: p.FoundedOn, Version: 1}
	if p.OfficialCode != "" {
		o.OfficialCode = &p.OfficialCode
	}
	return o
}

// makeLevel writes the organisations of one level, their history and their events, and notes what became of each draft.
func makeLevel(tx model.Tx, b batch.Batch, orgs []model.Org, parcels []*parcel, from map[int64]model.Date, made map[*parcel]*model.Org) error {
	for i := range orgs {
		orgs[i].BatchID, orgs[i].CreatedAt = &b.ID, tx.Now
	}
	if _, err := model.Bulk(tx, orgs); err != nil || len(orgs) == 0 {
		return err
	}
	var written []struct {
		ID   int64
		Path string
	}
	if err := tx.Raw("SELECT id, path FROM org WHERE batch_id = ? AND type = ?", b.ID, orgs[0].Type).Scan(&written).Error; err != nil {
		return err
	}
	ids := map[string]int64{}
	for _, w := range written {
		ids[w.Path] = w.ID
	}
	spans, events := make([]model.OrgSpan, len(orgs)), make([]model.OrgEvent, len(orgs))
	for i := range orgs {
		o := &orgs[i]
		if o.ID = ids[o.Path]; o.ID == 0 {
			return fmt.Errorf("row %d was not written", parcels[i].RowNo)
		}
		since := tx.Day()
		if o.FoundedOn != nil {
			since = *o.FoundedOn
		}
		since = max(since, from[*o.ParentID])
		from[o.ID], made[parcels[i]] = since, o
		after, err := text(factsOf(*o))
		if err != nil {
			return err
		}
		spans[i] = model.OrgSpan{OrgID: o.ID, ParentID: o.ParentID, Type: o.Type, Name: o.Name, Path: o.Path, FromOn: since}
		events[i] = model.OrgEvent{OrgID: o.ID, Version: 1, Kind: model.OrgCreated, OnDay: tx.Day(), OtherOrgID: o.ParentID, Note: "批量导入", After: after,
			AccountID: accountOf(b.By), At: tx.Now}
	}
	if _, err := model.Bulk(tx, spans); err != nil {
		return err
	}
	_, err := model.Bulk(tx, events)
	return err
}

// dependents keeps an import from being undone: whatever has been done with an organisation since. ours stands for the ids
// of the organisations that came in.
var dependents = []struct{ title, table, where string }{
	{"已变更的组织", "org", "id IN (ours) AND version > 1"},
	{"下级组织", "org", "parent_id IN (ours) AND id NOT IN (ours)"},
	{"组织沿革", "org_event", "other_org_id IN (ours) AND org_id NOT IN (ours)"},
	{"组织沿革", "org_span", "parent_id IN (ours) AND org_id NOT IN (ours)"},
	{"党员", "member", "org_id IN (ours)"},
	{"党员沿革", "member_span", "org_id IN (ours)"},
	{"角色", "role_grant", "org_id IN (ours)"},
	{"领导班子任期", "org_term", "org_id IN (ours)"},
	{"领导班子任职", "org_post", "org_id IN (ours)"},
	{"工作交接", "handover", "org_id IN (ours)"},
	{"表决", "vote", "org_id IN (ours)"},
	{"党小组", "party_group", "org_id IN (ours)"},
	{"联合单位", "joint_unit", "org_id IN (ours)"},
	{"标准化材料", "standard_evidence", "org_id IN (ours)"},
	{"组织生活", "meeting", "org_id IN (ours)"},
	{"党费账单", "dues_bill", "org_id IN (ours)"},
	{"党费设置", "dues_setting", "org_id IN (ours)"},
	{"党费设置", "dues_base_choice", "org_id IN (ours)"},
	{"党费减免", "dues_relief", "org_id IN (ours)"},
	{"党费缴纳", "dues_payment", "org_id IN (ours)"},
	{"党费欠缴", "dues_arrears", "org_id IN (ours)"},
	{"党费季度汇总", "dues_quarter", "org_id IN (ours)"},
	{"大额党费", "dues_special", "org_id IN (ours)"},
	{"党费存缴和使用", "dues_deposit", "org_id IN (ours)"},
	{"党费存缴和使用", "dues_remittance", "org_id IN (ours) OR to_org_id IN (ours)"},
	{"党费存缴和使用", "dues_use", "org_id IN (ours)"},
	{"党费收支公布", "dues_publication", "org_id IN (ours)"},
	{"积分记录", "fact", "org_id IN (ours)"},
	{"发展党员", "development", "org_id IN (ours)"},
	{"发展党员", "development_step", "org_id IN (ours)"},
	{"组织关系转接", "transfer", "from_org_id IN (ours) OR to_org_id IN (ours)"},
	{"流动党员", "floating", "home_org_id IN (ours) OR host_org_id IN (ours)"},
	{"党员服务队", "service_team", "org_id IN (ours)"},
	{"党代会", "congress", "org_id IN (ours)"},
	{"导入记录", "import_batch", "org_id IN (ours)"},
	{"导出记录", "export_batch", "org_id IN (ours)"},
}

// undoOrgs takes the organisations of an import out again. Fault import.in_use says what depends on them.
func undoOrgs(tx model.Tx, b batch.Batch) error {
	if err := lockTree(tx); err != nil {
		return err
	}
	const ours = "SELECT i.id FROM org i WHERE i.batch_id = ?"
	var ids []int64 // locked, so that nobody comes into one of them
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Model(&model.Org{}).Where("batch_id = ?", b.ID).Order("id").Pluck("id", &ids).Error
	if err != nil {
		return err
	}
	var parts []string
	var args []any
	for _, d := range dependents {
		parts = append(parts, fmt.Sprintf("SELECT '%s' AS title, count(*) AS n FROM %s WHERE %s", d.title, d.table, strings.ReplaceAll(d.where, "ours", ours)))
		for range strings.Count(d.where, "ours") {
			args = append(args, b.ID)
		}
	}
	var found []struct {
		Title string
		N     int64
	}
	err = tx.Raw("SELECT title, sum(n) AS n FROM ("+strings.Join(parts, " UNION ALL ")+") q GROUP BY title HAVING sum(n) > 0 ORDER BY title", args...).Scan(&found).Error
	if err != nil {
		return err
	}
	if len(found) > 0 {
		counts, texts := map[string]int64{}, make([]string, len(found))
		for i, f := range found {
			counts[f.Title], texts[i] = f.N, fmt.Sprintf("%s %d 条", f.Title, f.N)
		}
		return fault.Conflict("import.in_use", "这批组织已有后续业务，不能撤销："+strings.Join(texts, "、")).With("dependents", counts)
	}
	for _, table := range []string{"org_event WHERE org_id IN (" + ours + ")", "org_span WHERE org_id IN (" + ours + ")", "org WHERE batch_id = ?"} {
		if _, err := model.Exec(tx, "DELETE FROM "+table, b.ID); err != nil {
			return err
		}
	}
	return nil
}
