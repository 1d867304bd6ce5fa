package member

import (
	"fmt"
	"strconv"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/batch"
	"hongyun/service/sheet"
)

// Exporters is the lists that this module gives out.
func (s *Service) Exporters() []batch.Exporter {
	return []batch.Exporter{{Kind: KindMembers, Title: "党员名册", Count: s.countForms, Spec: listSpec, Rows: s.listRows}}
}

func (s *Service) countForms(tx model.Tx, v access.Viewer, filter []byte) (int64, error) {
	f, err := ParseFilter(filter)
	if err != nil {
		return 0, err
	}
	filtered, args, err := s.filtered(tx, v, f)
	if err != nil {
		return 0, err
	}
	var n int64
	return n, tx.Raw("SELECT count(*) "+filtered, args...).Scan(&n).Error
}

// listSpec is the national form, without drop-downs. What goes out masked says so.
func listSpec(identity bool) sheet.Spec {
	columns := formColumns()
	for i := range columns {
		columns[i].Options, columns[i].Note, columns[i].Required = nil, "", false
	}
	title := "党员名册（脱敏）"
	if identity {
		title = "党员名册"
	}
	return sheet.Spec{Title: title, Columns: columns}
}

// listRow is a member as the list has it.
type listRow struct {
	Detail
	IDSealed, PhoneSealed, AddressSealed string
	FloatingID                           int64
	FloatingPlace                        string
	FloatingSince                        model.Date
	Path, NowPath                        string // of the branch in the list, and of the branch today
}

// listRows is the next members behind after, branch by branch in the order of the list on the screen, and leaves a trace
// of each (NM6). Full numbers stand only where the owner may read them.
func (s *Service) listRows(tx model.Tx, e batch.Export, after string, limit int) ([][]string, string, error) {
	f, err := ParseFilter([]byte(e.Filter))
	if err != nil {
		return nil, "", err
	}
	filtered, args, err := s.filtered(tx, e.By, f)
	if err != nil {
		return nil, "", err
	}
	from, where, _ := strings.Cut(filtered, " WHERE ")
	if path, id, ok := strings.Cut(after, "|"); ok {
		last, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("go on behind %q: %w", after, err)
		}
		where, args = "("+where+") AND (o.path > ? OR o.path = ? AND m.id > ?)", append(args, path, path, last)
	}
	var rows []listRow
	err = tx.Raw("SELECT o.path, "+viewColumns+detailColumns+" "+from+` LEFT JOIN party_group g ON g.id = m.group_id
LEFT JOIN floating f ON f.member_id = m.id AND f.state IN ('REGISTERED', 'ACTIVE') WHERE `+where+" ORDER BY o.path, m.id LIMIT ?", append(args, limit)...).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, "", err
	}
	cells, ids := make([][]string, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		if cells[i], err = s.cells(e, r); err != nil {
			return nil, "", err
		}
	}
	reason := fmt.Sprintf("导出第%d号：%s", e.ID, e.Reason)
	if err := Looked(tx, e.By, model.AccessExport, reason, "SELECT id FROM member WHERE id IN ?", ids); err != nil {
		return nil, "", err
	}
	next := ""
	if last := rows[len(rows)-1]; len(rows) == limit {
		next = fmt.Sprintf("%s|%d", last.Path, last.ID)
	}
	return cells, next, nil
}

// cells is a row in the order of formColumns.
func (s *Service) cells(e batch.Export, r listRow) ([]string, error) {
	var n numbers
	sealed := model.Member{IDSealed: r.IDSealed, PhoneSealed: r.PhoneSealed, AddressSealed: r.AddressSealed}
	var err error
	switch {
	case !e.By.Reads().Covers(r.NowPath): // a roster of a past day, and somebody who is not v's any more
		r = r.then()
	case e.Identity && e.By.Identifies().Covers(r.NowPath):
		n, err = s.opened(sealed)
	default:
		n, err = s.masked(sealed)
	}
	if err != nil {
		return nil, err
	}
	lost, floating := r.LostSince != nil, r.FloatingID != 0
	return []string{r.Name, inChinese[r.Sex], n.id, r.EthnicGroup, string(r.BornOn), r.Education, r.Degree, statusTitle[r.Status], r.OrgName,
		string(r.AdmittedOn), dateText(r.FullOn), r.WorkPost, r.WorkUnit, r.Occupation, n.phone, r.Landline, n.address, r.NativePlace,
		yesNo(r.IsCadre), yesNo(lost), dateText(r.LostSince), yesNo(floating), r.FloatingPlace, string(r.FloatingSince)}, nil
}

// then is what the roster of a past day shows of somebody who has left since: as View.Away does on the screen.
func (r listRow) then() listRow {
	return listRow{Detail: Detail{View: r.View}}
}
