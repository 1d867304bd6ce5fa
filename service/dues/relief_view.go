package dues

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Relief is a reduction or exemption as those see it who collect in the member's branch or administer it, there or above.
type Relief struct {
	ID            int64       `json:"id"`
	MemberID      int64       `json:"member_id"`
	MemberName    string      `json:"member_name"`
	OrgID         int64       `json:"org_id"` // the member's branch
	OrgName       string      `json:"org_name"`
	Category      string      `json:"category"`
	CategoryTitle string      `json:"category_title"`
	AmountFen     int64       `json:"amount_fen"`
	FromMonth     model.Month `json:"from_month"`
	ToMonth       model.Month `json:"to_month"`
	Reason        string      `json:"reason"`
	StudiedOn     model.Date  `json:"studied_on"`
	State         string      `json:"state"`
	DecisionNo    string      `json:"decision_no"`
	DecisionNote  string      `json:"decision_note"`
	RequestedBy   string      `json:"requested_by"`
	RequestedAt   time.Time   `json:"requested_at"`
	DecidedBy     string      `json:"decided_by"`
	DecidedAt     *time.Time  `json:"decided_at"`
}

// ReliefFilter narrows the list. Empty fields narrow nothing.
type ReliefFilter struct {
	OrgID    int64       `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	MemberID int64       `query:"member_id" validate:"min=0" label:"党员"`
	State    string      `query:"state" validate:"omitempty,oneof=PENDING APPROVED REJECTED WITHDRAWN" label:"状态"`
	Month    model.Month `query:"month" validate:"omitempty,month" label:"月份"` // that the relief covers
}

const reliefFrom = " FROM dues_relief r JOIN member m ON m.id = r.member_id JOIN org o ON o.id = m.org_id WHERE "

// Reliefs lists the requests and reliefs of members in v's collection or administration, the newest first. A relief goes
// with the member.
func (s *Service) Reliefs(ctx context.Context, v access.Viewer, f ReliefFilter, offset, limit int) ([]Relief, int64, error) {
	tx := s.db.Read(ctx)
	c := conditionOf(handles(v, "o.path"))
	c.under(f.OrgID)
	if f.MemberID != 0 {
		c.and("r.member_id = ?", f.MemberID)
	}
	if f.State != "" {
		c.and("r.state = ?", f.State)
	}
	if f.Month != "" {
		c.and("r.from_month <= ? AND r.to_month >= ?", f.Month, f.Month)
	}
	var total int64
	if err := tx.Raw("SELECT count(*)"+reliefFrom+c.where, c.args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err := reliefs(tx, c.where+" ORDER BY r.id DESC LIMIT ? OFFSET ?", append(c.args, limit, offset)...)
	return rows, total, err
}

func reliefOf(tx model.Tx, v access.Viewer, id int64) (Relief, error) {
	c := conditionOf(handles(v, "o.path"))
	c.and("r.id = ?", id)
	rows, err := reliefs(tx, c.where, c.args...)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("减免申请")
	}
	if err != nil {
		return Relief{}, err
	}
	return rows[0], nil
}

func reliefs(tx model.Tx, where string, args ...any) ([]Relief, error) {
	rows := []Relief{}
	err := tx.Raw(`SELECT r.id, r.member_id, m.name AS member_name, m.org_id, o.name AS org_name, r.category, `+titleOf("r.category")+` AS category_title, r.amount_fen,
  r.from_month, r.to_month, r.reason, r.studied_on, r.state, r.decision_no, r.decision_note, `+byName("r.requested_by")+` AS requested_by, r.requested_at,
  `+byName("r.decided_by")+` AS decided_by, r.decided_at`+reliefFrom+where, args...).Scan(&rows).Error
	return rows, err
}
