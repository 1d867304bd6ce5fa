package collection

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/schedule"
)

// runs counts arrears on the 1st of a month, at half past nine.
func (c *county) runs(month model.Month) string {
	c.t.Helper()
	c.clock.Set(string(month.First()) + " 09:30:00")
	summary, err := c.countArrears(ctx, schedule.Run{Day: month.First()})
	must(c.t, err)
	return summary
}

// cases are a member's cases in words: since, months, step, state, outcome.
func (c *county) cases(m model.Member) string {
	c.t.Helper()
	var rows []model.DuesArrears
	must(c.t, c.db.Read(ctx).Where("member_id = ?", m.ID).Order("id").Find(&rows).Error)
	var words []string
	for _, a := range rows {
		words = append(words, strings.TrimSpace(fmt.Sprintf("%s %d %s %s %s", a.SinceMonth, a.Months, a.Step, a.State, a.Outcome)))
	}
	return strings.Join(words, "; ")
}

func (c *county) caseOf(m model.Member) (a model.DuesArrears) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Where("member_id = ?", m.ID).Order("id DESC").Take(&a).Error)
	return a
}

func (c *county) messages(kind string, to model.Member) int64 {
	c.t.Helper()
	return c.count("SELECT count(*) FROM message JOIN delivery ON delivery.message_id = message.id WHERE message.kind = ? AND recipient_type = 'member' AND recipient_id = ?", kind, to.ID)
}

func (c *county) staffMember(role, org string) model.Member {
	c.t.Helper()
	m := c.member("直属支部")
	id := c.org[org].ID
	c.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: c.db.Now()})
	return m
}

func TestArrears_Count(t *testing.T) {
	each(t, "2026-11-20 09:00:00", func(c *county) {
		type bills map[model.Month]string
		const unpaid, paid = model.BillUnpaid, model.BillPaid
		for _, test := range []struct {
			sentence string
			bills    bills
			want     string // after the run of 1 November
		}{
			{"one month is none", bills{"2026-09": paid, "2026-10": unpaid}, ""},
			{"two months in a row are the branch's to hear of", bills{"2026-08": paid, "2026-09": unpaid, "2026-10": unpaid}, "2026-09 2 BRANCH OPEN"},
			{"the present month does not count before it ends", bills{"2026-10": unpaid, "2026-11": unpaid}, ""},
			{"three months stay at the first step", bills{"2026-08": unpaid, "2026-09": unpaid, "2026-10": unpaid}, "2026-08 3 BRANCH OPEN"},
			{"four months are the committee's", bills{"2026-07": unpaid, "2026-08": unpaid, "2026-09": unpaid, "2026-10": unpaid}, "2026-07 4 COMMITTEE OPEN"},
			{"six months are a case to be studied", bills{"2026-05": unpaid, "2026-06": unpaid, "2026-07": unpaid, "2026-08": unpaid, "2026-09": unpaid, "2026-10": unpaid}, "2026-05 6 CASE OPEN"},
			{"a paid month breaks the row", bills{"2026-06": unpaid, "2026-07": unpaid, "2026-08": unpaid, "2026-09": paid, "2026-10": unpaid}, ""},
			{"the row ends with the last month: what was paid last breaks it", bills{"2026-08": unpaid, "2026-09": unpaid, "2026-10": paid}, ""},
			{"an exempt month neither counts nor breaks", bills{"2026-08": unpaid, "2026-09": model.BillExempt, "2026-10": unpaid}, "2026-08 2 BRANCH OPEN"},
			{"nor does a cancelled one, nor one without a bill", bills{"2026-06": unpaid, "2026-07": model.BillCancelled, "2026-10": unpaid}, "2026-06 2 BRANCH OPEN"},
		} {
			m := c.member("甲一支部")
			for month, state := range test.bills {
				c.bill(m, month, 1000, state)
			}
			c.t.Run(test.sentence, func(t *testing.T) {
				c.runs("2026-11")
				equal(t, "cases", c.cases(m), test.want)
			})
		}
		c.t.Run("what waits for a second person counts as paid, until it is refused", func(t *testing.T) {
			m := c.member("甲一支部")
			c.bill(m, "2026-09", 1000, model.BillUnpaid)
			p := c.recorded(c.bill(m, "2026-10", 1000, model.BillUnpaid))
			c.runs("2026-11")
			equal(t, "cases", c.cases(m), "")
			c.exec("UPDATE dues_payment SET state = 'CLOSED' WHERE id = ?", p.ID)
			c.exec("UPDATE dues_payment_bill SET live = ? WHERE payment_id = ?", false, p.ID)
			c.runs("2026-11")
			equal(t, "cases", c.cases(m), "2026-09 2 BRANCH OPEN")
		})
		c.t.Run("an order that is not paid yet does not count as paid", func(t *testing.T) {
			m := c.member("甲一支部")
			c.bill(m, "2026-09", 1000, model.BillUnpaid)
			c.payment(c.bill(m, "2026-10", 1000, model.BillUnpaid), model.PayWeChat, model.PaymentOpen)
			c.runs("2026-11")
			equal(t, "cases", c.cases(m), "2026-09 2 BRANCH OPEN")
		})
		c.t.Run("who is off the roster or suspended is not counted, and nobody's standing or role changes", func(t *testing.T) {
			m, admin := c.member("甲一支部"), c.staffMember(model.RoleAdmin, "甲二支部")
			c.owes(m, "2026-01", 10)
			c.owes(admin, "2026-01", 10)
			c.exec("UPDATE member SET standing = 'SUSPENDED' WHERE id = ?", m.ID)
			c.runs("2026-11")
			equal(t, "cases", c.cases(m), "")
			equal(t, "cases of the administrator", c.cases(admin), "2026-01 10 CASE OPEN")
			equal(t, "standing", c.count("SELECT count(*) FROM member WHERE id = ? AND standing = 'ACTIVE'", admin.ID), 1)
			equal(t, "role", c.count("SELECT count(*) FROM role_grant WHERE member_id = ? AND revoked_at IS NULL", admin.ID), 1)
		})
	})
}

