package member

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Delegate is a delegate with what he or she has done as one.
type Delegate struct {
	ID          int64       `json:"id"`
	CongressID  int64       `json:"congress_id"`
	Congress    string      `json:"congress"`
	TermUntil   model.Date  `json:"term_until"`
	MemberID    int64       `json:"member_id"`
	Name        string      `json:"name"`
	Sex         string      `json:"sex"`
	OrgID       int64       `json:"org_id"` // 0 and no name: moved out of the viewer's sight since
	OrgName     string      `json:"org_name"`
	ElectedBy   string      `json:"elected_by"`
	ElectedOn   model.Date  `json:"elected_on"`
	EndedOn     *model.Date `json:"ended_on"`
	EndReason   string      `json:"end_reason"`
	Duties      int64       `json:"duties"`
	CongressOrg int64       `json:"congress_org_id"`
}

// CongressDelegates lists the delegates of a congress that v leads or administers, those whose mandate has
// ended too unless current asks for the number that stands beside the congress.
func (s *Service) CongressDelegates(ctx context.Context, v access.Viewer, congressID int64, current bool, offset, limit int) ([]Delegate, int64, error) {
	tx := s.db.Read(ctx)
	if _, err := congressOf(tx, v, congressID); err != nil {
		return nil, 0, err
	}
	where := "d.congress_id = ?"
	if current {
		where += " AND d.ended_on IS NULL"
	}
	return delegates(tx, v, where, []any{congressID}, offset, limit)
}

// DelegateFilter narrows the list of delegates.
type DelegateFilter struct {
	OrgID int64      `query:"org_id" validate:"min=0" label:"组织"` // with its subtree
	On    model.Date `query:"on" validate:"omitempty,date" label:"日期"`
}

// Delegates lists who is a delegate on a day, today if none is given, among the members of the organisations that v leads
// or administers.
func (s *Service) Delegates(ctx context.Context, v access.Viewer, f DelegateFilter, offset, limit int) ([]Delegate, int64, error) {
	tx := s.db.Read(ctx)
	if f.On == "" {
		f.On = tx.Day()
	}
	where, args := v.Reads().Paths("o.path")
	if f.OrgID != 0 {
		path, err := readPath(tx, v, f.OrgID)
		if err != nil {
			return nil, 0, err
		}
		where, args = where+" AND o.path >= ? AND o.path < ?", append(args, path, model.PathEnd(path))
	}
	where += " AND d.elected_on <= ? AND (d.ended_on IS NULL OR d.ended_on > ?) AND c.term_until >= ?"
	return delegates(tx, v, where, append(args, f.On, f.On, f.On), offset, limit)
}

const delegateFrom = ` FROM delegate d JOIN congress c ON c.id = d.congress_id JOIN org co ON co.id = c.org_id
JOIN member m ON m.id = d.member_id JOIN org o ON o.id = m.org_id WHERE `

const delegateColumns = `SELECT d.id, d.congress_id, c.name AS congress, c.term_until, d.member_id, m.name, m.sex, m.org_id, o.name AS org_name, o.path, d.elected_by,
       d.elected_on, d.ended_on, d.end_reason, c.org_id AS congress_org, (SELECT count(*) FROM delegate_duty y WHERE y.delegate_id = d.id) AS duties`

