package standard

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// ItemInput is one item of a checklist.
type ItemInput struct {
	Area        string `json:"area" validate:"required,max=50,text" label:"类别"`
	Title       string `json:"title" validate:"required,max=100,text" label:"项目"`
	Requirement string `json:"requirement" validate:"omitempty,max=500,text" label:"标准"`
	Photos      int64  `json:"photos" validate:"min=0,max=20" label:"最少照片数"`
	Public      bool   `json:"public"` // a public place: approved photos stand in the gallery
}

// ChecklistInput is a checklist as its author writes it.
type ChecklistInput struct {
	OrgType string      `json:"org_type" validate:"required,oneof=COMMITTEE GENERAL_BRANCH BRANCH" label:"组织类型"`
	Kind    string      `json:"kind" validate:"omitempty,max=20,text" label:"单位类别"` // empty: every kind without a list of its own
	Title   string      `json:"title" validate:"required,max=100,text" label:"清单名称"`
	Items   []ItemInput `json:"items" validate:"required,min=1,max=200,dive" label:"清单项目"`
}

// ItemView is one item.
type ItemView struct {
	ID          int64  `json:"id"`
	Seq         int64  `json:"seq"`
	Area        string `json:"area"`
	Title       string `json:"title"`
	Requirement string `json:"requirement"`
	Photos      int64  `json:"photos"`
	Public      bool   `json:"public"`
}

// ChecklistView is a checklist with its items.
type ChecklistView struct {
	ID          int64      `json:"id"`
	OrgType     string     `json:"org_type"`
	Kind        string     `json:"kind"`
	Version     int64      `json:"version"`
	Title       string     `json:"title"`
	State       string     `json:"state"`
	PublishedAt *time.Time `json:"published_at"`
	Items       []ItemView `json:"items" gorm:"-"`
}

// Checklists lists every checklist in every version, the newest first.
func (s *Service) Checklists(ctx context.Context) ([]ChecklistView, error) {
	tx := s.db.Read(ctx)
	var lists []ChecklistView
	if err := tx.Raw("SELECT * FROM standard_checklist ORDER BY org_type, kind, version DESC").Scan(&lists).Error; err != nil {
		return nil, err
	}
	for i := range lists { // a handful
		if err := tx.Raw("SELECT * FROM standard_item WHERE checklist_id = ? ORDER BY seq", lists[i].ID).Scan(&lists[i].Items).Error; err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// Draft writes the next version of a checklist. It counts for nobody until it is published.
//
// Faults: standard.unknown_kind, standard.repeated_item.
func (s *Service) Draft(ctx context.Context, v access.Viewer, in ChecklistInput) (ChecklistView, error) {
	var id int64
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := valid(tx, in); err != nil {
			return err
		}
		c := model.StandardChecklist{OrgType: in.OrgType, Kind: in.Kind, Title: in.Title, State: model.ChecklistDraft, CreatedBy: &v.AccountID, CreatedAt: tx.Now}
		if err := tx.Raw("SELECT coalesce(max(version), 0) + 1 FROM standard_checklist WHERE org_type = ? AND kind = ?", in.OrgType, in.Kind).
			Scan(&c.Version).Error; err != nil {
			return err
		}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&c)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("standard.drafted", "刚刚有人起草了同一版本，请刷新后再试")
		}
		id = c.ID
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.draft", ObjectType: "standard_checklist", ObjectID: id, After: in})
		return writeItems(tx, id, in.Items)
	})
	if err != nil {
		return ChecklistView{}, err
	}
	return s.checklist(ctx, id)
}

// EditDraft writes a draft anew. What is published is not rewritten: evidence rests on it.
func (s *Service) EditDraft(ctx context.Context, v access.Viewer, id int64, in ChecklistInput) (ChecklistView, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		c, err := lockChecklist(tx, id)
		if err != nil {
			return err
		}
		if c.State != model.ChecklistDraft {
			return fault.Conflict("standard.published", "清单已发布，不能修改，请起草新版本")
		}
		if c.OrgType != in.OrgType || c.Kind != in.Kind {
			return fault.Invalid("standard.other_list", "组织类型和单位类别不能修改，请另行起草")
		}
		if err := valid(tx, in); err != nil {
			return err
		}
		if _, err := model.Exec(tx, "UPDATE standard_checklist SET title = ? WHERE id = ?", in.Title, id); err != nil {
			return err
		}
		if _, err := model.Exec(tx, "DELETE FROM standard_item WHERE checklist_id = ?", id); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.edit", ObjectType: "standard_checklist", ObjectID: id, After: in})
		return writeItems(tx, id, in.Items)
	})
	if err != nil {
		return ChecklistView{}, err
	}
	return s.checklist(ctx, id)
}

