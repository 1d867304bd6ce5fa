package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hongyun/model"
)

// makeMoves writes transfers that wait, transfers of past years, stays elsewhere, and the city's congress.
func (b *builder) makeMoves(tx model.Tx) error {
	if err := b.makeTransfers(tx); err != nil {
		return err
	}
	if err := b.makeFloating(tx); err != nil {
		return err
	}
	return b.makeCongress(tx)
}

// adminOf is the account of an organisation's administrator.
func (b *builder) adminOf(n *node) *int64 {
	if id, ok := b.accounts[b.seat(n, firstSeat[n.org.Type]+1).ID]; ok {
		return &id
	}
	return nil
}

// branches are the branches of the tree, the start page's first.
func (b *builder) branches() []*node {
	var out []*node
	for _, n := range b.tree {
		if n.org.Type == model.OrgBranch {
			out = append(out, n)
		}
	}
	return out
}

// take deals n ordinary members, each once for the whole county; fewer when there are no more.
func (b *builder) take(n int) []*model.Member {
	if b.unmoved == nil {
		r, at := stream(streamMoves), b.ordinary()
		r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		for _, i := range at {
			b.unmoved = append(b.unmoved, &b.members[i])
		}
	}
	n = min(n, len(b.unmoved))
	taken := b.unmoved[:n]
	b.unmoved = b.unmoved[n:]
	return taken
}

// transfers are being drawn.
type transfers struct {
	*builder
	r        *rand.Rand
	branches []*node
	rows     []model.Transfer
}

// makeTransfers draws those that wait, one in three of them for longer than the thirty days, those that came to nothing,
// those that brought somebody here from another branch, and those that left the county.
func (b *builder) makeTransfers(tx model.Tx) error {
	t := &transfers{builder: b, r: stream(streamMoves + 100), branches: b.branches()}
	today := tx.Day()
	for i, m := range b.take(b.part(25)) {
		row := t.add(model.TransferOpen, today.AddDays(-1-t.r.IntN(45)), m, t.other(m))
		if i == 0 {
			row.ToOrgID, row.ToName = &t.branches[0].org.ID, t.branches[0].org.Name // the start page's branch has one to accept
		}
	}
	for i, m := range b.take(b.part(9)) {
		row, home := t.add(model.TransferRefused, today.AddDays(-60-t.r.IntN(200)), m, t.other(m)), t.of[m.OrgID]
		if i%3 == 2 {
			row.State = model.TransferWithdrawn
		} else {
			row.Note, home = "介绍信信息与党员档案不一致，请核对后重新转接", t.of[*row.ToOrgID]
		}
		t.decide(row, home)
	}
	for _, m := range b.take(b.part(60)) {
		row, to := t.add(model.TransferAccepted, today.AddDays(-120-t.r.IntN(600)), m, t.of[m.OrgID]), t.of[m.OrgID]
		row.FromOrgID = t.other(m).org.ID
		row.RequestedBy = b.adminOf(t.of[row.FromOrgID])
		t.decide(row, to)
		row.MovedOn = new(model.DateOf(*row.DecidedAt))
	}
	for i := range b.members {
		if m := &b.members[i]; m.Standing == model.StandingTransferred {
			row := t.add(model.TransferAccepted, m.LeftOn.AddDays(-10), m, t.of[m.OrgID])
			row.ToOrgID, row.ToName, row.MovedOn, row.ReceiptNo = nil, places[t.r.IntN(len(places))]+"某街道党工委", m.LeftOn, fmt.Sprintf("回执第%05d号", 100+i)
			row.DecidedBy, row.DecidedAt = b.adminOf(t.of[m.OrgID]), new(m.LeftOn.Time().Add(10*time.Hour))
		}
	}
	if _, err := model.Bulk(tx, t.rows); err != nil {
		return err
	}
	return divideSpans(tx)
}

func (t *transfers) add(state string, requested model.Date, m *model.Member, to *node) *model.Transfer {
	at := requested.Time().Add(9*time.Hour + time.Duration(t.r.IntN(400))*time.Minute)
	t.rows = append(t.rows, model.Transfer{MemberID: m.ID, FromOrgID: m.OrgID, ToOrgID: &to.org.ID, ToName: to.org.Name,
		Reason: transferReasons[t.r.IntN(len(transferReasons))], LetterNo: fmt.Sprintf("第%06d号", 1000+len(t.rows)),
		DuesPaidTo: requested.Month().Add(-1), State: state, RequestedBy: t.adminOf(t.of[m.OrgID]), RequestedAt: at})
	return &t.rows[len(t.rows)-1]
}

func (t *transfers) decide(row *model.Transfer, by *node) {
	row.DecidedBy, row.DecidedAt = t.adminOf(by), new(row.RequestedAt.AddDate(0, 0, 2+t.r.IntN(20)))
}

// other is a branch that is not the member's own.
func (t *transfers) other(m *model.Member) *node {
	for {
		if n := t.branches[t.r.IntN(len(t.branches))]; n.org.ID != m.OrgID {
			return n
		}
	}
}

// divideSpans gives those who came from another branch the time that they spent there.
func divideSpans(tx model.Tx) error {
	const came = "t.state = '" + model.TransferAccepted + "' AND t.to_org_id IS NOT NULL"
	_, err := model.Exec(tx, `UPDATE member_span SET org_id = t.from_org_id, until_on = t.moved_on
		FROM transfer t WHERE t.member_id = member_span.member_id AND `+came)
	if err != nil {
		return err
	}
	_, err = model.Exec(tx, `INSERT INTO member_span (member_id, org_id, from_on, reason)
		SELECT t.member_id, t.to_org_id, t.moved_on, '`+model.SpanTransfer+`' FROM transfer t WHERE `+came+` ORDER BY t.id`)
	return err
}
