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

// DepositInput is cash that was carried to the dues account. The account may in truth be the committee's: in the ledger each
// organisation has its own.
type DepositInput struct {
	OrgID     int64      `json:"org_id" validate:"min=1" label:"党组织"`
	AmountFen int64      `json:"amount_fen" validate:"min=1,max=100000000000" label:"金额"`
	Day       model.Date `json:"day" validate:"required,date" label:"存款日期"`
	SlipNo    string     `json:"slip_no" validate:"required,text,max=64" label:"存款凭证号"`
}

// Deposit is cash that was carried to the dues account.
type Deposit struct {
	Entry
	SlipNo string `json:"slip_no"`
}

// deposits are seen and worked on by who collects or administers there.
func deposits() register {
	may := func(v access.Viewer, r record) bool { return handlesOrg(v, r.Path) }
	return register{table: "dues_deposit", kind: "dues.deposit", what: "存款记录", of: "NULL AS to_org_id, '' AS to_path, '' AS category", sees: may, may: may,
		move: func(r record) ledger.Transfer {
			return ledger.Transfer{Memo: "党费现金存入账户", From: ledger.DuesCash(r.OrgID), To: ledger.DuesAccount(r.OrgID)}
		}}
}

// RecordDeposit writes a deposit down; a second person confirms it. key is the caller's Idempotency-Key, or empty.
//
// Faults: not_found, auth.forbidden, dues.day_ahead, dues.slip_used, dues.key_used.
func (s *Service) RecordDeposit(ctx context.Context, v access.Viewer, key string, in DepositInput) (Deposit, error) {
	var out Deposit
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := orgTo(tx, v, in.OrgID, readsOrg, handlesOrg)
		if err != nil {
			return err
		}
		if err := notAhead(tx, in.Day); err != nil {
			return err
		}
		want := model.DuesDeposit{OrgID: o.ID, AmountFen: in.AmountFen, Day: in.Day, SlipNo: strings.TrimSpace(in.SlipNo), State: model.EntryRecorded,
			RecordedBy: &v.AccountID, RecordedAt: tx.Now, IdempotencyKey: keyOf(v, key)}
		d := want
		fresh, err := keep(tx, &d, want.IdempotencyKey)
		switch {
		case err != nil:
			return err
		case d.ID == 0:
			return fault.Conflict("dues.slip_used", "该存款凭证号已经登记过，请核对")
		case !fresh && (d.OrgID != want.OrgID || d.AmountFen != want.AmountFen || d.Day != want.Day || d.SlipNo != want.SlipNo):
			return keyUsed()
		case fresh:
			audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.deposit.recorded", ObjectType: "dues_deposit", ObjectID: d.ID,
				After: map[string]any{"org_id": o.ID, "amount_fen": d.AmountFen, "day": d.Day, "slip_no": d.SlipNo}})
		}
		out, err = depositOf(tx, d.ID)
		return err
	})
	return out, err
}

// ConfirmDeposit brings the cash to the account.
//
// Faults: those of confirm.
func (s *Service) ConfirmDeposit(ctx context.Context, v access.Viewer, id int64) (Deposit, error) {
	return s.deposit(ctx, id, s.confirm(ctx, v, deposits(), id))
}

// RejectDeposit ends a deposit that was recorded wrongly. Faults: those of reject.
func (s *Service) RejectDeposit(ctx context.Context, v access.Viewer, id int64, reason string) (Deposit, error) {
	return s.deposit(ctx, id, s.reject(ctx, v, deposits(), id, reason))
}

// ReverseDeposit takes a confirmed deposit back. Faults: those of reverse.
func (s *Service) ReverseDeposit(ctx context.Context, v access.Viewer, id int64, reason string) (Deposit, error) {
	return s.deposit(ctx, id, s.reverse(ctx, v, deposits(), id, reason))
}

// Deposits lists the deposits where v collects or administers, the newest first, with their number.
func (s *Service) Deposits(ctx context.Context, v access.Viewer, f EntryFilter, offset, limit int) ([]Deposit, int64, error) {
	tx := s.db.Read(ctx)
	where, args := f.narrow(handles(v, "o.path"))
	var total int64
	if err := tx.Raw("SELECT count(*) FROM dues_deposit x JOIN org o ON o.id = x.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Deposit{}
	err := tx.Raw(depositSelect+" WHERE "+where+" ORDER BY x.day DESC, x.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

const depositSelect = "SELECT " + entryColumns + ", x.slip_no FROM dues_deposit x" + entryPeople

func depositOf(tx model.Tx, id int64) (d Deposit, err error) {
	return d, tx.Raw(depositSelect+" WHERE x.id = ?", id).Take(&d).Error
}

// deposit reads the deposit that something was done with.
func (s *Service) deposit(ctx context.Context, id int64, err error) (Deposit, error) {
	if err != nil {
		return Deposit{}, err
	}
	return depositOf(s.db.Read(ctx), id)
}
