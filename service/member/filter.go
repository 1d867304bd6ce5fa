package member

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// Filter narrows a list of members. Zero fields do not. Lists, exports and analysis select by it, so that all of them
// mean the same people.
//
// Who was removed, has died or was transferred out is found only if Standing asks for it (RULES 11.12). With On the list
// is the roster of that day: who belonged to a branch then, wherever he or she is now; ages and status are those of the
// day. With OrgID too it is everybody who belonged to the organisation as it was then, as Structure and Movement count; the
// branches of an organisation out of v's sight now are in it. Of a day to come it is today's roster with the ages of that day.
type Filter struct {
	OrgID        int64      `query:"org_id" validate:"min=0" label:"组织"` // with its subtree
	Q            string     `query:"q" validate:"max=50" label:"关键词"`    // part of a name, pinyin initials, or a whole identity or phone number
	Status       string     `query:"status" validate:"omitempty,oneof=PROBATIONARY FULL" label:"党员类别"`
	Standing     string     `query:"standing" validate:"omitempty,oneof=ACTIVE SUSPENDED REMOVED DECEASED TRANSFERRED" label:"党籍状态"`
	Sex          string     `query:"sex" validate:"omitempty,oneof=MALE FEMALE" label:"性别"`
	EthnicGroup  string     `query:"ethnic_group" validate:"max=20" label:"民族"`
	Education    string     `query:"education" validate:"max=20" label:"学历"`
	Degree       string     `query:"degree" validate:"max=20" label:"学位"`
	Occupation   string     `query:"occupation" validate:"max=20" label:"职业"`
	AgeFrom      int        `query:"age_from" validate:"min=0,max=150" label:"最小年龄"` // completed years
	AgeTo        int        `query:"age_to" validate:"min=0,max=150" label:"最大年龄"`
	BornFrom     model.Date `query:"born_from" validate:"omitempty,date" label:"出生日期起"` // both ends belong to it
	BornTo       model.Date `query:"born_to" validate:"omitempty,date" label:"出生日期止"`
	AdmittedFrom model.Date `query:"admitted_from" validate:"omitempty,date" label:"入党日期起"`
	AdmittedTo   model.Date `query:"admitted_to" validate:"omitempty,date" label:"入党日期止"`
	FullFrom     model.Date `query:"full_from" validate:"omitempty,date" label:"转正日期起"`
	FullTo       model.Date `query:"full_to" validate:"omitempty,date" label:"转正日期止"`
	NativePlace  string     `query:"native_place" validate:"max=50" label:"籍贯"` // part of it, as the next two
	WorkUnit     string     `query:"work_unit" validate:"max=100" label:"工作单位"`
	WorkPost     string     `query:"work_post" validate:"max=50" label:"工作岗位"`
	IsCadre      *bool      `query:"is_cadre" label:"科级干部"`
	Exempt       *bool      `query:"exempt" label:"免于参加活动"`
	Bound        *bool      `query:"bound" label:"已绑定微信"`
	GroupID      int64      `query:"group_id" validate:"min=0" label:"党小组"`
	Lost         *bool      `query:"lost" label:"失去联系"`
	Floating     *bool      `query:"floating" label:"流动党员"`
	NoPhone      *bool      `query:"no_phone" label:"无手机号"`
	On           model.Date `query:"on" validate:"omitempty,date" label:"名册日期"`
	Band         string     `query:"band" validate:"max=30" label:"结构分段"`    // AGE:3, as Structure names it; of the day On
	Quality      string     `query:"quality" validate:"max=30" label:"数据问题"` // a code of the data-quality desk
}

