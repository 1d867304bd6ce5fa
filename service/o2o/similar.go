package o2o

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// Candidate is a request that may be about the same matter, and why.
type Candidate struct {
	ID             int64     `json:"id"`
	Number         string    `json:"number"`
	State          string    `json:"state"`
	StateName      string    `json:"state_name" gorm:"-"`
	Content        string    `json:"content"`
	Place          string    `json:"place"`
	DepartmentName string    `json:"department_name"`
	SubmittedAt    time.Time `json:"submitted_at"`
	SamePerson     bool      `json:"same_person"`
	SamePlace      bool      `json:"same_place" gorm:"-"`
	Metres         *int64    `json:"metres" gorm:"-"`  // between the two places; empty: one has none
	Percent        int64     `json:"percent" gorm:"-"` // of likeness of the texts
	Reasons        []string  `json:"reasons" gorm:"-"`

	Lat *float64 `json:"-"`
	Lng *float64 `json:"-"`
}

const (
	// candidatesMost bounds how many of the newest requests are compared by their text.
	candidatesMost = 2000
	// closeMost bounds those of the same person and those near by, which are looked for apart.
	closeMost = 200
	// suggestionsMost bounds what is suggested.
	suggestionsMost = 20
	// metresPerDegree of latitude.
	metresPerDegree = 111_320
)

// Duplicates suggests the requests of the last REPEAT_DAYS days that may be about the same matter: of the same person, at the same
// place, in similar words. A person decides. For the window.
func (s *Service) Duplicates(ctx context.Context, v access.Viewer, id int64) ([]Candidate, error) {
	tx := s.db.Read(ctx)
	r, err := look(tx, v, id)
	if err != nil {
		return nil, err
	}
	if !mayTake(v, r, desk) {
		return nil, fault.Forbidden()
	}
	numbers, err := rule.Load(tx, ruleFamily, tx.Day())
	if err != nil {
		return nil, err
	}
	rows, err := candidates(tx, v, r.Request, tx.Day().AddDays(-numbers.Int("REPEAT_DAYS")), numbers.Int("NEAR_METRES"))
	if err != nil {
		return nil, err
	}
	words := bigrams(r.Content)
	rows = slices.DeleteFunc(rows, func(c Candidate) bool { return c.ID == r.ID })
	for i := range rows {
		rows[i].compare(r.Request, words, numbers)
	}
	rows = slices.DeleteFunc(rows, func(c Candidate) bool { return len(c.Reasons) == 0 })
	slices.SortStableFunc(rows, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(len(b.Reasons), len(a.Reasons)), cmp.Compare(b.Percent, a.Percent), cmp.Compare(b.ID, a.ID))
	})
	return slices.Clip(rows[:min(len(rows), suggestionsMost)]), nil
}

// candidates reads what r is compared with: the newest requests, and besides those of the same person and those near by.
func candidates(tx model.Tx, v access.Viewer, r model.Request, since model.Date, metres int) (all []Candidate, err error) {
	ids, personArgs, err := samePerson(tx, r)
	if err != nil {
		return nil, err
	}
	person := "1 = 0"
	if ids != "" {
		person = "r.id IN (" + ids + ")"
	}
	scope, scopeArgs := v.StaffRequests()
	read := func(most int, where string, args ...any) error {
		var rows []Candidate
		q := `SELECT r.id, r.number, r.state, r.content, r.place, r.lat, r.lng, r.submitted_at, coalesce(d.name, '') AS department_name,
			coalesce(` + person + `, FALSE) AS same_person FROM request r LEFT JOIN department d ON d.id = r.department_id
			WHERE r.submitted_on >= ? AND r.state IN ? AND ` + scope + where + ` ORDER BY r.id DESC LIMIT ?`
		err := tx.Raw(q, slices.Concat(personArgs, []any{since, mainStates}, scopeArgs, args, []any{most})...).Scan(&rows).Error
		for _, c := range rows {
			if !slices.ContainsFunc(all, func(x Candidate) bool { return x.ID == c.ID }) {
				all = append(all, c)
			}
		}
		return err
	}
	if err := read(candidatesMost, ""); err != nil || len(all) < candidatesMost {
		return all, err
	}
	if err := read(closeMost, " AND "+person, personArgs...); err != nil || r.Lat == nil {
		return all, err
	}
	high := float64(metres) / metresPerDegree
	wide := high / max(math.Cos(*r.Lat*math.Pi/180), 0.01)
	return all, read(closeMost, " AND r.lat BETWEEN ? AND ? AND r.lng BETWEEN ? AND ?", *r.Lat-high, *r.Lat+high, *r.Lng-wide, *r.Lng+wide)
}

