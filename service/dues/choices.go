package dues

import (
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// BaseItem is an item that a base is made of, and how it counts in an organisation.
type BaseItem struct {
	Category    string  `json:"category"`
	Code        string  `json:"code"`
	Title       string  `json:"title"`
	Clause      string  `json:"clause"`
	Usual       string  `json:"usual"` // where nobody has chosen
	Treatment   string  `json:"treatment"`
	FromOrgID   *int64  `json:"from_org_id"` // who has chosen: itself, or the nearest above; null: nobody has
	FromOrgName string  `json:"from_org_name"`
	Own         *string `json:"own"` // the organisation's own choice; null: it has none
}

// ChoicesInput replaces all choices of an organisation. An item that is left out counts as above.
type ChoicesInput struct {
	Items []ChoiceInput `json:"items" validate:"max=100,dive" label:"收入项目"`
}

// ChoiceInput is how one item counts.
type ChoiceInput struct {
	Category  string `json:"category" validate:"required,max=50" label:"党员类别"`
	Code      string `json:"code" validate:"required,max=40" label:"收入项目"`
	Treatment string `json:"treatment" validate:"required,oneof=INCLUDE DEDUCT IGNORE" label:"计入方式"`
}

// BaseItems lists the items with their treatment in an organisation where v collects dues or administers.
func (s *Service) BaseItems(ctx context.Context, v access.Viewer, orgID int64) ([]BaseItem, error) {
	tx := s.db.Read(ctx)
	o, err := orgSeen(tx, v, orgID)
	if err != nil {
		return nil, err
	}
	return baseItems(tx, o)
}

func baseItems(tx model.Tx, o model.Org) ([]BaseItem, error) {
	treatments, err := treatmentsAt(tx, o.Path)
	items := make([]BaseItem, len(treatments))
	for i, t := range treatments {
		items[i] = BaseItem{Category: t.Category, Code: t.Code, Title: t.Title, Clause: t.Clause, Usual: t.Usual, Treatment: t.Treatment, FromOrgName: t.OrgName}
		if t.OrgID != 0 {
			items[i].FromOrgID = &treatments[i].OrgID
		}
		if t.OrgID == o.ID {
			items[i].Own = &treatments[i].Treatment
		}
	}
	return items, err
}

// Choose replaces an organisation's choices. Assessments that were made before keep the treatment of their day.
//
// Faults: not_found, auth.forbidden, org.dissolved, dues.item.
func (s *Service) Choose(ctx context.Context, v access.Viewer, orgID int64, in ChoicesInput) ([]BaseItem, error) {
	var out []BaseItem
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := orgWorked(tx, v, orgID)
		if err != nil {
			return err
		}
		treatments, err := treatmentsAt(tx, o.Path)
		if err != nil {
			return err
		}
		rows, err := in.rows(tx, v, o, treatments)
		if err != nil {
			return err
		}
		if err := tx.Where("org_id = ?", o.ID).Delete(&model.DuesBaseChoice{}).Error; err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := tx.Create(&rows).Error; err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.items", ObjectType: "org", ObjectID: o.ID, Before: ownOf(treatments, o.ID), After: in.Items})
		out, err = baseItems(tx, o)
		return err
	})
	return out, err
}

func (in ChoicesInput) rows(tx model.Tx, v access.Viewer, o model.Org, treatments []treatment) ([]model.DuesBaseChoice, error) {
	var rows []model.DuesBaseChoice
	for _, c := range in.Items {
		at := slices.IndexFunc(treatments, func(t treatment) bool { return t.Category == c.Category && t.Code == c.Code })
		if at < 0 {
			return nil, fault.Invalid("dues.item", "没有这个收入项目，请从列表中选择").With("code", c.Code)
		}
		id := treatments[at].ItemID
		if slices.ContainsFunc(rows, func(r model.DuesBaseChoice) bool { return r.ItemID == id }) {
			return nil, fault.Invalid("dues.item", "“"+treatments[at].Title+"”填写了不止一次")
		}
		rows = append(rows, model.DuesBaseChoice{OrgID: o.ID, ItemID: id, Treatment: c.Treatment, UpdatedBy: &v.AccountID, UpdatedAt: tx.Now})
	}
	return rows, nil
}

// ownOf is the choices that an organisation itself has made.
func ownOf(treatments []treatment, orgID int64) []ChoiceInput {
	own := []ChoiceInput{}
	for _, t := range treatments {
		if t.OrgID == orgID {
			own = append(own, ChoiceInput{t.Category, t.Code, t.Treatment})
		}
	}
	return own
}
