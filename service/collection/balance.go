package collection

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/ledger"
)

// Balances is what an organisation holds of dues.
type Balances struct {
	OrgID   int64  `json:"id"`
	OrgName string `json:"org_name"`
	OrgType string `json:"org_type"`
	Holding
}

// Holding is money in three places, in fen.
type Holding struct {
	CashFen    int64 `json:"cash_fen"`    // in the hands of the branch, not carried to the account
	AccountFen int64 `json:"account_fen"` // on the dues account
	SpecialFen int64 `json:"special_fen"` // special payments that are still to be forwarded
}

const holding = `CAST(coalesce(sum(CASE WHEN a.kind = 'dues_cash' THEN a.balance END), 0) AS bigint) AS cash_fen,
  CAST(coalesce(sum(CASE WHEN a.kind = 'dues_account' THEN a.balance END), 0) AS bigint) AS account_fen,
  CAST(coalesce(sum(CASE WHEN a.kind = 'dues_special' THEN a.balance END), 0) AS bigint) AS special_fen`

const holders = ` FROM org o LEFT JOIN ledger_account a ON a.owner_type = 'org' AND a.owner_id = o.id AND a.kind IN ('dues_cash', 'dues_account', 'dues_special')
WHERE (o.dissolved_on IS NULL OR a.balance <> 0) AND `

// Balances lists what each organisation holds where v administers or collects: one with everything below it, or all, in the
// order of the tree, with their number and the sums over all.
func (s *Service) Balances(ctx context.Context, v access.Viewer, orgID int64, offset, limit int) ([]Balances, int64, Holding, error) {
	tx := s.db.Read(ctx)
	where, args := handles(v, "o.path")
	if orgID != 0 {
		where += " AND EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')"
		args = append(args, orgID)
	}
	var all struct {
		Total int64
		Holding
	}
	rows := []Balances{}
	if err := tx.Raw("SELECT count(DISTINCT o.id) AS total, "+holding+holders+where, args...).Scan(&all).Error; err != nil {
		return nil, 0, all.Holding, err
	}
	err := tx.Raw("SELECT o.id AS org_id, o.name AS org_name, o.type AS org_type, "+holding+holders+where+
		" GROUP BY o.id, o.name, o.type, o.path ORDER BY o.path LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, all.Total, all.Holding, err
}

// StatementFilter names an account and the days.
type StatementFilter struct {
	OrgID int64      `query:"org_id" validate:"required,min=1" label:"党组织"`
	Kind  string     `query:"kind" validate:"required,oneof=CASH ACCOUNT SPECIAL" label:"账户"`
	From  model.Date `query:"from" validate:"omitempty,date" label:"起始日期"`
	To    model.Date `query:"to" validate:"omitempty,date" label:"截止日期"`
}

// StatementLine is what moved money on an account.
type StatementLine struct {
	ID         int64      `json:"id"`
	Day        model.Date `json:"day"` // on which the ledger took it
	At         time.Time  `json:"at"`
	Kind       string     `json:"kind"`
	Memo       string     `json:"memo"`
	InFen      int64      `json:"in_fen"`
	OutFen     int64      `json:"out_fen"`
	BalanceFen int64      `json:"balance_fen"` // after it
}

// Statement is an account over some days: opening + in - out = closing.
type Statement struct {
	OrgID      int64  `json:"org_id"`
	OrgName    string `json:"org_name"`
	Kind       string `json:"kind"`
	OpeningFen int64  `json:"opening_fen"`
	InFen      int64  `json:"in_fen"`
	OutFen     int64  `json:"out_fen"`
	ClosingFen int64  `json:"closing_fen"`
}

// Statement tells what moved on an account of an organisation that v administers or where v collects, the oldest first, with
// the number of lines.
//
// Faults: not_found.
func (s *Service) Statement(ctx context.Context, v access.Viewer, f StatementFilter, offset, limit int) (Statement, []StatementLine, int64, error) {
	st := Statement{OrgID: f.OrgID, Kind: f.Kind}
	tx := s.db.Read(ctx)
	o, err := orgTo(tx, v, f.OrgID, handlesOrg, handlesOrg)
	if err != nil {
		return st, nil, 0, err
	}
	st.OrgName = o.Name
	begin, end := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	if f.From != "" {
		begin = f.From.Time()
	}
	if f.To != "" {
		end = f.To.AddDays(1).Time()
	}
	kind := map[string]string{"CASH": ledger.KindDuesCash, "ACCOUNT": ledger.KindDuesAccount, "SPECIAL": ledger.KindDuesSpecial}[f.Kind]
	const from = ` FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transfer t ON t.id = e.transfer_id
WHERE a.kind = ? AND a.owner_type = 'org' AND a.owner_id = ?`
	var all struct{ Total, OpeningFen, InFen, OutFen int64 }
	err = tx.Raw(`SELECT count(CASE WHEN t.at >= ? THEN 1 END) AS total,
  CAST(coalesce(sum(CASE WHEN t.at < ? THEN e.amount END), 0) AS bigint) AS opening_fen,
  CAST(coalesce(sum(CASE WHEN t.at >= ? AND e.amount > 0 THEN e.amount END), 0) AS bigint) AS in_fen,
  CAST(-coalesce(sum(CASE WHEN t.at >= ? AND e.amount < 0 THEN e.amount END), 0) AS bigint) AS out_fen`+from+" AND t.at < ?",
		begin, begin, begin, begin, kind, o.ID, end).Scan(&all).Error
	if err != nil {
		return st, nil, 0, err
	}
	st.OpeningFen, st.InFen, st.OutFen, st.ClosingFen = all.OpeningFen, all.InFen, all.OutFen, all.OpeningFen+all.InFen-all.OutFen
	lines := []StatementLine{}
	err = tx.Raw(`SELECT id, at, kind, memo, CASE WHEN amount > 0 THEN amount ELSE 0 END AS in_fen, CASE WHEN amount < 0 THEN -amount ELSE 0 END AS out_fen, balance_fen
FROM (SELECT e.id, t.at, t.kind, t.memo, e.amount, CAST(sum(e.amount) OVER (ORDER BY t.at, e.id) AS bigint) AS balance_fen`+from+`) x
WHERE at >= ? AND at < ? ORDER BY at, id LIMIT ? OFFSET ?`, kind, o.ID, begin, end, limit, offset).Scan(&lines).Error
	for i := range lines {
		lines[i].Day = model.DateOf(lines[i].At)
	}
	return st, lines, all.Total, err
}
