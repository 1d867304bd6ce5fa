package dues

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// OwnBill is a bill as its member sees it, with what it was worked out from.
type OwnBill struct {
	Bill
	BaseFen       int64       `json:"base_fen"`
	QuarterNetFen int64       `json:"quarter_net_fen"`
	RateBP        int64       `json:"rate_bp"`
	Clause        string      `json:"clause"`
	AssessedFen   int64       `json:"assessed_fen"` // before a relief
	AssessedFrom  model.Month `json:"assessed_from"`
	Items         []Item      `json:"items" gorm:"-"`
	Relief        *OwnRelief  `json:"relief" gorm:"-"` // null: none covers the month
	ReceiptNo     string      `json:"receipt_no"`      // of the payment, once it is settled
	Explanation   string      `json:"explanation" gorm:"-"`
	Ask           []string    `json:"ask" gorm:"-"` // who collects in the branch
}

// OwnRelief is the decision by which less is to be paid, or nothing.
type OwnRelief struct {
	Category   string      `json:"category"`
	AmountFen  int64       `json:"amount_fen"`
	FromMonth  model.Month `json:"from_month"`
	ToMonth    model.Month `json:"to_month"`
	Reason     string      `json:"reason"`
	DecisionNo string      `json:"decision_no"`
	DecidedAt  *time.Time  `json:"decided_at"`
}

type ownRow struct {
	OwnBill
	AssessmentID     *int64
	AssessedCategory string
	ReliefID         *int64
}

// MyBills lists v's own bills, newest first, each explained.
func (s *Service) MyBills(ctx context.Context, v access.Viewer) ([]OwnBill, error) {
	return ownBills(s.db.Read(ctx), "b.member_id = ? ORDER BY b.month DESC", v.MemberID)
}

// MyBill is one of v's own bills.
func (s *Service) MyBill(ctx context.Context, v access.Viewer, id int64) (OwnBill, error) {
	rows, err := ownBills(s.db.Read(ctx), "b.member_id = ? AND b.id = ?", v.MemberID, id)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("党费账单")
	}
	if err != nil {
		return OwnBill{}, err
	}
	return rows[0], nil
}

func ownBills(tx model.Tx, where string, args ...any) ([]OwnBill, error) {
	var rows []ownRow
	err := tx.Raw("SELECT "+billColumns+`, coalesce(a.base_fen, 0) AS base_fen, coalesce(a.quarter_net_fen, 0) AS quarter_net_fen, coalesce(a.rate_bp, 0) AS rate_bp,
  coalesce(a.clause, '') AS clause, coalesce(a.amount_fen, 0) AS assessed_fen, coalesce(a.effective_month, '') AS assessed_from, `+titleOf("a.category")+` AS assessed_category,
  CASE WHEN p.state = 'SETTLED' THEN p.order_no ELSE '' END AS receipt_no, b.assessment_id, b.relief_id
FROM dues_bill b JOIN member m ON m.id = b.member_id JOIN org o ON o.id = b.org_id `+livePayment+`
LEFT JOIN dues_assessment a ON a.id = b.assessment_id
WHERE `+where, args...).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return []OwnBill{}, err
	}
	var assessments, reliefs []int64
	for _, r := range rows {
		if r.AssessmentID != nil {
			assessments = append(assessments, *r.AssessmentID)
		}
		if r.ReliefID != nil {
			reliefs = append(reliefs, *r.ReliefID)
		}
	}
	items, err := itemsOf(tx, assessments)
	if err != nil {
		return nil, err
	}
	relief, err := ownReliefs(tx, reliefs)
	if err != nil {
		return nil, err
	}
	ask := map[int64][]string{}
	own := make([]OwnBill, len(rows))
	for i, r := range rows {
		if _, ok := ask[r.OrgID]; !ok {
			if ask[r.OrgID], err = collectors(tx, r.OrgID); err != nil {
				return nil, err
			}
		}
		b := r.OwnBill
		b.Ask, b.Items = ask[r.OrgID], []Item{}
		if r.AssessmentID != nil && items[*r.AssessmentID] != nil {
			b.Items = items[*r.AssessmentID]
		}
		if r.ReliefID != nil {
			b.Relief = relief[*r.ReliefID]
		}
		b.Explanation = explain(b, r.AssessedCategory)
		own[i] = b
	}
	return own, nil
}

func ownReliefs(tx model.Tx, ids []int64) (map[int64]*OwnRelief, error) {
	var rows []model.DuesRelief
	err := tx.Where(tx.Dialect.OneOf("id", tx.Dialect.Numbers()), model.JSONList(ids)).Find(&rows).Error
	of := map[int64]*OwnRelief{}
	for _, r := range rows {
		of[r.ID] = &OwnRelief{r.Category, r.AmountFen, r.FromMonth, r.ToMonth, r.Reason, r.DecisionNo, r.DecidedAt}
	}
	return of, err
}

// collectors is the names of those whom a member of the branch may ask: its dues collectors, the nearest to the branch, and
// its administrators.
func collectors(tx model.Tx, branchID int64) ([]string, error) {
	names := []string{}
	err := tx.Raw(`
SELECT m.name FROM org b JOIN org o ON o.path IN (substr(b.path, 1, 3), substr(b.path, 1, 6), substr(b.path, 1, 9), b.path)
JOIN role_grant g ON g.org_id = o.id AND g.revoked_at IS NULL AND (g.role = 'dues_collector' OR g.role = 'admin' AND o.id = b.id)
JOIN member m ON m.standing = 'ACTIVE' AND (m.id = g.member_id OR m.id = (SELECT w.member_id FROM account w WHERE w.id = g.account_id))
WHERE b.id = ? GROUP BY m.id, m.name ORDER BY max(length(o.path)) DESC, m.name, m.id LIMIT 5`, branchID).Scan(&names).Error
	return names, err
}

// explain says in a sentence how the amount comes about.
func explain(b OwnBill, category string) string {
	var parts []string
	switch {
	case b.AssessedFrom == "":
	case b.RateBP == 0:
		parts = append(parts, fmt.Sprintf("您按“%s”自%s起核定，每月%s元", category, inWords(b.AssessedFrom), yuan(b.AssessedFen)))
	default:
		parts = append(parts, fmt.Sprintf("您按“%s”自%s起核定：计算基数%s元×%s＝%s元", category, inWords(b.AssessedFrom), yuan(b.BaseFen), percent(b.RateBP), yuan(b.AssessedFen)))
	}
	if b.Clause != "" {
		parts = append(parts, "依据："+b.Clause)
	}
	if r := b.Relief; r != nil {
		parts = append(parts, fmt.Sprintf("经%s批准，%s至%s%s", r.DecisionNo, inWords(r.FromMonth), inWords(r.ToMonth),
			map[string]string{model.ReliefExempt: "免缴党费", model.ReliefReduced: "减为每月" + yuan(r.AmountFen) + "元"}[r.Category]))
	}
	if b.State == model.BillCancelled {
		parts = append(parts, "该账单已作废："+b.Note)
	}
	return strings.Join(parts, "；")
}

// percent writes hundredths of a per cent: 150 is 1.5%.
func percent(bp int64) string {
	s := strings.TrimRight(fmt.Sprintf("%d.%02d", bp/100, bp%100), "0")
	return strings.TrimSuffix(s, ".") + "%"
}
