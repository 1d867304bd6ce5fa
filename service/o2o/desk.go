package o2o

import (
	"context"
	"crypto/rand"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// deskAppID stands in a contact for the window: behind it is somebody who called or came and has no account.
const deskAppID = "desk"

// WriteDown takes in a request for somebody who called or came, at the window. The first step is the clerk's. The same key with the
// same words returns the same request, with others it is fault.Conflict "o2o.key_reused".
func (s *Service) WriteDown(ctx context.Context, v access.Viewer, in SubmitInput, key string) (d Detail, err error) {
	if !v.WorksDesk() {
		return d, fault.Forbidden()
	}
	if err := checkSubmit(&in); err != nil {
		return d, err
	}
	who := rand.Text()
	if key != "" {
		who = "key-" + s.vault.Index("desk/"+key)
	}
	r := in.request(model.SourceDesk)
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		c := model.Contact{AppID: deskAppID, OpenID: who, CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&c)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			var old model.Request
			if err := tx.Where("contact_id = (SELECT id FROM contact WHERE appid = ? AND openid = ?)", deskAppID, who).Take(&old).Error; err != nil {
				return err
			}
			if !sameWords(old, r) {
				return keyReused()
			}
			d, err = s.detail(tx, v, old.ID)
			return err
		}
		r.ContactID = &c.ID
		if err := s.enter(tx, &r, in, staffActor(v)); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.write_down", ObjectType: "request", ObjectID: r.ID, After: map[string]any{"category": r.Category}})
		d, err = s.detail(tx, v, r.ID)
		return err
	})
	return d, err
}
