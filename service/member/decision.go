package member

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/roster"
	"hongyun/service/rule"
)

// DecisionInput records what people have decided about a member's standing (RULES 2.7, 2.11, 2.12). The platform checks
// the time limits and who may record it; it decides nothing.
type DecisionInput struct {
	Kind        string     `json:"kind" validate:"required,oneof=LOST FOUND SUSPEND RESTORE RECTIFY WATCH REMOVE DEATH" label:"决定种类"`
	Ground      string     `json:"ground" validate:"omitempty,oneof=LOST WITHDRAWAL RECTIFY DISCIPLINE VOLUNTARY CUSTODY OTHER" label:"事由"`
	DecidedOn   model.Date `json:"decided_on" validate:"required,date" label:"决定日期"`
	EffectiveOn model.Date `json:"effective_on" validate:"omitempty,date" label:"生效日期"` // empty: the day of the decision
	UntilOn     model.Date `json:"until_on" validate:"omitempty,date" label:"截止日期"`     // RECTIFY, WATCH
	DecidedBy   string     `json:"decided_by" validate:"max=100" label:"作出决定的会议或组织"`
	DocumentNo  string     `json:"document_no" validate:"max=100" label:"文号"`
	Reason      string     `json:"reason" validate:"required,text,max=500" label:"理由"`
	OrgID       int64      `json:"org_id" validate:"min=0" label:"恢复到的支部"` // RESTORE of somebody who has left; empty: the last branch
	Version     int64      `json:"version" validate:"required,min=1" label:"版本"`
}

// Decision is a recorded decision. Before and After are the standing with its marks: ACTIVE, ACTIVE LOST, ACTIVE WATCHED.
type Decision struct {
	ID          int64       `json:"id"`
	Kind        string      `json:"kind"`
	Ground      string      `json:"ground"`
	DecidedOn   model.Date  `json:"decided_on"`
	EffectiveOn model.Date  `json:"effective_on"`
	UntilOn     *model.Date `json:"until_on"`
	DecidedBy   string      `json:"decided_by"`
	DocumentNo  string      `json:"document_no"`
	Reason      string      `json:"reason"`
	FileID      *int64      `json:"file_id"`
	Before      string      `json:"before"`
	After       string      `json:"after"`
	ByName      string      `json:"by_name"`
	At          time.Time   `json:"at"`
}

// Decide records a decision and carries it out in the same transaction. Decisions are only added: a mistaken one is
// corrected by the opposite one, and RESTORE takes back a removal or a death as well.
//
// Faults: member.changed with what has changed since; the faults of checkDecision; decision.not_above where the approval
// from above is missing; decision.branch_dissolved where a member would return to a branch that is no more.
func (s *Service) Decide(ctx context.Context, v access.Viewer, memberID int64, in DecisionInput) (Decision, error) {
	var row model.StandingDecision
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, path, err := lockWorked(tx, v, memberID, in.OrgID)
		if err != nil {
			return err
		}
		if err := unchanged(tx, m, in.Version); err != nil {
			return err
		}
		if in.EffectiveOn == "" {
			in.EffectiveOn = in.DecidedOn
		}
		p, err := pastDecisions(tx, m)
		if err != nil {
			return err
		}
		if err := checkDecision(in, p, tx.Day()); err != nil {
			return err
		}
		if fromAbove(in.Kind, m) && !above(v, path) {
			return notAbove("该决定须经上级党组织批准，请由上级组织的管理员登记")
		}
		if err := s.carryOut(tx, v, m, in); err != nil {
			return err
		}
		row, err = s.keepDecision(tx, v, m, in)
		return err
	})
	return decisionView(row), err
}

// Decisions lists what was decided about a member, the newest first: to whoever leads or administers the branch or one
// above, and to the member.
func (s *Service) Decisions(ctx context.Context, v access.Viewer, memberID int64) ([]Decision, error) {
	tx := s.db.Read(ctx)
	if err := seesMember(tx, v, memberID); err != nil {
		return nil, err
	}
	var rows []model.StandingDecision
	if err := tx.Where("member_id = ?", memberID).Order("id DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	views := make([]Decision, len(rows))
	for i, r := range rows {
		views[i] = decisionView(r)
	}
	return views, nil
}

// AttachDecisionFile adds the scanned document to a decision, once.
//
// Faults: decision.file_exists, and those of file.SaveDocument.
func (s *Service) AttachDecisionFile(ctx context.Context, v access.Viewer, decisionID int64, name string, body []byte) (Decision, error) {
	var d model.StandingDecision
	if err := s.db.Read(ctx).Where("id = ?", decisionID).Take(&d).Error; model.NotFound(err) {
		return Decision{}, fault.NotFound("决定")
	} else if err != nil {
		return Decision{}, err
	}
	may := func(tx model.Tx) error {
		_, _, err := lockWorked(tx, v, d.MemberID)
		if fault.Is(err, "not_found") {
			err = fault.NotFound("决定")
		}
		return err
	}
	if err := s.db.Tx(ctx, may); err != nil { // before the upload is kept
		return Decision{}, err
	}
	f, err := s.papers.SaveDocument(ctx, v.AccountID, name, body)
	if err != nil {
		return Decision{}, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := may(tx); err != nil {
			return err
		}
		n, err := model.Exec(tx, "UPDATE standing_decision SET file_id = ? WHERE id = ? AND file_id IS NULL", f.ID, decisionID)
		if err == nil && n == 0 {
			err = fault.Conflict("decision.file_exists", "该决定已附有文件，不能更换")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "member.decision_file", ObjectType: "standing_decision", ObjectID: decisionID,
			After: map[string]any{"file_id": f.ID}})
		return err
	})
	d.FileID = &f.ID
	return decisionView(d), err
}

