// Package meeting records the theme party day (主题党日) of branches: the record with its five elements, the statistics by
// committee and the warning of the 20th. What a theme day is worth in points and energy is decided by the rules that read
// its facts. Other kinds of meetings will live here too.
package meeting

import (
	"hongyun/model"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// Codes of the facts that a completed theme day records. Their source is theme_day/<id>/<round>.
const (
	FactHeld     = "theme_day.held"     // for the branch
	FactAttended = "theme_day.attended" // for each member who was there, late or not
)

// KindWarning is the message to a branch's administrators that no theme day is completed yet this month.
const KindWarning = "meeting.theme_day_warning"

// JobWarning is the job that sends it.
const JobWarning = "theme-day-warning"

// Service records meetings. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	files  *file.Service
	notify *notify.Service
}

// New makes the service. notify must know the Kinds of this package.
func New(db *model.DB, files *file.Service, notify *notify.Service) *Service {
	return &Service{db: db, files: files, notify: notify}
}

// Kinds are the messages that this module sends.
func Kinds() []notify.Kind {
	return []notify.Kind{{
		Name:  KindWarning,
		Title: "主题党日未完成提醒",
		Body:  "{branch}{month}主题党日尚未完成，请尽快组织开展并登记主题、内容、参会人员、活动记录和现场照片。{note}",
		Page:  "pages/theme-day/index?month={period}",
	}}
}

// Jobs are what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{Name: JobWarning, Title: "主题党日未完成提醒", Run: s.warn}}
}
