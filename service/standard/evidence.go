package standard

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fact"
	"hongyun/service/fault"
)

// mostPhotos bounds the photos of one item.
const mostPhotos = 20

// AddPhoto puts a photo under an item of the organisation's checklist.
//
// Faults: standard.locked while the item waits for its review or is approved, standard.too_many_photos, those of package file.
func (s *Service) AddPhoto(ctx context.Context, v access.Viewer, orgID, itemID int64, moment, name string, body []byte) (Entry, error) {
	if _, _, err := itemOf(s.db.Read(ctx), v, orgID, itemID); err != nil { // before the upload is kept
		return Entry{}, err
	}
	f, err := s.files.SavePhoto(ctx, v.AccountID, name, body)
	if err != nil {
		return Entry{}, err
	}
	return s.change(ctx, v, orgID, itemID, func(tx model.Tx, e model.StandardEvidence, _ model.StandardItem) error {
		var n int64
		if err := tx.Raw("SELECT count(*) FROM standard_photo WHERE evidence_id = ?", e.ID).Scan(&n).Error; err != nil {
			return err
		}
		if n >= mostPhotos {
			return fault.Conflict("standard.too_many_photos", fmt.Sprintf("每个项目最多%d张照片，请先删除不用的照片", mostPhotos))
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.photo", ObjectType: "standard_evidence", ObjectID: e.ID, After: map[string]any{"file_id": f.ID, "moment": moment}})
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&model.StandardPhoto{EvidenceID: e.ID, FileID: f.ID, Moment: moment}).Error
	})
}

// RemovePhoto takes a photo away again.
func (s *Service) RemovePhoto(ctx context.Context, v access.Viewer, orgID, itemID, fileID int64) (Entry, error) {
	return s.change(ctx, v, orgID, itemID, func(tx model.Tx, e model.StandardEvidence, _ model.StandardItem) error {
		n, err := model.Exec(tx, "DELETE FROM standard_photo WHERE evidence_id = ? AND file_id = ?", e.ID, fileID)
		if err == nil && n == 0 {
			err = fault.NotFound("照片")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.photo_removed", ObjectType: "standard_evidence", ObjectID: e.ID, Before: map[string]any{"file_id": fileID}})
		return err
	})
}

// SubmitInput is what the organisation says of its evidence.
type SubmitInput struct {
	Note string `json:"note" validate:"omitempty,max=500,text" label:"说明"`
}

// Submit hands an item up for review.
//
// Faults: standard.photos_missing, standard.locked.
func (s *Service) Submit(ctx context.Context, v access.Viewer, orgID, itemID int64, in SubmitInput) (Entry, error) {
	return s.change(ctx, v, orgID, itemID, func(tx model.Tx, e model.StandardEvidence, item model.StandardItem) error {
		var n int64
		if err := tx.Raw("SELECT count(*) FROM standard_photo WHERE evidence_id = ?", e.ID).Scan(&n).Error; err != nil {
			return err
		}
		if n < item.Photos {
			return fault.Invalid("standard.photos_missing", fmt.Sprintf("该项目至少需要%d张照片，现有%d张", item.Photos, n))
		}
		if n == 0 && in.Note == "" {
			return fault.Invalid("standard.photos_missing", "请填写说明或上传照片")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.submit", ObjectType: "standard_evidence", ObjectID: e.ID, After: map[string]any{"photos": n}})
		_, err := model.Exec(tx, "UPDATE standard_evidence SET state = ?, note = ?, submitted_by = ?, submitted_at = ? WHERE id = ?",
			model.EvidenceSubmitted, in.Note, v.AccountID, tx.Now, e.ID)
		return err
	})
}

// ReviewInput is what the level above says.
type ReviewInput struct {
	Approve bool   `json:"approve"`
	Note    string `json:"note" validate:"omitempty,max=500,text" label:"审核意见"` // required to send back
}

// Review approves what waits, or sends it back with a reason; what was approved may be sent back later, when it does not
// hold any more. Only an administrator of a level above reviews, and nobody what he or she handed in.
//
// Faults: standard.not_above, standard.own, standard.no_reason, standard.not_submitted, standard.retired.
func (s *Service) Review(ctx context.Context, v access.Viewer, id int64, in ReviewInput) (Entry, error) {
	if !in.Approve && in.Note == "" {
		return Entry{}, fault.Invalid("standard.no_reason", "退回时请填写原因")
	}
	var orgID, itemID int64
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var e model.StandardEvidence
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&e).Error
		if model.NotFound(err) {
			return fault.NotFound("标准化建设材料")
		}
		if err != nil {
			return err
		}
		o, err := worked(tx, v, e.OrgID)
		if fault.Is(err, "not_found") {
			return fault.NotFound("标准化建设材料")
		}
		if err != nil {
			return err
		}
		if err := reviewable(v, o, e, in); err != nil {
			return err
		}
		if err := inForce(tx, e); err != nil {
			return err
		}
		orgID, itemID = e.OrgID, e.ItemID
		origin := e.ID // one that went over to a new version stays the same achievement
		if e.OriginID != nil {
			origin = *e.OriginID
		}
		source := func(round int64) string { return fmt.Sprintf("standard:%d:%d", origin, round) }
		after := model.EvidenceReturned
		if in.Approve {
			after = model.EvidenceApproved
			e.Round++
			err = fact.Record(tx, fact.Fact{Code: FactApproved, SubjectType: model.SubjectOrg, SubjectID: e.OrgID, OrgID: e.OrgID, Day: tx.Day(), Source: source(e.Round), Quantity: 1})
		} else if e.State == model.EvidenceApproved {
			_, err = fact.Reverse(tx, source(e.Round))
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "standard.review", ObjectType: "standard_evidence", ObjectID: id,
			Before: map[string]any{"state": e.State}, After: map[string]any{"state": after, "note": in.Note}})
		_, err = model.Exec(tx, "UPDATE standard_evidence SET state = ?, round = ?, reviewed_by = ?, reviewed_at = ?, review_note = ?, updated_at = ? WHERE id = ?",
			after, e.Round, v.AccountID, tx.Now, in.Note, tx.Now, id)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	return s.entry(ctx, v, orgID, itemID)
}

