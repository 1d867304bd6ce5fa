package o2o

import (
	"context"
	"slices"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/clock"
	"hongyun/service/fault"
)

// View is a request in a list.
type View struct {
	ID                    int64      `json:"id"`
	Number                string     `json:"number"`
	Source                string     `json:"source"` // oa: official account, mp: mini-program
	IntakeDepartmentID    *int64     `json:"intake_department_id"`
	IntakeDepartmentName  string     `json:"intake_department_name"`
	Category              string     `json:"category"`
	CategoryName          string     `json:"category_name" gorm:"-"`
	Content               string     `json:"content"`
	Place                 string     `json:"place"`
	Lat                   *float64   `json:"lat"`
	Lng                   *float64   `json:"lng"`
	Anonymous             bool       `json:"anonymous"`
	Confidential          bool       `json:"confidential"`
	ReplyWanted           bool       `json:"reply_wanted"`
	SubjectDepartmentID   *int64     `json:"subject_department_id"` // the unit complained of
	SubjectDepartmentName string     `json:"subject_department_name"`
	UnitContent           string     `json:"unit_content"` // what units read in place of the content; the window and the city alone see both
	Citizen               string     `json:"citizen"`      // as the viewer may know him or her; never a name for an anonymous or confidential request
	Mine                  bool       `json:"mine"`         // the viewer sent it
	State                 string     `json:"state"`
	StateName             string     `json:"state_name" gorm:"-"`
	DepartmentID          *int64     `json:"department_id"`
	DepartmentName        string     `json:"department_name"`
	Clock                 string     `json:"clock"`    // the open limit: ACCEPT, REFER, HANDLE, RATE; empty: none
	Deadline              model.Date `json:"deadline"` // of the open limit, met until the end of the day
	Provisional           bool       `json:"provisional"`
	Paused                bool       `json:"paused"`
	Overdue               bool       `json:"overdue" gorm:"-"` // the limit of the window or the department has passed

	Clocked
	Topic         string `json:"topic"` // code of the list request_topic
	Priority      int64  `json:"priority"`
	Disposition   string `json:"disposition"`    // ANSWER, REFER, SOLVE: what the window does with it
	DeclineReason string `json:"decline_reason"` // code of the list decline_reason
	Final         bool   `json:"final"`          // the city has assigned it: no further return
	ReturnCount   int64  `json:"return_count"`
	ReopenCount   int64  `json:"reopen_count"`
	DuplicateOf   *int64 `json:"duplicate_of"` // the main request that it was merged into
	RepeatOf      *int64 `json:"repeat_of"`    // the same citizen's first request in the same matter
	Repeats       int64  `json:"repeats"`      // how often it was brought up again
	Chases        int64  `json:"chases"`

	ClockState   *clock.Reading `json:"clock_state" gorm:"-"`   // of the open limit, counted now; empty: none is open
	FirstContact *FirstContact  `json:"first_contact" gorm:"-"` // of an urgent request that was accepted
	Rating       *int64         `json:"rating"`
	RatingName   string         `json:"rating_name" gorm:"-"`
	RatingNote   string         `json:"rating_note"`
	Photos       int64          `json:"photos"`
	SubmittedAt  time.Time      `json:"submitted_at"`
	UpdatedAt    time.Time      `json:"updated_at"`
}

// Detail is one request with its history.
type Detail struct {
	View
	Parts   []Part       `json:"parts"`
	Steps   []StepView   `json:"steps"`
	Helpers []HelperView `json:"helpers"` // units that help
	Merged  []View       `json:"merged"`  // what was merged into it; for staff
	Actions []string     `json:"actions"` // what this viewer may do now
	Own     *Own         `json:"own"`     // what its citizen may do and was asked; empty for everybody else
}

// Part is one message or photo of a request.
type Part struct {
	ID         int64     `json:"id"`
	Type       string    `json:"type"` // text, image, location, voice
	Content    string    `json:"content"`
	Lat        *float64  `json:"lat"`
	Lng        *float64  `json:"lng"`
	FileID     *int64    `json:"file_id"` // empty while a picture or a voice is still fetched from WeChat
	Lost       bool      `json:"lost"`    // it will not come
	LostReason string    `json:"lost_reason"`
	CreatedAt  time.Time `json:"created_at"`
}

