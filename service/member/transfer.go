package member

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// TransferInput asks for a member's affiliation to be moved: to a branch of the platform, by its id, or to an
// organisation outside, by its name (RULES 2.8).
type TransferInput struct {
	ToOrgID    int64       `json:"to_org_id" validate:"min=0" label:"接收支部"`
	ToName     string      `json:"to_name" validate:"max=100" label:"接收组织名称"`
	Reason     string      `json:"reason" validate:"required,text,max=500" label:"转接原因"`
	LetterNo   string      `json:"letter_no" validate:"max=100" label:"介绍信编号"`
	DuesPaidTo model.Month `json:"dues_paid_to" validate:"omitempty,month" label:"党费交至月份"`
	Version    int64       `json:"version" validate:"required,min=1" label:"版本"`
}

// RequestTransfer opens a transfer. Until it is accepted the old branch stays responsible: the roster doesn't change.
//
// Faults: member.changed; transfer.inactive; transfer.destination; transfer.same_branch; transfer.open if one waits already.
func (s *Service) RequestTransfer(ctx context.Context, v access.Viewer, memberID int64, in TransferInput) (Transfer, error) {
	var view Transfer
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, _, err := lockWorked(tx, v, memberID, in.ToOrgID)
		if err != nil {
			return err
		}
		if err := unchanged(tx, m, in.Version); err != nil {
			return err
		}
		if m.Standing != model.StandingActive {
			return fault.Conflict("transfer.inactive", "该党员已停止党籍或不在名册中，不能转接组织关系")
		}
		if err := checkDestination(tx, m, in); err != nil {
			return err
		}
		row := model.Transfer{MemberID: m.ID, FromOrgID: m.OrgID, ToName: in.ToName, Reason: in.Reason, LetterNo: in.LetterNo,
			DuesPaidTo: in.DuesPaidTo, State: model.TransferOpen, RequestedBy: account(v), RequestedAt: tx.Now}
		if in.ToOrgID != 0 {
			row.ToOrgID = &in.ToOrgID
		}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("transfer.open", "该党员已有一项待接收的组织关系转接")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "transfer.request", ObjectType: "transfer", ObjectID: row.ID,
			After: map[string]any{"member_id": m.ID, "from": row.FromOrgID, "to": row.ToOrgID, "to_name": row.ToName}})
		if view, err = s.transferOf(tx, v, row.ID); err != nil {
			return err
		}
		return s.tellRequested(tx, view)
	})
	return view, err
}

// checkDestination: one of the two, and inside the platform a branch that exists. It need not be in v's scope.
func checkDestination(tx model.Tx, m model.Member, in TransferInput) error {
	if (in.ToOrgID == 0) == (in.ToName == "") {
		return fault.Invalid("transfer.destination", "请选择接收支部，或填写平台以外的接收组织名称，二者填一项")
	}
	if in.ToOrgID == 0 {
		return nil
	}
	if in.ToOrgID == m.OrgID {
		return fault.Invalid("transfer.same_branch", "该党员已在此支部")
	}
	var n int64
	err := tx.Model(&model.Org{}).Where("id = ? AND type = ? AND dissolved_on IS NULL", in.ToOrgID, model.OrgBranch).Count(&n).Error
	if err == nil && n == 0 {
		err = fault.Invalid("transfer.destination", "没有找到接收支部，请从支部名录中选择")
	}
	return err
}

// AcceptInput closes a transfer.
type AcceptInput struct {
	MovedOn   model.Date `json:"moved_on" validate:"omitempty,date" label:"接收日期"` // empty: today
	ReceiptNo string     `json:"receipt_no" validate:"max=100" label:"回执编号"`      // of a receiver outside the platform
}

