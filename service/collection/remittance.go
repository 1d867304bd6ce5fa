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

// RemittanceInput is dues that are handed up for a quarter.
type RemittanceInput struct {
	OrgID      int64         `json:"org_id" validate:"min=1" label:"党组织"`
	Quarter    model.Quarter `json:"quarter" validate:"required,quarter" label:"季度"`
	AmountFen  int64         `json:"amount_fen" validate:"min=1,max=100000000000" label:"金额"`
	Day        model.Date    `json:"day" validate:"required,date" label:"上缴日期"`
	DocumentNo string        `json:"document_no" validate:"required,text,max=64" label:"凭证号"`
}

// Remittance is dues handed up, with what the rule asked for when it was recorded.
type Remittance struct {
	Entry
	ToOrgID    *int64        `json:"to_org_id"` // null: out of the platform
	ToOrgName  string        `json:"to_org_name"`
	Quarter    model.Quarter `json:"quarter"`
	IncomeFen  int64         `json:"income_fen"`
	ShareBP    int64         `json:"share_bp"` // 0 also where it was not decided
	DueFen     int64         `json:"due_fen"`
	DocumentNo string        `json:"document_no"`
}

// RecordedRemittance is a new remittance with a word of warning: more than is due may be handed up, knowingly.
type RecordedRemittance struct {
	Remittance
	OverFen int64  `json:"over_fen"` // more than what was open
	Warning string `json:"warning"`
}

// remittances are seen on both sides, and worked on by who receives them; at the top by the city's administrators.
func remittances() register {
	return register{table: "dues_remittance", kind: "dues.remit", what: "上缴记录",
		of: "x.to_org_id, coalesce((SELECT t.path FROM org t WHERE t.id = x.to_org_id), '') AS to_path, '' AS category",
		sees: func(v access.Viewer, r record) bool {
			return readsOrg(v, r.Path) || r.ToPath != "" && readsOrg(v, r.ToPath)
		},
		may: func(v access.Viewer, r record) bool {
			if r.ToOrgID == nil {
				return worksOrg(v, r.Path)
			}
			return worksOrg(v, r.ToPath)
		},
		move: func(r record) ledger.Transfer {
			t := ledger.Transfer{Memo: "上缴党费", From: ledger.DuesAccount(r.OrgID), To: ledger.DuesRemitted(r.OrgID)}
			if r.ToOrgID != nil {
				t.To = ledger.DuesAccount(*r.ToOrgID)
			}
			return t
		}}
}

// RecordRemittance writes down what an organisation hands up to the next one above that stands, out of what its account holds;
// an administrator of the receiving side confirms it, for the city a second one of the city. More than is due is allowed and
// warned of; more than the account holds is refused at confirmation. key is the caller's Idempotency-Key, or empty.
//
// Faults: not_found, auth.forbidden, dues.day_ahead, dues.quarter_ahead, dues.key_used.
func (s *Service) RecordRemittance(ctx context.Context, v access.Viewer, key string, in RemittanceInput) (RecordedRemittance, error) {
	var out RecordedRemittance
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := orgTo(tx, v, in.OrgID, readsOrg, worksOrg)
		if err != nil {
			return err
		}
		if err := notAhead(tx, in.Day); err != nil {
			return err
		}
		if in.Quarter > tx.Day().Month().Quarter() {
			return fault.Invalid("dues.quarter_ahead", "季度不能晚于本季度")
		}
		dues, err := duesOf(tx, in.Quarter, "o.id = ?", o.ID)
		if err != nil {
			return err
		}
		due := Due{Note: undecided}
		if len(dues) > 0 {
			due = dues[0]
		} else if due.ToOrgID, err = receiver(tx, o.Path); err != nil {
			return err
		}
		r, fresh, err := keepRemittance(tx, v, key, in, due)
		if err != nil {
			return err
		}
		if out.Remittance, err = remittanceOf(tx, r.ID); err != nil || !fresh {
			return err
		}
		out.OverFen, out.Warning = over(due, in.AmountFen)
		return nil
	})
	return out, err
}