// mainStates are those of requests that another one may be merged into.
var mainStates = slices.Concat(openStates, closedStates)

// samePerson selects the ids of what was sent by whoever sent the given request, by account, official account or telephone; empty
// where none of them is known. Each part runs along an index; as one condition with OR it would read the whole table.
func samePerson(tx model.Tx, of model.Request) (ids string, args []any, err error) {
	var known struct {
		AccountID  *int64
		PhoneIndex string
	}
	err = tx.Raw(`SELECT coalesce(r.account_id, c.account_id) AS account_id, coalesce(i.phone_index, '') AS phone_index
		FROM request r LEFT JOIN contact c ON c.id = r.contact_id LEFT JOIN request_identity i ON i.request_id = r.id WHERE r.id = ?`, of.ID).Scan(&known).Error
	if err != nil {
		return "", nil, err
	}
	var parts []string
	add := func(part string, more ...any) { parts, args = append(parts, part), append(args, more...) }
	if of.ContactID != nil {
		add("SELECT id FROM request WHERE contact_id = ?", *of.ContactID)
	}
	if known.AccountID != nil {
		add("SELECT id FROM request WHERE account_id = ?", *known.AccountID)
		add("SELECT q.id FROM contact c JOIN request q ON q.contact_id = c.id WHERE c.account_id = ?", *known.AccountID)
	}
	if known.PhoneIndex != "" {
		add("SELECT request_id FROM request_identity WHERE phone_index = ? AND phone_index <> ''", known.PhoneIndex)
	}
	return strings.Join(parts, " UNION "), args, nil
}

// compare fills in why c may be about the same matter as r, whose words are given.
func (c *Candidate) compare(r model.Request, words map[[2]rune]bool, numbers rule.Set) {
	c.StateName, c.Reasons = stateNames[c.State], []string{}
	c.Percent = int64(likeness(words, bigrams(c.Content)))
	if c.Lat != nil && r.Lat != nil {
		m := metresBetween(*r.Lat, *r.Lng, *c.Lat, *c.Lng)
		c.Metres = &m
	}
	c.SamePlace = c.Metres != nil && *c.Metres <= int64(numbers.Int("NEAR_METRES")) || letters(r.Place) != "" && letters(r.Place) == letters(c.Place)
	if c.SamePerson {
		c.Reasons = append(c.Reasons, "同一群众")
	}
	switch {
	case c.SamePlace && c.Metres != nil:
		c.Reasons = append(c.Reasons, fmt.Sprintf("同一地点（相距%d米）", *c.Metres))
	case c.SamePlace:
		c.Reasons = append(c.Reasons, "同一地点")
	}
	if c.Percent >= int64(numbers.Int("SIMILAR_PERCENT")) {
		c.Reasons = append(c.Reasons, fmt.Sprintf("文字相似%d%%", c.Percent))
	}
	c.Content = excerpt(c.Content, 80)
}

// letters is a text without what does not tell one from another: spaces, punctuation, case.
func letters(text string) string {
	out := make([]rune, 0, len(text))
	for _, c := range text {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			out = append(out, unicode.ToLower(c))
		}
	}
	return string(out)
}

// bigrams is the pairs of neighbouring characters of a text; a single character is a pair with nothing.
func bigrams(text string) map[[2]rune]bool {
	set, runes := map[[2]rune]bool{}, []rune(letters(text))
	if len(runes) == 1 {
		set[[2]rune{runes[0]}] = true
	}
	for i := 1; i < len(runes); i++ {
		set[[2]rune{runes[i-1], runes[i]}] = true
	}
	return set
}

// likeness is Dice's coefficient of two sets of pairs in per cent: twice what both have, of what they have together.
func likeness(a, b map[[2]rune]bool) int {
	if len(a)+len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for pair := range a {
		if b[pair] {
			both++
		}
	}
	return 200 * both / (len(a) + len(b))
}

// metresBetween is the distance of two places of a county, on a plane.
func metresBetween(lat1, lng1, lat2, lng2 float64) int64 {
	x := (lng2 - lng1) * math.Cos((lat1+lat2)/2*math.Pi/180)
	return int64(math.Hypot(lat2-lat1, x) * metresPerDegree)
}
