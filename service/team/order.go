package team

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/mask"
)

// Order is what a team is asked to do for a request. Who the citizen is does not stand in it, beyond what the unit writes down.
type Order struct {
	ID             int64      `json:"id"`
	RequestID      int64      `json:"request_id"`
	Number         string     `json:"number"` // of the request
	RequestState   string     `json:"request_state"`
	DepartmentID   *int64     `json:"department_id"` // that asked; empty: the window
	DepartmentName string     `json:"department_name"`
	What           string     `json:"what"`
	Skill          string     `json:"skill"`
	SkillName      string     `json:"skill_name"`
	Area           string     `json:"area"`
	Due            model.Date `json:"due"`
	Late           bool       `json:"late" gorm:"-"`
	State          string     `json:"state"`
	StateName      string     `json:"state_name" gorm:"-"`
	TeamID         *int64     `json:"team_id"`
	TeamName       string     `json:"team_name"`
	TeamPhone      string     `json:"team_phone"`
	MemberID       *int64     `json:"member_id"` // who goes
	MemberName     string     `json:"member_name"`
	Dispatched     bool       `json:"dispatched"` // sent by a person; else claimed
	VisitedOn      model.Date `json:"visited_on"`
	VisitNote      string     `json:"visit_note"`
	ConfirmedBy    string     `json:"confirmed_by"` // citizen or department
	ConfirmNote    string     `json:"confirm_note"`
	CreatedAt      time.Time  `json:"created_at"`
	TakenAt        *time.Time `json:"taken_at"`
	VisitedAt      *time.Time `json:"visited_at"`
	EndedAt        *time.Time `json:"ended_at"`
	Version        int64      `json:"version"`
	Mine           bool       `json:"mine"` // the viewer sent the request
	Photos         []int64    `json:"photos" gorm:"-"`
	Actions        []string   `json:"actions" gorm:"-"` // what this viewer may do now; lists leave them out

	Shielded bool `json:"-"` // who the citizen is, units and teams are not to know
}

var stateNames = map[string]string{
	model.OrderOpen: "待接单", model.OrderTaken: "已接单", model.OrderVisited: "已上门，待确认", model.OrderConfirmed: "已完成", model.OrderCancelled: "已取消",
}

// Filter narrows the list of orders. Zero values narrow nothing.
type Filter struct {
	State     string `query:"state" validate:"omitempty,oneof=OPEN TAKEN VISITED CONFIRMED CANCELLED" label:"状态"`
	RequestID int64  `query:"request_id" validate:"min=0" label:"诉求"`
	TeamID    int64  `query:"team_id" validate:"min=0" label:"服务队"`
	Mine      bool   `query:"mine" label:"只看派给我的"`
	Late      bool   `query:"late" label:"逾期"`
}

// Orders lists what v may see, by due day; total counts all that the filter leaves.
func (s *Service) Orders(ctx context.Context, v access.Viewer, f Filter, offset, limit int) (rows []Order, total int64, err error) {
	tx := s.db.Read(ctx)
	where, args := visible(v)
	add := func(condition string, more ...any) {
		where += " AND " + condition
		args = append(args, more...)
	}
	if f.State != "" {
		add("so.state = ?", f.State)
	}
	if f.RequestID != 0 {
		add("so.request_id = ?", f.RequestID)
	}
	if f.TeamID != 0 {
		add("so.team_id = ?", f.TeamID)
	}
	if f.Mine {
		add("so.member_id = ?", v.MemberID)
	}
	if f.Late {
		add("so.state IN ('OPEN', 'TAKEN') AND so.due < ?", tx.Day())
	}
	if err := tx.Raw("SELECT count(*) FROM service_order so JOIN request r ON r.id = so.request_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err = orderRows(tx, v, where+" ORDER BY CASE WHEN so.state IN ('OPEN', 'TAKEN', 'VISITED') THEN 0 ELSE 1 END, so.due, so.id LIMIT ? OFFSET ?", append(args, limit, offset)...)
	return rows, total, err
}

// Order is one order. Outside v's sight it is not found.
func (s *Service) Order(ctx context.Context, v access.Viewer, id int64) (Order, error) {
	return orderOf(s.db.Read(ctx), v, id)
}

func orderOf(tx model.Tx, v access.Viewer, id int64) (Order, error) {
	where, args := visible(v)
	rows, err := orderRows(tx, v, "so.id = ? AND "+where, append([]any{id}, args...)...)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("服务点单")
	}
	if err != nil {
		return Order{}, err
	}
	rows[0].Actions, err = actionsOf(tx, v, rows[0])
	return rows[0], err
}

