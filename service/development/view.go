package development

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/rule"
	"hongyun/service/vault"
	"hongyun/service/vote"
)

// View is a course in a list. Identity and phone numbers are masked, always (RULES 11.3).
type View struct {
	ID         int64      `json:"id"`
	OrgID      int64      `json:"org_id"`
	OrgName    string     `json:"org_name"`
	Name       string     `json:"name"`
	Sex        string     `json:"sex"`
	BornOn     model.Date `json:"born_on"`
	Education  string     `json:"education"`
	IDNumber   string     `json:"id_number"`
	Phone      string     `json:"phone"`
	State      string     `json:"state"`
	StateTitle string     `json:"state_title"`
	AppliedOn  model.Date `json:"applied_on"`
	MemberID   *int64     `json:"member_id"`
	Version    int64      `json:"version"`
	DueCode    string     `json:"due_code"` // of the next limit; empty: none is open
	DueOn      model.Date `json:"due_on"`
}

// Detail is where somebody stands: what is done, what is missing, by when, and what stands against the next step.
type Detail struct {
	View
	EthnicGroup     string         `json:"ethnic_group"`
	Occupation      string         `json:"occupation"`
	WorkUnit        string         `json:"work_unit"`
	LeavingOn       *model.Date    `json:"leaving_on"`
	RuleSet         string         `json:"rule_set"` // the edition in force today
	Dates           Dates          `json:"dates"`
	SpecialReason   string         `json:"special_reason"`
	ProbationMonths int64          `json:"probation_months"`
	RestartsID      *int64         `json:"restarts_id"`
	Editable        bool           `json:"editable"` // the viewer may work on it
	Stages          []Stage        `json:"stages"`
	Next            []Next         `json:"next"`
	Deadlines       []DeadlineView `json:"deadlines"`
	Warnings        []Problem      `json:"warnings"`
	Contacts        []Sponsor      `json:"contacts"`
	Introducers     []Sponsor      `json:"introducers"`
	Notice          *NoticeView    `json:"notice"`
	Documents       []DocumentView `json:"documents"`
	MissingPapers   []PaperView    `json:"missing_papers"` // of steps that were taken
	Papers          []PaperView    `json:"papers"`         // that there are
	Votes           []vote.View    `json:"votes"`
	Steps           []StepView     `json:"steps"`
}

// Dates are the days of the course, each kept apart; the full-member date is the end of the probation.
type Dates struct {
	TalkedOn        *model.Date `json:"talked_on"`
	ActivistOn      *model.Date `json:"activist_on"`
	CandidateOn     *model.Date `json:"candidate_on"`
	TrainedOn       *model.Date `json:"trained_on"`
	PreReviewedOn   *model.Date `json:"pre_reviewed_on"`
	AdmittedOn      *model.Date `json:"admitted_on"`
	ReportedOn      *model.Date `json:"reported_on"`
	ApprovedOn      *model.Date `json:"approved_on"`
	OathOn          *model.Date `json:"oath_on"`
	ProbationEndsOn *model.Date `json:"probation_ends_on"`
	FullMeetingOn   *model.Date `json:"full_meeting_on"`
	FullApprovedOn  *model.Date `json:"full_approved_on"`
	ArchivedOn      *model.Date `json:"archived_on"`
	EndedOn         *model.Date `json:"ended_on"`
}

func datesOf(d model.Development) Dates {
	return Dates{d.TalkedOn, d.ActivistOn, d.CandidateOn, d.TrainedOn, d.PreReviewedOn, d.AdmittedOn, d.ReportedOn, d.ApprovedOn, d.OathOn,
		d.ProbationEndsOn, d.FullMeetingOn, d.FullApprovedOn, d.ArchivedOn, d.EndedOn}
}

// DeadlineView is an open limit. DaysLeft is below 0 when it is over.
type DeadlineView struct {
	Code     string     `json:"code"`
	Message  string     `json:"message"`
	DueOn    model.Date `json:"due_on"`
	Level    string     `json:"level"`
	DaysLeft int        `json:"days_left"`
}

// NoticeView is the last public notice.
type NoticeView struct {
	StartOn   model.Date `json:"start_on"`
	EndsOn    model.Date `json:"ends_on"`
	Outcome   string     `json:"outcome"`
	Objection string     `json:"objection"`
}

// StepView is a step that was taken.
type StepView struct {
	Version   int64      `json:"version"`
	Code      string     `json:"code"`
	Title     string     `json:"title"`
	OnDay     model.Date `json:"on_day"`
	RuleSet   string     `json:"rule_set"`
	FromState string     `json:"from_state"`
	ToState   string     `json:"to_state"`
	Data      StepData   `json:"data"`
	VoteID    *int64     `json:"vote_id"`
	Warnings  string     `json:"warnings"` // codes that stood when it was taken
	Note      string     `json:"note"`
	ByName    string     `json:"by_name"`
	At        time.Time  `json:"at"`
}

// Development shows a course to whoever leads or administers its branch or one above. Looking at a member's course is
// noted for the member (NM6).
func (s *Service) Development(ctx context.Context, v access.Viewer, id int64) (Detail, error) {
	detail, err := s.detail(s.db.Read(ctx), v, id)
	if err != nil || detail.MemberID == nil || v.AccountID == 0 || *detail.MemberID == v.MemberID {
		return detail, err
	}
	// What cannot be written down is not shown.
	if err := s.db.Tx(ctx, func(tx model.Tx) error { return looked(tx, v, detail) }); err != nil {
		return Detail{}, err
	}
	return detail, nil
}

