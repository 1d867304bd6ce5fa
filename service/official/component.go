package official

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/callback"
	"hongyun/service/notify"
	"hongyun/wechat"
)

// Ticket is the component_verify_ticket that came last for our platform with the open platform; "" if none has.
func (a *Accounts) Ticket(ctx context.Context, component string) (string, error) {
	var row model.ComponentTicket
	if err := a.db.Read(ctx).Where("appid = ?", component).Limit(1).Find(&row).Error; err != nil || row.TicketSealed == "" {
		return "", err
	}
	return a.vault.Open(row.TicketSealed)
}

// RefreshToken is an account's refresh token as it is stored now; "" if the account has not authorised us, or no more.
func (a *Accounts) RefreshToken(ctx context.Context, appid string) (string, error) {
	row, err := a.authorized(ctx, appid)
	if err != nil || row.RefreshTokenSealed == "" {
		return "", err
	}
	return a.vault.Open(row.RefreshTokenSealed)
}

// SaveRefreshToken stores token in place of old. If another is stored by then, the account has authorised us anew, and that one
// stays.
func (a *Accounts) SaveRefreshToken(ctx context.Context, appid, old, token string) error {
	if token == "" {
		return errors.New("official: an empty refresh token")
	}
	row, err := a.authorized(ctx, appid)
	if err != nil || row.RefreshTokenSealed == "" {
		return err
	}
	stored, err := a.vault.Open(row.RefreshTokenSealed)
	if err != nil || stored != old {
		return err
	}
	return a.db.Tx(ctx, func(tx model.Tx) error {
		_, err := model.Exec(tx, "UPDATE official_account SET refresh_token_sealed = ? WHERE id = ? AND refresh_token_sealed = ?",
			a.vault.Seal(token), row.ID, row.RefreshTokenSealed)
		return err
	})
}

func (a *Accounts) authorized(ctx context.Context, appid string) (row model.OfficialAccount, err error) {
	err = a.db.Read(ctx).Where("appid = ? AND authorization_kind = ? AND unauthorized_at IS NULL", appid, model.AuthorizationComponent).Limit(1).Find(&row).Error
	return row, err
}

// kindComponent is how pushes of the open platform stand among the callbacks.
const kindComponent = "component"

// Listen takes up what is to be done after the open platform's pushes.
func (s *Service) Listen(c *callback.Service) { c.OnLater(kindComponent, s.renew) }

// TakeComponentPush takes a push of the open platform once: a new ticket, an account that has taken its authorisation back or
// has changed what it grants. The error is one of wechat.Client.OpenComponentPush for what must be refused; any other means that
// it was not taken.
func (s *Service) TakeComponentPush(ctx context.Context, q wechat.CallbackQuery, body []byte) error {
	p, err := s.wechat.OpenComponentPush(ctx, q, body)
	if err != nil {
		return fmt.Errorf("push of the open platform: %w", err)
	}
	if p.InfoType == wechat.InfoTicket {
		return s.db.Tx(ctx, func(tx model.Tx) error { return s.keepTicket(tx, p) })
	}
	lost := false
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		fresh, err := s.keepPush(tx, p)
		if err != nil || !fresh || p.InfoType != wechat.InfoUnauthorized {
			return err
		}
		lost, err = s.unauthorized(tx, p)
		return err
	})
	if err == nil && lost {
		err = s.wechat.ForgetAuthorization(p.AuthorizerAppID)
	}
	return err
}

// keepTicket stores a ticket. An older one, which came late, replaces nothing.
func (s *Service) keepTicket(tx model.Tx, p wechat.ComponentPush) error {
	_, err := model.Exec(tx, `INSERT INTO component_ticket (appid, ticket_sealed, received_at) VALUES (?, ?, ?)
ON CONFLICT (appid) DO UPDATE SET ticket_sealed = excluded.ticket_sealed, received_at = excluded.received_at
WHERE component_ticket.received_at <= excluded.received_at`, s.component, s.vault.Seal(p.Ticket), p.CreatedAt)
	return err
}

