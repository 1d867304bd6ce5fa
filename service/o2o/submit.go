package o2o

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// SubmitInput is a request as a citizen writes it in the mini-program.
type SubmitInput struct {
	Content   string   `json:"content" validate:"required,text,max=2000" label:"诉求内容"`
	Category  string   `json:"category" validate:"omitempty,oneof=CONSULT HELP COMPLAINT SUGGESTION URGENT" label:"诉求类别"` // empty: HELP
	Place     string   `json:"place" validate:"max=200" label:"地点"`
	Lat       *float64 `json:"lat" label:"纬度"`
	Lng       *float64 `json:"lng" label:"经度"`
	Anonymous bool     `json:"anonymous" label:"匿名"`

	Confidential        bool   `json:"confidential" label:"保密"`
	ReplyWanted         bool   `json:"reply_wanted" label:"要求答复"`
	Name                string `json:"name" validate:"max=30" label:"姓名"` // empty: that of the account's member
	Phone               string `json:"phone" validate:"max=11" label:"手机号"`
	SubjectDepartmentID *int64 `json:"subject_department_id" label:"被反映单位"` // it never sees the request
	Topic               string `json:"topic" validate:"max=40" label:"诉求主题"`
}

// checkTime bounds the wait for WeChat's text check: a request is not lost because WeChat is slow.
const checkTime = 4 * time.Second

// Submit takes in a request from the mini-program. The same key of the same account returns the same request; with
// another text it is fault.Conflict "o2o.key_reused". A text that WeChat's check calls risky is "o2o.content_refused";
// where the check itself fails the request is taken in, since nobody but staff reads it.
func (s *Service) Submit(ctx context.Context, v access.Viewer, in SubmitInput, key string) (d Detail, err error) {
	if err := checkSubmit(&in); err != nil {
		return d, err
	}
	r := in.request(model.SourceMiniProgram)
	r.AccountID = &v.AccountID
	if key != "" {
		r.IdempotencyKey = &key
		if old, err := s.submitted(s.db.Read(ctx), v, r); err != nil || old.ID != 0 {
			return old, err
		}
	}
	if err := s.checkText(ctx, v, in.Content+"\n"+in.Place); err != nil {
		return d, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.enter(tx, &r, in, citizenActor(v.AccountID)); err != nil {
			return err
		}
		d, err = s.detail(tx, v, r.ID)
		return err
	})
	if errors.Is(err, errKeyUsed) { // at the same moment; its number went back
		return s.submitted(s.db.Read(ctx), v, r)
	}
	return d, err
}

// request is the row of what was written.
func (in SubmitInput) request(source string) model.Request {
	return model.Request{Source: source, Category: in.Category, Content: in.Content, Place: in.Place, Lat: in.Lat, Lng: in.Lng,
		Anonymous: in.Anonymous, Confidential: in.Confidential, ReplyWanted: in.ReplyWanted, SubjectDepartmentID: in.SubjectDepartmentID, Topic: in.Topic}
}

// enter opens a request as it was written, by whichever door it came.
func (s *Service) enter(tx model.Tx, r *model.Request, in SubmitInput, by actor) error {
	if err := checkChoices(tx, in); err != nil {
		return err
	}
	if err := s.open(tx, r, by); err != nil {
		return err
	}
	if err := s.keepIdentity(tx, r, in.Name, in.Phone); err != nil {
		return err
	}
	return noteRepeat(tx, r)
}

var errKeyUsed = errors.New("a request with this key is there already")

func checkSubmit(in *SubmitInput) error {
	in.Content, in.Place, in.Category = strings.TrimSpace(in.Content), strings.TrimSpace(in.Place), cmp.Or(in.Category, model.CategoryHelp)
	n := utf8.RuneCountInString(in.Content)
	switch {
	case n < 5 || n > 2000:
		return fault.Invalid("o2o.content_length", "诉求内容须为 5 至 2000 字，请补充后再提交").With("field", "content")
	case categoryNames[in.Category] == "":
		return fault.Invalid("o2o.no_category", "没有这种诉求类别").With("field", "category")
	case utf8.RuneCountInString(in.Place) > 200:
		return fault.Invalid("o2o.place_length", "地点不能超过 200 字").With("field", "place")
	case (in.Lat == nil) != (in.Lng == nil):
		return fault.Invalid("o2o.bad_position", "经度和纬度须同时填写").With("field", "lat")
	case in.Lat != nil && !(math.Abs(*in.Lat) <= 90 && math.Abs(*in.Lng) <= 180):
		return fault.Invalid("o2o.bad_position", "位置不正确，请重新选择").With("field", "lat")
	}
	return checkIdentity(in)
}

// submitted finds what was sent in with the same key before; the zero Detail if nothing was.
func (s *Service) submitted(tx model.Tx, v access.Viewer, r model.Request) (Detail, error) {
	var old model.Request
	res := tx.Where("account_id = ? AND idempotency_key = ?", r.AccountID, r.IdempotencyKey).Limit(1).Find(&old)
	if res.Error != nil || res.RowsAffected == 0 {
		return Detail{}, res.Error
	}
	if !sameWords(old, r) {
		return Detail{}, keyReused()
	}
	return s.detail(tx, v, old.ID)
}

// sameWords tells whether a key was used for this very request. The category may have been set right by the window since, and a
// request is not another one for that.
func sameWords(old, r model.Request) bool {
	return old.Content == r.Content && old.Place == r.Place && old.Anonymous == r.Anonymous
}

func keyReused() error {
	return fault.Conflict("o2o.key_reused", "同一个 Idempotency-Key 已用于另一件诉求，请更换后重试")
}

// checkText asks WeChat about a text of the mini-program (RULES 11.13).
func (s *Service) checkText(ctx context.Context, v access.Viewer, text string) error {
	var a model.Account
	if err := s.db.Read(ctx).Where("id = ?", v.AccountID).Take(&a).Error; err != nil {
		return fmt.Errorf("account of a request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	verdict, err := s.wechat.CheckText(ctx, a.MPAppID, a.OpenID, text)
	if err != nil {
		s.log.Warn("text of a request not checked", "request_id", v.RequestID, "error", err)
		return nil
	}
	if verdict == wechat.VerdictRisky {
		return fault.Invalid("o2o.content_refused", "内容含有不适宜的文字，请修改后再提交").With("field", "content")
	}
	return nil
}

// open writes a new request with its number, its first step and its first limit. If its key was used before it is
// errKeyUsed, and the transaction must not commit.
func (s *Service) open(tx model.Tx, r *model.Request, by actor) error {
	t, _ := next(ActionSubmit, "") // stands in the table
	run, err := clock.Start(tx, t.Starts, r.Category)
	if err != nil {
		return err
	}
	d, err := run.Deadline(calendar.Of(tx), tx.Day())
	if err != nil {
		return err
	}
	r.State, r.Clock, r.Deadline, r.Provisional = t.To, run.Clock, d.Date, d.Provisional
	r.ClockSeq, r.ClockFrom, r.ClockDays, r.SubmittedOn = 1, run.From, run.Days, tx.Day()
	r.Steps, r.SubmittedAt, r.UpdatedAt = 1, tx.Now, tx.Now
	if r.Number, err = nextNumber(tx); err != nil {
		return err
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(r)
	if res.Error != nil || res.RowsAffected == 0 {
		return cmp.Or(res.Error, errKeyUsed)
	}
	return tx.Create(&model.RequestStep{RequestID: r.ID, Seq: 1, Action: t.Action, ToState: t.To, ActorType: by.Type, ActorID: by.ID,
		ActorName: by.Name, Public: t.Public, At: tx.Now}).Error
}
