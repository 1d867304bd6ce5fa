package dues

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hongyun/model"
	"hongyun/service/ledger"
	"hongyun/service/schedule"
)

// bill makes the bills of the run's month, those ahead, and those of the month before for members who were admitted in the
// course of it: the first payable month is the whole month of the branch meeting (RULES 3.2.9). A bill that is there stays as
// it is. Each month is a transaction of its own: it posts once, and so waits for nobody crosswise.
func (s *Service) bill(ctx context.Context, r schedule.Run) (string, error) {
	month := r.Day.Month()
	var made, late, ahead int64
	err := s.db.Tx(ctx, func(tx model.Tx) (err error) {
		late, err = MakeBills(tx, month.Add(-1), month.Add(-1))
		return err
	})
	if err == nil {
		err = s.db.Tx(ctx, func(tx model.Tx) (err error) {
			made, err = MakeBills(tx, month, "")
			return err
		})
	}
	for _, next := range restOfQuarter(month) {
		if err == nil {
			err = s.db.Tx(ctx, func(tx model.Tx) error {
				n, err := makeAhead(tx, month, next)
				ahead += n
				return err
			})
		}
	}
	summary := fmt.Sprintf("%s：新生成党费账单%d份", inWords(month), made)
	if late > 0 {
		summary += fmt.Sprintf("，补生成上月新党员账单%d份", late)
	}
	if ahead > 0 {
		summary += fmt.Sprintf("，按季度预生成账单%d份", ahead)
	}
	return summary, err
}

// MakeBills bills every active member by the assessment and the relief in force in the month, in one pass however many
// there are, with their double entry. admittedFrom leaves out those admitted in an earlier month. What comes to nothing is
// exempt: there is nothing to collect.
func MakeBills(tx model.Tx, month, admittedFrom model.Month) (int64, error) {
	return makeBills(tx, month, admittedFrom, month, "")
}

// MakeBillsOf bills some members alone.
func MakeBillsOf(tx model.Tx, month model.Month, members []int64) (int64, error) {
	if len(members) == 0 {
		return 0, nil
	}
	ids := make([]string, len(members))
	for i, id := range members {
		ids[i] = strconv.FormatInt(id, 10)
	}
	return makeBills(tx, month, "", month, "AND m.id IN ("+strings.Join(ids, ", ")+")")
}

// MakeAhead bills the months of the quarter that follow the month, for branches that collect by the quarter.
func MakeAhead(tx model.Tx, month model.Month) (made int64, err error) {
	for _, next := range restOfQuarter(month) {
		n, err := makeAhead(tx, month, next)
		if err != nil {
			return 0, err
		}
		made += n
	}
	return made, nil
}

// makeAhead bills one of them with those who were admitted by the month: the nearest organisation upward that has decided on
// it decides who collects by the quarter (RULES 3.2.11).
func makeAhead(tx model.Tx, month, next model.Month) (int64, error) {
	return makeBills(tx, next, "", month, `AND (SELECT s.quarterly FROM dues_setting s JOIN org top ON top.id = s.org_id
  WHERE o.path >= top.path AND o.path < top.path || ':' ORDER BY top.path DESC LIMIT 1)`)
}

func restOfQuarter(month model.Month) (months []model.Month) {
	for next := month.Add(1); next.Quarter() == month.Quarter(); next = next.Add(1) {
		months = append(months, next)
	}
	return months
}

