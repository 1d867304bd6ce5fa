package account

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/ledger"
)

// Home is the first page. What concerns members alone is null for others.
type Home struct {
	Name              string             `json:"name"`
	OrgID             int64              `json:"org_id"`
	OrgName           string             `json:"org_name"`
	Unread            int64              `json:"unread"`
	Energy            int64              `json:"energy"` // units of red energy that may be spent
	Dues              *HomeDues          `json:"dues"`
	ThemeDay          *HomeThemeDay      `json:"theme_day"`
	PoliticalBirthday *PoliticalBirthday `json:"political_birthday"`
	Seniority         *Seniority         `json:"seniority"`
}

// HomeDues is the member's bill of this month.
type HomeDues struct {
	BillID    int64       `json:"bill_id"`
	Month     model.Month `json:"month"`
	State     string      `json:"state"`
	AmountFen int64       `json:"amount_fen"`
}

// HomeThemeDay is the branch's theme day of this month: the completed one, else the first that is planned.
type HomeThemeDay struct {
	ID         int64      `json:"id"`
	Theme      string     `json:"theme"`
	HeldOn     model.Date `json:"held_on"`
	Place      string     `json:"place"`
	State      string     `json:"state"`
	Attendance string     `json:"attendance"` // the member's own; empty until it is written down
}

// PoliticalBirthday is the day of admission as a probationary member; null before the approval (RULES 6).
type PoliticalBirthday struct {
	AdmittedOn model.Date `json:"admitted_on"`
	Years      int        `json:"years"`   // completed today
	NextOn     model.Date `json:"next_on"` // today, if it is today
	NextYears  int        `json:"next_years"`
	Today      bool       `json:"today"`
}

// Seniority is the whole years from the day of full membership (党龄, RULES 6); null before it.
type Seniority struct {
	FullOn model.Date `json:"full_on"`
	Years  int        `json:"years"`
}

// Home reads v's first page: one query for the person and one for the unread messages.
func (s *Service) Home(ctx context.Context, v access.Viewer) (Home, error) {
	unread, err := s.notify.Unread(ctx, v)
	if err != nil {
		return Home{}, err
	}
	home := Home{Name: v.Name, OrgID: v.OrgID, OrgName: v.OrgName, Unread: unread}
	if v.MemberID == 0 {
		return home, nil
	}
	tx := s.db.Read(ctx)
	var r homeRow
	month := tx.Day().Month()
	err = model.Row(tx, homeQuery, ledger.KindEnergy, model.SubjectMember, month, month, v.MemberID).Scan(&r.AdmittedOn, &r.ApprovedOn, &r.FullOn,
		&r.Energy, &r.BillID, &r.BillState, &r.AmountFen, &r.MeetingID, &r.Theme, &r.Place, &r.MeetingState, &r.HeldOn, &r.Present)
	if err != nil {
		return Home{}, err
	}
	r.fill(&home, tx.Day())
	return home, nil
}

type homeRow struct {
	AdmittedOn, ApprovedOn, FullOn      model.Date
	Energy                              int64
	BillID                              int64
	BillState                           string
	AmountFen                           int64
	MeetingID                           int64
	Theme, Place, MeetingState, Present string
	HeldOn                              model.Date
}

// The theme day is looked up by the branch and the month of its index: the completed one, for a draft is the
// administrators' alone.
const homeQuery = `
SELECT m.admitted_on, coalesce(m.approved_on, ''), coalesce(m.full_on, ''), coalesce(e.balance, 0),
       coalesce(b.id, 0), coalesce(b.state, ''), coalesce(b.amount_fen, 0),
       coalesce(t.id, 0), coalesce(t.theme, ''), coalesce(t.place, ''), coalesce(t.state, ''), coalesce(t.held_on, ''), coalesce(a.status, '')
FROM member m
LEFT JOIN ledger_account e ON e.kind = ? AND e.owner_type = ? AND e.owner_id = m.id
LEFT JOIN dues_bill b ON b.member_id = m.id AND b.month = ?
LEFT JOIN meeting t ON t.id = (
    SELECT x.id FROM meeting x WHERE x.org_id = m.org_id AND x.month = ? AND x.kind = 'THEME_DAY' AND x.state = 'COMPLETED'
    ORDER BY x.held_on, x.id LIMIT 1)
LEFT JOIN attendance a ON a.meeting_id = t.id AND a.member_id = m.id
WHERE m.id = ?`

func (r homeRow) fill(h *Home, day model.Date) {
	h.Energy = r.Energy
	if r.BillID != 0 {
		h.Dues = &HomeDues{BillID: r.BillID, Month: day.Month(), State: r.BillState, AmountFen: r.AmountFen}
	}
	if r.MeetingID != 0 {
		h.ThemeDay = &HomeThemeDay{ID: r.MeetingID, Theme: r.Theme, HeldOn: r.HeldOn, Place: r.Place, State: r.MeetingState, Attendance: r.Present}
	}
	if r.ApprovedOn != "" && r.ApprovedOn <= day {
		h.PoliticalBirthday = birthday(r.AdmittedOn, day)
	}
	if r.FullOn != "" && r.FullOn <= day {
		h.Seniority = &Seniority{FullOn: r.FullOn, Years: calendar.Years(r.FullOn, day)}
	}
}

func birthday(admitted, day model.Date) *PoliticalBirthday {
	years := day.Year() - admitted.Year()
	next := calendar.AddMonths(admitted, 12*years)
	if next < day {
		years++
		next = calendar.AddMonths(admitted, 12*years)
	}
	return &PoliticalBirthday{AdmittedOn: admitted, Years: calendar.Years(admitted, day), NextOn: next, NextYears: years, Today: next == day}
}
