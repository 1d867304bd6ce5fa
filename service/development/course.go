package development

import (
	"encoding/json"
	"fmt"

	"hongyun/model"
)

// Course is a person's course with all that the rules look at.
type Course struct {
	model.Development
	Steps       []model.DevelopmentStep
	Contacts    []Sponsor
	Introducers []Sponsor
	Notice      *model.DevelopmentNotice // the last one
	Papers      []model.DevelopmentPaper // that the steps ask for, in their order
	Documents   []model.DevelopmentDocument
}

// Sponsor is a training contact or an introducer who has not been replaced.
type Sponsor struct {
	MemberID int64      `json:"member_id"`
	Name     string     `json:"name"`
	FromOn   model.Date `json:"from_on"`
	Full     bool       `json:"full"`    // a full member in good standing
	Watched  bool       `json:"watched"` // 留党察看: may not introduce
}

// StepData is what a step recorded. Empty fields say nothing.
type StepData struct {
	Passed     *bool       `json:"passed,omitempty"` // of a vote, an approval, a review, a notice
	Result     string      `json:"result,omitempty"` // the state that people chose
	Members    []Sponsor   `json:"members,omitempty"`
	FiledOn    model.Date  `json:"filed_on,omitempty"` // 备案, or the day on which the resolution went to the committee
	NoticeFrom model.Date  `json:"notice_from,omitempty"`
	NoticeEnds model.Date  `json:"notice_ends,omitempty"`
	Days       int64       `json:"days,omitempty"`
	Hours      int64       `json:"hours,omitempty"`
	Months     int64       `json:"months,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	FullOn     model.Date  `json:"full_on,omitempty"`
	FromOrg    string      `json:"from_org,omitempty"`
	ToOrg      string      `json:"to_org,omitempty"`
	Restarts   int64       `json:"restarts,omitempty"`
	Changes    []Change    `json:"changes,omitempty"`
	LeavingOn  *model.Date `json:"leaving_on,omitempty"`
}

// Change is a corrected field; numbers stand masked.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

func dataOf(s model.DevelopmentStep) StepData {
	var d StepData
	// What stands there was written by this package; an unreadable one says nothing and stops no page.
	_ = json.Unmarshal([]byte(s.Data), &d)
	return d
}

func (d StepData) failed() bool { return d.Passed != nil && !*d.Passed }

// last is the newest taking of a step, and whether there is one.
func (c Course) last(code string) (model.DevelopmentStep, bool) {
	for i := len(c.Steps) - 1; i >= 0; i-- {
		if c.Steps[i].Code == code {
			return c.Steps[i], true
		}
	}
	return model.DevelopmentStep{}, false
}

// passed tells whether the newest taking of a step had a good end.
func (c Course) passed(code string) bool {
	s, ok := c.last(code)
	return ok && !dataOf(s).failed()
}

// carried is passed in this round: a round ends when something was voted down or not approved, or the probation was
// extended; what leads to a decision is then done again.
func (c Course) carried(code string) bool {
	s, _ := c.last(code)
	return c.passed(code) && s.Seq > c.turned()
}

// turned is the number of the step that ended the last round; 0: none has ended.
func (c Course) turned() int64 {
	for i := len(c.Steps) - 1; i >= 0; i-- {
		if turns(c.Steps[i]) {
			return c.Steps[i].Seq
		}
	}
	return 0
}

func turns(s model.DevelopmentStep) bool {
	switch s.Code {
	case Refuse, Extend:
		return true
	case Review, PreReview, Admit, FullMeeting, ExtendMeeting, CancelMeeting, BecomeFull, Cancel:
		return dataOf(s).failed()
	}
	return false
}

// assessments are the days of the half-yearly assessments, in order.
func (c Course) assessments() []model.Date {
	var days []model.Date
	for _, s := range c.Steps {
		if s.Code == Assess {
			days = append(days, s.OnDay)
		}
	}
	return days
}

// extended tells whether the probation was extended already.
func (c Course) extended() bool {
	for _, s := range c.Steps {
		if s.Code == Extend && !dataOf(s).failed() {
			return true
		}
	}
	return false
}

// load reads a course whole. The caller has checked that it may be seen; day is the one on which sponsors are looked at.
func load(tx model.Tx, d model.Development, day model.Date) (Course, error) {
	c := Course{Development: d}
	if err := tx.Where("development_id = ?", d.ID).Order("seq").Find(&c.Steps).Error; err != nil {
		return c, fmt.Errorf("steps of development %d: %w", d.ID, err)
	}
	var sponsors []struct {
		Sponsor
		Role string
	}
	err := tx.Raw(`SELECT s.member_id, m.name, s.from_on, s.role, `+fullOn+` AS "full", m.watched_until IS NOT NULL AND m.watched_until >= ? AS watched
FROM development_sponsor s JOIN member m ON m.id = s.member_id WHERE s.development_id = ? AND s.until_on IS NULL ORDER BY s.id`,
		model.StandingActive, model.MemberFull, day, day, d.ID).Scan(&sponsors).Error
	if err != nil {
		return c, fmt.Errorf("sponsors of development %d: %w", d.ID, err)
	}
	for _, s := range sponsors {
		if s.Role == model.SponsorContact {
			c.Contacts = append(c.Contacts, s.Sponsor)
		} else {
			c.Introducers = append(c.Introducers, s.Sponsor)
		}
	}
	var notices []model.DevelopmentNotice
	if err := tx.Where("development_id = ?", d.ID).Order("id DESC").Limit(1).Find(&notices).Error; err != nil {
		return c, err
	}
	if len(notices) > 0 {
		c.Notice = &notices[0]
	}
	if err := tx.Order("seq").Find(&c.Papers).Error; err != nil {
		return c, err
	}
	return c, tx.Where("development_id = ?", d.ID).Order("id").Find(&c.Documents).Error
}

// fullOn is the condition for a full member in good standing on a day: standing, status, day.
const fullOn = `(m.standing = ? AND m.status = ? AND (m.full_on IS NULL OR m.full_on = '' OR m.full_on <= ?))`

// since tells whether a paper came after the last taking of its step: one that served a vote which failed does not serve
// the next one.
func since(c Course, d model.DevelopmentDocument) bool {
	taken, ok := c.last(d.Step)
	return !ok || d.At.After(taken.At)
}
