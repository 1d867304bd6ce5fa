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

func (h *Handler) myBills(ctx context.Context, v access.Viewer, _ *empty) (list[dues.OwnBill], error) {
	return items(h.s.Dues.MyBills(ctx, v))
}

func (h *Handler) myBill(ctx context.Context, v access.Viewer, in *byID) (dues.OwnBill, error) {
	return h.s.Dues.MyBill(ctx, v, in.ID)
}

func (h *Handler) duesStatement(ctx context.Context, v access.Viewer, in *dues.StatementInput) (dues.Statement, error) {
	return h.s.Dues.Statement(ctx, v, *in)
}

type billCancellation struct {
	byID
	dues.CancelInput
}

func (h *Handler) cancelBill(ctx context.Context, v access.Viewer, in *billCancellation) (dues.Bill, error) {
	return h.s.Dues.Cancel(ctx, v, in.ID, in.CancelInput)
}
