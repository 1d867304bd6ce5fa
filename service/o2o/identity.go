package o2o

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/mask"
	"hongyun/service/unit"
)

// mobileForm is a mobile number (RULES 12).
var mobileForm = regexp.MustCompile(`^1[3-9]\d{9}$`)

// checkIdentity trims what the citizen says of him- or herself, and refuses what does not go together. No message repeats a value.
func checkIdentity(in *SubmitInput) error {
	in.Name, in.Phone, in.Topic = strings.TrimSpace(in.Name), strings.TrimSpace(in.Phone), strings.TrimSpace(in.Topic)
	switch {
	case in.Anonymous && in.ReplyWanted:
		return fault.Invalid("o2o.anonymous_reply", "匿名诉求不能要求答复，请选择不匿名（可以选择保密）或不要求答复").With("field", "reply_wanted")
	case utf8.RuneCountInString(in.Name) > 30:
		return fault.Invalid("o2o.bad_name", "姓名不能超过 30 字").With("field", "name")
	case in.Phone != "" && !mobileForm.MatchString(in.Phone):
		return fault.Invalid("o2o.bad_phone", "手机号须为 11 位数字，请检查后再提交").With("field", "phone")
	}
	return nil
}

// checkChoices refuses a unit or a topic that is not there.
func checkChoices(tx model.Tx, in SubmitInput) error {
	if in.SubjectDepartmentID != nil {
		if err := subjectUnit(tx, *in.SubjectDepartmentID); err != nil {
			return err
		}
	}
	return topicThere(tx, in.Topic)
}

// subjectUnit is unit.Open for the unit complained of.
func subjectUnit(tx model.Tx, id int64) error {
	err := unit.Open(tx, id)
	var f *fault.Fault
	if errors.As(err, &f) {
		return fault.Invalid(f.Code, f.Message).With("field", "subject_department_id")
	}
	return err
}

func topicThere(tx model.Tx, topic string) error {
	if topic == "" {
		return nil
	}
	title, err := titleIn(tx, "request_topic", topic)
	if err == nil && title == "" {
		err = fault.Invalid("o2o.no_topic", "没有这种诉求主题，请重新选择").With("field", "topic")
	}
	return err
}

// keepIdentity seals who the citizen is beside the request: what he or she gave, else what the account says.
func (s *Service) keepIdentity(tx model.Tx, r *model.Request, name, phone string) error {
	known, err := s.accountIdentity(tx, r.AccountID)
	if err != nil {
		return err
	}
	who := identity{name: cmp.Or(name, known.name), phone: cmp.Or(phone, known.phone)}
	if who == (identity{}) {
		return nil
	}
	return tx.Create(&model.RequestIdentity{RequestID: r.ID, NameSealed: s.vault.Seal(who.name), PhoneSealed: s.vault.Seal(who.phone),
		PhoneIndex: s.vault.Index(who.phone), CreatedAt: tx.Now}).Error
}

// identity is who a citizen is, open. It is never printed, logged or put into an error.
type identity struct{ name, phone string }

// accountIdentity is who stands behind an account: its member, else the phone that it proved.
func (s *Service) accountIdentity(tx model.Tx, accountID *int64) (who identity, err error) {
	if accountID == nil {
		return who, nil
	}
	var row struct{ Name, MemberPhone, AccountPhone string }
	err = tx.Raw(`SELECT coalesce(m.name, '') AS name, coalesce(m.phone_sealed, '') AS member_phone, coalesce(a.phone_sealed, '') AS account_phone
		FROM account a LEFT JOIN member m ON m.id = a.member_id WHERE a.id = ?`, *accountID).Scan(&row).Error
	if err != nil {
		return who, err
	}
	who.name = row.Name
	who.phone, err = s.vault.Open(cmp.Or(row.AccountPhone, row.MemberPhone))
	return who, err
}

// IdentityInput is why somebody has to know who a citizen is.
type IdentityInput struct {
	Reason string `json:"reason" validate:"required,text,max=200" label:"查看原因"`
}

