package development

import (
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// seen is a course of a branch that v leads or administers, with the path of the branch. What one may not see is not found.
func seen(tx model.Tx, v access.Viewer, id int64) (model.Development, string, error) {
	where, args := v.Reads().Paths("o.path")
	var rows []struct {
		model.Development
		Path string
	}
	err := tx.Raw("SELECT d.*, o.path FROM development d JOIN org o ON o.id = d.org_id WHERE d.id = ? AND "+where, append([]any{id}, args...)...).Scan(&rows).Error
	if err != nil {
		return model.Development{}, "", err
	}
	if len(rows) == 0 {
		return model.Development{}, "", fault.NotFound("发展党员记录")
	}
	return rows[0].Development, rows[0].Path, nil
}

// held is a course that v may change something about, locked until the transaction ends, after its branch, the organisation
// that it may go to, and the member who came of it. version is what v saw.
//
// Faults: not found, forbidden, development.changed with what changed since.
func held(tx model.Tx, v access.Viewer, id, version int64, to ...int64) (model.Development, string, error) {
	was, path, err := seen(tx, v, id)
	if err != nil {
		return model.Development{}, "", err
	}
	if !v.Works().Covers(path) {
		return model.Development{}, "", fault.Forbidden()
	}
	var d model.Development
	if err := roster.Hold(tx, append(to, was.OrgID)...); err != nil {
		return d, "", err
	}
	if was.MemberID != nil {
		if err := roster.Lock(tx, "SELECT CAST(? AS bigint)", *was.MemberID); err != nil {
			return d, "", err
		}
	}
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&d).Error; err != nil {
		return d, "", err
	}
	if d.Version != version || d.OrgID != was.OrgID {
		return d, "", changed(tx, d, version)
	}
	return d, path, nil
}

// Since is a step that somebody took after the viewer had looked.
type Since struct {
	Version int64      `json:"version"`
	Code    string     `json:"code"`
	Title   string     `json:"title"`
	OnDay   model.Date `json:"on_day"`
	ByName  string     `json:"by_name"`
	At      string     `json:"at"`
}

// changed tells somebody who saw an older version what was done since, when and by whom.
func changed(tx model.Tx, d model.Development, version int64) error {
	var steps []model.DevelopmentStep
	if err := tx.Where("development_id = ? AND seq > ?", d.ID, version).Order("seq").Find(&steps).Error; err != nil {
		return err
	}
	since := make([]Since, len(steps))
	for i, s := range steps {
		since[i] = Since{s.Seq, s.Code, titleOf(s.Code), s.OnDay, s.ByName, s.At.Format("2006-01-02T15:04:05Z07:00")}
	}
	return fault.Conflict("development.changed", "该记录刚刚被他人更新，请刷新后再操作").With("version", d.Version).With("changes", since)
}

// approves tells whether v administers a committee, or the city, above the branch: only these approve members, a general
// branch does not (RULES 1).
func approves(v access.Viewer, branchPath string) bool {
	for _, g := range v.Grants {
		above := g.OrgPath != "" && g.OrgPath != branchPath && strings.HasPrefix(branchPath, g.OrgPath)
		if g.Role == model.RoleAdmin && above && (g.OrgType == model.OrgCommittee || g.OrgType == model.OrgCity) {
			return true
		}
	}
	return false
}

// may tells whether v may take a step of a level in a branch.
func may(v access.Viewer, level, branchPath string) bool {
	if level == model.LevelCommittee {
		return approves(v, branchPath)
	}
	return v.Works().Covers(branchPath)
}

func notACommittee() error {
	return &fault.Fault{Kind: fault.KindForbidden, Code: "development.committee_only", Message: "此步骤须由有审批权限的上级党委办理"}
}

// branchOf is a branch in which v may begin or receive a course.
func branchOf(tx model.Tx, v access.Viewer, orgID int64) (model.Org, error) {
	where, args := v.Reads().Paths("path")
	var o model.Org
	err := tx.Where("id = ?", orgID).Where(where, args...).Take(&o).Error
	switch {
	case model.NotFound(err):
		return o, fault.NotFound("党支部")
	case err != nil:
		return o, err
	case !v.Works().Covers(o.Path):
		return o, fault.Forbidden()
	case o.Type != model.OrgBranch || o.DissolvedOn != nil && *o.DissolvedOn <= tx.Day():
		return o, fault.Invalid("development.not_a_branch", "发展党员工作由党支部办理，请选择党支部")
	}
	return o, nil
}
