package payment

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Receipt is what a member prints: anybody may hold its number and code against the platform's books.
type Receipt struct {
	Number    string        `json:"number"`
	PayerName string        `json:"payer_name"`
	OrgName   string        `json:"org_name"`
	Method    string        `json:"method"`
	PaidOn    model.Date    `json:"paid_on"`
	AmountFen int64         `json:"amount_fen"`
	Amount    string        `json:"amount"` // 人民币壹佰贰拾元整
	Bills     []ReceiptBill `json:"bills"`
	Code      string        `json:"code"` // ABCD-EFGH-JKMN-PQRS
	Stands    bool          `json:"stands"`
	Status    string        `json:"status"` // in Chinese
}

// ReceiptBill is one line of a receipt.
type ReceiptBill struct {
	MemberName string      `json:"member_name"`
	Month      model.Month `json:"month"`
	AmountFen  int64       `json:"amount_fen"`
	Returned   bool        `json:"returned"` // was given back since
	memberID   int64
	billID     int64
}

// receiptRow is a payment whose money came, with what a receipt says of it.
type receiptRow struct {
	ID        int64
	OrderNo   string
	State     string
	Method    string
	PaidOn    model.Date
	PayerID   *int64
	PayerName string
	OrgName   string
	OrgPath   string
}

const receiptSelect = `SELECT p.id, p.order_no, p.state, p.method, p.paid_on, p.payer_id, coalesce(m.name, '') AS payer_name, o.name AS org_name, o.path AS org_path
FROM dues_payment p JOIN org o ON o.id = p.org_id LEFT JOIN member m ON m.id = p.payer_id WHERE `

// Receipt is the receipt of a settled payment: whole for who paid and for the branch's collectors; for another member whose
// bill it paid, of that part.
//
// Faults: not_found, dues.no_receipt.
func (s *Service) Receipt(ctx context.Context, v access.Viewer, paymentID int64) (Receipt, error) {
	tx := s.db.Read(ctx)
	var rows []receiptRow
	if err := tx.Raw(receiptSelect+"p.id = ?", paymentID).Scan(&rows).Error; err != nil {
		return Receipt{}, err
	}
	if len(rows) == 0 {
		return Receipt{}, fault.NotFound("收据")
	}
	row := rows[0]
	bills, err := receiptBills(tx, row.ID)
	if err != nil {
		return Receipt{}, err
	}
	if whole := v.MemberID != 0 && row.PayerID != nil && *row.PayerID == v.MemberID || v.Collects().Covers(row.OrgPath); !whole {
		bills = slices.DeleteFunc(bills, func(b ReceiptBill) bool { return b.memberID != v.MemberID })
	}
	if len(bills) == 0 {
		return Receipt{}, fault.NotFound("收据")
	}
	r := s.receiptOf(row, bills)
	switch {
	case row.State == model.PaymentOpen || row.State == model.PaymentRecorded || row.State == model.PaymentClosed:
		return Receipt{}, fault.Conflict("dues.no_receipt", "该笔党费尚未缴纳成功，还没有收据")
	case !r.Stands:
		return Receipt{}, fault.Conflict("dues.no_receipt", "该笔党费已退回，收据已作废")
	}
	return r, nil
}

// CheckReceipt tells what the receipt with the number and the code says, with names masked, and whether it still stands.
// Whoever does not know both learns nothing: fault not_found.
func (s *Service) CheckReceipt(ctx context.Context, number, code string) (Receipt, error) {
	tx := s.db.Read(ctx)
	var rows []receiptRow
	err := tx.Raw(receiptSelect+"p.order_no = ? AND p.state IN (?, ?, ?)", strings.ToUpper(strings.TrimSpace(number)),
		model.PaymentSettled, model.PaymentReversed, model.PaymentRefunded).Scan(&rows).Error
	if err != nil {
		return Receipt{}, err
	}
	missing := fault.NotFound("收据")
	if len(rows) == 0 {
		return Receipt{}, missing
	}
	bills, err := receiptBills(tx, rows[0].ID)
	if err != nil {
		return Receipt{}, err
	}
	given := plainCode(code)
	var found *Receipt
	for _, part := range receiptParts(bills) {
		r := s.receiptOf(rows[0], part)
		// SECURITY: in constant time, and all of them.
		if subtle.ConstantTimeCompare([]byte(given), []byte(plainCode(r.Code))) == 1 && found == nil {
			found = &r
		}
	}
	if found == nil {
		return Receipt{}, missing
	}
	found.PayerName = maskName(found.PayerName)
	for i := range found.Bills {
		found.Bills[i].MemberName = maskName(found.Bills[i].MemberName)
	}
	return *found, nil
}

func receiptBills(tx model.Tx, paymentID int64) ([]ReceiptBill, error) {
	parts, err := partsOf(tx, []int64{paymentID})
	bills := make([]ReceiptBill, len(parts[paymentID]))
	for i, b := range parts[paymentID] {
		bills[i] = ReceiptBill{MemberName: b.MemberName, Month: b.Month, AmountFen: b.AmountFen, Returned: !b.Live, memberID: b.MemberID, billID: b.BillID}
	}
	return bills, err
}

// receiptParts are the receipts that a payment may have: the whole one, and one for each member.
func receiptParts(bills []ReceiptBill) [][]ReceiptBill {
	parts := [][]ReceiptBill{bills}
	done := map[int64]bool{}
	for _, b := range bills {
		if done[b.memberID] {
			continue
		}
		done[b.memberID] = true
		own := slices.DeleteFunc(slices.Clone(bills), func(o ReceiptBill) bool { return o.memberID != b.memberID })
		if len(own) < len(bills) {
			parts = append(parts, own)
		}
	}
	return parts
}

func (s *Service) receiptOf(p receiptRow, bills []ReceiptBill) Receipt {
	r := Receipt{Number: p.OrderNo, PayerName: p.PayerName, OrgName: p.OrgName, Method: p.Method, PaidOn: p.PaidOn, Bills: slices.Clone(bills)}
	returned := 0
	for _, b := range bills {
		r.AmountFen += b.AmountFen
		if b.Returned {
			returned++
		}
	}
	r.Amount, r.Code = capital(r.AmountFen), s.receiptCode(r)
	switch {
	case p.State != model.PaymentSettled || returned == len(bills):
		r.Status = "已退回，收据作废"
	case returned > 0:
		r.Status = "其中部分已退回"
	default:
		r.Status = "有效"
	}
	r.Stands = p.State == model.PaymentSettled && returned < len(bills)
	return r
}

// receiptCode seals what the receipt says, and not what became of it later. 80 bits: whoever guesses a million codes a second
// needs thousands of millions of years.
func (s *Service) receiptCode(r Receipt) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dues.receipt/%s/%d/%s", r.Number, r.AmountFen, r.PaidOn)
	for _, bill := range slices.SortedFunc(slices.Values(r.Bills), func(x, y ReceiptBill) int { return int(x.billID - y.billID) }) {
		fmt.Fprintf(&b, "/%d:%d", bill.billID, bill.AmountFen)
	}
	mac, _ := hex.DecodeString(s.vault.Index(b.String())) // is hexadecimal
	code := base32.StdEncoding.EncodeToString(mac[:10])
	return code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
}

// plainCode forgives case, dashes and spaces.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' || r == '—' || r == '－' || r == '　' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
}

// maskName leaves the first character: 张*.
func maskName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	return string(first) + strings.Repeat("*", max(utf8.RuneCountInString(name)-1, 1))
}
