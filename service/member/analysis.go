package member

import (
	"context"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
)

// BandCount is how many members are in a band. Band opens the list: GET /members with the organisation, band and on.
type BandCount struct {
	Band    string `json:"band"` // AGE:3
	Title   string `json:"title"`
	Members int64  `json:"members"`
	ShareBP *int64 `json:"share_bp"` // hundredths of a per cent of the organisation's members; null where there are none
}

// DimensionCount is the bands of one dimension. They add up to the members.
type DimensionCount struct {
	Code  string      `json:"code"`
	Title string      `json:"title"`
	Bands []BandCount `json:"bands"`
}

// StructureChild is an organisation directly below, or the node itself for the members directly in it. Its bands stand in the
// order of the node's, dimension after dimension; band by band the children add up to the node.
type StructureChild struct {
	OrgID   int64       `json:"org_id"`
	OrgName string      `json:"org_name"`
	Members int64       `json:"members"`
	Bands   []ChildBand `json:"bands"`
}

// ChildBand is a BandCount without the title.
type ChildBand struct {
	Band    string `json:"band"`
	Members int64  `json:"members"`
	ShareBP *int64 `json:"share_bp"`
}

// Structure is the make-up of the ranks of an organisation with all that lies below it, on a day.
type Structure struct {
	OrgID      int64            `json:"org_id"`
	OrgName    string           `json:"org_name"`
	On         model.Date       `json:"on"`
	Members    int64            `json:"members"`
	Dimensions []DimensionCount `json:"dimensions"`
	Children   []StructureChild `json:"children"`
}

// StructureFilter names the organisation and the day; without a day it is today.
type StructureFilter struct {
	OrgID int64      `query:"org_id" validate:"required,min=1" label:"组织"`
	On    model.Date `query:"on" validate:"omitempty,date" label:"截止日期"`
}

// Structure counts the members of an organisation that v leads or administers by the official bands, and those of each
// organisation directly below, in one pass over the roster.
//
// Of a past day it counts who belonged to it then: the branch of each member and the place of each branch are those of the
// day. Of a day to come it counts today's roster with the ages of that day.
func (s *Service) Structure(ctx context.Context, v access.Viewer, f StructureFilter) (Structure, error) {
	r := Structure{OrgID: f.OrgID, Children: []StructureChild{}}
	err := s.db.Sweep(ctx, func(tx model.Tx) error {
		r.On = f.On
		if r.On == "" {
			r.On = tx.Day()
		}
		if _, err := pathOf(tx, v, f.OrgID); err != nil {
			return err
		}
		past := r.On < tx.Day()
		all, err := dimensions(tx, r.On, past)
		if err != nil {
			return err
		}
		parts, err := partsOn(tx, f.OrgID, r.On, past)
		if err != nil {
			return err
		}
		t := tallyOf(all)
		if len(parts) > 0 {
			if err := t.count(tx, parts, r.On, past); err != nil {
				return err
			}
		}
		r.fill(all, parts, t)
		return tx.Raw("SELECT name FROM org WHERE id = ?", f.OrgID).Scan(&r.OrgName).Error
	})
	return r, err
}

// part is a row of the report: the node itself first, then what stood directly below it.
type part struct {
	ID          int64
	Name, Path  string
	DissolvedOn *model.Date
}

// partsOn is the node and what is directly below it; of a past day as it was then, nothing if the node was not there.
func partsOn(tx model.Tx, id int64, day model.Date, past bool) ([]part, error) {
	var parts []part
	if !past {
		err := tx.Raw("SELECT id, name, path, dissolved_on FROM org WHERE id = ? OR parent_id = ? ORDER BY path", id, id).Scan(&parts).Error
		return parts, err
	}
	path, err := placeOn(tx, id, day)
	if err != nil || path == "" {
		return nil, err
	}
	err = tx.Raw("SELECT p.org_id AS id, p.name, p.path FROM "+placed+" p WHERE p.path >= ? AND p.path < ? AND length(p.path) <= ? ORDER BY p.path",
		day, day, day, path, model.PathEnd(path), len(path)+pathStep).Scan(&parts).Error
	return parts, err
}

