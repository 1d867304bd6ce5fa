package o2o

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

// What people are told of an extension, besides the citizen.
const (
	kindExtensionAsked   = "o2o.extension_asked"
	kindExtensionGranted = "o2o.extension_granted"
	kindExtensionRefused = "o2o.extension_refused"
)

func extensionKinds() []notify.Kind {
	return []notify.Kind{
		{Name: kindExtensionAsked, Title: "延期申请待批准", Body: "诉求 {number}（{category}）：{department}{note}，请在原期限 {deadline} 前批复", Page: requestPage},
		{Name: kindExtensionGranted, Title: "延期申请已批准", Body: "诉求 {number}（{category}）的延期申请已批准，办理期限至 {deadline}", Page: requestPage},
		{Name: kindExtensionRefused, Title: "延期申请未批准", Body: "诉求 {number}（{category}）的延期申请未获批准：{note}。请于 {deadline} 前办结", Page: requestPage},
	}
}

// tellExtension tells the window of an asking, and the unit of what has become of it.
func (s *Service) tellExtension(tx model.Tx, r *model.Request, t transition, st model.RequestStep) error {
	kind := map[string]string{ActionAsk: kindExtensionAsked, ActionGrant: kindExtensionGranted, ActionRefuse: kindExtensionRefused}[t.Action]
	if kind == "" {
		return nil
	}
	data, err := messageData(tx, r, st)
	if err != nil {
		return err
	}
	data["note"] = st.Note
	if t.Action == ActionAsk || r.DepartmentID == nil {
		return s.tellPosts(tx, r, st, kind, data, "g.role = ?", model.RoleDesk)
	}
	return s.tellPosts(tx, r, st, kind, data, "g.department_id = ? AND g.role = ?", r.DepartmentID, model.RoleDepartmentHandler)
}

// AskExtension asks the window for more working days, once for a limit and on its last day at the latest; the reason is for the
// citizen, who is told it with the grant (RULES 9.2). For the department.
//
// Faults: o2o.no_reason, o2o.extension_days, o2o.paused, o2o.too_late, o2o.extension_asked.
func (s *Service) AskExtension(ctx context.Context, v access.Viewer, id, workingDays int64, reason string) (Detail, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Detail{}, fault.Invalid("o2o.no_reason", "请写明延期原因，批准后会告知群众").With("field", "reason")
	}
	note := fmt.Sprintf("申请延期%d个工作日：%s", workingDays, reason)
	return s.workWith(ctx, v, id, step{Action: ActionAsk, Note: note}, func(tx model.Tx, r *model.Request, _ *step) error {
		if err := extensionDays(tx, r, workingDays); err != nil {
			return err
		}
		row := model.RequestExtension{RequestID: r.ID, ClockSeq: r.ClockSeq, WorkingDays: workingDays, Reason: reason, State: model.ExtensionAsked,
			AskedBy: &v.AccountID, AskedOn: tx.Day(), CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error == nil && res.RowsAffected == 0 {
			return askedAlready()
		}
		return res.Error
	})
}

// GrantExtension adds working days to the old deadline: those that were asked for, or a number of the window's own. It may come
// after the old deadline, because the asking came before it. The unit and the citizen are told. For the window, and for another
// person there than asked.
//
// Faults: o2o.no_extension, o2o.own_extension, o2o.extension_days.
func (s *Service) GrantExtension(ctx context.Context, v access.Viewer, id, workingDays int64, note string) (Detail, error) {
	note = strings.TrimSpace(note)
	return s.workWith(ctx, v, id, step{Action: ActionGrant}, func(tx model.Tx, r *model.Request, st *step) error {
		asked, err := extensionOf(tx, r, model.ExtensionAsked)
		if err != nil {
			return err
		}
		if workingDays == 0 {
			workingDays = asked.WorkingDays
		}
		if err := extensionDays(tx, r, workingDays); err != nil {
			return err
		}
		if err := decide(tx, asked.ID, map[string]any{"state": model.ExtensionGranted, "working_days": workingDays, "note": note, "decided_by": v.AccountID}); err != nil {
			return err
		}
		run, err := runOf(tx, r)
		if err != nil {
			return err
		}
		run.Days += workingDays
		st.Note, st.Change = asked.Reason, map[string]any{"extended": true}
		_, err = settle(tx, r, run, st.Change)
		return err
	})
}

