package team

import (
	"fmt"
	"strconv"

	"hongyun/model"
	"hongyun/service/notify"
)

// data is what the sentences say of an order. Nothing in it tells who the citizen is.
func data(o Order, team, note string) map[string]string {
	return map[string]string{"order": strconv.FormatInt(o.ID, 10), "id": strconv.FormatInt(o.RequestID, 10), "number": o.Number, "what": o.What,
		"deadline": o.Due.Time().Format("2006年1月2日"), "team": team, "note": note}
}

// period is the object of a message: once for each version of an order.
func period(o Order, step string) string { return fmt.Sprintf("order:%d/%d/%s", o.ID, o.Version, step) }

func (s *Service) tellMember(tx model.Tx, o Order, kind string, memberID int64, team, note string) error {
	_, err := s.notify.Queue(tx, notify.Message{Kind: kind, To: notify.Recipient{Type: model.ToMember, ID: memberID}, Period: period(o, kind), Data: data(o, team, note)})
	return err
}

// unconcerned is an SQL condition: the member has no post in the unit that a request complains of. Its argument is the request.
func unconcerned(member string) string {
	return `NOT EXISTS (SELECT 1 FROM request q JOIN role_grant g ON g.department_id = q.subject_department_id AND g.revoked_at IS NULL
		LEFT JOIN account ga ON ga.id = g.account_id WHERE q.id = ? AND (g.member_id = ` + member + ` OR ga.member_id = ` + member + `))`
}

// tellTeams tells the leaders of every team that may claim an order.
func (s *Service) tellTeams(tx model.Tx, o Order) error {
	var rows []struct {
		LeaderID int64
		Name     string
	}
	err := tx.Raw(`SELECT tt.leader_id, tt.name FROM service_team tt JOIN member m ON m.id = tt.leader_id AND m.standing = ?, service_order so
		WHERE so.id = ? AND `+unconcerned("tt.leader_id")+" AND "+claimable("t.id = tt.id AND tm.member_id = tt.leader_id")+" ORDER BY tt.id",
		model.StandingActive, o.ID, o.RequestID).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.tellMember(tx, o, kindOpen, r.LeaderID, r.Name, ""); err != nil {
			return err
		}
	}
	return nil
}

// tellCitizen tells who sent the request, where he or she wrote.
func (s *Service) tellCitizen(tx model.Tx, o Order, kind string, teamID int64, step string) error {
	var r struct {
		ContactID, AccountID *int64
		Team                 string
	}
	err := tx.Raw("SELECT r.contact_id, r.account_id, t.name AS team FROM request r, service_team t WHERE r.id = ? AND t.id = ?", o.RequestID, teamID).Scan(&r).Error
	if err != nil {
		return err
	}
	to := notify.Recipient{Type: model.ToContact}
	if r.ContactID != nil {
		to.ID = *r.ContactID
	} else {
		to = notify.Recipient{Type: model.ToAccount, ID: *r.AccountID}
	}
	_, err = s.notify.Queue(tx, notify.Message{Kind: kind, To: to, Period: period(o, step), Data: data(o, r.Team, o.VisitNote)})
	return err
}
