package batch

import (
	"context"
	"fmt"
	"io"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// ExportView is a request for a list, as its owner and those who decide see it.
type ExportView struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind"`
	Title     string     `json:"title"`
	OrgID     int64      `json:"org_id"`
	OrgName   string     `json:"org_name"`
	Reason    string     `json:"reason"`
	Identity  bool       `json:"identity"`
	Total     int64      `json:"total"`
	State     string     `json:"state"`
	Progress  int64      `json:"progress"` // percent
	Note      string     `json:"note"`     // of who decided, or why it failed
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	DecidedBy string     `json:"decided_by"`
	DecidedAt *time.Time `json:"decided_at"`
	Mine      bool       `json:"mine"`
	CanDecide bool       `json:"can_decide"`
	Expired   bool       `json:"expired"` // the file is gone
	Done      int64      `json:"-"`
	Path      string     `json:"-"`
	OrgType   string     `json:"-"`
}

// Wish is what somebody wants exported.
type Wish struct {
	Kind     string
	Filter   []byte // JSON, as the list was filtered
	Reason   string
	Identity bool
}

// RequestExport counts the rows and sends the request on its way: at once up to EXPORT_FREE_ROWS, else to whoever
// administers an organisation above (RULES 11.11). With identity, full identity numbers stand where v may read them.
//
// Faults: export.unknown_kind, export.empty, auth.forbidden, and those of the filter.
func (s *Service) RequestExport(ctx context.Context, v access.Viewer, w Wish) (ExportView, error) {
	e, err := s.exporter(w.Kind)
	if err != nil {
		return ExportView{}, err
	}
	if w.Identity && !v.Has(model.RoleIdentity) {
		return ExportView{}, &fault.Fault{Kind: fault.KindForbidden, Code: "export.no_identity", Message: "您没有查看完整身份证号的权限，请改为导出脱敏名单"}
	}
	b := model.ExportBatch{Kind: e.Kind, Filter: s.vault.Seal(string(w.Filter)), Title: e.Title, Reason: w.Reason, Identity: w.Identity, CreatedBy: v.AccountID}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		top, err := topOf(tx, v)
		if err != nil {
			return err
		}
		if b.OrgID = top.ID; top.ID == 0 {
			return fault.Forbidden()
		}
		if b.State, b.Total, err = s.admit(tx, e, v, w.Filter); err != nil {
			return err
		}
		if b.Total == 0 {
			return fault.Invalid("export.empty", "没有符合条件的记录，请调整筛选条件")
		}
		b.CreatedAt, b.UpdatedAt = tx.Now, tx.Now
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		recordExport(tx, audit.By(v), "export.requested", b)
		return nil
	})
	if err != nil {
		return ExportView{}, err
	}
	s.knock()
	return exportOf(s.db.Read(ctx), v, b.ID)
}

// admit counts what v may see of the filter and tells whether that many may leave without approval.
func (s *Service) admit(tx model.Tx, e Exporter, v access.Viewer, filter []byte) (state string, total int64, err error) {
	rules, err := rule.Load(tx, model.RulesSheet, tx.Day())
	if err != nil {
		return "", 0, err
	}
	if total, err = e.Count(tx, v, filter); err != nil {
		return "", 0, err
	}
	if total > int64(rules.Int("EXPORT_FREE_ROWS")) {
		return model.ExportPending, total, nil
	}
	return model.ExportQueued, total, nil
}

// topOf is the lowest organisation above everything that v reads: who stands above it, stands above v.
func topOf(tx model.Tx, v access.Viewer) (model.Org, error) {
	path, first := "", true
	for _, g := range v.Grants {
		switch {
		case g.OrgPath == "" || g.Role != model.RoleAdmin && g.Role != model.RoleLeader:
		case first:
			path, first = g.OrgPath, false
		default:
			path = common(path, g.OrgPath)
		}
	}
	var org model.Org
	if path == "" {
		return org, nil
	}
	return org, tx.Where("path = ?", path).Take(&org).Error
}

