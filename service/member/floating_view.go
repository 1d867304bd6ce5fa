package member

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
	"hongyun/service/vault"
)

// Floating is a stay away from home, as both sides see it.
type Floating struct {
	ID            int64       `json:"id"`
	MemberID      *int64      `json:"member_id"` // null: comes from outside the platform
	Name          string      `json:"name"`
	Phone         string      `json:"phone"` // masked
	HomeOrgID     *int64      `json:"home_org_id"`
	HomeName      string      `json:"home_name"`
	HostOrgID     *int64      `json:"host_org_id"`
	HostName      string      `json:"host_name"`
	Place         string      `json:"place"`
	Reason        string      `json:"reason"`
	Abroad        bool        `json:"abroad"`
	LeftOn        model.Date  `json:"left_on"`
	ExpectedUntil *model.Date `json:"expected_until"`
	CardNo        string      `json:"card_no"`
	ReceiptNo     string      `json:"receipt_no"`
	State         string      `json:"state"`
	HomeAt        *time.Time  `json:"home_at"` // the home side's receipt
	HostAt        *time.Time  `json:"host_at"`
	EndedOn       *model.Date `json:"ended_on"`
	Note          string      `json:"note"`
	RegisteredAt  time.Time   `json:"registered_at"`
	LastContactOn *model.Date `json:"last_contact_on"`
	ContactDueOn  model.Date  `json:"contact_due_on"` // the next contact is due by then
	Silent        bool        `json:"silent"`         // the day is past and the stay lasts
}

// FloatingFilter narrows the list. Zero fields do not.
type FloatingFilter struct {
	OrgID     int64  `query:"org_id" validate:"min=0" label:"组织"` // with its subtree
	Direction string `query:"direction" validate:"omitempty,oneof=in out" label:"方向"`
	State     string `query:"state" validate:"omitempty,oneof=REGISTERED ACTIVE REFUSED ENDED" label:"状态"`
	Silent    bool   `query:"silent" label:"久未联系"`
}