// AcceptTransfer moves the member: an administrator of the receiving branch accepts; for a receiver outside the platform
// one of the old branch records the receipt, and the member leaves the roster.
//
// Faults: transfer.closed; transfer.moved_on; transfer.receipt_no; transfer.inactive; transfer.dissolved.
func (s *Service) AcceptTransfer(ctx context.Context, v access.Viewer, id int64, in AcceptInput) (Transfer, error) {
	return s.decide(ctx, v, id, receiving, func(tx model.Tx, t Transfer, m model.Member) error {
		if m.Standing != model.StandingActive {
			return fault.Conflict("transfer.inactive", "该党员已停止党籍或不在名册中，不能转接组织关系")
		}
		if in.MovedOn == "" {
			in.MovedOn = tx.Day()
		}
		if in.MovedOn > tx.Day() || in.MovedOn < m.AdmittedOn {
			return fault.Invalid("transfer.moved_on", "接收日期不能晚于今天，也不能早于入党日期")
		}
		if err := checkEntry(tx, m.ID, t.ToOrgID, in.MovedOn); err != nil {
			return err
		}
		if t.ToOrgID == nil && in.ReceiptNo == "" {
			return fault.Invalid("transfer.receipt_no", "请填写接收组织的回执编号")
		}
		err := closeTransfer(tx, v, id, "state = ?, moved_on = ?, receipt_no = ?", model.TransferAccepted, in.MovedOn, in.ReceiptNo)
		if err != nil {
			return err
		}
		if t.ToOrgID == nil {
			err = s.takeOff(tx, v, m, model.StandingTransferred, in.MovedOn, "组织关系转出")
		} else {
			err = moveTo(tx, v, m, *t.ToOrgID, in.MovedOn)
		}
		if err != nil {
			return err
		}
		if _, err := s.noteChanges(tx, v, m, "", "组织关系转接"); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "transfer.accept", ObjectType: "transfer", ObjectID: id,
			After: map[string]any{"member_id": m.ID, "moved_on": in.MovedOn, "receipt_no": in.ReceiptNo}})
		return s.tellDecided(tx, t, KindTransferAccepted, "")
	})
}

// checkEntry: nobody comes into a branch before it was there, nor leaves one before he or she came.
func checkEntry(tx model.Tx, memberID int64, to *int64, on model.Date) error {
	var since struct{ Member, Branch *model.Date }
	err := tx.Raw(`SELECT (SELECT max(from_on) FROM member_span WHERE member_id = ? AND until_on IS NULL) AS member,
       (SELECT min(from_on) FROM org_span WHERE org_id = ?) AS branch`, memberID, to).Scan(&since).Error
	if err != nil {
		return err
	}
	for _, first := range []*model.Date{since.Member, since.Branch} {
		if first != nil && on < *first {
			return fault.Invalid("transfer.moved_on", "该日期不能早于进入原支部或接收支部设立的日期 "+string(*first))
		}
	}
	return nil
}

// moveTo puts the member into the receiving branch. What was held in the old branch ends there: its roles (not those in
// organisations above) and open hand-overs, posts, the lead of a group, a stay elsewhere, and mandates of congresses that the new branch
// doesn't belong to. What he or she answers for in other people's development stays.
func moveTo(tx model.Tx, v access.Viewer, m model.Member, to int64, on model.Date) error {
	var o model.Org
	if err := tx.Where("id = ?", to).Take(&o).Error; err != nil { // locked by decide
		return err
	}
	if o.DissolvedOn != nil {
		return fault.Conflict("transfer.dissolved", "接收支部已撤销，请退回后重新办理")
	}
	if _, err := roster.Move(tx, to, on, model.SpanTransfer, "SELECT CAST(? AS bigint)", m.ID); err != nil {
		return err
	}
	if err := endHandovers(tx, v, m.ID, " AND org_id = ?", m.OrgID); err != nil {
		return err
	}
	if err := roster.RevokeRoles(tx, v, roster.OwnRoles+" AND org_id = ?", m.ID, m.ID, m.OrgID); err != nil {
		return err
	}
	if err := endPosts(tx, m.ID, on, "member_id = ? AND org_id = ?", m.ID, m.OrgID); err != nil {
		return err
	}
	if err := endFloating(tx, m.ID, on, "组织关系转接"); err != nil {
		return err
	}
	_, err := model.Exec(tx, endDelegates+`member_id = ? AND NOT EXISTS (SELECT 1 FROM congress c JOIN org o ON o.id = c.org_id
WHERE c.id = delegate.congress_id AND o.path = substr(CAST(? AS text), 1, length(o.path)))`, on, on, "组织关系转接", m.ID, o.Path)
	return err
}