// looked notes who looked at a member's course: once a day, with a count.
func looked(tx model.Tx, v access.Viewer, d Detail) error {
	row := model.MemberAccess{MemberID: *d.MemberID, AccountID: v.AccountID, ByName: v.Name, ByRole: roleOf(v), Kind: model.AccessDevelopment,
		Day: tx.Day(), Times: 1, LastAt: tx.Now}
	key := []clause.Column{{Name: "member_id"}, {Name: "account_id"}, {Name: "kind"}, {Name: "day"}, {Name: "reason"}}
	return tx.Clauses(clause.OnConflict{Columns: key, DoUpdates: clause.Assignments(map[string]any{
		"times": clause.Expr{SQL: "member_access.times + 1"}, "last_at": tx.Now})}).Create(&row).Error
}

// roleOf is the widest office of v, as a member reads it: 德兴市委 管理员.
func roleOf(v access.Viewer) string {
	g, found := widest(v)
	switch {
	case !found:
		return ""
	case g.Role == model.RoleAdmin:
		return g.OrgName + " 管理员"
	}
	return g.OrgName + " 单位领导"
}

// widest is the office highest up that v holds.
func widest(v access.Viewer) (best access.Grant, found bool) {
	for _, g := range v.Grants {
		if (g.Role == model.RoleAdmin || g.Role == model.RoleLeader) && g.OrgPath != "" && (!found || len(g.OrgPath) < len(best.OrgPath)) {
			best, found = g, true
		}
	}
	return best, found
}

func (s *Service) detail(tx model.Tx, v access.Viewer, id int64) (Detail, error) {
	d, path, err := seen(tx, v, id)
	if err != nil {
		return Detail{}, err
	}
	c, err := load(tx, d, tx.Day())
	if err != nil {
		return Detail{}, err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, tx.Day())
	if err != nil {
		return Detail{}, err
	}
	rows, err := s.views(tx, "d.id = ?", []any{id}, "d.id", 1, 0)
	if err != nil {
		return Detail{}, err
	}
	works := v.Works().Covers(path)
	detail := Detail{View: rows[0], EthnicGroup: d.EthnicGroup, Occupation: d.Occupation, WorkUnit: d.WorkUnit, LeavingOn: d.LeavingOn, RuleSet: edition(r),
		SpecialReason: d.SpecialReason, ProbationMonths: d.ProbationMonths, RestartsID: d.RestartsID, Editable: works,
		Dates:  datesOf(d),
		Stages: checklist(c, r), Next: next(c, tx.Day(), r, func(level string) bool { return may(v, level, path) }),
		Deadlines: deadlineViews(c, tx.Day(), r), Warnings: nonNil(warnings(c, tx.Day(), r)), Contacts: nonNil(c.Contacts), Introducers: nonNil(c.Introducers),
		MissingPapers: lacking(c, r), Papers: []PaperView{}, Steps: []StepView{}, Votes: []vote.View{}}
	for _, p := range c.Papers {
		detail.Papers = append(detail.Papers, PaperView{p.Step, p.Kind})
	}
	for _, st := range c.Steps {
		detail.Steps = append(detail.Steps, StepView{st.Seq, st.Code, titleOf(st.Code), st.OnDay, st.RuleSet, st.FromState, st.ToState, dataOf(st), st.VoteID, st.Warnings, st.Note, st.ByName, st.At})
	}
	if c.Notice != nil {
		detail.Notice = &NoticeView{c.Notice.StartOn, c.Notice.EndsOn, c.Notice.Outcome, c.Notice.Objection}
	}
	var votes []model.Vote
	if err := tx.Raw("SELECT v.* FROM vote v JOIN development_step s ON s.vote_id = v.id WHERE s.development_id = ? ORDER BY v.id", id).Scan(&votes).Error; err != nil {
		return detail, err
	}
	for _, row := range votes {
		detail.Votes = append(detail.Votes, vote.Of(row))
	}
	detail.Documents, err = documentsOf(tx, id)
	return detail, err
}

func nonNil[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}

func deadlineViews(c Course, today model.Date, r rule.Set) []DeadlineView {
	views := []DeadlineView{}
	for _, l := range limits(c, r) {
		views = append(views, DeadlineView{l.Code, text(l.Code), l.Due, l.Level, daysBetween(today, l.Due)})
	}
	return views
}

func daysBetween(from, to model.Date) int { return int(to.Time().Sub(from.Time()) / (24 * time.Hour)) }

// row is a view with what it is made of.
type row struct {
	View
	IDSealed, PhoneSealed string
}

// views reads courses (d, with their branch o) by a condition.
func (s *Service) views(tx model.Tx, where string, args []any, order string, limit, offset int) ([]View, error) {
	var rows []row
	err := tx.Raw(`SELECT d.id, d.org_id, o.name AS org_name, d.name, d.sex, d.born_on, d.education, d.id_sealed, d.phone_sealed, d.state, d.applied_on, d.member_id, d.version,
  coalesce(x.code, '') AS due_code, coalesce(x.due_on, '') AS due_on
FROM development d JOIN org o ON o.id = d.org_id
LEFT JOIN development_deadline x ON x.id = (SELECT y.id FROM development_deadline y WHERE y.development_id = d.id ORDER BY y.due_on, y.code LIMIT 1)
WHERE `+where+" ORDER BY "+order+" LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	views := make([]View, len(rows))
	for i, r := range rows {
		number, err := s.vault.Open(r.IDSealed)
		if err != nil {
			return nil, err
		}
		phone, err := s.vault.Open(r.PhoneSealed)
		if err != nil {
			return nil, err
		}
		views[i] = r.View
		views[i].IDNumber, views[i].Phone, views[i].StateTitle = vault.MaskID(number), vault.MaskPhone(phone), stateTitle(r.State)
	}
	return views, nil
}
