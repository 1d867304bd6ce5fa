package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/payment"
)

type newPayment struct {
	byID
	payment.RecordInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) payBill(ctx context.Context, v access.Viewer, in *newPayment) (payment.Payment, error) {
	return h.s.Payment.Record(ctx, v, []int64{in.ID}, in.Key, in.RecordInput)
}

type newPayments struct {
	BillIDs []int64 `json:"bill_ids" validate:"required,min=1,max=60,unique,dive,min=1" label:"账单"`
	payment.RecordInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) payBills(ctx context.Context, v access.Viewer, in *newPayments) (payment.Payment, error) {
	return h.s.Payment.Record(ctx, v, in.BillIDs, in.Key, in.RecordInput)
}

type paymentsInput struct {
	payment.Filter
	page
}

// paymentList is a part of the payments with the sums of all.
type paymentList struct {
	list[payment.Payment]
	Sums payment.Sums `json:"sums"`
}

func (h *Handler) payments(ctx context.Context, v access.Viewer, in *paymentsInput) (paymentList, error) {
	offset, limit := in.rows(100)
	rows, sums, err := h.s.Payment.Payments(ctx, v, in.Filter, offset, limit)
	page, err := paged(rows, sums.Count, err)
	return paymentList{page, sums}, err
}

func (h *Handler) payment(ctx context.Context, v access.Viewer, in *byID) (payment.Card, error) {
	return h.s.Payment.Payment(ctx, v, in.ID)
}

func (h *Handler) confirmPayment(ctx context.Context, v access.Viewer, in *byID) (payment.Payment, error) {
	return h.s.Payment.Confirm(ctx, v, in.ID)
}

type reasonInput struct {
	byID
	Reason string `json:"reason" validate:"required,text,max=500" label:"原因"`
}

func (h *Handler) rejectPayment(ctx context.Context, v access.Viewer, in *reasonInput) (payment.Payment, error) {
	return h.s.Payment.Reject(ctx, v, in.ID, in.Reason)
}

func (h *Handler) reversePayment(ctx context.Context, v access.Viewer, in *reasonInput) (payment.Payment, error) {
	return h.s.Payment.Reverse(ctx, v, in.ID, in.Reason)
}

type newRefund struct {
	reasonInput
	BillID int64 `json:"bill_id" validate:"min=0" label:"账单"` // 0: all that the payment holds
}

func (h *Handler) requestRefund(ctx context.Context, v access.Viewer, in *newRefund) (list[payment.Refund], error) {
	return items(h.s.Payment.RequestRefund(ctx, v, in.ID, in.BillID, in.Reason))
}

type refundsInput struct {
	payment.RefundFilter
	page
}

func (h *Handler) refunds(ctx context.Context, v access.Viewer, in *refundsInput) (list[payment.Refund], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Payment.Refunds(ctx, v, in.RefundFilter, offset, limit))
}

type refundApproval struct {
	byID
	Note string `json:"note" validate:"max=500" label:"意见"`
}

func (h *Handler) approveRefund(ctx context.Context, v access.Viewer, in *refundApproval) (payment.Refund, error) {
	return h.s.Payment.ApproveRefund(ctx, v, in.ID, in.Note)
}

type refundRefusal struct {
	byID
	Note string `json:"note" validate:"required,text,max=500" label:"理由"`
}

func (h *Handler) rejectRefund(ctx context.Context, v access.Viewer, in *refundRefusal) (payment.Refund, error) {
	return h.s.Payment.RejectRefund(ctx, v, in.ID, in.Note)
}

func (h *Handler) payStatements(ctx context.Context, _ access.Viewer, in *page) (list[payment.Statement], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Payment.Statements(ctx, offset, limit))
}

type differencesInput struct {
	payment.DifferenceFilter
	page
}

func (h *Handler) payDifferences(ctx context.Context, _ access.Viewer, in *differencesInput) (list[payment.Difference], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Payment.Differences(ctx, in.DifferenceFilter, offset, limit))
}

type resolutionInput struct {
	byID
	Resolution string `json:"resolution" validate:"required,text,min=4,max=500" label:"处理情况"`
}

func (h *Handler) resolveDifference(ctx context.Context, v access.Viewer, in *resolutionInput) (payment.Difference, error) {
	return h.s.Payment.Resolve(ctx, v, in.ID, in.Resolution)
}

type newSpecial struct {
	payment.SpecialInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) recordSpecial(ctx context.Context, v access.Viewer, in *newSpecial) (payment.Special, error) {
	return h.s.Payment.RecordSpecial(ctx, v, in.Key, in.SpecialInput)
}

type specialsInput struct {
	payment.SpecialFilter
	page
}

// specialList is a part of the special payments with the sums of all.
type specialList struct {
	list[payment.Special]
	Sums payment.SpecialSums `json:"sums"`
}

func (h *Handler) specials(ctx context.Context, v access.Viewer, in *specialsInput) (specialList, error) {
	offset, limit := in.rows(100)
	rows, sums, err := h.s.Payment.Specials(ctx, v, in.SpecialFilter, offset, limit)
	page, err := paged(rows, sums.Count, err)
	return specialList{page, sums}, err
}

func (h *Handler) confirmSpecial(ctx context.Context, v access.Viewer, in *byID) (payment.Special, error) {
	return h.s.Payment.ConfirmSpecial(ctx, v, in.ID)
}

func (h *Handler) rejectSpecial(ctx context.Context, v access.Viewer, in *reasonInput) (payment.Special, error) {
	return h.s.Payment.RejectSpecial(ctx, v, in.ID, in.Reason)
}

func (h *Handler) reverseSpecial(ctx context.Context, v access.Viewer, in *reasonInput) (payment.Special, error) {
	return h.s.Payment.ReverseSpecial(ctx, v, in.ID, in.Reason)
}

type forwardInput struct {
	byID
	payment.ForwardInput
}

func (h *Handler) forwardSpecial(ctx context.Context, v access.Viewer, in *forwardInput) (payment.Special, error) {
	return h.s.Payment.ForwardSpecial(ctx, v, in.ID, in.ForwardInput)
}
