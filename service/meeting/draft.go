package meeting

import (
	"context"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Input is what an administrator writes about a theme day.
type Input struct {
	Theme   string     `json:"theme" validate:"required,max=100,text" label:"活动主题"`
	HeldOn  model.Date `json:"held_on" validate:"required,date" label:"活动日期"`
	Content string     `json:"content" validate:"max=5000" label:"活动内容"`
	Place   string     `json:"place" validate:"max=100" label:"活动地点"`
	Record  string     `json:"record" validate:"max=20000" label:"活动记录"`
}

// NewInput is a new theme day of a branch. OrgID may be left out by the administrator of one branch.
type NewInput struct {
	OrgID int64 `json:"org_id" validate:"min=0" label:"支部"`
	Input
}

// AttendanceInput says how one member took part.
type AttendanceInput struct {
	MemberID int64  `json:"member_id" validate:"min=1" label:"党员"`
	Status   string `json:"status" validate:"oneof=PRESENT LATE LEAVE ABSENT EXEMPT" label:"参会情况"`
}

// Create opens the record of a theme day as a draft.
//
// Faults: not_found for a branch outside v's work, theme_day.branch if it is no branch or no branch is named,
// theme_day.theme, theme_day.held_on.
func (s *Service) Create(ctx context.Context, v access.Viewer, in NewInput) (View, error) {
	var view View
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		orgID, err := branchToWork(tx, v, in.OrgID)
		if err != nil {
			return err
		}
		if err := checkInput(in.Input); err != nil {
			return err
		}
		m := model.Meeting{OrgID: orgID, Kind: model.ThemeDay, Month: in.HeldOn.Month(), HeldOn: in.HeldOn, State: model.MeetingDraft,
			Theme: strings.TrimSpace(in.Theme), Content: in.Content, Place: strings.TrimSpace(in.Place), Record: in.Record,
			CreatedBy: accountOf(v), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&m).Error; err != nil {
			return err
		}
		view, err = one(tx, v, m.ID)
		return err
	})
	return view, err
}

// Edit writes a draft anew.
func (s *Service) Edit(ctx context.Context, v access.Viewer, id int64, in Input) (View, error) {
	if err := checkInput(in); err != nil {
		return View{}, err
	}
	return s.change(ctx, v, id, func(tx model.Tx, m model.Meeting) error {
		month := in.HeldOn.Month()
		err := tx.Model(&model.Meeting{}).Where("id = ?", m.ID).Updates(map[string]any{
			"theme": strings.TrimSpace(in.Theme), "held_on": in.HeldOn, "month": month, "content": in.Content,
			"place": strings.TrimSpace(in.Place), "record": in.Record,
		}).Error
		if err != nil || month == m.Month {
			return err
		}
		return tx.Model(&model.Attendance{}).Where("meeting_id = ?", m.ID).Update("month", month).Error
	})
}

// SetAttendance puts the whole attendance of a draft in place of what was there. Only active members of the branch count.
//
// Faults: theme_day.attendance_repeated, theme_day.attendance_foreign with the member_ids.
func (s *Service) SetAttendance(ctx context.Context, v access.Viewer, id int64, in []AttendanceInput) (View, error) {
	return s.change(ctx, v, id, func(tx model.Tx, m model.Meeting) error {
		if err := checkMembers(tx, m.OrgID, in); err != nil {
			return err
		}
		if err := tx.Where("meeting_id = ?", m.ID).Delete(&model.Attendance{}).Error; err != nil || len(in) == 0 {
			return err
		}
		rows := make([]model.Attendance, len(in))
		for i, a := range in {
			rows[i] = model.Attendance{MeetingID: m.ID, MemberID: a.MemberID, Month: m.Month, Status: a.Status}
		}
		return tx.CreateInBatches(rows, 500).Error
	})
}

// AddPhoto keeps a photo and adds it to a draft. The same photo a second time changes nothing.
func (s *Service) AddPhoto(ctx context.Context, v access.Viewer, id int64, name string, body []byte) (View, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error { // before the photo goes to the disk
		_, err := draft(tx, v, id)
		return err
	})
	if err != nil {
		return View{}, err
	}
	f, err := s.files.SavePhoto(ctx, v.AccountID, name, body)
	if err != nil {
		return View{}, err
	}
	return s.change(ctx, v, id, func(tx model.Tx, m model.Meeting) error {
		var sums []string
		err := tx.Raw(`SELECT f.sha256 FROM meeting_photo p JOIN file f ON f.id = p.file_id WHERE p.meeting_id = ?`, m.ID).Scan(&sums).Error
		if err != nil {
			return err
		}
		for _, sum := range sums {
			if sum == f.SHA256 {
				return nil
			}
		}
		if len(sums) >= MaxPhotos {
			return fault.Conflict("theme_day.too_many_photos", "现场照片最多9张，请先删除一张")
		}
		return tx.Create(&model.MeetingPhoto{MeetingID: m.ID, FileID: f.ID}).Error
	})
}

