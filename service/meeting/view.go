package meeting

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Summary is a theme day in a list.
type Summary struct {
	ID       int64       `json:"id"`
	OrgID    int64       `json:"org_id"`
	OrgName  string      `json:"org_name"`
	Month    model.Month `json:"month"`
	HeldOn   model.Date  `json:"held_on"`
	Theme    string      `json:"theme"`
	Place    string      `json:"place"`
	State    string      `json:"state"`
	Listed   int64       `json:"listed"`   // members in the attendance, whatever their status
	Attended int64       `json:"attended"` // of these, present or late
	Photos   int64       `json:"photo_count"`
}

// View is one theme day with everything in it that the viewer may see.
type View struct {
	Summary
	Content     string           `json:"content"`
	Record      string           `json:"record"`
	Attendance  []AttendanceView `json:"attendance" gorm:"-"`
	PhotoFiles  []PhotoView      `json:"photos" gorm:"-"`
	Missing     []string         `json:"missing" gorm:"-"`  // a draft: the elements that are not there yet
	Editable    bool             `json:"editable" gorm:"-"` // the viewer may change it now
	CompletedAt *time.Time       `json:"completed_at"`
	CancelledAt *time.Time       `json:"cancelled_at"`
	CancelNote  string           `json:"cancel_note"`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
}

// AttendanceView is how one member took part.
type AttendanceView struct {
	MemberID int64  `json:"member_id"`
	Name     string `json:"name"`
	Status   string `json:"status"`
}

// PhotoView is one photo; its content is behind URL.
type PhotoView struct {
	FileID int64  `json:"file_id"`
	Name   string `json:"name"`
	URL    string `json:"url" gorm:"-"`
}

// Filter narrows a list. Empty fields narrow nothing.
type Filter struct {
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	OrgID int64       `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	State string      `query:"state" validate:"omitempty,oneof=DRAFT COMPLETED CANCELLED" label:"状态"`
}

// visible is the condition on the theme days (m, with their branch o) that v may see: all states in the subtrees that v
// leads or administers, completed ones of v's own branch.
func visible(v access.Viewer) (string, []any) {
	where, args := v.Reads().Paths("o.path")
	return "m.kind = ? AND (" + where + " OR (m.org_id = ? AND m.state = ?))",
		append(append([]any{model.ThemeDay}, args...), v.OrgID, model.MeetingCompleted)
}

const columns = `m.id, m.org_id, o.name AS org_name, m.month, m.held_on, m.theme, m.place, m.state,
  (SELECT count(*) FROM attendance a WHERE a.meeting_id = m.id) AS listed,
  (SELECT count(*) FROM attendance a WHERE a.meeting_id = m.id AND a.status IN ('PRESENT', 'LATE')) AS attended,
  (SELECT count(*) FROM meeting_photo p WHERE p.meeting_id = m.id) AS photos`

// ThemeDays lists up to limit of the theme days that v may see, newest first, and how many there are in all.
func (s *Service) ThemeDays(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]Summary, int64, error) {
	tx := s.db.Read(ctx)
	where, args := visible(v)
	from := " FROM meeting m JOIN org o ON o.id = m.org_id WHERE " + where
	narrow := func(condition string, values ...any) {
		from += " AND " + condition
		args = append(args, values...)
	}
	if f.Month != "" {
		narrow("m.month = ?", f.Month)
	}
	if f.State != "" {
		narrow("m.state = ?", f.State)
	}
	if f.OrgID != 0 {
		narrow("EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')", f.OrgID)
	}
	var total int64
	if err := tx.Raw("SELECT count(*)"+from, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Summary{}
	err := tx.Raw("SELECT "+columns+from+" ORDER BY m.held_on DESC, m.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// ThemeDay is one theme day that v may see.
func (s *Service) ThemeDay(ctx context.Context, v access.Viewer, id int64) (View, error) {
	return one(s.db.Read(ctx), v, id)
}

func one(tx model.Tx, v access.Viewer, id int64) (View, error) {
	where, args := visible(v)
	var rows []struct {
		View
		Path string
	}
	err := tx.Raw("SELECT "+columns+`, m.content, m.record, m.completed_at, m.cancelled_at, m.cancel_note, m.created_at, m.updated_at, o.path
FROM meeting m JOIN org o ON o.id = m.org_id WHERE m.id = ? AND `+where, append([]any{id}, args...)...).Scan(&rows).Error
	if err != nil {
		return View{}, err
	}
	if len(rows) == 0 {
		return View{}, fault.NotFound("主题党日")
	}
	view := rows[0].View
	view.Editable = view.State == model.MeetingDraft && v.Works().Covers(rows[0].Path)
	view.Missing = []string{}
	if view.State == model.MeetingDraft {
		view.Missing = missing(elements{view.Theme, view.Content, view.Record, view.Attended, view.Photos})
	}
	if view.Attendance, err = attendanceOf(tx, v, id, v.Reads().Covers(rows[0].Path)); err != nil {
		return View{}, err
	}
	view.PhotoFiles, err = photosOf(tx, id)
	return view, err
}

// attendanceOf shows a member who only belongs to the branch who was there and how he or she took part, not who of the
// others was missing (RULES 11.17).
func attendanceOf(tx model.Tx, v access.Viewer, id int64, all bool) ([]AttendanceView, error) {
	sql, args := []string{`SELECT a.member_id, m.name, a.status FROM attendance a JOIN member m ON m.id = a.member_id WHERE a.meeting_id = ?`}, []any{id}
	if !all {
		sql, args = append(sql, "AND (a.status IN ('PRESENT', 'LATE') OR a.member_id = ?)"), append(args, v.MemberID)
	}
	rows := []AttendanceView{}
	err := tx.Raw(strings.Join(append(sql, "ORDER BY m.name, a.member_id"), " "), args...).Scan(&rows).Error
	return rows, err
}

func photosOf(tx model.Tx, id int64) ([]PhotoView, error) {
	rows := []PhotoView{}
	err := tx.Raw(`SELECT f.id AS file_id, f.name FROM meeting_photo p JOIN file f ON f.id = p.file_id WHERE p.meeting_id = ? ORDER BY p.id`, id).Scan(&rows).Error
	for i := range rows {
		rows[i].URL = fmt.Sprintf("/api/v1/files/%d", rows[i].FileID)
	}
	return rows, err
}

// MaySeeFile tells whether the file is a photo of a theme day that v may see.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	where, args := visible(v)
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT count(*) FROM meeting_photo p JOIN meeting m ON m.id = p.meeting_id JOIN org o ON o.id = m.org_id
WHERE p.file_id = ? AND `+where, append([]any{fileID}, args...)...).Scan(&n).Error
	return n > 0, err
}
