package calendar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Service shows and changes the holiday table.
type Service struct {
	db       *model.DB
	onChange []func(tx model.Tx, first, last model.Date) error
}

// New makes the service.
func New(db *model.DB) *Service { return &Service{db: db} }

// OnChange registers what must follow a change of the days first to last, in
// the same transaction: open deadlines are counted again (RULES 9.4). Call it
// before the service is used.
func (s *Service) OnChange(follow func(tx model.Tx, first, last model.Date) error) {
	s.onChange = append(s.onChange, follow)
}

// Override is one date that goes against the week's rule.
type Override struct {
	Date        model.Date `json:"date" validate:"required"`
	Kind        string     `json:"kind" validate:"required,oneof=OFF WORK"`
	Name        string     `json:"name" validate:"required,max=50"`
	NoticeNo    string     `json:"notice_no" validate:"max=50"` // of the official notice
	Provisional bool       `json:"provisional"`
}

// Year is the overrides of a year.
type Year struct {
	Year      int        `json:"year"`
	Confirmed bool       `json:"confirmed"` // the official notice is in: deadlines of the year are final
	Items     []Override `json:"items"`
	Warning   string     `json:"warning"` // Chinese: a notice that ought to be in is not; empty: none is missing
}

// Missing names a year whose notice ought to be in. Year is 0 if there is none.
type Missing struct {
	Year    int    `json:"year"`
	Message string `json:"message"`
}

// DeadlineAfter is the function of this name, outside any transaction.
func (s *Service) DeadlineAfter(ctx context.Context, from model.Date, workingDays int) (Deadline, error) {
	return DeadlineAfter(s.db.Read(ctx), from, workingDays)
}

// Overrides lists a year's overrides by date.
func (s *Service) Overrides(ctx context.Context, year int) (Year, error) {
	if err := checkDate(model.Date(fmt.Sprintf("%04d-01-01", year))); err != nil {
		return Year{}, err
	}
	rows, err := overridesOf(s.db.Read(ctx), year)
	if err != nil {
		return Year{}, err
	}
	missing, err := s.MissingYear(ctx)
	return Year{Year: year, Confirmed: confirmed(rows), Items: views(rows), Warning: missing.Message}, err
}

// SetOverride puts overrides in place of what stood for their dates: all of a
// notice or none of it. Only an administrator of the city may.
func (s *Service) SetOverride(ctx context.Context, v access.Viewer, overrides ...Override) error {
	if !v.CityAdmin() {
		return fault.Forbidden()
	}
	rows, err := rowsOf(overrides)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := replace(tx, rows)
		if err != nil {
			return err
		}
		for _, follow := range s.onChange {
			if err := follow(tx, rows[0].Date, rows[len(rows)-1].Date); err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "calendar.set_override", ObjectType: "workday_override",
			Before: views(before), After: views(rows)})
		return nil
	})
}

// RemoveOverride lets the week's rule stand for the date again. Only an
// administrator of the city may.
func (s *Service) RemoveOverride(ctx context.Context, v access.Viewer, date model.Date) error {
	if !v.CityAdmin() {
		return fault.Forbidden()
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		var before []model.WorkdayOverride
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("date = ?", date).Find(&before).Error
		if err != nil {
			return err
		}
		if len(before) == 0 {
			return fault.NotFound("日期的安排")
		}
		if err := tx.Where("date = ?", date).Delete(&model.WorkdayOverride{}).Error; err != nil {
			return err
		}
		for _, follow := range s.onChange {
			if err := follow(tx, date, date); err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "calendar.remove_override", ObjectType: "workday_override", Before: views(before)})
		return nil
	})
}

// MissingYear warns from 1 November if next year's notice is not in, and at
// any time if this year's is not (RULES 9.4).
func (s *Service) MissingYear(ctx context.Context) (Missing, error) {
	tx := s.db.Read(ctx)
	years := []int{tx.Day().Year()}
	if tx.Now.In(model.Shanghai).Month() >= time.November {
		years = append(years, years[0]+1)
	}
	for _, year := range years {
		rows, err := overridesOf(tx, year)
		if err != nil {
			return Missing{}, err
		}
		if !confirmed(rows) {
			return Missing{Year: year, Message: fmt.Sprintf("%d年的节假日安排尚未录入，涉及该年的办理时限均为暂定，请在国务院办公厅的通知发布后尽快录入", year)}, nil
		}
	}
	return Missing{}, nil
}

// rowsOf checks the overrides and sorts them by date.
func rowsOf(overrides []Override) ([]model.WorkdayOverride, error) {
	if len(overrides) == 0 || len(overrides) > 400 {
		return nil, fault.Invalid("calendar.overrides", "请填写1至400个日期")
	}
	rows := make([]model.WorkdayOverride, len(overrides))
	for i, o := range overrides {
		rows[i] = model.WorkdayOverride{Date: o.Date, Kind: o.Kind, Name: strings.TrimSpace(o.Name),
			NoticeNo: strings.TrimSpace(o.NoticeNo), Provisional: o.Provisional}
		if err := check(rows[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(rows, func(a, b model.WorkdayOverride) int { return strings.Compare(string(a.Date), string(b.Date)) })
	for i := range rows[1:] {
		if rows[i].Date == rows[i+1].Date {
			return nil, fault.Invalid("calendar.repeated", fmt.Sprintf("%s填写了两次", rows[i].Date))
		}
	}
	return rows, nil
}

func check(o model.WorkdayOverride) error {
	if err := checkDate(o.Date); err != nil {
		return err
	}
	if o.Kind != Off && o.Kind != Work {
		return fault.Invalid("calendar.kind", "类型须为放假（OFF）或上班（WORK）")
	}
	if n := utf8.RuneCountInString(o.Name); n == 0 || n > 50 {
		return fault.Invalid("calendar.name", "请填写节日名称，不超过50个字")
	}
	if utf8.RuneCountInString(o.NoticeNo) > 50 {
		return fault.Invalid("calendar.notice_no", "通知文号不能超过50个字")
	}
	return nil
}

// replace writes the rows and tells what stood there before.
func replace(tx model.Tx, rows []model.WorkdayOverride) (before []model.WorkdayOverride, err error) {
	dates := make([]model.Date, len(rows))
	for i, r := range rows {
		dates[i] = r.Date
	}
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("date IN ?", dates).Order("date").Find(&before).Error
	if err != nil {
		return nil, err
	}
	return before, tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "date"}}, UpdateAll: true}).Create(&rows).Error
}

func views(rows []model.WorkdayOverride) []Override {
	out := make([]Override, len(rows))
	for i, r := range rows {
		out[i] = Override(r)
	}
	return out
}
