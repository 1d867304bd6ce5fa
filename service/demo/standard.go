package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hongyun/model"
	"hongyun/service/fact"
	"hongyun/service/standard"
)

// makeStandard shows evidence for most items of the published checklists: three of five are approved or wait for the level
// above, some were sent back, some are drafts.
func (b *builder) makeStandard(tx model.Tx) error {
	var items []struct {
		ID      int64
		OrgType string
		Photos  int64
	}
	err := tx.Raw(`SELECT i.id, c.org_type, i.photos FROM standard_item i JOIN standard_checklist c ON c.id = i.checklist_id
		WHERE c.state = ? AND c.kind = '' ORDER BY i.id`, model.ChecklistPublished).Scan(&items).Error
	if err != nil {
		return err
	}
	r := stream(streamStandard)
	photosOf := map[int64]int64{}
	var rows []model.StandardEvidence
	for _, n := range b.tree {
		for _, item := range items {
			photosOf[item.ID] = item.Photos
			if item.OrgType == n.org.Type {
				if e, ok := b.evidence(r, n, item.ID); ok {
					rows = append(rows, e)
				}
			}
		}
	}
	if rows, err = model.BulkFresh(tx, rows); err != nil {
		return err
	}
	var photos []model.StandardPhoto
	var facts []fact.Fact
	for _, e := range rows {
		if e.State == model.EvidenceApproved {
			facts = append(facts, fact.Fact{Code: standard.FactApproved, SubjectType: model.SubjectOrg, SubjectID: e.OrgID, OrgID: e.OrgID,
				Day: model.DateOf(*e.ReviewedAt), Source: fmt.Sprintf("standard:%d:%d", e.ID, e.Round), Quantity: 1})
		}
		photos = append(photos, model.StandardPhoto{EvidenceID: e.ID, FileID: b.photo, Moment: model.PhotoAfter})
		if photosOf[e.ItemID] > 1 {
			photos = append(photos, model.StandardPhoto{EvidenceID: e.ID, FileID: b.second, Moment: model.PhotoBefore})
		}
	}
	if _, err = model.Bulk(tx, photos); err != nil {
		return err
	}
	return fact.Record(tx, facts...)
}

// evidence is what an organisation shows for an item; one in four items it has not begun.
func (b *builder) evidence(r *rand.Rand, n *node, item int64) (model.StandardEvidence, bool) {
	sent := model.DateOf(b.now).AddDays(-4 - r.IntN(250)).Time().Add(9*time.Hour + time.Duration(r.IntN(480))*time.Minute)
	reviewed := sent.AddDate(0, 0, 1+r.IntN(3))
	e := model.StandardEvidence{OrgID: n.org.ID, ItemID: item, State: model.EvidenceApproved, Note: "已按清单要求完成，见照片", SubmittedBy: b.adminOf(n), SubmittedAt: &sent, UpdatedAt: sent}
	switch x := r.IntN(100); {
	case x < 25:
		return e, false
	case x < 34:
		e.State, e.SubmittedBy, e.SubmittedAt, e.Note = model.EvidenceDraft, nil, nil, "正在整改"
		return e, true
	case x < 46:
		e.State = model.EvidenceSubmitted
		return e, true
	case x < 50:
		e.State, e.ReviewNote = model.EvidenceReturned, "照片看不清标牌，请重新拍摄"
	default:
		e.Round = 1
	}
	e.ReviewedBy, e.ReviewedAt, e.UpdatedAt = b.adminOf(n.parent), &reviewed, reviewed
	return e, true
}
