package collection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// Entry is what deposits, remittances and uses have in common: one person records it, a second one confirms it, and only then
// does money move in the ledger.
type Entry struct {
	ID          int64      `json:"id"`
	OrgID       int64      `json:"org_id"`
	OrgName     string     `json:"org_name"`
	AmountFen   int64      `json:"amount_fen"`
	Day         model.Date `json:"day"`   // on which it happened; the ledger and the reports count the day of confirmation
	State       string     `json:"state"` // RECORDED, CONFIRMED, REJECTED, REVERSED
	RecordedBy  string     `json:"recorded_by"`
	RecordedAt  time.Time  `json:"recorded_at"`
	ConfirmedBy string     `json:"confirmed_by"`
	ConfirmedAt *time.Time `json:"confirmed_at"`
	EndedBy     string     `json:"ended_by"` // who rejected or reversed it
	EndedAt     *time.Time `json:"ended_at"`
	Reason      string     `json:"reason"` // why it was rejected or reversed
}

const entryColumns = `x.id, x.org_id, o.name AS org_name, x.amount_fen, x.day, x.state, x.recorded_at, x.confirmed_at, x.ended_at, x.reason,
  coalesce(rm.name, '') AS recorded_by, coalesce(cm.name, '') AS confirmed_by, coalesce(em.name, '') AS ended_by`

const entryPeople = ` JOIN org o ON o.id = x.org_id
LEFT JOIN account ra ON ra.id = x.recorded_by LEFT JOIN member rm ON rm.id = ra.member_id
LEFT JOIN account ca ON ca.id = x.confirmed_by LEFT JOIN member cm ON cm.id = ca.member_id
LEFT JOIN account ea ON ea.id = x.ended_by LEFT JOIN member em ON em.id = ea.member_id`

