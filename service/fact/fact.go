// Package fact records what has happened and counts: it is the one door to
// points and red energy. That something has happened is decided by the module
// that records it; what a fact is worth is data (energy_rule).
//
// Facts are append-only. A cancelled event gets reversing facts.
package fact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
)

// MaxQuantity bounds a fact's quantity.
const MaxQuantity = 1_000_000

// reversed ends the source of a reversing fact.
const reversed = "/reversed"

// Fact says that something that counts has happened.
type Fact struct {
	Code        string // a constant of the module that records it: theme_day.attended
	SubjectType string // model.SubjectMember or model.SubjectOrg
	SubjectID   int64
	OrgID       int64 // the branch of the day; for an organisation, itself
	Day         model.Date
	Source      string // the event, such as meeting:12; a fact is unique on code, subject and source
	Quantity    int64  // 1 to MaxQuantity
}

// Record writes the facts that are new and credits members with the red energy
// that they earn by the rules in force on each fact's day. It may be called
// again with the same facts.
//
// A transaction should record all its facts in one call: rows are locked in
// one order within a call, not between two.
func Record(tx model.Tx, facts ...Fact) error {
	rows := make([]model.Fact, len(facts))
	for i, f := range facts {
		if err := check(f); err != nil {
			return err
		}
		rows[i] = model.Fact{Code: f.Code, SubjectType: f.SubjectType, SubjectID: f.SubjectID, OrgID: f.OrgID,
			Day: f.Day, Month: f.Day.Month(), Source: f.Source, Quantity: f.Quantity, RecordedAt: tx.Now}
	}
	fresh, err := insert(tx, rows)
	if err != nil || len(fresh) == 0 {
		return err
	}
	return credit(tx, fresh)
}

// Reverse takes back every fact of the source that still stands, and as much
// of the red energy it earned as the member has left. The reversing fact bears
// the day of the first, so that its month counts as if nothing had been. It
// tells how many facts it took back; a second call takes back none. What is
// reversed stays so: an event that happens after all needs another source.
func Reverse(tx model.Tx, source string) (int64, error) {
	var standing []model.Fact
	if err := tx.Where("source = ? AND reverses_id IS NULL", source).Find(&standing).Error; err != nil {
		return 0, fmt.Errorf("reverse %s: %w", source, err)
	}
	rows := make([]model.Fact, len(standing))
	for i, f := range standing {
		rows[i] = f
		rows[i].ID, rows[i].Source, rows[i].Quantity, rows[i].ReversesID, rows[i].RecordedAt = 0, f.Source+reversed, -f.Quantity, &f.ID, tx.Now
	}
	fresh, err := insert(tx, rows)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	return int64(len(fresh)), takeBack(tx, fresh)
}

func check(f Fact) error {
	_, dayErr := model.ParseDate(string(f.Day))
	switch {
	case f.Code == "" || f.Source == "" || strings.HasSuffix(f.Source, reversed):
		return fmt.Errorf("fact %q with source %q: both must be given, and no source ends in %s", f.Code, f.Source, reversed)
	case f.SubjectType != model.SubjectMember && f.SubjectType != model.SubjectOrg:
		return fmt.Errorf("fact %s: the subject is %q", f.Code, f.SubjectType)
	case f.SubjectID <= 0 || f.OrgID <= 0:
		return fmt.Errorf("fact %s: subject %d of organisation %d", f.Code, f.SubjectID, f.OrgID)
	case dayErr != nil:
		return fmt.Errorf("fact %s: %w", f.Code, dayErr)
	case f.Quantity < 1 || f.Quantity > MaxQuantity:
		return fmt.Errorf("fact %s: the quantity is %d", f.Code, f.Quantity)
	}
	return nil
}

// insert writes the rows that are new and gives them back with their ids. All
// transactions insert in the order of the unique key, so that two with the
// same facts wait for each other in one direction only.
func insert(tx model.Tx, rows []model.Fact) ([]model.Fact, error) {
	slices.SortFunc(rows, func(a, b model.Fact) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.SubjectType, b.SubjectType),
			cmp.Compare(a.SubjectID, b.SubjectID), cmp.Compare(a.Source, b.Source))
	})
	fresh, err := model.BulkFresh(tx, rows)
	if err != nil {
		return nil, fmt.Errorf("record facts: %w", err)
	}
	return fresh, nil
}
