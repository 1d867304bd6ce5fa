package member

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
	"hongyun/service/vault"
)

// Transfer is a transfer of affiliation, with what a receiving branch needs to know of the member and no more.
type Transfer struct {
	ID          int64       `json:"id"`
	MemberID    int64       `json:"member_id"`
	Name        string      `json:"name"`
	IDNumber    string      `json:"id_number"` // masked
	Status      string      `json:"status"`
	FromOrgID   int64       `json:"from_org_id"`
	FromName    string      `json:"from_name"`
	ToOrgID     *int64      `json:"to_org_id"` // null: leaves the platform
	ToName      string      `json:"to_name"`
	Reason      string      `json:"reason"`
	LetterNo    string      `json:"letter_no"`
	DuesPaidTo  model.Month `json:"dues_paid_to"`
	State       string      `json:"state"`
	RequestedAt time.Time   `json:"requested_at"`
	DueOn       model.Date  `json:"due_on"`  // accepted or refused by then
	Overdue     bool        `json:"overdue"` // open, and the day is past
	MovedOn     *model.Date `json:"moved_on"`
	ReceiptNo   string      `json:"receipt_no"`
	DecidedAt   *time.Time  `json:"decided_at"`
	Note        string      `json:"note"`
}

// TransferFilter narrows the list. Zero fields do not.
type TransferFilter struct {
	OrgID     int64  `query:"org_id" validate:"min=0" label:"组织"` // with its subtree
	Direction string `query:"direction" validate:"omitempty,oneof=in out" label:"方向"`
	State     string `query:"state" validate:"omitempty,oneof=OPEN ACCEPTED REFUSED WITHDRAWN" label:"状态"`
}

// Transfers lists the transfers from and to the organisations that v leads or administers, the newest first.
func (s *Service) Transfers(ctx context.Context, v access.Viewer, f TransferFilter, offset, limit int) ([]Transfer, int64, error) {
	tx := s.db.Read(ctx)
	from, to, args, err := sides(tx, v, f.OrgID, "fo.path", "o.path")
	if err != nil {
		return nil, 0, err
	}
	where, args := direction(f.Direction, from, to, args)
	if f.State != "" {
		where, args = where+" AND t.state = ?", append(args, f.State)
	}
	var total int64
	if err := tx.Raw("SELECT count(*)"+transferFrom+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err := s.transfers(tx, where+" ORDER BY t.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	return rows, total, err
}

// Transfer shows one that goes from or to an organisation that v leads or administers.
func (s *Service) Transfer(ctx context.Context, v access.Viewer, id int64) (Transfer, error) {
	return s.transferOf(s.db.Read(ctx), v, id)
}

func (s *Service) transferOf(tx model.Tx, v access.Viewer, id int64) (Transfer, error) {
	from, to, args, err := sides(tx, v, 0, "fo.path", "o.path")
	if err != nil {
		return Transfer{}, err
	}
	rows, err := s.transfers(tx, "("+from+" OR "+to+") AND t.id = ?", append(append(args, args...), id)...)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("组织关系转接")
	}
	if err != nil {
		return Transfer{}, err
	}
	return rows[0], nil
}

// sides is the two conditions that one end of a row lies in v's scope and, if orgID is given, in that subtree. Both take the
// same arguments.
func sides(tx model.Tx, v access.Viewer, orgID int64, one, other string) (string, string, []any, error) {
	first, args := v.Reads().Paths(one)
	second, _ := v.Reads().Paths(other)
	if orgID == 0 {
		return first, second, args, nil
	}
	path, err := readPath(tx, v, orgID)
	within := func(condition, column string) string {
		return "(" + condition + " AND " + column + " >= ? AND " + column + " < ?)"
	}
	return within(first, one), within(second, other), append(args, path, model.PathEnd(path)), err
}

// direction puts the two sides together. args are those of one side.
func direction(which, out, in string, args []any) (string, []any) {
	switch which {
	case "out":
		return out, args
	case "in":
		return in, args
	}
	return "(" + out + " OR " + in + ")", append(append([]any{}, args...), args...)
}

// readPath is the path of an organisation that v leads or administers; dissolved ones keep theirs.
func readPath(tx model.Tx, v access.Viewer, orgID int64) (string, error) {
	var o model.Org
	err := tx.Select("path").Where("id = ?", orgID).Take(&o).Error
	if model.NotFound(err) || err == nil && !v.Reads().Covers(o.Path) {
		err = fault.NotFound("组织")
	}
	return o.Path, err
}

const transferFrom = ` FROM transfer t JOIN member m ON m.id = t.member_id JOIN org fo ON fo.id = t.from_org_id LEFT JOIN org o ON o.id = t.to_org_id WHERE `

func (s *Service) transfers(tx model.Tx, where string, args ...any) ([]Transfer, error) {
	var rows []struct {
		Transfer
		IDSealed string
	}
	err := tx.Raw(`SELECT t.id, t.member_id, m.name, m.id_sealed, m.status, t.from_org_id, fo.name AS from_name, t.to_org_id, coalesce(o.name, t.to_name) AS to_name,
       t.reason, t.letter_no, t.dues_paid_to, t.state, t.requested_at, t.moved_on, t.receipt_no, t.decided_at, t.note`+transferFrom+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	rules, err := rule.Load(tx, model.RulesMember, tx.Day())
	if err != nil {
		return nil, err
	}
	views := make([]Transfer, len(rows))
	for i, r := range rows {
		number, err := s.vault.Open(r.IDSealed)
		if err != nil {
			return nil, err
		}
		t := r.Transfer
		asked := model.DateOf(t.RequestedAt)
		t.IDNumber, t.DueOn = vault.MaskID(number), asked.AddDays(rules.On(asked).Int("TRANSFER_DAYS"))
		t.Overdue = t.State == model.TransferOpen && t.DueOn < tx.Day()
		views[i] = t
	}
	return views, nil
}