// EntryFilter narrows a list of entries. Empty fields narrow nothing.
type EntryFilter struct {
	OrgID int64      `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	State string     `query:"state" validate:"omitempty,oneof=RECORDED CONFIRMED REJECTED REVERSED" label:"状态"`
	From  model.Date `query:"from" validate:"omitempty,date" label:"起始日期"`
	To    model.Date `query:"to" validate:"omitempty,date" label:"截止日期"`
}

func (f EntryFilter) narrow(where string, args []any) (string, []any) {
	add := func(condition string, values ...any) {
		where, args = where+" AND "+condition, append(args, values...)
	}
	if f.OrgID != 0 {
		add("EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')", f.OrgID)
	}
	if f.State != "" {
		add("x.state = ?", f.State)
	}
	if f.From != "" {
		add("x.day >= ?", f.From)
	}
	if f.To != "" {
		add("x.day <= ?", f.To)
	}
	return where, args
}

// record is an entry as a decision about it needs it.
type record struct {
	ID         int64
	OrgID      int64
	Path       string
	ToOrgID    *int64
	ToPath     string
	Category   string
	AmountFen  int64
	State      string
	RecordedBy *int64
}

// register is one of the three tables of entries.
type register struct {
	table string
	kind  string // of the transfer; that of its opposite ends in .back
	what  string // Chinese: what an entry is called
	of    string // SQL: to_org_id, to_path and category of an entry x
	sees  func(v access.Viewer, r record) bool
	may   func(v access.Viewer, r record) bool // confirm, reject, reverse
	move  func(r record) ledger.Transfer       // memo, from and to
}

func (g register) read(tx model.Tx, v access.Viewer, id int64) (record, error) {
	var r record
	err := tx.Raw("SELECT x.id, x.org_id, o.path, "+g.of+", x.amount_fen, x.state, x.recorded_by FROM "+g.table+
		" x JOIN org o ON o.id = x.org_id WHERE x.id = ?", id).Take(&r).Error
	if model.NotFound(err) || err == nil && !g.sees(v, r) {
		err = fault.NotFound(g.what)
	}
	return r, err
}

// confirm moves the money, by a second person.
//
// Faults: not_found, auth.forbidden, dues.same_person, dues.changed, ledger.insufficient.
func (s *Service) confirm(ctx context.Context, v access.Viewer, g register, id int64) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := g.decide(tx, v, id, model.EntryRecorded, model.EntryConfirmed, "confirmed_by = ?, confirmed_at = ?", v.AccountID, tx.Now)
		if err != nil {
			return err
		}
		return g.post(tx, r, "")
	})
}

// reverse moves the money back by an opposite transfer. It takes a second person as well.
//
// Faults: those of confirm, dues.reason.
func (s *Service) reverse(ctx context.Context, v access.Viewer, g register, id int64, reason string) error {
	reason, err := reasoned(reason)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := g.decide(tx, v, id, model.EntryConfirmed, model.EntryReversed, "ended_by = ?, ended_at = ?, reason = ?", v.AccountID, tx.Now, reason)
		if err != nil {
			return err
		}
		return g.post(tx, r, "back")
	})
}

// reject ends an entry that nobody has confirmed: by who might confirm it, or by who recorded it.
//
// Faults: not_found, auth.forbidden, dues.changed, dues.reason.
func (s *Service) reject(ctx context.Context, v access.Viewer, g register, id int64, reason string) error {
	reason, err := reasoned(reason)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		_, err := g.decide(tx, v, id, model.EntryRecorded, model.EntryRejected, "ended_by = ?, ended_at = ?, reason = ?", v.AccountID, tx.Now, reason)
		return err
	})
}

// decide takes an entry from one state to the next. Money moves by a second person alone.
func (g register) decide(tx model.Tx, v access.Viewer, id int64, from, to, set string, values ...any) (record, error) {
	r, err := g.read(tx, v, id)
	if err != nil {
		return r, err
	}
	own := r.RecordedBy != nil && *r.RecordedBy == v.AccountID
	if !g.may(v, r) && !(own && to == model.EntryRejected) {
		return r, fault.Forbidden()
	}
	if to != model.EntryRejected {
		if err := secondPerson(tx, v, r.RecordedBy); err != nil {
			return r, err
		}
	}
	done, err := model.Exec(tx, "UPDATE "+g.table+" SET state = ?, "+set+" WHERE id = ? AND state = ?",
		slices.Concat([]any{to}, values, []any{id, from})...)
	if err == nil && done != 1 {
		err = fault.Conflict("dues.changed", "该"+g.what+"的状态已变化，请刷新后再试")
	}
	if err != nil {
		return r, err
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: g.kind + "." + strings.ToLower(to), ObjectType: g.table, ObjectID: id,
		Before: map[string]any{"state": from}, After: map[string]any{"state": to, "amount_fen": r.AmountFen}})
	return r, nil
}

// post moves the money of an entry, or back.
func (g register) post(tx model.Tx, r record, way string) error {
	t := g.move(r)
	t.Kind, t.Amount = g.kind, r.AmountFen
	if way == "back" {
		t.Kind, t.From, t.To, t.Memo = t.Kind+".back", t.To, t.From, t.Memo+"冲销"
	}
	t.Key = fmt.Sprintf("%s/%d", t.Kind, r.ID)
	_, err := ledger.Post(tx, t)
	return err
}

// keep writes a new entry down, once for each key of the same account. It tells false for one that was there already: found
// by its key it is read into row.
func keep[T any](tx model.Tx, row *T, key *string) (fresh bool, err error) {
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	if res.Error != nil || res.RowsAffected == 1 {
		return res.RowsAffected == 1, res.Error
	}
	*row = *new(T)
	if key == nil {
		return false, nil
	}
	return false, tx.Where("idempotency_key = ?", *key).Limit(1).Find(row).Error
}

// keyOf makes the caller's Idempotency-Key the account's own; nil for none.
func keyOf(v access.Viewer, key string) *string {
	if key == "" {
		return nil
	}
	own := fmt.Sprintf("%d/%s", v.AccountID, key)
	return &own
}

func keyUsed() error {
	return fault.Conflict("dues.key_used", "同一个 Idempotency-Key 已用于另一笔登记，请更换后重试")
}

func notAhead(tx model.Tx, day model.Date) error {
	if day > tx.Day() {
		return fault.Invalid("dues.day_ahead", "日期不能晚于今天")
	}
	return nil
}

func reasoned(reason string) (string, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return "", fault.Invalid("dues.reason", "请填写原因")
	}
	return reason, nil
}

// secondPerson refuses what the first person would do alone: another account is needed, and another member (RULES 3.2.17).
//
// Faults: dues.same_person.
func secondPerson(tx model.Tx, v access.Viewer, first *int64) error {
	if first == nil {
		return nil
	}
	var same int64
	err := tx.Raw("SELECT count(*) FROM account WHERE id = ? AND (id = ? OR member_id = (SELECT member_id FROM account WHERE id = ?))",
		*first, v.AccountID, v.AccountID).Scan(&same).Error
	if err == nil && same > 0 {
		err = fault.Conflict("dues.same_person", "复核须由登记人以外的人员办理")
	}
	return err
}

// handles is an SQL condition on a column of organisation paths: where v administers or collects.
func handles(v access.Viewer, column string) (string, []any) {
	return either(column, v.Works(), v.Collects())
}

func either(column string, a, b access.Scope) (string, []any) {
	one, args := a.Paths(column)
	other, more := b.Paths(column)
	return "(" + one + " OR " + other + ")", append(args, more...)
}

func handlesOrg(v access.Viewer, path string) bool {
	return v.Works().Covers(path) || v.Collects().Covers(path)
}

// orgTo reads an organisation for who may work with it; one that v only sees is forbidden. A dissolved one may still hold
// money, which goes on by the same way.
//
// Faults: not_found, auth.forbidden.
func orgTo(tx model.Tx, v access.Viewer, id int64, sees, may func(access.Viewer, string) bool) (model.Org, error) {
	var o model.Org
	err := tx.Where("id = ?", id).Take(&o).Error
	switch {
	case model.NotFound(err) || err == nil && !sees(v, o.Path) && !may(v, o.Path):
		return model.Org{}, fault.NotFound("组织")
	case err == nil && !may(v, o.Path):
		return model.Org{}, fault.Forbidden()
	}
	return o, err
}

func readsOrg(v access.Viewer, path string) bool { return v.Reads().Covers(path) }
func worksOrg(v access.Viewer, path string) bool { return v.Works().Covers(path) }
