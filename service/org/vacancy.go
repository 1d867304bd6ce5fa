package org

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// Vacancy is an organisation without an administrator (RULES 2.2), and who looks after it meanwhile.
type Vacancy struct {
	OrgID     int64  `json:"org_id"`
	OrgName   string `json:"org_name"`
	Type      string `json:"type"`
	AboveID   int64  `json:"above_id"` // the nearest organisation above that has an administrator; 0: none has
	AboveName string `json:"above_name"`
}

// climb finds, for every organisation without an administrator, the nearest one above that has one.
const climb = `
WITH RECURSIVE recipient AS MATERIALIZED (` + administrators + `
), staffed AS MATERIALIZED (SELECT DISTINCT org_id FROM recipient
), vacant AS MATERIALIZED (
  SELECT o.id, o.name, o.type, o.path, o.parent_id FROM org o LEFT JOIN staffed ON staffed.org_id = o.id
  WHERE o.dissolved_on IS NULL AND staffed.org_id IS NULL
), up (vacant_id, org_id) AS (
  SELECT id, parent_id FROM vacant WHERE parent_id IS NOT NULL
  UNION ALL
  SELECT up.vacant_id, o.parent_id FROM up JOIN org o ON o.id = up.org_id LEFT JOIN staffed ON staffed.org_id = up.org_id
  WHERE staffed.org_id IS NULL AND o.parent_id IS NOT NULL
), nearest AS (SELECT up.vacant_id, up.org_id FROM up JOIN staffed ON staffed.org_id = up.org_id)
`

// Vacancies lists the organisations without an administrator among those that v leads or administers: limit rows from
// offset on, and how many there are.
func (s *Service) Vacancies(ctx context.Context, v access.Viewer, offset, limit int) ([]Vacancy, int64, error) {
	where, args := v.Reads().Paths("vacant.path")
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw(climb+"SELECT count(*) FROM vacant WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	// Who looks after it may stand out of v's sight: v learns no name from above.
	sight, sightArgs := v.Reads().Paths("a.path")
	rows := []Vacancy{}
	err := tx.Raw(climb+`
SELECT vacant.id AS org_id, vacant.name AS org_name, vacant.type, coalesce(a.id, 0) AS above_id, coalesce(a.name, '') AS above_name
FROM vacant LEFT JOIN nearest ON nearest.vacant_id = vacant.id LEFT JOIN org a ON a.id = nearest.org_id AND `+sight+`
WHERE `+where+` ORDER BY vacant.path LIMIT ? OFFSET ?`, append(append(sightArgs, args...), limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// vacantTo is an organisation without an administrator and one person above to tell.
type vacantTo struct {
	OrgID         int64
	Org           string
	RecipientType string
	RecipientID   int64
}

// alarmVacancies tells the administrators of the nearest organisation above of every one that has none, once a month.
func (s *Service) alarmVacancies(ctx context.Context, r schedule.Run) (string, error) {
	month := r.Day.Month()
	var summary string
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var rows []vacantTo
		err := tx.Raw(climb + `
SELECT vacant.id AS org_id, vacant.name AS org, coalesce(r.recipient_type, '') AS recipient_type, coalesce(r.recipient_id, 0) AS recipient_id
FROM vacant LEFT JOIN nearest ON nearest.vacant_id = vacant.id LEFT JOIN recipient r ON r.org_id = nearest.org_id
ORDER BY vacant.path, r.recipient_type, r.recipient_id`).Scan(&rows).Error
		if err != nil {
			return err
		}
		orgs, nobody := map[int64]bool{}, 0
		var messages []notify.Message
		for _, d := range rows {
			orgs[d.OrgID] = true
			if d.RecipientID == 0 {
				nobody++
				continue
			}
			messages = append(messages, notify.Message{Kind: KindVacancy, Period: fmt.Sprintf("%s/%d", month, d.OrgID),
				To: notify.Recipient{Type: d.RecipientType, ID: d.RecipientID}, Data: map[string]string{"org": d.Org, "org_id": fmt.Sprint(d.OrgID)}})
		}
		queued, err := s.notify.Queue(tx, messages...)
		summary = fmt.Sprintf("%d个组织没有管理员，新发出提醒%d条", len(orgs), queued)
		if nobody > 0 {
			summary += fmt.Sprintf("；%d个组织的上级均没有管理员，无人可提醒", nobody)
		}
		return err
	})
	return summary, err
}