func TestArrears_Months(t *testing.T) {
	each(t, "2026-02-01 09:30:00", func(c *county) {
		c.t.Run("a case rises step by step, each once, and closes when its months are paid", func(t *testing.T) {
			m := c.member("甲一支部")
			c.owes(m, "2026-01", 11)
			var seen []string
			for month := model.Month("2026-02"); month <= "2026-09"; month = month.Add(1) {
				c.runs(month)
				c.runs(month)
				seen = append(seen, c.cases(m))
			}
			equal(t, "months", strings.Join(seen, "; "), "; 2026-01 2 BRANCH OPEN; 2026-01 3 BRANCH OPEN; 2026-01 4 COMMITTEE OPEN; 2026-01 5 COMMITTEE OPEN; "+
				"2026-01 6 CASE OPEN; 2026-01 7 CASE OPEN; 2026-01 8 CASE OPEN")
			equal(t, "steps", c.count("SELECT count(*) FROM dues_arrears_step"), 3)
			equal(t, "kind words", c.messages(KindArrearsMember, m), 3)
			c.pays(m, "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07")
			c.runs("2026-09")
			equal(t, "one of the months is still open", c.cases(m), "2026-01 1 CASE OPEN")
			c.pays(m, "2026-08")
			rows, _, err := c.ArrearsList(ctx, c.holder(model.RoleAdmin, "市委"), ArrearsFilter{}, 0, 10)
			must(t, err)
			equal(t, "shown at once", rows[0].State+rows[0].Outcome, "CLOSEDPAID")
			c.runs("2026-10")
			equal(t, "all of them are paid, one new month is not", c.cases(m), "2026-01 1 CASE CLOSED PAID")
			c.runs("2026-11")
			equal(t, "a new row is a new case", c.cases(m), "2026-01 1 CASE CLOSED PAID; 2026-09 2 BRANCH OPEN")
		})
		c.t.Run("a reversed payment opens the case again", func(t *testing.T) {
			m := c.member("甲一支部")
			c.owes(m, "2026-01", 2)
			c.runs("2026-03")
			c.pays(m, "2026-01", "2026-02")
			c.runs("2026-03")
			equal(t, "paid", c.cases(m), "2026-01 2 BRANCH CLOSED PAID")
			c.exec("UPDATE dues_bill SET state = 'UNPAID', method = '' WHERE member_id = ?", m.ID)
			c.runs("2026-04")
			equal(t, "reversed", c.cases(m), "2026-01 2 BRANCH OPEN")
			equal(t, "no second message for the step", c.messages(KindArrearsMember, m), 1)
		})
		c.t.Run("what people have closed stays closed until the next step, and keeps how it was closed", func(t *testing.T) {
			m := c.member("甲一支部")
			c.owes(m, "2026-01", 8)
			admin := c.holder(model.RoleAdmin, "甲党委")
			c.runs("2026-03")
			a := c.caseOf(m)
			_, err := c.CloseArrears(ctx, admin, a.ID, CloseInput{Outcome: "GOOD_REASON", Note: "住院", Version: a.Version})
			must(t, err)
			c.runs("2026-04")
			equal(t, "three months", c.cases(m), "2026-01 2 BRANCH CLOSED GOOD_REASON")
			c.runs("2026-05")
			equal(t, "four months", c.cases(m), "2026-01 4 COMMITTEE OPEN")
			d, err := c.ArrearsOf(ctx, admin, a.ID)
			must(t, err)
			if len(d.Notes) != 1 || !strings.Contains(d.Notes[0].Text, "正当理由") || !strings.Contains(d.Notes[0].Text, "住院") || len(d.Steps) != 2 || d.Outcome != "" {
				t.Fatalf("got %+v", d)
			}
			_, err = c.CloseArrears(ctx, admin, a.ID, CloseInput{Outcome: "REFERRED", Note: "交组织研究", Version: a.Version + 1})
			refused(t, err, "dues.arrears_changed")
			_, err = c.CloseArrears(ctx, admin, a.ID, CloseInput{Outcome: "REFERRED", Note: "交组织研究", Version: d.Version})
			must(t, err)
			_, err = c.CloseArrears(ctx, admin, a.ID, CloseInput{Outcome: "REFERRED", Note: "交组织研究", Version: d.Version + 1})
			refused(t, err, "dues.arrears_closed")
			equal(t, "standing", c.count("SELECT count(*) FROM member WHERE id = ? AND standing = 'ACTIVE'", m.ID), 1)
			c.pays(m, "2026-01")
			c.runs("2026-06")
			equal(t, "a part is paid, the rest is the same matter", c.cases(m), "2026-01 4 COMMITTEE CLOSED REFERRED")
		})
		c.t.Run("a run that is made up for counts as its own day would have", func(t *testing.T) {
			m := c.member("甲一支部")
			c.owes(m, "2026-01", 9)
			c.clock.Set("2026-09-20 09:30:00")
			for _, day := range []model.Date{"2026-03-01", "2026-09-01"} {
				_, err := c.countArrears(ctx, schedule.Run{Day: day})
				must(t, err)
			}
			equal(t, "cases", c.cases(m), "2026-01 8 CASE OPEN")
			_, err := c.countArrears(ctx, schedule.Run{Day: "2030-01-01", ByHand: true})
			must(t, err)
			equal(t, "no month counts before it ends", c.cases(m), "2026-01 8 CASE OPEN")
		})
	})
}

