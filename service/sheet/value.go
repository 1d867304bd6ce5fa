package sheet

import (
	"math"
	"strconv"
)

// digitsMost is how many digits Excel keeps of a number. A longer one, as an identity number, is lost when the cell is not text.
const digitsMost = 15

// valueOf is the cell's text. A non-empty problem says why the cell cannot be used; its text is then empty, so that a number that Excel
// has changed can never be taken for the one that was typed.
func (t *texts) valueOf(c cell) (text, problem string, err error) {
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(string(c.value))
		if err != nil {
			return "", "", damaged("文字引用有误")
		}
		shared, ok := t.at(i)
		if !ok {
			return "", "", damaged("文字引用有误")
		}
		return clean(shared), "", nil
	case "n":
		text, problem = number(string(c.value))
		return text, problem, nil
	case "b":
		if string(c.value) == "1" {
			return "是", "", nil
		}
		return "否", "", nil
	case "e":
		return "", "是错误值 " + shown(string(c.value)) + "，请改正", nil
	}
	return clean(c.value), "", nil
}

// number writes a number as Excel shows it in a wide cell: whole ones without a point, others with at most 15 digits.
func number(raw string) (text, problem string) {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return clean([]byte(raw)), ""
	}
	if math.Abs(v) >= 1e15 {
		return "", "须为文本格式：超过 15 位的数字已被 Excel 改写，请先将该列设为文本格式，再重新填写"
	}
	if v == math.Trunc(v) {
		return strconv.FormatInt(int64(v), 10), ""
	}
	if v, err = strconv.ParseFloat(strconv.FormatFloat(v, 'g', digitsMost, 64), 64); err != nil {
		return clean([]byte(raw)), ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64), ""
}
