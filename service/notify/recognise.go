package notify

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/wechat"
)

// Laters is what follows a push when the network may be asked, by kind, to be registered with package callback.
func (s *Service) Laters() map[string]func(context.Context, int64, wechat.Push) error {
	return map[string]func(context.Context, int64, wechat.Push) error{"event:subscribe": s.recognise, "text": s.recognise}
}

// recognise asks WeChat who follows or writes, once, and ties the contact to the account of the same person: from then on
// that official account reaches the member, and a citizen finds in the mini-program what he or she wrote to a department.
// Only accounts that share an open-platform account with the mini-program tell a unionid, and only service accounts may
// ask: for all others nobody is recognised, and that is no failure.
func (s *Service) recognise(ctx context.Context, _ int64, p wechat.Push) error {
	var c model.Contact
	err := s.db.Read(ctx).Where("appid = ? AND openid = ?", p.AppID, p.OpenID).Limit(1).Find(&c).Error
	if err != nil || c.ID == 0 || c.UnionID != "" {
		return err
	}
	f, err := s.wechat.Follower(ctx, p.AppID, p.OpenID)
	switch wechat.OutcomeOf(err) {
	case wechat.OutcomeSent:
	case wechat.OutcomeConfig, wechat.OutcomeBadReceiver, wechat.OutcomeBadData:
		return nil
	default:
		return fmt.Errorf("ask who follows: %w", err)
	}
	if f.UnionID == "" {
		return nil
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		_, err := model.Exec(tx, `UPDATE contact SET unionid = ?, account_id = coalesce(account_id,
  (SELECT min(a.id) FROM account a WHERE a.unionid = ? AND a.mp_appid = ?)) WHERE id = ?`, f.UnionID, f.UnionID, s.mpAppID, c.ID)
		return err
	})
}
