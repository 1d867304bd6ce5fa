package collection

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// ShareRow is what a level hands up from a quarter on.
type ShareRow struct {
	ShareBP       int64         `json:"share_bp"` // hundredths of a per cent
	EffectiveFrom model.Quarter `json:"effective_from"`
	Clause        string        `json:"clause"`
	SetBy         string        `json:"set_by"` // empty: the platform's default
	SetAt         time.Time     `json:"set_at"`
}

// Share is what a level hands up now, and what it was and will be.
type Share struct {
	OrgType string     `json:"org_type"`
	ShareBP *int64     `json:"share_bp"` // null: not decided yet, nothing is handed up by rule
	Note    string     `json:"note"`
	History []ShareRow `json:"history"` // the newest first
}

// undecided is said of a level whose share nobody has set (RULES 3.2.15).
const undecided = "尚未确定"

// levels are those of the organisation tree, the highest first.
func levels() []string {
	return []string{model.OrgCity, model.OrgCommittee, model.OrgGeneralBranch, model.OrgBranch}
}

// Shares tells what each level hands up of what it has collected and received.
func (s *Service) Shares(ctx context.Context) ([]Share, error) {
	tx := s.db.Read(ctx)
	var rows []struct {
		OrgType string
		ShareRow
	}
	err := tx.Raw(`SELECT x.org_type, x.share_bp, x.effective_from, x.clause, coalesce(m.name, '') AS set_by, x.created_at AS set_at
FROM dues_share x LEFT JOIN account a ON a.id = x.created_by LEFT JOIN member m ON m.id = a.member_id ORDER BY x.effective_from DESC`).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	this := tx.Day().Month().Quarter()
	shares := make([]Share, len(levels()))
	for i, level := range levels() {
		shares[i] = Share{OrgType: level, Note: undecided, History: []ShareRow{}}
		for _, r := range rows {
			if r.OrgType != level {
				continue
			}
			if shares[i].ShareBP == nil && r.EffectiveFrom <= this {
				shares[i].ShareBP, shares[i].Note = &r.ShareBP, ""
			}
			shares[i].History = append(shares[i].History, r.ShareRow)
		}
	}
	return shares, nil
}

// ShareInput sets what a level hands up from a quarter on.
type ShareInput struct {
	OrgType       string        `json:"org_type" validate:"required,oneof=CITY COMMITTEE GENERAL_BRANCH BRANCH" label:"组织层级"`
	ShareBP       *int64        `json:"share_bp" validate:"required,min=0,max=10000" label:"上缴比例"` // hundredths of a per cent
	EffectiveFrom model.Quarter `json:"effective_from" validate:"required,quarter" label:"起始季度"`
	Clause        string        `json:"clause" validate:"required,text,max=200" label:"依据"`
}

// SetShare sets it. What counted in a quarter that is over never changes; a row of the present quarter or a later one is
// replaced, and the audit log keeps what it was. The caller is the city's administrator.
//
// Faults: dues.share_past.
func (s *Service) SetShare(ctx context.Context, v access.Viewer, in ShareInput) ([]Share, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if this := tx.Day().Month().Quarter(); in.EffectiveFrom < this {
			return fault.Invalid("dues.share_past", "已结束季度的上缴比例不能改变，起始季度最早为"+string(this)).With("earliest", this)
		}
		var old []model.DuesShare
		if err := tx.Where("org_type = ? AND effective_from = ?", in.OrgType, in.EffectiveFrom).Find(&old).Error; err != nil {
			return err
		}
		now := model.DuesShare{OrgType: in.OrgType, ShareBP: *in.ShareBP, EffectiveFrom: in.EffectiveFrom, Clause: strings.TrimSpace(in.Clause),
			CreatedBy: &v.AccountID, CreatedAt: tx.Now}
		err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "org_type"}, {Name: "effective_from"}},
			DoUpdates: clause.AssignmentColumns([]string{"share_bp", "clause", "created_by", "created_at"})}).Create(&now).Error
		if err != nil {
			return err
		}
		entry := audit.Entry{Action: "dues.share", ObjectType: "dues_share", ObjectID: now.ID,
			After: map[string]any{"org_type": now.OrgType, "share_bp": now.ShareBP, "effective_from": now.EffectiveFrom, "clause": now.Clause}}
		if len(old) > 0 {
			entry.Before = map[string]any{"share_bp": old[0].ShareBP, "clause": old[0].Clause}
		}
		audit.Record(tx, audit.By(v), entry)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Shares(ctx)
}

// dueOf is the share of an income, rounded half up; of an income below zero the same amount below zero.
func dueOf(incomeFen, shareBP int64) int64 {
	if incomeFen < 0 {
		return -dueOf(-incomeFen, shareBP)
	}
	return (incomeFen*shareBP + 5000) / 10000
}
