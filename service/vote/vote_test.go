package vote_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/vote"
)

// TestPassed reads like RULES 4: the examples of its note, and the numbers beside them.
func TestPassed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind                   string
		eligible, present, yes int64
		quorate, passed        bool
	}{
		{model.VoteGeneral, 10, 4, 4, false, false},
		{model.VoteGeneral, 10, 5, 5, true, false}, // half is there, but no more than half can say yes
		{model.VoteGeneral, 10, 6, 5, true, false},
		{model.VoteGeneral, 10, 6, 6, true, true},
		{model.VoteGeneral, 7, 3, 3, false, false},
		{model.VoteGeneral, 7, 4, 4, true, true},
		{model.VoteDevelopment, 10, 5, 5, false, false},
		{model.VoteDevelopment, 10, 6, 5, true, false},
		{model.VoteDevelopment, 10, 6, 6, true, true},
		{model.VoteDevelopment, 7, 3, 3, false, false},
		{model.VoteDevelopment, 7, 4, 4, true, true},
		{model.VoteElection, 15, 11, 11, false, false}, // four fifths of 15 are 12
		{model.VoteElection, 15, 12, 7, true, false},
		{model.VoteElection, 15, 12, 8, true, true},
		{model.VoteElection, 10, 8, 6, true, true},
		{model.VoteElection, 7, 5, 5, false, false},
		{model.VoteElection, 7, 6, 4, true, true},
		{model.VoteElection, 1, 1, 1, true, true},
		{model.VoteGeneral, 0, 0, 0, false, false},
	} {
		t.Run(fmt.Sprintf("%s: %d eligible, %d there, %d yes", c.kind, c.eligible, c.present, c.yes), func(t *testing.T) {
			equal(t, vote.Quorate(c.kind, c.present, c.eligible), c.quorate)
			equal(t, vote.Passed(c.kind, c.present, c.yes, c.eligible), c.passed)
		})
	}
}

// TestPassed_property: what passes was quorate, with more than half of the eligible; one more yes never makes it fail.
func TestPassed_property(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{model.VoteGeneral, model.VoteDevelopment, model.VoteElection}).Draw(t, "kind")
		eligible := rapid.Int64Range(0, 200).Draw(t, "eligible")
		present := rapid.Int64Range(0, eligible).Draw(t, "present")
		yes := rapid.Int64Range(0, present).Draw(t, "yes")
		passed := vote.Passed(kind, present, yes, eligible)
		if passed && (!vote.Quorate(kind, present, eligible) || yes <= eligible/2) {
			t.Fatalf("%s passed with %d of %d eligible, %d there", kind, yes, eligible, present)
		}
		if passed && yes < present && !vote.Passed(kind, present, yes+1, eligible) {
			t.Fatalf("one more yes made it fail")
		}
		if vote.Quorate(kind, present, eligible) && present < eligible && !vote.Quorate(kind, present+1, eligible) {
			t.Fatalf("one more member there made it too few")
		}
	})
}

// branch is a branch of ten voters below a general branch, with others who have no vote.
type branch struct {
	t       *testing.T
	db      *model.DB
	parent  model.Org
	org     model.Org
	voters  []int64
	watched int64 // 留党察看 until 2026-12-31
	novice  int64 // probationary
	gone    int64 // left on 2026-11-10
	n       int
}

func each(t *testing.T, test func(b *branch)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 08:00:00").Now, func(t *testing.T, db *model.DB) {
		b := &branch{t: t, db: db}
		b.parent = model.Org{Type: model.OrgGeneralBranch, Path: "001001", Name: "总支", CreatedAt: db.Now()}
		b.create(&b.parent)
		b.org = model.Org{ParentID: &b.parent.ID, Type: model.OrgBranch, Path: "001001001", Name: "支部", CreatedAt: db.Now()}
		b.create(&b.org)
		for range 10 {
			b.voters = append(b.voters, b.member(func(*model.Member) {}))
		}
		until, left := model.Date("2026-12-31"), model.Date("2026-11-10")
		b.watched = b.member(func(m *model.Member) { m.WatchedUntil = &until })
		b.novice = b.member(func(m *model.Member) { m.Status, m.FullOn = model.MemberProbationary, nil })
		b.member(func(m *model.Member) { m.Standing = model.StandingSuspended })
		late := model.Date("2026-11-19")
		b.member(func(m *model.Member) { m.FullOn = &late }) // full since yesterday
		b.gone = b.member(func(m *model.Member) { m.Standing, m.LeftOn = model.StandingTransferred, &left })
		must(t, db.Read(t.Context()).Exec("UPDATE member_span SET until_on = ? WHERE member_id = ?", left, b.gone).Error)
		test(b)
	})
}

