package o2o

import (
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/callback"
	"hongyun/service/notify"
	"hongyun/wechat"
)

// writer is who writes to an official account, and the unit whose account it is.
type writer struct {
	model.Contact
	DepartmentID int64
	Untold       bool // a message to the contact has reached no phone
}

// answering makes a handler of pushes to official accounts: what the citizen has not been told yet goes with the answer, as the last
// way to him or her (WECHAT 5). A push to another account is none of ours.
func (s *Service) answering(answer func(model.Tx, writer, wechat.Push) (string, error)) callback.Handler {
	return func(tx model.Tx, p wechat.Push) (string, error) {
		c, err := lockContact(tx, p)
		if err != nil || c.DepartmentID == 0 {
			return "", err
		}
		reply, err := answer(tx, c, p)
		if err != nil || !c.Untold {
			return reply, err
		}
		return s.notify.TellWith(tx, c.Contact, reply, codeRoom)
	}
}

// lockContact finds who wrote, or notes him or her for the first time; the zero writer if it was not to an official account. The
// row stays locked: two messages of one person that arrive at once come one after the other, and do not open two requests.
func lockContact(tx model.Tx, p wechat.Push) (w writer, err error) {
	q := "SELECT c.*, a.department_id, " + notify.UntoldTo("c.id") + " AS untold FROM official_account a JOIN contact c ON c.appid = a.appid AND c.openid = ? WHERE a.appid = ?"
	if tx.Dialect == model.Postgres {
		q += " FOR UPDATE OF c"
	}
	if err := tx.Raw(q, p.OpenID, p.AppID).Scan(&w).Error; err != nil || w.ID != 0 {
		return w, err
	}
	account, err := accountOf(tx, p.AppID)
	if err != nil || account.ID == 0 {
		return w, err
	}
	fresh := model.Contact{AppID: p.AppID, OpenID: p.OpenID, CreatedAt: tx.Now}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
		return w, err
	}
	return w, tx.Raw(q, p.OpenID, p.AppID).Scan(&w).Error
}

// accountOf is the official account that a push is about; the zero account if it is none, as with the mini-program.
func accountOf(tx model.Tx, appid string) (model.OfficialAccount, error) {
	var a model.OfficialAccount
	err := tx.Where("appid = ?", appid).Limit(1).Find(&a).Error
	return a, err
}
