package payment

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/fault"
)

// tooLate tells whether a month lies more than back months before today's: it is no longer paid without a decision above
// (RULES 3.2.12).
func tooLate(month model.Month, today model.Date, back int) bool {
	return month < today.Month().Add(-back)
}

// quarterEnd is the last month of the quarter that a month lies in.
func quarterEnd(m model.Month) model.Month {
	n := int(m.First().Time().Month())
	return m.Add((n+2)/3*3 - n)
}

// payableNow is nil if a bill of the month may be paid online today: at most back months after its own, and not ahead, but
// for the rest of the quarter where that is granted (RULES 3.2.11, 3.2.12).
//
// Faults: dues.too_late, dues.too_early.
func payableNow(month model.Month, today model.Date, back int, quarterly bool) error {
	switch {
	case tooLate(month, today, back):
		return fault.Conflict("dues.too_late", fmt.Sprintf("%s党费已超过%d个月，补缴须经上级党委研究决定，请联系所在党支部", inWords(month), back)).With("month", month)
	case month <= today.Month(), quarterly && month <= quarterEnd(today.Month()):
		return nil
	case quarterly:
		return fault.Conflict("dues.too_early", "只能提前缴纳本季度的党费").With("month", month)
	}
	return fault.Conflict("dues.too_early", inWords(month)+"党费还不能缴纳，请到当月再缴").With("month", month)
}

// inWords is a month as people read it: 2026年11月.
func inWords(m model.Month) string { return m.First().Time().Format("2006年1月") }
