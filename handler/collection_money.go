package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/collection"
)

// idempotent is the caller's name for a write that is made once.
type idempotent struct {
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

// because is a decision with its reason.
type because struct {
	byID
	Reason string `json:"reason" validate:"required,text,max=200" label:"原因"`
}

type depositInput struct {
	collection.DepositInput
	idempotent
}

func (h *Handler) recordDeposit(ctx context.Context, v access.Viewer, in *depositInput) (collection.Deposit, error) {
	return h.s.Collection.RecordDeposit(ctx, v, in.Key, in.DepositInput)
}

type entriesInput struct {
	collection.EntryFilter
	page
}

func (h *Handler) deposits(ctx context.Context, v access.Viewer, in *entriesInput) (list[collection.Deposit], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Collection.Deposits(ctx, v, in.EntryFilter, offset, limit))
}

func (h *Handler) confirmDeposit(ctx context.Context, v access.Viewer, in *byID) (collection.Deposit, error) {
	return h.s.Collection.ConfirmDeposit(ctx, v, in.ID)
}

func (h *Handler) rejectDeposit(ctx context.Context, v access.Viewer, in *because) (collection.Deposit, error) {
	return h.s.Collection.RejectDeposit(ctx, v, in.ID, in.Reason)
}

func (h *Handler) reverseDeposit(ctx context.Context, v access.Viewer, in *because) (collection.Deposit, error) {
	return h.s.Collection.ReverseDeposit(ctx, v, in.ID, in.Reason)
}

func (h *Handler) duesShares(ctx context.Context, _ access.Viewer, _ *empty) (list[collection.Share], error) {
	return items(h.s.Collection.Shares(ctx))
}

func (h *Handler) setDuesShare(ctx context.Context, v access.Viewer, in *collection.ShareInput) (list[collection.Share], error) {
	return items(h.s.Collection.SetShare(ctx, v, *in))
}

type duesDueInput struct {
	collection.DueFilter
	page
}

// dueList is a part of what is due with the sums of all.
type dueList struct {
	list[collection.Due]
	Sums collection.DueSums `json:"sums"`
}

func (h *Handler) remittancesDue(ctx context.Context, v access.Viewer, in *duesDueInput) (dueList, error) {
	offset, limit := in.rows(100)
	rows, total, sums, err := h.s.Collection.Dues(ctx, v, in.DueFilter, offset, limit)
	page, err := paged(rows, total, err)
	return dueList{page, sums}, err
}

type remittanceInput struct {
	collection.RemittanceInput
	idempotent
}

func (h *Handler) recordRemittance(ctx context.Context, v access.Viewer, in *remittanceInput) (collection.RecordedRemittance, error) {
	return h.s.Collection.RecordRemittance(ctx, v, in.Key, in.RemittanceInput)
}

type remittancesInput struct {
	collection.RemittanceFilter
	page
}

func (h *Handler) remittances(ctx context.Context, v access.Viewer, in *remittancesInput) (list[collection.Remittance], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Collection.Remittances(ctx, v, in.RemittanceFilter, offset, limit))
}

func (h *Handler) confirmRemittance(ctx context.Context, v access.Viewer, in *byID) (collection.Remittance, error) {
	return h.s.Collection.ConfirmRemittance(ctx, v, in.ID)
}

func (h *Handler) rejectRemittance(ctx context.Context, v access.Viewer, in *because) (collection.Remittance, error) {
	return h.s.Collection.RejectRemittance(ctx, v, in.ID, in.Reason)
}

func (h *Handler) reverseRemittance(ctx context.Context, v access.Viewer, in *because) (collection.Remittance, error) {
	return h.s.Collection.ReverseRemittance(ctx, v, in.ID, in.Reason)
}

type useInput struct {
	collection.UseInput
	idempotent
}

func (h *Handler) recordDuesUse(ctx context.Context, v access.Viewer, in *useInput) (collection.Use, error) {
	return h.s.Collection.RecordUse(ctx, v, in.Key, in.UseInput)
}

type usesInput struct {
	collection.UseFilter
	page
}

func (h *Handler) duesUses(ctx context.Context, v access.Viewer, in *usesInput) (list[collection.Use], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Collection.Uses(ctx, v, in.UseFilter, offset, limit))
}

func (h *Handler) confirmDuesUse(ctx context.Context, v access.Viewer, in *byID) (collection.Use, error) {
	return h.s.Collection.ConfirmUse(ctx, v, in.ID)
}

func (h *Handler) rejectDuesUse(ctx context.Context, v access.Viewer, in *because) (collection.Use, error) {
	return h.s.Collection.RejectUse(ctx, v, in.ID, in.Reason)
}

func (h *Handler) reverseDuesUse(ctx context.Context, v access.Viewer, in *because) (collection.Use, error) {
	return h.s.Collection.ReverseUse(ctx, v, in.ID, in.Reason)
}

type balancesInput struct {
	OrgID int64 `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	page
}

// balanceList is a part of the organisations with the sums of all.
type balanceList struct {
	list[collection.Balances]
	Sums collection.Holding `json:"sums"`
}

func (h *Handler) duesBalances(ctx context.Context, v access.Viewer, in *balancesInput) (balanceList, error) {
	offset, limit := in.rows(100)
	rows, total, sums, err := h.s.Collection.Balances(ctx, v, in.OrgID, offset, limit)
	page, err := paged(rows, total, err)
	return balanceList{page, sums}, err
}

type statementInput struct {
	collection.StatementFilter
	page
}

// statementList is a part of the lines of an account with what it comes to over all.
type statementList struct {
	list[collection.StatementLine]
	Account collection.Statement `json:"account"`
}

func (h *Handler) duesAccountEntries(ctx context.Context, v access.Viewer, in *statementInput) (statementList, error) {
	offset, limit := in.rows(100)
	st, lines, total, err := h.s.Collection.Statement(ctx, v, in.StatementFilter, offset, limit)
	page, err := paged(lines, total, err)
	return statementList{page, st}, err
}

func (h *Handler) duesPublications(ctx context.Context, v access.Viewer, in *byID) (list[collection.Publication], error) {
	return items(h.s.Collection.Publications(ctx, v, in.ID))
}

type previewInput struct {
	byID
	Year int `query:"year" validate:"required,min=2000,max=2199" label:"年度"`
}

func (h *Handler) previewDuesPublication(ctx context.Context, v access.Viewer, in *previewInput) (collection.YearAccount, error) {
	return h.s.Collection.PreviewPublication(ctx, v, in.ID, in.Year)
}

type publicationInput struct {
	byID
	collection.PublicationInput
}

func (h *Handler) publishDues(ctx context.Context, v access.Viewer, in *publicationInput) (collection.Publication, error) {
	return h.s.Collection.Publish(ctx, v, in.ID, in.PublicationInput)
}
