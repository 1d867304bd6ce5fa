package collection

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// ArrearsFilter narrows the list of arrears. Zero fields do not.
type ArrearsFilter struct {
	OrgID int64  `query:"org_id" validate:"min=0" label:"党组织"` // its subtree
	Step  string `query:"step" validate:"omitempty,oneof=BRANCH COMMITTEE CASE" label:"节点"`
	State string `query:"state" validate:"omitempty,oneof=OPEN CLOSED" label:"状态"`
}

// Arrears is a member who is behind, or was. A case whose months are paid shows as closed at once; the next run closes it.
type Arrears struct {
	ID         int64       `json:"id"`
	MemberID   int64       `json:"member_id"`
	MemberName string      `json:"member_name"`
	Standing   string      `json:"standing"`
	OrgID      int64       `json:"org_id"` // where the member is now
	OrgName    string      `json:"org_name"`
	SinceMonth model.Month `json:"since_month"`
	Months     int64       `json:"months"` // unpaid in a row, when last counted
	CountedOn  model.Date  `json:"counted_on"`
	Step       string      `json:"step"`
	State      string      `json:"state"`
	Outcome    string      `json:"outcome"`
	Unpaid     int64       `json:"unpaid_months"`   // of the case, now
	Awaiting   int64       `json:"awaiting_months"` // among them: recorded, not confirmed by a second person
	UnpaidFen  *int64      `json:"unpaid_fen"`      // null for those who see no amounts
	DueOn      *model.Date `json:"due_on"`          // until when it is to be put right, by the latest talk
	OpenedAt   time.Time   `json:"opened_at"`
	ClosedAt   *time.Time  `json:"closed_at"`
	Version    int64       `json:"version"`
}

// ArrearsDetail is a case with what was done about it.
type ArrearsDetail struct {
	Arrears
	Note     string        `json:"note"` // why it was closed
	ClosedBy string        `json:"closed_by"`
	Bills    []ArrearsBill `json:"bills"`
	Steps    []ArrearsStep `json:"steps"`
	Notes    []ArrearsNote `json:"notes"`
	Actions  []string      `json:"actions"` // what this viewer may do now: note, close
}

// ArrearsBill is a month of a case, as it stands now. Leaders see none: they see no single bill (RULES 11.4).
type ArrearsBill struct {
	Month     model.Month `json:"month"`
	State     string      `json:"state"`
	AmountFen int64       `json:"amount_fen"`
	Awaiting  bool        `json:"awaiting"`
}

// ArrearsStep is a step that was reached.
type ArrearsStep struct {
	Step  string      `json:"step"`
	Month model.Month `json:"month"` // the last one that was counted
	At    time.Time   `json:"at"`
}

// ArrearsNote is a talk with the member, or what the platform noted.
type ArrearsNote struct {
	ID        int64       `json:"id"`
	HeldOn    model.Date  `json:"held_on"`
	Text      string      `json:"text"`
	DueOn     *model.Date `json:"due_on"`
	By        string      `json:"by"`
	CreatedAt time.Time   `json:"created_at"`
}

const (
	liveState  = "CASE WHEN a.state = 'OPEN' AND " + stillOwed + " THEN 'OPEN' ELSE 'CLOSED' END"
	caseOfBill = "b.member_id = a.member_id AND b.month >= a.since_month AND b.month < substr(a.counted_on, 1, 7)"
)

// arrearsColumns reads a row; its amounts are there where shown holds.
func arrearsColumns(shown string) string {
	return `a.id, a.member_id, m.name AS member_name, m.standing, m.org_id, o.name AS org_name, a.since_month, a.months, a.counted_on, a.step,
  ` + liveState + ` AS state, CASE WHEN a.state = 'OPEN' AND NOT ` + stillOwed + ` THEN 'PAID' ELSE a.outcome END AS outcome,
  (SELECT count(*) FROM dues_bill b WHERE ` + caseOfBill + ` AND b.state = 'UNPAID') AS unpaid,
  (SELECT count(*) FROM dues_bill b WHERE ` + caseOfBill + ` AND b.state = 'UNPAID' AND ` + recordedBill + `) AS awaiting,
  CASE WHEN ` + shown + ` THEN (SELECT CAST(coalesce(sum(b.amount_fen), 0) AS bigint) FROM dues_bill b WHERE ` + caseOfBill + ` AND b.state = 'UNPAID') END AS unpaid_fen,
  (SELECT n.due_on FROM dues_arrears_note n WHERE n.arrears_id = a.id AND n.due_on <> '' ORDER BY n.id DESC LIMIT 1) AS due_on,
  a.opened_at, a.closed_at, a.version`
}

