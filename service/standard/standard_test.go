package standard_test

import (
	"errors"
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/file/filetest"
	"hongyun/service/standard"
)

// county is 市委 ── 甲委 ─┬─ 一支部 (农村)
//
//	           └─ 二支部 (学校)
//	乙委 ── 三支部
type county struct {
	*standard.Service
	t     *testing.T
	db    *model.DB
	by    map[string]model.Org
	photo int
}

func each(t *testing.T, test func(c *county)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 08:00:00").Now, func(t *testing.T, db *model.DB) {
		c := &county{Service: standard.New(db, file.New(db, t.TempDir())), t: t, db: db, by: map[string]model.Org{}}
		for _, o := range []struct{ parent, level, path, name, kind string }{
			{"", model.OrgCity, "001", "市委", "机关"}, {"市委", model.OrgCommittee, "001001", "甲委", "农村"},
			{"甲委", model.OrgBranch, "001001001", "一支部", "农村"}, {"甲委", model.OrgBranch, "001001002", "二支部", "学校"},
			{"市委", model.OrgCommittee, "001002", "乙委", "机关"}, {"乙委", model.OrgBranch, "001002001", "三支部", "机关"},
		} {
			row := model.Org{Type: o.level, Path: o.path, Name: o.name, Kind: o.kind, CreatedAt: db.Now()}
			if parent, ok := c.by[o.parent]; ok {
				row.ParentID = &parent.ID
			}
			c.must(db.Read(t.Context()).Create(&row).Error)
			c.by[o.name] = row
		}
		test(c)
	})
}

func (c *county) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// as is an account with a role in an organisation.
func (c *county) as(role, at string) access.Viewer {
	c.t.Helper()
	a := model.Account{MPAppID: "wx", OpenID: fmt.Sprint(role, at, c.photo), CreatedAt: c.db.Now(), LastLoginAt: c.db.Now()}
	c.photo++
	c.must(c.db.Read(c.t.Context()).Create(&a).Error)
	o := c.by[at]
	return access.Viewer{AccountID: a.ID, Grants: []access.Grant{{Role: role, OrgID: o.ID, OrgPath: o.Path, OrgType: o.Type}}}
}

func (c *county) refused(err error, code string) {
	c.t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		c.t.Fatalf("got %v, want %s", err, code)
	}
}

// add puts a fresh photo under an item.
func (c *county) add(v access.Viewer, org string, item int64) standard.Entry {
	c.t.Helper()
	c.photo++
	e, err := c.AddPhoto(c.t.Context(), v, c.by[org].ID, item, model.PhotoAfter, "a.png", filetest.PNG(int(c.photo)))
	c.must(err)
	return e
}

func (c *county) board(org string) standard.Board {
	c.t.Helper()
	b, err := c.Board(c.t.Context(), c.as(model.RoleLeader, "市委"), c.by[org].ID)
	c.must(err)
	return b
}

func (c *county) facts() (sum int64) {
	c.t.Helper()
	c.must(c.db.Read(c.t.Context()).Raw("SELECT coalesce(sum(quantity), 0) FROM fact WHERE code = ?", standard.FactApproved).Scan(&sum).Error)
	return sum
}

