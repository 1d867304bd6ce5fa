package rates

import (
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
)

// definition is one rate: which rows count in which month, and which of them are in the numerator too. The figures, the lists and
// what is settled are read off the same conditions.
type definition struct {
	Rate    string
	Lines   string                                 // a SELECT of month, department_id, part, request_id, round and grade
	Figures string                                 // a SELECT of the columns of count by month and department_id; {units} narrows it
	Args    func(from, to, today model.Date) []any // of both
}

// The unit of a request is the one that leads it, and the window (0) while none does: one unit for each request, so that the units
// add up to the city. A voice belongs to the unit that had closed the request.
const lineOf = `SELECT substr(r.{day}, 1, 7) AS month, coalesce(r.department_id, 0) AS department_id,
	CASE WHEN r.excluded_on <> '' THEN 'EXCLUDED' WHEN {numerator} THEN 'BOTH' ELSE 'DENOMINATOR' END AS part, r.id AS request_id, 0 AS round, 0 AS grade
FROM request r WHERE r.{day} >= ? AND r.{day} <= ? AND {counts}`

// Requests are counted by day and unit first: in that order an index of the same columns gives them, so that neither database sorts
// or looks a row up.
const figureOf = `SELECT substr(d.day, 1, 7) AS month, coalesce(d.department_id, 0) AS department_id, CAST(sum(d.numerator) AS bigint) AS numerator,
	CAST(sum(d.denominator) AS bigint) AS denominator, CAST(sum(d.excluded) AS bigint) AS excluded
FROM (SELECT r.{day} AS day, r.department_id, count(CASE WHEN r.excluded_on = '' AND {numerator} THEN 1 END) AS numerator,
	count(CASE WHEN r.excluded_on = '' THEN 1 END) AS denominator, count(CASE WHEN r.excluded_on <> '' THEN 1 END) AS excluded
	FROM request r WHERE r.{day} >= ? AND r.{day} <= ? AND {counts} GROUP BY r.{day}, r.department_id) d
WHERE {units} GROUP BY 1, 2`

// requestRate is a rate that counts requests by one of their days.
func requestRate(rate, day, counts, numerator string, more func(today model.Date) []any) definition {
	fill := strings.NewReplacer("{day}", day, "{counts}", counts, "{numerator}", numerator)
	return definition{
		Rate: rate, Lines: fill.Replace(lineOf), Figures: fill.Replace(figureOf),
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
// apart from them the closings that nobody rated in time. Basically satisfied (3) and better is satisfied (RULES 9.3).
func satisfaction() definition {
	return definition{
		Rate: model.RateSatisfaction,
		Lines: `SELECT substr(g.rated_on, 1, 7) AS month, coalesce(g.department_id, 0) AS department_id,
	CASE WHEN g.request_id IN (` + excludedVoices + `) THEN 'EXCLUDED' WHEN g.rating >= 3 THEN 'BOTH' ELSE 'DENOMINATOR' END AS part,
	g.request_id, g.round, g.rating AS grade
FROM request_rating g WHERE g.rated_on >= ? AND g.rated_on <= ?
UNION ALL
SELECT substr(r.unrated_on, 1, 7), coalesce(r.department_id, 0), CASE WHEN r.excluded_on <> '' THEN 'EXCLUDED' ELSE 'UNRATED' END, r.id, r.reopen_count, 0
FROM request r WHERE r.unrated_on > '' AND r.unrated_on >= ? AND r.unrated_on <= ?`,
		Figures: `SELECT substr(d.day, 1, 7) AS month, coalesce(d.department_id, 0) AS department_id, CAST(sum(d.grade_3 + d.grade_4 + d.grade_5) AS bigint) AS numerator,
	CAST(sum(d.grade_1 + d.grade_2 + d.grade_3 + d.grade_4 + d.grade_5) AS bigint) AS denominator,
	CAST(sum(d.unrated) AS bigint) AS unrated, CAST(sum(d.excluded) AS bigint) AS excluded,
	CAST(sum(d.grade_1) AS bigint) AS grade_1, CAST(sum(d.grade_2) AS bigint) AS grade_2, CAST(sum(d.grade_3) AS bigint) AS grade_3,
	CAST(sum(d.grade_4) AS bigint) AS grade_4, CAST(sum(d.grade_5) AS bigint) AS grade_5
FROM (` + voices("", "0", "") + " UNION ALL " + voices("-", "count(*)", "AND g.request_id IN ("+excludedVoices+")") + `
	UNION ALL SELECT r.unrated_on, r.department_id, 0, 0, 0, 0, 0, count(CASE WHEN r.excluded_on = '' THEN 1 END), count(CASE WHEN r.excluded_on <> '' THEN 1 END)
	FROM request r WHERE r.unrated_on > '' AND r.unrated_on >= ? AND r.unrated_on <= ? GROUP BY r.unrated_on, r.department_id) d
WHERE {units} GROUP BY 1, 2`,
		Args: func(from, to, _ model.Date) []any { return []any{from, to, from, to, from, to} },
	}
}

// voices counts ratings by day, unit and grade: all of them, and then the few excluded ones with the opposite sign, rather than to ask
// of each whether it is excluded.
func voices(sign, excluded, which string) string {
	graded := ""
	for grade := range 5 {
		graded += fmt.Sprintf(" %[1]scount(CASE WHEN g.rating = %[2]d THEN 1 END) AS grade_%[2]d,", sign, grade+1)
	}
	return "SELECT g.rated_on AS day, g.department_id," + graded + " 0 AS unrated, " + excluded + ` AS excluded
	FROM request_rating g WHERE g.rated_on >= ? AND g.rated_on <= ? ` + which + " GROUP BY g.rated_on, g.department_id"
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
	args := d.Args(from.First(), to.Last(), today)
	return d.Lines, args[:strings.Count(d.Lines, "?")]
}

// figures are the counts of the months from…to for some units, with their arguments; nil: for all.
func (d definition) figures(from, to model.Month, today model.Date, units []int64) (string, []any) {
	args := d.Args(from.First(), to.Last(), today)
	if units == nil {
		return strings.ReplaceAll(d.Figures, "{units}", "1 = 1"), args
	}
	return strings.ReplaceAll(d.Figures, "{units}", "coalesce(d.department_id, 0) IN ?"), append(args, units)
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