// makeBills bills those admitted between two months whose organisation o meets the condition. The order keeps two that bill
// at the same time from waiting for each other crosswise.
func makeBills(tx model.Tx, month, admittedFrom, admittedBy model.Month, of string) (int64, error) {
	run := model.DuesRun{Month: month, Everyone: of == "" && admittedFrom == "", MadeAt: tx.Now}
	if err := tx.Create(&run).Error; err != nil {
		return 0, err
	}
	admitted := tx.Dialect.Bytewise("m.admitted_on")
	made, err := model.Exec(tx, `
INSERT INTO dues_bill (member_id, org_id, month, category, amount_fen, state, created_at, run_id, assessment_id, relief_id)
SELECT m.id, m.org_id, CAST(? AS text), coalesce(r.category, a.category), `+amountDue+`, CASE WHEN `+amountDue+` = 0 THEN 'EXEMPT' ELSE 'UNPAID' END,
  `+timestamp(tx.Dialect)+`, CAST(? AS bigint), a.id, r.id
FROM member m JOIN org o ON o.id = m.org_id
LEFT JOIN (SELECT x.id, x.member_id, x.category, x.amount_fen, row_number() OVER (PARTITION BY x.member_id ORDER BY x.effective_month DESC) AS newest
  FROM dues_assessment x WHERE x.replaced_at IS NULL AND x.effective_month <= ?) a ON a.member_id = m.id AND a.newest = 1
LEFT JOIN dues_relief r ON r.member_id = m.id AND r.state = 'APPROVED' AND r.from_month <= ? AND r.to_month >= ?
WHERE m.standing = 'ACTIVE' AND `+admitted+` >= ? AND `+admitted+` < ? AND (a.id IS NOT NULL OR r.id IS NOT NULL) `+of+`
ORDER BY m.id
ON CONFLICT (member_id, month) DO NOTHING`, month, tx.Now, run.ID, month, month, month, admittedFrom, admittedBy.Add(1))
	if err != nil || made == 0 {
		return 0, err
	}
	key := fmt.Sprintf("'dues.bill/%d/' || b.org_id AS key", run.ID)
	const owed = `FROM dues_bill b WHERE b.month = ? AND b.run_id = ? AND b.state = 'UNPAID'`
	_, err = ledger.PostMany(tx, "dues.bill", inWords(month)+"党费账单", []string{ledger.KindDuesDue}, `
SELECT `+key+`, 'dues_due' AS account_kind, 'member' AS owner_type, b.member_id AS owner_id, b.amount_fen AS amount `+owed+` UNION ALL
SELECT `+key+`, 'dues_billed' AS account_kind, 'org' AS owner_type, b.org_id AS owner_id, -sum(b.amount_fen) AS amount `+owed+` GROUP BY b.org_id`,
		month, run.ID, month, run.ID)
	return made, err
}

// amountDue is what assessment a and relief r make of a month. A relief never raises what is due.
const amountDue = "CASE WHEN r.id IS NULL OR r.amount_fen > a.amount_fen THEN a.amount_fen ELSE r.amount_fen END"

// remind tells every active member whose bill of the run's month is open, in one pass however many there are (RULES 6).
func (s *Service) remind(ctx context.Context, r schedule.Run) (string, error) {
	month := r.Day.Month()
	var unpaid, queued int64
	if err := s.billFirst(ctx, r); err != nil {
		return "", err
	}
	err := s.db.Tx(ctx, func(tx model.Tx) (err error) {
		const open = `FROM dues_bill b JOIN member m ON m.id = b.member_id AND m.standing = 'ACTIVE' WHERE b.month = ? AND b.state = 'UNPAID'
  AND NOT EXISTS (SELECT 1 FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id WHERE pb.bill_id = b.id AND pb.live AND p.state = 'RECORDED')`
		if err := tx.Raw("SELECT count(*) "+open, month).Scan(&unpaid).Error; err != nil {
			return err
		}
		data := tx.Dialect.JSONObject("name", "m.name", "month", monthInWords, "amount", amountInYuan, "period", "b.month")
		queued, err = s.notify.QueueSelect(tx, KindReminder, string(month),
			"SELECT 'member' AS recipient_type, m.id AS recipient_id, "+data+" AS data, '' AS page "+open, month)
		return err
	})
	return fmt.Sprintf("%s：%d名党员尚未缴纳党费，新发出温馨提示%d条", inWords(month), unpaid, queued), err
}

// billFirst bills a month that no run has billed since it began: after the server was down both jobs are made up for at the
// same moment, and the reminder must not find the month empty. Bills of an earlier day are those of single members or ahead.
func (s *Service) billFirst(ctx context.Context, r schedule.Run) error {
	tx, month := s.db.Read(ctx), r.Day.Month()
	if r.ByHand && month != tx.Day().Month() {
		return nil
	}
	var billed bool
	err := tx.Raw("SELECT EXISTS (SELECT 1 FROM dues_run WHERE month = ? AND everyone AND made_at >= ?)", month, month.First().Time()).Scan(&billed).Error
	if err == nil && !billed {
		_, err = s.bill(ctx, r)
	}
	return err
}

// What people read, written by the database: 2026年11月 and 12.05.
const (
	monthInWords = `substr(b.month, 1, 4) || '年' || CAST(CAST(substr(b.month, 6, 2) AS bigint) AS text) || '月'`
	amountInYuan = `CAST(b.amount_fen / 100 AS text) || '.' || CASE WHEN b.amount_fen % 100 < 10 THEN '0' ELSE '' END || CAST(b.amount_fen % 100 AS text)`
)

// timestamp is the parameter of a time among the values of a SELECT, where Postgres cannot tell its type.
func timestamp(d model.Dialect) string {
	if d == model.Postgres {
		return "CAST(? AS timestamptz)"
	}
	return "?"
}

func inWords(m model.Month) string { return m.First().Time().Format("2006年1月") }
