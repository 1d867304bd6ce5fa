package o2o

import (
	"fmt"
	"maps"
	"strconv"

	"hongyun/model"
	"hongyun/service/mask"
	"hongyun/service/notify"
)

const kindToDepartment = "o2o.to_department"

// tell queues the step's sentence to the citizen, where the table has one, and to everybody whose request was merged into this one,
// each under his or her own number.
func (s *Service) tell(tx model.Tx, r *model.Request, t transition, st model.RequestStep) error {
	if t.Kind == "" {
		return nil
	}
	data, err := messageData(tx, r, st)
	if err != nil {
		return err
	}
	var messages []notify.Message
	add := func(to *model.Request, period string) {
		if to.ContactID == nil && to.AccountID == nil {
			return // nobody is behind it: whoever has the code reads it there
		}
		says := maps.Clone(data)
		says["id"], says["number"] = strconv.FormatInt(to.ID, 10), to.Number
		says["content"] = excerpt(to.Content, messageWords) // it is the citizen's own
		messages = append(messages, notify.Message{Kind: t.Kind, To: citizenOf(to), Period: period, Data: says})
	}
	add(r, periodOf(r, st))
	voices, err := mergedInto(tx, r.ID)
	if err != nil {
		return err
	}
	if note := data["note"]; len(voices) > 0 && note != "" { // it was written to another citizen
		names, err := s.namesIn(tx, r.ID)
		if err != nil {
			return err
		}
		data["note"] = mask.Names(note, names...)
	}
	for i := range voices {
		add(&voices[i], voices[i].Number+"/"+periodOf(r, st))
	}
	_, err = s.notify.Queue(tx, messages...)
	return err
}

// tellDepartment queues the referral to every handler of the unit.
func (s *Service) tellDepartment(tx model.Tx, r *model.Request, st model.RequestStep) error {
	data, err := messageData(tx, r, st)
	if err != nil {
		return err
	}
	return s.tellPosts(tx, r, st, kindToDepartment, data, "g.department_id = ? AND g.role = ?", r.DepartmentID, model.RoleDepartmentHandler)
}

// tellPosts queues a message to everybody whose grant g the condition takes. Whoever has a post in the unit that the request
// complains of is left out, and what somebody wrote of a citizen who is not to be known is masked (RULES 9.2).
func (s *Service) tellPosts(tx model.Tx, r *model.Request, st model.RequestStep, kind string, data map[string]string, where string, args ...any) error {
	if note := data["note"]; note != "" && shielded(*r) {
		names, err := s.namesIn(tx, r.ID)
		if err != nil {
			return err
		}
		data["note"] = mask.Text(note, names...)
	}
	var grants []model.RoleGrant
	q := `SELECT DISTINCT g.member_id, g.account_id FROM role_grant g LEFT JOIN member m ON m.id = g.member_id
		WHERE g.revoked_at IS NULL AND (g.member_id IS NULL OR m.standing = ?) AND ` + where + `
		AND NOT EXISTS (SELECT 1 FROM role_grant x WHERE x.department_id = ? AND x.revoked_at IS NULL AND (x.member_id = g.member_id OR x.account_id = g.account_id))
		ORDER BY g.member_id, g.account_id`
	if err := tx.Raw(q, append(append([]any{model.StandingActive}, args...), r.SubjectDepartmentID)...).Scan(&grants).Error; err != nil {
		return err
	}
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
	_, err := s.notify.Queue(tx, messages...)
	return err
}

// citizenOf is where the citizen is reached: where he or she wrote.
func citizenOf(r *model.Request) notify.Recipient {
	if r.ContactID != nil {
		return notify.Recipient{Type: model.ToContact, ID: *r.ContactID}
	}
	return notify.Recipient{Type: model.ToAccount, ID: *r.AccountID}
}

// periodOf is the object of a message: one for each step.
func periodOf(r *model.Request, st model.RequestStep) string {
	return fmt.Sprintf("%s/%d", r.Number, st.Seq)
}

// messageData is what the sentences and WeChat's templates may say, to units too. Nothing in it tells who the citizen is. A note that
// the citizen may not read stays out.
func messageData(tx model.Tx, r *model.Request, st model.RequestStep) (map[string]string, error) {
	unit := deskName
	if r.DepartmentID != nil {
		var d model.Department
		if err := tx.Where("id = ?", *r.DepartmentID).Take(&d).Error; err != nil {
			return nil, err
		}
		unit = d.Name
	}
	data := map[string]string{
		"id": strconv.FormatInt(r.ID, 10), "number": r.Number, "state": stateNames[r.State], "category": categoryNames[r.Category],
		"department": unit, "deadline": day(r.Deadline), "time": st.At.In(model.Shanghai).Format("2006年1月2日 15:04"),
		"step": titleOf(st.Action), "content": toUnits(r),
	}
	if st.Public && (st.ActorType != model.ActorCitizen || !shielded(*r)) {
		data["note"] = st.Note
	}
	return data, nil
}

// deskName is what the window is called towards citizens.
const deskName = "O2O服务窗口"

// day writes a date as WeChat's date fields want it.
func day(d model.Date) string {
	if d == "" {
		return ""
	}
	return d.Time().Format("2006年1月2日")
}