// FloatingMembers lists the stays whose home or host v leads or administers, the newest first.
func (s *Service) FloatingMembers(ctx context.Context, v access.Viewer, f FloatingFilter, offset, limit int) ([]Floating, int64, error) {
	tx := s.db.Read(ctx)
	home, host, args, err := sides(tx, v, f.OrgID, "ho.path", "o.path")
	if err != nil {
		return nil, 0, err
	}
	where, args := direction(f.Direction, home, host, args)
	if f.State != "" {
		where, args = where+" AND f.state = ?", append(args, f.State)
	}
	if f.Silent {
		condition, more, err := silent(tx)
		if err != nil {
			return nil, 0, err
		}
		where, args = where+" AND "+condition, append(args, more...)
	}
	var total int64
	if err := tx.Raw("SELECT count(*)"+floatingFrom+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err := s.floating(tx, where+" ORDER BY f.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	return rows, total, err
}

// FloatingMember shows one stay whose home or host v leads or administers.
func (s *Service) FloatingMember(ctx context.Context, v access.Viewer, id int64) (Floating, error) {
	return s.floatingOf(s.db.Read(ctx), v, id)
}

// FloatingCounts is the numbers of a subtree. Who moves inside it counts on both sides. Each number opens its list.
type FloatingCounts struct {
	Out        int64 `json:"out"`         // direction=out, state=ACTIVE
	In         int64 `json:"in"`          // direction=in, state=ACTIVE
	OutPending int64 `json:"out_pending"` // direction=out, state=REGISTERED
	InPending  int64 `json:"in_pending"`  // direction=in, state=REGISTERED
	Silent     int64 `json:"silent"`      // direction=out, silent=true
}

// CountFloating counts the stays of a subtree, or of everything that v leads or administers.
func (s *Service) CountFloating(ctx context.Context, v access.Viewer, orgID int64) (FloatingCounts, error) {
	var c FloatingCounts
	tx := s.db.Read(ctx)
	home, host, args, err := sides(tx, v, orgID, "ho.path", "o.path")
	if err != nil {
		return c, err
	}
	quiet, quietArgs, err := silent(tx)
	if err != nil {
		return c, err
	}
	var all []any
	column := func(where, state, name string) string {
		all = append(append(all, args...), state)
		return "count(*) FILTER (WHERE " + where + " AND f.state = ?) AS " + name + ", "
	}
	sql := "SELECT " + column(home, model.FloatingActive, `"out"`) + column(host, model.FloatingActive, `"in"`) +
		column(home, model.FloatingRegistered, "out_pending") + column(host, model.FloatingRegistered, "in_pending") +
		"count(*) FILTER (WHERE " + home + " AND " + quiet + ") AS silent"
	all = append(append(all, args...), quietArgs...)
	where, whereArgs := direction("", home, host, args)
	err = tx.Raw(sql+floatingFrom+where, append(all, whereArgs...)...).Scan(&c).Error
	return c, err
}

func (s *Service) floatingOf(tx model.Tx, v access.Viewer, id int64) (Floating, error) {
	home, host, args, err := sides(tx, v, 0, "ho.path", "o.path")
	if err != nil {
		return Floating{}, err
	}
	rows, err := s.floating(tx, "("+home+" OR "+host+") AND f.id = ?", append(append(args, args...), id)...)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("流动党员登记")
	}
	if err != nil {
		return Floating{}, err
	}
	return rows[0], nil
}

const floatingFrom = ` FROM floating f LEFT JOIN org ho ON ho.id = f.home_org_id LEFT JOIN org o ON o.id = f.host_org_id WHERE `

// lastContact is the day from which the next contact is counted.
const lastContact = "coalesce((SELECT max(c.on_day) FROM floating_contact c WHERE c.floating_id = f.id), f.left_on)"

// silent is the condition of the stays that nobody has asked after for too long (RULES 2.9, 2.10).
func silent(tx model.Tx) (string, []any, error) {
	rules, err := rule.Load(tx, model.RulesMember, tx.Day())
	home, abroad := contactMonths(rules, false), contactMonths(rules, true)
	return "f.state IN (?, ?) AND " + lastContact + " < CASE WHEN f.abroad THEN ? ELSE ? END",
		[]any{model.FloatingRegistered, model.FloatingActive, silentBefore(tx.Day(), abroad), silentBefore(tx.Day(), home)}, err
}

func contactMonths(rules rule.Set, abroad bool) int {
	if abroad {
		return rules.Int("FLOATING_CONTACT_MONTHS", "ABROAD")
	}
	return rules.Int("FLOATING_CONTACT_MONTHS")
}

// silentBefore is the first day from which a contact is still in time: one on it is due today or later.
func silentBefore(today model.Date, months int) model.Date {
	d := calendar.AddMonths(today, -months)
	for calendar.AddMonths(d, months) < today { // at the end of a month
		d = d.AddDays(1)
	}
	return d
}

func (s *Service) floating(tx model.Tx, where string, args ...any) ([]Floating, error) {
	var rows []struct {
		Floating
		PhoneSealed string
	}
	err := tx.Raw(`SELECT f.id, f.member_id, f.name, f.phone_sealed, f.home_org_id, coalesce(ho.name, f.home_name) AS home_name, f.host_org_id,
       coalesce(o.name, f.host_name) AS host_name, f.place, f.reason, f.abroad, f.left_on, f.expected_until, f.card_no, f.receipt_no, f.state,
       f.home_at, f.host_at, f.ended_on, f.note, f.registered_at,
       (SELECT max(c.on_day) FROM floating_contact c WHERE c.floating_id = f.id) AS last_contact_on`+floatingFrom+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	rules, err := rule.Load(tx, model.RulesMember, tx.Day())
	if err != nil {
		return nil, err
	}
	views := make([]Floating, len(rows))
	for i, r := range rows {
		phone, err := s.vault.Open(r.PhoneSealed)
		if err != nil {
			return nil, err
		}
		f := r.Floating
		since := f.LeftOn
		if f.LastContactOn != nil {
			since = *f.LastContactOn
		}
		f.Phone, f.ContactDueOn = vault.MaskPhone(phone), calendar.AddMonths(since, contactMonths(rules, f.Abroad))
		f.Silent = f.ContactDueOn < tx.Day() && (f.State == model.FloatingActive || f.State == model.FloatingRegistered)
		views[i] = f
	}
	return views, nil
}