// keepPush stores any other push under its key; false: it was there. Its code is sealed: whoever has it has the account.
func (s *Service) keepPush(tx model.Tx, p wechat.ComponentPush) (fresh bool, err error) {
	payload, err := json.Marshal(wechat.Push{AppID: p.AuthorizerAppID, Kind: kindComponent, Event: p.InfoType, Key: p.Key, CreatedAt: p.CreatedAt,
		Content: s.vault.Seal(p.AuthorizationCode), EventKey: s.vault.Index(p.AuthorizationCode)})
	if err != nil {
		return false, err
	}
	row := model.Callback{AppID: s.component, NaturalKey: p.Key, Kind: kindComponent, Event: p.InfoType, Payload: string(payload), State: model.CallbackDone,
		NotBefore: tx.Now, ReceivedAt: tx.Now}
	if p.InfoType == wechat.InfoUpdateAuthorized && p.AuthorizationCode != "" {
		// The browser comes back with the same code, which works once, and knows more: it goes first.
		row.State, row.NotBefore = model.CallbackPending, tx.Now.Add(time.Minute)
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return res.RowsAffected == 1, res.Error
}

// unauthorized marks the account: nothing is sent through it any more, and the city's administrators hear of it. A push from
// before the latest authorisation changes nothing.
func (s *Service) unauthorized(tx model.Tx, p wechat.ComponentPush) (bool, error) {
	var row model.OfficialAccount
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("appid = ? AND authorization_kind = ? AND unauthorized_at IS NULL AND (authorized_at IS NULL OR authorized_at <= ?)",
		p.AuthorizerAppID, model.AuthorizationComponent, p.CreatedAt).Limit(1).Find(&row).Error; err != nil || row.ID == 0 {
		return false, err
	}
	if err := tx.Model(&model.OfficialAccount{}).Where("id = ?", row.ID).
		Updates(map[string]any{"unauthorized_at": p.CreatedAt, "refresh_token_sealed": "", "updated_at": tx.Now}).Error; err != nil {
		return false, err
	}
	view, err := officialAccount(tx, row.ID)
	if err != nil {
		return false, err
	}
	audit.Record(tx, audit.System("open-platform"), audit.Entry{Action: "official.unauthorized", ObjectType: "official_account", ObjectID: row.ID, After: view})
	messages, err := toAdmins(tx, notify.Message{Kind: kindUnauthorized, Period: fmt.Sprintf("%s/%d", row.AppID, p.CreatedAt.Unix()),
		Data: map[string]string{"account": row.Name, "department": view.DepartmentName}})
	if err == nil {
		_, err = s.notify.Queue(tx, messages...)
	}
	return true, err
}

// toAdmins addresses a message to every administrator of the city.
func toAdmins(tx model.Tx, m notify.Message) ([]notify.Message, error) {
	var grants []model.RoleGrant
	err := tx.Raw(`SELECT g.member_id, g.account_id FROM role_grant g JOIN org o ON o.id = g.org_id LEFT JOIN member m ON m.id = g.member_id
WHERE o.type = ? AND g.role = ? AND g.revoked_at IS NULL AND (g.member_id IS NULL OR m.standing = ?) ORDER BY g.id`,
		model.OrgCity, model.RoleAdmin, model.StandingActive).Scan(&grants).Error
	messages := make([]notify.Message, len(grants))
	for i, g := range grants {
		messages[i] = m
		if g.MemberID != nil {
			messages[i].To = notify.Recipient{Type: model.ToMember, ID: *g.MemberID}
		} else {
			messages[i].To = notify.Recipient{Type: model.ToAccount, ID: *g.AccountID}
		}
	}
	return messages, err
}

// renew reads anew what an account grants, unless the browser's way back has done so.
func (s *Service) renew(ctx context.Context, _ int64, p wechat.Push) error {
	var row model.OfficialAccount
	err := s.db.Read(ctx).Where("appid = ? AND authorization_kind = ?", p.AppID, model.AuthorizationComponent).Limit(1).Find(&row).Error
	if err != nil || row.ID == 0 || row.AuthorizedAt != nil && !row.AuthorizedAt.Before(p.CreatedAt) {
		return err
	}
	code, err := s.vault.Open(p.Content)
	if err != nil {
		return err
	}
	granted, err := s.wechat.QueryAuthorization(ctx, code)
	if badCode(err) {
		return nil // used meanwhile, or too old: nothing can be read with it any more
	}
	if err != nil {
		return err
	}
	if granted.AppID != row.AppID {
		return fmt.Errorf("the code of %s is that of another account", row.AppID)
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		if err := tx.Model(&model.OfficialAccount{}).Where("id = ?", row.ID).Updates(s.granted(tx, granted)).Error; err != nil {
			return err
		}
		view, err := officialAccount(tx, row.ID)
		audit.Record(tx, audit.System("open-platform"), audit.Entry{Action: "official.update_authorization", ObjectType: "official_account", ObjectID: row.ID, After: view})
		return err
	})
}

// granted is what an authorisation changes in the account's row.
func (s *Service) granted(tx model.Tx, a wechat.Authorization) map[string]any {
	ids := make([]string, len(a.Functions))
	for i, id := range a.Functions {
		ids[i] = strconv.FormatInt(id, 10)
	}
	// WeChat counts in seconds: what it says of the same second must not look older.
	return map[string]any{"authorization_kind": model.AuthorizationComponent, "refresh_token_sealed": s.vault.Seal(a.RefreshToken),
		"authorized_at": tx.Now.Truncate(time.Second), "unauthorized_at": nil, "permissions": strings.Join(ids, ","), "updated_at": tx.Now}
}

// badCode tells a code that is wrong, too late or used.
func badCode(err error) bool {
	var refusal *wechat.Error
	return errors.As(err, &refusal) && (refusal.Code == 61009 || refusal.Code == 61010)
}