func (b *branch) create(row any) {
	b.t.Helper()
	must(b.t, b.db.Read(b.t.Context()).Create(row).Error)
}

func (b *branch) member(edit func(*model.Member)) int64 {
	b.n++
	full := model.Date("2011-07-01")
	m := model.Member{OrgID: b.org.ID, Name: "某", IDIndex: fmt.Sprint(b.n), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
		Standing: model.StandingActive, AdmittedOn: "2010-07-01", FullOn: &full, CreatedAt: b.db.Now(), UpdatedAt: b.db.Now()}
	edit(&m)
	b.create(&m)
	b.create(&model.MemberSpan{MemberID: m.ID, OrgID: b.org.ID, FromOn: m.AdmittedOn, Reason: model.SpanFirst})
	return m.ID
}

func (b *branch) record(kind string, ballot vote.Ballot, voters int64, written bool) (row model.Vote, err error) {
	err = b.db.Tx(b.t.Context(), func(tx model.Tx) error {
		org := b.org.ID
		if voters > 0 {
			org = b.parent.ID
		}
		row, err = vote.Record(tx, access.Viewer{}, org, kind, "测试", ballot, voters, written)
		return err
	})
	return row, err
}

func TestVoters(t *testing.T) {
	each(t, func(b *branch) {
		on := func(day model.Date) []int64 {
			ids, err := vote.Voters(b.db.Read(b.t.Context()), b.org.ID, day)
			must(b.t, err)
			return ids
		}
		b.t.Run("full members in good standing who are not watched", func(t *testing.T) {
			equal(t, len(on("2026-11-18")), 10)
			for _, id := range b.voters {
				equal(t, slices.Contains(on("2026-11-18"), id), true)
			}
		})
		b.t.Run("who becomes a full member votes from that day on", func(t *testing.T) { equal(t, len(on("2026-11-19")), 11) })
		b.t.Run("who has left since voted before", func(t *testing.T) {
			equal(t, slices.Contains(on("2026-11-09"), b.gone), true)
			equal(t, slices.Contains(on("2026-11-10"), b.gone), false)
		})
		b.t.Run("who is watched votes again after the last day of it", func(t *testing.T) {
			equal(t, slices.Contains(on("2026-12-31"), b.watched), false)
			equal(t, slices.Contains(on("2027-01-01"), b.watched), true)
		})
		decide := func(id int64, kind string, on model.Date, until *model.Date) {
			b.create(&model.StandingDecision{MemberID: id, Kind: kind, DecidedOn: on, EffectiveOn: on, UntilOn: until, Reason: "核实", Before: "", After: "", At: b.db.Now()})
		}
		b.t.Run("a decision takes and gives the vote from its day on, not before", func(t *testing.T) {
			suspended, restored, until := b.voters[0], b.voters[1], model.Date("2027-10-31")
			decide(suspended, model.DecisionSuspend, "2026-11-01", nil)
			must(t, b.db.Read(t.Context()).Exec("UPDATE member SET standing = 'SUSPENDED' WHERE id = ?", suspended).Error)
			decide(restored, model.DecisionSuspend, "2026-10-01", nil)
			decide(restored, model.DecisionRestore, "2026-11-01", nil)
			decide(b.voters[2], model.DecisionWatch, "2026-11-01", &until)
			must(t, b.db.Read(t.Context()).Exec("UPDATE member SET watched_until = ? WHERE id = ?", until, b.voters[2]).Error)
			decide(b.voters[3], model.DecisionWatch, "2026-10-01", &until)
			decide(b.voters[3], model.DecisionRestore, "2026-11-01", nil)
			removed := model.Date("2026-11-15")
			decide(b.voters[4], model.DecisionSuspend, "2026-11-01", nil)
			must(t, b.db.Read(t.Context()).Exec("UPDATE member SET standing = 'REMOVED', left_on = ? WHERE id = ?", removed, b.voters[4]).Error)
			for i, want := range [][2]bool{{true, false}, {false, true}, {true, false}, {false, true}, {true, false}} {
				equal(t, slices.Contains(on("2026-10-31"), b.voters[i]), want[0])
				equal(t, slices.Contains(on("2026-11-01"), b.voters[i]), want[1])
			}
		})
		b.t.Run("nobody voted before the branch had anybody", func(t *testing.T) { equal(t, len(on("2000-01-01")), 0) })
	})
}

