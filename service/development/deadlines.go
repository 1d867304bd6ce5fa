package development

import (
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/rule"
)

// Limit is a day by which somebody must act: it is met on any day up to Due, and late from the next day on.
type Limit struct {
	Code  string // DEV-W01 …
	Due   model.Date
	Level string
}

// limits are the open limits of a course (RULES 5). r holds the numbers in force today: a step that is still to be taken
// has today's date at the earliest. A number of 0 is an edition without that limit.
func limits(c Course, r rule.Set) []Limit {
	var all []Limit
	within := func(code, level string, since *model.Date, months int, holds bool) {
		if holds && since != nil && months > 0 {
			all = append(all, Limit{code, calendar.AddMonths(*since, months), level})
		}
	}
	switch c.State {
	case model.DevApplicant:
		within("DEV-W01", model.LevelBranch, &c.AppliedOn, r.Int("TALK_MONTHS"), c.TalkedOn == nil)
	case model.DevActivist:
		if months := r.Int("ASSESS_MONTHS"); c.ActivistOn != nil && months > 0 {
			all = append(all, Limit{"DEV-W02", nextAssessment(*c.ActivistOn, months, c.assessments()), model.LevelBranch})
		}
	case model.DevCandidate:
		within("DEV-W04", model.LevelBranch, c.PreReviewedOn, r.Int("PRE_REVIEW_MONTHS"), true)
	case model.DevAdmitted:
		within("DEV-W05", model.LevelCommittee, c.AdmittedOn, r.Int("APPROVAL_MONTHS"), c.SpecialReason == "")
		within("DEV-W06", model.LevelCommittee, c.AdmittedOn, r.Int("APPROVAL_MONTHS_MOST"), true)
	case model.DevProbationary:
		within("DEV-W07", model.LevelBranch, c.ApprovedOn, r.Int("OATH_MONTHS"), c.OathOn == nil)
		if c.ProbationEndsOn != nil && c.FullMeetingOn == nil {
			all = append(all, Limit{"DEV-W08", *c.ProbationEndsOn, model.LevelBranch})
		}
		within("DEV-W09", model.LevelCommittee, c.FullMeetingOn, r.Int("APPROVAL_MONTHS"), true)
	case model.DevFull:
		if days := r.Int("ARCHIVE_DAYS"); c.FullApprovedOn != nil && c.ArchivedOn == nil && days > 0 {
			all = append(all, Limit{"DEV-W10", c.FullApprovedOn.AddDays(days), model.LevelBranch})
		}
	}
	return all
}

// nextAssessment is the end of the first half-year since the person became an activist that has no assessment. One
// assessment serves one half-year; a late one makes up for those before it.
func nextAssessment(since model.Date, months int, taken []model.Date) model.Date {
	end := func(k int) model.Date { return calendar.AddMonths(since, k*months) }
	served := 0
	for _, day := range slices.Sorted(slices.Values(taken)) {
		switch {
		case day <= end(served): // a second one of the same half-year
		case day <= end(served+1):
			served++
		default:
			for day >= end(served+1) {
				served++
			}
		}
	}
	return end(served + 1)
}

// warnings are the codes that stand on a day: limits that have ended, and W03 for a candidate who is about to leave.
func warnings(c Course, day model.Date, r rule.Set) []Problem {
	var found []Problem
	for _, l := range limits(c, r) {
		if day > l.Due {
			found = append(found, problem(l.Code))
		}
	}
	if leaves(c, day, r) {
		found = append(found, problem("DEV-W03"))
	}
	return found
}

// leaves is W03: a candidate who will leave the unit within three months is as a rule not admitted.
func leaves(c Course, day model.Date, r rule.Set) bool {
	months := r.Int("LEAVING_MONTHS")
	return c.State == model.DevCandidate && c.LeavingOn != nil && *c.LeavingOn != "" && months > 0 &&
		*c.LeavingOn >= day && *c.LeavingOn <= calendar.AddMonths(day, months)
}

func codesOf(problems []Problem) string {
	codes := make([]string, len(problems))
	for i, p := range problems {
		codes[i] = p.Code
	}
	return strings.Join(codes, " ")
}

// rewrite puts the open limits of a course in place of what stood there.
func rewrite(tx model.Tx, c Course, r rule.Set) error {
	if _, err := model.Exec(tx, "DELETE FROM development_deadline WHERE development_id = ?", c.ID); err != nil {
		return err
	}
	rows := rowsOf(c, r)
	if len(rows) == 0 {
		return nil
	}
	return tx.Create(&rows).Error
}

func rowsOf(c Course, r rule.Set) []model.DevelopmentDeadline {
	var rows []model.DevelopmentDeadline
	for _, l := range limits(c, r) {
		rows = append(rows, model.DevelopmentDeadline{DevelopmentID: c.ID, Code: l.Code, DueOn: l.Due, Level: l.Level})
	}
	return rows
}
