package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/dues"
)

type remindersInput struct {
	dues.ReminderFilter
	page
}

// reminderList is a part of the reminders with the counts of all.
type reminderList struct {
	list[dues.Reminder]
	Counts dues.ReminderCounts `json:"counts"`
}

func (h *Handler) duesReminders(ctx context.Context, v access.Viewer, in *remindersInput) (reminderList, error) {
	offset, limit := in.rows(100)
	rows, counts, err := h.s.Dues.Reminders(ctx, v, in.ReminderFilter, offset, limit)
	page, err := paged(rows, counts.Count, err)
	return reminderList{page, counts}, err
}
