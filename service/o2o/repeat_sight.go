package o2o

import (
	"hongyun/model"
	"hongyun/service/access"
)

// coverRepeats takes out of rows what would tell units that a request whose citizen they are not to know is the same citizen's as
// another one, which may be open to them: the link, and its part of the count (RULES 9.2).
func coverRepeats(tx model.Tx, v access.Viewer, rows []row) error {
	if v.WorksDesk() {
		return nil
	}
	for i := range rows {
		r := &rows[i]
		switch {
		case r.sight.own:
			continue
		case r.Anonymous || r.Confidential:
			r.RepeatOf, r.Repeats = nil, 0
			continue
		case r.RepeatShielded:
			r.RepeatOf = nil
		}
		if r.Repeats == 0 {
			continue
		}
		ids, args, err := samePerson(tx, model.Request{ID: r.ID, ContactID: r.ContactID})
		if err != nil {
			return err
		}
		if r.Repeats = 0; ids == "" {
			continue
		}
		err = tx.Raw(`WITH theirs AS MATERIALIZED (`+ids+`) SELECT count(*) FROM theirs JOIN request q ON q.id = theirs.id
			WHERE q.repeat_of = ? AND q.state <> ? AND `+openRepeat, append(args, r.ID, model.RequestConversation)...).Scan(&r.Repeats).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// openRepeat is an SQL condition on request q: units may know that it is a repeat.
const openRepeat = "NOT q.anonymous AND NOT q.confidential"

// repeated is what the filter for repeats finds: of what is not the viewer's own, no more than the rows say.
func repeated(v access.Viewer) (string, []any) {
	const all = "(r.repeats > 0 OR r.repeat_of IS NOT NULL)"
	if v.WorksDesk() {
		return all, nil
	}
	own, args := v.OwnRequests()
	const open = `NOT r.anonymous AND NOT r.confidential AND (EXISTS (SELECT 1 FROM request q WHERE q.id = r.repeat_of AND ` + openRepeat + `)
		OR r.repeats > 0 AND EXISTS (SELECT 1 FROM request q WHERE q.repeat_of = r.id AND q.state <> 'CONVERSATION' AND ` + openRepeat + "))"
	return "(" + all + " AND (" + own + " OR " + open + "))", args
}
