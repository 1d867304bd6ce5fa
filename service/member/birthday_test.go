package member_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/ledger"
)

func TestGreet_Who(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		n := 0
		born := func(admitted, approved, standing string) model.Member {
			n++
			return b.member(b.one, fmt.Sprint("党员", n), fmt.Sprintf("3611991990010100%02d", n), func(m *model.Member) {
				m.AdmittedOn, m.Standing, m.ApprovedOn = model.Date(admitted), standing, nil
				if approved != "" {
					d := model.Date(approved)
					m.ApprovedOn = &d
				}
			})
		}
		const active = model.StandingActive
		for _, c := range []struct {
			name                         string
			admitted, approved, standing string
			day                          string
			greeted                      bool
		}{
			{"ten years on the day", "2016-11-20", "2016-12-01", active, "2026-11-20", true},
			{"the day before", "2016-11-20", "2016-12-01", active, "2026-11-19", false},
			{"the day after", "2016-11-20", "2016-12-01", active, "2026-11-21", false},
			{"the day itself is no anniversary", "2026-11-20", "2026-11-20", active, "2026-11-20", false},
			{"one year", "2025-11-20", "2025-12-20", active, "2026-11-20", true},
			{"not approved", "2025-11-20", "", active, "2026-11-20", false},
			{"approved only later", "2025-11-20", "2026-11-21", active, "2026-11-20", false},
			{"approved on the day", "2025-11-20", "2026-11-20", active, "2026-11-20", true},
			{"suspended", "2016-11-20", "2016-12-01", model.StandingSuspended, "2026-11-20", false},
			{"removed", "2016-11-20", "2016-12-01", model.StandingRemoved, "2026-11-20", false},
			{"dead", "2016-11-20", "2016-12-01", model.StandingDeceased, "2026-11-20", false},
			{"transferred out", "2016-11-20", "2016-12-01", model.StandingTransferred, "2026-11-20", false},
			{"29 February in a common year, the 27th", "2016-02-29", "2016-03-10", active, "2026-02-27", false},
			{"29 February in a common year, the 28th", "2016-02-29", "2016-03-10", active, "2026-02-28", true},
			{"29 February in a common year, 1 March", "2016-02-29", "2016-03-10", active, "2026-03-01", false},
			{"29 February in a leap year, the 28th", "2016-02-29", "2016-03-10", active, "2028-02-28", false},
			{"29 February in a leap year, the 29th", "2016-02-29", "2016-03-10", active, "2028-02-29", true},
			{"28 February in a leap year", "2016-02-28", "2016-03-10", active, "2028-02-28", true},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				m := born(c.admitted, c.approved, c.standing)
				_, err := b.Greet(b.ctx, model.Date(c.day))
				must(t, err)
				want := int64(0)
				if c.greeted {
					want = 1
				}
				equal(t, b.count("SELECT count(*) FROM message WHERE recipient_type = 'member' AND recipient_id = ? AND period = ?", m.ID, c.day[:4]), want)
				equal(t, b.count("SELECT count(*) FROM fact WHERE code = 'political_birthday' AND subject_id = ? AND day = ? AND source = ?",
					m.ID, c.day, "political_birthday/"+c.day[:4]), want)
			})
		}
	})
}

func TestGreet_Card(t *testing.T) {
	each(t, "2026-07-01 08:00:00", func(b *bundle) {
		m := b.member(b.one, `陈"小"红`, "361199199001010018", nil)
		b.member(b.two, "别人", "36119919851231123X", func(m *model.Member) { m.AdmittedOn = "2010-07-02" })
		cards, err := b.Greet(b.ctx, "2026-07-01")
		must(b.t, err)
		equal(b.t, cards, 1)
		b.t.Run("names the member, the years and the day", func(t *testing.T) {
			feed, err := b.notify.Inbox(b.ctx, access.Viewer{AccountID: 1, MemberID: m.ID}, 0, 10)
			must(t, err)
			equal(t, len(feed.Items), 1)
			card := feed.Items[0]
			equal(t, card.Title, `政治生日快乐，陈"小"红同志`)
			for _, part := range []string{`陈"小"红同志：今天是7月1日`, "2010年7月1日", "整整16年"} {
				if !strings.Contains(card.Body, part) {
					t.Fatalf("%q lacks %q", card.Body, part)
				}
			}
			equal(t, card.Data["date"], "2026年7月1日")
			equal(t, card.Delivery, model.DeliveryPending)
		})
		b.t.Run("brings red energy", func(t *testing.T) {
			balance, err := ledger.Balance(b.db.Read(b.ctx), ledger.EnergyOf(m.ID))
			must(t, err)
			equal(t, balance, 50)
		})
		b.t.Run("comes once a year, however often and from however many instances it is sent", func(t *testing.T) {
			var wg sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				wg.Go(func() { _, errs[i] = b.Greet(b.ctx, "2026-07-01") })
			}
			wg.Wait()
			for _, err := range errs {
				must(t, err)
			}
			_, err := b.Greet(b.ctx, "2027-07-01")
			must(t, err)
			equal(t, b.count("SELECT count(*) FROM message WHERE recipient_id = ?", m.ID), 2)
			equal(t, b.count("SELECT count(*) FROM delivery"), 2)
			balance, err := ledger.Balance(b.db.Read(b.ctx), ledger.EnergyOf(m.ID))
			must(t, err)
			equal(t, balance, 100)
		})
	})
}