// levelDigits is how many digits of a path stand for one level.
const levelDigits = 3

func common(a, b string) string {
	n := 0
	for n+levelDigits <= min(len(a), len(b)) && a[:n+levelDigits] == b[:n+levelDigits] {
		n += levelDigits
	}
	return a[:n]
}

// Exports lists what v has asked for, what waits for v's decision, and what v has decided, the newest first.
func (s *Service) Exports(ctx context.Context, v access.Viewer, offset, limit int) ([]ExportView, int64, error) {
	where, args := exportsOf(v)
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw("SELECT count(*) FROM export_batch b JOIN org o ON o.id = b.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []ExportView
	err := tx.Raw(exportQuery+where+" ORDER BY b.id DESC LIMIT ? OFFSET ?", append(append([]any{v.AccountID}, args...), limit, offset)...).Scan(&rows).Error
	for i := range rows {
		rows[i].finish(v)
	}
	return rows, total, err
}

// exportsOf is the requests that v sees: v's own ones, those that v may decide, and those that v has decided.
func exportsOf(v access.Viewer) (string, []any) {
	above, args := v.Works().Paths(fmt.Sprintf("substr(o.path, 1, length(o.path) - %d)", levelDigits))
	if v.CityAdmin() {
		above = "(" + above + " OR o.type = '" + model.OrgCity + "')"
	}
	return "(b.created_by = ? OR b.decided_by = ? OR b.state = 'PENDING' AND " + above + ")", append([]any{v.AccountID, v.AccountID}, args...)
}

// decides tells whether v may decide about a request that came from the organisation: an administrator strictly above it,
// for the city another administrator of the city; nobody about his or her own.
func (e ExportView) decides(v access.Viewer) bool {
	above := e.OrgType == model.OrgCity && v.CityAdmin() || v.Works().Covers(e.Path[:max(0, len(e.Path)-levelDigits)])
	return e.State == model.ExportPending && !e.Mine && above
}

const exportQuery = `
SELECT b.id, b.kind, b.title, b.org_id, o.name AS org_name, b.reason, b.identity, b.total, b.state, b.done, b.note, o.path, o.type AS org_type,
       coalesce(m.name, '') AS created_by, b.created_at, coalesce(d.name, '') AS decided_by, b.decided_at,
       b.created_by = ? AS mine, b.state = 'READY' AND coalesce(f.bytes, 0) = 0 AS expired
FROM export_batch b JOIN org o ON o.id = b.org_id LEFT JOIN file f ON f.id = b.file_id
LEFT JOIN account a ON a.id = b.created_by LEFT JOIN member m ON m.id = a.member_id
LEFT JOIN account da ON da.id = b.decided_by LEFT JOIN member d ON d.id = da.member_id
WHERE `

func (e *ExportView) finish(v access.Viewer) {
	e.Progress, e.CanDecide = progress(e.State, e.Done, e.Total), e.decides(v)
}

// exportOf is one request that v sees.
func exportOf(tx model.Tx, v access.Viewer, id int64) (ExportView, error) {
	where, args := exportsOf(v)
	var e ExportView
	res := tx.Raw(exportQuery+"b.id = ? AND "+where, append([]any{v.AccountID, id}, args...)...).Scan(&e)
	if res.Error == nil && res.RowsAffected == 0 {
		return e, fault.NotFound("导出申请")
	}
	e.finish(v)
	return e, res.Error
}

// ApproveExport lets a large list leave, with the rights that its owner has now.
func (s *Service) ApproveExport(ctx context.Context, v access.Viewer, id int64, note string) (ExportView, error) {
	return s.decideExport(ctx, v, id, note, model.ExportQueued, "export.approved")
}

// RejectExport refuses a large list; the note says why.
func (s *Service) RejectExport(ctx context.Context, v access.Viewer, id int64, note string) (ExportView, error) {
	return s.decideExport(ctx, v, id, note, model.ExportRejected, "export.rejected")
}

func (s *Service) decideExport(ctx context.Context, v access.Viewer, id int64, note, state, action string) (view ExportView, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if view, err = exportOf(tx, v, id); err != nil {
			return err
		}
		if view.State == model.ExportPending && !view.CanDecide {
			return &fault.Fault{Kind: fault.KindForbidden, Code: "export.own", Message: "不能审批自己的导出申请，请由上一级管理员审批"}
		}
		var b model.ExportBatch
		if err := tx.Where("id = ?", id).Take(&b).Error; err != nil {
			return err
		}
		set := map[string]any{"state": state, "note": note, "decided_by": v.AccountID, "decided_at": tx.Now, "updated_at": tx.Now}
		if b.State = state; state == model.ExportQueued {
			if _, b.Total, err = s.recheck(tx, b); err != nil {
				return err
			}
			set["total"] = b.Total
		}
		res := tx.Model(&model.ExportBatch{}).Where("id = ? AND state = ?", id, model.ExportPending).Updates(set)
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.Conflict("export.decided", "这份申请已经处理过了").With("state", view.State)
		}
		recordExport(tx, audit.By(v), action, b)
		return res.Error
	})
	if err != nil {
		return view, err
	}
	s.knock()
	return exportOf(s.db.Read(ctx), v, id)
}

