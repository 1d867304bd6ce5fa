package collection

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Bands of the age of an unpaid bill. The age is the months from the bill's month to the month that is looked at, both counted:
// of that month itself it is 1.
const (
	AgeOne  = "1"
	AgeTwo  = "2-3"
	AgeFour = "4-5"
	AgeSix  = "6+"
)

// ages are the bands, the youngest first, with the youngest bill of each.
var ages = [...]struct {
	band string
	from int
}{{AgeOne, 1}, {AgeTwo, 2}, {AgeFour, 4}, {AgeSix, 6}}

// TableFilter names the organisation and the months; the highest that the viewer reads, and the present month, if it does not.
type TableFilter struct {
	OrgID int64       `query:"org_id" validate:"min=0" label:"党组织"`
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	From  model.Month `query:"from" validate:"omitempty,month" label:"起始月份"` // several months: from and to instead of month
	To    model.Month `query:"to" validate:"omitempty,month" label:"截止月份"`
}

// Figures are how collection stands in an organisation with all that lies below it. A bill belongs to the branch that billed it.
type Figures struct {
	Members       *int64       `json:"members"` // who were billed; null for several months
	Bills         int64        `json:"bills"`   // unpaid, paid and exempt
	Exempt        int64        `json:"exempt"`
	Unpaid        int64        `json:"unpaid"`
	Paid          int64        `json:"paid"`
	Cancelled     int64        `json:"cancelled"` // not among bills
	PayableFen    int64        `json:"payable_fen"`
	PaidFen       int64        `json:"paid_fen"`
	UnpaidFen     int64        `json:"unpaid_fen"`
	RateBP        *int64       `json:"rate_bp"`       // paid of payable, by amount; null where nothing is payable
	CountRateBP   *int64       `json:"count_rate_bp"` // the same by bills
	Awaiting      int64        `json:"awaiting"`      // among unpaid: recorded, not confirmed by a second person
	AwaitingFen   int64        `json:"awaiting_fen"`
	Online        int64        `json:"online"` // among paid: through WeChat
	OnlineFen     int64        `json:"online_fen"`
	OnlineShareBP *int64       `json:"online_share_bp"` // of the paid bills; null where none is
	Arrears       []AgeFigures `json:"arrears"`
	Unassessed    int64        `json:"unassessed"` // active members, admitted by the end of the month, whom nobody has assessed for it
}

// AgeFigures are the bills of an age that are unpaid now, of the month that is looked at and those before it. Who owes in two
// branches is counted in both.
type AgeFigures struct {
	Band    string `json:"band"`
	Members int64  `json:"members"`
	Bills   int64  `json:"bills"`
	Fen     int64  `json:"fen"`
}

// TableRow is an organisation directly below, or the one itself for what lies directly in it.
type TableRow struct {
	OrgID   int64  `json:"org_id"`
	OrgName string `json:"org_name"`
	OrgType string `json:"org_type"`
	Figures
}

// Table is how collection stands, unit by unit. The rows add up to the total.
type Table struct {
	OrgID   int64       `json:"org_id"`
	OrgName string      `json:"org_name"`
	From    model.Month `json:"from"`
	To      model.Month `json:"to"` // the arrears are as of this month
	Total   Figures     `json:"total"`
	Rows    []TableRow  `json:"rows"`
}

// Table tells how collection stands in an organisation that v leads or administers, in one query however large it is.
//
// Faults: not_found, dues.months.
func (s *Service) Table(ctx context.Context, v access.Viewer, f TableFilter) (Table, error) {
	t := Table{Rows: []TableRow{}}
	err := s.db.Sweep(ctx, func(tx model.Tx) error {
		if err := t.months(f, tx.Day().Month()); err != nil {
			return err
		}
		top, err := look(tx, v.Reads(), f.OrgID)
		if err != nil {
			return err
		}
		t.OrgID, t.OrgName = top.ID, top.Name
		units, err := unitsOf(tx, top)
		if err != nil {
			return err
		}
		found, err := figuresOf(tx, top, t.From, t.To)
		if err != nil {
			return err
		}
		t.fill(top, units, found)
		return nil
	})
	return t, err
}

func (t *Table) months(f TableFilter, this model.Month) error {
	t.From, t.To = f.From, f.To
	if t.To == "" {
		t.To = f.Month
	}
	if t.To == "" {
		t.To = this
	}
	if t.From == "" {
		t.From = t.To
	}
	if t.From > t.To {
		return fault.Invalid("dues.months", "起始月份不能晚于截止月份")
	}
	return nil
}

// fill writes the rows down and adds them up. The organisation itself stands among them if something lies directly in it; one
// that is dissolved only if it still has something.
func (t *Table) fill(top unit, units []unit, found map[string]Figures) {
	t.Total.Arrears = noArrears()
	for _, u := range units {
		f, any := found[u.Path]
		if !any || f.empty() {
			if u.ID == top.ID && len(units) > 1 || u.DissolvedOn != nil {
				continue
			}
			f = Figures{Arrears: noArrears()}
		}
		t.Total.add(f)
		f.rate(t.From == t.To)
		t.Rows = append(t.Rows, TableRow{OrgID: u.ID, OrgName: u.Name, OrgType: u.Type, Figures: f})
	}
	t.Total.rate(t.From == t.To)
}

func noArrears() []AgeFigures {
	none := make([]AgeFigures, len(ages))
	for i, a := range ages {
		none[i].Band = a.band
	}
	return none
}

func (f *Figures) empty() bool {
	owed := int64(0)
	for _, a := range f.Arrears {
		owed += a.Bills
	}
	return f.Bills+f.Cancelled+f.Unassessed+owed == 0
}

func (f *Figures) add(g Figures) {
	for _, one := range []struct{ sum, n *int64 }{{&f.Bills, &g.Bills}, {&f.Exempt, &g.Exempt}, {&f.Unpaid, &g.Unpaid}, {&f.Paid, &g.Paid},
		{&f.Cancelled, &g.Cancelled}, {&f.PayableFen, &g.PayableFen}, {&f.PaidFen, &g.PaidFen}, {&f.UnpaidFen, &g.UnpaidFen},
		{&f.Awaiting, &g.Awaiting}, {&f.AwaitingFen, &g.AwaitingFen}, {&f.Online, &g.Online}, {&f.OnlineFen, &g.OnlineFen}, {&f.Unassessed, &g.Unassessed}} {
		*one.sum += *one.n
	}
	for i, a := range g.Arrears {
		f.Arrears[i].Members += a.Members
		f.Arrears[i].Bills += a.Bills
		f.Arrears[i].Fen += a.Fen
	}
}

// rate works out what the counts come to. Of one month a member has one bill.
func (f *Figures) rate(oneMonth bool) {
	if oneMonth {
		billed := f.Bills
		f.Members = &billed
	}
	f.RateBP, f.CountRateBP, f.OnlineShareBP = shareBP(f.PaidFen, f.PayableFen), shareBP(f.Paid, f.Paid+f.Unpaid), shareBP(f.Online, f.Paid)
}
