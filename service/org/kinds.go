package org

import (
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// The messages of this module.
const (
	KindElection = "org.election"
	KindVacancy  = "org.vacancy"
)

// The jobs of this module; their times are rows of job_time.
const (
	JobElection = "election-reminder"
	JobVacancy  = "vacancy-alarm"
)

// Kinds are the messages that this module sends.
func Kinds() []notify.Kind {
	return []notify.Kind{
		{Name: KindElection, Title: "换届提醒", Page: "pages/orgs/leadership?id={org_id}",
			Body: "{org}本届领导班子任期于{ends}届满，{state}。{action}"},
		{Name: KindVacancy, Title: "管理员空缺提醒", Page: "pages/orgs/vacancies?org_id={org_id}",
			Body: "{org}没有管理员。请尽快为其配备至少一名管理员。"},
	}
}

// Jobs are what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{
		{Name: JobElection, Title: "换届提醒", Run: s.remindElections},
		{Name: JobVacancy, Title: "管理员空缺提醒", Run: s.alarmVacancies},
	}
}
