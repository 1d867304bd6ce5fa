package payment

import (
	"context"
	"errors"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// PayableFilter asks for another member of the own branch, by id or by the whole name; empty: for oneself.
type PayableFilter struct {
	MemberID int64  `query:"member_id" validate:"min=0" label:"党员"`
	Name     string `query:"name" validate:"max=50" label:"姓名"`
}

// Payables are bills that are not paid, and whether they can be paid online at all.
type Payables struct {
	Online       bool      `json:"online"`         // a merchant account is configured
	PayForOthers bool      `json:"pay_for_others"` // the own branch lets members pay for each other
	Items        []Payable `json:"items"`
}

// Payable is a bill that is not paid, with why it can or cannot be paid now. What it was worked out from is given for the own
// bills alone.
type Payable struct {
	BillID        int64       `json:"bill_id"`
	MemberID      int64       `json:"member_id"`
	MemberName    string      `json:"member_name"`
	OrgID         int64       `json:"org_id"`
	OrgName       string      `json:"org_name"`
	Month         model.Month `json:"month"`
	Category      string      `json:"category"`
	CategoryTitle string      `json:"category_title"`
	AmountFen     int64       `json:"amount_fen"`
	BaseFen       *int64      `json:"base_fen"`
	RateBP        *int64      `json:"rate_bp"`
	Clause        *string     `json:"clause"`
	Payable       bool        `json:"payable"`
	Why           string      `json:"why"` // in Chinese; why not

	PaymentID    *int64     `json:"payment_id"` // that holds it now
	PaymentState string     `json:"payment_state"`
	PaymentOwn   bool       `json:"payment_own"` // v opened it
	ExpiresAt    *time.Time `json:"expires_at"`
}

// Payable lists v's unpaid bills, or those of other members of v's branch where it lets members pay for each other; oldest
// first. Whom v may not pay for is not found by id, and not listed by name.
func (s *Service) Payable(ctx context.Context, v access.Viewer, f PayableFilter) (Payables, error) {
	tx := s.db.Read(ctx)
	setting, err := settingOf(tx, v.OrgID)
	if err != nil {
		return Payables{}, err
	}
	out := Payables{Online: s.pay != nil, PayForOthers: setting.PayForOthers, Items: []Payable{}}
	members, err := payees(tx, v, f, setting.PayForOthers)
	if err != nil || len(members) == 0 {
		return out, err
	}
	err = tx.Raw(`SELECT b.id AS bill_id, b.member_id, m.name AS member_name, b.org_id, o.name AS org_name, b.month, b.category,
  coalesce(l.title, '') AS category_title, b.amount_fen, CASE WHEN b.member_id = ? THEN a.base_fen END AS base_fen,
  CASE WHEN b.member_id = ? THEN a.rate_bp END AS rate_bp, CASE WHEN b.member_id = ? THEN a.clause END AS clause,
  p.id AS payment_id, coalesce(p.state, '') AS payment_state, coalesce(p.recorded_by = ?, FALSE) AS payment_own, p.expires_at
FROM dues_bill b JOIN member m ON m.id = b.member_id JOIN org o ON o.id = b.org_id
LEFT JOIN lookup l ON l.list = 'dues_category' AND l.code = b.category LEFT JOIN dues_assessment a ON a.id = b.assessment_id
LEFT JOIN dues_payment_bill pb ON pb.bill_id = b.id AND pb.live LEFT JOIN dues_payment p ON p.id = pb.payment_id
WHERE b.state = 'UNPAID' AND `+tx.Dialect.OneOf("b.member_id", tx.Dialect.Numbers())+` ORDER BY b.month, m.name, b.id`,
		v.MemberID, v.MemberID, v.MemberID, v.AccountID, model.JSONList(members)).Scan(&out.Items).Error
	if err != nil {
		return out, err
	}
	return out, judge(tx, out.Items)
}

// payees are the members whose bills are asked for.
func payees(tx model.Tx, v access.Viewer, f PayableFilter, others bool) (members []int64, err error) {
	switch {
	case f.MemberID != 0:
		if mayPayFor(tx, v, []int64{f.MemberID}) != nil {
			return nil, fault.NotFound("党员")
		}
		return []int64{f.MemberID}, nil
	case f.Name == "":
		return []int64{v.MemberID}, nil
	case !others:
		return nil, nil
	}
	err = tx.Model(&model.Member{}).Where("org_id = ? AND name = ? AND standing = ?", v.OrgID, f.Name, model.StandingActive).Order("id").Pluck("id", &members).Error
	return members, err
}

// judge says of each bill whether it can be paid online now, and why not.
func judge(tx model.Tx, bills []Payable) error {
	rules, err := rule.Load(tx, "dues", tx.Day())
	if err != nil {
		return err
	}
	settings := map[int64]model.DuesSetting{}
	for i := range bills {
		b := &bills[i]
		setting, known := settings[b.OrgID]
		if !known {
			if setting, err = settingOf(tx, b.OrgID); err != nil {
				return err
			}
			settings[b.OrgID] = setting
		}
		var why *fault.Fault
		switch {
		case b.PaymentState == model.PaymentRecorded:
			b.Why = "已登记缴纳，正在等待复核"
		case b.PaymentState == model.PaymentOpen && !b.PaymentOwn:
			b.Why = "正在网上缴纳"
		case errors.As(payableNow(b.Month, tx.Day(), rules.Int("BACK_PAY_MONTHS"), setting.Quarterly), &why):
			b.Why = why.Message
		default:
			b.Payable = true
		}
	}
	return nil
}
