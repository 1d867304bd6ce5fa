package development

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/rule"
)

// refreshPage is how many courses are counted again in one transaction: steps that are taken meanwhile wait no longer.
const refreshPage = 500

// refresh counts the limits of all courses again: a number of the rule book may have come into force, a member may have
// moved with the roster or left it. It tells how many limits changed. It works in pages and writes only what differs.
func (s *Service) refresh(ctx context.Context) (moved int64, err error) {
	for after, more := int64(0), true; more; {
		err := s.db.Tx(ctx, func(tx model.Tx) error {
			n, last, full, err := refreshSome(tx, after)
			moved, after, more = moved+n, last, full
			return err
		})
		if err != nil {
			return moved, fmt.Errorf("count limits of development again: %w", err)
		}
	}
	return moved, nil
}

// Refresh is refresh inside the transaction of somebody who has written courses as they came about elsewhere: the demo.
func Refresh(tx model.Tx) error {
	for after, more := int64(0), true; more; {
		_, last, full, err := refreshSome(tx, after)
		if err != nil {
			return err
		}
		after, more = last, full
	}
	return nil
}

func refreshSome(tx model.Tx, after int64) (moved, last int64, full bool, err error) {
	var rows []model.Development
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id > ? AND (state IN ? OR state = ? AND archived_on IS NULL)", after,
		[]string{model.DevApplicant, model.DevActivist, model.DevCandidate, model.DevAdmitted, model.DevProbationary}, model.DevFull).
		Order("id").Limit(refreshPage).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return 0, after, false, err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, tx.Day())
	if err != nil {
		return 0, after, false, err
	}
	ids := make([]int64, len(rows))
	for i, d := range rows {
		ids[i] = d.ID
	}
	if err := followMembers(tx, ids); err != nil {
		return 0, after, false, err
	}
	want, err := limitsOf(tx, rows, ids, r)
	if err != nil {
		return 0, after, false, err
	}
	var have []model.DevelopmentDeadline
	if err := tx.Where("development_id IN ?", ids).Find(&have).Error; err != nil {
		return 0, after, false, err
	}
	moved, err = replaceChanged(tx, have, want)
	return moved, ids[len(ids)-1], len(rows) == refreshPage, err
}

// followMembers puts the courses of members into the branch in which the roster has them.
func followMembers(tx model.Tx, ids []int64) error {
	_, err := model.Exec(tx, `UPDATE development SET org_id = (SELECT m.org_id FROM member m WHERE m.id = development.member_id)
WHERE id IN ? AND member_id IS NOT NULL AND org_id <> (SELECT m.org_id FROM member m WHERE m.id = development.member_id)`, ids)
	return err
}

// limitsOf is the open limits of some courses. Of a member who is not on the roster any more nobody has to do anything.
func limitsOf(tx model.Tx, rows []model.Development, ids []int64, r rule.Set) ([]model.DevelopmentDeadline, error) {
	var steps []model.DevelopmentStep
	if err := tx.Where("development_id IN ? AND code = ?", ids, Assess).Find(&steps).Error; err != nil {
		return nil, err
	}
	by := map[int64][]model.DevelopmentStep{}
	for _, s := range steps {
		by[s.DevelopmentID] = append(by[s.DevelopmentID], s)
	}
	var gone []int64
	err := tx.Raw("SELECT d.id FROM development d JOIN member m ON m.id = d.member_id WHERE d.id IN ? AND m.standing <> ?", ids, model.StandingActive).Scan(&gone).Error
	if err != nil {
		return nil, err
	}
	var want []model.DevelopmentDeadline
	for _, d := range rows {
		if !slices.Contains(gone, d.ID) {
			want = append(want, rowsOf(Course{Development: d, Steps: by[d.ID]}, r)...)
		}
	}
	return want, nil
}

// replaceChanged writes what differs and tells how many limits that are.
func replaceChanged(tx model.Tx, have, want []model.DevelopmentDeadline) (int64, error) {
	same := func(a, b model.DevelopmentDeadline) bool {
		return a.DevelopmentID == b.DevelopmentID && a.Code == b.Code && a.DueOn == b.DueOn && a.Level == b.Level
	}
	var old []int64
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w model.DevelopmentDeadline) bool { return same(h, w) }) {
			old = append(old, h.ID)
		}
	}
	fresh := slices.DeleteFunc(want, func(w model.DevelopmentDeadline) bool {
		return slices.ContainsFunc(have, func(h model.DevelopmentDeadline) bool { return same(h, w) })
	})
	if len(old) > 0 {
		if _, err := model.Exec(tx, "DELETE FROM development_deadline WHERE id IN ?", old); err != nil {
			return 0, err
		}
	}
	if len(fresh) > 0 {
		if err := tx.Create(&fresh).Error; err != nil {
			return 0, err
		}
	}
	return int64(max(len(old), len(fresh))), nil
}

// Recount counts the open public notices again after the holiday table has changed from first to last (RULES 9.4), in the
// transaction of that change. How many moved stands in the audit log.
func (s *Service) Recount(tx model.Tx, first, last model.Date) error {
	var notices []model.DevelopmentNotice
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("outcome = ? AND ends_on >= ? AND start_on <= ?", model.NoticeOpen, first, last).Order("id").Find(&notices).Error
	if err != nil || len(notices) == 0 {
		return err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, tx.Day())
	if err != nil {
		return err
	}
	book, moved := calendar.Of(tx), 0
	for _, n := range notices {
		days := r.On(n.StartOn).Int("NOTICE_WORKING_DAYS")
		if days == 0 {
			days = r.Int("NOTICE_WORKING_DAYS")
		}
		if days == 0 {
			continue
		}
		end, err := book.NoticeEnd(n.StartOn, days)
		if err != nil {
			return err
		}
		if end.Date == n.EndsOn {
			continue
		}
		moved++
		if _, err := model.Exec(tx, "UPDATE development_notice SET ends_on = ? WHERE id = ?", end.Date, n.ID); err != nil {
			return err
		}
	}
	if moved > 0 {
		audit.Record(tx, audit.System("calendar"), audit.Entry{Action: "development.recount", ObjectType: "development_notice",
			After: map[string]any{"first": first, "last": last, "moved": moved}})
	}
	return nil
}
