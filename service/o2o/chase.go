package o2o

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/notify"
	"hongyun/service/rule"
)

const hour = time.Hour

// chase asks those who work on a request to hurry: the unit that has it, or the window.
func (s *Service) chase(ctx context.Context, d door, note string) error {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > maxNote {
		return fault.Invalid("o2o.note_too_long", fmt.Sprintf("催办说明不能超过 %d 字", maxNote)).With("field", "note")
	}
	return s.act(ctx, d, ActionChase, func(tx model.Tx, r *found) error {
		err := s.take(tx, &r.Request, step{Action: ActionChase, Actor: citizenOn(&r.Request), Note: note, DepartmentID: r.DepartmentID,
			Change: map[string]any{"chases": r.Chases + 1, "chased_at": tx.Now}})
		if err != nil {
			return err
		}
		return s.tellWorkers(tx, &r.Request, kindChased)
	})
}

// chaseFrom is when a request may be chased again; nil: now.
func chaseFrom(tx model.Tx, r model.Request) (*time.Time, error) {
	if r.ChasedAt == nil {
		return nil, nil
	}
	numbers, err := rule.Load(tx, ruleFamily, tx.Day())
	if err != nil {
		return nil, err
	}
	from := r.ChasedAt.Add(time.Duration(numbers.Int("CHASE_HOURS")) * hour)
	if !from.After(tx.Now) {
		return nil, nil
	}
	return &from, nil
}

// guardChase holds the time between two chases.
func guardChase(tx model.Tx, _ access.Viewer, r found) error {
	from, err := chaseFrom(tx, r.Request)
	if err != nil || from == nil {
		return err
	}
	return fault.Conflict("o2o.chased_lately", "您已催办，"+from.In(model.Shanghai).Format("2006年1月2日 15:04")+" 后可以再次催办").With("possible_at", *from)
}

// What those who work on a request are told of its citizen. No words of the citizen stand in it.
const (
	kindAdded    = "o2o.added"
	kindChased   = "o2o.chased"
	kindReopened = "o2o.reopened_by_citizen"
)

func workerKinds() []notify.Kind {
	return []notify.Kind{
		{Name: kindAdded, Title: "群众补充了材料", Body: "诉求 {number}（{category}）有新的补充材料，请查看。当前期限 {deadline}。", Page: requestPage},
		{Name: kindChased, Title: "群众催办", Body: "诉求 {number}（{category}）被群众催办，当前期限 {deadline}，请尽快办理并回复。", Page: requestPage},
		{Name: kindReopened, Title: "群众要求重新办理", Body: "群众对诉求 {number}（{category}）的办理结果不满意，要求重新办理，请于 {deadline} 前办结。", Page: requestPage},
	}
}

// tellWorkers tells the people of the unit that has a request, or of the window while no unit has it. Whoever works for the unit
// that the request complains of is left out.
func (s *Service) tellWorkers(tx model.Tx, r *model.Request, kind string) error {
	var grants []model.RoleGrant
	err := tx.Raw(`
		SELECT DISTINCT g.member_id, g.account_id FROM role_grant g LEFT JOIN member m ON m.id = g.member_id
		WHERE g.revoked_at IS NULL AND (g.member_id IS NULL OR m.standing = ?)
		  AND (CAST(? AS bigint) IS NULL AND g.role = ? OR g.department_id = ? AND g.role IN ?)
		  AND NOT EXISTS (SELECT 1 FROM role_grant o WHERE o.revoked_at IS NULL AND o.department_id = ? AND (o.member_id = g.member_id OR o.account_id = g.account_id))
		ORDER BY g.member_id, g.account_id`, model.StandingActive, r.DepartmentID, model.RoleDesk, r.DepartmentID,
		[]string{model.RoleDepartmentHandler, model.RoleDepartmentLeader}, r.SubjectDepartmentID).Scan(&grants).Error
	if err != nil {
		return fmt.Errorf("who works on request %d: %w", r.ID, err)
	}
	st := model.RequestStep{Seq: r.Steps, At: tx.Now}
	data, err := messageData(tx, r, st)
	if err != nil {
		return err
	}
	delete(data, "content")
	messages := make([]notify.Message, len(grants))
	for i, g := range grants {
		to := notify.Recipient{Type: model.ToAccount}
		if g.MemberID != nil {
			to = notify.Recipient{Type: model.ToMember, ID: *g.MemberID}
		} else {
			to.ID = *g.AccountID
		}
		messages[i] = notify.Message{Kind: kind, To: to, Period: periodOf(r, st), Data: data}
	}
	_, err = s.notify.Queue(tx, messages...)
	return err
}
