package roster_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

const (
	days  = 40
	first = model.Date("2026-01-01")
)

// plan is what the roster must say about one member: the branch on each day, 0 where he or she belongs to none.
type plan struct {
	id      int64
	at      [days]int64
	org     int64
	since   int // the day on which the present stay began
	present bool
}

func (p *plan) fill(from int, org int64) {
	for d := from; d < days; d++ {
		p.at[d] = org
	}
}

func day(n int) model.Date { return first.AddDays(n) }

// machine plays a random life of a few members against the plan.
type machine struct {
	t        *rapid.T
	tx       model.Tx
	branches []int64
	plans    []*plan
	n        *int // names people apart over all runs
}

func (m *machine) branch() int64 { return rapid.SampledFrom(m.branches).Draw(m.t, "branch") }
func (m *machine) on() int       { return rapid.IntRange(0, days-1).Draw(m.t, "day") }

func (m *machine) enrol() {
	*m.n++
	admitted, on, org := m.on(), m.on(), m.branch()
	row := model.Member{OrgID: org, Name: "李明", IDIndex: fmt.Sprint("x", *m.n), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
		Standing: model.StandingActive, AdmittedOn: day(admitted)}
	must(m.t, roster.Enrol(m.tx, &row, day(on)))
	p := &plan{id: row.ID, org: org, since: max(admitted, on), present: true}
	p.fill(p.since, org)
	m.plans = append(m.plans, p)
}

func (m *machine) move() {
	to, on := m.branch(), m.on()
	var chosen []int64
	want := int64(0)
	for _, p := range m.plans {
		if !rapid.Bool().Draw(m.t, "moves") {
			continue
		}
		chosen = append(chosen, p.id)
		if !p.present || p.org == to {
			continue
		}
		want++
		if p.org = to; p.since < on {
			p.since = on
		}
		p.fill(p.since, to)
	}
	n, err := roster.Move(m.tx, to, day(on), model.SpanTransfer, "SELECT id FROM member WHERE id IN ?", append(chosen, 0))
	must(m.t, err)
	if n != want {
		m.t.Fatalf("%d moved, want %d", n, want)
	}
}

func (m *machine) leave(p *plan) {
	on := m.on()
	standing := rapid.SampledFrom([]string{model.StandingRemoved, model.StandingDeceased, model.StandingTransferred}).Draw(m.t, "standing")
	if err := roster.Leave(m.tx, p.id, standing, day(on)); !p.present {
		refused(m.t, err, "member.left")
		return
	} else {
		must(m.t, err)
	}
	p.present = false
	p.fill(on, 0)
}

func (m *machine) back(p *plan) {
	on, org := m.on(), m.branch()
	if err := roster.Return(m.tx, p.id, org, day(on), model.SpanCorrected); p.present {
		refused(m.t, err, "member.not_left")
		return
	} else {
		must(m.t, err)
	}
	p.present, p.org, p.since = true, org, on
	p.fill(on, org)
}

// check compares the spans with the plan, day by day.
func (m *machine) check() {
	for _, p := range m.plans {
		var spans []model.MemberSpan
		must(m.t, m.tx.Where("member_id = ?", p.id).Order("from_on").Find(&spans).Error)
		var row model.Member
		must(m.t, m.tx.Where("id = ?", p.id).Take(&row).Error)
		open := slices.DeleteFunc(slices.Clone(spans), func(s model.MemberSpan) bool { return s.UntilOn != nil })
		if p.present != (len(open) == 1) || len(open) > 1 {
			m.t.Fatalf("member %d, on the roster %v: %d open spans", p.id, p.present, len(open))
		}
		if p.present && (open[0].OrgID != row.OrgID || row.OrgID != p.org || row.LeftOn != nil) || !p.present && row.LeftOn == nil {
			m.t.Fatalf("member %d in %d, left %v, span in %v, want %d", p.id, row.OrgID, row.LeftOn, open, p.org)
		}
		for d := range days {
			var at []int64
			for _, s := range spans {
				if s.FromOn <= day(d) && (s.UntilOn == nil || day(d) < *s.UntilOn) {
					at = append(at, s.OrgID)
				}
			}
			if p.at[d] == 0 && len(at) > 0 || p.at[d] != 0 && !slices.Equal(at, []int64{p.at[d]}) {
				m.t.Fatalf("member %d on %s: in %v, want %d; %+v", p.id, day(d), at, p.at[d], spans)
			}
		}
	}
}

