package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/dues"
)

func (h *Handler) duesCalculator(ctx context.Context, _ access.Viewer, in *dues.CalculatorInput) (dues.Amount, error) {
	return h.s.Dues.Calculator(ctx, *in)
}

type billsInput struct {
	dues.Filter
	page
}

// billList is a part of the bills with the sums of all.
type billList struct {
	list[dues.Bill]
	Sums dues.Sums `json:"sums"`
}

func (h *Handler) bills(ctx context.Context, v access.Viewer, in *billsInput) (billList, error) {
	offset, limit := in.rows(100)
	rows, sums, err := h.s.Dues.Bills(ctx, v, in.Filter, offset, limit)
	page, err := paged(rows, sums.Count, err)
	return billList{page, sums}, err
}

type newPayment struct {
	byID
	dues.PaymentInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) payBill(ctx context.Context, v access.Viewer, in *newPayment) (dues.Payment, error) {
	return h.s.Dues.Pay(ctx, v, in.ID, in.Key, in.PaymentInput)
}

func (h *Handler) myBills(ctx context.Context, v access.Viewer, _ *empty) (list[dues.OwnBill], error) {
	return items(h.s.Dues.MyBills(ctx, v))
}
