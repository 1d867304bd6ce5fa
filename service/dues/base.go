package dues

import (
	"slices"

	"hongyun/model"
	"hongyun/service/fault"
)

// ItemInput is one item of a base, in fen.
type ItemInput struct {
	Code      string `json:"code" validate:"required,max=40" label:"收入项目"`
	AmountFen int64  `json:"amount_fen" validate:"min=0,max=1000000000000" label:"项目金额"`
}

// Item is one item of a base, with the way in which it counts.
type Item struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Treatment string `json:"treatment"` // INCLUDE, DEDUCT or IGNORE
	AmountFen int64  `json:"amount_fen"`
}

// treatment is how an item counts in an organisation, and who has said so.
type treatment struct {
	ItemID    int64
	Category  string
	Code      string
	Title     string
	Clause    string
	Usual     string // where nobody has chosen
	Treatment string
	OrgID     int64 // that has chosen; 0: nobody has
	OrgName   string
}

// treatmentsAt is how the items count for the organisation at the path: as it has chosen itself, else the nearest above that
// has, else as usual (RULES 3.2.4-3.2.7).
func treatmentsAt(tx model.Tx, path string) (items []treatment, err error) {
	err = tx.Raw(`
SELECT i.id AS item_id, i.category, i.code, i.title, i.clause, i.treatment AS usual, coalesce(c.treatment, i.treatment) AS treatment,
       coalesce(o.id, 0) AS org_id, coalesce(o.name, '') AS org_name
FROM dues_base_item i
LEFT JOIN (SELECT c.item_id, max(length(o.path)) AS depth FROM dues_base_choice c JOIN org o ON o.id = c.org_id
  WHERE substr(CAST(? AS text), 1, length(o.path)) = o.path GROUP BY c.item_id) near ON near.item_id = i.id
LEFT JOIN org o ON o.path = substr(CAST(? AS text), 1, CAST(near.depth AS integer))
LEFT JOIN dues_base_choice c ON c.org_id = o.id AND c.item_id = i.id
ORDER BY i.category, i.seq`, path, path).Scan(&items).Error
	return items, err
}

// base adds the items up by the treatment of each. Messages name items, never amounts.
//
// Faults: dues.item, dues.base.
func base(treatments []treatment, category string, in []ItemInput) (items []Item, fen int64, err error) {
	own := slices.DeleteFunc(slices.Clone(treatments), func(t treatment) bool { return t.Category != category })
	if len(own) == 0 {
		return nil, 0, fault.Invalid("dues.item", "该类别不按收入项目核定，请直接填写计算基数")
	}
	for n, i := range in {
		at := slices.IndexFunc(own, func(t treatment) bool { return t.Code == i.Code })
		switch {
		case at < 0:
			return nil, 0, fault.Invalid("dues.item", "没有这个收入项目，请从列表中选择").With("code", i.Code)
		case slices.ContainsFunc(in[:n], func(o ItemInput) bool { return o.Code == i.Code }):
			return nil, 0, fault.Invalid("dues.item", "“"+own[at].Title+"”填写了不止一次")
		case i.AmountFen < 0 || i.AmountFen > maxFen:
			return nil, 0, fault.Invalid("dues.item", "“"+own[at].Title+"”的金额不正确，请检查是否填写正确")
		}
		items = append(items, Item{Code: i.Code, Title: own[at].Title, Treatment: own[at].Treatment, AmountFen: i.AmountFen})
		switch own[at].Treatment {
		case model.ItemInclude:
			fen += i.AmountFen
		case model.ItemDeduct:
			fen -= i.AmountFen
		}
	}
	if fen < 0 {
		return nil, 0, fault.Invalid("dues.base", "扣除的项目多于计入的项目，请检查是否填写正确")
	}
	return items, fen, nil
}
