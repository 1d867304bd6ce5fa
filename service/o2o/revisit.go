package o2o

import (
	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/clock"
)

// limitCallBack is the limit of time_limit by which a closing is followed by a call-back.
const limitCallBack = "CALL_BACK"

// oweCallBack notes that the window owes the citizen a call-back, for every closing, an answer at once included (RULES 9.2).
// r is as the closing left it. Requests merged into r get none of their own: they were not closed, their citizens rate.
func oweCallBack(tx model.Tx, r *model.Request, action string) error {
	if action != ActionClose && action != ActionAnswer {
		return nil
	}
	days, err := clock.Limit(tx, limitCallBack, r.Category, tx.Day())
	if err != nil {
		return err
	}
	due, err := calendar.DeadlineAfter(tx, tx.Day(), days)
	if err != nil {
		return err
	}
	return tx.Create(&model.RequestRevisit{RequestID: r.ID, Round: r.ReopenCount, DepartmentID: r.DepartmentID, Due: due.Date,
		CountedFrom: tx.Day(), CountedDays: int64(days), State: model.RevisitWaiting, CreatedAt: tx.Now}).Error
}
