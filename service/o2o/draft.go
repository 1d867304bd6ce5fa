package o2o

import (
	"cmp"
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/mask"
)

// Draft is what was answered in a similar case, as a beginning for a reply.
type Draft struct {
	RequestID int64      `json:"request_id"` // 0: a released case of another unit
	Title     string     `json:"title"`
	Text      string     `json:"text"`
	ClosedOn  model.Date `json:"closed_on"`
	Released  bool       `json:"released"`
	Percent   int64      `json:"percent"` // of likeness of the two matters
}

const (
	draftsMost     = 5
	draftsCompared = 1000 // the newest closings of the unit, and as many released cases
	draftLeast     = 15   // per cent of likeness
)

// closing is a closed case with what its citizen was told.
type closing struct {
	ID       int64
	Content  string
	Note     string
	Title    string
	ClosedOn model.Date
	Sealed   string // the name that the citizen gave, and that of the member: for taking them out
	Member   string
	Released bool

	percent int // of likeness
}

// Drafts suggests replies to a request from closed cases in similar words: those of the unit that leads it, and what has been released
// for everybody. Numbers and the citizen's name are masked; confidential cases give none. For who works on the request.
func (s *Service) Drafts(ctx context.Context, v access.Viewer, id int64) ([]Draft, error) {
	tx := s.db.Read(ctx)
	r, err := look(tx, v, id)
	if err != nil {
		return nil, err
	}
	if !mayTake(v, r, department) && !mayTake(v, r, desk) {
		return nil, fault.Forbidden()
	}
	own, err := ownClosings(tx, v, r.Request)
	if err != nil {
		return nil, err
	}
	released, err := releasedClosings(tx, r.ID)
	if err != nil {
		return nil, err
	}
	read, err := s.rows(tx, v, false, "r.id = ?", id) // SECURITY: compared by what v reads of it
	if err != nil || len(read) == 0 {
		return nil, cmp.Or(err, noRequest())
	}
	words, near, seen := bigrams(read[0].Content), []closing{}, map[int64]bool{}
	for _, c := range slices.Concat(released, own) { // of one case, the released words
		percent := likeness(words, bigrams(c.Content))
		if percent < draftLeast || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		c.percent = percent
		near = append(near, c)
	}
	slices.SortStableFunc(near, func(a, b closing) int {
		return cmp.Or(cmp.Compare(b.percent, a.percent), cmp.Compare(b.ClosedOn, a.ClosedOn))
	})
	drafts := []Draft{}
	for _, c := range near[:min(len(near), draftsMost)] {
		names, err := s.namesOf(c.Sealed, c.Member)
		if err != nil {
			return nil, err
		}
		d := Draft{RequestID: c.ID, Title: cmp.Or(c.Title, excerpt(mask.Text(c.Content, names...), 30)), Text: mask.Text(c.Note, names...), ClosedOn: c.ClosedOn,
			Released: c.Released, Percent: int64(c.percent)}
		if c.Released {
			d.RequestID, d.Text = 0, c.Note // a person has found these words fit for everybody
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// ownClosings is what the unit that leads r has closed; for what no unit leads, the window.
func ownClosings(tx model.Tx, v access.Viewer, r model.Request) (rows []closing, err error) {
	unit, args := "r.department_id IS NULL", []any{}
	if r.DepartmentID != nil {
		unit, args = "r.department_id = ?", []any{*r.DepartmentID}
	}
	scope, scopeArgs := v.StaffRequests()
	err = tx.Raw(`
		SELECT r.id, CASE WHEN r.unit_content <> '' THEN r.unit_content ELSE r.content END AS content, s.note, r.closed_on, coalesce(n.name_sealed, '') AS sealed, coalesce(m.name, '') AS member
		FROM request r
		JOIN request_step s ON s.request_id = r.id AND s.seq = (SELECT max(x.seq) FROM request_step x WHERE x.request_id = r.id AND x.action IN ?)
		LEFT JOIN request_identity n ON n.request_id = r.id LEFT JOIN contact c ON c.id = r.contact_id
		LEFT JOIN account a ON a.id = coalesce(r.account_id, c.account_id) LEFT JOIN member m ON m.id = a.member_id
		WHERE r.state IN ? AND NOT r.confidential AND r.id <> ? AND `+unit+` AND `+scope+` ORDER BY r.closed_on DESC, r.id DESC LIMIT ?`,
		slices.Concat([]any{[]string{ActionClose, ActionAnswer}, closedStates, r.ID}, args, scopeArgs, []any{draftsCompared})...).Scan(&rows).Error
	return rows, err
}

func releasedClosings(tx model.Tx, but int64) (rows []closing, err error) {
	err = tx.Raw(`SELECT r.id, l.content, l.answer AS note, l.title, r.closed_on, TRUE AS released FROM request_release l JOIN request r ON r.id = l.request_id
		WHERE l.withdrawn_at IS NULL AND r.id <> ? ORDER BY l.released_at DESC, r.id DESC LIMIT ?`, but, draftsCompared).Scan(&rows).Error
	return rows, err
}
