package account

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// HandoverInput hands an administrator's work to a successor.
type HandoverInput struct {
	ToMemberID   int64  `json:"to_member_id" validate:"required,min=1" label:"接任党员"`
	FromMemberID int64  `json:"from_member_id" validate:"min=0" label:"移交人"` // for an administrator above; else the one who asks
	Note         string `json:"note" validate:"max=500" label:"交接说明"`
}

// HandoverView is a hand-over without its pack.
type HandoverView struct {
	ID           int64      `json:"id"`
	OrgID        int64      `json:"org_id"`
	OrgName      string     `json:"org_name"`
	FromMemberID int64      `json:"from_member_id"` // 0: an administrator who is no member
	FromName     string     `json:"from_name"`
	ToMemberID   int64      `json:"to_member_id"`
	ToName       string     `json:"to_name"`
	State        string     `json:"state"`
	Note         string     `json:"note"`
	OpenedAt     time.Time  `json:"opened_at"`
	ClosedAt     *time.Time `json:"closed_at"`
}

// HandoverDetail is a hand-over with the pack, as it stood when it was opened.
type HandoverDetail struct {
	HandoverView
	Pack *Pack `json:"pack"` // null for whoever neither works on the hand-over any more nor sees the organisation
}

// OpenHandover opens a hand-over: by the organisation's own administrator for himself or herself, or by one above for an
// administrator who is named. The pack is made now. The role passes when the successor accepts.
//
// Faults: handover.not_admin, handover.same, handover.open, role.not_above, role.member_inactive.
func (s *Service) OpenHandover(ctx context.Context, v access.Viewer, orgID int64, in HandoverInput) (HandoverDetail, error) {
	var d HandoverDetail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := holdOrg(tx, v, orgID)
		if err != nil {
			return err
		}
		from, err := predecessor(tx, v, o, in.FromMemberID)
		if err != nil {
			return err
		}
		to, err := workedMember(tx, v, in.ToMemberID)
		switch {
		case err != nil:
			return err
		case to.Standing != model.StandingActive:
			return fault.Conflict("role.member_inactive", "该党员已停止党籍、出党或去世，不能授予角色")
		case from != nil && *from == to.ID:
			return fault.Invalid("handover.same", "移交人和接任人不能是同一人")
		}
		h := model.Handover{OrgID: o.ID, FromMemberID: from, ToMemberID: to.ID, State: model.HandoverOpen, Note: in.Note, OpenedBy: &v.AccountID, OpenedAt: tx.Now}
		if err := insertHandover(tx, o, &h); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "handover.open", ObjectType: "handover", ObjectID: h.ID,
			After: map[string]any{"org_id": o.ID, "from_member_id": from, "to_member_id": to.ID}})
		if d, _, err = handoverOf(tx, h.ID, "1 = 1"); err != nil {
			return err
		}
		return s.tellHandover(tx, kindHandoverOpened, to.ID, d.HandoverView)
	})
	return d, err
}

// holdOrg locks an organisation that v administers, as granting and revoking do.
func holdOrg(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	var o model.Org
	where, args := v.Works().Paths("path")
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND dissolved_on IS NULL", id).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return o, err
}

// predecessor is the member who hands over; nil for an administrator who is no member and hands over himself or herself.
func predecessor(tx model.Tx, v access.Viewer, o model.Org, named int64) (*int64, error) {
	self := named == 0 || named == v.MemberID
	if !self && !above(v, o) {
		return nil, forbiddenAbove("代他人发起交接须由上级组织的管理员办理")
	}
	var n int64
	who, args := "g.member_id = ? OR a.member_id = ?", []any{named, named}
	if self {
		who, args = "g.account_id = ? OR g.member_id = ?", []any{v.AccountID, v.MemberID}
	}
	err := tx.Raw("SELECT count(*) FROM role_grant g LEFT JOIN account a ON a.id = g.account_id WHERE g.org_id = ? AND g.role = 'admin' AND g.revoked_at IS NULL AND ("+who+")",
		append([]any{o.ID}, args...)...).Scan(&n).Error
	switch {
	case err != nil:
		return nil, err
	case n == 0 && self:
		return nil, fault.Conflict("handover.not_admin", "您不是该组织的管理员，请指明移交人")
	case n == 0:
		return nil, fault.Conflict("handover.not_admin", "移交人不是该组织的管理员")
	case self:
		return optional(v.MemberID), nil
	}
	return &named, nil
}

func insertHandover(tx model.Tx, o model.Org, h *model.Handover) error {
	pack, err := packOf(tx, o)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(pack)
	if err != nil {
		return err
	}
	h.Pack = string(raw)
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(h)
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.Conflict("handover.open", "该管理员已有未完成的交接，请先完成或撤回")
	}
	return res.Error
}

// Handovers lists v's own hand-overs and those of the organisations that v leads or administers, the newest first: limit
// rows from offset on, and how many there are.
func (s *Service) Handovers(ctx context.Context, v access.Viewer, state string, offset, limit int) ([]HandoverView, int64, error) {
	where, args := seesHandover(v)
	if state != "" {
		where, args = where+" AND h.state = ?", append(args, state)
	}
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw("SELECT count(*) FROM handover h JOIN org o ON o.id = h.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []HandoverView{}
	err := tx.Raw("SELECT "+handoverColumns+handoverTables+where+" ORDER BY h.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// Handover shows one hand-over to its two members and to those who lead or administer the organisation. The pack tells of other
// people: the two see it as long as the hand-over is open, then whoever sees the organisation.
func (s *Service) Handover(ctx context.Context, v access.Viewer, id int64) (HandoverDetail, error) {
	where, args := seesHandover(v)
	d, path, err := handoverOf(s.db.Read(ctx), id, where, args...)
	if d.State != model.HandoverOpen && !v.Reads().Covers(path) {
		d.Pack = nil
	}
	return d, err
}

// seesHandover is the hand-overs that v may see: the own ones, and those of organisations that v leads or administers.
func seesHandover(v access.Viewer) (string, []any) {
	where, args := v.Reads().Paths("o.path")
	if v.MemberID == 0 {
		return where, args
	}
	return "(" + where + " OR h.to_member_id = ? OR h.from_member_id = ?)", append(args, v.MemberID, v.MemberID)
}

const handoverColumns = `h.id, h.org_id, o.name AS org_name, coalesce(h.from_member_id, 0) AS from_member_id, coalesce(f.name, '') AS from_name,
  h.to_member_id, t.name AS to_name, h.state, h.note, h.opened_at, h.closed_at`

const handoverTables = ` FROM handover h JOIN org o ON o.id = h.org_id JOIN member t ON t.id = h.to_member_id LEFT JOIN member f ON f.id = h.from_member_id WHERE `

// handoverOf reads one hand-over, with the path of its organisation.
func handoverOf(tx model.Tx, id int64, where string, args ...any) (HandoverDetail, string, error) {
	var row struct {
		HandoverView
		Pack, Path string
	}
	err := tx.Raw("SELECT "+handoverColumns+", h.pack, o.path"+handoverTables+where+" AND h.id = ?", append(args, id)...).Take(&row).Error
	if model.NotFound(err) {
		err = fault.NotFound("交接")
	}
	if err != nil {
		return HandoverDetail{}, "", err
	}
	d := HandoverDetail{HandoverView: row.HandoverView, Pack: &Pack{}}
	return d, row.Path, json.Unmarshal([]byte(row.Pack), d.Pack)
}
