package rates

import "fmt"

// Share is one rate of a unit and period: two counts, and what they make.
type Share struct {
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator"`
	Excluded    int64  `json:"excluded"` // taken out of both by two persons
	ShareBP     *int64 `json:"share_bp"` // hundredths of a percent; empty: nothing to count
	Text        string `json:"text"`     // 95.92%, or — where there is nothing to count
}

// BasisPoints is numerator / denominator in hundredths of a percent, rounded half-up, by integers alone (RULES 9.3). ok is false
// where there is nothing to divide by: such a rate is neither 0 nor 100.
func BasisPoints(numerator, denominator int64) (bp int64, ok bool) {
	if denominator <= 0 {
		return 0, false
	}
	return (2*10000*numerator + denominator) / (2 * denominator), true
}

// Percent writes basis points with two decimals.
func Percent(bp int64) string { return fmt.Sprintf("%d.%02d%%", bp/100, bp%100) }

// noShare is what people read where there is nothing to count.
const noShare = "—"

// finish fills in what the counts make.
func (s *Share) finish() {
	s.ShareBP, s.Text = nil, noShare
	if bp, ok := BasisPoints(s.Numerator, s.Denominator); ok {
		s.ShareBP, s.Text = &bp, Percent(bp)
	}
}