// Publish makes a draft the checklist of its type and kind; the one before retires. What an organisation has shown for an
// item that stands in the new version word for word goes over with it, approved or not: nobody takes the same photo twice.
func (s *Service) Publish(ctx context.Context, v access.Viewer, id int64) (ChecklistView, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		c, err := lockVersions(tx, id)
		if err != nil {
			return err
		}
		if c.State != model.ChecklistDraft {
			return fault.Conflict("standard.published", "清单已发布")
		}
		var newer int64
		if err := tx.Raw("SELECT count(*) FROM standard_checklist WHERE org_type = ? AND kind = ? AND version > ? AND state <> ?",
			c.OrgType, c.Kind, c.Version, model.ChecklistDraft).Scan(&newer).Error; err != nil {
			return err
		}
		if newer > 0 {
			return fault.Conflict("standard.outdated", "已有更新的版本发布，请起草新版本")
		}
		var old int64
		if err := tx.Raw("SELECT id FROM standard_checklist WHERE org_type = ? AND kind = ? AND state = ?", c.OrgType, c.Kind, model.ChecklistPublished).
			Scan(&old).Error; err != nil {
			return err
		}
		if _, err := model.Exec(tx, "UPDATE standard_checklist SET state = ? WHERE id = ?", model.ChecklistRetired, old); err != nil {
			return err
		}
		n, err := model.Exec(tx, "UPDATE standard_checklist SET state = ?, published_at = ? WHERE id = ? AND state = ?",
			model.ChecklistPublished, tx.Now, id, model.ChecklistDraft)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.Conflict("standard.published", "清单刚刚被他人发布")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.publish", ObjectType: "standard_checklist", ObjectID: id,
			After: map[string]any{"version": c.Version, "org_type": c.OrgType, "kind": c.Kind}})
		return carryOver(tx, old, id)
	})
	if err != nil {
		return ChecklistView{}, err
	}
	return s.checklist(ctx, id)
}

// carryOver copies evidence and photos of the items that both versions share.
func carryOver(tx model.Tx, old, next int64) error {
	const same = `JOIN standard_item a ON a.id = e.item_id AND a.checklist_id = ?
		JOIN standard_item b ON b.checklist_id = ? AND b.area = a.area AND b.title = a.title AND b.requirement = a.requirement AND b.photos = a.photos`
	if _, err := model.Exec(tx, `INSERT INTO standard_evidence (org_id, item_id, state, note, submitted_by, submitted_at, reviewed_by, reviewed_at, review_note, round, origin_id, updated_at)
		SELECT e.org_id, b.id, e.state, e.note, e.submitted_by, e.submitted_at, e.reviewed_by, e.reviewed_at, e.review_note, e.round, coalesce(e.origin_id, e.id), e.updated_at
		FROM standard_evidence e `+same+` WHERE true ON CONFLICT DO NOTHING`, old, next); err != nil {
		return err
	}
	_, err := model.Exec(tx, `INSERT INTO standard_photo (evidence_id, file_id, moment)
		SELECT n.id, p.file_id, p.moment FROM standard_photo p JOIN standard_evidence e ON e.id = p.evidence_id `+same+`
		JOIN standard_evidence n ON n.org_id = e.org_id AND n.item_id = b.id WHERE true ON CONFLICT DO NOTHING`, old, next)
	return err
}

func lockChecklist(tx model.Tx, id int64) (model.StandardChecklist, error) {
	var c model.StandardChecklist
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&c).Error
	if model.NotFound(err) {
		err = fault.NotFound("清单")
	}
	return c, err
}

// lockVersions locks a checklist with all versions of it, so that of two drafts which are published at once one is heard first.
func lockVersions(tx model.Tx, id int64) (model.StandardChecklist, error) {
	var c model.StandardChecklist
	err := tx.Where("id = ?", id).Take(&c).Error
	if model.NotFound(err) {
		err = fault.NotFound("清单")
	}
	if err != nil {
		return c, err
	}
	var versions []int64
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Model(&model.StandardChecklist{}).Where("org_type = ? AND kind = ?", c.OrgType, c.Kind).
		Order("id").Pluck("id", &versions).Error
	if err != nil {
		return c, err
	}
	return lockChecklist(tx, id)
}

func valid(tx model.Tx, in ChecklistInput) error {
	if in.Kind != "" {
		var known int64
		if err := tx.Raw("SELECT count(*) FROM lookup WHERE list = ? AND title = ?", model.ListOrgKind, in.Kind).Scan(&known).Error; err != nil {
			return err
		}
		if known == 0 {
			return fault.Invalid("standard.unknown_kind", "没有这种单位类别，请从列表中选择")
		}
	}
	seen := map[[2]string]bool{}
	for _, i := range in.Items {
		key := [2]string{i.Area, i.Title}
		if seen[key] {
			return fault.Invalid("standard.repeated_item", "项目“"+i.Title+"”重复，请合并或改名")
		}
		seen[key] = true
	}
	return nil
}

func writeItems(tx model.Tx, id int64, items []ItemInput) error {
	rows := make([]model.StandardItem, len(items))
	for i, in := range items {
		rows[i] = model.StandardItem{ChecklistID: id, Seq: int64(i + 1), Area: in.Area, Title: in.Title, Requirement: in.Requirement, Photos: in.Photos, Public: in.Public}
	}
	_, err := model.Bulk(tx, rows)
	return err
}

func (s *Service) checklist(ctx context.Context, id int64) (ChecklistView, error) {
	var c ChecklistView
	tx := s.db.Read(ctx)
	if err := tx.Raw("SELECT * FROM standard_checklist WHERE id = ?", id).Scan(&c).Error; err != nil {
		return c, err
	}
	return c, tx.Raw("SELECT * FROM standard_item WHERE checklist_id = ? ORDER BY seq", id).Scan(&c.Items).Error
}
