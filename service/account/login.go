package account

import (
	"context"
	"errors"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// LoginInput is what wx.login gives the mini-program.
type LoginInput struct {
	Code string `json:"code" validate:"required,max=256" label:"登录凭证"`
}

// Login signs in with a mini-program login code. The first login of a WeChat
// user makes the account. from is nobody yet; it says where the request came from.
func (s *Service) Login(ctx context.Context, from access.Viewer, in LoginInput) (SignedIn, error) {
	var who wechat.Session
	err := s.countLogin(ctx, from.IP, func() (err error) {
		if who, err = s.wechat.Session(ctx, s.mpAppID, in.Code); err != nil {
			err = loginFault(err)
		}
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	var v access.Viewer
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		id, err := s.signIn(tx, who)
		if err != nil {
			return err
		}
		if v, err = load(tx, from, id); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.login", ObjectType: "account", ObjectID: id})
		return nil
	})
	if err != nil {
		return SignedIn{}, err
	}
	return s.openSession(ctx, v)
}

// signIn finds or makes the account of a WeChat user, and ties to it what the
// same person is at the official accounts. A unionid that WeChat no longer
// gives is kept.
func (s *Service) signIn(tx model.Tx, who wechat.Session) (int64, error) {
	var id int64
	err := tx.Raw(`
INSERT INTO account (mp_appid, openid, unionid, created_at, last_login_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (mp_appid, openid) DO UPDATE SET last_login_at = excluded.last_login_at,
    unionid = CASE WHEN excluded.unionid = '' THEN account.unionid ELSE excluded.unionid END
RETURNING id`, s.mpAppID, who.OpenID, who.UnionID, tx.Now, tx.Now).Scan(&id).Error
	if err != nil || who.UnionID == "" {
		return id, err
	}
	_, err = model.Exec(tx, `UPDATE contact SET account_id = ? WHERE unionid = ? AND (account_id IS NULL OR account_id <> ?)`,
		id, who.UnionID, id)
	return id, err
}

// codeInvalid is the fault of a login code that is wrong, used or too old.
const codeInvalid = "auth.code_invalid"

// loginFault turns WeChat's refusal of a login code into what a person can do (WECHAT 5, identity).
func loginFault(err error) error {
	return codeFault(err, codeInvalid, "登录凭证已失效，请重新进入小程序")
}

// codeFault turns WeChat's refusal of a code that works once into what a
// person can do. invalid and sentence are for a code that is wrong, used or too old.
func codeFault(err error, invalid, sentence string) error {
	var refusal *wechat.Error
	if errors.As(err, &refusal) {
		switch refusal.Code {
		case 40029, 40163:
			return fault.Invalid(invalid, sentence)
		case 45011:
			return fault.TooMany("auth.too_often", "操作过于频繁，请一分钟后再试")
		case 40226:
			return &fault.Fault{Kind: fault.KindForbidden, Code: "auth.high_risk", Message: "微信认为该账号存在风险，暂时不能登录"}
		}
	}
	return fault.Unavailable("wechat.unavailable", "微信暂时没有响应，请稍后再试").Because(err)
}
