package official

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/unit"
	"hongyun/wechat"
)

// pageLife is how long the way through WeChat's page is open.
const pageLife = 10 * time.Minute

// AuthorizationPage is where a unit authorises our platform.
type AuthorizationPage struct {
	URL       string    `json:"url"` // to be opened from this platform's own pages: WeChat looks where one comes from
	ExpiresAt time.Time `json:"expires_at"`
}

// AuthorizationPage opens a way for a unit to authorise our platform for its account, for the city's administrators. The word in
// the address comes back once, within ten minutes.
func (s *Service) AuthorizationPage(ctx context.Context, v access.Viewer, departmentID int64) (page AuthorizationPage, err error) {
	if !v.CityAdmin() {
		return page, fault.Forbidden()
	}
	if s.component == "" {
		return page, trouble(wechat.ErrNoComponent)
	}
	state := rand.Text()
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := unit.Open(tx, departmentID); err != nil {
			return err
		}
		page.ExpiresAt = tx.Now.Add(pageLife)
		return tx.Create(&model.ComponentAuthorization{StateHash: s.vault.Index(state), DepartmentID: departmentID, BegunBy: v.AccountID,
			CreatedAt: tx.Now, ExpiresAt: page.ExpiresAt}).Error
	})
	if err != nil {
		return page, err
	}
	page.URL, err = s.wechat.AuthorizationPage(ctx, s.publicURL+"/wechat/open/authorized", state)
	return page, trouble(err)
}

// Authorized is the way back from WeChat's page: it makes or renews the account's row. It returns the account's name. What cannot
// be is a fault with a sentence for the person in front of the page.
func (s *Service) Authorized(ctx context.Context, state, code string) (name string, err error) {
	way, err := s.useState(ctx, state)
	if err != nil {
		return "", err
	}
	granted, err := s.wechat.QueryAuthorization(ctx, code)
	if badCode(err) {
		return "", fault.Invalid("official.code_used", "授权码已失效或已使用，请回到平台重新打开授权页面")
	}
	var info wechat.AuthorizerInfo
	if err == nil {
		info, err = s.wechat.AuthorizerInfo(ctx, granted.AppID)
	}
	if err != nil {
		return "", errors.Join(trouble(err), s.reopen(ctx, way.ID))
	}
	if info.Kind == wechat.KindMiniProgram || granted.AppID == s.mpAppID {
		return "", fault.Invalid("official.mini_program", "授权的是小程序，请选择单位的公众号重新授权")
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		name, err = s.keep(tx, way, granted, info)
		return err
	})
	return name, err
}

// useState takes the way that state opened. Of two who come with it, one gets it.
func (s *Service) useState(ctx context.Context, state string) (way model.ComponentAuthorization, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("state_hash = ?", s.vault.Index(state)).Limit(1).Find(&way).Error; err != nil {
			return err
		}
		switch {
		case way.ID == 0:
			return fault.Invalid("official.state_unknown", "授权链接无效，请回到平台重新打开授权页面")
		case way.UsedAt != nil:
			return fault.Conflict("official.state_used", "授权链接已经使用过，请在公众号列表中查看结果")
		case !way.ExpiresAt.After(tx.Now):
			return fault.Invalid("official.state_expired", "授权链接已超过10分钟，请回到平台重新打开授权页面")
		}
		n, err := model.Exec(tx, "UPDATE component_authorization SET used_at = ? WHERE id = ? AND used_at IS NULL", tx.Now, way.ID)
		if err == nil && n == 0 {
			err = fault.Conflict("official.state_used", "授权链接已经使用过，请在公众号列表中查看结果")
		}
		return err
	})
	return way, err
}

// reopen gives a way back that led nowhere because WeChat could not be asked: the page may be loaded again.
func (s *Service) reopen(ctx context.Context, id int64) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		_, err := model.Exec(tx, "UPDATE component_authorization SET used_at = NULL WHERE id = ? AND appid = ''", id)
		return err
	})
}

// keep makes or renews the row of the account.
func (s *Service) keep(tx model.Tx, way model.ComponentAuthorization, granted wechat.Authorization, info wechat.AuthorizerInfo) (string, error) {
	v, err := access.Load(tx, way.BegunBy)
	if err != nil || !v.CityAdmin() {
		return "", errors.Join(err, fault.Forbidden())
	}
	if err := unit.Open(tx, way.DepartmentID); err != nil {
		return "", err
	}
	row := model.OfficialAccount{AppID: granted.AppID, Name: info.Name, DepartmentID: way.DepartmentID, Kind: string(info.Kind), OriginalID: info.OriginalID,
		CreatedBy: &way.BegunBy, CreatedAt: tx.Now, UpdatedAt: tx.Now, AuthorizationKind: model.AuthorizationComponent}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return "", err
	}
	var kept model.OfficialAccount
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("appid = ?", granted.AppID).Take(&kept).Error; err != nil {
		return "", err
	}
	before, err := officialAccount(tx, kept.ID)
	if err != nil {
		return "", err
	}
	if before.DepartmentID != way.DepartmentID {
		return "", fault.Conflict("official.other_department", fmt.Sprintf("公众号“%s”已登记在%s名下，不能再授权给其他单位", before.Name, before.DepartmentName))
	}
	changes := s.granted(tx, granted)
	for column, value := range map[string]any{"name": info.Name, "original_id": info.OriginalID, "kind": string(info.Kind),
		"secret_sealed": "", "token_sealed": "", "aes_key_sealed": ""} { // no key is kept that nothing needs
		changes[column] = value
	}
	if err := tx.Model(&model.OfficialAccount{}).Where("id = ?", kept.ID).Updates(changes).Error; err != nil {
		return "", err
	}
	if err := tx.Model(&model.ComponentAuthorization{}).Where("id = ?", way.ID).Update("appid", granted.AppID).Error; err != nil {
		return "", err
	}
	view, err := officialAccount(tx, kept.ID)
	audit.Record(tx, audit.By(v), audit.Entry{Action: "official.authorize", ObjectType: "official_account", ObjectID: kept.ID, Before: before, After: view})
	return view.Name, err
}

// trouble turns what WeChat or its absence answers into a sentence. nil stays nil.
func trouble(err error) error {
	var refusal *wechat.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, wechat.ErrNoComponent):
		return fault.Conflict("official.no_platform", "本平台还没有配置微信开放平台的第三方平台，请用 AppID 和密钥接入公众号").Because(err)
	case errors.Is(err, wechat.ErrNoTicket):
		return fault.Unavailable("official.no_ticket", "微信还没有推送验证票据，约10分钟推送一次，请稍后再试").Because(err)
	case errors.Is(err, wechat.ErrUnauthorized):
		return fault.Conflict("official.unauthorized", "该公众号已取消授权，请先由单位重新授权").Because(err)
	case errors.As(err, &refusal):
		return fault.Unavailable("official.wechat", fmt.Sprintf("%s（错误码 %d）", refusalOf(refusal.Code), refusal.Code)).Because(err)
	}
	return fault.Unavailable("official.wechat", "微信没有回应，请稍后再试").Because(err)
}

// refusalOf says what a person can do about WeChat's refusal.
func refusalOf(code int64) string {
	switch code {
	case 40164, 61004:
		return "微信不接受本平台的 IP 地址，请在公众平台把它加入 IP 白名单"
	case 40001, 40125, 41004:
		return "AppSecret 不正确，请核对后重新填写"
	case 40013:
		return "AppID 不正确，请核对"
	case 45009, 45011:
		return "调用微信接口过于频繁，请稍后再试"
	}
	return "微信没有接受，请稍后再试"
}