func TestArrears_Messages(t *testing.T) {
	each(t, "2026-11-01 09:30:00", func(c *county) {
		branch, collector := c.staffMember(model.RoleAdmin, "甲一支部"), c.staffMember(model.RoleCollector, "甲一支部")
		general, committee, city := c.staffMember(model.RoleAdmin, "甲总支"), c.staffMember(model.RoleAdmin, "甲党委"), c.staffMember(model.RoleAdmin, "市委")
		leader, other := c.staffMember(model.RoleLeader, "甲一支部"), c.staffMember(model.RoleAdmin, "乙一支部")
		told := func() string {
			var n []string
			for _, m := range []model.Member{branch, collector, general, committee, city, leader, other} {
				n = append(n, fmt.Sprint(c.messages(KindArrears, m)))
			}
			return strings.Join(n, " ")
		}
		m := c.member("甲一支部")
		c.owes(m, "2026-01", 8)
		for _, step := range []struct {
			run  model.Month
			want string // messages that each has had: branch, collector, general branch, committee, city, leader, another branch
		}{{"2026-02", "0 0 0 0 0 0 0"}, {"2026-03", "1 1 0 0 0 0 0"}, {"2026-05", "1 1 0 1 0 0 0"}, {"2026-07", "2 2 0 2 0 0 0"}, {"2026-08", "2 2 0 2 0 0 0"}} {
			c.t.Run("after the run of "+string(step.run), func(t *testing.T) {
				c.runs(step.run)
				c.runs(step.run)
				equal(t, "messages", told(), step.want)
			})
		}
		c.t.Run("who begins at the last step is told of once, and both levels hear of it", func(t *testing.T) {
			c.owes(c.member("甲一支部"), "2026-01", 7)
			c.runs("2026-08")
			equal(t, "messages", told(), "3 3 0 3 0 0 0")
		})
		c.t.Run("where nobody administers, the nearest above hears of it", func(t *testing.T) {
			c.owes(c.member("甲二支部"), "2026-06", 2)
			c.runs("2026-08")
			equal(t, "the general branch", told(), "3 3 1 3 0 0 0")
			c.owes(c.member("乙一支部"), "2026-04", 4)
			c.runs("2026-08")
			equal(t, "the branch and, for want of a committee's, the city", told(), "3 3 1 3 1 0 1")
			c.owes(c.member("直属支部"), "2026-04", 4)
			c.runs("2026-08")
			equal(t, "both levels are the city", told(), "3 3 1 3 2 0 1")
		})
		c.t.Run("the sentences are whole, and none tells an amount", func(t *testing.T) {
			var data []string
			must(t, c.db.Read(ctx).Raw("SELECT data FROM message WHERE kind = ? AND recipient_id = ? ORDER BY id", KindArrears, branch.ID).Scan(&data).Error)
			if !strings.Contains(data[0], "2026年1月") || !strings.Contains(data[0], m.Name) || !strings.Contains(data[0], "甲一支部") || strings.Contains(strings.Join(data, ""), "1000") {
				t.Fatal(data)
			}
		})
	})
}

