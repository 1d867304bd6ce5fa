// Package member is the roster: who the members are, as far as the viewer may see, the national form of each with its
// changes and who looked at it, and their political birthdays. What a member pays or attends is not here, nor how an
// applicant becomes a member.
package member

import (
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/vault"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB     *model.DB
	Vault  *vault.Vault
	Notify *notify.Service
	Papers *file.Sealed
}

// Service keeps the roster. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	vault  *vault.Vault
	notify *notify.Service
	papers *file.Sealed
}

// New makes the module.
func New(o Options) *Service {
	return &Service{db: o.DB, vault: o.Vault, notify: o.Notify, papers: o.Papers}
}

// View is a member in a list. Identity and phone numbers are masked (RULES 11.3).
type View struct {
	ID          int64       `json:"id"`
	Name        string      `json:"name"`
	Sex         string      `json:"sex"`
	OrgID       int64       `json:"org_id"` // in a roster of a past day: the branch of that day
	OrgName     string      `json:"org_name"`
	Status      string      `json:"status"`
	Standing    string      `json:"standing"`
	BornOn      model.Date  `json:"born_on"`
	EthnicGroup string      `json:"ethnic_group"`
	Education   string      `json:"education"`
	AdmittedOn  model.Date  `json:"admitted_on"`
	FullOn      *model.Date `json:"full_on"`
	IDNumber    string      `json:"id_number"`
	Phone       string      `json:"phone"`
	Bound       bool        `json:"bound"` // tied to a WeChat account
	// Away marks, in the roster of a past day, who belongs to an organisation out of the viewer's sight now: numbers, status and
	// standing are left out.
	Away bool `json:"away"`
}

// Members lists the members of the organisations that v leads or administers, by branch and in the order of entry.
// limit rows from offset on, and how many there are.
func (s *Service) Members(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]View, int64, error) {
	tx := s.db.Read(ctx)
	filtered, args, err := s.filtered(tx, v, f)
	if err != nil {
		return nil, 0, err
	}
	rows, total, err := readPage(tx, viewColumns, nil, filtered, args, offset, limit)
	if err != nil {
		return nil, 0, err
	}
	views := make([]View, 0, len(rows))
	for _, r := range rows {
		view, err := s.view(v, r)
		if err != nil {
			return nil, 0, err
		}
		views = append(views, view)
	}
	return views, total, nil
}

// row is a member as the queries of a list read it.
type row struct {
	View
	IDSealed, PhoneSealed, NowPath string
	Codes                          string // of the data-quality desk, where they are asked for
}

// readPage reads columns of one page of what filtered gives, and how many rows there are in all: if the page is not full,
// that is known without counting.
func readPage(tx model.Tx, columns string, ofColumns []any, filtered string, args []any, offset, limit int) ([]row, int64, error) {
	var rows []row
	all := slices.Concat(ofColumns, args, []any{limit, offset})
	if err := tx.Raw("SELECT "+columns+onePage(filtered), all...).Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	if len(rows) < limit && (len(rows) > 0 || offset == 0) {
		return rows, int64(offset + len(rows)), nil
	}
	var total int64
	err := tx.Raw("SELECT count(*) "+filtered, args...).Scan(&total).Error
	return rows, total, err
}

// onePage reads the members of one page of what filtered gives, with m, o and a as there; LIMIT and OFFSET are its last
// arguments. Whom the page leaves out is not read: an index is enough to count them off.
func onePage(filtered string) string {
	return " FROM (SELECT m.id, o.id AS org_id " + filtered + ` ORDER BY o.path, m.id LIMIT ? OFFSET ?) page
JOIN member m ON m.id = page.id JOIN org o ON o.id = page.org_id LEFT JOIN account a ON a.member_id = m.id ORDER BY o.path, m.id`
}

// viewColumns go before onePage.
const viewColumns = `m.id, m.name, m.sex, o.id AS org_id, o.name AS org_name, m.status, m.standing, m.born_on, m.ethnic_group, m.education,
    m.admitted_on, m.full_on, m.id_sealed, m.phone_sealed, a.id IS NOT NULL AS bound,
    CASE WHEN m.org_id = o.id THEN o.path ELSE (SELECT n.path FROM org n WHERE n.id = m.org_id) END AS now_path`

func (s *Service) view(v access.Viewer, r row) (View, error) {
	if !v.Reads().Covers(r.NowPath) {
		r.Away, r.Bound, r.Status, r.Standing = true, false, "", "" // what became of him or her is the other organisation's
		return r.View, nil
	}
	number, err := s.vault.Open(r.IDSealed)
	if err != nil {
		return View{}, err
	}
	phone, err := s.vault.Open(r.PhoneSealed)
	if err != nil {
		return View{}, err
	}
	r.IDNumber, r.Phone = vault.MaskID(number), vault.MaskPhone(phone)
	return r.View, nil
}