// MaySeeFile tells whether a file belongs to a decision about a member whom v may read.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	where, args := v.Reads().Paths("o.path")
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT count(*) FROM standing_decision d JOIN member m ON m.id = d.member_id JOIN org o ON o.id = m.org_id
WHERE d.file_id = ? AND (m.id = ? OR `+where+")", append([]any{fileID, v.MemberID}, args...)...).Scan(&n).Error
	return n > 0, err
}

// carryOut changes the member as the decision says. Every decision makes a new version of the member.
func (s *Service) carryOut(tx model.Tx, v access.Viewer, m model.Member, in DecisionInput) error {
	set := func(columns string, args ...any) error {
		_, err := model.Exec(tx, "UPDATE member SET "+columns+", version = version + 1, updated_at = ? WHERE id = ?", append(args, tx.Now, m.ID)...)
		return err
	}
	switch in.Kind {
	case model.DecisionLost:
		return set("lost_since = ?", in.EffectiveOn)
	case model.DecisionFound:
		return set("lost_since = NULL")
	case model.DecisionSuspend:
		return set("standing = ?", model.StandingSuspended)
	case model.DecisionWatch:
		return set("watched_until = ?", in.UntilOn)
	case model.DecisionRemove:
		return s.takeOff(tx, v, m, model.StandingRemoved, in.EffectiveOn, "出党")
	case model.DecisionDeath:
		return s.takeOff(tx, v, m, model.StandingDeceased, in.EffectiveOn, "去世")
	case model.DecisionRestore:
		if onRoster(m) {
			// A suspension for lost contact ends with it; whose watch or rectification ends is still lost until found.
			return set("lost_since = CASE WHEN standing = ? THEN NULL ELSE lost_since END, standing = ?, watched_until = NULL",
				model.StandingSuspended, model.StandingActive)
		}
		return restore(tx, v, m, in)
	default: // RECTIFY stands in the record alone
		return set("standing = standing")
	}
}

// restore puts a member who has left back on the roster: into the last branch, or another in v's scope.
func restore(tx model.Tx, v access.Viewer, m model.Member, in DecisionInput) error {
	to := m.OrgID
	if in.OrgID != 0 {
		to = in.OrgID
	}
	o, err := workedBranch(tx, v, to)
	if err != nil {
		return err
	}
	if o.DissolvedOn != nil {
		return fault.Conflict("decision.branch_dissolved", "原支部已撤销，请指定恢复到的支部")
	}
	if err := checkEntry(tx, m.ID, &to, in.EffectiveOn); err != nil {
		return err
	}
	if _, err := model.Exec(tx, "UPDATE member SET lost_since = NULL, watched_until = NULL WHERE id = ?", m.ID); err != nil {
		return err
	}
	reason := model.SpanCorrected
	if m.Standing == model.StandingTransferred {
		reason = model.SpanTransfer
	}
	return roster.Return(tx, m.ID, o.ID, in.EffectiveOn, reason)
}

// keepDecision writes the decision, the change log and the audit entry.
func (s *Service) keepDecision(tx model.Tx, v access.Viewer, before model.Member, in DecisionInput) (model.StandingDecision, error) {
	after, err := s.noteChanges(tx, v, before, decisionTitles[in.Kind], in.Reason)
	if err != nil {
		return model.StandingDecision{}, err
	}
	row := model.StandingDecision{MemberID: before.ID, Kind: in.Kind, Ground: in.Ground, DecidedOn: in.DecidedOn, EffectiveOn: in.EffectiveOn,
		DecidedBy: in.DecidedBy, DocumentNo: in.DocumentNo, Reason: in.Reason, Before: marks(before), After: marks(after),
		AccountID: account(v), ByName: nameOf(v), At: tx.Now}
	if in.UntilOn != "" {
		row.UntilOn = &in.UntilOn
	}
	if err := tx.Create(&row).Error; err != nil {
		return row, err
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "member.decision", ObjectType: "member", ObjectID: before.ID,
		Before: map[string]any{"state": row.Before}, After: map[string]any{"state": row.After, "kind": in.Kind, "decision_id": row.ID}})
	return row, nil
}

func decisionView(r model.StandingDecision) Decision {
	return Decision{ID: r.ID, Kind: r.Kind, Ground: r.Ground, DecidedOn: r.DecidedOn, EffectiveOn: r.EffectiveOn, UntilOn: r.UntilOn,
		DecidedBy: r.DecidedBy, DocumentNo: r.DocumentNo, Reason: r.Reason, FileID: r.FileID, Before: r.Before, After: r.After, ByName: r.ByName, At: r.At}
}

// pastDecisions is what the limits of the next decision are counted from.
func pastDecisions(tx model.Tx, m model.Member) (past, error) {
	p := past{member: m}
	var rows []model.StandingDecision
	err := tx.Where("member_id = ? AND kind IN ?", m.ID, []string{model.DecisionSuspend, model.DecisionRectify, model.DecisionRestore}).Order("id").Find(&rows).Error
	if err != nil {
		return p, err
	}
	for i, r := range rows {
		switch r.Kind {
		case model.DecisionSuspend:
			p.suspended = &rows[i]
		case model.DecisionRectify:
			p.rectified = &rows[i]
		case model.DecisionRestore:
			p.suspended, p.rectified = nil, nil
		}
	}
	p.rules, err = rule.Load(tx, model.RulesMember, tx.Day())
	return p, err
}
