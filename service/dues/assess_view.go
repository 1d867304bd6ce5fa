package dues

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Assessment is what a member pays from a month on, and how it was worked out. It is for the member and those who collect.
type Assessment struct {
	ID             int64       `json:"id"`
	MemberID       int64       `json:"member_id"`
	Category       string      `json:"category"`
	CategoryTitle  string      `json:"category_title"`
	BaseFen        int64       `json:"base_fen"`
	QuarterNetFen  int64       `json:"quarter_net_fen"`
	AmountFen      int64       `json:"amount_fen"`
	RateBP         int64       `json:"rate_bp"`
	Clause         string      `json:"clause"`
	EffectiveMonth model.Month `json:"effective_month"`
	Reason         string      `json:"reason"`
	Imported       bool        `json:"imported"`
	ByName         string      `json:"by_name"`
	CreatedAt      time.Time   `json:"created_at"`
	ReplacedByName string      `json:"replaced_by_name"`
	ReplacedAt     *time.Time  `json:"replaced_at"` // by a correction; null: it counts
	Items          []Item      `json:"items" gorm:"-"`
}

// Assessments lists all that a member was ever assessed by, the newest month first: to the member, and to those who collect
// from him or her. Nobody else finds them (RULES 11.4).
func (s *Service) Assessments(ctx context.Context, v access.Viewer, memberID int64) ([]Assessment, error) {
	tx := s.db.Read(ctx)
	if memberID == 0 || memberID != v.MemberID {
		if _, _, err := collected(tx, v, memberID); fault.Is(err, fault.Forbidden().Code) {
			return nil, fault.NotFound("党费核定记录")
		} else if err != nil {
			return nil, err
		}
	}
	return assessments(tx, "a.member_id = ? ORDER BY a.effective_month DESC, a.id DESC", memberID)
}

// assessments reads those that where selects, with their items.
func assessments(tx model.Tx, where string, args ...any) ([]Assessment, error) {
	rows := []Assessment{}
	err := tx.Raw(`SELECT a.id, a.member_id, a.category, `+titleOf("a.category")+` AS category_title, a.base_fen, a.quarter_net_fen, a.amount_fen, a.rate_bp, a.clause,
  a.effective_month, a.reason, a.batch_id IS NOT NULL AS imported, `+byName("a.created_by")+` AS by_name, a.created_at, `+byName("a.replaced_by")+` AS replaced_by_name, a.replaced_at
FROM dues_assessment a WHERE `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	items, err := itemsOf(tx, ids)
	for i, r := range rows {
		if rows[i].Items = items[r.ID]; rows[i].Items == nil {
			rows[i].Items = []Item{}
		}
	}
	return rows, err
}

// itemsOf is the items of assessments, as they were treated then.
func itemsOf(tx model.Tx, assessments []int64) (map[int64][]Item, error) {
	var rows []model.DuesAssessmentItem
	err := tx.Where(tx.Dialect.OneOf("assessment_id", tx.Dialect.Numbers()), model.JSONList(assessments)).Order("id").Find(&rows).Error
	of := map[int64][]Item{}
	for _, r := range rows {
		of[r.AssessmentID] = append(of[r.AssessmentID], Item{Code: r.Code, Title: r.Title, Treatment: r.Treatment, AmountFen: r.AmountFen})
	}
	return of, err
}
