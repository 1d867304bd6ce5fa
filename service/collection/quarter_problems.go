package collection

import (
	"context"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/rule"
)

// Kinds of problems, in the order in which they are told of a unit.
const (
	ProblemRateLow      = "RATE_LOW"
	ProblemRateFall     = "RATE_FALL"
	ProblemNoCollection = "NO_COLLECTION"
	ProblemCase         = "ARREARS_CASE"
	ProblemCommittee    = "ARREARS_COMMITTEE"
	ProblemBranch       = "ARREARS_BRANCH"
	ProblemUnassessed   = "UNASSESSED"
	ProblemUnconfirmed  = "UNCONFIRMED"
	ProblemRemittance   = "REMITTANCE"
	ProblemDifference   = "DIFFERENCE"
)

// ProblemFilter narrows the problems. Zero fields do not.
type ProblemFilter struct {
	QuarterFilter
	Kind string `query:"kind" validate:"omitempty,oneof=RATE_LOW RATE_FALL NO_COLLECTION ARREARS_CASE ARREARS_COMMITTEE ARREARS_BRANCH UNASSESSED UNCONFIRMED REMITTANCE DIFFERENCE" label:"问题类型"`
}

// Problem is something that a unit is to put right.
type Problem struct {
	OrgID    int64  `json:"org_id"`
	OrgName  string `json:"org_name"`
	OrgType  string `json:"org_type"`
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	Sentence string `json:"sentence"`
	Number   int64  `json:"number"` // of what the title says; of rates in hundredths of a per cent
	Opens    string `json:"opens"`  // the list behind the number, below /api/v1
}

// problemKind is a kind that is counted: by a SELECT of (org_id, n), or already. {n} stands for the number, {org} for the unit.
type problemKind struct {
	kind, title, sentence, opens string
	sql                          string
	args                         []any
	count                        map[string]int64 // by path of the unit; of the organisation itself what lies directly in it
}

// Problems lists what is to be put right over a quarter, unit by unit: rates as they were summed up are compared, all else is as
// it stands now, so that what has been put right is gone. Each kind is counted in one statement however large the organisation is.
//
// Faults: not_found.
func (s *Service) Problems(ctx context.Context, v access.Viewer, f ProblemFilter) ([]Problem, error) {
	problems := []Problem{}
	err := s.db.Sweep(ctx, func(tx model.Tx) error {
		top, err := look(tx, v.Reads(), f.OrgID)
		if err != nil {
			return err
		}
		report, err := quarterOf(tx, top, f.Quarter)
		if err != nil {
			return err
		}
		units, err := unitsOf(tx, top)
		if err != nil {
			return err
		}
		rules, err := rule.Load(tx, "dues", tx.Day())
		if err != nil {
			return err
		}
		kinds, err := countProblems(tx, top, report.Quarter, rules.Int("CONFIRM_DAYS"))
		if err != nil {
			return err
		}
		rows := map[int64]QuarterRow{}
		for _, r := range report.Rows {
			rows[r.OrgID] = r
		}
		if len(units) > 1 {
			rows[top.ID] = report.Total
		}
		low, fall := int64(rules.Int("RATE_LOW_BP")), int64(rules.Int("RATE_FALL_BP"))
		for _, u := range units {
			found := rateProblems(report.Quarter, rows[u.ID], low, fall)
			for _, k := range kinds {
				if n := k.count[u.Path]; n > 0 {
					found = append(found, Problem{Kind: k.kind, Title: k.title, Sentence: strings.ReplaceAll(k.sentence, "{n}", fmt.Sprint(n)), Number: n,
						Opens: strings.ReplaceAll(k.opens, "{org}", fmt.Sprint(u.ID))})
				}
			}
			for _, p := range found {
				if f.Kind == "" || f.Kind == p.Kind {
					p.OrgID, p.OrgName, p.OrgType = u.ID, u.Name, u.Type
					problems = append(problems, p)
				}
			}
		}
		return nil
	})
	return problems, err
}

// rateProblems looks at the rates of one unit: whether it is low is asked of today, whether it fell of the ends of two quarters.
func rateProblems(quarter model.Quarter, r QuarterRow, low, fall int64) []Problem {
	var found []Problem
	if rate := r.Now.RateBP; rate != nil && *rate < low {
		found = append(found, Problem{Kind: ProblemRateLow, Title: "收缴率偏低", Number: *rate,
			Sentence: fmt.Sprintf("%s收缴率%s%%，低于%s%%", quarterInWords(quarter), perCent(*rate), perCent(low)),
			Opens:    fmt.Sprintf("/dues/collection?org_id=%d&from=%s&to=%s", r.OrgID, quarter.First(), quarter.Last())})
	}
	if c := r.ChangeBP; c != nil && -*c >= fall {
		found = append(found, Problem{Kind: ProblemRateFall, Title: "收缴率下降", Number: -*c,
			Sentence: fmt.Sprintf("%s收缴率%s", quarterInWords(quarter), changeInWords(c)),
			Opens:    fmt.Sprintf("/dues/quarters?org_id=%d&quarter=%s", r.OrgID, quarter)})
	}
	return found
}

