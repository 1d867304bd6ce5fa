package o2o

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fact"
)

// Rework takes up again what came back: another person than closed it, from the second time on who leads the unit (RULES 9.2). For
// the department. Faults: o2o.same_person, o2o.leader_only.
func (s *Service) Rework(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionRework, Note: note, Change: map[string]any{"handler_id": v.AccountID}})
}

// SendBack has a closed request worked on again because the closing was false; the note says what was found, and the citizen reads
// it. What its handler has earned with it is taken back. It does not count against how often the citizen may ask for it. For the window.
func (s *Service) SendBack(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.workAnd(ctx, v, id, step{Action: ActionSendBack, Note: note}, nil, func(tx model.Tx, r *model.Request) error {
		if _, err := fact.Reverse(tx, ratedSource(r.ID, r.ReopenCount-1)); err != nil { // a false closing has earned nothing
			return err
		}
		return s.tellWorkers(tx, r, kindReopened)
	})
}
