package development

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// PaperView is a paper that a step asks for.
type PaperView struct {
	Step string `json:"step"`
	Kind string `json:"kind"`
}

// DocumentView is an uploaded paper; its content is behind URL.
type DocumentView struct {
	ID     int64     `json:"id"`
	Step   string    `json:"step"`
	Kind   string    `json:"kind"`
	FileID int64     `json:"file_id"`
	Name   string    `json:"name"`
	URL    string    `json:"url" gorm:"-"`
	ByName string    `json:"by_name"`
	At     time.Time `json:"at"`
}

// AddDocument keeps a paper of a course: PDF, Word or a photo of it. kind is the paper's name; step says which step it
// belongs to and may be left out where only one step asks for such a paper. Classified marks are refused (RULES 11.5).
//
// Faults: not found, forbidden, development.paper, those of file.SaveDocument.
func (s *Service) AddDocument(ctx context.Context, v access.Viewer, id int64, step, kind, name string, body []byte) (Detail, error) {
	step, err := s.paperFor(ctx, v, id, step, kind)
	if err != nil {
		return Detail{}, err
	}
	f, err := s.papers.SaveDocument(ctx, v.AccountID, name, body)
	if err != nil {
		return Detail{}, err
	}
	var detail Detail
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		row := model.DevelopmentDocument{DevelopmentID: id, Kind: kind, Step: step, FileID: f.ID, At: tx.Now}
		if v.AccountID != 0 {
			row.AccountID = &v.AccountID
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "development.document", ObjectType: "development", ObjectID: id,
			After: map[string]any{"step": step, "kind": kind, "file_id": f.ID}})
		detail, err = s.detail(tx, v, id)
		return err
	})
	return detail, err
}

// paperFor checks who uploads and what, before a file is kept.
func (s *Service) paperFor(ctx context.Context, v access.Viewer, id int64, step, kind string) (string, error) {
	tx := s.db.Read(ctx)
	_, path, err := seen(tx, v, id)
	if err != nil {
		return "", err
	}
	if !v.Works().Covers(path) {
		return "", fault.Forbidden()
	}
	var steps []string
	if err := tx.Raw("SELECT step FROM development_paper WHERE kind = ? AND (step = ? OR ? = '') ORDER BY seq", kind, step, step).Scan(&steps).Error; err != nil {
		return "", err
	}
	switch len(steps) {
	case 0:
		return "", fault.Invalid("development.paper", "没有这种材料，请从材料清单中选择")
	case 1:
		return steps[0], nil
	}
	return "", fault.Invalid("development.paper", "多个步骤都有这种材料，请选择所属步骤").With("steps", steps)
}

// MaySeeFile tells whether the file is a paper of a course that v may see. The person does not see the papers: the
// political review and the opinions of others are not for him or her.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	where, args := v.Reads().Paths("o.path")
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT count(*) FROM development_document x JOIN development d ON d.id = x.development_id JOIN org o ON o.id = d.org_id
WHERE x.file_id = ? AND `+where, append([]any{fileID}, args...)...).Scan(&n).Error
	return n > 0, err
}

func documentsOf(tx model.Tx, id int64) ([]DocumentView, error) {
	rows := []DocumentView{}
	err := tx.Raw(`SELECT x.id, x.step, x.kind, x.file_id, f.name, x.at, coalesce(m.name, '') AS by_name
FROM development_document x JOIN file f ON f.id = x.file_id LEFT JOIN account a ON a.id = x.account_id LEFT JOIN member m ON m.id = a.member_id
WHERE x.development_id = ? ORDER BY x.id`, id).Scan(&rows).Error
	for i := range rows {
		rows[i].URL = fmt.Sprintf("/api/v1/files/%d", rows[i].FileID)
	}
	return rows, err
}
