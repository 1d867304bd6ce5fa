package member

import (
	"context"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
)

// Detail is a member's own page: the national form (党员基本信息采集表) and what the platform needs beyond it. Identity
// number, phone and address are masked.
type Detail struct {
	View
	NativePlace  string      `json:"native_place"`
	Degree       string      `json:"degree"`
	Occupation   string      `json:"occupation"`
	WorkUnit     string      `json:"work_unit"`
	WorkPost     string      `json:"work_post"`
	Landline     string      `json:"landline"`
	Address      string      `json:"address"`
	IsCadre      bool        `json:"is_cadre"`
	GroupID      *int64      `json:"group_id"`
	GroupName    string      `json:"group_name"`
	ApprovedOn   *model.Date `json:"approved_on"`
	LostSince    *model.Date `json:"lost_since"`
	WatchedUntil *model.Date `json:"watched_until"` // 留党察看
	Exempt       bool        `json:"exempt"`        // no duty to attend
	LeftOn       *model.Date `json:"left_on"`
	Floating     *Away       `json:"floating"`
	BoundAt      *time.Time  `json:"bound_at"`
	Years        int         `json:"years"`     // completed since admission
	Seniority    int         `json:"seniority"` // whole years since full membership (党龄, RULES 6)
	Version      int64       `json:"version"`   // who edits says which version he or she saw
}

// Away is where a floating member is.
type Away struct {
	ID     int64      `json:"id"`
	State  string     `json:"state"`
	Place  string     `json:"place"`
	LeftOn model.Date `json:"left_on"`
}

// Member shows one member: to whoever leads or administers his or her branch or one above, and to the member. Anybody
// else finds nothing.
//
// Somebody else's look is written down for the member (NM6) after the reading and before the answer, in a transaction of
// its own. If it cannot be written, the answer is that failure: nobody looks without a trace.
func (s *Service) Member(ctx context.Context, v access.Viewer, id int64) (Detail, error) {
	d, err := s.seen(s.db.Read(ctx), v, id)
	if err != nil || v.MemberID == id {
		return d, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		return Looked(tx, v, model.AccessDetail, "", "SELECT CAST(? AS bigint) AS id", id)
	})
	if err != nil {
		return Detail{}, err
	}
	return d, nil
}

// seen reads a member whom v may see.
func (s *Service) seen(tx model.Tx, v access.Viewer, id int64) (Detail, error) {
	where, args := v.Reads().Paths("o.path")
	var rows []detailRow
	err := tx.Raw("SELECT "+viewColumns+detailColumns+`
FROM member m JOIN org o ON o.id = m.org_id LEFT JOIN account a ON a.member_id = m.id LEFT JOIN party_group g ON g.id = m.group_id
LEFT JOIN floating f ON f.member_id = m.id AND f.state IN ('REGISTERED', 'ACTIVE')
WHERE m.id = ? AND (m.id = ? OR `+where+")", append([]any{id, v.MemberID}, args...)...).Scan(&rows).Error
	if err != nil {
		return Detail{}, err
	}
	if len(rows) == 0 {
		return Detail{}, fault.NotFound("党员")
	}
	return s.detail(rows[0], tx.Day())
}

type detailRow struct {
	Detail
	IDSealed, PhoneSealed, AddressSealed string
	FloatingID                           int64
	FloatingState, FloatingPlace         string
	FloatingSince                        model.Date
}

const detailColumns = `, m.native_place, m.degree, m.occupation, m.work_unit, m.work_post, m.landline, m.address_sealed, m.is_cadre,
    m.group_id, coalesce(g.name, '') AS group_name, m.approved_on, m.lost_since, m.watched_until, m.exempt, m.left_on, a.bound_at, m.version,
    coalesce(f.id, 0) AS floating_id, coalesce(f.state, '') AS floating_state, coalesce(f.place, '') AS floating_place,
    coalesce(f.left_on, '') AS floating_since`

func (s *Service) detail(r detailRow, day model.Date) (Detail, error) {
	d := r.Detail
	shown, err := s.masked(model.Member{IDSealed: r.IDSealed, PhoneSealed: r.PhoneSealed, AddressSealed: r.AddressSealed})
	if err != nil {
		return Detail{}, err
	}
	d.IDNumber, d.Phone, d.Address = shown.id, shown.phone, shown.address
	if r.FloatingID != 0 {
		d.Floating = &Away{ID: r.FloatingID, State: r.FloatingState, Place: r.FloatingPlace, LeftOn: r.FloatingSince}
	}
	d.Years = calendar.Years(d.AdmittedOn, day)
	if d.FullOn != nil && *d.FullOn != "" {
		d.Seniority = calendar.Years(*d.FullOn, day)
	}
	return d, nil
}

// maskAddress shows the county, no more: 江西省德兴市******.
func maskAddress(address string) string {
	const shown = 6
	if address == "" {
		return ""
	}
	letters := []rune(address)
	if len(letters) <= shown {
		return strings.Repeat("*", len(letters))
	}
	return string(letters[:shown]) + "******"
}