const arrearsFrom = " FROM dues_arrears a JOIN member m ON m.id = a.member_id JOIN org o ON o.id = m.org_id WHERE "

// sees is who learns of arrears: who leads, administers or collects. Amounts are for those who administer or collect.
func sees(v access.Viewer) access.Scope    { return v.Reads().Plus(v.Collects()) }
func follows(v access.Viewer) access.Scope { return v.Works().Plus(v.Collects()) }

// ArrearsList lists the arrears of members in the subtrees that v leads, administers or collects in: up to limit rows from
// offset on, and how many there are.
func (s *Service) ArrearsList(ctx context.Context, v access.Viewer, f ArrearsFilter, offset, limit int) ([]Arrears, int64, error) {
	tx := s.db.Read(ctx)
	where, args := sees(v).Paths("o.path")
	if f.OrgID != 0 {
		where += " AND EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')"
		args = append(args, f.OrgID)
	}
	if f.Step != "" {
		where, args = where+" AND a.step = ?", append(args, f.Step)
	}
	if f.State != "" {
		where, args = where+" AND "+liveState+" = ?", append(args, f.State)
	}
	var total int64
	if err := tx.Raw("SELECT count(*)"+arrearsFrom+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	shown, shownArgs := follows(v).Paths("o.path")
	rows := []Arrears{}
	err := tx.Raw("SELECT "+arrearsColumns(shown)+arrearsFrom+where+" ORDER BY a.state DESC, "+rank("a.step")+" DESC, a.since_month, o.path, a.id LIMIT ? OFFSET ?",
		append(append(shownArgs, args...), limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// ArrearsOf is a case with its months, steps and notes.
//
// Faults: not_found.
func (s *Service) ArrearsOf(ctx context.Context, v access.Viewer, id int64) (ArrearsDetail, error) {
	return arrearsDetail(s.db.Read(ctx), v, id)
}

func arrearsDetail(tx model.Tx, v access.Viewer, id int64) (ArrearsDetail, error) {
	d := ArrearsDetail{Bills: []ArrearsBill{}, Steps: []ArrearsStep{}, Notes: []ArrearsNote{}, Actions: []string{}}
	where, args := sees(v).Paths("o.path")
	shown, shownArgs := follows(v).Paths("o.path")
	var head struct {
		Arrears
		Note, ClosedBy, Path string
	}
	err := tx.Raw("SELECT "+arrearsColumns(shown)+", a.note, "+nameOf("a.closed_by")+" AS closed_by, o.path"+arrearsFrom+where+" AND a.id = ?",
		append(append(shownArgs, args...), id)...).Take(&head).Error
	if model.NotFound(err) {
		err = fault.NotFound("欠缴记录")
	}
	if err != nil {
		return d, err
	}
	d.Arrears, d.Note, d.ClosedBy = head.Arrears, head.Note, head.ClosedBy
	if follows(v).Covers(head.Path) {
		err = tx.Raw("SELECT b.month, b.state, b.amount_fen, b.state = 'UNPAID' AND "+recordedBill+` AS awaiting
FROM dues_arrears a JOIN dues_bill b ON `+caseOfBill+` WHERE a.id = ? AND b.state IN ('UNPAID', 'PAID') ORDER BY b.month`, id).Scan(&d.Bills).Error
	}
	if err != nil {
		return d, err
	}
	if err := tx.Raw("SELECT step, month, at FROM dues_arrears_step WHERE arrears_id = ? ORDER BY id", id).Scan(&d.Steps).Error; err != nil {
		return d, err
	}
	err = tx.Raw("SELECT n.id, n.held_on, n.text, nullif(n.due_on, '') AS due_on, "+nameOf("n.created_by")+` AS "by", n.created_at
FROM dues_arrears_note n WHERE n.arrears_id = ? ORDER BY n.id`, id).Scan(&d.Notes).Error
	if d.State == model.ArrearsOpen {
		if follows(v).Covers(head.Path) {
			d.Actions = append(d.Actions, "note")
		}
		if v.Works().Covers(head.Path) {
			d.Actions = append(d.Actions, "close")
		}
	}
	return d, err
}

// nameOf is an SQL expression: the name of the member whose account a column names; empty without one.
func nameOf(column string) string {
	return "coalesce((SELECT am.name FROM account ac JOIN member am ON am.id = ac.member_id WHERE ac.id = " + column + "), '')"
}
