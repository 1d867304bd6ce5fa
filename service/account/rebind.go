package account

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/vault"
)

// RebindInput asks to move a member to the account that asks.
type RebindInput struct {
	Ticket string `json:"ticket" validate:"required,max=64" label:"换绑凭证"`
	Reason string `json:"reason" validate:"required,max=200,text" label:"换绑原因"`
}

// RebindView is a rebind request as administrators and its author see it.
type RebindView struct {
	ID         int64      `json:"id"`
	State      string     `json:"state"`
	Reason     string     `json:"reason"`
	MemberID   int64      `json:"member_id"`
	MemberName string     `json:"member_name"`
	OrgID      int64      `json:"org_id"`
	OrgName    string     `json:"org_name"`
	Phone      string     `json:"phone"` // of the account that asks, masked
	CreatedAt  time.Time  `json:"created_at"`
	DecidedAt  *time.Time `json:"decided_at"`
	Note       string     `json:"note"`
}

// RequestRebind files v's request with the ticket that Bind gave. An account has one open request at a time.
func (s *Service) RequestRebind(ctx context.Context, v access.Viewer, in RebindInput) (RebindView, error) {
	t, err := s.redeem(ctx, v, in.Ticket)
	if err != nil {
		return RebindView{}, err
	}
	var view RebindView
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if v.MemberID != 0 {
			return alreadyBound()
		}
		r := model.RebindRequest{AccountID: v.AccountID, MemberID: t.MemberID, Reason: in.Reason, State: model.RebindPending, CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("account.rebind_pending", "您已提交换绑申请，请等待支部管理员审批")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.request_rebind", ObjectType: "rebind_request", ObjectID: r.ID,
			After: map[string]any{"account_id": r.AccountID, "member_id": r.MemberID, "reason": r.Reason}})
		if view, err = s.rebindOf(tx, r.ID); err != nil {
			return err
		}
		return s.tellAdmins(tx, view)
	})
	if err != nil {
		return RebindView{}, err
	}
	if err := s.redis.Del(ctx, ticketKey(in.Ticket)).Err(); err != nil {
		return RebindView{}, noRedis(err)
	}
	return view, nil
}

// RebindRequests lists the requests for members whom v administers, oldest
// first; state empty means all. At most 200.
func (s *Service) RebindRequests(ctx context.Context, v access.Viewer, state string) ([]RebindView, error) {
	where, args := v.Works().Paths("o.path")
	if state != "" {
		where, args = where+" AND r.state = ?", append(args, state)
	}
	return s.rebinds(s.db.Read(ctx), where+" ORDER BY r.id LIMIT 200", args...)
}

// Approve moves the member to the account that asked, in one transaction, and
// then ends the sessions of the account that had it. Nobody approves for
// himself or herself.
func (s *Service) Approve(ctx context.Context, v access.Viewer, id int64, note string) (RebindView, error) {
	var view RebindView
	var old int64
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := s.decide(tx, v, id, model.RebindApproved, note)
		if err != nil {
			return err
		}
		if old, err = untie(tx, r.MemberID); err != nil {
			return err
		}
		if err := tie(tx, r.AccountID, r.MemberID); err != nil {
			return voidRebind(err)
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.approve_rebind", ObjectType: "rebind_request", ObjectID: id,
			Before: map[string]int64{"member_id": r.MemberID, "account_id": old},
			After:  map[string]any{"member_id": r.MemberID, "account_id": r.AccountID, "note": note}})
		if view, err = s.rebindOf(tx, id); err != nil {
			return err
		}
		return s.tellRebound(tx, view, r.AccountID, old)
	})
	if err != nil {
		return RebindView{}, err
	}
	return view, s.signOutOf(ctx, old)
}

// Reject leaves everything as it is. The note says why.
func (s *Service) Reject(ctx context.Context, v access.Viewer, id int64, note string) (RebindView, error) {
	var view RebindView
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := s.decide(tx, v, id, model.RebindRejected, note)
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.reject_rebind", ObjectType: "rebind_request", ObjectID: id,
			After: map[string]any{"member_id": r.MemberID, "account_id": r.AccountID, "note": note}})
		if view, err = s.rebindOf(tx, id); err != nil {
			return err
		}
		return s.tellRejected(tx, view, r)
	})
	return view, err
}