// visible is an SQL condition on order so with its request r: of requests that the viewer sees, also as their citizen; and for a
// member what his or her team has, or may claim. Nobody of the unit complained of sees it by the way of a team (RULES 9.2).
func visible(v access.Viewer) (string, []any) {
	where, args := v.Requests()
	team, teamArgs := v.Reads().Paths("o.path")
	team = "so.team_id IN (SELECT t.id FROM service_team t JOIN org o ON o.id = t.org_id WHERE " + team + ")"
	if v.MemberID != 0 {
		team += " OR so.team_id IN (SELECT team_id FROM service_team_member WHERE member_id = ? AND left_on = '') OR so.state = 'OPEN' AND " + claimable("tm.member_id = ?")
		teamArgs = append(teamArgs, v.MemberID, v.MemberID)
	}
	team = "(" + team + ")"
	if units := v.Departments(); len(units) > 0 {
		team = "(" + team + " AND (r.subject_department_id IS NULL OR r.subject_department_id NOT IN ?))"
		teamArgs = append(teamArgs, units)
	}
	return "(" + where + " OR " + team + ")", append(args, teamArgs...)
}

// claimable is an SQL condition on order so: a team that works, of whom a member tm fulfils who, has the skill and goes to the area.
func claimable(who string) string {
	return `EXISTS (SELECT 1 FROM service_team t JOIN service_team_member tm ON tm.team_id = t.id AND tm.left_on = ''
		WHERE ` + who + ` AND t.closed_on = ''
		AND (so.skill = '' OR EXISTS (SELECT 1 FROM service_team_skill k WHERE k.team_id = t.id AND k.skill = so.skill))
		AND (so.area = '' OR NOT EXISTS (SELECT 1 FROM service_team_area a WHERE a.team_id = t.id)
		     OR EXISTS (SELECT 1 FROM service_team_area a WHERE a.team_id = t.id AND a.area = so.area)))`
}

func orderRows(tx model.Tx, v access.Viewer, where string, args ...any) ([]Order, error) {
	own, ownArgs := v.OwnRequests()
	rows := []Order{}
	err := tx.Raw(`
		SELECT so.*, r.number, r.state AS request_state, r.anonymous OR r.confidential AS shielded, coalesce(d.name, '') AS department_name, coalesce(k.title, '') AS skill_name,
		       coalesce(t.name, '') AS team_name, coalesce(t.phone, '') AS team_phone, coalesce(m.name, '') AS member_name, coalesce(`+own+`, FALSE) AS mine
		FROM service_order so JOIN request r ON r.id = so.request_id
		LEFT JOIN department d ON d.id = so.department_id LEFT JOIN lookup k ON k.list = 'service_skill' AND k.code = so.skill
		LEFT JOIN service_team t ON t.id = so.team_id LEFT JOIN member m ON m.id = so.member_id
		WHERE `+where, append(ownArgs, args...)...).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return rows, err
	}
	ids := make([]int64, len(rows))
	at := make(map[int64]*Order, len(rows))
	for i := range rows {
		o := &rows[i]
		ids[i], at[o.ID] = o.ID, o
		o.StateName, o.Photos, o.Actions = stateNames[o.State], []int64{}, []string{}
		if o.Shielded && !o.Mine && !v.WorksDesk() {
			o.VisitNote, o.ConfirmNote = mask.Text(o.VisitNote), mask.Text(o.ConfirmNote)
		}
		o.Late = (o.State == model.OrderOpen || o.State == model.OrderTaken) && o.Due < tx.Day()
	}
	var photos []model.ServiceOrderPhoto
	if err := tx.Where("order_id IN ?", ids).Order("file_id").Find(&photos).Error; err != nil {
		return nil, err
	}
	for _, p := range photos {
		at[p.OrderID].Photos = append(at[p.OrderID].Photos, p.FileID)
	}
	return rows, nil
}

// MaySeeFile tells whether the file is a photo of a visit that v may see.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	where, args := visible(v)
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT count(*) FROM service_order_photo p JOIN service_order so ON so.id = p.order_id JOIN request r ON r.id = so.request_id
		WHERE p.file_id = ? AND `+where, append([]any{fileID}, args...)...).Scan(&n).Error
	return n > 0, err
}
