package standard

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Entry is an item with what the organisation shows for it. State is NONE where it has not begun.
type Entry struct {
	Item       ItemView    `json:"item" gorm:"embedded;embeddedPrefix:item_"`
	EvidenceID *int64      `json:"evidence_id"`
	State      string      `json:"state"`
	Note       string      `json:"note"`
	ReviewNote string      `json:"review_note"`
	Submitted  *time.Time  `json:"submitted_at"`
	Reviewed   *time.Time  `json:"reviewed_at"`
	Photos     []PhotoView `json:"photos" gorm:"-"`
}

// PhotoView is a photo; its content is behind URL.
type PhotoView struct {
	FileID int64  `json:"file_id"`
	Moment string `json:"moment"`
	URL    string `json:"url"`
}

// Board is an organisation's way through its checklist.
type Board struct {
	Count
	Version  int64   `json:"version"`
	Title    string  `json:"title"`
	Editable bool    `json:"editable"` // v may add evidence
	Entries  []Entry `json:"entries"`
}

// Board shows one organisation's items. A type without a published checklist answers none.
func (s *Service) Board(ctx context.Context, v access.Viewer, orgID int64) (Board, error) {
	tx := s.db.Read(ctx)
	o, err := seen(tx, v, orgID)
	if err != nil {
		return Board{}, err
	}
	b := Board{Editable: v.Works().Covers(o.Path), Entries: []Entry{}}
	b.Count = Count{OrgID: o.ID, OrgName: o.Name, OrgType: o.Type}
	var list model.StandardChecklist
	err = tx.Raw("SELECT c.* FROM org o "+current+" WHERE o.id = ?", orgID).Take(&list).Error
	if model.NotFound(err) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	b.Version, b.Title, b.Orgs = list.Version, list.Title, 1
	if b.Entries, err = entries(tx, orgID, 0); err != nil {
		return b, err
	}
	for _, e := range b.Entries {
		b.Items++
		switch e.State {
		case model.EvidenceApproved:
			b.Approved++
		case model.EvidenceSubmitted:
			b.Submitted++
		case model.EvidenceReturned:
			b.Returned++
		}
	}
	b.ShareBP = share(b.Approved, b.Items)
	return b, nil
}

func (s *Service) entry(ctx context.Context, v access.Viewer, orgID, itemID int64) (Entry, error) {
	tx := s.db.Read(ctx)
	if _, err := seen(tx, v, orgID); err != nil {
		return Entry{}, err
	}
	rows, err := entries(tx, orgID, itemID)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("清单项目")
	}
	if err != nil {
		return Entry{}, err
	}
	return rows[0], nil
}

// entries are the items of an organisation's present checklist; itemID 0: all of them, else one, in whatever version it stands.
func entries(tx model.Tx, orgID, itemID int64) ([]Entry, error) {
	which, args := current+" JOIN standard_item i ON i.checklist_id = c.id", []any{orgID}
	where := "o.id = ?"
	if itemID != 0 {
		which, where, args = "JOIN standard_item i ON i.id = ?", "o.id = ?", []any{itemID, orgID}
	}
	rows := []Entry{}
	err := tx.Raw(`SELECT i.id AS item_id, i.seq AS item_seq, i.area AS item_area, i.title AS item_title, i.requirement AS item_requirement,
		i.photos AS item_photos, i.public AS item_public, e.id AS evidence_id, coalesce(e.state, 'NONE') AS state, coalesce(e.note, '') AS note,
		coalesce(e.review_note, '') AS review_note, e.submitted_at AS submitted, e.reviewed_at AS reviewed
		FROM org o `+which+` LEFT JOIN standard_evidence e ON e.org_id = o.id AND e.item_id = i.id WHERE `+where+" ORDER BY i.seq", args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var photos []struct {
		EvidenceID, FileID int64
		Moment             string
	}
	err = tx.Raw(`SELECT p.evidence_id, p.file_id, p.moment FROM standard_photo p JOIN standard_evidence e ON e.id = p.evidence_id
		WHERE e.org_id = ? ORDER BY p.moment DESC, p.id`, orgID).Scan(&photos).Error
	for i := range rows {
		rows[i].Photos = []PhotoView{}
		for _, p := range photos {
			if rows[i].EvidenceID != nil && *rows[i].EvidenceID == p.EvidenceID {
				rows[i].Photos = append(rows[i].Photos, photo(p.FileID, p.Moment))
			}
		}
	}
	return rows, err
}

func photo(fileID int64, moment string) PhotoView {
	return PhotoView{FileID: fileID, Moment: moment, URL: fmt.Sprintf("/api/v1/files/%d", fileID)}
}

// MaySeeFile tells whether the file is a photo that v may see: of an organisation that v reads or belongs to, or an
// approved one of a public place, which every member may see.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	where, args := v.Reads().Paths("o.path")
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT count(*) FROM standard_photo p JOIN standard_evidence e ON e.id = p.evidence_id
		JOIN standard_item i ON i.id = e.item_id JOIN org o ON o.id = e.org_id
		WHERE p.file_id = ? AND (`+where+" OR o.id = ? OR (? AND i.public AND e.state = ?))",
		append(append([]any{fileID}, args...), v.OrgID, v.MemberID != 0, model.EvidenceApproved)...).Scan(&n).Error
	return n > 0, err
}
