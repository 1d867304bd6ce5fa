package payment

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// payable says whether money may be recorded today for these bills of one branch (RULES 3.2.10-3.2.12). A month too far back
// wants a reason, and then somebody above who confirms.
//
// Faults: dues.wrong_amount, dues.too_late, dues.override_reason, dues.paid_on.
func payable(tx model.Tx, bills []model.DuesBill, in RecordInput) error {
	late := false
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
			if late = true; in.OverrideReason == "" {
				return fault.Invalid("dues.too_late", fmt.Sprintf("补缴一般不超过%d个月；经上级党委研究同意补缴的，请填写超期补缴理由，由上级党委管理员复核", back)).
					With("field", "override_reason")
			}
		}
		if ahead := b.Month > in.PaidOn.Month(); ahead && !(setting.Quarterly && b.Month <= quarterEnd(in.PaidOn.Month())) {
			return fault.Invalid("dues.paid_on", "缴纳日期不能早于党费所属月份，党费不能预缴")
		}
	}
	if in.OverrideReason != "" && !late {
		return fault.Invalid("dues.override_reason", "没有超期的月份，不用填写超期补缴理由")
	}
	return nil
}