func TestRecord(t *testing.T) {
	each(t, func(b *branch) {
		day := model.Date("2026-11-18")
		out := func(ids ...int64) (list []vote.Exclusion) {
			for _, id := range ids {
				list = append(list, vote.Exclusion{MemberID: id, Reason: "长期患病", DecisionNo: "支部〔2026〕1号"})
			}
			return list
		}
		for _, c := range []struct {
			name    string
			ballot  vote.Ballot
			voters  int64
			written bool
			code    string // empty: kept
			passed  bool
		}{
			{"six of ten say yes", vote.Ballot{HeldOn: day, Present: 6, Yes: 6}, 0, false, "", true},
			{"five of ten is too few for development", vote.Ballot{HeldOn: day, Present: 5, Yes: 5}, 0, false, "", false},
			{"three who are lawfully not counted leave seven: four are enough", vote.Ballot{HeldOn: day, Present: 4, Yes: 4, Exclusions: out(b.voters[:3]...)}, 0, false, "", true},
			{"without them four are not", vote.Ballot{HeldOn: day, Present: 4, Yes: 4}, 0, false, "", false},
			{"a written opinion counts where the rule says so", vote.Ballot{HeldOn: day, Present: 6, Written: 1, Yes: 7}, 0, true, "", true},
			{"and is no vote where it does not", vote.Ballot{HeldOn: day, Present: 6, Written: 1, Yes: 7}, 0, false, "vote.too_many_votes", false},
			{"a written opinion makes nobody present", vote.Ballot{HeldOn: day, Present: 5, Written: 3, Yes: 8}, 0, true, "", false},
			{"more there than may vote", vote.Ballot{HeldOn: day, Present: 11, Yes: 6}, 0, false, "vote.too_many_present", false},
			{"more votes than members there", vote.Ballot{HeldOn: day, Present: 6, Yes: 5, No: 1, Abstain: 1}, 0, false, "vote.too_many_votes", false},
			{"a meeting that is still to come", vote.Ballot{HeldOn: "2026-11-21", Present: 6, Yes: 6}, 0, false, "vote.future", false},
			{"who is watched cannot be excluded: no voter", vote.Ballot{HeldOn: day, Present: 6, Yes: 6, Exclusions: out(b.watched)}, 0, false, "vote.not_a_voter", false},
			{"nor who is probationary", vote.Ballot{HeldOn: day, Present: 6, Yes: 6, Exclusions: out(b.novice)}, 0, false, "vote.not_a_voter", false},
			{"nor the same member twice", vote.Ballot{HeldOn: day, Present: 6, Yes: 6, Exclusions: out(b.voters[0], b.voters[0])}, 0, false, "vote.not_a_voter", false},
			{"all are excluded", vote.Ballot{HeldOn: day, Exclusions: out(b.voters...)}, 0, false, "vote.nobody", false},
			{"nobody may vote yet", vote.Ballot{HeldOn: "2000-01-01"}, 0, false, "vote.nobody", false},
			{"a committee's voters are given", vote.Ballot{HeldOn: day, Present: 20, Yes: 16}, 30, false, "", true},
			{"with one of the subtree who is not counted", vote.Ballot{HeldOn: day, Present: 15, Yes: 15, Exclusions: out(b.voters[0])}, 30, false, "", true},
			{"but nobody twice there either", vote.Ballot{HeldOn: day, Present: 15, Yes: 15, Exclusions: out(b.voters[0], b.voters[0])}, 30, false, "vote.not_a_voter", false},
			{"and nobody unknown", vote.Ballot{HeldOn: day, Present: 15, Yes: 15, Exclusions: out(999999)}, 30, false, "vote.not_a_voter", false},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				row, err := b.record(model.VoteDevelopment, c.ballot, c.voters, c.written)
				if c.code != "" {
					var f *fault.Fault
					if !errors.As(err, &f) || f.Code != c.code {
						t.Fatalf("got %v, want %s", err, c.code)
					}
					return
				}
				must(t, err)
				equal(t, row.Passed, c.passed)
				equal(t, row.Eligible, row.Voters-int64(len(c.ballot.Exclusions)))
				equal(t, vote.Of(row).Passed, c.passed)
				var kept int64
				must(t, b.db.Read(t.Context()).Model(&model.VoteExclusion{}).Where("vote_id = ?", row.ID).Count(&kept).Error)
				equal(t, kept, int64(len(c.ballot.Exclusions)))
			})
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