// ParseFilter reads a filter from a JSON object whose keys are the names of the query: {"org_id": 3, "lost": true}.
// An empty text is the filter that narrows nothing.
func ParseFilter(raw []byte) (Filter, error) {
	var f Filter
	if len(raw) == 0 {
		return f, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	into := reflect.New(jsonFilter())
	if err := d.Decode(into.Interface()); err != nil {
		return f, fault.Invalid("member.filter", "筛选条件无法识别，请从列表页重新发起").Because(err)
	}
	return into.Elem().Convert(reflect.TypeFor[Filter]()).Interface().(Filter), nil
}

// JSON is the filter as ParseFilter reads it, without the fields that narrow nothing.
func (f Filter) JSON() ([]byte, error) {
	return json.Marshal(reflect.ValueOf(f).Convert(jsonFilter()).Interface())
}

// jsonFilter is Filter with the names of the query as the names of JSON. With json tags of its own, a list would also
// read its filter from the body of a GET.
func jsonFilter() reflect.Type {
	fields := reflect.VisibleFields(reflect.TypeFor[Filter]())
	for i, f := range fields {
		fields[i].Tag = reflect.StructTag(fmt.Sprintf(`json:"%s,omitempty"`, f.Tag.Get("query")))
	}
	return reflect.StructOf(fields)
}

// goodStanding is who stands on the roster.
const goodStanding = "m.standing IN ('ACTIVE', 'SUSPENDED')"

// filtered is the FROM and WHERE of the members that v may see and that f finds, with its arguments: put a SELECT in
// front and an ORDER BY behind. Its names are m (member), o (the branch: today's, or that of the day f.On), a (account,
// may be missing). Each member stands in it once. An organisation out of sight is fault.NotFound.
func (s *Service) filtered(tx model.Tx, v access.Viewer, f Filter) (string, []any, error) {
	where, args := v.Reads().Paths("o.path")
	c := conditions{where: []string{where}, args: args, day: tx.Day(), past: f.On != "" && f.On < tx.Day()}
	if f.On != "" {
		c.day = f.On
	}
	if f.OrgID != 0 {
		if err := c.under(tx, v, f.OrgID); err != nil {
			return "", nil, err
		}
	}
	from := "FROM member m JOIN org o ON o.id = m.org_id"
	if c.past {
		from = "FROM member_span sp JOIN member m ON m.id = sp.member_id JOIN org o ON o.id = sp.org_id"
		c.and(spanOn, f.On, f.On)
	}
	if err := c.band(tx, f.Band); err != nil {
		return "", nil, err
	}
	c.standing(f)
	c.person(f)
	c.dates(f)
	c.today(f)
	s.search(&c, tx, f)
	if c.past && (c.present || f.Standing != "") {
		today, args := v.Reads().Orgs("m.org_id")
		c.and(today, args...)
	}
	if c.past && c.present {
		c.and(goodStanding)
	}
	if f.Quality != "" {
		if err := c.quality(tx, f.Quality); err != nil {
			return "", nil, err
		}
	}
	return from + " LEFT JOIN account a ON a.member_id = m.id WHERE " + strings.Join(c.where, " AND "), c.args, nil
}

// conditions gathers a WHERE.
type conditions struct {
	where []string
	args  []any
	day   model.Date // on which ages are reckoned
	past  bool       // day lies before today
	// present: it asks for what is true of the person today. A roster of a past day then leaves out who is not v's any more.
	present bool
}

func (c *conditions) and(condition string, args ...any) {
	c.where, c.args = append(c.where, condition), append(c.args, args...)
}

func (c *conditions) equal(column, value string) {
	if value != "" {
		c.and(column+" = ?", value)
	}
}

func (c *conditions) part(column, value string) {
	if value = strings.TrimSpace(value); value != "" {
		c.and(column+` LIKE ? ESCAPE '\'`, model.Containing(value))
	}
}

func (c *conditions) standing(f Filter) {
	switch {
	case f.Standing != "":
		c.and("m.standing = ?", f.Standing)
	case !c.past:
		c.and(goodStanding)
	}
	switch {
	case f.Status == "":
	case !c.past:
		c.and("m.status = ?", f.Status)
	case f.Status == model.MemberFull:
		c.and(fullThen, f.On)
	default:
		c.and("NOT "+fullThen, f.On)
	}
}

func (c *conditions) person(f Filter) {
	c.equal("m.sex", f.Sex)
	c.equal("m.ethnic_group", f.EthnicGroup)
	c.equal("m.education", f.Education)
	c.equal("m.degree", f.Degree)
	c.equal("m.occupation", f.Occupation)
	c.part("m.native_place", f.NativePlace)
	if f.IsCadre != nil {
		c.and("m.is_cadre = ?", *f.IsCadre)
	}
	if f.Exempt != nil {
		c.and("m.exempt = ?", *f.Exempt)
	}
}

func (c *conditions) dates(f Filter) {
	if f.AgeFrom != 0 {
		c.and("m.born_on <= ?", yearsBefore(c.day, f.AgeFrom))
	}
	if f.AgeTo != 0 {
		c.and("m.born_on > ?", yearsBefore(c.day, f.AgeTo+1))
	}
	for _, r := range []struct {
		column   string
		from, to model.Date
	}{{"m.born_on", f.BornFrom, f.BornTo}, {"m.admitted_on", f.AdmittedFrom, f.AdmittedTo}, {"m.full_on", f.FullFrom, f.FullTo}} {
		if r.from != "" {
			c.and(r.column+" >= ?", r.from)
		}
		if r.to != "" {
			c.and(r.column+" <= ?", r.to)
		}
	}
}

// yearsBefore is the same day n years before, as text: whoever was born then or earlier has completed n years. Who was
// born on 29 February completes them on 28 February of a common year, as calendar.Years has it.
func yearsBefore(day model.Date, n int) string {
	monthDays := calendar.AnniversaryDays(day)
	return fmt.Sprintf("%04d-%s", max(day.Year()-n, 0), monthDays[len(monthDays)-1])
}

// today is what is true of a person now.
func (c *conditions) today(f Filter) {
	c.part("m.work_unit", f.WorkUnit)
	c.part("m.work_post", f.WorkPost)
	c.present = f.WorkUnit != "" || f.WorkPost != "" || f.GroupID != 0
	if f.GroupID != 0 {
		c.and("m.group_id = ?", f.GroupID)
	}
	for _, is := range []struct {
		wanted    *bool
		condition string
	}{{f.Bound, "a.id IS NOT NULL"}, {f.Lost, "m.lost_since IS NOT NULL"}, {f.NoPhone, "m.phone_index = ''"}, {f.Floating, isFloating}} {
		if is.wanted == nil {
			continue
		}
		c.present = true
		if *is.wanted {
			c.and(is.condition)
		} else {
			c.and("NOT (" + is.condition + ")")
		}
	}
}

const isFloating = "EXISTS (SELECT 1 FROM floating f WHERE f.member_id = m.id AND f.state IN ('REGISTERED', 'ACTIVE'))"

// search finds a whole number by its index, letters in the pinyin, anything else in the names: those two, with the branch
// and the standing, stand in the index member_search, so that the table is not read for who is not found.
func (s *Service) search(c *conditions, tx model.Tx, f Filter) {
	q := strings.TrimSpace(f.Q)
	digits := func(t string) bool { return strings.Trim(t, "0123456789") == "" }
	letters := func(t string) bool { return strings.Trim(strings.ToLower(t), "abcdefghijklmnopqrstuvwxyz") == "" }
	number := func(column, text string) { c.and(column+" = ?", s.vault.Index(text)); c.present = true }
	switch {
	case q == "":
	case len(q) == 18 && digits(q[:17]):
		number("m.id_index", strings.ToUpper(q))
	case len(q) == 15 && digits(q):
		id, err := roster.ParseIdentity(q, tx.Day())
		if err != nil {
			id.Number = q // finds nobody
		}
		number("m.id_index", id.Number)
	case len(q) == 11 && digits(q):
		number("m.phone_index", q)
	case letters(q):
		c.part("m.pinyin", strings.ToLower(q))
	default:
		c.part("m.name", q)
	}
}

// pathOf is the path of an organisation in v's scope.
func pathOf(tx model.Tx, v access.Viewer, orgID int64) (string, error) {
	where, args := v.Reads().Paths("path")
	var o model.Org
	err := tx.Select("path").Where("id = ?", orgID).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return o.Path, err
}
