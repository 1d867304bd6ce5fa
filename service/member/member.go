// Package member is the roster: who the members are, as far as the viewer may
// see, and their political birthdays. How somebody becomes a member, moves or
// leaves is not here; nor is what a member pays or attends.
package member

import (
	"context"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/notify"
	"hongyun/service/vault"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB     *model.DB
	Vault  *vault.Vault
	Notify *notify.Service
}

// Service shows members and keeps their birthdays. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	vault  *vault.Vault
	notify *notify.Service
}

// New makes the module.
func New(o Options) *Service { return &Service{db: o.DB, vault: o.Vault, notify: o.Notify} }

// View is a member in a list. Identity and phone numbers are masked (RULES 11.3).
type View struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Sex        string     `json:"sex"`
	OrgID      int64      `json:"org_id"`
	OrgName    string     `json:"org_name"`
	Status     string     `json:"status"`
	Standing   string     `json:"standing"`
	AdmittedOn model.Date `json:"admitted_on"`
	IDNumber   string     `json:"id_number"`
	Phone      string     `json:"phone"`
	Bound      bool       `json:"bound"` // tied to a WeChat account
}

// Filter narrows a list. Zero fields do not. Q is a part of a name, or a whole
// identity or phone number. Who was removed or has died is listed only if Standing asks for it (RULES 11.12).
type Filter struct {
	OrgID    int64  `query:"org_id" validate:"min=0" label:"组织"` // with its subtree
	Q        string `query:"q" validate:"max=50" label:"关键词"`
	Status   string `query:"status" validate:"omitempty,oneof=PROBATIONARY FULL" label:"党员类别"`
	Standing string `query:"standing" validate:"omitempty,oneof=ACTIVE SUSPENDED REMOVED DECEASED" label:"党籍状态"`
}

// Members lists the members of the organisations that v leads or administers.
// limit rows from offset on, and how many there are.
func (s *Service) Members(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]View, int64, error) {
	where, args := v.Reads().Paths("o.path")
	and := func(condition string, more ...any) { where, args = where+" AND "+condition, append(args, more...) }
	tx := s.db.Read(ctx)
	if f.OrgID != 0 {
		path, err := pathOf(tx, v, f.OrgID)
		if err != nil {
			return nil, 0, err
		}
		and("o.path >= ? AND o.path < ?", path, model.PathEnd(path))
	}
	if f.Status != "" {
		and("m.status = ?", f.Status)
	}
	if f.Standing != "" {
		and("m.standing = ?", f.Standing)
	} else {
		and("m.standing IN (?, ?)", model.StandingActive, model.StandingSuspended)
	}
	if q := strings.TrimSpace(f.Q); q != "" {
		and(s.matching(q))
	}
	const from = " FROM member m JOIN org o ON o.id = m.org_id LEFT JOIN account a ON a.member_id = m.id WHERE "
	var total int64
	if err := tx.Raw("SELECT count(*)"+from+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []row
	err := tx.Raw("SELECT "+columns+from+where+" ORDER BY o.path, m.id LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	if err != nil {
		return nil, 0, err
	}
	views := make([]View, 0, len(rows))
	for _, r := range rows {
		d, err := s.detail(r, tx.Day())
		if err != nil {
			return nil, 0, err
		}
		views = append(views, d.View)
	}
	return views, total, nil
}

// pathOf is the path of an organisation in v's scope.
func pathOf(tx model.Tx, v access.Viewer, orgID int64) (string, error) {
	where, args := v.Reads().Paths("path")
	var o model.Org
	err := tx.Select("path").Where("id = ?", orgID).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return o.Path, err
}

// matching finds a whole number by its index, anything else in the names.
func (s *Service) matching(q string) (string, any) {
	digits := len(q) > 0 && strings.Trim(q[:len(q)-1], "0123456789") == ""
	switch {
	case digits && len(q) == 18:
		return "m.id_index = ?", s.vault.Index(strings.ToUpper(q))
	case digits && len(q) == 11:
		return "m.phone_index = ?", s.vault.Index(q)
	}
	return `m.name LIKE ? ESCAPE '\'`, "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(q) + "%"
}

// Detail is a member's own page.
type Detail struct {
	View
	BornOn      model.Date  `json:"born_on"`
	EthnicGroup string      `json:"ethnic_group"`
	Education   string      `json:"education"`
	Occupation  string      `json:"occupation"`
	IsCadre     bool        `json:"is_cadre"`
	ApprovedOn  *model.Date `json:"approved_on"`
	FullOn      *model.Date `json:"full_on"`
	BoundAt     *time.Time  `json:"bound_at"`
	Years       int         `json:"years"`     // completed since admission
	Seniority   int         `json:"seniority"` // whole years since full membership (党龄, RULES 6)
}

// Member shows one member: to whoever leads or administers his or her branch
// or one above, and to the member. Anybody else finds nothing.
func (s *Service) Member(ctx context.Context, v access.Viewer, id int64) (Detail, error) {
	tx := s.db.Read(ctx)
	where, args := v.Reads().Paths("o.path")
	var rows []row
	err := tx.Raw("SELECT "+columns+` FROM member m JOIN org o ON o.id = m.org_id LEFT JOIN account a ON a.member_id = m.id
WHERE m.id = ? AND (m.id = ? OR `+where+")", append([]any{id, v.MemberID}, args...)...).Scan(&rows).Error
	if err != nil {
		return Detail{}, err
	}
	if len(rows) == 0 {
		return Detail{}, fault.NotFound("党员")
	}
	return s.detail(rows[0], tx.Day())
}

type row struct {
	Detail
	IDSealed, PhoneSealed string
}

const columns = `m.id, m.name, m.sex, m.org_id, o.name AS org_name, m.status, m.standing, m.admitted_on, m.id_sealed, m.phone_sealed,
    m.born_on, m.ethnic_group, m.education, m.occupation, m.is_cadre, m.approved_on, m.full_on, a.bound_at`

func (s *Service) detail(r row, day model.Date) (Detail, error) {
	number, err := s.vault.Open(r.IDSealed)
	if err != nil {
		return Detail{}, err
	}
	phone, err := s.vault.Open(r.PhoneSealed)
	if err != nil {
		return Detail{}, err
	}
	d := r.Detail
	d.IDNumber, d.Phone, d.Bound = vault.MaskID(number), vault.MaskPhone(phone), d.BoundAt != nil
	d.Years = calendar.Years(d.AdmittedOn, day)
	if d.FullOn != nil && *d.FullOn != "" {
		d.Seniority = calendar.Years(*d.FullOn, day)
	}
	return d, nil
}
