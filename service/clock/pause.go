package clock

import (
	"encoding/json"
	"fmt"

	"hongyun/model"
	"hongyun/service/calendar"
)

// PausesOf loads the pauses of the open limits of requests, by request and in order, in one query.
func PausesOf(tx model.Tx, ids ...int64) (map[int64][]Pause, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		RequestID           int64
		PausedOn, ResumedOn model.Date
		Reason              string
	}
	err := tx.Raw(`
		SELECT p.request_id, p.paused_on, p.resumed_on, coalesce(l.title, p.reason) AS reason FROM request_pause p
		JOIN request r ON r.id = p.request_id AND r.clock_seq = p.clock_seq
		LEFT JOIN lookup l ON l.list = 'pause_reason' AND l.code = p.reason
		WHERE p.request_id IN (`+tx.Dialect.Numbers()+`) ORDER BY p.id`, model.JSONList(ids)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("pauses: %w", err)
	}
	all := map[int64][]Pause{}
	for _, p := range rows {
		all[p.RequestID] = append(all[p.RequestID], Pause{From: p.PausedOn, Until: p.ResumedOn, Reason: p.Reason})
	}
	return all, nil
}

// Stored is what the column deadline of a request keeps: an open pause moves it only when it ends, so that a limit that stands
// still keeps the deadline that it had.
func (r Run) Stored(book *calendar.Book) (calendar.Deadline, error) {
	if n := len(r.Pauses); n > 0 && r.Pauses[n-1].Until == "" {
		r.Pauses = r.Pauses[:n-1]
	}
	return r.Deadline(book, "")
}

// PauseEnd is the last day of a pause that began on a day and may last so many working days; the day after it the limit goes on
// by itself.
func PauseEnd(book *calendar.Book, from model.Date, most int) (model.Date, error) {
	d, err := book.DeadlineAfter(from, most)
	return d.Date, err
}

// EndPauses lets the limits go on whose pause began so many working days ago, by the number of the day on which it began, and
// tells which requests these are. Each gets a step of the given action by the system, which the citizen may read. The pause ends
// on its last allowed day, whenever this runs. Recount has to follow: the deadlines have moved.
func EndPauses(tx model.Tx, action string, most func(model.Date) int) (ids []int64, err error) {
	over, err := pausesOver(tx, most)
	if err != nil || over == "" {
		return nil, err
	}
	lock := ""
	if tx.Dialect == model.Postgres {
		lock = " FOR UPDATE OF r"
	}
	ended := "WITH ended AS MATERIALIZED (" + tx.Dialect.Records("day", "text", "until", "text", "most", "bigint") + ")"
	if _, err := model.Exec(tx, ended+`
		INSERT INTO request_step (request_id, seq, action, from_state, to_state, actor_type, actor_name, department_id, note, public, at)
		SELECT r.id, r.steps + 1, ?, r.state, r.state, ?, '系统', r.department_id, '暂停满' || CAST(e.most AS text) || '个工作日，自动恢复计时', TRUE, ?
		FROM request r JOIN request_pause p ON p.request_id = r.id AND p.resumed_on = '' JOIN ended e ON e.day = p.paused_on
		WHERE r.paused`+lock, over, action, model.ActorSystem, tx.Now); err != nil {
		return nil, fmt.Errorf("end pauses: %w", err)
	}
	if _, err := model.Exec(tx, ended+`
		UPDATE request_pause SET resumed_on = e.until FROM ended e, request r, request_step s
		WHERE request_pause.resumed_on = '' AND e.day = request_pause.paused_on AND r.id = request_pause.request_id AND r.paused
			AND s.request_id = r.id AND s.seq = r.steps + 1 AND s.action = ?`, over, action); err != nil {
		return nil, fmt.Errorf("end pauses: %w", err)
	}
	err = tx.Raw(`
		UPDATE request SET paused = FALSE, steps = s.seq, updated_at = ? FROM request_step s
		WHERE request.paused AND s.request_id = request.id AND s.seq = request.steps + 1 AND s.action = ? RETURNING request.id`,
		tx.Now, action).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("end pauses: %w", err)
	}
	return ids, nil
}

// pausesOver is, as JSON, the days of beginning whose open pauses are over, each with its last day; empty: none is.
func pausesOver(tx model.Tx, most func(model.Date) int) (string, error) {
	var begun []model.Date
	if err := tx.Raw("SELECT DISTINCT paused_on FROM request_pause WHERE resumed_on = '' ORDER BY paused_on").Scan(&begun).Error; err != nil {
		return "", err
	}
	type end struct {
		Day   model.Date `json:"day"`
		Until model.Date `json:"until"`
		Most  int        `json:"most"`
	}
	var ends []end
	book := calendar.Of(tx)
	for _, day := range begun {
		until, err := PauseEnd(book, day, most(day))
		if err != nil {
			return "", err
		}
		if until < tx.Day() {
			ends = append(ends, end{day, until, most(day)})
		}
	}
	if ends == nil {
		return "", nil
	}
	raw, err := json.Marshal(ends)
	return string(raw), err
}