// TestArrears_Twice: two instances that run at the same time do what one does.
func TestArrears_Twice(t *testing.T) {
	each(t, "2026-11-01 09:30:00", func(c *county) {
		c.staffMember(model.RoleAdmin, "甲一支部")
		for i := range 30 {
			c.owes(c.member("甲一支部"), model.Month("2026-10").Add(-i%7), 1+i%7)
		}
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { _, errs[i] = c.countArrears(ctx, schedule.Run{Day: "2026-11-01"}) })
		}
		wg.Wait()
		for _, err := range errs {
			must(c.t, err)
		}
		cases := c.count("SELECT count(*) FROM dues_arrears")
		if cases < 20 {
			c.t.Fatal("only", cases, "cases")
		}
		equal(c.t, "a message to each member", c.count("SELECT count(*) FROM message WHERE kind = ?", KindArrearsMember), cases)
		equal(c.t, "each with its delivery", c.count("SELECT count(*) FROM delivery WHERE kind = ?", KindArrearsMember), cases)
	})
}

func TestArrears_Work(t *testing.T) {
	each(t, "2026-11-01 09:30:00", func(c *county) {
		m := c.member("甲一支部")
		c.owes(m, "2026-07", 4)
		other := c.member("乙一支部")
		c.owes(other, "2026-07", 2)
		c.runs("2026-11")
		id := c.caseOf(m).ID
		for _, test := range []struct {
			role, at      string
			total         int64
			amount        bool
			note, closing string // the fault; empty: allowed
		}{
			{model.RoleLeader, "甲一支部", 1, false, "auth.forbidden", "auth.forbidden"},
			{model.RoleLeader, "市委", 2, false, "auth.forbidden", "auth.forbidden"},
			{model.RoleAdmin, "甲二支部", 0, false, "not_found", "not_found"},
			{model.RoleCollector, "乙党委", 1, false, "not_found", "not_found"},
			{model.RoleCollector, "甲一支部", 1, true, "", "auth.forbidden"},
			{model.RoleAdmin, "甲一支部", 1, true, "", "dues.arrears_changed"},
			{model.RoleAdmin, "市委", 2, true, "", "dues.arrears_changed"},
		} {
			c.t.Run(test.role+" of "+test.at, func(t *testing.T) {
				v := c.holder(test.role, test.at)
				rows, total, err := c.ArrearsList(ctx, v, ArrearsFilter{Step: "", State: model.ArrearsOpen}, 0, 10)
				must(t, err)
				equal(t, "total", total, test.total)
				for _, r := range rows {
					if r.MemberID != m.ID {
						continue
					}
					equal(t, "in words", fmt.Sprint(r.MemberName == m.Name, r.OrgName, r.SinceMonth, r.Months, r.Step, r.Unpaid, r.UnpaidFen != nil), fmt.Sprint(true, "甲一支部", "2026-07", 4, "COMMITTEE", 4, test.amount))
				}
				d, err := c.ArrearsOf(ctx, v, id)
				if test.note == "not_found" {
					refused(t, err, "not_found")
				} else {
					must(t, err)
					equal(t, "bills", len(d.Bills), map[bool]int{true: 4}[test.amount])
				}
				check := func(err error, want string) {
					t.Helper()
					if want == "" {
						must(t, err)
					} else {
						refused(t, err, want)
					}
				}
				_, err = c.AddNote(ctx, v, id, NoteInput{HeldOn: "2026-10-30", Text: "已谈话", DueOn: "2026-11-30"})
				check(err, test.note)
				_, err = c.CloseArrears(ctx, v, id, CloseInput{Outcome: "LEFT", Note: "x", Version: 99})
				check(err, test.closing)
			})
		}
		admin := c.holder(model.RoleAdmin, "甲一支部")
		_, err := c.AddNote(ctx, admin, id, NoteInput{HeldOn: "2026-11-02", Text: "明天"})
		refused(c.t, err, "dues.held_on")
		_, err = c.AddNote(ctx, admin, id, NoteInput{HeldOn: "2026-11-01", Text: "今天", DueOn: "2026-10-31"})
		refused(c.t, err, "dues.due_on")
		c.pays(m, "2026-07", "2026-08", "2026-09", "2026-10")
		_, err = c.CloseArrears(ctx, admin, id, CloseInput{Outcome: "LEFT", Note: "x", Version: 1})
		refused(c.t, err, "dues.arrears_closed")
		equal(c.t, "audit entries", c.count("SELECT count(*) FROM audit_entry WHERE object_type = 'dues_arrears'"), 3)
		for want, f := range map[int64]ArrearsFilter{0: {OrgID: c.org["甲一支部"].ID, State: "OPEN"}, 1: {Step: "COMMITTEE"}, 2: {}} {
			_, total, err := c.ArrearsList(ctx, c.holder(model.RoleLeader, "市委"), f, 0, 1)
			must(c.t, err)
			equal(c.t, "narrowed", total, want)
		}
	})
}
