// Package development follows a person from the application to full membership (发展党员, RULES 5): the table of
// transitions, the guards and time limits of the regulation in force, the steps that people decided on and the papers that
// belong to them, warnings before a limit ends, and what a committee sees of it all. It decides nobody's political status:
// each step is a decision that people took and that somebody records. Who is on the roster is written by package roster;
// how a vote is counted stands in package vote.
package development

import (
	"hongyun/model"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/schedule"
	"hongyun/service/vault"
)

// KindReminder is the message to those who must act before a limit ends, and when it has ended.
const KindReminder = "development.reminder"

// JobReminder is the job that counts all open limits again and sends it.
const JobReminder = "development-reminder"

// Options is what the module stands on; all are required.
type Options struct {
	DB     *model.DB
	Vault  *vault.Vault
	Papers *file.Sealed
	Notify *notify.Service
}

// Service follows courses of development. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	vault  *vault.Vault
	papers *file.Sealed
	notify *notify.Service
}

// New makes the module. Notify must know the Kinds of this package.
func New(o Options) *Service {
	return &Service{db: o.DB, vault: o.Vault, papers: o.Papers, notify: o.Notify}
}

// Kinds are the messages that this module sends.
func Kinds() []notify.Kind {
	return []notify.Kind{{
		Name:  KindReminder,
		Title: "发展党员办理提醒",
		Body:  "{branch}{name}：{what}，期限{due}，{left}。请及时办理。",
		Page:  "pages/development/detail?id={id}",
	}}
}

// Jobs are what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{Name: JobReminder, Title: "发展党员办理提醒", Run: s.remind}}
}
