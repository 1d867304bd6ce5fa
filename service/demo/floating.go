package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hongyun/model"
)

// makeFloating sends two members in a hundred away, most of them with both receipts and a contact in the last months, and
// has a few come in from elsewhere (RULES 2.9).
func (b *builder) makeFloating(tx model.Tx) error {
	r, today := stream(streamFloating), tx.Day()
	var rows []model.Floating
	for i, m := range b.take(b.part(300)) {
		rows = append(rows, b.away(r, m, i, today))
	}
	for i, n := range b.branches() {
		if i%60 == 3 {
			rows = append(rows, b.incoming(r, n, i, today))
		}
	}
	rows, err := model.BulkFresh(tx, rows)
	if err != nil {
		return err
	}
	var contacts []model.FloatingContact
	for i, f := range rows {
		if f.State != model.FloatingRegistered {
			contacts = append(contacts, contactsOf(r, f, i, today)...)
		}
	}
	_, err = model.Bulk(tx, contacts)
	return err
}

// away is a member's stay elsewhere.
func (b *builder) away(r *rand.Rand, m *model.Member, i int, today model.Date) model.Floating {
	left := today.AddDays(-180 - r.IntN(900))
	place := places[r.IntN(len(places))]
	until := left.AddDays(1460)
	at := left.Time().Add(10 * time.Hour)
	home := b.of[m.OrgID]
	f := model.Floating{MemberID: &m.ID, Name: m.Name, PhoneSealed: m.PhoneSealed, PhoneIndex: m.PhoneIndex, HomeOrgID: &m.OrgID, HomeName: home.org.Name,
		HostName: place + "某社区党委", Place: place, Reason: "务工经商", LeftOn: left, ExpectedUntil: &until, CardNo: fmt.Sprintf("流动〔%s〕%04d", string(left)[:4], i+1),
		State: model.FloatingActive, HomeBy: b.adminOf(home), HomeAt: &at, RegisteredBy: b.adminOf(home), RegisteredAt: at}
	switch x := r.IntN(100); {
	case x < 5:
		f.Abroad, f.Place, f.HostName, f.Reason = true, "国外", "", "出国学习"
	case x < 15:
		f.State, f.CardNo, f.ExpectedUntil = model.FloatingRegistered, "", nil
		return f // the host's receipt is missing
	case x < 22:
		ended := today.AddDays(-5 - r.IntN(150))
		f.State, f.EndedOn, f.Note = model.FloatingEnded, &ended, "已返乡"
	}
	received := at.AddDate(0, 0, 3+r.IntN(20))
	f.HostAt, f.ReceiptNo = &received, fmt.Sprintf("回执%06d", 2000+i)
	return f
}

// incoming is somebody who stays with a branch of the county.
func (b *builder) incoming(r *rand.Rand, n *node, i int, today model.Date) model.Floating {
	left := today.AddDays(-200 - r.IntN(400))
	at := left.Time().Add(11 * time.Hour)
	phone := fmt.Sprintf("1370%07d", i+1)
	return model.Floating{Name: name(r, "MALE"), PhoneSealed: b.o.Vault.Seal(phone), PhoneIndex: b.o.Vault.Index(phone), HomeName: places[r.IntN(len(places))] + "某村党支部",
		HostOrgID: &n.org.ID, HostName: n.org.Name, Place: countyName, Reason: "务工经商", LeftOn: left, CardNo: fmt.Sprintf("外〔%s〕%04d", string(left)[:4], i+1),
		State: model.FloatingActive, HomeAt: &at, HostBy: b.adminOf(n), HostAt: &at, ReceiptNo: fmt.Sprintf("回执%06d", 9000+i), RegisteredBy: b.adminOf(n), RegisteredAt: at}
}

// contactsOf is a contact in every second month; of one in seven nothing was heard for longer than the rule allows.
func contactsOf(r *rand.Rand, f model.Floating, i int, today model.Date) []model.FloatingContact {
	last := today.AddDays(-3 - r.IntN(75))
	if i%7 == 0 {
		last = today.AddDays(-120 - r.IntN(60))
	}
	if f.EndedOn != nil {
		last = min(last, f.EndedOn.AddDays(-1))
	}
	var out []model.FloatingContact
	for day := last; day > f.LeftOn && len(out) < 6; day = day.AddDays(-45 - r.IntN(30)) {
		way := contactWays[r.IntN(len(contactWays))]
		out = append(out, model.FloatingContact{FloatingID: f.ID, OnDay: day, Way: way[0], Note: way[1], AccountID: f.RegisteredBy, At: day.Time().Add(17 * time.Hour)})
	}
	return out
}

// congressNumber is the county's present congress.
const congressNumber = 14

// makeCongress elects delegates of the city's congress in every committee, some of whom have done something as such.
func (b *builder) makeCongress(tx model.Tx) error {
	held := calendarDay(b.now.Year()-2, 8, 26)
	congress := model.Congress{OrgID: b.tree[0].org.ID, Number: congressNumber, Name: "中国共产党" + countyName + "第十四次代表大会", HeldOn: held,
		TermUntil: calendarDay(b.now.Year()+3, 8, 26), CreatedAt: held.Time()}
	if err := tx.Create(&congress).Error; err != nil {
		return err
	}
	r := stream(streamFloating + 100)
	var rows []model.Delegate
	for _, n := range b.tree {
		if n.org.Type != model.OrgCommittee {
			continue
		}
		for _, m := range b.staffOf(n)[:4] {
			if m.FullOn != nil && *m.FullOn <= held {
				rows = append(rows, model.Delegate{CongressID: congress.ID, MemberID: m.ID, ElectedBy: n.org.Name, ElectedOn: held.AddDays(-20 - r.IntN(30)), CreatedAt: held.Time()})
			}
		}
	}
	rows, err := model.BulkFresh(tx, rows)
	if err != nil {
		return err
	}
	var duties []model.DelegateDuty
	for i, d := range rows {
		if duty := delegateDuties[i%len(delegateDuties)]; i%3 == 0 {
			day := tx.Day().AddDays(-10 - r.IntN(500))
			duties = append(duties, model.DelegateDuty{DelegateID: d.ID, OnDay: day, Kind: duty[0], Note: duty[1], At: day.Time().Add(16 * time.Hour)})
		}
	}
	_, err = model.Bulk(tx, duties)
	return err
}

func calendarDay(year, month, day int) model.Date {
	return model.Date(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}
