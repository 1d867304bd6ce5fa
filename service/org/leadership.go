package org

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/vote"
)

// Leadership is who leads an organisation: the present term, the posts that are held now, and the terms before.
type Leadership struct {
	OrgID   int64      `json:"org_id"`
	OrgName string     `json:"org_name"`
	Term    *TermView  `json:"term"`  // null: none was ever recorded
	Posts   []PostView `json:"posts"` // held now, whether elected for the term or not
	Past    []TermView `json:"past"`  // the newest first
}

// TermView is one term with everybody who held a post in it.
type TermView struct {
	ID             int64       `json:"id"`
	Number         int64       `json:"number"` // 第几届
	ElectedOn      model.Date  `json:"elected_on"`
	EndsOn         model.Date  `json:"ends_on"`
	PostponedUntil *model.Date `json:"postponed_until"`
	PostponedNo    string      `json:"postponed_no"`
	DocumentNo     string      `json:"document_no"`
	Overdue        bool        `json:"overdue"` // of the present term alone: its last day is over
	Vote           *vote.View  `json:"vote"`    // null: elected before the organisation was on the platform
	Posts          []PostView  `json:"posts"`
}

// PostView is a post that a member holds or held: from_on <= day < until_on.
type PostView struct {
	ID         int64       `json:"id"`
	TermID     *int64      `json:"term_id"`
	MemberID   int64       `json:"member_id"`
	MemberName string      `json:"member_name"`
	Post       string      `json:"post"`
	Title      string      `json:"title"`
	FromOn     model.Date  `json:"from_on"`
	UntilOn    *model.Date `json:"until_on"`
	Note       string      `json:"note"`
}

// Leadership shows who leads an organisation that v sees; a branch's members see their own branch's.
func (s *Service) Leadership(ctx context.Context, v access.Viewer, orgID int64) (Leadership, error) {
	tx := s.db.Read(ctx)
	o, err := find(tx, v, orgID)
	if err != nil {
		return Leadership{}, err
	}
	return leadershipOf(tx, o)
}

func leadershipOf(tx model.Tx, o model.Org) (Leadership, error) {
	l := Leadership{OrgID: o.ID, OrgName: o.Name, Posts: []PostView{}, Past: []TermView{}}
	var terms []model.OrgTerm
	if err := tx.Raw("SELECT * FROM org_term WHERE org_id = ? ORDER BY elected_on DESC", o.ID).Scan(&terms).Error; err != nil {
		return l, err
	}
	var votes []model.Vote
	err := tx.Raw("SELECT v.* FROM vote v JOIN org_term t ON t.vote_id = v.id WHERE t.org_id = ?", o.ID).Scan(&votes).Error
	if err != nil {
		return l, err
	}
	posts, err := posts(tx, "p.org_id = ?", o.ID)
	if err != nil {
		return l, err
	}
	for i, t := range terms {
		view := termView(t, votes, posts)
		if i == 0 {
			view.Overdue = lastDay(t) < tx.Day()
			l.Term = &view
		} else {
			l.Past = append(l.Past, view)
		}
	}
	for _, p := range posts {
		if p.UntilOn == nil {
			l.Posts = append(l.Posts, p)
		}
	}
	return l, nil
}

func termView(t model.OrgTerm, votes []model.Vote, posts []PostView) TermView {
	view := TermView{ID: t.ID, Number: t.Number, ElectedOn: t.ElectedOn, EndsOn: t.EndsOn, PostponedUntil: t.PostponedUntil,
		PostponedNo: t.PostponedNo, DocumentNo: t.DocumentNo, Posts: []PostView{}}
	for _, r := range votes {
		if t.VoteID != nil && *t.VoteID == r.ID {
			counted := vote.Of(r)
			view.Vote = &counted
		}
	}
	for _, p := range posts {
		if p.TermID != nil && *p.TermID == t.ID {
			view.Posts = append(view.Posts, p)
		}
	}
	return view
}

// lastDay is the last day of a term, with its postponement.
func lastDay(t model.OrgTerm) model.Date {
	if t.PostponedUntil != nil {
		return *t.PostponedUntil
	}
	return t.EndsOn
}

// posts lists posts in the order of the code list.
func posts(tx model.Tx, where string, args ...any) ([]PostView, error) {
	rows := []PostView{}
	err := tx.Raw(`
SELECT p.id, p.term_id, p.member_id, m.name AS member_name, p.post, coalesce(l.title, p.post) AS title, p.from_on, p.until_on, p.note
FROM org_post p JOIN member m ON m.id = p.member_id LEFT JOIN lookup l ON l.list = 'org_post' AND l.code = p.post
WHERE `+where+` ORDER BY l.seq, p.from_on, p.id`, args...).Scan(&rows).Error
	return rows, err
}

// holdWorked locks an organisation that v administers, so that changes of one leadership follow each other. What v does
// not see is not found; what v only sees, or only belongs to, is forbidden.
func holdWorked(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	o, err := find(tx, v, id)
	if err != nil {
		return o, err
	}
	if !v.Works().Covers(o.Path) {
		return o, fault.Forbidden()
	}
	var held model.Org
	err = tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Where("id = ? AND dissolved_on IS NULL", id).Take(&held).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return held, err
}

// notAbove says that the level above decides.
func notAbove(message string) error {
	return &fault.Fault{Kind: fault.KindForbidden, Code: "org.not_above", Message: message}
}
