// Package standard is branch standardisation (标准化建设): checklists by type of organisation in versions, photos as
// evidence for each item, the review from above, and how far everybody has come. What a full checklist is worth in points
// is not decided here: an approved item is a fact.
package standard

import (
	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file"
)

// FactApproved is an item of the checklist that the level above approved; it belongs to the organisation.
const FactApproved = "standard.approved"

// Service keeps checklists and evidence. It is safe for concurrent use.
type Service struct {
	db    *model.DB
	files *file.Service
}

// New makes the module.
func New(db *model.DB, files *file.Service) *Service { return &Service{db: db, files: files} }

// current joins an organisation o with the checklist c that it works through: the published one of its type and kind, or
// of its type where its kind has none of its own.
const current = `JOIN standard_checklist c ON c.state = 'PUBLISHED' AND c.org_type = o.type AND c.kind = CASE WHEN o.kind <> '' AND EXISTS (
    SELECT 1 FROM standard_checklist k WHERE k.state = 'PUBLISHED' AND k.org_type = o.type AND k.kind = o.kind) THEN o.kind ELSE '' END`

// seen reads an organisation that v leads or administers, or the member's own branch.
func seen(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	where, args := v.Reads().Paths("path")
	var o model.Org
	err := tx.Where("id = ? AND dissolved_on IS NULL AND (id = ? OR "+where+")", append([]any{id, v.OrgID}, args...)...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return o, err
}

// worked reads an organisation that v administers; one that v only reads is forbidden.
func worked(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	o, err := seen(tx, v, id)
	if err == nil && !v.Works().Covers(o.Path) {
		err = fault.Forbidden()
	}
	return o, err
}

// above tells whether v administers an organisation above the path; nobody is above the city.
func above(v access.Viewer, path string) bool {
	const level = 3 // digits
	return len(path) > level && v.Works().Covers(path[:len(path)-level])
}
