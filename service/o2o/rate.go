package o2o

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fact"
	"hongyun/service/fault"
)

// FactRated is recorded for the member who handled a request that was rated basically satisfied or better
// (RULES 7.3 C06, 9.3).
const FactRated = "request.rated"

// Rate is the citizen's word on a closed request: 5 very satisfied … 1 very dissatisfied.
func (s *Service) Rate(ctx context.Context, v access.Viewer, id, rating int64, note string) (Detail, error) {
	return s.ownStep(ctx, v, id, func(tx model.Tx, r *model.Request) error {
		return s.rate(tx, r, citizenActor(v.AccountID), rating, note)
	}, ActionRate)
}

// Withdraw takes a request back before it is accepted. For the citizen.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, id int64) (Detail, error) {
	return s.ownStep(ctx, v, id, func(tx model.Tx, r *model.Request) error {
		return s.take(tx, r, step{Action: ActionWithdraw, Actor: citizenActor(v.AccountID)})
	}, ActionWithdraw)
}

// ownStep is a step of the citizen on his or her own request.
func (s *Service) ownStep(ctx context.Context, v access.Viewer, id int64, do func(model.Tx, *model.Request) error, action string) (d Detail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := lock(tx, v, id)
		if err != nil {
			return err
		}
		if err := may(tx, v, r, action); err != nil {
			return err
		}
		if err := do(tx, &r.Request); err != nil {
			return err
		}
		d, err = detail(tx, v, id)
		return err
	})
	return d, err
}

func (s *Service) rate(tx model.Tx, r *model.Request, by actor, rating int64, note string) error {
	note = strings.TrimSpace(note)
	if rating < 1 || rating > 5 {
		return fault.Invalid("o2o.no_rating", "请选择 1 至 5 的评价：5 非常满意，4 满意，3 基本满意，2 不满意，1 非常不满意").With("field", "rating")
	}
	if utf8.RuneCountInString(note) > maxNote {
		return fault.Invalid("o2o.note_too_long", fmt.Sprintf("评价说明不能超过 %d 字", maxNote)).With("field", "note")
	}
	err := s.take(tx, r, step{Action: ActionRate, Actor: by, Note: strings.TrimSpace(ratingNames[rating] + " " + note), DepartmentID: r.DepartmentID,
		Change: map[string]any{"rating": rating, "rating_note": note}})
	if err != nil {
		return err
	}
	if err := tx.Create(&model.RequestRating{RequestID: r.ID, Round: r.ReopenCount, Rating: rating, Note: note, DepartmentID: r.DepartmentID,
		RatedOn: tx.Day(), CreatedAt: tx.Now}).Error; err != nil || rating < ratingSatisfied || r.HandlerID == nil {
		return err
	}
	return creditHandler(tx, r)
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
		Day: tx.Day(), Source: fmt.Sprintf("request/%d", r.ID), Quantity: 1})
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
