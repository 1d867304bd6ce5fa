package collection

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// UseInput is dues that were used as a meeting decided.
type UseInput struct {
	OrgID     int64      `json:"org_id" validate:"min=1" label:"党组织"`
	Category  string     `json:"category" validate:"required,max=40" label:"使用项目"` // lookup dues_use
	AmountFen int64      `json:"amount_fen" validate:"min=1,max=100000000000" label:"金额"`
	Day       model.Date `json:"day" validate:"required,date" label:"使用日期"`
	Purpose   string     `json:"purpose" validate:"required,text,max=200" label:"用途"`
	VoucherNo string     `json:"voucher_no" validate:"required,text,max=64" label:"凭证号"`
	DecidedOn model.Date `json:"decided_on" validate:"required,date" label:"研究决定日期"`
}

// Use is dues that were used.
type Use struct {
	Entry
	Category  string     `json:"category"`
	Title     string     `json:"category_title"`
	Purpose   string     `json:"purpose"`
	VoucherNo string     `json:"voucher_no"`
	DecidedOn model.Date `json:"decided_on"`
}

// uses are seen by who leads, administers or collects there, and confirmed by who administers or collects.
func uses() register {
	return register{table: "dues_use", kind: "dues.use", what: "党费使用记录", of: "NULL AS to_org_id, '' AS to_path, x.category",
		sees: func(v access.Viewer, r record) bool { return readsOrg(v, r.Path) || handlesOrg(v, r.Path) },
		may:  func(v access.Viewer, r record) bool { return handlesOrg(v, r.Path) },
		move: func(r record) ledger.Transfer {
			return ledger.Transfer{Memo: "党费使用", From: ledger.DuesAccount(r.OrgID), To: ledger.DuesUsed(r.OrgID)}
		}}
}

// RecordUse writes a use of dues down, by an administrator; a second person confirms it. key is the caller's Idempotency-Key,
// or empty.
//
// Faults: not_found, auth.forbidden, dues.day_ahead, dues.use_undecided, dues.use_category, dues.key_used.
func (s *Service) RecordUse(ctx context.Context, v access.Viewer, key string, in UseInput) (Use, error) {
	var out Use
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := orgTo(tx, v, in.OrgID, readsOrg, worksOrg)
		if err != nil {
			return err
		}
		if err := in.check(tx); err != nil {
			return err
		}
		want := model.DuesUse{OrgID: o.ID, Category: in.Category, AmountFen: in.AmountFen, Day: in.Day, Purpose: strings.TrimSpace(in.Purpose),
			VoucherNo: strings.TrimSpace(in.VoucherNo), DecidedOn: in.DecidedOn, State: model.EntryRecorded,
			RecordedBy: &v.AccountID, RecordedAt: tx.Now, IdempotencyKey: keyOf(v, key)}
		u := want
		fresh, err := keep(tx, &u, want.IdempotencyKey)
		switch {
		case err != nil:
			return err
		case !fresh && (u.OrgID != want.OrgID || u.Category != want.Category || u.AmountFen != want.AmountFen || u.Day != want.Day ||
			u.Purpose != want.Purpose || u.VoucherNo != want.VoucherNo || u.DecidedOn != want.DecidedOn):
			return keyUsed()
		case fresh:
			audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.use.recorded", ObjectType: "dues_use", ObjectID: u.ID,
				After: map[string]any{"org_id": o.ID, "category": u.Category, "amount_fen": u.AmountFen, "day": u.Day, "voucher_no": u.VoucherNo, "decided_on": u.DecidedOn}})
		}
		out, err = useOf(tx, u.ID)
		return err
	})
	return out, err
}

func (in UseInput) check(tx model.Tx) error {
	if err := notAhead(tx, in.Day); err != nil {
		return err
	}
	if in.DecidedOn > in.Day {
		return fault.Invalid("dues.use_undecided", "党费须经集体研究决定后使用，研究决定日期不能晚于使用日期")
	}
	var known int64
	err := tx.Raw("SELECT count(*) FROM lookup WHERE list = ? AND code = ?", model.ListDuesUse, in.Category).Scan(&known).Error
	if err == nil && known == 0 {
		err = fault.Invalid("dues.use_category", "没有这种党费使用项目").With("field", "category")
	}
	return err
}

// ConfirmUse takes the money from the account. Faults: those of confirm.
func (s *Service) ConfirmUse(ctx context.Context, v access.Viewer, id int64) (Use, error) {
	return s.use(ctx, id, s.confirm(ctx, v, uses(), id))
}

// RejectUse ends one that was recorded wrongly. Faults: those of reject.
func (s *Service) RejectUse(ctx context.Context, v access.Viewer, id int64, reason string) (Use, error) {
	return s.use(ctx, id, s.reject(ctx, v, uses(), id, reason))
}

// ReverseUse takes a confirmed one back. Faults: those of reverse.
func (s *Service) ReverseUse(ctx context.Context, v access.Viewer, id int64, reason string) (Use, error) {
	return s.use(ctx, id, s.reverse(ctx, v, uses(), id, reason))
}

// UseFilter narrows the list.
type UseFilter struct {
	EntryFilter
	Category string `query:"category" validate:"max=40" label:"使用项目"`
}

// Uses lists the uses where v leads, administers or collects, the newest first, with their number.
func (s *Service) Uses(ctx context.Context, v access.Viewer, f UseFilter, offset, limit int) ([]Use, int64, error) {
	tx := s.db.Read(ctx)
	where, args := f.narrow(either("o.path", v.Reads(), v.Collects()))
	if f.Category != "" {
		where, args = where+" AND x.category = ?", append(args, f.Category)
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM dues_use x JOIN org o ON o.id = x.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Use{}
	err := tx.Raw(useSelect+" WHERE "+where+" ORDER BY x.day DESC, x.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

const useSelect = "SELECT " + entryColumns + `, x.category, coalesce(l.title, x.category) AS title, x.purpose, x.voucher_no, x.decided_on
FROM dues_use x LEFT JOIN lookup l ON l.list = '` + model.ListDuesUse + `' AND l.code = x.category` + entryPeople

func useOf(tx model.Tx, id int64) (u Use, err error) {
	return u, tx.Raw(useSelect+" WHERE x.id = ?", id).Take(&u).Error
}

func (s *Service) use(ctx context.Context, id int64, err error) (Use, error) {
	if err != nil {
		return Use{}, err
	}
	return useOf(s.db.Read(ctx), id)
}