// StepView is one step of a request. To the citizen, staff have no names, and notes among staff are empty.
type StepView struct {
	Seq            int64      `json:"seq"`
	Action         string     `json:"action"`
	Title          string     `json:"title" gorm:"-"`
	FromState      string     `json:"from_state"`
	ToState        string     `json:"to_state"`
	ToStateName    string     `json:"to_state_name" gorm:"-"`
	ActorType      string     `json:"actor_type"`
	ActorName      string     `json:"actor_name"`
	DepartmentID   *int64     `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Note           string     `json:"note"`
	Public         bool       `json:"public"`
	Clock          string     `json:"clock"` // the limit that the step ended
	Deadline       model.Date `json:"deadline"`
	Met            *bool      `json:"met"`
	At             time.Time  `json:"at"`
}

// Filter narrows a list. Zero values narrow nothing.
type Filter struct {
	State        string `query:"state" validate:"omitempty,oneof=SUBMITTED ACCEPTED REFERRED HANDLING RETURNED CLOSED RATED UNRATED REOPENED DECLINED DUPLICATE WITHDRAWN CONVERSATION" label:"状态"`
	Category     string `query:"category" validate:"omitempty,oneof=CONSULT HELP COMPLAINT SUGGESTION URGENT" label:"类别"`
	DepartmentID int64  `query:"department_id" validate:"min=0" label:"单位"`
	Overdue      bool   `query:"overdue" label:"超期"`
	Mine         bool   `query:"mine" label:"只看自己的"`
	Open         bool   `query:"open" label:"未办结"`
	Words        string `query:"q" validate:"max=50" label:"编号或内容"` // of the number, its last digits will do, or in what the viewer reads of the content
	WorkFilter
}

// Requests lists what v may see, newest first or in the filter's order, from offset on, at most limit; total counts all that the filter leaves.
func (s *Service) Requests(ctx context.Context, v access.Viewer, f Filter, offset, limit int) (rows []View, total int64, err error) {
	tx := s.db.Read(ctx)
	where, args, err := f.within(tx, v)
	if err != nil {
		return nil, 0, err
	}
	if err := tx.Raw("SELECT count(*) FROM request r WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	order, orderArgs := f.order()
	rows, err = s.views(tx, v, where+" ORDER BY "+order+" LIMIT ? OFFSET ?", slices.Concat(args, orderArgs, []any{limit, offset})...)
	return rows, total, err
}

// within is v's scope, narrowed by the filter. What went back into a conversation is no request: only who asks for that state is
// shown it.
func (f Filter) within(tx model.Tx, v access.Viewer) (where string, args []any, err error) {
	where, args = v.Requests()
	add := func(condition string, more ...any) {
		where += " AND " + condition
		args = append(args, more...)
	}
	if f.State != "" {
		add("r.state = ?", f.State)
	} else {
		add("r.state <> ?", model.RequestConversation)
	}
	if f.Category != "" {
		add("r.category = ?", f.Category)
	}
	if f.DepartmentID != 0 {
		add("r.department_id = ?", f.DepartmentID)
	}
	if f.Overdue {
		add(runningLimit+" AND r.deadline < ?", unitClocks, tx.Day())
	}
	if f.Mine {
		own, ownArgs := v.OwnRequests()
		add(own, ownArgs...)
	}
	if f.Open {
		add("r.state IN ?", openStates)
	}
	if q := strings.TrimSpace(f.Words); q != "" {
		words, wordsArgs := saying(v, q)
		add(words, wordsArgs...)
	}
	err = f.conditions(tx, v, add)
	return where, args, err
}

// Request is one request with its parts and steps. Outside v's scope it is not found.
func (s *Service) Request(ctx context.Context, v access.Viewer, id int64) (Detail, error) {
	return s.detail(s.db.Read(ctx), v, id)
}

// unitClocks are the limits that bind the window and the departments; the rating window binds nobody.
var unitClocks = []string{model.ClockAccept, model.ClockRefer, model.ClockAnswer, model.ClockHandle, model.ClockReopen}

// finish fills in what is read off the other fields.
func (r *View) finish() {
	r.StateName, r.CategoryName = stateNames[r.State], categoryNames[r.Category]
	if r.Rating != nil {
		r.RatingName = ratingNames[*r.Rating]
	}
}

func (s *Service) detail(tx model.Tx, v access.Viewer, id int64) (Detail, error) {
	where, args := v.Requests()
	rows, err := s.rows(tx, v, false, "r.id = ? AND "+where, append([]any{id}, args...)...)
	if err != nil {
		return Detail{}, err
	}
	if len(rows) == 0 {
		return Detail{}, fault.NotFound("诉求")
	}
	d := Detail{View: rows[0].View, Parts: []Part{}, Steps: []StepView{}}
	if err := tx.Model(&model.RequestPart{}).Where("request_id = ?", id).Order("id").Find(&d.Parts).Error; err != nil {
		return Detail{}, err
	}
	r, err := look(tx, v, id)
	if err != nil {
		return Detail{}, err
	}
	d.Parts = rows[0].parts(d.Parts)
	if d.Steps, err = stepViews(tx, id, r.Office); err != nil {
		return Detail{}, err
	}
	for i := range d.Steps {
		d.Steps[i].Note = rows[0].read(d.Steps[i].Note)
	}
	if d.Helpers, err = helpersOf(tx, id, r.Office); err != nil {
		return Detail{}, err
	}
	for i := range d.Helpers {
		d.Helpers[i].Part, d.Helpers[i].Result = rows[0].read(d.Helpers[i].Part), rows[0].read(d.Helpers[i].Result)
	}
	if d.Merged = []View{}; r.Office {
		if d.Merged, err = s.mergedViews(tx, v, id); err != nil {
			return Detail{}, err
		}
	}
	if d.Actions, err = actionsOf(tx, v, r); err != nil || !r.Mine {
		return d, err
	}
	d.Own, err = s.ownOf(tx, r)
	return d, err
}

// stepViews is the history of a request as staff read it, or its citizen.
func stepViews(tx model.Tx, id int64, staff bool) ([]StepView, error) {
	steps := []StepView{}
	err := tx.Raw(`
		SELECT s.*, coalesce(d.name, '') AS department_name FROM request_step s LEFT JOIN department d ON d.id = s.department_id
		WHERE s.request_id = ? ORDER BY s.seq`, id).Scan(&steps).Error
	for i := range steps {
		steps[i].finish(staff)
	}
	return steps, err
}

func (st *StepView) finish(staff bool) {
	st.Title, st.ToStateName = titleOf(st.Action), stateNames[st.ToState]
	if staff {
		return
	}
	if !st.Public {
		st.Note = ""
	}
	if st.ActorType == model.ActorStaff {
		st.ActorName = deskName
		if partyOf(st.Action) == department {
			st.ActorName = st.DepartmentName
		}
	}
}