// RefuseInput says why; no organisation may refuse without reason (RULES 2.8).
type RefuseInput struct {
	Reason string `json:"reason" validate:"required,text,max=500" label:"理由"`
}

// RefuseTransfer sends the member back: an administrator of the receiving branch, for a receiver outside one of the old branch.
func (s *Service) RefuseTransfer(ctx context.Context, v access.Viewer, id int64, in RefuseInput) (Transfer, error) {
	return s.decide(ctx, v, id, receiving, func(tx model.Tx, t Transfer, _ model.Member) error {
		if err := closeTransfer(tx, v, id, "state = ?, note = ?", model.TransferRefused, in.Reason); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "transfer.refuse", ObjectType: "transfer", ObjectID: id, After: map[string]any{"reason": in.Reason}})
		return s.tellDecided(tx, t, KindTransferRefused, in.Reason)
	})
}

// WithdrawInput may say why.
type WithdrawInput struct {
	Note string `json:"note" validate:"max=500" label:"说明"`
}

// WithdrawTransfer takes the request back: an administrator of the old branch.
func (s *Service) WithdrawTransfer(ctx context.Context, v access.Viewer, id int64, in WithdrawInput) (Transfer, error) {
	return s.decide(ctx, v, id, sending, func(tx model.Tx, t Transfer, _ model.Member) error {
		if err := closeTransfer(tx, v, id, "state = ?, note = ?", model.TransferWithdrawn, in.Note); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "transfer.withdraw", ObjectType: "transfer", ObjectID: id})
		return s.tellDecided(tx, t, KindTransferWithdrawn, in.Note)
	})
}

// The side that acts on a transfer. A receiver outside the platform is acted for by the old branch.
func receiving(t Transfer) int64 {
	if t.ToOrgID != nil {
		return *t.ToOrgID
	}
	return t.FromOrgID
}

func sending(t Transfer) int64 { return t.FromOrgID }

// decide locks the member, checks that v administers the side that acts, and shows the transfer as step has left it.
func (s *Service) decide(ctx context.Context, v access.Viewer, id int64, side func(Transfer) int64,
	step func(tx model.Tx, t Transfer, m model.Member) error) (Transfer, error) {
	var view Transfer
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		t, err := s.transferOf(tx, v, id)
		if err != nil {
			return err
		}
		var o model.Org
		// Locked before the member, as those do who dissolve a branch: it must not go while somebody comes.
		if err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Where("id = ?", side(t)).Take(&o).Error; err != nil {
			return err
		}
		if !v.Works().Covers(o.Path) {
			return fault.Forbidden()
		}
		var m model.Member
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", t.MemberID).Take(&m).Error; err != nil {
			return err
		}
		at := side(t)
		if t, err = s.transferOf(tx, v, id); err != nil { // as it is now that nobody else can change it
			return err
		}
		if t.State != model.TransferOpen || side(t) != at { // the branch that acts was merged into another
			return closed()
		}
		if err := step(tx, t, m); err != nil {
			return err
		}
		view, err = s.transferOf(tx, v, id)
		return err
	})
	return view, err
}

// closeTransfer is the guard: of two who act at the same time one finds it closed.
func closeTransfer(tx model.Tx, v access.Viewer, id int64, columns string, args ...any) error {
	n, err := model.Exec(tx, "UPDATE transfer SET decided_by = ?, decided_at = ?, "+columns+" WHERE id = ? AND state = ?",
		append(append([]any{account(v), tx.Now}, args...), id, model.TransferOpen)...)
	if err == nil && n == 0 {
		err = closed()
	}
	return err
}

func closed() error {
	return fault.Conflict("transfer.closed", "该转接已办结或已撤回，请刷新后查看")
}
