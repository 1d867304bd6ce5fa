package o2o

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// ForeignFilter narrows what another system asks for. Zero values narrow nothing.
type ForeignFilter struct {
	Numbers  []string
	Topics   []string
	From, To time.Time // of the submission, both counted
	Open     bool      // someone has to do something
	Ended    bool
}

// Foreign is a request as another system sees it: as its unit does.
type Foreign struct {
	View
	Note string // the latest that the citizen was told
}

// usualSpan is how far back a list goes where no bound is given (GeoReport v2).
const usualSpan = 90 * 24 * time.Hour

// MostForeign bounds one answer, as GeoReport v2 does.
const MostForeign = 1000

// Foreign lists, latest first, what the unit of a system's key works on and what that key has sent in; at most MostForeign.
func (s *Service) Foreign(ctx context.Context, v access.Viewer, keyID int64, f ForeignFilter) ([]Foreign, error) {
	tx := s.db.Read(ctx)
	if len(f.Numbers) == 0 && f.From.IsZero() {
		f.From = tx.Now.Add(-usualSpan)
		if !f.To.IsZero() {
			f.From = f.To.Add(-usualSpan)
		}
	}
	where, args := v.StaffRequests()
	where, args = "("+where+" OR r.api_key_id = ?)", append(args, keyID)
	if mine := v.Departments(); len(mine) > 0 { // what a system has sent in may turn out to complain of its own unit
		where, args = where+" AND (r.subject_department_id IS NULL OR r.subject_department_id NOT IN ?)", append(args, mine)
	}
	add := func(condition string, more ...any) {
		where += " AND " + condition
		args = append(args, more...)
	}
	if len(f.Numbers) > 0 {
		add("r.number IN ?", f.Numbers)
	}
	if len(f.Topics) > 0 {
		add("r.topic IN ?", f.Topics)
	}
	if !f.From.IsZero() {
		add("r.submitted_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		add("r.submitted_at <= ?", f.To)
	}
	if f.Open != f.Ended {
		condition := "r.state IN ?"
		if f.Ended {
			condition = "r.state NOT IN ?"
		}
		add(condition, openStates)
	}
	rows, err := s.rows(tx, v, false, where+" ORDER BY r.id DESC LIMIT ?", append(args, MostForeign)...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out, at, ids := make([]Foreign, len(rows)), map[int64]int{}, make([]int64, len(rows))
	for i, r := range rows {
		out[i], ids[i] = Foreign{View: r.View}, r.ID
		at[r.ID] = i
	}
	var notes []model.RequestStep
	if err := tx.Raw(`SELECT request_id, note FROM request_step WHERE request_id IN ? AND public AND note <> '' AND actor_type = ? ORDER BY request_id, seq`,
		ids, model.ActorStaff).Scan(&notes).Error; err != nil {
		return nil, err
	}
	for _, n := range notes {
		i := at[n.RequestID]
		out[i].Note = rows[i].read(n.Note)
	}
	return out, nil
}

// foreignAppID stands for WeChat's appid in the contact of a request that another system sent in. Nothing reaches such a contact.
const foreignAppID = "open311"

// SubmitForeign takes in a request that another system sends for a citizen. externalID is its number there, or empty: the same number of
// the same key is the same request.
func (s *Service) SubmitForeign(ctx context.Context, keyID int64, in SubmitInput, externalID string) (number string, err error) {
	if err := checkSubmit(&in); err != nil {
		return "", err
	}
	sent := func(tx model.Tx) (number string, err error) {
		err = tx.Raw("SELECT number FROM request WHERE api_key_id = ? AND external_id = ? AND external_id <> ''", keyID, externalID).Scan(&number).Error
		return number, err
	}
	if number, err = sent(s.db.Read(ctx)); err != nil || number != "" {
		return number, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		c := model.Contact{AppID: foreignAppID, OpenID: rand.Text(), CreatedAt: tx.Now}
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
		r := in.request(model.SourceAPI)
		r.ContactID, r.APIKeyID, r.ExternalID = &c.ID, &keyID, externalID
		if err := s.enter(tx, &r, in, citizenActor(c.ID)); err != nil {
			return err
		}
		number = r.Number
		return nil
	})
	if errors.Is(err, errKeyUsed) { // at the same moment
		return sent(s.db.Read(ctx))
	}
	return number, err
}

// OfNumber is the id of a request that the unit of a system's key works on, for its steps. Others are not found.
func (s *Service) OfNumber(ctx context.Context, v access.Viewer, number string) (id int64, state string, err error) {
	where, args := v.StaffRequests()
	var r model.Request
	err = s.db.Read(ctx).Raw("SELECT r.id, r.state FROM request r WHERE r.number = ? AND "+where, append([]any{number}, args...)...).Scan(&r).Error
	if err == nil && r.ID == 0 {
		err = fault.NotFound("诉求")
	}
	return r.ID, r.State, err
}
