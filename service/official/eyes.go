package official

import (
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// eyes is what a viewer may read of conversations (RULES 9.2). The window and the city's administrators read those of all accounts,
// the city's leaders too, but no request whose citizen is not to be known; a unit's staff those of its own accounts, without such
// requests and without those that are not theirs.
type eyes struct {
	v       access.Viewer
	all     bool    // conversations of every account
	answers bool    // may write answers where he or she reads
	units   []int64 // whose accounts' conversations
	mine    []int64 // units of any role: a complaint about one of them leaves no trace
	contact int64   // 0: all
}

func eyesOf(v access.Viewer) eyes {
	p := eyes{v: v, all: v.Desks(), units: v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), mine: v.Departments()}
	p.answers = v.WorksDesk() || !p.all && len(p.units) > 0
	return p
}

func (p eyes) blind() bool { return !p.all && len(p.units) == 0 }

// narrow tells whether there may be messages that the viewer must not even guess at.
func (p eyes) narrow() bool { return len(p.mine) > 0 }

// hidden is an SQL condition on request r: it leaves no trace before this viewer.
func (p eyes) hidden() (string, []any) {
	switch {
	case !p.v.WorksDesk() && !p.narrow(): // the city's leaders read such requests without what tells who wrote them, and not here
		return "(r.anonymous OR r.confidential)", nil
	case !p.v.WorksDesk():
		return "(r.anonymous OR r.confidential OR coalesce(r.subject_department_id, 0) IN ?)", []any{p.mine}
	case p.narrow():
		return "coalesce(r.subject_department_id, 0) IN ?", []any{p.mine}
	}
	return "1 = 0", nil
}

// contacts is an SQL condition on a column that holds contact ids.
func (p eyes) contacts(column string) (where string, args []any) {
	where = "1 = 1"
	if p.contact != 0 {
		where, args = column+" = ?", append(args, p.contact)
	}
	if !p.all {
		where += " AND " + column + " IN (SELECT c.id FROM contact c JOIN official_account a ON a.appid = c.appid WHERE a.department_id IN ?)"
		args = append(args, p.units)
	}
	return where, args
}

// items is a SELECT of every message that the viewer may read: contact_id, source, id, at, direction, file_id, and talk: it is no
// part of a request that is worked on, and no mere courtesy. direction narrows it, if it is not empty.
func (p eyes) items(direction string) (string, []any) {
	hidden, hiddenArgs := p.hidden()
	said, args := p.contacts("m.contact_id")
	said += " AND NOT EXISTS (SELECT 1 FROM request_part q JOIN request r ON r.id = q.request_id WHERE q.callback_id = m.callback_id AND " + hidden + ")"
	args = append(args, hiddenArgs...)
	said += " AND NOT (m.courtesy AND EXISTS (SELECT 1 FROM request r WHERE r.contact_id = m.contact_id AND " + hidden + "))" // it may go with that request
	args = append(args, hiddenArgs...)
	if p.narrow() {
		// The window's answer to somebody with a hidden request may be about that request.
		said += ` AND NOT (m.direction = 'out' AND EXISTS (SELECT 1 FROM request r WHERE r.contact_id = m.contact_id AND ` + hidden + `)
  AND NOT EXISTS (SELECT 1 FROM account w JOIN role_grant g ON g.account_id = w.id OR g.member_id = w.member_id WHERE w.id = m.account_id AND g.department_id IN ?))`
		args = append(append(args, hiddenArgs...), p.mine)
	}
	if direction != "" {
		said, args = said+" AND m.direction = ?", append(args, direction)
	}
	query := `SELECT m.contact_id, 'message' AS source, m.id, m.created_at AS at, m.direction, m.file_id, NOT m.courtesy AS talk FROM contact_message m WHERE ` + said
	if direction == model.DirectionOut {
		return query, args
	}
	asked, askedArgs := p.contacts("r.contact_id")
	seen, seenArgs := p.v.StaffRequests()
	if !p.all {
		// What the window has put back into the conversation is the account's again.
		seen, seenArgs = "("+seen+" OR r.state = ?)", append(seenArgs, model.RequestConversation)
	}
	asked += " AND " + seen + " AND NOT " + hidden
	askedArgs = append(append(askedArgs, seenArgs...), hiddenArgs...)
	return query + ` UNION ALL
SELECT r.contact_id, 'part', p.id, p.created_at, 'in', p.file_id, r.state = ? FROM request_part p JOIN request r ON r.id = p.request_id
WHERE r.contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contact_message m WHERE m.callback_id = p.callback_id) AND ` + asked,
		append(append(args, model.RequestConversation), askedArgs...)
}

// states is a WITH clause of s: for each contact of whom the viewer may read something, the last message and whether an answer
// is owed.
func (p eyes) states() (string, []any) {
	items, args := p.items("")
	return `WITH items AS (` + items + `), ranked AS (SELECT i.*, row_number() OVER (PARTITION BY contact_id ORDER BY at DESC, source DESC, id DESC) AS back,
 max(CASE WHEN talk AND direction = 'in' THEN at END) OVER (PARTITION BY contact_id) AS asked_at,
 max(CASE WHEN direction = 'out' THEN at END) OVER (PARTITION BY contact_id) AS answered_at FROM items i),
s AS (SELECT contact_id, source AS last_source, id AS last_id, at AS last_at,
 asked_at IS NOT NULL AND (answered_at IS NULL OR answered_at < asked_at) AS unanswered FROM ranked WHERE back = 1)`, args
}

// lastHeard is when each contact wrote the last message that the viewer may read.
func (p eyes) lastHeard(tx model.Tx, contacts []int64) (map[int64]time.Time, error) {
	out := map[int64]time.Time{}
	if !p.narrow() || len(contacts) == 0 {
		return out, nil
	}
	items, args := p.items(model.DirectionIn)
	var rows []struct {
		ContactID int64
		Source    string
		ID        int64
	}
	err := tx.Raw(`SELECT contact_id, source, id FROM (SELECT i.*, row_number() OVER (PARTITION BY contact_id ORDER BY at DESC, source DESC, id DESC) AS back
 FROM (`+items+`) i WHERE contact_id IN ?) o WHERE back = 1`, append(args, contacts)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	keys := make([]itemKey, len(rows))
	for i, r := range rows {
		keys[i] = itemKey{r.Source, r.ID}
	}
	said, err := messages(tx, keys)
	for i, r := range rows {
		out[r.ContactID] = said[keys[i]].At
	}
	return out, err
}
