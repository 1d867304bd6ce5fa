package o2o

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
)

// door is a way by which a citizen comes to a request: signed in, or with its number and code. What he or she may do there is the
// same (see guards and the table of transitions).
type door struct {
	viewer access.Viewer // the zero Viewer has no account
	open   func(tx model.Tx) (found, error)
	show   func(tx model.Tx, r found) error // what is answered
}

// signedIn is the door of the viewer's own account; the answer goes to d.
func (s *Service) signedIn(v access.Viewer, id int64, d *Detail) door {
	return door{viewer: v,
		open: func(tx model.Tx) (found, error) { return lock(tx, v, id) },
		show: func(tx model.Tx, _ found) (err error) { *d, err = s.detail(tx, v, id); return err },
	}
}

// withPass is the door of whoever has the code; the answer goes to f.
func (s *Service) withPass(ctx context.Context, p Pass, f *Followed) (door, error) {
	number, err := s.number(ctx, p)
	return door{
		open: func(tx model.Tx) (r found, err error) {
			err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("number = ?", number).Take(&r.Request).Error
			r.Mine = true
			return r, err
		},
		show: func(tx model.Tx, r found) (err error) { *f, err = s.followed(tx, r.ID); return err },
	}, err
}

// act takes an action of the citizen at a door.
func (s *Service) act(ctx context.Context, d door, action string, do func(tx model.Tx, r *found) error) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := d.open(tx)
		if err != nil {
			return err
		}
		if err := may(tx, d.viewer, r, action); err != nil {
			return err
		}
		if err := do(tx, &r); err != nil {
			return err
		}
		return d.show(tx, r)
	})
}

// citizenOn is who acts on a request as its citizen, whichever door he or she came by.
func citizenOn(r *model.Request) actor {
	switch {
	case r.AccountID != nil:
		return citizenActor(*r.AccountID)
	case r.ContactID != nil:
		return citizenActor(*r.ContactID)
	}
	return citizenActor(0)
}

// Add adds words to a request that is not closed. Signed in, they are checked by WeChat as those of Submit are.
func (s *Service) Add(ctx context.Context, v access.Viewer, id int64, in AddInput) (d Detail, err error) {
	if err := in.check(); err != nil {
		return d, err
	}
	if _, err := look(s.db.Read(ctx), v, id); err != nil {
		return d, err
	}
	if err := s.checkText(ctx, v, in.Content); err != nil {
		return d, err
	}
	at := s.signedIn(v, id, &d)
	return d, s.add(ctx, at, in)
}

// AddPhoto adds a photo to a request that is not closed.
func (s *Service) AddPhoto(ctx context.Context, v access.Viewer, id int64, name string, body []byte) (d Detail, err error) {
	err = s.addFile(ctx, s.signedIn(v, id, &d), model.PartImage, name, body)
	return d, err
}

// AddVoice adds a voice message to a request that is not closed.
func (s *Service) AddVoice(ctx context.Context, v access.Viewer, id int64, name string, body []byte) (d Detail, err error) {
	err = s.addFile(ctx, s.signedIn(v, id, &d), model.PartVoice, name, body)
	return d, err
}

// Chase asks those who work on a request to hurry.
func (s *Service) Chase(ctx context.Context, v access.Viewer, id int64, note string) (d Detail, err error) {
	err = s.chase(ctx, s.signedIn(v, id, &d), note)
	return d, err
}

// Withdraw takes a request back, as long as nobody has begun to work on it.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, id int64) (d Detail, err error) {
	err = s.withdraw(ctx, s.signedIn(v, id, &d))
	return d, err
}

func (s *Service) withdraw(ctx context.Context, d door) error {
	return s.act(ctx, d, ActionWithdraw, func(tx model.Tx, r *found) error {
		return s.take(tx, &r.Request, step{Action: ActionWithdraw, Actor: citizenOn(&r.Request)})
	})
}

// Rate is the citizen's word on a closed request, once for each closing and inside the rating window.
func (s *Service) Rate(ctx context.Context, v access.Viewer, id int64, in RateInput) (d Detail, err error) {
	err = s.rateAt(ctx, s.signedIn(v, id, &d), in)
	return d, err
}

func (s *Service) rateAt(ctx context.Context, d door, in RateInput) error {
	return s.act(ctx, d, ActionRate, func(tx model.Tx, r *found) error { return s.rate(tx, &r.Request, in) })
}

// Reopen asks that a request with whose closing the citizen is not satisfied be worked on again.
func (s *Service) Reopen(ctx context.Context, v access.Viewer, id int64, in ReopenInput) (d Detail, err error) {
	err = s.reopen(ctx, s.signedIn(v, id, &d), in)
	return d, err
}
