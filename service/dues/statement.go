package dues

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/access"
)

// Statement is a member's year.
type Statement struct {
	Year       int                `json:"year"`
	Months     []StatementMonth   `json:"months"`      // twelve
	PayableFen int64              `json:"payable_fen"` // paid and unpaid
	PaidFen    int64              `json:"paid_fen"`
	UnpaidFen  int64              `json:"unpaid_fen"`
	Payments   []StatementPayment `json:"payments"`
}

// StatementMonth is one month of it; without a bill its state is empty.
type StatementMonth struct {
	Month         model.Month `json:"month"`
	BillID        *int64      `json:"bill_id"`
	Category      string      `json:"category"`
	CategoryTitle string      `json:"category_title"`
	AmountFen     int64       `json:"amount_fen"`
	State         string      `json:"state"`
	Payment       string      `json:"payment_state"`
	PaidOn        *model.Date `json:"paid_on"`
	ReceiptNo     string      `json:"receipt_no"`
}

// StatementPayment is a settled payment for bills of the year.
type StatementPayment struct {
	ID        int64         `json:"id"`
	ReceiptNo string        `json:"receipt_no"`
	Method    string        `json:"method"`
	PaidOn    model.Date    `json:"paid_on"`
	AmountFen int64         `json:"amount_fen"` // for the member's own bills of the year
	Months    []model.Month `json:"months"`
}

// StatementInput names the year; the present one if it is 0.
type StatementInput struct {
	Year int `query:"year" validate:"omitempty,min=2000,max=2200" label:"年份"`
}

// Statement is v's own year: what each month asked for, what was paid, and the numbers of the receipts.
func (s *Service) Statement(ctx context.Context, v access.Viewer, in StatementInput) (Statement, error) {
	tx := s.db.Read(ctx)
	if in.Year == 0 {
		in.Year = tx.Day().Year()
	}
	year := model.Month(fmt.Sprintf("%04d-01", in.Year))
	own, err := ownBills(tx, "b.member_id = ? AND b.month BETWEEN ? AND ? ORDER BY b.month", v.MemberID, year, year.Add(11))
	if err != nil {
		return Statement{}, err
	}
	return statementOf(year, own), nil
}

func statementOf(year model.Month, own []OwnBill) Statement {
	s := Statement{Year: year.First().Year(), Months: make([]StatementMonth, 12), Payments: []StatementPayment{}}
	of := map[model.Month]OwnBill{}
	for _, b := range own {
		of[b.Month] = b
	}
	at := map[string]int{} // of payments, by receipt
	for i := range s.Months {
		month := year.Add(i)
		b, ok := of[month]
		if !ok {
			s.Months[i] = StatementMonth{Month: month}
			continue
		}
		s.Months[i] = StatementMonth{month, &b.ID, b.Category, b.CategoryTitle, b.AmountFen, b.State, b.Payment, b.PaidOn, b.ReceiptNo}
		switch b.State {
		case model.BillPaid:
			s.PaidFen += b.AmountFen
			s.PayableFen += b.AmountFen
		case model.BillUnpaid:
			s.UnpaidFen += b.AmountFen
			s.PayableFen += b.AmountFen
		}
		if b.State != model.BillPaid || b.ReceiptNo == "" {
			continue
		}
		n, ok := at[b.ReceiptNo]
		if !ok {
			n = len(s.Payments)
			at[b.ReceiptNo] = n
			s.Payments = append(s.Payments, StatementPayment{ID: *b.PaymentID, ReceiptNo: b.ReceiptNo, Method: b.Method, PaidOn: *b.PaidOn})
		}
		s.Payments[n].AmountFen += b.AmountFen
		s.Payments[n].Months = append(s.Payments[n].Months, month)
	}
	return s
}
