package o2o

import (
	"errors"
	"slices"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/mask"
)

// Own is what a request says to its citizen alone, whichever door he or she came by.
type Own struct {
	Actions     []string     `json:"actions"`      // of add, chase, withdraw, rate, reopen: those that may be taken now
	Call        string       `json:"call"`         // what the citizen is asked to do now
	ChaseFrom   *time.Time   `json:"chase_from"`   // it was chased: possible again then
	RateUntil   model.Date   `json:"rate_until"`   // last day
	ReopenUntil model.Date   `json:"reopen_until"` // last day
	Ratings     []RatingView `json:"ratings"`
	Units       []UnitView   `json:"units"`             // who works on it
	Merged      *MergedView  `json:"merged"`            // the request with which it is handled; empty: none
	Readings    []Reading    `json:"identity_readings"` // who has looked up who the citizen is
}

// RatingView is a rating that the citizen gave.
type RatingView struct {
	Round      int64      `json:"round"` // 0: of the first closing
	Rating     int64      `json:"rating"`
	RatingName string     `json:"rating_name" gorm:"-"`
	Solved     *bool      `json:"solved"`
	Note       string     `json:"note"`
	RatedOn    model.Date `json:"rated_on"`
}

// UnitView is a unit that works on a request.
type UnitView struct {
	Name     string     `json:"name"`
	Lead     bool       `json:"lead"`
	Deadline model.Date `json:"deadline"`
}

// MergedView is how far the request is that a merged one went into. Whose it is and what it says stays with its own citizen.
type MergedView struct {
	State          string     `json:"state"`
	StateName      string     `json:"state_name"`
	DepartmentName string     `json:"department_name"`
	Deadline       model.Date `json:"deadline"`
	Result         string     `json:"result"` // what its closing said
}

// ownOf works out what r says to its citizen.
func (s *Service) ownOf(tx model.Tx, r found) (*Own, error) {
	o := &Own{Ratings: []RatingView{}, Units: []UnitView{}}
	if err := tx.Model(&model.RequestRating{}).Where("request_id = ?", r.ID).Order("round").Find(&o.Ratings).Error; err != nil {
		return nil, err
	}
	for i := range o.Ratings {
		o.Ratings[i].RatingName = ratingNames[o.Ratings[i].Rating]
	}
	shown := r.Request
	if r.State == model.RequestDuplicate {
		main, err := mainOf(tx, r.Request)
		if err != nil {
			return nil, err
		}
		if o.Merged, err = s.mergedView(tx, main); err != nil {
			return nil, err
		}
		shown = main
	}
	err := tx.Raw(`
		SELECT d.name, TRUE AS lead, r.handle_due AS deadline, 0 AS seq FROM request r JOIN department d ON d.id = r.department_id WHERE r.id = ?
		UNION ALL
		SELECT d.name, FALSE, h.deadline, h.id FROM request_helper h JOIN department d ON d.id = h.department_id WHERE h.request_id = ? AND h.state <> ?
		ORDER BY 4`, shown.ID, shown.ID, model.HelperCancelled).Scan(&o.Units).Error
	if err != nil {
		return nil, err
	}
	if err := o.days(tx, r, shown); err != nil {
		return nil, err
	}
	if o.Readings, err = readings(tx, r.ID); err != nil {
		return nil, err
	}
	if o.Actions, err = ownActions(tx, r); err != nil {
		return nil, err
	}
	o.Call, err = o.call(tx, r)
	return o, err
}

// days are the limits of what the citizen may do.
func (o *Own) days(tx model.Tx, r found, shown model.Request) (err error) {
	if slices.Contains(openStates, r.State) {
		if o.ChaseFrom, err = chaseFrom(tx, r.Request); err != nil {
			return err
		}
	}
	if o.RateUntil, err = rateUntil(tx, shown); err != nil {
		return err
	}
	if r.State == model.RequestRated && r.Rating != nil && *r.Rating < ratingSatisfied {
		o.ReopenUntil, err = reopenUntil(tx, r.Request)
	}
	return err
}

// ownActions are those that the guards let through. A closed request is reopened together with its rating.
func ownActions(tx model.Tx, r found) ([]string, error) {
	r.Mine = true
	allowed := []string{}
	for _, action := range []string{ActionAdd, ActionChase, ActionWithdraw, ActionRate, ActionReopen} {
		err := may(tx, access.Viewer{}, r, action)
		if action == ActionReopen && r.State == model.RequestClosed && slices.Contains(allowed, ActionRate) {
			err = reopensLeft(tx, r.Request)
		}
		var no *fault.Fault
		switch {
		case err == nil:
			allowed = append(allowed, action)
		case !errors.As(err, &no):
			return nil, err
		}
	}
	return allowed, nil
}

// call is what the citizen is asked for: a rating, or what a unit waits for.
func (o *Own) call(tx model.Tx, r found) (string, error) {
	switch {
	case slices.Contains(o.Actions, ActionRate):
		return "请在" + day(o.RateUntil) + "前评价办理结果", nil
	case slices.Contains(o.Actions, ActionReopen):
		return "对结果不满意的，可在" + day(o.ReopenUntil) + "前要求重新办理", nil
	case r.Paused:
		pauses, err := clock.PausesOf(tx, r.ID)
		if n := len(pauses[r.ID]); err == nil && n > 0 {
			return "计时已暂停（" + pauses[r.ID][n-1].Reason + "），需要补充的材料可在这里提交", nil
		}
		return "", err
	}
	return "", nil
}

func (s *Service) mergedView(tx model.Tx, main model.Request) (*MergedView, error) {
	m := &MergedView{State: main.State, StateName: stateNames[main.State], Deadline: main.Deadline}
	if main.DepartmentID != nil {
		if err := tx.Raw("SELECT name FROM department WHERE id = ?", *main.DepartmentID).Scan(&m.DepartmentName).Error; err != nil {
			return nil, err
		}
	}
	if main.ClosedOn == "" {
		return m, nil
	}
	err := tx.Raw("SELECT note FROM request_step WHERE request_id = ? AND action IN ? ORDER BY seq DESC LIMIT 1",
		main.ID, []string{ActionClose, ActionAnswer}).Scan(&m.Result).Error
	if err != nil {
		return nil, err
	}
	names, err := s.namesIn(tx, main.ID) // it was written to another citizen
	m.Result = mask.Names(m.Result, names...)
	return m, err
}
