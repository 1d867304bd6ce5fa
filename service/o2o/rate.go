package o2o

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/clock"
	"hongyun/service/fact"
	"hongyun/service/fault"
)

// FactRated is recorded for the member who handled a request that was rated basically satisfied or better
// (RULES 7.3 C06, 9.3).
const FactRated = "request.rated"

// RateInput is a citizen's word on a closed request.
type RateInput struct {
	Rating int64  `json:"rating" validate:"min=1,max=5" label:"评价"` // 5 very satisfied … 1 very dissatisfied
	Solved *bool  `json:"solved" label:"是否解决"`
	Note   string `json:"note" validate:"max=1000" label:"评价说明"`
}

// rate writes a rating down, for the round of which it is: a request that was reopened is rated anew. A merged request is rated
// by its own citizen and keeps its state.
func (s *Service) rate(tx model.Tx, r *model.Request, in RateInput) error {
	note := strings.TrimSpace(in.Note)
	if in.Rating < 1 || in.Rating > 5 {
		return fault.Invalid("o2o.no_rating", "请选择 1 至 5 的评价：5 非常满意，4 满意，3 基本满意，2 不满意，1 非常不满意").With("field", "rating")
	}
	if utf8.RuneCountInString(note) > maxNote {
		return fault.Invalid("o2o.note_too_long", fmt.Sprintf("评价说明不能超过 %d 字", maxNote)).With("field", "note")
	}
	rated, own := *r, r.State != model.RequestDuplicate // rated: what was closed
	if !own {
		main, err := mainOf(tx, *r)
		if err != nil {
			return err
		}
		rated = main
	}
	row := model.RequestRating{RequestID: r.ID, Round: rated.ReopenCount, Rating: in.Rating, Solved: in.Solved, Note: note, DepartmentID: rated.DepartmentID,
		RatedOn: tx.Day(), CreatedAt: tx.Now}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return ratedAlready()
	}
	st := step{Action: ActionRate, Actor: citizenOn(r), Note: strings.TrimSpace(ratingNames[in.Rating] + " " + note), DepartmentID: rated.DepartmentID}
	if own {
		st.Change = map[string]any{"rating": in.Rating, "rating_note": note}
		if in.Solved != nil {
			st.Change["solved"] = *in.Solved
		}
	}
	if err := s.take(tx, r, st); err != nil || !own || in.Rating < ratingSatisfied || r.HandlerID == nil {
		return err
	}
	return creditHandler(tx, r)
}

func ratedAlready() error {
	return fault.Conflict("o2o.rated_already", "您已评价过这次办理结果，感谢您的评价")
}

// mainOf is the request that a merged one was merged into.
func mainOf(tx model.Tx, r model.Request) (main model.Request, err error) {
	err = tx.Where("id = ?", r.DuplicateOf).Take(&main).Error
	if err != nil {
		err = fmt.Errorf("main request of %d: %w", r.ID, err)
	}
	return main, err
}

// rateUntil is the last day on which a closing may be rated; empty: it is not closed.
func rateUntil(tx model.Tx, r model.Request) (model.Date, error) {
	if r.ClosedOn == "" {
		return "", nil
	}
	days, err := clock.Limit(tx, model.ClockRate, r.Category, r.ClosedOn)
	return r.ClosedOn.AddDays(days), err
}

// guardRate: within the rating window, once for each round (RULES 9.2). A merged request is rated when the main one is closed.
func guardRate(tx model.Tx, _ access.Viewer, r found) error {
	rated := r.Request
	if r.State == model.RequestDuplicate {
		main, err := mainOf(tx, r.Request)
		if err != nil {
			return err
		}
		if main.ClosedOn == "" {
			return fault.Conflict("o2o.main_open", "合并办理的诉求还没有办结，办结后即可评价")
		}
		rated = main
	}
	until, err := rateUntil(tx, rated)
	if err != nil {
		return err
	}
	if until != "" && tx.Day() > until {
		return fault.Conflict("o2o.rating_over", fmt.Sprintf("评价期已于%s结束", day(until))).With("until", until)
	}
	var n int64
	if err := tx.Model(&model.RequestRating{}).Where("request_id = ? AND round = ?", r.ID, rated.ReopenCount).Count(&n).Error; err != nil {
		return err
	}
	if n > 0 {
		return ratedAlready()
	}
	return nil
}

// maxNote bounds every note, in characters.
const maxNote = 1000

// creditHandler records the fact for the handler's member, if he or she is one and did not send the request.
func creditHandler(tx model.Tx, r *model.Request) error {
	var m model.Member
	err := tx.Raw(`
		SELECT m.id, m.org_id FROM account a JOIN member m ON m.id = a.member_id
		WHERE a.id = ? AND a.id <> coalesce(CAST(? AS bigint), 0)
		  AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = ? AND c.account_id = a.id)`,
		*r.HandlerID, r.AccountID, r.ContactID).Scan(&m).Error
	if err != nil || m.ID == 0 {
		return err
	}
	return fact.Record(tx, fact.Fact{Code: FactRated, SubjectType: model.SubjectMember, SubjectID: m.ID, OrgID: m.OrgID,
		Day: tx.Day(), Source: ratedSource(r.ID, r.ReopenCount), Quantity: 1})
}

// ratedSource names the fact of a request that was rated well in a round.
func ratedSource(id, round int64) string {
	if round == 0 {
		return fmt.Sprintf("request/%d", id)
	}
	return fmt.Sprintf("request/%d/%d", id, round)
}

// ExpireRatings ends the rating window of closed requests whose last day lies before day: they become unrated. A day
// that has not come yet takes nobody's right away: it counts as today.
func (s *Service) ExpireRatings(ctx context.Context, day model.Date) (string, error) {
	var total int64
	for {
		n, err := s.expireSome(ctx, day)
		if err != nil {
			return "", err
		}
		total += n
		if n < expireBatch {
			return fmt.Sprintf("%d 件诉求逾期未评价", total), nil
		}
	}
}

// expireBatch is how many requests one transaction expires.
const expireBatch = 500

func (s *Service) expireSome(ctx context.Context, day model.Date) (n int64, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		t, _ := next(ActionExpire, model.RequestClosed) // stands in the table
		n, err = model.Exec(tx, `
			UPDATE request SET state = ?, steps = steps + 1, updated_at = ?
			WHERE state = ? AND id IN (SELECT id FROM request WHERE state = ? AND clock = ? AND deadline < ? ORDER BY id LIMIT ?)`,
			t.To, tx.Now, model.RequestClosed, model.RequestClosed, model.ClockRate, min(day, tx.Day()), expireBatch)
		if err != nil || n == 0 {
			return err
		}
		// Only rows of this very transaction are in the new state with the old clock.
		if _, err := model.Exec(tx, `
			INSERT INTO request_step (request_id, seq, action, from_state, to_state, actor_type, actor_name, department_id, public, clock, deadline, met, at)
			SELECT id, steps, ?, ?, state, ?, ?, department_id, ?, clock, deadline, FALSE, ? FROM request WHERE state = ? AND clock = ?`,
			t.Action, model.RequestClosed, model.ActorSystem, "系统", t.Public, tx.Now, t.To, model.ClockRate); err != nil {
			return err
		}
		_, err = model.Exec(tx, `UPDATE request SET clock = '', deadline = '', unrated_on = ? WHERE state = ? AND clock = ?`, tx.Day(), t.To, model.ClockRate)
		return err
	})
	return n, err
}
