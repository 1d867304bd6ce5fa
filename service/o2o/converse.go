package o2o

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
)

// Converse gives a message that asks for nothing back to the conversation of its official account, where it stays readable with
// all its parts and can be answered. It counts as a request nowhere. For the window. What came another way than by an official
// account is fault.Conflict "o2o.no_conversation".
func (s *Service) Converse(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	st := step{Action: ActionConverse, Note: note, Change: map[string]any{"collecting_until": nil, "repeat_of": nil}}
	return s.workWith(ctx, v, id, st, func(tx model.Tx, r *model.Request, _ *step) error { return forgetRepeat(tx, r) })
}
