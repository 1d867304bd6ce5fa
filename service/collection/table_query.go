package collection

import (
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
)

// figuresOf counts, for each unit of top by its path, in one statement however large it is. Every sum is made branch by branch
// first: many rows become few before anything is joined.
func figuresOf(tx model.Tx, top unit, from, to model.Month) (map[string]Figures, error) {
	below, scope := subtree(top, "b.org_id")
	roster, _ := subtree(top, "m.org_id")
	months, span := "b.month BETWEEN ? AND ?", []any{from, to}
	if from == to { // in the order of the index, month by month
		months, span = "b.month = ?", span[:1]
	}
	var each, sums, columns []string
	for _, c := range strings.Fields("b.unpaid b.paid b.exempt b.cancelled b.unpaid_fen b.paid_fen b.online b.online_fen w.awaiting w.awaiting_fen u.n") {
		columns = append(columns, whole("sum("+c+")"))
	}
	for i := range ages {
		is := aged(i, tx.Dialect.Bytewise("b.month"), to)
		each = append(each, fmt.Sprintf("count(*) FILTER (WHERE %[2]s) AS n%[1]d, sum(b.amount_fen) FILTER (WHERE %[2]s) AS f%[1]d", i, is))
		sums = append(sums, fmt.Sprintf("count(*) FILTER (WHERE n%[1]d > 0) AS m%[1]d, sum(n%[1]d) AS n%[1]d, sum(f%[1]d) AS f%[1]d", i))
		for _, c := range []string{"m", "n", "f"} {
			columns = append(columns, whole(fmt.Sprintf("sum(l.%s%d)", c, i)))
		}
	}
	args := slices.Concat(span, scope, span, scope, []any{to}, scope, []any{to.Add(1).First(), to, to, to}, scope, []any{top.Path, model.PathEnd(top.Path)})
	rows, err := model.Rows(tx, `
WITH billed AS (
  SELECT b.org_id, b.state, count(*) AS n, sum(b.amount_fen) AS fen, count(*) FILTER (WHERE b.method = 'WECHAT') AS online,
    sum(b.amount_fen) FILTER (WHERE b.method = 'WECHAT') AS online_fen
  FROM dues_bill b WHERE `+months+below+` GROUP BY b.org_id, b.state
), stood AS (
  SELECT b.org_id, sum(b.n) FILTER (WHERE b.state = 'UNPAID') AS unpaid, sum(b.n) FILTER (WHERE b.state = 'PAID') AS paid,
    sum(b.n) FILTER (WHERE b.state = 'EXEMPT') AS exempt, sum(b.n) FILTER (WHERE b.state = 'CANCELLED') AS cancelled,
    sum(b.fen) FILTER (WHERE b.state = 'UNPAID') AS unpaid_fen, sum(b.fen) FILTER (WHERE b.state = 'PAID') AS paid_fen,
    sum(b.online) FILTER (WHERE b.state = 'PAID') AS online, sum(b.online_fen) FILTER (WHERE b.state = 'PAID') AS online_fen
  FROM billed b GROUP BY b.org_id
), waiting AS (
  SELECT b.org_id, count(*) AS awaiting, sum(b.amount_fen) AS awaiting_fen
  FROM dues_payment p JOIN dues_payment_bill pb ON pb.payment_id = p.id AND pb.live JOIN dues_bill b ON b.id = pb.bill_id
  WHERE p.state = 'RECORDED' AND `+months+below+` GROUP BY b.org_id
), late AS (
  SELECT org_id, `+strings.Join(sums, ", ")+` FROM (
    SELECT b.org_id, b.member_id, `+strings.Join(each, ", ")+`
    FROM dues_bill b WHERE b.state = 'UNPAID' AND b.month <= ?`+below+` GROUP BY b.org_id, b.member_id) x
  GROUP BY org_id
), unassessed AS (
  `+unassessedBy+roster+` GROUP BY m.org_id
)
SELECT `+part(top, "o.path")+", "+strings.Join(columns, ", ")+`
FROM org o LEFT JOIN stood b ON b.org_id = o.id LEFT JOIN waiting w ON w.org_id = o.id LEFT JOIN late l ON l.org_id = o.id
LEFT JOIN unassessed u ON u.org_id = o.id
WHERE o.path >= ? AND o.path < ? GROUP BY 1`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]Figures{}
	for rows.Next() {
		f, path := Figures{Arrears: noArrears()}, ""
		into := []any{&path, &f.Unpaid, &f.Paid, &f.Exempt, &f.Cancelled, &f.UnpaidFen, &f.PaidFen, &f.Online, &f.OnlineFen, &f.Awaiting, &f.AwaitingFen, &f.Unassessed}
		for i := range f.Arrears {
			into = append(into, &f.Arrears[i].Members, &f.Arrears[i].Bills, &f.Arrears[i].Fen)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		f.Bills, f.PayableFen = f.Unpaid+f.Paid+f.Exempt, f.UnpaidFen+f.PaidFen
		found[path] = f
	}
	return found, rows.Err()
}

// aged is an SQL condition on a column of months: a bill is in the i-th band of age in a month. The months are written by Month.Add.
func aged(i int, column string, month model.Month) string {
	is := fmt.Sprintf("%s <= '%s'", column, month.Add(1-ages[i].from))
	if i+1 < len(ages) {
		is += fmt.Sprintf(" AND %s > '%s'", column, month.Add(1-ages[i+1].from))
	}
	return is
}

// whole is a sum of whole numbers as one, 0 of none: Postgres would make it a decimal.
func whole(sum string) string { return "CAST(coalesce(" + sum + ", 0) AS bigint)" }

// unassessedBy counts, by organisation, the active members whom neither an assessment nor a relief covers: the beginning of a
// SELECT that takes the first day after the month, and the month three times.
const unassessedBy = `SELECT m.org_id, count(*) AS n FROM member m WHERE m.standing = 'ACTIVE' AND m.admitted_on < ?
    AND NOT EXISTS (SELECT 1 FROM dues_assessment a WHERE a.member_id = m.id AND a.replaced_at IS NULL AND a.effective_month <= ?)
    AND NOT EXISTS (SELECT 1 FROM dues_relief r WHERE r.member_id = m.id AND r.state = 'APPROVED' AND r.from_month <= ? AND r.to_month >= ?)`
