package org_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/org"
	"hongyun/service/sheet"
)

// upload is a sheet on its way in, without the file: each row is 上级 名称 类型 and further cells as key=value.
func (c *county) upload(top int64, rows ...string) batch.Batch {
	c.t.Helper()
	c.n++
	f := model.File{SHA256: fmt.Sprint(c.n), Name: "x.xlsx", MIME: "x", CreatedAt: c.db.Now()}
	c.insert(&f)
	b := batch.Batch{ImportBatch: model.ImportBatch{Kind: org.KindOrgs, OrgID: top, FileID: f.ID, State: model.ImportChecking, CreatedAt: c.db.Now(), UpdatedAt: c.db.Now()},
		Org: c.now(top), By: c.admin(top)}
	c.insert(&b.ImportBatch)
	var list []sheet.Row
	for i, r := range rows {
		cells := map[string]string{}
		for j, text := range strings.Fields(r) {
			key, value, ok := strings.Cut(text, "=")
			if !ok {
				key, value = []string{"parent", "name", "type"}[j], text
			}
			if value != "-" {
				cells[key] = value
			}
		}
		list = append(list, sheet.Row{No: i + 4, Cells: cells})
	}
	i := c.Importers()[0]
	must(c.t, c.tx(func(tx model.Tx) error { return i.Stage(tx, b, list) }))
	must(c.t, c.tx(func(tx model.Tx) error { return i.Check(tx, b) }))
	return b
}

// reasons are the errors of the drafts, one a row.
func (c *county) reasons(b batch.Batch) []string {
	c.t.Helper()
	var all []string
	must(c.t, c.db.Read(context.Background()).Raw("SELECT error FROM org_draft WHERE batch_id = ? ORDER BY row_no", b.ID).Scan(&all).Error)
	return all
}

func (c *county) apply(b batch.Batch) (n int64, err error) {
	i := c.Importers()[0]
	err = c.tx(func(tx model.Tx) error {
		if err := i.Check(tx, b); err != nil {
			return err
		}
		n, err = i.Apply(tx, b)
		return err
	})
	return n, err
}

func (c *county) undo(b batch.Batch) error {
	return c.tx(func(tx model.Tx) error { return c.Importers()[0].Undo(tx, b) })
}

func TestImport(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		old := c.committee("老党委")
		b := c.upload(c.city.ID,
			"新总支 新一支部 党支部 kind=机关 joint=是 address=一号楼 phone=7588001 founded=2012.07.01",
			"新党委 新总支 党总支 founded=2010-01-01",
			"- 新党委 党委 code=DX001 founded=2000-07-01",
			"DX001 新二支部 支部",
			"老党委 新三支部 党支部")
		equal(t, strings.Join(c.reasons(b), ""), "")
		n, err := c.apply(b)
		must(t, err)
		t.Run("rows may stand in any order, below each other and below what is there", func(t *testing.T) {
			equal(t, n, 5)
			equal(t, c.names(t, org.Filter{}), "市委 老党委 新三支部 新党委 新总支 新一支部 新二支部")
			var o model.Org
			must(t, c.db.Read(t.Context()).Where("name = '新一支部'").Take(&o).Error)
			equal(t, o.Path+o.Kind+o.Address+o.Phone+string(*o.FoundedOn)+fmt.Sprint(o.IsJoint, o.Version, *o.BatchID == b.ID), "001002001001机关一号楼75880012012-07-01true 1 true")
		})
		t.Run("their history begins with their founding, below what was there", func(t *testing.T) {
			equal(t, c.names(t, org.Filter{On: "2026-11-19", Under: c.city.ID}), "新党委 新总支 新一支部")
			equal(t, c.names(t, org.Filter{On: "2011-01-01", Under: c.city.ID}), "新党委 新总支")
			c.set("DELETE FROM member")
			c.holds(t)
		})
		t.Run("is not undone while something depends on it", func(t *testing.T) {
			mine := c.count("SELECT id FROM org WHERE name = '新二支部'")
			m := c.member(mine)
			f := refused(t, c.undo(b), "import.in_use")
			equal(t, f.Details["dependents"].(map[string]int64)["党员"], 1)
			c.later(1)
			must(t, c.transfer(m.ID, c.branch(old, "四支部")))
			equal(t, refused(t, c.undo(b), "import.in_use").Details["dependents"].(map[string]int64)["党员沿革"], 1)
			c.set("DELETE FROM member_span WHERE org_id = ?", mine)
			must(t, c.undo(b))
			equal(t, c.names(t, org.Filter{}), "市委 老党委 四支部")
		})
	})
}

func TestImport_Errors(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		a, other := c.committee("甲委"), c.committee("乙委")
		c.branch(a, "同名支部")
		c.branch(other, "外支部")
		twin := c.create(a, model.OrgGeneralBranch, "总支")
		c.branch(twin, "同名支部")
		_, err := c.Create(t.Context(), c.admin(c.city.ID), org.NewInput{ParentID: other, Type: model.OrgBranch, Fields: org.Fields{Name: "有码支部", OfficialCode: "TAKEN"}})
		must(t, err)
		b := c.upload(a,
			"没有这个 一支部 党支部",
			"同名支部 二支部 党支部",
			"乙委 三支部 党支部",
			"- 同名支部 党支部",
			"- 五支部 党支部 code=TAKEN",
			"- 六支部 党支部 code=X",
			"- 七支部 党支部 code=X",
			"- 八支部 党支部", "- 八支部 党支部",
			"总支 九总支 党总支",
			"九总支 十支部 党支部",
			"- 十一支部 党支部 founded=2026-13-40 kind=火星 joint=也许",
			"- - 党小组",
			"十四支部 十四支部 党支部",
			"- 十五总支 党总支 joint=是")
		for i, want := range []string{"没有找到上级组织“没有这个”", "有 3 个组织都叫“同名支部”", "没有找到上级组织“乙委”", "上级组织之下已有“同名支部”", "组织代码已被其他组织使用", "",
			"与第 9 行的组织代码重复", "", "与第 11 行的组织名称重复", "党总支只能设在党委之下", "上级组织在第 13 行", "单位类别须为", "请填写组织名称；组织类型须为", "党支部只能设在", "只有党支部可以是联合支部"} {
			got := c.reasons(b)[i]
			if want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("row %d: %q, want %q", i+4, got, want)
			}
		}
		before := strings.Join(c.reasons(b), "|")
		t.Run("a second check adds nothing", func(t *testing.T) {
			must(t, c.tx(func(tx model.Tx) error { return c.Importers()[0].Check(tx, b) }))
			equal(t, strings.Join(c.reasons(b), "|"), before)
		})
		t.Run("only the good rows come in", func(t *testing.T) {
			n, err := c.apply(b)
			must(t, err)
			equal(t, n, 2)
			equal(t, c.count("SELECT count(*) FROM org WHERE batch_id = ?", b.ID), 2)
		})
	})
}

func TestImport_Many(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		rows := []string{}
		for i := range 30 {
			rows = append(rows, fmt.Sprintf("- 党委%d 党委", i))
			for j := range 30 {
				rows = append(rows, fmt.Sprintf("党委%d 支部%d-%d 党支部", i, i, j))
			}
		}
		b := c.upload(c.city.ID, rows...)
		n, err := c.apply(b)
		must(t, err)
		equal(t, n, 930)
		c.set("DELETE FROM member")
		c.holds(t)
		must(t, c.undo(b))
		equal(t, c.count("SELECT count(*) FROM org"), 1)
	})
}
