package wechat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The form of a bill: UTF-8 with a byte order mark; a line of column names; one line for each payment and refund, every
// field behind a backtick; a line of names of totals, and the totals. WeChat quotes nothing, so that the comma before a
// backtick, and no other, ends a field.
const (
	maxBillLine = 16 << 10 // bytes
	billMark    = "\ufeff"
	billTotals  = "总交易单数"
)

// billColumns are the columns that a statement is made of, by WeChat's names.
var billColumns = [...]string{"交易时间", "公众账号ID", "微信订单号", "商户订单号", "交易状态", "微信退款单号", "商户退款单号", "手续费", "订单金额", "申请退款金额"}

// The places of the columns in billColumns.
const (
	billAt = iota
	billAppID
	billTransactionNo
	billOrderNo
	billState
	billRefundID
	billRefundNo
	billFee
	billAmount
	billRefund
)

var errBill = errors.New("the bill has another form than WeChat's documents say")

// readBill reads a whole bill. Errors name the line, never what stands in it.
func readBill(r io.Reader) ([]StatementRow, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), maxBillLine)
	if !lines.Scan() {
		return nil, errors.Join(errBill, lines.Err())
	}
	places, width, err := billPlaces(strings.TrimSuffix(strings.TrimPrefix(lines.Text(), billMark), "\r"))
	if err != nil {
		return nil, err
	}
	var rows []StatementRow
	for n := 2; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if strings.HasPrefix(line, billTotals) {
			return rows, billEnd(lines)
		}
		fields := billFields(line)
		if len(fields) != width {
			return nil, fmt.Errorf("%w: line %d", errBill, n)
		}
		row, err := billRow(fields, places)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d", err, n)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: it has no totals", errBill)
}

// billPlaces finds the columns; WeChat has added some over the years.
func billPlaces(head string) (places [len(billColumns)]int, width int, err error) {
	names := strings.Split(head, ",")
	for i, want := range billColumns {
		places[i] = -1
		for at, name := range names {
			if name == want {
				places[i] = at
			}
		}
		if places[i] < 0 {
			return places, 0, fmt.Errorf("%w: no column %s", errBill, want)
		}
	}
	return places, len(names), nil
}

// billFields is nil for a line that does not begin with a backtick.
func billFields(line string) []string {
	rest, ok := strings.CutPrefix(line, "`")
	if !ok {
		return nil
	}
	return strings.Split(rest, ",`")
}

// billEnd is one line of totals, and nothing but empty lines after it.
func billEnd(lines *bufio.Scanner) error {
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "`") {
		return errors.Join(fmt.Errorf("%w: it has no totals", errBill), lines.Err())
	}
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) != "" {
			return fmt.Errorf("%w: something stands after the totals", errBill)
		}
	}
	return lines.Err()
}

func billRow(fields []string, places [len(billColumns)]int) (StatementRow, error) {
	text := func(column int) string { return strings.Clone(fields[places[column]]) } // the line is long, and soon forgotten
	at, err := time.ParseInLocation(time.DateTime, fields[places[billAt]], shanghai)
	if err != nil {
		return StatementRow{}, errBill
	}
	row := StatementRow{At: at.UTC(), AppID: text(billAppID), TransactionNo: text(billTransactionNo), OrderNo: text(billOrderNo),
		State: text(billState), RefundID: filled(text(billRefundID)), RefundNo: filled(text(billRefundNo))}
	var faults [3]error
	row.AmountFen, faults[0] = fen(fields[places[billAmount]])
	row.RefundFen, faults[1] = fen(fields[places[billRefund]])
	row.FeeFen, faults[2] = feeFen(fields[places[billFee]])
	if row.OrderNo == "" || row.State == "" || errors.Join(faults[:]...) != nil {
		return StatementRow{}, errBill
	}
	return row, nil
}

// filled: an empty number of a refund is written 0.
func filled(number string) string {
	if number == "0" {
		return ""
	}
	return number
}

// fen reads an amount in yuan, "0.01", "1", "12.30" or "0.00000", exactly. A fraction of a fen is an error.
func fen(yuan string) (int64, error) {
	out, rest, err := fenAndRest(yuan)
	if err != nil || strings.Trim(rest, "0") != "" {
		return 0, errBill
	}
	return out, nil
}

// feeFen reads a fee, which WeChat reckons in fractions of a fen, and rounds it half away from zero.
func feeFen(yuan string) (int64, error) {
	out, rest, err := fenAndRest(yuan)
	if err != nil || rest == "" || rest[0] < '5' {
		return out, err
	}
	if strings.HasPrefix(yuan, "-") {
		return out - 1, nil
	}
	return out + 1, nil
}

// fenAndRest reads whole fen and returns the digits after them.
func fenAndRest(yuan string) (int64, string, error) {
	digits, negative := strings.CutPrefix(yuan, "-")
	whole, part, dotted := strings.Cut(digits, ".")
	if whole == "" || dotted && part == "" || len(whole) > 12 || len(part) > 8 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, "", errBill
	}
	rest := part
	part += "00"
	if len(rest) > 2 {
		rest = rest[2:]
	} else {
		rest = ""
	}
	var out int64
	for _, digit := range whole + part[:2] {
		out = out*10 + int64(digit-'0')
	}
	if negative {
		out = -out
	}
	return out, rest, nil
}
