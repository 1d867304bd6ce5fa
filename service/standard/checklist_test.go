package standard_test

import (
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/standard"
)

func TestVersions(t *testing.T) {
	each(t, func(c *county) {
		ctx, city := c.t.Context(), c.as(model.RoleAdmin, "市委")
		branch := c.as(model.RoleAdmin, "二支部")
		old := c.board("二支部")
		e := c.add(branch, "二支部", old.Entries[0].Item.ID)
		_, err := c.Submit(ctx, branch, c.by["二支部"].ID, e.Item.ID, standard.SubmitInput{})
		c.must(err)
		_, err = c.Review(ctx, city, *e.EvidenceID, standard.ReviewInput{Approve: true})
		c.must(err)

		first := old.Entries[0].Item
		in := standard.ChecklistInput{OrgType: model.OrgBranch, Title: "第二版", Items: []standard.ItemInput{
			{Area: "新增", Title: "书屋", Photos: 1},
			{Area: first.Area, Title: first.Title, Requirement: first.Requirement, Photos: first.Photos}}}
		next, err := c.Draft(ctx, city, in)
		c.must(err)
		if next.Version != 2 || c.board("二支部").Version != 1 {
			c.t.Fatalf("a draft counts: %+v", next)
		}
		next, err = c.EditDraft(ctx, city, next.ID, in)
		c.must(err)
		_, err = c.Publish(ctx, city, next.ID)
		c.must(err)
		b := c.board("二支部")
		if b.Version != 2 || b.Items != 2 || b.Approved != 1 || len(b.Entries[1].Photos) != 1 {
			c.t.Fatalf("%+v", b)
		}
		_, err = c.EditDraft(ctx, city, next.ID, in)
		c.refused(err, "standard.published")
		_, err = c.Publish(ctx, city, next.ID)
		c.refused(err, "standard.published")

		c.t.Run("what went over stays one achievement: it can be sent back, and approved again, but not in the old version", func(t *testing.T) {
			if got := c.facts(); got != 1 {
				t.Fatalf("%d facts", got)
			}
			_, err := c.Review(ctx, city, *e.EvidenceID, standard.ReviewInput{Note: "已拆除"})
			c.refused(err, "standard.retired")
			now := *b.Entries[1].EvidenceID
			_, err = c.Review(ctx, city, now, standard.ReviewInput{Note: "已拆除"})
			c.must(err)
			if got := c.facts(); got != 0 {
				t.Fatalf("%d facts", got)
			}
			_, err = c.Submit(ctx, branch, c.by["二支部"].ID, b.Entries[1].Item.ID, standard.SubmitInput{})
			c.must(err)
			_, err = c.Review(ctx, city, now, standard.ReviewInput{Approve: true})
			c.must(err)
			if got := c.facts(); got != 1 {
				t.Fatalf("%d facts", got)
			}
		})
		c.t.Run("of two drafts that are published at once the older gives way", func(t *testing.T) {
			for range 5 {
				older, err := c.Draft(ctx, city, in)
				c.must(err)
				newer, err := c.Draft(ctx, city, in)
				c.must(err)
				errs := make([]error, 2)
				var wg sync.WaitGroup
				for i, id := range []int64{older.ID, newer.ID} {
					wg.Go(func() { _, errs[i] = c.Publish(ctx, city, id) })
				}
				wg.Wait()
				c.must(errs[1])
				if errs[0] != nil {
					c.refused(errs[0], "standard.outdated")
				}
				if got := c.board("二支部").Version; got != newer.Version {
					t.Fatalf("version %d counts", got)
				}
			}
		})
		c.t.Run("a kind with a list of its own leaves the common one", func(t *testing.T) {
			in.Kind, in.Items = "学校", in.Items[:1]
			own, err := c.Draft(ctx, city, in)
			c.must(err)
			_, err = c.Publish(ctx, city, own.ID)
			c.must(err)
			if school, village := c.board("二支部"), c.board("一支部"); school.Items != 1 || village.Items != 2 {
				t.Fatalf("%d, %d", school.Items, village.Items)
			}
		})
		c.t.Run("a kind that is in no list, an item twice", func(t *testing.T) {
			in.Kind = "寺庙"
			_, err := c.Draft(ctx, city, in)
			c.refused(err, "standard.unknown_kind")
			in.Kind, in.Items = "", append(in.Items, in.Items[0])
			_, err = c.Draft(ctx, city, in)
			c.refused(err, "standard.repeated_item")
		})
	})
}
