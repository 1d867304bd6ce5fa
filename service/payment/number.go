package payment

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"hongyun/model"
)

// newNumber is the number of a new payment: DF, the day, 13 characters of chance. It fits WeChat's out_trade_no, whose 32
// characters it does not use up.
func newNumber(tx model.Tx) string { return "DF" + digits(tx.Day()) + chance() }

// newRefundNumber is the number of a new refund.
func newRefundNumber(tx model.Tx) string { return "TK" + digits(tx.Day()) + chance() }

func digits(d model.Date) string { return strings.ReplaceAll(string(d), "-", "") }

func chance() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails (crypto/rand)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}