// tally is the counts of every condition that the bands are sums of, each condition once, for each part.
type tally struct {
	column map[string]int // by condition
	of     []condition
	counts map[string][]int64 // by path of the part; all members first
}

func tallyOf(all []dimension) *tally {
	t := &tally{column: map[string]int{}, counts: map[string][]int64{}}
	for _, d := range all {
		for _, b := range d.bands {
			for _, term := range b.sum {
				if _, known := t.column[term.key()]; !known && term.sql != "" {
					t.of = append(t.of, term.condition)
					t.column[term.key()] = len(t.of)
				}
			}
		}
	}
	return t
}

func (c condition) key() string { return fmt.Sprint(c.sql, c.args) }

// count reads the roster once.
func (t *tally) count(tx model.Tx, parts []part, day model.Date, past bool) error {
	top := parts[0].Path
	columns := []string{fmt.Sprintf("substr(o.path, 1, %d)", len(top)+pathStep), "count(*)"}
	var args []any
	for _, c := range t.of {
		columns = append(columns, "count(*) FILTER (WHERE "+c.sql+")")
		args = append(args, c.args...)
	}
	from := " FROM member m JOIN org o ON o.id = m.org_id WHERE " + goodStanding
	if past {
		from = " FROM member_span sp JOIN member m ON m.id = sp.member_id JOIN " + placed + " o ON o.org_id = sp.org_id WHERE " + spanOn
		args = append(args, day, day, day, day, day)
	}
	args = append(args, top, model.PathEnd(top))
	rows, err := model.Rows(tx, "SELECT "+strings.Join(columns, ", ")+from+" AND o.path >= ? AND o.path < ? GROUP BY 1", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	t.counts, err = scanCounts(rows, len(columns)-1)
	return err
}

// in is the number of a band's members in a part.
func (t *tally) in(path string, b band) int64 {
	counts := t.counts[path]
	if counts == nil {
		return 0
	}
	var n int64
	for _, term := range b.sum {
		one := counts[t.column[term.key()]] // the empty condition: all
		if term.minus {
			one = -one
		}
		n += one
	}
	return n
}

// fill writes the counts of the parts down and adds them up. The node itself stands among its children if it has members of
// its own; a dissolved organisation only if it still has some.
func (r *Structure) fill(all []dimension, parts []part, t *tally) {
	for i, p := range parts {
		members := t.counts[p.Path]
		if members == nil && (i == 0 || p.DissolvedOn != nil) {
			continue
		}
		c := StructureChild{OrgID: p.ID, OrgName: p.Name, Bands: []ChildBand{}}
		if members != nil {
			c.Members = members[0]
		}
		for _, d := range all {
			for _, b := range d.bands {
				n := t.in(p.Path, b)
				c.Bands = append(c.Bands, ChildBand{d.name(b), n, shareBP(n, c.Members)})
			}
		}
		r.Members += c.Members
		r.Children = append(r.Children, c)
	}
	row := 0
	for _, d := range all {
		sum := DimensionCount{Code: d.code, Title: d.title}
		for _, b := range d.bands {
			count := BandCount{Band: d.name(b), Title: b.title}
			for _, c := range r.Children {
				count.Members += c.Bands[row].Members
			}
			row++
			count.ShareBP = shareBP(count.Members, r.Members)
			sum.Bands = append(sum.Bands, count)
		}
		r.Dimensions = append(r.Dimensions, sum)
	}
}

// shareBP is n of all in hundredths of a per cent, half up; nil of none.
func shareBP(n, all int64) *int64 {
	if all == 0 {
		return nil
	}
	bp := (n*10000 + all/2) / all
	return &bp
}
