package notify

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

// queueChunk keeps one INSERT below the parameters that SQLite takes.
const queueChunk = 1000

// Queue puts messages into their recipients' inboxes and on the way to their phones, when tx commits. It returns how many
// are new: a message whose kind, recipient and period exist already is left as it is. tx must be a transaction.
func (s *Service) Queue(tx model.Tx, messages ...Message) (int64, error) {
	rows := make([]model.Message, 0, len(messages))
	for _, m := range messages {
		row, err := s.row(tx, m)
		if err != nil {
			return 0, err
		}
		rows = append(rows, row)
	}
	// Two transactions that queue the same messages must not wait for each other crosswise.
	slices.SortFunc(rows, func(a, b model.Message) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.RecipientType, b.RecipientType),
			cmp.Compare(a.RecipientID, b.RecipientID), cmp.Compare(a.Period, b.Period))
	})
	var queued int64
	for chunk := range slices.Chunk(rows, queueChunk) {
		n, err := insert(tx, chunk)
		if err != nil {
			return 0, err
		}
		queued += n
	}
	if queued > 0 {
		s.wakeAfter(tx)
	}
	return queued, nil
}

func (s *Service) row(tx model.Tx, m Message) (model.Message, error) {
	if _, err := s.kind(m.Kind); err != nil {
		return model.Message{}, err
	}
	switch m.To.Type {
	case model.ToMember, model.ToAccount, model.ToContact:
	default:
		return model.Message{}, fmt.Errorf("notify: %s: unknown recipient type %q", m.Kind, m.To.Type)
	}
	if m.To.ID <= 0 || m.Period == "" {
		return model.Message{}, fmt.Errorf("notify: %s: a message needs a recipient and a period", m.Kind)
	}
	data := m.Data
	if data == nil {
		data = map[string]string{}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return model.Message{}, fmt.Errorf("notify: %s: %w", m.Kind, err)
	}
	return model.Message{Kind: m.Kind, RecipientType: m.To.Type, RecipientID: m.To.ID, Period: m.Period, Data: string(raw),
		Page: m.Page, Month: tx.Day().Month(), CreatedAt: tx.Now}, nil
}

// insert writes messages and, for those that are new, their deliveries.
func insert(tx model.Tx, rows []model.Message) (int64, error) {
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = []any{r.Kind, r.RecipientType, r.RecipientID, r.Period, r.Data, r.Page, r.Month, r.CreatedAt}
	}
	with, args := valuesOf(tx.Dialect, []column{{"kind", "text"}, {"recipient_type", "text"}, {"recipient_id", "bigint"},
		{"period", "text"}, {"data", "text"}, {"page", "text"}, {"month", "text"}, {"created_at", "time"}}, values)
	var fresh []model.Message
	err := tx.Raw(`WITH `+with+`
INSERT INTO message (kind, recipient_type, recipient_id, period, data, page, month, created_at)
SELECT kind, recipient_type, recipient_id, period, data, page, month, created_at FROM v WHERE true
ON CONFLICT DO NOTHING
RETURNING id, kind, month`, args...).Scan(&fresh).Error
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	deliveries := make([]model.Delivery, len(fresh))
	for i, m := range fresh {
		deliveries[i] = model.Delivery{MessageID: m.ID, Kind: m.Kind, Month: m.Month, State: model.DeliveryPending,
			NotBefore: tx.Now, UpdatedAt: tx.Now}
	}
	return int64(len(fresh)), tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&deliveries).Error
}

// QueueSelect queues one message for each row of a SELECT with the columns recipient_type, recipient_id, data (JSON text,
// see model.Dialect.JSONObject) and page (empty for the kind's own). It is two statements however many rows there are, and
// returns how many are new, as Queue does. tx must be a transaction.
func (s *Service) QueueSelect(tx model.Tx, kind, period, selectSQL string, args ...any) (int64, error) {
	if period == "" {
		return 0, errors.New("notify: " + kind + ": a message needs a period")
	}
	return s.queueSelect(tx, kind, period, selectSQL, args)
}

// QueueEach is QueueSelect for a SELECT that names the period of each row in a last column, period.
func (s *Service) QueueEach(tx model.Tx, kind, selectSQL string, args ...any) (int64, error) {
	return s.queueSelect(tx, kind, "", selectSQL, args)
}

// queueSelect queues what a SELECT names, for one period or, where that is empty, for the one that each row names.
func (s *Service) queueSelect(tx model.Tx, kind, period, selectSQL string, args []any) (int64, error) {
	if _, err := s.kind(kind); err != nil {
		return 0, err
	}
	// Two of these for the same kind would meet the same rows in different orders and lock each other up.
	if _, err := model.Exec(tx, `INSERT INTO sequence (name, value) VALUES (?, 1)
ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1`, "notify.queue/"+kind); err != nil {
		return 0, err
	}
	month := tx.Day().Month()
	columns, column, of, values := "", "CAST(? AS text)", "period = ?", []any{kind, period}
	if period == "" {
		columns, column, of, values = ", period", "q.period", "period <> ?", values[:1]
	}
	queued, err := model.Exec(tx, `WITH q (recipient_type, recipient_id, data, page`+columns+`) AS (`+selectSQL+`)
INSERT INTO message (kind, recipient_type, recipient_id, period, data, page, month, created_at)
SELECT ?, q.recipient_type, q.recipient_id, `+column+`, q.data, q.page, ?, ? FROM q WHERE true
ON CONFLICT DO NOTHING`, append(append(slices.Clone(args), values...), month, tx.Now)...)
	if err != nil || queued == 0 {
		return 0, err
	}
	// created_at leaves out what earlier transactions queued for the period; they have their deliveries.
	_, err = model.Exec(tx, `INSERT INTO delivery (message_id, kind, month, state, not_before, updated_at)
SELECT id, kind, month, ?, ?, ? FROM message WHERE kind = ? AND `+of+` AND created_at = ?
ON CONFLICT DO NOTHING`, model.DeliveryPending, tx.Now, tx.Now, kind, period, tx.Now)
	if err != nil {
		return 0, err
	}
	s.wakeAfter(tx)
	return queued, nil
}

// wakeAfter rings the dispatcher of this process when tx is about to commit.
func (s *Service) wakeAfter(tx model.Tx) {
	tx.Last(func(model.Tx) error {
		select {
		case s.wake <- struct{}{}:
		default:
		}
		return nil
	})
}