func keepRemittance(tx model.Tx, v access.Viewer, key string, in RemittanceInput, due Due) (model.DuesRemittance, bool, error) {
	want := model.DuesRemittance{OrgID: in.OrgID, ToOrgID: due.ToOrgID, Quarter: in.Quarter, IncomeFen: due.IncomeFen, DueFen: due.DueFen, AmountFen: in.AmountFen,
		Day: in.Day, DocumentNo: strings.TrimSpace(in.DocumentNo), State: model.EntryRecorded, RecordedBy: &v.AccountID, RecordedAt: tx.Now, IdempotencyKey: keyOf(v, key)}
	if due.ShareBP != nil {
		want.ShareBP = *due.ShareBP
	}
	r := want
	fresh, err := keep(tx, &r, want.IdempotencyKey)
	switch {
	case err != nil:
	case fresh:
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.remit.recorded", ObjectType: "dues_remittance", ObjectID: r.ID,
			After: map[string]any{"org_id": r.OrgID, "to_org_id": r.ToOrgID, "quarter": r.Quarter, "amount_fen": r.AmountFen, "due_fen": r.DueFen, "document_no": r.DocumentNo}})
	case r.OrgID != want.OrgID || r.Quarter != want.Quarter || r.AmountFen != want.AmountFen || r.Day != want.Day || r.DocumentNo != want.DocumentNo:
		err = keyUsed()
	}
	return r, fresh, err
}

// receiver is the next organisation above the path that stands; nil above the city.
func receiver(tx model.Tx, path string) (*int64, error) {
	above, err := standing(tx)
	if up, ok := above.over(path); ok {
		return &up.ID, err
	}
	return nil, err
}

// over says by how much an amount is more than what was open, and was not recorded already.
func over(due Due, amountFen int64) (int64, string) {
	if due.ShareBP == nil {
		return amountFen, "本级上缴比例" + undecided + "，按规定暂无应缴数，请核对"
	}
	if more := amountFen - max(due.OpenFen-due.RecordedFen, 0); more > 0 {
		return more, "上缴金额多于本季度尚未上缴的金额，请核对"
	}
	return 0, ""
}

// ConfirmRemittance moves the money up. Faults: those of confirm.
func (s *Service) ConfirmRemittance(ctx context.Context, v access.Viewer, id int64) (Remittance, error) {
	return s.remittance(ctx, id, s.confirm(ctx, v, remittances(), id))
}

// RejectRemittance ends one that was recorded wrongly. Faults: those of reject.
func (s *Service) RejectRemittance(ctx context.Context, v access.Viewer, id int64, reason string) (Remittance, error) {
	return s.remittance(ctx, id, s.reject(ctx, v, remittances(), id, reason))
}

// ReverseRemittance takes a confirmed one back, out of what the receiving account holds. Faults: those of reverse.
func (s *Service) ReverseRemittance(ctx context.Context, v access.Viewer, id int64, reason string) (Remittance, error) {
	return s.remittance(ctx, id, s.reverse(ctx, v, remittances(), id, reason))
}

// RemittanceFilter narrows the list.
type RemittanceFilter struct {
	EntryFilter
	Quarter model.Quarter `query:"quarter" validate:"omitempty,quarter" label:"季度"`
}

// Remittances lists what was handed up by, or to, the organisations that v leads or administers, the newest first, with their number.
func (s *Service) Remittances(ctx context.Context, v access.Viewer, f RemittanceFilter, offset, limit int) ([]Remittance, int64, error) {
	tx := s.db.Read(ctx)
	from, args := v.Reads().Paths("o.path")
	to, more := v.Reads().Paths("t.path")
	where, args := f.narrow("("+from+" OR "+to+")", append(args, more...))
	if f.Quarter != "" {
		where, args = where+" AND x.quarter = ?", append(args, f.Quarter)
	}
	var total int64
	err := tx.Raw("SELECT count(*) FROM dues_remittance x JOIN org o ON o.id = x.org_id LEFT JOIN org t ON t.id = x.to_org_id WHERE "+where, args...).Scan(&total).Error
	if err != nil {
		return nil, 0, err
	}
	rows := []Remittance{}
	err = tx.Raw(remittanceSelect+" WHERE "+where+" ORDER BY x.day DESC, x.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

const remittanceSelect = "SELECT " + entryColumns + `, x.to_org_id, coalesce(t.name, '') AS to_org_name, x.quarter, x.income_fen, x.share_bp, x.due_fen, x.document_no
FROM dues_remittance x LEFT JOIN org t ON t.id = x.to_org_id` + entryPeople

func remittanceOf(tx model.Tx, id int64) (r Remittance, err error) {
	return r, tx.Raw(remittanceSelect+" WHERE x.id = ?", id).Take(&r).Error
}

func (s *Service) remittance(ctx context.Context, id int64, err error) (Remittance, error) {
	if err != nil {
		return Remittance{}, err
	}
	return remittanceOf(s.db.Read(ctx), id)
}
