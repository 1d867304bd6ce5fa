package dues

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Settings is what counts in an organisation, and who has said so.
type Settings struct {
	OrgID         int64      `json:"org_id"`
	PayForOthers  bool       `json:"pay_for_others"`
	Quarterly     bool       `json:"quarterly"`
	CollectionDay int64      `json:"collection_day"` // of the month; 0: none is fixed
	Version       int64      `json:"version"`        // of the organisation's own settings; 0: it has none
	FromOrgID     *int64     `json:"from_org_id"`    // whose settings count: itself, or the nearest above; null: nobody has set any
	FromOrgName   string     `json:"from_org_name"`
	ByName        string     `json:"by_name"`
	UpdatedAt     *time.Time `json:"updated_at"`
}

// SettingsInput replaces an organisation's own settings.
type SettingsInput struct {
	PayForOthers  bool  `json:"pay_for_others"`
	Quarterly     bool  `json:"quarterly"`
	CollectionDay int64 `json:"collection_day" validate:"min=0,max=28" label:"党费日"`
	Version       int64 `json:"version" validate:"min=0" label:"版本"` // that the person saw
}

// SettingsAt tells what counts in an organisation where v collects dues or administers.
func (s *Service) SettingsAt(ctx context.Context, v access.Viewer, orgID int64) (Settings, error) {
	tx := s.db.Read(ctx)
	o, err := orgSeen(tx, v, orgID)
	if err != nil {
		return Settings{}, err
	}
	return settingsAt(tx, o)
}

// orgSeen reads an organisation where v collects dues or administers.
func orgSeen(tx model.Tx, v access.Viewer, id int64) (o model.Org, err error) {
	err = tx.Where("id = ?", id).Take(&o).Error
	if model.NotFound(err) || err == nil && !handlesAt(v, o.Path) {
		err = fault.NotFound("党组织")
	}
	return o, err
}

// orgWorked locks an organisation that v administers.
func orgWorked(tx model.Tx, v access.Viewer, id int64) (o model.Org, err error) {
	if o, err = orgSeen(tx, v, id); err != nil {
		return o, err
	}
	if !v.Works().Covers(o.Path) {
		return o, fault.Forbidden()
	}
	var held model.Org
	err = tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Where("id = ? AND dissolved_on IS NULL", id).Take(&held).Error
	if model.NotFound(err) {
		err = fault.Conflict("org.dissolved", "该组织已撤销")
	}
	return held, err
}

func settingsAt(tx model.Tx, o model.Org) (Settings, error) {
	var row struct {
		model.DuesSetting
		Name string
		By   string
	}
	err := tx.Raw(`SELECT s.*, t.name, `+byName("s.updated_by")+` AS by FROM dues_setting s JOIN org t ON t.id = s.org_id
WHERE substr(CAST(? AS text), 1, length(t.path)) = t.path ORDER BY length(t.path) DESC LIMIT 1`, o.Path).Scan(&row).Error
	out := Settings{OrgID: o.ID, PayForOthers: row.PayForOthers, Quarterly: row.Quarterly, CollectionDay: row.CollectionDay}
	if row.ID != 0 {
		out.FromOrgID, out.FromOrgName, out.ByName, out.UpdatedAt = &row.OrgID, row.Name, row.By, &row.UpdatedAt
	}
	if row.OrgID == o.ID {
		out.Version = row.Version
	}
	return out, err
}

// Set replaces the settings of an organisation that v administers. They count for it, and for all below that have none.
//
// Faults: not_found, auth.forbidden, org.dissolved, dues.settings_changed with what counts now.
func (s *Service) Set(ctx context.Context, v access.Viewer, orgID int64, in SettingsInput) (Settings, error) {
	var out Settings
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := orgWorked(tx, v, orgID)
		if err != nil {
			return err
		}
		was, err := settingsAt(tx, o)
		if err != nil {
			return err
		}
		if was.Version != in.Version {
			return fault.Conflict("dues.settings_changed", "该组织的党费设置已被他人修改，请核对最新内容后重新提交").
				With("version", was.Version).With("changes", []Settings{was})
		}
		row := model.DuesSetting{OrgID: o.ID, PayForOthers: in.PayForOthers, Quarterly: in.Quarterly, CollectionDay: in.CollectionDay, Version: in.Version + 1,
			UpdatedBy: &v.AccountID, UpdatedAt: tx.Now}
		err = tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "org_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"pay_for_others", "quarterly", "collection_day", "version", "updated_by", "updated_at"})}).Create(&row).Error
		if err != nil {
			return err
		}
		before := map[string]any{"pay_for_others": was.PayForOthers, "quarterly": was.Quarterly, "collection_day": was.CollectionDay}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.settings", ObjectType: "org", ObjectID: o.ID, Before: before,
			After: map[string]any{"pay_for_others": in.PayForOthers, "quarterly": in.Quarterly, "collection_day": in.CollectionDay}})
		out, err = settingsAt(tx, o)
		return err
	})
	return out, err
}