// Identity is who a citizen is. Both may be empty: he or she has not said, and is known by no account.
type Identity struct {
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Account string `json:"account"` // the official account that was written to
}

// Identify tells who the citizen of a request is. The window may know of every request; who works on it for the lead unit, where the
// citizen asked neither to be anonymous nor for confidence. Nobody who belongs to the unit complained of sees the request at all.
// Each reading stands in the audit log with its reason, and the citizen sees how often, when and by which office. Faults: not_found,
// forbidden, o2o.no_reason.
func (s *Service) Identify(ctx context.Context, v access.Viewer, id int64, in IdentityInput) (shown Identity, err error) {
	reason := strings.TrimSpace(in.Reason)
	if utf8.RuneCountInString(reason) < 2 {
		return shown, fault.Invalid("o2o.no_reason", "请写明查看群众身份的原因").With("field", "reason")
	}
	var who identity
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := lock(tx, v, id)
		if err != nil {
			return err
		}
		office, ok := mayIdentify(v, r)
		if !ok {
			return fault.Forbidden()
		}
		if who, shown.Account, err = s.identityOf(tx, r.Request); err != nil {
			return err
		}
		if err := tx.Create(&model.RequestReading{RequestID: id, AccountID: v.AccountID, DepartmentID: office, ReadAt: tx.Now}).Error; err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.identify", ObjectType: "request", ObjectID: id,
			After: map[string]any{"reason": mask.Text(reason, who.name), "department_id": office}})
		return nil
	})
	if err != nil {
		return Identity{}, err // nothing is shown that is not written down
	}
	shown.Name, shown.Phone = who.name, who.phone
	return shown, nil
}

// mayIdentify tells whether v may know who the citizen is, and by which office; none is the window.
func mayIdentify(v access.Viewer, r found) (office *int64, ok bool) {
	switch {
	case !r.Office:
		return nil, false
	case v.WorksDesk():
		return nil, true
	case r.Anonymous || r.Confidential || r.DepartmentID == nil:
		return nil, false
	}
	return r.DepartmentID, slices.Contains(v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader), *r.DepartmentID)
}

// identityOf is the only reader of request_identity's phone. SECURITY: its answer goes to Identify alone.
func (s *Service) identityOf(tx model.Tx, r model.Request) (who identity, account string, err error) {
	var row model.RequestIdentity
	if err := tx.Where("request_id = ?", r.ID).Limit(1).Find(&row).Error; err != nil {
		return who, "", err
	}
	if who.name, err = s.vault.Open(row.NameSealed); err != nil {
		return who, "", err
	}
	if who.phone, err = s.vault.Open(row.PhoneSealed); err != nil || r.ContactID == nil {
		return who, "", err
	}
	var c struct {
		AccountID *int64
		Name      string
	}
	err = tx.Raw(`SELECT c.account_id, coalesce(o.name, '') AS name FROM contact c LEFT JOIN official_account o ON o.appid = c.appid WHERE c.id = ?`, *r.ContactID).Scan(&c).Error
	if err != nil {
		return who, "", err
	}
	known, err := s.accountIdentity(tx, c.AccountID) // tied since
	return identity{name: cmp.Or(who.name, known.name), phone: cmp.Or(who.phone, known.phone)}, c.Name, err
}

// Reading is one reading of who the citizen is, as the citizen sees it.
type Reading struct {
	Office string    `json:"office"`
	At     time.Time `json:"at"`
}

// readings lists them, oldest first.
func readings(tx model.Tx, id int64) ([]Reading, error) {
	all := []Reading{}
	err := tx.Raw(`SELECT coalesce(d.name, ?) AS office, x.read_at AS at FROM request_reading x LEFT JOIN department d ON d.id = x.department_id
		WHERE x.request_id = ? ORDER BY x.id`, deskName, id).Scan(&all).Error
	return all, err
}