func TestEvidence(t *testing.T) {
	each(t, func(c *county) {
		ctx := c.t.Context()
		branch, committee := c.as(model.RoleAdmin, "一支部"), c.as(model.RoleAdmin, "甲委")
		id := c.by["一支部"].ID
		item := c.board("一支部").Entries[2].Item // two photos, public
		_, err := c.Submit(ctx, branch, id, item.ID, standard.SubmitInput{Note: "好了"})
		c.refused(err, "standard.photos_missing")
		c.add(branch, "一支部", item.ID)
		e := c.add(branch, "一支部", item.ID)
		if len(e.Photos) != 2 || e.State != model.EvidenceDraft {
			c.t.Fatalf("%+v", e)
		}
		e, err = c.RemovePhoto(ctx, branch, id, item.ID, e.Photos[0].FileID)
		c.must(err)
		if len(e.Photos) != 1 {
			c.t.Fatalf("%+v", e)
		}
		c.add(branch, "一支部", item.ID)
		_, err = c.Review(ctx, committee, *e.EvidenceID, standard.ReviewInput{Approve: true})
		c.refused(err, "standard.not_submitted")
		e, err = c.Submit(ctx, branch, id, item.ID, standard.SubmitInput{Note: "好了"})
		c.must(err)
		_, err = c.AddPhoto(ctx, branch, id, item.ID, model.PhotoAfter, "a.png", filetest.PNG(9999))
		c.refused(err, "standard.locked")
		_, err = c.Review(ctx, branch, *e.EvidenceID, standard.ReviewInput{Approve: true})
		c.refused(err, "standard.not_above")
		_, err = c.Review(ctx, c.as(model.RoleAdmin, "乙委"), *e.EvidenceID, standard.ReviewInput{Approve: true})
		c.refused(err, "not_found")
		_, err = c.Review(ctx, committee, *e.EvidenceID, standard.ReviewInput{})
		c.refused(err, "standard.no_reason")
		e, err = c.Review(ctx, committee, *e.EvidenceID, standard.ReviewInput{Note: "照片模糊"})
		c.must(err)
		if e.State != model.EvidenceReturned || e.ReviewNote != "照片模糊" {
			c.t.Fatalf("%+v", e)
		}
		_, err = c.Submit(ctx, committee, id, item.ID, standard.SubmitInput{})
		c.must(err)
		_, err = c.Review(ctx, committee, *e.EvidenceID, standard.ReviewInput{Approve: true})
		c.refused(err, "standard.own") // who hands in does not approve
		city := c.as(model.RoleAdmin, "市委")
		e, err = c.Review(ctx, city, *e.EvidenceID, standard.ReviewInput{Approve: true})
		c.must(err)
		if b := c.board("一支部"); b.Approved != 1 || b.Items != 10 || *b.ShareBP != 1000 || c.facts() != 1 {
			c.t.Fatalf("%+v, %d facts", b.Count, c.facts())
		}
		c.t.Run("a public place stands in the gallery", func(t *testing.T) {
			pictures, err := c.Gallery(ctx, 0, 10)
			c.must(err)
			if len(pictures) != 1 || pictures[0].OrgName != "一支部" || len(pictures[0].Photos) != 2 {
				t.Fatalf("%+v", pictures)
			}
			for name, v := range map[string]access.Viewer{"a member of another branch": {AccountID: 1, MemberID: 9, OrgID: c.by["三支部"].ID}, "a citizen": {AccountID: 1}} {
				sees, err := c.MaySeeFile(ctx, v, pictures[0].Photos[0].FileID)
				c.must(err)
				if sees != (v.MemberID != 0) {
					t.Errorf("%s sees %v", name, sees)
				}
			}
		})
		c.t.Run("what does not hold any more counts no more, and may count again", func(t *testing.T) {
			_, err := c.Review(ctx, city, *e.EvidenceID, standard.ReviewInput{Note: "已拆除"})
			c.must(err)
			if got := c.facts(); got != 0 {
				t.Fatalf("%d facts", got)
			}
			_, err = c.Submit(ctx, branch, id, item.ID, standard.SubmitInput{})
			c.must(err)
			_, err = c.Review(ctx, committee, *e.EvidenceID, standard.ReviewInput{Approve: true})
			c.must(err)
			if got := c.facts(); got != 1 {
				t.Fatalf("%d facts", got)
			}
		})
		c.t.Run("an item of another type is not found", func(t *testing.T) {
			_, err := c.Submit(ctx, city, id, c.board("甲委").Entries[0].Item.ID, standard.SubmitInput{Note: "x"})
			c.refused(err, "not_found")
		})
	})
}

func TestProgress(t *testing.T) {
	each(t, func(c *county) {
		ctx, city := c.t.Context(), c.as(model.RoleAdmin, "市委")
		for org, states := range map[string][]string{"一支部": {"APPROVED", "APPROVED", "SUBMITTED"}, "三支部": {"RETURNED"}, "甲委": {"APPROVED"}} {
			for i, entry := range c.board(org).Entries[:len(states)] {
				c.must(c.db.Read(ctx).Create(&model.StandardEvidence{OrgID: c.by[org].ID, ItemID: entry.Item.ID, State: states[i], UpdatedAt: c.db.Now()}).Error)
			}
		}
		for _, top := range []string{"市委", "甲委", "一支部"} {
			p, err := c.Progress(ctx, city, c.by[top].ID)
			c.must(err)
			sum := p.Own
			for _, child := range p.Children {
				sum.Items, sum.Approved, sum.Submitted, sum.Returned = sum.Items+child.Items, sum.Approved+child.Approved, sum.Submitted+child.Submitted, sum.Returned+child.Returned
			}
			if sum.Items != p.Total.Items || sum.Approved != p.Total.Approved || sum.Submitted != p.Total.Submitted || sum.Returned != p.Total.Returned {
				c.t.Errorf("%s: children add up to %+v, not to %+v", top, sum, p.Total)
			}
			for state, want := range map[string]int64{"": p.Total.Items, "APPROVED": p.Total.Approved, "SUBMITTED": p.Total.Submitted, "RETURNED": p.Total.Returned} {
				_, n, err := c.Lines(ctx, city, standard.Filter{OrgID: c.by[top].ID, State: state}, 0, 10)
				c.must(err)
				if n != want {
					c.t.Errorf("%s: %s opens %d lines, not %d", top, state, n, want)
				}
			}
		}
		p, err := c.Progress(ctx, c.as(model.RoleLeader, "甲委"), c.by["甲委"].ID)
		c.must(err)
		if p.Total.Items != 26 || p.Total.Approved != 3 || p.Own.Approved != 1 || *p.Total.ShareBP != 1154 {
			c.t.Errorf("%+v", p.Total)
		}
		_, n, err := c.Lines(ctx, c.as(model.RoleAdmin, "乙委"), standard.Filter{}, 0, 10)
		c.must(err)
		if n != 16 {
			c.t.Errorf("another committee sees %d lines", n)
		}
		_, err = c.Progress(ctx, c.as(model.RoleAdmin, "乙委"), c.by["甲委"].ID)
		c.refused(err, "not_found")
	})
}
