package o2o

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// command is what a citizen's text to an official account asks for.
type command int

const (
	cmdNone     command = iota // a request, or more of one
	cmdProgress                // how far are my requests
	cmdAnother                 // what follows is another request
	cmdRate                    // a rating
	cmdRateHelp                // meant as a rating, but not one
)

// order is a text, understood.
type order struct {
	Command command
	Rating  int64
	Text    string // of the request; with a rating: its note
}

var (
	anotherPattern = regexp.MustCompile(`(?s)^新诉求[\s:：,，。]*(.*)$`)
	ratingPattern  = regexp.MustCompile(`(?s)^评价[\s:：]*([1-5１-５一二三四五])[分星]?(?:$|[\s,，。.!！;；:：]+(.*)$)`)
	gradePattern   = regexp.MustCompile(`(?s)^(?:评价[\s:：]*)?(非常不满意|不满意|基本满意|非常满意|满意)(?:$|[\s,，。.!！;；:：]+(.*)$)`)
	digits         = map[string]int64{"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "１": 1, "２": 2, "３": 3, "４": 4, "５": 5,
		"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
)

// longestBadRating bounds what is still taken for a mistyped rating, in characters. A longer text that begins with
// 评价 is a matter of its own.
const longestBadRating = 10

// understand reads a text that was sent to an official account.
func understand(text string) order {
	text = strings.TrimSpace(text)
	bare := strings.Trim(text, " \t\r\n。.!！?？“”\"")
	switch bare {
	case "进度", "查询", "查询进度", "进度查询", "我的诉求":
		return order{Command: cmdProgress}
	case "评价":
		return order{Command: cmdRateHelp}
	}
	if m := anotherPattern.FindStringSubmatch(text); m != nil {
		return order{Command: cmdAnother, Text: strings.TrimSpace(m[1])}
	}
	if m := ratingPattern.FindStringSubmatch(text); m != nil {
		return order{Command: cmdRate, Rating: digits[m[1]], Text: strings.TrimSpace(m[2])}
	}
	if m := gradePattern.FindStringSubmatch(text); m != nil {
		return order{Command: cmdRate, Rating: gradeOf(m[1]), Text: strings.TrimSpace(m[2])}
	}
	if strings.HasPrefix(bare, "评价") && utf8.RuneCountInString(bare) <= longestBadRating {
		return order{Command: cmdRateHelp}
	}
	return order{Text: text}
}

func gradeOf(name string) int64 {
	for n, s := range ratingNames {
		if s == name {
			return int64(n)
		}
	}
	return 0
}
