package member

import (
	"context"
	"fmt"

	"hongyun/service/schedule"
)

// JobPoliticalBirthday greets, each day, the members who have their political birthday.
const JobPoliticalBirthday = "political-birthday"

// Jobs is what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{
		{Name: JobPoliticalBirthday, Title: "政治生日贺卡",
			Run: func(ctx context.Context, r schedule.Run) (string, error) {
				cards, err := s.Greet(ctx, r.Day) // a run that is late greets for its own day
				return fmt.Sprintf("发出%s的政治生日贺卡 %d 张", r.Day, cards), err
			}},
		{Name: JobFloatingReminder, Title: "流动党员联系提醒", Run: s.remindFloating},
	}
}
