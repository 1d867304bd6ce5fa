package payment

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/notify"
)

// Kinds of messages to members; their period names the payment and the first of the bills that they are about.
const (
	KindReceived = "dues.received" // the money is there
	KindReversed = "dues.reversed" // it was taken back, and the bill is to be paid again
)

// tell queues a message to each member whose bills of the payment were paid or taken back.
func (s *Service) tell(tx model.Tx, kind string, p model.DuesPayment, bills []model.DuesBill, reason string) error {
	type sheet struct {
		first  int64
		months []string
		fen    int64
	}
	sheets := map[int64]*sheet{}
	var members []int64
	for _, b := range bills {
		of := sheets[b.MemberID]
		if of == nil {
			of = &sheet{first: b.ID}
			sheets[b.MemberID] = of
			members = append(members, b.MemberID)
		}
		of.months, of.fen = append(of.months, inWords(b.Month)), of.fen+b.AmountFen
	}
	var people []model.Member
	if err := tx.Select("id", "name").Where(tx.Dialect.OneOf("id", tx.Dialect.Numbers()), model.JSONList(members)).Find(&people).Error; err != nil {
		return err
	}
	messages := make([]notify.Message, len(people))
	for i, m := range people {
		of := sheets[m.ID]
		messages[i] = notify.Message{Kind: kind, To: notify.Recipient{Type: model.ToMember, ID: m.ID}, Period: fmt.Sprintf("payment:%d/%d", p.ID, of.first),
			Data: map[string]string{"name": m.Name, "month": strings.Join(of.months, "、"), "amount": yuan(of.fen), "number": p.OrderNo, "reason": reason}}
	}
	_, err := s.notify.Queue(tx, messages...)
	return err
}

// yuan writes fen as yuan with two decimals: 1234 is 12.34.
func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
