package o2o

import (
	"context"
	"errors"

	"hongyun/model"
	"hongyun/wechat"
)

// recognise asks WeChat for the unionid of whoever follows or writes, and ties the contact to the account of the same
// person: only so do template messages of a service account reach a member, and does a citizen find in the mini-program
// what he or she has written to a department. Most departments' accounts give none (WECHAT 5, identity). Who is known is
// not asked about again.
func (s *Service) recognise(ctx context.Context, _ int64, p wechat.Push) error {
	var c model.Contact
	err := s.db.Read(ctx).Where("appid = ? AND openid = ?", p.AppID, p.OpenID).Limit(1).Find(&c).Error
	if err != nil || c.ID == 0 || c.UnionID != "" {
		return err
	}
	fan, err := s.wechat.Follower(ctx, p.AppID, p.OpenID)
	if err != nil {
		return unlessRefused(err)
	}
	if fan.UnionID == "" {
		return nil
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		_, err := model.Exec(tx, `UPDATE contact SET unionid = ?, account_id = coalesce(account_id,
 (SELECT id FROM account WHERE unionid = ? AND mp_appid = ? ORDER BY id LIMIT 1)) WHERE id = ?`, fan.UnionID, fan.UnionID, s.mpAppID, c.ID)
		return err
	})
}

// unlessRefused passes over the refusals that no repetition changes: an account that is not verified has no right to
// ask, and who has left is nobody's follower.
func unlessRefused(err error) error {
	var refusal *wechat.Error
	if errors.As(err, &refusal) && (refusal.Code == 48001 || refusal.Code == 40003) {
		return nil
	}
	return err
}