func TestRoster_AnySequence(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		branches := makeBranches(t, db)
		n, undo := 0, errors.New("undo")
		rapid.Check(t, func(rt *rapid.T) {
			err := db.Tx(t.Context(), func(tx model.Tx) error {
				m := &machine{t: rt, tx: tx, branches: branches, n: &n}
				m.enrol()
				for range rapid.IntRange(1, 12).Draw(rt, "steps") {
					p := m.plans[rapid.IntRange(0, len(m.plans)-1).Draw(rt, "who")]
					switch rapid.SampledFrom([]string{"enrol", "move", "move", "leave", "return"}).Draw(rt, "step") {
					case "enrol":
						m.enrol()
					case "move":
						m.move()
					case "leave":
						m.leave(p)
					case "return":
						m.back(p)
					}
					m.check()
				}
				return undo
			})
			if !errors.Is(err, undo) {
				rt.Fatal(err)
			}
		})
	})
}

func TestRoster_Enrol(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		branches := makeBranches(t, db)
		enrol := func(index string) error {
			return db.Tx(t.Context(), func(tx model.Tx) error {
				return roster.Enrol(tx, &model.Member{OrgID: branches[0], Name: "李小明", IDIndex: index, Sex: "MALE", BornOn: "1980-01-01",
					Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2005-07-01"}, "2000-01-01")
			})
		}
		must(t, enrol("same"))
		t.Run("an identity number is enrolled once", func(t *testing.T) { refused(t, enrol("same"), "member.exists") })
		t.Run("the initials are kept for search", func(t *testing.T) {
			var row model.Member
			must(t, db.Read(t.Context()).Where("id_index = 'same'").Take(&row).Error)
			if row.Pinyin != "lxm" || row.Version != 1 {
				t.Fatalf("%q, version %d", row.Pinyin, row.Version)
			}
		})
	})
}

func TestRoster_Leave(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		branches := makeBranches(t, db)
		var ids []int64
		for i := range 2 {
			m := model.Member{OrgID: branches[0], Name: "李小明", IDIndex: fmt.Sprint(i), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberProbationary,
				Standing: model.StandingActive, AdmittedOn: "2026-01-01"}
			must(t, db.Tx(t.Context(), func(tx model.Tx) error { return roster.Enrol(tx, &m, "2026-01-01") }))
			ids = append(ids, m.ID)
			must(t, db.Read(t.Context()).Create(&model.Transfer{MemberID: m.ID, FromOrgID: branches[0], ToOrgID: &branches[1], State: model.TransferOpen, Reason: "x", RequestedAt: db.Now()}).Error)
			must(t, db.Read(t.Context()).Create(&model.Floating{MemberID: &m.ID, Name: m.Name, HomeOrgID: &branches[0], Place: "上海", LeftOn: "2026-02-01", State: model.FloatingActive, RegisteredAt: db.Now()}).Error)
		}
		must(t, db.Tx(t.Context(), func(tx model.Tx) error { return roster.Leave(tx, ids[0], model.StandingRemoved, "2026-11-01") }))
		t.Run("ends an open transfer and a stay elsewhere, of nobody else", func(t *testing.T) {
			for i, want := range []int64{0, 2} {
				var n int64
				must(t, db.Read(t.Context()).Raw(`SELECT (SELECT count(*) FROM transfer WHERE member_id = ? AND state = 'OPEN')
  + (SELECT count(*) FROM floating WHERE member_id = ? AND state = 'ACTIVE' AND ended_on IS NULL)`, ids[i], ids[i]).Scan(&n).Error)
				if n != want {
					t.Fatalf("%d open, want %d", n, want)
				}
			}
		})
	})
}

func makeBranches(t *testing.T, db *model.DB) []int64 {
	t.Helper()
	ids := []int64{}
	for i := range 3 {
		o := model.Org{Type: model.OrgBranch, Path: fmt.Sprintf("001%03d", i+1), Name: fmt.Sprint("支部", i), CreatedAt: db.Now()}
		must(t, db.Read(t.Context()).Create(&o).Error)
		ids = append(ids, o.ID)
	}
	return ids
}

type failing interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t failing, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t failing, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}
