package o2o

import (
	"context"
	"crypto/rand"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/clock"
	"hongyun/service/limit"
)

// webAppID stands in the contact of somebody who wrote on the web page. No official account has it, so no channel leads there:
// the citizen follows by the code.
const webAppID = "web"

// Followed is a request as its citizen reads it with the code. Staff have no names in it.
type Followed struct {
	Number         string         `json:"number"`
	Category       string         `json:"category"`
	CategoryName   string         `json:"category_name"`
	Content        string         `json:"content"`
	Place          string         `json:"place"`
	Anonymous      bool           `json:"anonymous"`
	State          string         `json:"state"`
	StateName      string         `json:"state_name"`
	DepartmentName string         `json:"department_name"`
	Clock          string         `json:"clock"`
	ClockState     *clock.Reading `json:"clock_state"`
	Chases         int64          `json:"chases"`
	SubmittedAt    time.Time      `json:"submitted_at"`
	UpdatedAt      time.Time      `json:"updated_at"`
	Parts          []FollowedPart `json:"parts"`
	Steps          []StepView     `json:"steps"`
	Own
}

// FollowedPart is something that the citizen added. Pictures and voices are not given out by the code.
type FollowedPart struct {
	Type      string    `json:"type"` // text, image, location, voice
	Content   string    `json:"content"`
	CreatedAt time.Time `json:"created_at"`
}

// Submitted is a request that was taken in on the web page.
type Submitted struct {
	Follow
	Request Followed `json:"request"`
}

// SubmitPublic takes in a request from the web page, of somebody who has no account. An address may send so many in an hour;
// more is fault.TooMany "o2o.too_many_requests". There is no openid by which WeChat could check the text: nobody but staff reads
// it. The same key with the same words returns the same request, with others it is fault.Conflict "o2o.key_reused".
func (s *Service) SubmitPublic(ctx context.Context, ip string, in SubmitInput, key string) (out Submitted, err error) {
	if err := checkSubmit(&in); err != nil {
		return out, err
	}
	numbers, err := s.numbers(ctx)
	if err != nil {
		return out, err
	}
	err = s.limit.Take(ctx, limit.Bound{Name: "web-request", Most: numbers.Int("WEB_REQUESTS_PER_HOUR"), Window: hour, Code: "o2o.too_many_requests",
		Says: "提交过于频繁，请一小时后再试，或拨打服务热线反映"}, limit.Network(ip))
	if err != nil {
		return out, err
	}
	who := rand.Text()
	if key != "" {
		who = "key-" + s.vault.Index("web/"+key)
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		out, err = s.submitAs(tx, who, in)
		return err
	})
	return out, err
}

// submitAs opens a request of a contact of its own. The contact's unique name is what makes a key work once: of two who come
// with one key, the second waits for the first and finds its request.
func (s *Service) submitAs(tx model.Tx, who string, in SubmitInput) (out Submitted, err error) {
	c := model.Contact{AppID: webAppID, OpenID: who, CreatedAt: tx.Now}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&c)
	if res.Error != nil {
		return out, res.Error
	}
	r := in.request(model.SourceWeb)
	if res.RowsAffected == 0 {
		var old model.Request
		err := tx.Where("contact_id = (SELECT id FROM contact WHERE appid = ? AND openid = ?)", webAppID, who).Take(&old).Error
		if err != nil {
			return out, err
		}
		if !sameWords(old, r) {
			return out, keyReused()
		}
		r = old
	} else {
		r.ContactID = &c.ID
		if err := s.enter(tx, &r, in, citizenActor(c.ID)); err != nil {
			return out, err
		}
	}
	out.Follow = s.followOf(r.Number)
	out.Request, err = s.followed(tx, r.ID)
	return out, err
}

// followed reads a request for its citizen.
func (s *Service) followed(tx model.Tx, id int64) (f Followed, err error) {
	v, err := s.ownView(tx, id)
	if err != nil {
		return f, err
	}
	f = Followed{Number: v.Number, Category: v.Category, CategoryName: v.CategoryName, Content: v.Content, Place: v.Place, Anonymous: v.Anonymous,
		State: v.State, StateName: v.StateName, DepartmentName: v.DepartmentName, Clock: v.Clock, ClockState: v.ClockState,
		SubmittedAt: v.SubmittedAt, UpdatedAt: v.UpdatedAt, Parts: []FollowedPart{}, Steps: []StepView{}}
	if err := tx.Model(&model.RequestPart{}).Where("request_id = ?", id).Order("id").Find(&f.Parts).Error; err != nil {
		return f, err
	}
	if f.Steps, err = stepViews(tx, id, false); err != nil {
		return f, err
	}
	var r found
	if err := tx.Where("id = ?", id).Take(&r.Request).Error; err != nil {
		return f, err
	}
	r.Mine, f.Chases = true, r.Chases
	own, err := s.ownOf(tx, r)
	if err != nil {
		return f, err
	}
	f.Own = *own
	return f, nil
}

// Followed shows a request to whoever has its code. Faults: not_found, o2o.too_many_tries.
func (s *Service) Followed(ctx context.Context, p Pass) (f Followed, err error) {
	number, err := s.number(ctx, p)
	if err != nil {
		return f, err
	}
	tx := s.db.Read(ctx)
	var r model.Request
	if err := tx.Select("id").Where("number = ?", number).Take(&r).Error; err != nil {
		return f, err
	}
	return s.followed(tx, r.ID)
}

// passed opens the door of a pass and acts there.
func (s *Service) passed(ctx context.Context, p Pass, do func(door) error) (f Followed, err error) {
	d, err := s.withPass(ctx, p, &f)
	if err != nil {
		return f, err
	}
	err = do(d)
	return f, err
}

// AddByCode is Add for whoever has the code.
func (s *Service) AddByCode(ctx context.Context, p Pass, in AddInput) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.add(ctx, d, in) })
}

// AddPhotoByCode is AddPhoto for whoever has the code.
func (s *Service) AddPhotoByCode(ctx context.Context, p Pass, name string, body []byte) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.addFile(ctx, d, model.PartImage, name, body) })
}

// AddVoiceByCode is AddVoice for whoever has the code.
func (s *Service) AddVoiceByCode(ctx context.Context, p Pass, name string, body []byte) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.addFile(ctx, d, model.PartVoice, name, body) })
}

// ChaseByCode is Chase for whoever has the code.
func (s *Service) ChaseByCode(ctx context.Context, p Pass, note string) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.chase(ctx, d, note) })
}

// WithdrawByCode is Withdraw for whoever has the code.
func (s *Service) WithdrawByCode(ctx context.Context, p Pass) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.withdraw(ctx, d) })
}

// RateByCode is Rate for whoever has the code.
func (s *Service) RateByCode(ctx context.Context, p Pass, in RateInput) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.rateAt(ctx, d, in) })
}

// ReopenByCode is Reopen for whoever has the code.
func (s *Service) ReopenByCode(ctx context.Context, p Pass, in ReopenInput) (Followed, error) {
	return s.passed(ctx, p, func(d door) error { return s.reopen(ctx, d, in) })
}
