package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// BindInput is what a person knows about himself or herself. The phone number
// comes from WeChat, so that it is surely his or her own.
type BindInput struct {
	Name      string `json:"name" validate:"required,max=50,text" label:"姓名"`
	IDLast6   string `json:"id_last6" validate:"required,len=6" label:"身份证号后六位"`
	PhoneCode string `json:"phone_code" validate:"required,max=256" label:"手机号授权"`
}

// Bind ties v's account to the member with the name, the last six of the
// identity number and the phone. A wrong triple answers account.no_match
// without telling which part was wrong, after MaxTries of them
// account.too_many_tries. A member who is tied to another account answers
// account.member_bound with a ticket for RequestRebind in its details.
func (s *Service) Bind(ctx context.Context, v access.Viewer, in BindInput) (View, error) {
	if err := s.unbound(ctx, v.AccountID); err != nil {
		return View{}, err
	}
	in.Name, in.IDLast6 = strings.TrimSpace(in.Name), strings.ToUpper(in.IDLast6)
	try := tries{limit: s.limit}
	memberID, phone, err := s.match(ctx, v, in, &try)
	if err != nil {
		return View{}, err
	}
	if err := try.giveBack(ctx); err != nil {
		return View{}, err
	}
	bound, err := s.bind(ctx, v, memberID, phone)
	if fault.Is(err, memberBound) {
		return View{}, s.offerRebind(ctx, v, memberID, phone)
	}
	return ViewOf(bound), err
}

// unbound spares a bound account the use of a phone code.
func (s *Service) unbound(ctx context.Context, accountID int64) error {
	var held int64
	err := s.db.Read(ctx).Model(&model.Account{}).Where("id = ? AND member_id IS NOT NULL", accountID).Count(&held).Error
	if err == nil && held > 0 {
		err = alreadyBound()
	}
	return err
}

// match finds the member, and counts the try. What it has taken stays taken if the person was at fault.
func (s *Service) match(ctx context.Context, v access.Viewer, in BindInput, try *tries) (memberID int64, phone string, err error) {
	if err := try.take(ctx, "account:"+strconv.FormatInt(v.AccountID, 10)); err != nil {
		return 0, "", err
	}
	if err := try.take(ctx, "identity:"+s.vault.Index("bind "+in.IDLast6+in.Name)); err != nil {
		return 0, "", err
	}
	phone, err = s.wechat.PhoneNumber(ctx, s.mpAppID, in.PhoneCode)
	if err != nil {
		err = codeFault(err, "account.phone_code_invalid", "手机号授权已失效，请重新点击获取手机号")
		if !fault.Is(err, "account.phone_code_invalid") {
			err = errors.Join(err, try.giveBack(ctx))
		}
		return 0, "", err
	}
	if err := try.take(ctx, "phone:"+s.vault.Index(phone)); err != nil {
		return 0, "", err
	}
	memberID, err = s.memberWith(s.db.Read(ctx), phone, in)
	if err == nil && memberID == 0 {
		err = s.refuse(ctx, v)
	}
	return memberID, phone, err
}

// memberWith looks among the active members with the phone; there may be
// several, as families share one. 0 if none fits. Every candidate is compared
// in full and in constant time: the time taken tells nothing.
func (s *Service) memberWith(tx model.Tx, phone string, in BindInput) (int64, error) {
	var candidates []model.Member
	err := tx.Select("id", "name", "id_sealed").Where("phone_index = ? AND standing = ?", s.vault.Index(phone), model.StandingActive).
		Order("id").Find(&candidates).Error
	if err != nil {
		return 0, err
	}
	var found int64
	for _, m := range candidates {
		number, err := s.vault.Open(m.IDSealed)
		if err != nil {
			return 0, err
		}
		last6 := number[max(0, len(number)-6):]
		if subtle.ConstantTimeCompare([]byte(m.Name), []byte(in.Name))&subtle.ConstantTimeCompare([]byte(last6), []byte(in.IDLast6)) == 1 {
			found = m.ID
		}
	}
	return found, nil
}

// refuse puts the failed try into the audit log and gives the one answer for every wrong triple.
func (s *Service) refuse(ctx context.Context, v access.Viewer) error {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.bind_refused", ObjectType: "account", ObjectID: v.AccountID})
		return nil
	})
	if err != nil {
		return err
	}
	return noMatch()
}

// bind ties the account in one transaction. Of two accounts that bind to one
// member at the same time, the unique constraint lets one through.
func (s *Service) bind(ctx context.Context, v access.Viewer, memberID int64, phone string) (access.Viewer, error) {
	var bound access.Viewer
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.keepPhone(tx, v.AccountID, phone); err != nil {
			return err
		}
		if err := tie(tx, v.AccountID, memberID); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.bind", ObjectType: "member", ObjectID: memberID,
			After: map[string]int64{"account_id": v.AccountID}})
		var err error
		bound, err = load(tx, v, v.AccountID)
		return err
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return bound, memberIsBound()
	}
	return bound, err
}

// tie is guarded by the account being free and the member active; that the
// member is free is the unique constraint's to say (gorm.ErrDuplicatedKey).
func tie(tx model.Tx, accountID, memberID int64) error {
	n, err := model.Exec(tx, `
UPDATE account SET member_id = ?, bound_at = ?
WHERE id = ? AND member_id IS NULL AND EXISTS (SELECT 1 FROM member WHERE id = ? AND standing = ?)`,
		memberID, tx.Now, accountID, memberID, model.StandingActive)
	if err != nil || n == 1 {
		return err
	}
	var account model.Account
	if err := tx.Select("member_id").Take(&account, accountID).Error; err != nil {
		return err
	}
	if account.MemberID != nil {
		return alreadyBound()
	}
	return noMatch()
}

// keepPhone stores the number that WeChat has confirmed, sealed.
func (s *Service) keepPhone(tx model.Tx, accountID int64, phone string) error {
	return tx.Model(&model.Account{}).Where("id = ?", accountID).
		Updates(map[string]any{"phone_sealed": s.vault.Seal(phone), "phone_index": s.vault.Index(phone)}).Error
}

const memberBound = "account.member_bound"

func memberIsBound() *fault.Fault {
	return fault.Conflict(memberBound, "该党员已绑定其他微信账号。如系本人更换微信，请提交换绑申请，由支部管理员审批")
}

func alreadyBound() error {
	return fault.Conflict("account.already_bound", "您的微信账号已绑定党员身份，无需重复绑定")
}

func noMatch() error {
	return fault.Invalid("account.no_match", "姓名、身份证后六位与手机号和党员花名册不一致，请核对或联系支部管理员")
}
