package supervision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fact"
	"hongyun/service/fault"
)

// DecideInput is a decision. POINTS names a party member who worked on the request for the unit; INTERVIEW may.
type DecideInput struct {
	Measure  string `json:"measure" validate:"required,oneof=CRITICISM INTERVIEW POINTS" label:"处理方式"`
	MemberID int64  `json:"member_id" validate:"min=0" label:"党员"`
	Note     string `json:"note" validate:"max=500" label:"说明"`
}

// DismissInput says why nobody has to answer.
type DismissInput struct {
	Note string `json:"note" validate:"required,max=500,text" label:"理由"`
}

// Decide takes a measure. It is a person's decision and final: a city administrator's, who did not propose it and does not work for the
// unit. Points are a fact of the member, once; the unit's leader and handlers are told.
//
// Faults: supervision.same_person, supervision.own_unit, supervision.decided, supervision.no_member.
func (s *Service) Decide(ctx context.Context, v access.Viewer, id int64, in DecideInput) (AccountabilityDetail, error) {
	return s.end(ctx, v, id, model.Decided, in.Note, func(tx model.Tx, a model.Accountability) (map[string]any, error) {
		changes := map[string]any{"measure": in.Measure}
		m, err := answers(tx, v, a, in)
		if err != nil {
			return nil, err
		}
		if m.ID != 0 {
			changes["member_id"] = m.ID
		}
		if in.Measure == model.MeasurePoints {
			err := fact.Record(tx, fact.Fact{Code: FactOverdue, SubjectType: model.SubjectMember, SubjectID: m.ID, OrgID: m.OrgID, Day: tx.Day(),
				Source: fmt.Sprintf("accountability/%d", a.ID), Quantity: 1})
			if err != nil {
				return nil, err
			}
		}
		return changes, nil
	})
}

// Dismiss says that nobody has to answer, and why. Otherwise as Decide.
func (s *Service) Dismiss(ctx context.Context, v access.Viewer, id int64, in DismissInput) (AccountabilityDetail, error) {
	return s.end(ctx, v, id, model.Dismissed, in.Note, func(model.Tx, model.Accountability) (map[string]any, error) { return map[string]any{}, nil })
}

// end is what decision and dismissal have in common.
func (s *Service) end(ctx context.Context, v access.Viewer, id int64, state, note string, how func(model.Tx, model.Accountability) (map[string]any, error)) (out AccountabilityDetail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		where, args := v.UnitRows("x.department_id")
		var a model.Accountability
		if err := locked(tx, &a, "x", "SELECT x.* FROM accountability x JOIN request r ON r.id = x.request_id WHERE x.id = ? AND "+where, append([]any{id}, args...), "责任追究记录"); err != nil {
			return err
		}
		if !v.CityAdmin() {
			return fault.Forbidden()
		}
		if err := apart(tx, v, a.ProposedBy, a.DepartmentID); err != nil {
			return err
		}
		if a.State != model.Proposed {
			return fault.Conflict("supervision.decided", "该记录已有认定结果，不能更改").With("state", a.State)
		}
		changes, err := how(tx, a)
		if err != nil {
			return err
		}
		changes["state"], changes["note"], changes["decided_by"], changes["decided_at"] = state, strings.TrimSpace(note), v.AccountID, tx.Now
		res := tx.Model(&model.Accountability{}).Where("id = ? AND state = ?", id, model.Proposed).Updates(changes)
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.Conflict("supervision.decided", "该记录已有认定结果，不能更改")
		}
		if res.Error != nil {
			return res.Error
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.decide", ObjectType: "accountability", ObjectID: id, Before: map[string]any{"state": a.State},
			After: map[string]any{"state": state, "measure": changes["measure"], "member_id": changes["member_id"]}})
		if state == model.Decided {
			if err := s.tellDecided(tx, id); err != nil {
				return err
			}
		}
		out, err = accountabilityDetail(tx, v, id)
		return err
	})
	return out, err
}

// answers is the member whom the measure is for; none where it is the unit's. Nobody decides on himself or herself.
func answers(tx model.Tx, v access.Viewer, a model.Accountability, in DecideInput) (m model.Member, err error) {
	if in.MemberID == 0 && in.Measure != model.MeasurePoints {
		return m, nil
	}
	if in.Measure == model.MeasureCriticism {
		return m, fault.Invalid("supervision.no_member", "通报批评针对单位，不需要选择党员").With("field", "member_id")
	}
	if in.MemberID != 0 && in.MemberID == v.MemberID {
		return m, fault.Conflict("supervision.same_person", "不能对本人作出处理，请由其他人员办理")
	}
	handlers, err := worked(tx, a.RequestID, a.DepartmentID)
	if err != nil {
		return m, err
	}
	if slices.ContainsFunc(handlers, func(w Worked) bool { return w.MemberID != nil && *w.MemberID == in.MemberID }) {
		err = tx.Raw("SELECT id, org_id FROM member WHERE id = ? AND standing = ?", in.MemberID, model.StandingActive).Scan(&m).Error
	}
	if err == nil && m.ID == 0 {
		err = fault.Invalid("supervision.no_member", "请从经办过这件诉求的党员中选择").With("field", "member_id")
	}
	return m, err
}

// tellDecided queues the decision to the unit's leader and handlers, or to the window, and to the member whom it is for. Nobody
// of the unit that the request complains of hears of it.
func (s *Service) tellDecided(tx model.Tx, id int64) error {
	data := tx.Dialect.JSONObject("id", "CAST(r.id AS text)", "number", "r.number", "kind", inSQL("x.kind", kindNames), "measure", inSQL("x.measure", measureNames),
		"department", "coalesce(d.name, '"+windowName+"')")
	_, err := s.notify.QueueSelect(tx, KindDecided, fmt.Sprintf("accountability/%d", id), `WITH `+staff+`,
x AS (SELECT * FROM accountability WHERE id = ?),
w AS (SELECT g.recipient_type, g.recipient_id FROM x JOIN staff g ON g.department_id = x.department_id AND g.role IN ('department_handler', 'department_leader')
  UNION SELECT g.recipient_type, g.recipient_id FROM x JOIN staff g ON x.department_id IS NULL AND g.role = 'desk'
  UNION SELECT 'member', x.member_id FROM x WHERE x.member_id IS NOT NULL)
SELECT w.recipient_type, w.recipient_id, `+data+`, '' FROM w CROSS JOIN x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = x.department_id
WHERE r.subject_department_id IS NULL OR NOT EXISTS (
  SELECT 1 FROM staff y WHERE y.department_id = r.subject_department_id AND y.recipient_type = w.recipient_type AND y.recipient_id = w.recipient_id)`, id)
	return err
}
