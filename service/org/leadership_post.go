package org

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// PostInput records a by-election or an appointment within the present term.
type PostInput struct {
	Elected
	FromOn model.Date `json:"from_on" validate:"required,date" label:"任职日期"`
	Note   string     `json:"note" validate:"max=200" label:"说明"`
}

// AddPost records that a member took a post up. The secretary's must be vacant.
//
// Faults: post.future, post.before_term, post.no_right, post.secretary_exists, post.held.
func (s *Service) AddPost(ctx context.Context, v access.Viewer, orgID int64, in PostInput) (Leadership, error) {
	var l Leadership
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := holdWorked(tx, v, orgID)
		if err != nil {
			return err
		}
		if in.FromOn > tx.Day() {
			return fault.Invalid("post.future", "任职日期不能晚于今天")
		}
		if err := haveRights(tx, o, in.FromOn, []int64{in.MemberID}); err != nil {
			return err
		}
		row, err := takeUp(tx, v, o, in)
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "org.post", ObjectType: "org", ObjectID: o.ID,
			After: map[string]any{"post_id": row.ID, "member_id": row.MemberID, "post": row.Post, "from_on": row.FromOn, "note": row.Note}})
		l, err = leadershipOf(tx, o)
		return err
	})
	return l, err
}

func takeUp(tx model.Tx, v access.Viewer, o model.Org, in PostInput) (model.OrgPost, error) {
	row := model.OrgPost{OrgID: o.ID, MemberID: in.MemberID, Post: in.Post, FromOn: in.FromOn, Note: in.Note, CreatedBy: accountOf(v), CreatedAt: tx.Now}
	var term model.OrgTerm
	if err := tx.Raw("SELECT * FROM org_term WHERE org_id = ? ORDER BY elected_on DESC LIMIT 1", o.ID).Scan(&term).Error; err != nil {
		return row, err
	}
	if term.ID != 0 {
		row.TermID = &term.ID
	}
	if in.FromOn < term.ElectedOn {
		return row, fault.Invalid("post.before_term", "任职日期不能早于本届选举日期").With("elected_on", term.ElectedOn)
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if res.Error == nil && res.RowsAffected == 0 {
		return row, taken(tx, in, o.ID)
	}
	return row, res.Error
}

// taken says which of the two constraints was met.
func taken(tx model.Tx, in PostInput, orgID int64) error {
	held, err := posts(tx, "p.org_id = ? AND p.post = ? AND p.until_on IS NULL", orgID, in.Post)
	if err != nil {
		return err
	}
	for _, p := range held {
		if p.MemberID != in.MemberID && in.Post == model.PostSecretary {
			return fault.Conflict("post.secretary_exists", "书记已由"+p.MemberName+"担任，请先登记其离任").With("post_id", p.ID)
		}
	}
	return fault.Conflict("post.held", "该党员已担任此职务")
}

// EndInput says from which day on a post is not held any more.
type EndInput struct {
	On   model.Date `json:"on" validate:"required,date" label:"离任日期"`
	Note string     `json:"note" validate:"required,max=200,text" label:"离任原因"`
}

// EndPost records that a member left a post before the end of the term.
//
// Faults: post.future, post.before_term, post.ended.
func (s *Service) EndPost(ctx context.Context, v access.Viewer, postID int64, in EndInput) (Leadership, error) {
	var l Leadership
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var p model.OrgPost
		if err := tx.Where("id = ?", postID).Take(&p).Error; model.NotFound(err) {
			return fault.NotFound("任职")
		} else if err != nil {
			return err
		}
		o, err := holdWorked(tx, v, p.OrgID)
		if fault.Is(err, "not_found") {
			return fault.NotFound("任职")
		}
		if err != nil {
			return err
		}
		switch {
		case in.On > tx.Day():
			return fault.Invalid("post.future", "离任日期不能晚于今天")
		case in.On < p.FromOn:
			return fault.Invalid("post.before_term", "离任日期不能早于任职日期").With("from_on", p.FromOn)
		}
		n, err := model.Exec(tx, "UPDATE org_post SET until_on = ?, note = CASE WHEN note = '' THEN ? ELSE note || '；' || ? END WHERE id = ? AND until_on IS NULL",
			in.On, in.Note, in.Note, p.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflict("post.ended", "该任职已经结束")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "org.post_end", ObjectType: "org", ObjectID: o.ID,
			Before: map[string]any{"post_id": p.ID, "member_id": p.MemberID, "post": p.Post}, After: in})
		l, err = leadershipOf(tx, o)
		return err
	})
	return l, err
}