func reviewable(v access.Viewer, o model.Org, e model.StandardEvidence, in ReviewInput) error {
	switch {
	case !above(v, o.Path):
		return &fault.Fault{Kind: fault.KindForbidden, Code: "standard.not_above", Message: "标准化建设由上级组织的管理员审核"}
	case e.SubmittedBy != nil && *e.SubmittedBy == v.AccountID:
		return &fault.Fault{Kind: fault.KindForbidden, Code: "standard.own", Message: "不能审核自己提交的材料"}
	case e.State == model.EvidenceSubmitted, e.State == model.EvidenceApproved && !in.Approve:
		return nil
	}
	return fault.Conflict("standard.not_submitted", "该项目没有待审核的材料，请刷新后再看").With("state", e.State)
}

// inForce refuses evidence of a version that has retired: what stands in the new one went over, and counts there.
func inForce(tx model.Tx, e model.StandardEvidence) error {
	var n int64
	err := tx.Raw("SELECT count(*) FROM standard_item i JOIN standard_checklist c ON c.id = i.checklist_id WHERE i.id = ? AND c.state = ?",
		e.ItemID, model.ChecklistPublished).Scan(&n).Error
	if err == nil && n == 0 {
		err = fault.Conflict("standard.retired", "清单已更新，请在新版清单中审核该项目")
	}
	return err
}

// change runs one step on an item's evidence that is open to its organisation: it is locked, begun if it is new, and goes
// back to DRAFT unless the step says otherwise.
func (s *Service) change(ctx context.Context, v access.Viewer, orgID, itemID int64, step func(model.Tx, model.StandardEvidence, model.StandardItem) error) (Entry, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		_, item, err := itemOf(tx, v, orgID, itemID)
		if err != nil {
			return err
		}
		fresh := model.StandardEvidence{OrgID: orgID, ItemID: itemID, State: model.EvidenceDraft, UpdatedAt: tx.Now}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return err
		}
		var e model.StandardEvidence
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("org_id = ? AND item_id = ?", orgID, itemID).Take(&e).Error; err != nil {
			return err
		}
		if e.State != model.EvidenceDraft && e.State != model.EvidenceReturned {
			return fault.Conflict("standard.locked", "该项目已提交或已通过，不能修改").With("state", e.State)
		}
		if _, err := model.Exec(tx, "UPDATE standard_evidence SET state = ?, updated_at = ? WHERE id = ?", model.EvidenceDraft, tx.Now, e.ID); err != nil {
			return err
		}
		return step(tx, e, item)
	})
	if err != nil {
		return Entry{}, err
	}
	return s.entry(ctx, v, orgID, itemID)
}

// itemOf is an item of the checklist that an organisation in v's hands works through now.
func itemOf(tx model.Tx, v access.Viewer, orgID, itemID int64) (model.Org, model.StandardItem, error) {
	o, err := worked(tx, v, orgID)
	if err != nil {
		return o, model.StandardItem{}, err
	}
	var item model.StandardItem
	err = tx.Raw("SELECT i.* FROM org o "+current+" JOIN standard_item i ON i.checklist_id = c.id WHERE o.id = ? AND i.id = ?", orgID, itemID).Take(&item).Error
	if model.NotFound(err) {
		err = fault.NotFound("清单项目")
	}
	return o, item, err
}
