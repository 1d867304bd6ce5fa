package account

import (
	"context"
	"strconv"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

// AcceptHandover gives the role to the successor, who alone may accept, and takes it from the predecessor, in one transaction. Of
// two who accept at once one is heard.
//
// Faults: handover.closed, handover.void.
func (s *Service) AcceptHandover(ctx context.Context, v access.Viewer, id int64) (HandoverDetail, error) {
	var d HandoverDetail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		h, err := s.closeHandover(tx, v, id, model.HandoverDone, func(h model.Handover, _ model.Org) bool { return h.ToMemberID == v.MemberID })
		if err != nil {
			return err
		}
		if err := passOn(tx, v, h); err != nil {
			return err
		}
		if d, _, err = handoverOf(tx, id, "1 = 1"); err != nil || h.FromMemberID == nil {
			return err
		}
		return s.tellHandover(tx, kindHandoverDone, *h.FromMemberID, d.HandoverView)
	})
	return d, err
}

// WithdrawHandover ends an open hand-over without effect: by the predecessor, by the successor who declines, or by an
// administrator above. Fault handover.closed.
func (s *Service) WithdrawHandover(ctx context.Context, v access.Viewer, id int64) (HandoverDetail, error) {
	var d HandoverDetail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		_, err := s.closeHandover(tx, v, id, model.HandoverWithdrawn, func(h model.Handover, o model.Org) bool {
			own := v.MemberID != 0 && (h.ToMemberID == v.MemberID || h.FromMemberID != nil && *h.FromMemberID == v.MemberID)
			return own || above(v, o) || h.OpenedBy != nil && *h.OpenedBy == v.AccountID
		})
		if err != nil {
			return err
		}
		var path string
		if d, path, err = handoverOf(tx, id, "1 = 1"); !v.Reads().Covers(path) {
			d.Pack = nil
		}
		return err
	})
	return d, err
}

// closeHandover ends an open hand-over that v sees, if may says so.
func (s *Service) closeHandover(tx model.Tx, v access.Viewer, id int64, state string, may func(model.Handover, model.Org) bool) (model.Handover, error) {
	var h model.Handover
	where, args := seesHandover(v)
	err := tx.Raw("SELECT h.* FROM handover h JOIN org o ON o.id = h.org_id WHERE "+where+" AND h.id = ?", append(args, id)...).Take(&h).Error
	if model.NotFound(err) {
		return h, fault.NotFound("交接")
	}
	if err != nil {
		return h, err
	}
	var o model.Org
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", h.OrgID).Take(&o).Error; err != nil {
		return h, err
	}
	if !may(h, o) {
		return h, fault.Forbidden()
	}
	if state == model.HandoverDone && o.DissolvedOn != nil {
		return h, voidHandover()
	}
	n, err := model.Exec(tx, "UPDATE handover SET state = ?, closed_by = ?, closed_at = ? WHERE id = ? AND state = ?", state, v.AccountID, tx.Now, id, model.HandoverOpen)
	if err == nil && n == 0 {
		err = fault.Conflict("handover.closed", "该交接已经完成或撤回")
	}
	if err != nil {
		return h, err
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "handover.close", ObjectType: "handover", ObjectID: id, Before: model.HandoverOpen, After: state})
	return h, nil
}

// passOn revokes the predecessor's grants in the organisation, given to the member or to his or her account, and gives the
// role to the successor. A predecessor who is no administrator any more has nothing to hand over.
func passOn(tx model.Tx, v access.Viewer, h model.Handover) error {
	var old []model.RoleGrant
	who, args := "member_id = ? OR account_id IN (SELECT id FROM account WHERE member_id = ?)", []any{h.FromMemberID, h.FromMemberID}
	if h.FromMemberID == nil {
		who, args = "account_id = ?", []any{h.OpenedBy}
	}
	err := tx.Raw("UPDATE role_grant SET revoked_by = ?, revoked_at = ? WHERE org_id = ? AND role = 'admin' AND revoked_at IS NULL AND ("+who+") RETURNING *",
		append([]any{v.AccountID, tx.Now, h.OrgID}, args...)...).Scan(&old).Error
	if err != nil {
		return err
	}
	if len(old) == 0 {
		return voidHandover()
	}
	for _, g := range old {
		audit.Record(tx, audit.By(v), audit.Entry{Action: "role.revoke", ObjectType: "role_grant", ObjectID: g.ID, Before: facts(g)})
	}
	g := model.RoleGrant{MemberID: &h.ToMemberID, Role: model.RoleAdmin, OrgID: &h.OrgID, GrantedBy: h.OpenedBy}
	_, err = insertGrant(tx, audit.By(v), g)
	if fault.Is(err, "role.exists") { // was an administrator beside the predecessor
		return nil
	}
	return err
}

func voidHandover() error {
	return fault.Conflict("handover.void", "移交人已不是该组织的管理员，或组织已撤销，交接失效；请由上级组织的管理员授予角色")
}

func (s *Service) tellHandover(tx model.Tx, kind string, member int64, h HandoverView) error {
	from := h.FromName
	if from == "" {
		from = "原管理员"
	}
	_, err := s.notify.Queue(tx, notify.Message{Kind: kind, To: notify.Recipient{Type: model.ToMember, ID: member}, Period: "handover:" + strconv.FormatInt(h.ID, 10),
		Data: map[string]string{"org": h.OrgName, "from": from, "to": h.ToName, "id": strconv.FormatInt(h.ID, 10)}})
	return err
}
