package member

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
)

// Dimensions by which the structure of the ranks is reported (RULES 8).
const (
	DimensionAge         = "AGE"
	DimensionSex         = "SEX"
	DimensionEthnicGroup = "ETHNIC_GROUP"
	DimensionEducation   = "EDUCATION"
	DimensionCollege     = "COLLEGE" // the only cut of education in the yearly bulletin
	DimensionJoined      = "JOINED"
	DimensionOccupation  = "OCCUPATION"
	DimensionStatus      = "STATUS"
)

// dimension sorts every member into one band. Band number 0 takes whom no other takes: what is empty or in no code list.
type dimension struct {
	code, title string
	bands       []band
}

// band is a condition on m (member) for a list, and the sum of counts by which a report gets the same number.
type band struct {
	no    int64
	title string
	where condition
	sum   []term
}

// condition is SQL with its arguments.
type condition struct {
	sql  string
	args []any
}

// term is a count of the members for whom a condition holds, added or taken away. The empty condition holds for all.
type term struct {
	condition
	minus bool
}

// dimensions are the bands on a day: ages and status are those of the day; past tells that it lies before today. In each
// dimension band 0 comes last; sex and status, which everybody has, have none.
func dimensions(tx model.Tx, day model.Date, past bool) ([]dimension, error) {
	var ranges []model.Band
	if err := tx.Order("dimension, seq").Find(&ranges).Error; err != nil {
		return nil, err
	}
	var words []model.Lookup
	lists := []string{model.ListEthnicGroup, model.ListEducation, model.ListOccupation}
	if err := tx.Where("list IN ?", lists).Order("list, seq").Find(&words).Error; err != nil {
		return nil, err
	}
	education := named(words, model.ListEducation, "m.education")
	return []dimension{
		unknown(DimensionAge, "年龄", ageBands(tx.Dialect, ranges, day)),
		halves(DimensionSex, "性别", "男", "女", condition{sql: "m.sex = 'MALE'"}),
		unknown(DimensionEthnicGroup, "民族", coarse(named(words, model.ListEthnicGroup, "m.ethnic_group"), words, model.ListEthnicGroup, "m.ethnic_group")),
		unknown(DimensionEducation, "学历", education),
		unknown(DimensionCollege, "学历（大专及以上）", coarse(education, words, model.ListEducation, "")),
		unknown(DimensionJoined, "入党时间", joinedBands(tx.Dialect, ranges)),
		unknown(DimensionOccupation, "职业", named(words, model.ListOccupation, "m.occupation")),
		halves(DimensionStatus, "党员类别", "正式党员", "预备党员", fullOn(day, past)),
	}, nil
}

// fullOn holds for who was a full member on a day.
func fullOn(day model.Date, past bool) condition {
	if past {
		return condition{fullThen, []any{day}}
	}
	return condition{sql: "m.status = 'FULL'"}
}

// ageBands are ranges of completed years: who was born on or before the day n years ago has completed n.
func ageBands(d model.Dialect, ranges []model.Band, day model.Date) []band {
	var bands []band
	for _, r := range ranges {
		if r.Dimension != model.BandAge {
			continue
		}
		after, until := "", ""
		if most, err := strconv.Atoi(r.Most); err == nil {
			after = yearsBefore(day, most+1)
		}
		if least, err := strconv.Atoi(r.Least); err == nil {
			until = yearsBefore(day, least)
		}
		bands = append(bands, between(r, d.Bytewise("m.born_on"), after, until))
	}
	return bands
}

func joinedBands(d model.Dialect, ranges []model.Band) []band {
	var bands []band
	for _, r := range ranges {
		if r.Dimension != model.BandJoined {
			continue
		}
		after := ""
		if r.Least != "" {
			after = string(model.Date(r.Least).AddDays(-1))
		}
		bands = append(bands, between(r, d.Bytewise("m.admitted_on"), after, r.Most))
	}
	return bands
}

// between is the band after < column <= until, until empty: without an end. Neighbours share a bound, and so a count.
func between(r model.Band, column, after, until string) band {
	later := func(bound string) condition { return condition{column + " > ?", []any{bound}} }
	b := band{no: r.Seq, title: r.Title, where: later(after), sum: []term{{condition: later(after)}}}
	if until != "" {
		b.where = condition{b.where.sql + " AND " + column + " <= ?", append(b.where.args, until)}
		b.sum = append(b.sum, term{condition: later(until), minus: true})
	}
	return b
}

// named are the titles of a code list, a band each.
func named(words []model.Lookup, list, column string) []band {
	var bands []band
	for _, w := range words {
		if w.List == list {
			is := condition{column + " = ?", []any{w.Title}}
			bands = append(bands, band{no: w.Seq, title: w.Title, where: is, sum: []term{{condition: is}}})
		}
	}
	return bands
}

// coarse joins the bands of a code list into the coarser ones that the list names, in the order of the list. Their counts
// are sums of the fine ones, or, if column is given, counted as they are.
func coarse(fine []band, words []model.Lookup, list, column string) []band {
	var bands []band
	for _, w := range words {
		if w.List != list {
			continue
		}
		i := slices.IndexFunc(bands, func(b band) bool { return b.title == w.Band })
		if i < 0 {
			i = len(bands)
			bands = append(bands, band{no: int64(i + 1), title: w.Band})
		}
		one := fine[slices.IndexFunc(fine, func(b band) bool { return b.no == w.Seq })]
		b := &bands[i]
		if b.where.sql != "" {
			b.where.sql += " OR "
		}
		b.where.sql += one.where.sql
		b.where.args = append(b.where.args, one.where.args...)
		b.sum = append(b.sum, one.sum...)
	}
	for i, b := range bands {
		if column != "" && len(b.sum) > 1 {
			bands[i].where = condition{column + " IN (SELECT title FROM lookup WHERE list = ? AND band = ?)", []any{list, b.title}}
			bands[i].sum = []term{{condition: bands[i].where}}
		}
	}
	return bands
}

// unknown is the dimension with a last band for whom the others leave out.
func unknown(code, title string, bands []band) dimension {
	rest := band{title: "未填写", sum: []term{{}}}
	var others []string
	for _, b := range bands {
		others = append(others, "("+b.where.sql+")")
		rest.where.args = append(rest.where.args, b.where.args...)
		for _, t := range b.sum {
			rest.sum = append(rest.sum, term{t.condition, !t.minus})
		}
	}
	rest.where.sql = "NOT (" + strings.Join(others, " OR ") + ")"
	return dimension{code, title, append(bands, rest)}
}

// halves is a dimension of two bands: who the condition holds for, and everybody else.
func halves(code, title, yes, no string, is condition) dimension {
	return dimension{code, title, []band{
		{no: 1, title: yes, where: is, sum: []term{{condition: is}}},
		{no: 2, title: no, where: condition{"NOT (" + is.sql + ")", is.args}, sum: []term{{}, {condition: is, minus: true}}},
	}}
}

// name is how a query names the band: AGE:3.
func (d dimension) name(b band) string { return fmt.Sprintf("%s:%d", d.code, b.no) }

// band narrows a list to one band.
func (c *conditions) band(tx model.Tx, name string) error {
	if name == "" {
		return nil
	}
	all, err := dimensions(tx, c.day, c.past)
	if err != nil {
		return err
	}
	for _, d := range all {
		for _, b := range d.bands {
			if d.name(b) == name {
				c.and("("+b.where.sql+")", b.where.args...)
				return nil
			}
		}
	}
	return fault.Invalid("member.band", "没有这个分段，请从队伍结构中打开名单")
}
