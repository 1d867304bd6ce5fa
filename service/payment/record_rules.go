package payment

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// payable says whether money may be recorded today for these bills of one branch (RULES 3.2.10-3.2.12).
//
// Faults: dues.wrong_amount, dues.too_late, dues.override_reason, dues.paid_on.
func payable(tx model.Tx, v access.Viewer, bills []model.DuesBill, path string, in RecordInput) error {
	var sum int64
	for _, b := range bills {
		sum += b.AmountFen
	}
	if in.AmountFen != sum {
		return fault.Invalid("dues.wrong_amount", fmt.Sprintf("缴纳金额须与应缴金额%s元一致", yuan(sum))).With("amount_fen", sum)
	}
	if in.PaidOn > tx.Day() {
		return fault.Invalid("dues.paid_on", "缴纳日期不能晚于今天")
	}
	numbers, err := rule.Load(tx, "dues", tx.Day())
	if err != nil {
		return err
	}
	back := numbers.Int("BACK_PAY_MONTHS")
	setting, err := settingOf(tx, bills[0].OrgID)
	if err != nil {
		return err
	}
	for _, b := range bills {
		if tooLate(b.Month, tx.Day(), back) {
			if !above(v, path) {
				return fault.Invalid("dues.too_late", fmt.Sprintf("补缴一般不超过%d个月，该月党费请报上级党委处理", back))
			}
			if in.OverrideReason == "" {
				return fault.Invalid("dues.override_reason", fmt.Sprintf("补缴一般不超过%d个月，请填写超期补缴的理由", back))
			}
		}
		if ahead := b.Month > in.PaidOn.Month(); ahead && !(setting.Quarterly && b.Month <= quarterEnd(in.PaidOn.Month())) {
			return fault.Invalid("dues.paid_on", "缴纳日期不能早于党费所属月份，党费不能预缴")
		}
	}
	return nil
}