func delegates(tx model.Tx, v access.Viewer, where string, args []any, offset, limit int) ([]Delegate, int64, error) {
	var total int64
	if err := tx.Raw("SELECT count(*)"+delegateFrom+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []struct {
		Delegate
		Path string
	}
	err := tx.Raw(delegateColumns+delegateFrom+where+" ORDER BY c.held_on DESC, c.id DESC, d.id LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	views := make([]Delegate, len(rows))
	for i, r := range rows {
		if !v.Reads().Covers(r.Path) { // where somebody went who belongs here no more
			r.OrgID, r.OrgName = 0, ""
		}
		views[i] = r.Delegate
	}
	return views, total, err
}

// delegateOf shows a delegate whose congress or branch lies in v's scope.
func delegateOf(tx model.Tx, v access.Viewer, id int64) (Delegate, error) {
	congress, branch, args, err := sides(tx, v, 0, "co.path", "o.path")
	if err != nil {
		return Delegate{}, err
	}
	rows, _, err := delegates(tx, v, "("+congress+" OR "+branch+") AND d.id = ?", append(append(args, args...), id), 0, 1)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("党代表")
	}
	if err != nil {
		return Delegate{}, err
	}
	return rows[0], nil
}

// EndDelegateInput ends a mandate.
type EndDelegateInput struct {
	EndedOn model.Date `json:"ended_on" validate:"required,date" label:"终止日期"`
	Reason  string     `json:"reason" validate:"required,text,max=200" label:"终止原因"`
}

// EndDelegate ends a mandate before the term: an administrator of the organisation that holds the congress.
//
// Faults: delegate.dates; delegate.ended.
func (s *Service) EndDelegate(ctx context.Context, v access.Viewer, id int64, in EndDelegateInput) (Delegate, error) {
	var view Delegate
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		d, err := delegateOf(tx, v, id)
		if err != nil {
			return err
		}
		if _, err := workedSide(tx, v, []*int64{&d.CongressOrg}); err != nil {
			return err
		}
		if in.EndedOn > tx.Day() || in.EndedOn < d.ElectedOn {
			return fault.Invalid("delegate.dates", "终止日期不能晚于今天，也不能早于当选日期")
		}
		n, err := model.Exec(tx, "UPDATE delegate SET ended_on = ?, end_reason = ? WHERE id = ? AND ended_on IS NULL", in.EndedOn, in.Reason, id)
		if err == nil && n == 0 {
			err = fault.Conflict("delegate.ended", "该党代表资格已终止")
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "delegate.end", ObjectType: "delegate", ObjectID: id, After: in})
		view, err = delegateOf(tx, v, id)
		return err
	})
	return view, err
}

// DutyInput is something that a delegate did as one.
type DutyInput struct {
	OnDay model.Date `json:"on_day" validate:"required,date" label:"日期"`
	Kind  string     `json:"kind" validate:"required,oneof=MEETING MOTION INSPECTION RECEPTION OTHER" label:"履职类别"`
	Note  string     `json:"note" validate:"required,text,max=500" label:"履职情况"`
}

// Duty is a recorded one.
type Duty struct {
	ID    int64      `json:"id"`
	OnDay model.Date `json:"on_day"`
	Kind  string     `json:"kind"`
	Note  string     `json:"note"`
	At    time.Time  `json:"at"`
}

// AddDuty records a duty done while the mandate lasts: an administrator of the congress or of the delegate's branch.
//
// Faults: delegate.dates.
func (s *Service) AddDuty(ctx context.Context, v access.Viewer, delegateID int64, in DutyInput) (Duty, error) {
	var view Duty
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		d, err := delegateOf(tx, v, delegateID)
		if err != nil {
			return err
		}
		if _, err := workedSide(tx, v, []*int64{&d.CongressOrg, &d.OrgID}); err != nil {
			return err
		}
		if in.OnDay > tx.Day() || in.OnDay < d.ElectedOn || in.OnDay > d.TermUntil || d.EndedOn != nil && in.OnDay >= *d.EndedOn {
			return fault.Invalid("delegate.dates", "履职日期须在任期之内，且不能晚于今天")
		}
		row := model.DelegateDuty{DelegateID: delegateID, OnDay: in.OnDay, Kind: in.Kind, Note: in.Note, AccountID: account(v), At: tx.Now}
		err = tx.Create(&row).Error
		view = Duty{ID: row.ID, OnDay: row.OnDay, Kind: row.Kind, Note: row.Note, At: row.At}
		return err
	})
	return view, err
}

// Duties lists what a delegate whom v sees has done, the newest first.
func (s *Service) Duties(ctx context.Context, v access.Viewer, delegateID int64) ([]Duty, error) {
	tx := s.db.Read(ctx)
	if _, err := delegateOf(tx, v, delegateID); err != nil {
		return nil, err
	}
	var rows []Duty
	err := tx.Raw("SELECT id, on_day, kind, note, at FROM delegate_duty WHERE delegate_id = ? ORDER BY on_day DESC, id DESC", delegateID).Scan(&rows).Error
	return rows, err
}
