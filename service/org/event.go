package org

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Event is a change of an organisation. Before and After hold what differs.
type Event struct {
	ID         int64          `json:"id"`
	Version    int64          `json:"version"` // of the organisation, that the event made
	Kind       string         `json:"kind"`
	On         model.Date     `json:"on"`
	OtherOrgID *int64         `json:"other_org_id"` // the new parent, what it was merged into, or what it took in
	OtherName  string         `json:"other_name"`
	DocumentNo string         `json:"document_no"`
	Note       string         `json:"note"`
	Before     map[string]any `json:"before"`
	After      map[string]any `json:"after"`
	ByName     string         `json:"by_name"` // empty: an import or the platform itself
	At         time.Time      `json:"at"`
}

// History lists an organisation's events, the newest first, for those who lead or administer it or one above it. It stays
// readable when the organisation is dissolved. limit rows from offset on, and how many there are.
func (s *Service) History(ctx context.Context, v access.Viewer, id int64, offset, limit int) ([]Event, int64, error) {
	tx := s.db.Read(ctx)
	if _, err := findEver(tx, v, id); err != nil {
		return nil, 0, err
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM org_event WHERE org_id = ?", id).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err := events(tx, "e.org_id = ? ORDER BY e.id DESC LIMIT ? OFFSET ?", id, limit, offset)
	return rows, total, err
}

// events reads events with the names that belong to them.
func events(tx model.Tx, where string, args ...any) ([]Event, error) {
	var rows []struct {
		ID, Version                 int64
		Kind                        string
		OnDay                       model.Date
		OtherOrgID                  *int64
		OtherName, DocumentNo       string
		Note, Before, After, ByName string
		At                          time.Time
	}
	err := tx.Raw(`
SELECT e.id, e.version, e.kind, e.on_day, e.other_org_id, coalesce(o.name, '') AS other_name, e.document_no, e.note, e.before, e.after,
       coalesce(m.name, '') AS by_name, e.at
FROM org_event e
LEFT JOIN org o ON o.id = e.other_org_id
LEFT JOIN account a ON a.id = e.account_id
LEFT JOIN member m ON m.id = a.member_id
WHERE `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]Event, len(rows))
	for i, r := range rows {
		out[i] = Event{ID: r.ID, Version: r.Version, Kind: r.Kind, On: r.OnDay, OtherOrgID: r.OtherOrgID, OtherName: r.OtherName,
			DocumentNo: r.DocumentNo, Note: r.Note, Before: map[string]any{}, After: map[string]any{}, ByName: r.ByName, At: r.At}
		for text, into := range map[*string]*map[string]any{&r.Before: &out[i].Before, &r.After: &out[i].After} {
			if *text == "" {
				continue
			}
			if err := json.Unmarshal([]byte(*text), into); err != nil {
				return nil, fmt.Errorf("event %d: %w", r.ID, err)
			}
		}
	}
	return out, nil
}

// stale refuses a change by somebody who saw an older version, and tells what has changed since.
func stale(tx model.Tx, o model.Org, version int64) error {
	if o.Version == version {
		return nil
	}
	changes, err := events(tx, "e.org_id = ? AND e.version > ? ORDER BY e.id", o.ID, version)
	if err != nil {
		return err
	}
	return fault.Conflict("org.changed", "该组织已被他人修改，请核对最新内容后重新提交").With("version", o.Version).With("changes", changes)
}

// happened is an event to be written.
type happened struct {
	kind             string
	on               model.Date
	other            *int64
	documentNo, note string
	before, after    map[string]any
}

// record writes the event of a change that made o what it is, and the audit entry.
func record(tx model.Tx, v access.Viewer, o model.Org, e happened) error {
	before, err := text(e.before)
	if err != nil {
		return err
	}
	after, err := text(e.after)
	if err != nil {
		return err
	}
	row := model.OrgEvent{OrgID: o.ID, Version: o.Version, Kind: e.kind, OnDay: e.on, OtherOrgID: e.other, DocumentNo: e.documentNo, Note: e.note,
		Before: before, After: after, AccountID: accountOf(v), At: tx.Now}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "org." + auditWords[e.kind], ObjectType: "org", ObjectID: o.ID, Before: e.before, After: e.after})
	return nil
}

var auditWords = map[string]string{model.OrgCreated: "create", model.OrgChanged: "change", model.OrgRenamed: "rename", model.OrgMoved: "move",
	model.OrgMerged: "merge", model.OrgAbsorbed: "absorb", model.OrgDissolved: "dissolve"}

func accountOf(v access.Viewer) *int64 {
	if v.AccountID == 0 {
		return nil
	}
	return &v.AccountID
}

func text(facts map[string]any) (string, error) {
	if len(facts) == 0 {
		return "", nil
	}
	b, err := json.Marshal(facts)
	return string(b), err
}

// differing keeps of two sets of facts what differs.
func differing(before, after map[string]any) (map[string]any, map[string]any) {
	was, is := map[string]any{}, map[string]any{}
	for key := range after {
		if before[key] != after[key] {
			was[key], is[key] = before[key], after[key]
		}
	}
	return was, is
}
