package member

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// ContactInput is a contact with a floating member (RULES 2.9, 2.10).
type ContactInput struct {
	OnDay model.Date `json:"on_day" validate:"required,date" label:"联系日期"`
	Way   string     `json:"way" validate:"required,oneof=PHONE WECHAT VISIT MEETING OTHER" label:"联系方式"`
	Note  string     `json:"note" validate:"required,text,max=500" label:"联系情况"`
}

// Contact is a recorded one.
type Contact struct {
	ID     int64      `json:"id"`
	OnDay  model.Date `json:"on_day"`
	Way    string     `json:"way"`
	Note   string     `json:"note"`
	ByName string     `json:"by_name"`
	At     time.Time  `json:"at"`
}

// AddContact records a contact: an administrator of either side, as long as the stay lasts.
//
// Faults: floating.dates; floating.decided.
func (s *Service) AddContact(ctx context.Context, v access.Viewer, floatingID int64, in ContactInput) (Contact, error) {
	var c Contact
	_, err := s.step(ctx, v, floatingID, either, func(tx model.Tx, f model.Floating, _ model.Org) error {
		if f.State != model.FloatingRegistered && f.State != model.FloatingActive {
			return decided(0, nil)
		}
		if in.OnDay > tx.Day() || in.OnDay < f.LeftOn {
			return fault.Invalid("floating.dates", "联系日期不能晚于今天，也不能早于外出日期")
		}
		row := model.FloatingContact{FloatingID: floatingID, OnDay: in.OnDay, Way: in.Way, Note: in.Note, AccountID: account(v), ByName: nameOf(v), At: tx.Now}
		err := tx.Create(&row).Error
		c = Contact{ID: row.ID, OnDay: row.OnDay, Way: row.Way, Note: row.Note, ByName: row.ByName, At: row.At}
		return err
	})
	return c, err
}

// Contacts lists the contacts of a stay that v sees, the newest first.
func (s *Service) Contacts(ctx context.Context, v access.Viewer, floatingID int64) ([]Contact, error) {
	tx := s.db.Read(ctx)
	if _, err := s.floatingOf(tx, v, floatingID); err != nil {
		return nil, err
	}
	var rows []Contact
	err := tx.Raw("SELECT id, on_day, way, note, by_name, at FROM floating_contact WHERE floating_id = ? ORDER BY on_day DESC, id DESC", floatingID).Scan(&rows).Error
	return rows, err
}
