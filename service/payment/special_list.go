package payment

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// Special is a special large payment in a list.
type Special struct {
	ID              int64      `json:"id"`
	MemberID        int64      `json:"member_id"`
	MemberName      string     `json:"member_name"`
	OrgID           int64      `json:"org_id"`
	OrgName         string     `json:"org_name"`
	AmountFen       int64      `json:"amount_fen"`
	Method          string     `json:"method"`
	TransactionNo   string     `json:"transaction_no"`
	PaidOn          model.Date `json:"paid_on"`
	Brief           string     `json:"brief"`
	State           string     `json:"state"`
	RecordedByName  string     `json:"recorded_by"`
	RecordedAt      time.Time  `json:"recorded_at"`
	ConfirmedByName string     `json:"confirmed_by"`
	ConfirmedAt     *time.Time `json:"confirmed_at"`
	ForwardedOn     model.Date `json:"forwarded_on"`
	DocumentNo      string     `json:"document_no"`
	Reason          string     `json:"reason"`
}

const specialColumns = `s.id, s.member_id, m.name AS member_name, s.org_id, o.name AS org_name, s.amount_fen, s.method, coalesce(s.transaction_no, '') AS transaction_no,
  s.paid_on, s.brief, s.state, coalesce(recorder.name, '') AS recorded_by_name, s.recorded_at, coalesce(second.name, '') AS confirmed_by_name, s.confirmed_at,
  s.forwarded_on, s.forward_no AS document_no, s.reason
FROM dues_special s JOIN org o ON o.id = s.org_id JOIN member m ON m.id = s.member_id
LEFT JOIN account ra ON ra.id = s.recorded_by LEFT JOIN member recorder ON recorder.id = ra.member_id
LEFT JOIN account ca ON ca.id = s.confirmed_by LEFT JOIN member second ON second.id = ca.member_id`

// SpecialFilter narrows the list. Empty fields narrow nothing.
type SpecialFilter struct {
	OrgID int64  `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	State string `query:"state" validate:"omitempty,oneof=RECORDED CONFIRMED REJECTED FORWARDED REVERSED" label:"状态"`
}

// SpecialSums are the totals of a list of special payments, over all its pages.
type SpecialSums struct {
	Count        int64 `json:"count"`
	HeldFen      int64 `json:"held_fen"` // confirmed, to be handed up
	ForwardedFen int64 `json:"forwarded_fen"`
}

// Specials lists special payments of the branches where v collects or administers, the newest first.
func (s *Service) Specials(ctx context.Context, v access.Viewer, f SpecialFilter, offset, limit int) ([]Special, SpecialSums, error) {
	tx := s.db.Read(ctx)
	where, args := handles(v, "o.path")
	if f.OrgID != 0 {
		where, args = where+" AND "+belowOrg, append(args, f.OrgID)
	}
	if f.State != "" {
		where, args = where+" AND s.state = ?", append(args, f.State)
	}
	var sums SpecialSums
	err := tx.Raw(`SELECT count(*) AS count, coalesce(sum(s.amount_fen) FILTER (WHERE s.state = 'CONFIRMED'), 0) AS held_fen,
  coalesce(sum(s.amount_fen) FILTER (WHERE s.state = 'FORWARDED'), 0) AS forwarded_fen
FROM dues_special s JOIN org o ON o.id = s.org_id WHERE `+where, args...).Scan(&sums).Error
	if err != nil {
		return nil, sums, err
	}
	rows := []Special{}
	err = tx.Raw("SELECT "+specialColumns+" WHERE "+where+" ORDER BY s.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, sums, err
}

func oneSpecial(tx model.Tx, id int64) (out Special, err error) {
	err = tx.Raw("SELECT "+specialColumns+" WHERE s.id = ?", id).Scan(&out).Error
	return out, err
}
