package o2o

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// WriteDown takes in a request for somebody who called or came, at the window. The first step is the clerk's.
func (s *Service) WriteDown(ctx context.Context, v access.Viewer, in SubmitInput) (d Detail, err error) {
	if !v.WorksDesk() {
		return d, fault.Forbidden()
	}
	if err := checkSubmit(&in); err != nil {
		return d, err
	}
	r := in.request(model.SourceDesk)
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.enter(tx, &r, in, staffActor(v)); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.write_down", ObjectType: "request", ObjectID: r.ID, After: map[string]any{"category": r.Category}})
		d, err = s.detail(tx, v, r.ID)
		return err
	})
	return d, err
}
