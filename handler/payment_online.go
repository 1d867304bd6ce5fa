package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/payment"
)

type newOrder struct {
	payment.PayInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) payOnline(ctx context.Context, v access.Viewer, in *newOrder) (payment.Paying, error) {
	return h.s.Payment.Pay(ctx, v, in.Key, in.PayInput)
}

func (h *Handler) payableBills(ctx context.Context, v access.Viewer, in *payment.PayableFilter) (payment.Payables, error) {
	return h.s.Payment.Payable(ctx, v, *in)
}

func (h *Handler) myPayments(ctx context.Context, v access.Viewer, in *page) (list[payment.OwnPayment], error) {
	offset, limit := in.rows(50)
	rows, total, err := h.s.Payment.MyPayments(ctx, v, offset, limit)
	return paged(rows, total, err)
}

func (h *Handler) myPayment(ctx context.Context, v access.Viewer, in *byID) (payment.OwnPayment, error) {
	return h.s.Payment.MyPayment(ctx, v, in.ID)
}

func (h *Handler) queryPayment(ctx context.Context, v access.Viewer, in *byID) (payment.OwnPayment, error) {
	return h.s.Payment.Query(ctx, v, in.ID)
}

func (h *Handler) cancelPayment(ctx context.Context, v access.Viewer, in *byID) (payment.OwnPayment, error) {
	return h.s.Payment.Cancel(ctx, v, in.ID)
}

func (h *Handler) paymentReceipt(ctx context.Context, v access.Viewer, in *byID) (payment.Receipt, error) {
	return h.s.Payment.Receipt(ctx, v, in.ID)
}

type receiptCheck struct {
	Number string `path:"number" validate:"max=64" label:"缴费编号"`
	Code   string `query:"code" validate:"required,max=64" label:"校验码"`
}

func (h *Handler) checkReceipt(ctx context.Context, _ access.Viewer, in *receiptCheck) (payment.Receipt, error) {
	return h.s.Payment.CheckReceipt(ctx, in.Number, in.Code)
}

type paymentClosing struct {
	byID
	payment.CloseInput
}

func (h *Handler) closePayment(ctx context.Context, v access.Viewer, in *paymentClosing) (payment.OwnPayment, error) {
	return h.s.Payment.Close(ctx, v, in.ID, in.CloseInput)
}