// RemovePhoto takes a photo out of a draft.
func (s *Service) RemovePhoto(ctx context.Context, v access.Viewer, id, fileID int64) (View, error) {
	return s.change(ctx, v, id, func(tx model.Tx, m model.Meeting) error {
		res := tx.Where("meeting_id = ? AND file_id = ?", m.ID, fileID).Delete(&model.MeetingPhoto{})
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.NotFound("照片")
		}
		return res.Error
	})
}

// change runs step on a draft that v may work on, its row locked, and answers with what became of it.
func (s *Service) change(ctx context.Context, v access.Viewer, id int64, step func(model.Tx, model.Meeting) error) (View, error) {
	var view View
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, err := draft(tx, v, id)
		if err != nil {
			return err
		}
		if err := step(tx, m); err != nil {
			return err
		}
		if err := tx.Model(&model.Meeting{}).Where("id = ?", m.ID).Update("updated_at", tx.Now).Error; err != nil {
			return err
		}
		view, err = one(tx, v, id)
		return err
	})
	return view, err
}

// draft locks a draft that v may work on.
func draft(tx model.Tx, v access.Viewer, id int64) (model.Meeting, error) {
	m, err := toWork(tx, v, id)
	if err != nil {
		return m, err
	}
	return m, draftOnly(m)
}

// toWork locks a theme day that v may work on.
func toWork(tx model.Tx, v access.Viewer, id int64) (model.Meeting, error) {
	var m model.Meeting
	// SECURITY: the branch is part of the WHERE, so that a guessed id finds nothing.
	where, args := v.Works().Orgs("org_id")
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND kind = ?", id, model.ThemeDay).Where(where, args...).Take(&m).Error
	if !model.NotFound(err) {
		return m, err
	}
	if _, err := one(tx, v, id); err != nil {
		return m, err
	}
	return m, fault.Forbidden() // may be read, not changed
}

// branchToWork is the branch of the given id if v may work there, or the only branch that v administers.
func branchToWork(tx model.Tx, v access.Viewer, id int64) (int64, error) {
	if id == 0 {
		for _, g := range v.Grants {
			if g.Role != model.RoleAdmin || g.OrgType != model.OrgBranch {
				continue
			}
			if id != 0 {
				return 0, fault.Invalid("theme_day.branch", "您管理多个支部，请选择支部")
			}
			id = g.OrgID
		}
	}
	if id == 0 {
		return 0, fault.Invalid("theme_day.branch", "请选择支部")
	}
	var org model.Org
	where, args := v.Works().Paths("path")
	err := tx.Where("id = ? AND dissolved_on IS NULL", id).Where(where, args...).Take(&org).Error
	switch {
	case model.NotFound(err):
		return 0, fault.NotFound("支部")
	case err == nil && org.Type != model.OrgBranch:
		return 0, fault.Invalid("theme_day.branch", "主题党日由党支部开展，请选择支部")
	}
	return org.ID, err
}

func checkInput(in Input) error {
	if blank(in.Theme) {
		return fault.Invalid("theme_day.theme", "请填写活动主题")
	}
	if _, err := model.ParseDate(string(in.HeldOn)); err != nil {
		return fault.Invalid("theme_day.held_on", "活动日期须为存在的日期，如 2026-11-20")
	}
	return nil
}

func checkMembers(tx model.Tx, orgID int64, in []AttendanceInput) error {
	foreign := make(map[int64]bool, len(in))
	ids := make([]int64, len(in))
	for i, a := range in {
		if foreign[a.MemberID] {
			return fault.Invalid("theme_day.attendance_repeated", "同一名党员填写了两次").With("member_id", a.MemberID)
		}
		foreign[a.MemberID], ids[i] = true, a.MemberID
	}
	if len(ids) == 0 {
		return nil
	}
	var own []int64
	err := tx.Model(&model.Member{}).Where("id IN ? AND org_id = ? AND standing = ?", ids, orgID, model.StandingActive).Pluck("id", &own).Error
	if err != nil {
		return err
	}
	for _, id := range own {
		delete(foreign, id)
	}
	if len(foreign) == 0 {
		return nil
	}
	bad := make([]int64, 0, len(foreign))
	for _, id := range ids {
		if foreign[id] {
			bad = append(bad, id)
		}
	}
	return fault.Invalid("theme_day.attendance_foreign", "参会人员中有人不是本支部的在册党员").With("member_ids", bad)
}

func accountOf(v access.Viewer) *int64 {
	if v.AccountID == 0 {
		return nil
	}
	return &v.AccountID
}
