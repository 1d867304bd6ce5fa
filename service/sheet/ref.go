package sheet

// parseRef reads a cell's name: C5 is row 5, column 3.
func parseRef[T string | []byte](ref T) (row, col int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		col = col*26 + int(c-'A') + 1
	}
	row, ok = parseNumber(ref[i:])
	return row, col, ok && col > 0 && col <= 1<<14
}

// parseNumber reads a row's number, from 1.
func parseNumber[T string | []byte](digits T) (int, bool) {
	n := 0
	if len(digits) == 0 || len(digits) > 7 {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = n*10 + int(digits[i]-'0')
	}
	return n, n > 0
}

// columnName is what Excel calls a column: 3 is C, 28 is AB.
func columnName(col int) string {
	name := ""
	for ; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}

// shown cuts what a file says of itself to a length that fits a sentence.
func shown(text string) string {
	r := []rune(text)
	if len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return text
}
