package o2o

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
)

// regulation is the state machine of RULES 9.1 and the limits of 9.2, written down a second time: who may do what in
// which state, where it leads, which limit ends and which begins.
var regulation = []string{
	"citizen submit  -> SUBMITTED | ends - starts ACCEPT",
	"citizen withdraw SUBMITTED -> WITHDRAWN | ends ACCEPT starts -",
	"desk accept SUBMITTED -> ACCEPTED | ends ACCEPT starts REFER",
	"desk decline SUBMITTED -> DECLINED | ends ACCEPT starts -",
	"desk answer ACCEPTED -> CLOSED | ends REFER starts RATE",
	"desk refer ACCEPTED -> REFERRED | ends REFER starts HANDLE",
	"department handle REFERRED -> HANDLING | ends - starts -",
	"department reply HANDLING -> HANDLING | ends - starts -",
	"department close HANDLING -> CLOSED | ends HANDLE starts RATE",
	"citizen rate CLOSED -> RATED | ends RATE starts -",
	"clock expire CLOSED -> UNRATED | ends RATE starts -",
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	var table []string
	for _, line := range transitions {
		dash := func(s string) string {
			if s == "" {
				return "-"
			}
			return s
		}
		table = append(table, fmt.Sprintf("%s %s %s -> %s | ends %s starts %s", line.Who, line.Action, strings.Join(line.From, ","), line.To,
			dash(line.Ends), dash(line.Starts)))
	}
	if !slices.Equal(table, regulation) {
		t.Errorf("the table is\n%s\nthe regulation\n%s", strings.Join(table, "\n"), strings.Join(regulation, "\n"))
	}
	t.Run("no action leads on from a state in two ways", func(t *testing.T) {
		seen := map[string]bool{}
		for _, line := range transitions {
			for _, from := range line.From {
				if key := line.Action + from; seen[key] {
					t.Errorf("%s from %s stands twice", line.Action, from)
				} else {
					seen[key] = true
				}
			}
		}
	})
	t.Run("the limit that a step ends is the one that runs in its state", func(t *testing.T) {
		running := map[string]string{}
		for range transitions { // long enough for the longest way
			for _, line := range transitions {
				for _, from := range line.From {
					clock := line.Starts
					if clock == "" && line.Ends == "" {
						clock = running[from]
					}
					running[line.To] = clock
				}
			}
		}
		for _, line := range transitions {
			for _, from := range line.From {
				if line.Ends != "" && running[from] != line.Ends {
					t.Errorf("%s ends %s, but in %s runs %q", line.Action, line.Ends, from, running[from])
				}
			}
		}
	})
	t.Run("every state and step has a Chinese name", func(t *testing.T) {
		for _, line := range transitions {
			if stateNames[line.To] == "" || line.Title == "" {
				t.Errorf("%s -> %s", line.Action, line.To)
			}
		}
	})
}

func TestUnderstand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]order{
		"进度":          {Command: cmdProgress},
		" 查询。":        {Command: cmdProgress},
		"“进度”":        {Command: cmdProgress},
		"查询社保怎么办理":    {Text: "查询社保怎么办理"},
		"新诉求":         {Command: cmdAnother},
		"新诉求：楼道灯不亮":   {Command: cmdAnother, Text: "楼道灯不亮"},
		"评价5":         {Command: cmdRate, Rating: 5},
		"评价 1":        {Command: cmdRate, Rating: 1},
		"评价：４分":       {Command: cmdRate, Rating: 4},
		"评价三":         {Command: cmdRate, Rating: 3},
		"评价5 师傅很快就到了": {Command: cmdRate, Rating: 5, Text: "师傅很快就到了"},
		"非常满意":        {Command: cmdRate, Rating: 5},
		"满意":          {Command: cmdRate, Rating: 4},
		"基本满意":        {Command: cmdRate, Rating: 3},
		"不满意！":        {Command: cmdRate, Rating: 2},
		"非常不满意，没有人来":  {Command: cmdRate, Rating: 1, Text: "没有人来"},
		"评价 满意":       {Command: cmdRate, Rating: 4},
		"评价":          {Command: cmdRateHelp},
		"评价 6":        {Command: cmdRateHelp},
		"评价 0":        {Command: cmdRateHelp},
		"评价 10":       {Command: cmdRateHelp},
		"评价 很好":       {Command: cmdRateHelp},
		"评价一下你们医院，排队三个小时": {Text: "评价一下你们医院，排队三个小时"},
		"不满意的地方是门口积水":     {Text: "不满意的地方是门口积水"},
		"满意度调查什么时候开始":     {Text: "满意度调查什么时候开始"},
		"路灯坏了":            {Text: "路灯坏了"},
		"  ":              {},
	} {
		if got := understand(text); got != want {
			t.Errorf("%q is understood as %+v, want %+v", text, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	if got := excerpt("一二三\n四五", 10); got != "一二三 四五" {
		t.Error(got)
	}
	if got := excerpt("一二三四五", 4); got != "一二三…" {
		t.Error(got)
	}
	if len(placeholders) != 3 || placeholders[model.PartText] != "" {
		t.Error("words need no placeholder")
	}
}