// Untie frees a member whom v administers from his or her account, and ends that account's sessions.
func (s *Service) Untie(ctx context.Context, v access.Viewer, memberID int64) error {
	var old int64
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if _, err := workedMember(tx, v, memberID); err != nil {
			return err
		}
		var err error
		if old, err = untie(tx, memberID); err != nil {
			return err
		}
		if old == 0 {
			return fault.Conflict("account.not_bound", "该党员没有绑定微信账号")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.untie", ObjectType: "member", ObjectID: memberID,
			Before: map[string]int64{"account_id": old}})
		return nil
	})
	if err != nil {
		return err
	}
	return s.signOutOf(ctx, old)
}

// decide moves a pending request to state, if v administers the member's branch.
func (s *Service) decide(tx model.Tx, v access.Viewer, id int64, state, note string) (model.RebindRequest, error) {
	var r model.RebindRequest
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Take(&r, id).Error
	if err == nil {
		_, err = workedMember(tx, v, r.MemberID)
	}
	if model.NotFound(err) || fault.Is(err, "not_found") {
		return r, fault.NotFound("换绑申请")
	}
	if err != nil {
		return r, err
	}
	if r.AccountID == v.AccountID || r.MemberID == v.MemberID {
		return r, &fault.Fault{Kind: fault.KindForbidden, Code: "account.own_rebind", Message: "不能审批本人的换绑申请，请由其他管理员审批"}
	}
	n, err := model.Exec(tx, "UPDATE rebind_request SET state = ?, decided_by = ?, decided_at = ?, note = ? WHERE id = ? AND state = ?",
		state, v.AccountID, tx.Now, note, id, model.RebindPending)
	if err == nil && n == 0 {
		err = fault.Conflict("account.rebind_decided", "该换绑申请已经审批")
	}
	return r, err
}

// voidRebind is for the administrator what tie said for the person.
func voidRebind(err error) error {
	switch {
	case fault.Is(err, "account.already_bound"):
		return fault.Conflict("account.rebind_void", "申请人的微信账号已绑定其他党员，请驳回该申请")
	case fault.Is(err, "account.no_match"):
		return fault.Conflict("account.rebind_void", "该党员已不在册，请驳回该申请")
	}
	return err
}

// untie tells which account had the member; 0 if none.
func untie(tx model.Tx, memberID int64) (int64, error) {
	var old int64
	err := tx.Raw("UPDATE account SET member_id = NULL, bound_at = NULL WHERE member_id = ? RETURNING id", memberID).Scan(&old).Error
	return old, err
}

// signOutOf ends the sessions of an account that lost its member. The roles
// went with the tie; if Redis does not answer, only the sessions are left.
func (s *Service) signOutOf(ctx context.Context, accountID int64) error {
	if accountID == 0 {
		return nil
	}
	if err := s.endSessions(ctx, accountID); err != nil {
		return fault.Unavailable("account.sessions_left", "绑定已变更，但原微信账号的登录状态未能立即注销，最迟三十分钟后失效").Because(err)
	}
	return nil
}

// workedMember locks a member whom v administers; anybody else is not found.
func workedMember(tx model.Tx, v access.Viewer, memberID int64) (model.Member, error) {
	where, args := v.Works().Orgs("org_id")
	var m model.Member
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Select("id", "org_id", "name", "standing").Where("id = ?", memberID).Where(where, args...).Take(&m).Error
	if errors.Is(err, model.ErrNotFound) {
		return m, fault.NotFound("党员")
	}
	return m, err
}

type rebindRow struct {
	RebindView
	PhoneSealed string
}

func (s *Service) rebindOf(tx model.Tx, id int64) (RebindView, error) {
	rows, err := s.rebinds(tx, "r.id = ?", id)
	if err != nil || len(rows) == 0 {
		return RebindView{}, errors.Join(err, fault.NotFound("换绑申请"))
	}
	return rows[0], nil
}

func (s *Service) rebinds(tx model.Tx, where string, args ...any) ([]RebindView, error) {
	var rows []rebindRow
	err := tx.Raw(`
SELECT r.id, r.state, r.reason, r.member_id, m.name AS member_name, m.org_id, o.name AS org_name,
       a.phone_sealed, r.created_at, r.decided_at, r.note
FROM rebind_request r JOIN member m ON m.id = r.member_id JOIN org o ON o.id = m.org_id JOIN account a ON a.id = r.account_id
WHERE `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	views := make([]RebindView, 0, len(rows))
	for _, r := range rows {
		phone, err := s.vault.Open(r.PhoneSealed)
		if err != nil {
			return nil, err
		}
		r.Phone = vault.MaskPhone(phone)
		views = append(views, r.RebindView)
	}
	return views, nil
}
