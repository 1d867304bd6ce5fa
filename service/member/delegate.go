package member

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// CongressInput is a party congress of the city or of a committee, with the term of its delegates.
type CongressInput struct {
	OrgID     int64      `json:"org_id" validate:"required,min=1" label:"组织"`
	Number    int64      `json:"number" validate:"required,min=1,max=9999" label:"届次"`
	Name      string     `json:"name" validate:"required,text,max=100" label:"名称"`
	HeldOn    model.Date `json:"held_on" validate:"required,date" label:"召开日期"`
	TermUntil model.Date `json:"term_until" validate:"required,date" label:"任期截止日期"`
}

// Congress is one with the number of its delegates in office.
type Congress struct {
	ID        int64      `json:"id"`
	OrgID     int64      `json:"org_id"`
	OrgName   string     `json:"org_name"`
	Number    int64      `json:"number"`
	Name      string     `json:"name"`
	HeldOn    model.Date `json:"held_on"`
	TermUntil model.Date `json:"term_until"`
	Delegates int64      `json:"delegates"`
}

// AddCongress enters a congress: an administrator of the organisation that holds it, or of one above.
//
// Faults: congress.wrong_org; congress.dates; congress.exists.
func (s *Service) AddCongress(ctx context.Context, v access.Viewer, in CongressInput) (Congress, error) {
	var view Congress
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := workedOrg(tx, v, in.OrgID)
		if err != nil {
			return err
		}
		if o.Type != model.OrgCity && o.Type != model.OrgCommittee {
			return fault.Invalid("congress.wrong_org", "党代表大会由市委或基层党委召开")
		}
		if in.TermUntil <= in.HeldOn {
			return fault.Invalid("congress.dates", "任期截止日期须晚于召开日期")
		}
		row := model.Congress{OrgID: in.OrgID, Number: in.Number, Name: in.Name, HeldOn: in.HeldOn, TermUntil: in.TermUntil, CreatedBy: account(v), CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("congress.exists", "该组织的这一届党代表大会已登记")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "congress.add", ObjectType: "congress", ObjectID: row.ID, After: in})
		view, err = congressOf(tx, v, row.ID)
		return err
	})
	return view, err
}

// Congresses lists the congresses of the organisations that v leads or administers, the newest first.
func (s *Service) Congresses(ctx context.Context, v access.Viewer, orgID int64, offset, limit int) ([]Congress, int64, error) {
	tx := s.db.Read(ctx)
	where, args := v.Reads().Paths("o.path")
	if orgID != 0 {
		if _, err := readPath(tx, v, orgID); err != nil {
			return nil, 0, err
		}
		where, args = where+" AND o.id = ?", append(args, orgID)
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM congress c JOIN org o ON o.id = c.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []Congress
	err := tx.Raw(congressQuery+where+" ORDER BY c.held_on DESC, c.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

const congressQuery = `SELECT c.id, c.org_id, o.name AS org_name, c.number, c.name, c.held_on, c.term_until,
       (SELECT count(*) FROM delegate d WHERE d.congress_id = c.id AND d.ended_on IS NULL) AS delegates
FROM congress c JOIN org o ON o.id = c.org_id WHERE `

func congressOf(tx model.Tx, v access.Viewer, id int64) (Congress, error) {
	where, args := v.Reads().Paths("o.path")
	var rows []Congress
	err := tx.Raw(congressQuery+where+" AND c.id = ?", append(args, id)...).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("党代表大会")
	}
	if err != nil {
		return Congress{}, err
	}
	return rows[0], nil
}

// DelegateInput is a member elected to a congress.
type DelegateInput struct {
	MemberID  int64      `json:"member_id" validate:"required,min=1" label:"党员"`
	ElectedBy string     `json:"elected_by" validate:"required,text,max=100" label:"选举单位"`
	ElectedOn model.Date `json:"elected_on" validate:"required,date" label:"当选日期"`
}

// AddDelegate enters a delegate: a full member with voting rights, from the organisations below the congress (RULES 2.7).
//
// Faults: delegate.outside; delegate.not_eligible; delegate.dates; delegate.exists.
func (s *Service) AddDelegate(ctx context.Context, v access.Viewer, congressID int64, in DelegateInput) (Delegate, error) {
	var view Delegate
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		c, err := congressOf(tx, v, congressID)
		if err != nil {
			return err
		}
		o, err := workedOrg(tx, v, c.OrgID)
		if err != nil {
			return err
		}
		m, path, err := lockWorked(tx, v, in.MemberID)
		if err != nil {
			return err
		}
		switch {
		case path < o.Path || path >= model.PathEnd(o.Path):
			return fault.Invalid("delegate.outside", "党代表须是该组织所辖支部的党员")
		case in.ElectedOn > tx.Day() || in.ElectedOn > c.TermUntil:
			return fault.Invalid("delegate.dates", "当选日期不能晚于今天，也不能晚于任期截止日期")
		case m.Standing != model.StandingActive || m.Status != model.MemberFull || m.FullOn != nil && *m.FullOn > in.ElectedOn ||
			m.WatchedUntil != nil && *m.WatchedUntil >= in.ElectedOn:
			return fault.Conflict("delegate.not_eligible", "只有有被选举权的正式党员可以当选党代表")
		}
		row := model.Delegate{CongressID: congressID, MemberID: m.ID, ElectedBy: in.ElectedBy, ElectedOn: in.ElectedOn, CreatedBy: account(v), CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("delegate.exists", "该党员已是这一届的党代表")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "delegate.add", ObjectType: "delegate", ObjectID: row.ID,
			After: map[string]any{"congress_id": congressID, "member_id": m.ID, "elected_on": in.ElectedOn}})
		view, err = delegateOf(tx, v, row.ID)
		return err
	})
	return view, err
}

// workedOrg reads an organisation in v's scope of work.
func workedOrg(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	var o model.Org
	err := tx.Where("id = ? AND dissolved_on IS NULL", id).Take(&o).Error
	switch {
	case model.NotFound(err), err == nil && !v.Reads().Covers(o.Path):
		return o, fault.NotFound("组织")
	case err == nil && !v.Works().Covers(o.Path):
		return o, fault.Forbidden()
	}
	return o, err
}
