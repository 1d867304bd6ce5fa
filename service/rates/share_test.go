package rates

import "testing"

func TestBasisPoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		numerator, denominator int64
		text                   string
	}{
		{6460, 6735, "95.92%"}, // RULES 9.3, the case
		{3112, 3456, "90.05%"}, // RULES 9.3, a real example
		{0, 0, "—"},            // never 0, never 100
		{0, 7, "0.00%"},
		{7, 7, "100.00%"},
		{1, 8, "12.50%"},
		{1, 20000, "0.01%"},       // half a hundredth goes up
		{1, 20001, "0.00%"},       // a little less goes down
		{3, 20000, "0.02%"},       // half-up, not half-even
		{5, 20000, "0.03%"},       // 0.025
		{19999, 20000, "100.00%"}, // 99.995: as the rule rounds
		{999_999_999, 1_000_000_000, "100.00%"},
		{2, 3, "66.67%"},
	} {
		s := Share{Numerator: c.numerator, Denominator: c.denominator}
		s.finish()
		if s.Text != c.text || (s.ShareBP == nil) != (c.denominator == 0) {
			t.Errorf("%d of %d: %s, want %s", c.numerator, c.denominator, s.Text, c.text)
		}
	}
}