// countProblems counts every kind for each unit of top by its path.
func countProblems(tx model.Tx, top unit, quarter model.Quarter, confirmDays int) ([]problemKind, error) {
	kinds := countedProblems(quarter, tx.Day(), confirmDays)
	for i, k := range kinds {
		var err error
		if kinds[i].count, err = countByUnit(tx, top, k.sql, k.args...); err != nil {
			return nil, fmt.Errorf("problems: %s: %w", k.kind, err)
		}
	}
	open, err := openRemittances(tx, top, quarter)
	if err != nil {
		return nil, err
	}
	kinds = append(kinds, problemKind{kind: ProblemRemittance, title: "党费未足额上缴", sentence: "有{n}个组织本季度应上缴的党费没有足额上缴",
		opens: fmt.Sprintf("/dues/remittances/due?org_id={org}&open=true&quarter=%s", quarter), count: open})
	if top.Type != model.OrgCity {
		return kinds, nil
	}
	var differences int64
	err = tx.Raw("SELECT count(*) FROM pay_difference WHERE state = 'OPEN'").Scan(&differences).Error
	return append(kinds, problemKind{kind: ProblemDifference, title: "网上缴费对账差异", sentence: "有{n}笔对账差异没有处理", opens: "/dues/differences?state=OPEN",
		count: map[string]int64{top.Path: differences}}), err
}

// countedProblems are the kinds that a SELECT counts.
func countedProblems(quarter model.Quarter, day model.Date, confirmDays int) []problemKind {
	month, before := day.Month(), day.AddDays(-confirmDays)
	arrears := func(kind, step, title, sentence string) problemKind {
		return problemKind{kind: kind, title: title, sentence: sentence, opens: "/dues/arrears?org_id={org}&state=OPEN&step=" + step, args: []any{step},
			sql: `SELECT m.org_id, count(*) AS n FROM dues_arrears a JOIN member m ON m.id = a.member_id WHERE a.state = 'OPEN' AND a.step = ? AND ` + stillOwed + ` GROUP BY m.org_id`}
	}
	return []problemKind{
		{kind: ProblemNoCollection, title: "整季没有收缴", sentence: "有{n}个支部本季度应缴而没有一笔收缴", opens: fmt.Sprintf("/dues/quarters/problems?org_id={org}&kind=NO_COLLECTION&quarter=%s", quarter),
			sql: `SELECT b.org_id, 1 AS n FROM dues_bill b WHERE b.month BETWEEN ? AND ? AND b.state IN ('UNPAID', 'PAID')
GROUP BY b.org_id HAVING count(*) FILTER (WHERE b.state = 'PAID') = 0`, args: []any{quarter.First(), quarter.Last()}},
		arrears(ProblemCase, model.ArrearsCase, "欠缴须研究处理", "有{n}名党员欠缴达到须由组织研究的期限"),
		arrears(ProblemCommittee, model.ArrearsCommittee, "欠缴须党委督促", "有{n}名党员欠缴达到须由党委督促的期限"),
		arrears(ProblemBranch, model.ArrearsBranch, "欠缴须支部提醒", "有{n}名党员欠缴达到须由支部提醒的期限"),
		{kind: ProblemUnassessed, title: "未核定党费", sentence: "有{n}名党员没有核定党费", opens: fmt.Sprintf("/dues/unassessed?org_id={org}&month=%s", month),
			sql: unassessedBy + " GROUP BY m.org_id", args: []any{month.Add(1).First(), month, month, month}},
		{kind: ProblemUnconfirmed, title: "登记后久未复核", sentence: fmt.Sprintf("有{n}笔缴费登记后超过%d天没有复核", confirmDays),
			opens: fmt.Sprintf("/dues/payments?org_id={org}&state=RECORDED&recorded_before=%s", before),
			sql:   "SELECT p.org_id, count(*) AS n FROM dues_payment p WHERE p.state = 'RECORDED' AND p.recorded_at < ? GROUP BY p.org_id", args: []any{before.Time()}},
	}
}

// countByUnit adds a SELECT of (org_id, n) up for each unit of top by its path.
func countByUnit(tx model.Tx, top unit, sql string, args ...any) (map[string]int64, error) {
	var rows []struct {
		Path string
		N    int64
	}
	err := tx.Raw("SELECT "+part(top, "o.path")+" AS path, "+whole("sum(x.n)")+" AS n FROM ("+sql+") x JOIN org o ON o.id = x.org_id WHERE o.path >= ? AND o.path < ? GROUP BY 1",
		append(args, top.Path, model.PathEnd(top.Path))...).Scan(&rows).Error
	found := map[string]int64{}
	for _, r := range rows {
		found[r.Path] = r.N
	}
	return found, err
}

// openRemittances counts the organisations of each unit that have not handed up all that is due for a quarter that is over.
func openRemittances(tx model.Tx, top unit, quarter model.Quarter) (map[string]int64, error) {
	found := map[string]int64{}
	if quarter.Last() >= tx.Day().Month() {
		return found, nil
	}
	rows, err := duesOf(tx, quarter, "o.path >= ? AND o.path < ?", top.Path, model.PathEnd(top.Path))
	for _, d := range rows {
		if d.OpenFen > 0 {
			found[d.path[:min(len(d.path), len(top.Path)+pathStep)]]++
		}
	}
	return found, err
}