// recheck looks at a request with the rights that its owner has now.
func (s *Service) recheck(tx model.Tx, b model.ExportBatch) (by access.Viewer, total int64, err error) {
	lost := fault.Conflict("export.rights_lost", "申请人的权限已有变化，请由申请人重新提交")
	if by, err = access.Load(tx, b.CreatedBy); fault.Is(err, "auth.required") {
		return by, 0, lost
	} else if err != nil {
		return by, 0, err
	}
	e, err := s.exporter(b.Kind)
	if err != nil {
		return by, 0, err
	}
	top, err := topOf(tx, by)
	if err != nil {
		return by, 0, err
	}
	var org model.Org
	if err := tx.Where("id = ?", b.OrgID).Take(&org).Error; err != nil {
		return by, 0, err
	}
	if top.ID == 0 || common(top.Path, org.Path) != top.Path || b.Identity && !by.Has(model.RoleIdentity) {
		return by, 0, lost
	}
	filter, err := s.vault.Open(b.Filter)
	if err != nil {
		return by, 0, err
	}
	_, total, err = s.admit(tx, e, by, []byte(filter))
	return by, total, err
}

// ExportFile is the written list, for its owner alone, as long as the rights that it was made with last. The caller
// closes the content.
func (s *Service) ExportFile(ctx context.Context, v access.Viewer, id int64) (model.File, io.ReadCloser, error) {
	tx := s.db.Read(ctx)
	var b model.ExportBatch
	err := tx.Where("id = ? AND created_by = ?", id, v.AccountID).Take(&b).Error
	if model.NotFound(err) {
		err = fault.NotFound("导出申请")
	}
	if err != nil {
		return model.File{}, nil, err
	}
	if b.State != model.ExportReady || b.FileID == nil {
		return model.File{}, nil, fault.Conflict("export.not_ready", "文件还没有准备好").With("state", b.State)
	}
	if _, _, err := s.recheck(tx, b); err != nil {
		return model.File{}, nil, err
	}
	return s.download(ctx, *b.FileID, func(tx model.Tx) { recordExport(tx, audit.By(v), "export.downloaded", b) })
}

// recordExport writes what happened to an export into the audit log: the reason and numbers, never the filter, which may
// name a person.
func recordExport(tx model.Tx, by audit.Actor, action string, b model.ExportBatch) {
	audit.Record(tx, by, audit.Entry{Action: action, ObjectType: "export_batch", ObjectID: b.ID, After: map[string]any{
		"kind": b.Kind, "org_id": b.OrgID, "state": b.State, "total": b.Total, "identity": b.Identity, "reason": b.Reason}})
}