// RefuseExtension lets the deadline stand; the note tells the unit why. For the window, and for another person there than asked.
//
// Faults: o2o.no_note, o2o.no_extension, o2o.own_extension.
func (s *Service) RefuseExtension(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.workWith(ctx, v, id, step{Action: ActionRefuse, Note: note}, func(tx model.Tx, r *model.Request, st *step) error {
		asked, err := extensionOf(tx, r, model.ExtensionAsked)
		if err != nil {
			return err
		}
		return decide(tx, asked.ID, map[string]any{"state": model.ExtensionRefused, "note": st.Note, "decided_by": v.AccountID})
	})
}

// extensionDays refuses more than one extension may add.
func extensionDays(tx model.Tx, r *model.Request, days int64) error {
	most, err := clock.Limit(tx, "EXTEND", r.Category, tx.Day())
	if err == nil && (days < 1 || days > int64(most)) {
		err = fault.Invalid("o2o.extension_days", fmt.Sprintf("延期须为1至%d个工作日", most)).With("field", "working_days").With("most", most)
	}
	return err
}

// extensionOf is the extension of r's open limit in one of the states; without an id where there is none.
func extensionOf(tx model.Tx, r *model.Request, states ...string) (model.RequestExtension, error) {
	var rows []model.RequestExtension
	err := tx.Where("request_id = ? AND clock_seq = ? AND state IN ?", r.ID, r.ClockSeq, states).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return model.RequestExtension{}, err
	}
	return rows[0], nil
}

// guardAsk: once for a limit, and before it is over (RULES 9.2).
func guardAsk(tx model.Tx, _ access.Viewer, r found) error {
	switch {
	case r.Paused:
		return fault.Conflict("o2o.paused", "计时已暂停，恢复计时后才能申请延期")
	case tx.Day() > r.Deadline:
		return fault.Conflict("o2o.too_late", "办理期限已过，不能再申请延期")
	}
	asked, err := extensionOf(tx, &r.Request, model.ExtensionAsked, model.ExtensionGranted, model.ExtensionRefused)
	if err == nil && asked.ID != 0 {
		err = askedAlready()
	}
	return err
}

func askedAlready() error {
	return fault.Conflict("o2o.extension_asked", "本次办理已经申请过延期，只能申请一次")
}

// guardDecide: what was asked for the open limit and is not decided. SECURITY: nobody decides what he or she has asked for, or a
// colleague of the own unit.
func guardDecide(tx model.Tx, v access.Viewer, r found) error {
	asked, err := extensionOf(tx, &r.Request, model.ExtensionAsked)
	switch {
	case err != nil:
		return err
	case asked.ID == 0:
		return fault.Conflict("o2o.no_extension", "没有待批准的延期申请")
	case asked.AskedBy != nil && *asked.AskedBy == v.AccountID:
		return fault.Conflict("o2o.own_extension", "延期申请须由他人批准")
	case r.DepartmentID != nil && slices.Contains(v.Departments(), *r.DepartmentID):
		return fault.Conflict("o2o.own_extension", "不能批准本单位的延期申请，请由其他人员办理")
	}
	return nil
}

// decide ends an asking, once.
func decide(tx model.Tx, id int64, change map[string]any) error {
	change["decided_at"] = tx.Now
	res := tx.Model(&model.RequestExtension{}).Where("id = ? AND state = ?", id, model.ExtensionAsked).Updates(change)
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.Conflict("o2o.no_extension", "没有待批准的延期申请")
	}
	return res.Error
}

// lapseExtension ends an asking that nobody has decided together with its limit, which is judged by the deadline as it stands.
func lapseExtension(tx model.Tx, r *model.Request) error {
	return tx.Model(&model.RequestExtension{}).Where("request_id = ? AND state = ?", r.ID, model.ExtensionAsked).
		Updates(map[string]any{"state": model.ExtensionRefused, "note": "期限结束时尚未批准，申请自动失效", "decided_at": tx.Now}).Error
}
