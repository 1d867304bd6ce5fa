package rates

import (
	"slices"
	"strings"

	"hongyun/model"
)

// gradeSatisfied is the least grade that counts as satisfied: basically satisfied (RULES 9.3).
const gradeSatisfied = 3

// definition is one rate: which rows count in which month, and which of them are in the numerator too. Everything that the
// service tells of a rate, the figures, the lists and what is settled, is read off this one text.
type definition struct {
	Rate  string
	Lines string // a SELECT of month, department_id, part, request_id, round and grade
	Args  func(from, to, today model.Date) []any
}

// The unit of a request is the one that leads it, and the window (0) while none does: one unit for each request, so that the units
// add up to the city. A voice belongs to the unit that had closed the request.
const lineOf = `SELECT substr(r.{day}, 1, 7) AS month, coalesce(r.department_id, 0) AS department_id,
	CASE WHEN r.excluded_on <> '' THEN 'EXCLUDED' WHEN {numerator} THEN 'BOTH' ELSE 'DENOMINATOR' END AS part, r.id AS request_id, 0 AS round, 0 AS grade
FROM request r WHERE r.{day} >= ? AND r.{day} <= ? AND {counts}`

// requestRate is a rate that counts requests by one of their days.
func requestRate(rate, day, counts, numerator string, more func(today model.Date) []any) definition {
	return definition{
		Rate:  rate,
		Lines: strings.NewReplacer("{day}", day, "{counts}", counts, "{numerator}", numerator).Replace(lineOf),
		Args: func(from, to, today model.Date) []any {
			args := []any{from, to}
			if more != nil {
				args = append(args, more(today)...)
			}
			return args
		},
	}
}

// definitions are the rates in their order (RULES 9.3). Messages that ask for nothing (CONVERSATION) count nowhere, nor do requests
// that were merged with another (DUPLICATE): their voices count.
func definitions() []definition {
	const neither = "r.state NOT IN ('DUPLICATE', 'CONVERSATION')"
	return []definition{
		// accepted of submitted, without what was withdrawn before, and what the city may not accept. A request that was declined for
		// another reason stays: it ought to have been accepted, or was not understood.
		requestRate(model.RateAcceptance, "submitted_on", neither+` AND NOT (r.state = 'WITHDRAWN' AND r.accepted_on = '')
			AND NOT (r.state = 'DECLINED' AND r.decline_reason IN ('EMERGENCY', 'LEGAL', 'SECRET', 'OUT_OF_SCOPE'))`, "r.accepted_on <> ''", nil),
		// referred within the limit of those that had to be referred. One that waits inside its limit is no miss yet: it counts when the
		// limit has passed.
		requestRate(model.RateReferral, "accepted_on", neither+` AND r.disposition = 'REFER' AND (r.referred_on <> '' OR r.clock = 'REFER' AND r.refer_due < ?)`,
			"r.refer_met", func(today model.Date) []any { return []any{today} }),
		// closed of accepted, whenever it was closed. What the citizen withdrew after it was accepted stays: nobody shall gain by
		// talking somebody out of it.
		requestRate(model.RateClosure, "accepted_on", neither, "r.closed_on <> ''", nil),
		// closed by the deadline of those whose deadline fell into the month: that are closed, or that run still and are late. A limit that
		// stands still is not late; one that ended without a closing, by a return or a withdrawal, measures nothing.
		requestRate(model.RateOnTime, "handle_due", neither+` AND r.state <> 'WITHDRAWN' AND r.accepted_on <> ''
			AND (r.closed_on <> '' OR r.clock IN ('HANDLE', 'REOPEN', 'ANSWER') AND NOT r.paused AND r.handle_due < ?)`,
			"r.close_met", func(today model.Date) []any { return []any{today} }),
		satisfaction(),
		// solved, by the citizen's word or the call-back, of closed
		requestRate(model.RateSolved, "closed_on", neither, "r.solved", nil),
	}
}

// satisfaction counts voices, not requests: every rating that was given in the month, of merged requests and earlier rounds too, and
// apart from them the closings that nobody rated in time.
func satisfaction() definition {
	return definition{
		Rate: model.RateSatisfaction,
		Lines: `SELECT substr(g.rated_on, 1, 7) AS month, coalesce(g.department_id, 0) AS department_id,
	CASE WHEN g.request_id IN (` + excludedVoices + `) THEN 'EXCLUDED' WHEN g.rating >= ? THEN 'BOTH' ELSE 'DENOMINATOR' END AS part,
	g.request_id, g.round, g.rating AS grade
FROM request_rating g WHERE g.rated_on >= ? AND g.rated_on <= ?
UNION ALL
SELECT substr(r.unrated_on, 1, 7), coalesce(r.department_id, 0), CASE WHEN r.excluded_on <> '' THEN 'EXCLUDED' ELSE 'UNRATED' END, r.id, r.reopen_count, 0
FROM request r WHERE r.unrated_on >= ? AND r.unrated_on <= ?`,
		Args: func(from, to, _ model.Date) []any { return []any{gradeSatisfied, from, to, from, to} },
	}
}

// excludedVoices are the requests whose voices an exclusion takes out: itself, and what was merged with it.
const excludedVoices = `SELECT x.id FROM request x WHERE x.excluded_on <> ''
	UNION ALL SELECT y.id FROM request x JOIN request y ON y.duplicate_of = x.id WHERE x.excluded_on <> ''`

// definitionOf is one rate.
func definitionOf(rate string) (definition, bool) {
	all := definitions()
	i := slices.IndexFunc(all, func(d definition) bool { return d.Rate == rate })
	if i < 0 {
		return definition{}, false
	}
	return all[i], true
}

// lines are the rows of the months from…to, with their arguments.
func (d definition) lines(from, to model.Month, today model.Date) (string, []any) {
	return d.Lines, d.Args(from.First(), to.Last(), today)
}

// Parts of a rate that a list may ask for.
const (
	PartNumerator   = "NUMERATOR"
	PartDenominator = "DENOMINATOR"
	PartMissed      = "MISSED" // in the denominator alone
	PartUnrated     = "UNRATED"
	PartExcluded    = "EXCLUDED"
)

// partsOf are the parts, as lines have them, that a list shows.
func partsOf(part string) []string {
	switch part {
	case PartNumerator:
		return []string{model.RateBoth}
	case PartMissed:
		return []string{model.RateDenominator}
	case PartUnrated:
		return []string{model.RateUnrated}
	case PartExcluded:
		return []string{model.RateExcluded}
	default:
		return []string{model.RateBoth, model.RateDenominator}
	}
}
