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
	"citizen submit  -> SUBMITTED | starts ACCEPT",
	"citizen add SUBMITTED,ACCEPTED,REFERRED,HANDLING,RETURNED,REOPENED -> - | goes on",
	"citizen chase SUBMITTED,ACCEPTED,REFERRED,HANDLING,RETURNED,REOPENED -> - | goes on",
	"citizen withdraw SUBMITTED,ACCEPTED,REFERRED,RETURNED -> WITHDRAWN | ends",
	"desk accept SUBMITTED -> ACCEPTED | ends, starts REFER",
	"desk decline SUBMITTED -> DECLINED | ends",
	"desk converse SUBMITTED -> CONVERSATION | ends",
	"desk merge SUBMITTED,ACCEPTED -> DUPLICATE | ends",
	"desk classify SUBMITTED,ACCEPTED,REFERRED,HANDLING,RETURNED,REOPENED -> - | goes on",
	"desk answer ACCEPTED -> CLOSED | ends, starts RATE",
	"desk solve ACCEPTED -> HANDLING | ends, starts HANDLE",
	"desk refer ACCEPTED,RETURNED -> REFERRED | ends, starts HANDLE",
	"department return REFERRED -> RETURNED | ends, starts REFER",
	"city assign RETURNED -> REFERRED | ends, starts HANDLE",
	"department handle REFERRED -> HANDLING | goes on",
	"department rework REOPENED -> HANDLING | goes on",
	"department contact REFERRED,HANDLING,REOPENED -> - | goes on",
	"department reply HANDLING -> - | goes on",
	"department help REFERRED,HANDLING,REOPENED -> - | goes on",
	"helper helped REFERRED,HANDLING,REOPENED -> - | goes on",
	"department cancel_help REFERRED,HANDLING,REOPENED -> - | goes on",
	"department pause HANDLING -> - | goes on",
	"department resume HANDLING -> - | goes on",
	"department ask_extension REFERRED,HANDLING -> - | goes on",
	"desk grant_extension REFERRED,HANDLING -> - | goes on",
	"desk refuse_extension REFERRED,HANDLING -> - | goes on",
	"department close HANDLING -> CLOSED | ends, starts RATE",
	"citizen rate CLOSED -> RATED | ends",
	"citizen rate DUPLICATE -> - | goes on",
	"clock expire CLOSED -> UNRATED | ends",
	"citizen reopen RATED -> REOPENED | ends, starts REOPEN",
	"desk send_back CLOSED,RATED,UNRATED -> REOPENED | ends, starts REOPEN",
	"clock recount SUBMITTED,ACCEPTED,REFERRED,HANDLING,RETURNED,REOPENED -> - | goes on",
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	var table []string
	for _, line := range transitions {
		to, limit := line.To, "goes on"
		if to == "" {
			to = "-"
		}
		switch {
		case line.Ends && line.Starts != "":
			limit = "ends, starts " + line.Starts
		case line.Ends:
			limit = "ends"
		case line.Starts != "":
			limit = "starts " + line.Starts
		}
		table = append(table, fmt.Sprintf("%s %s %s -> %s | %s", line.Who, line.Action, strings.Join(line.From, ","), to, limit))
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
	t.Run("a state is left only with the end of its limit, or to go on under it", func(t *testing.T) {
		for _, line := range transitions {
			ended := line.To == "" || slices.Contains(openStates, line.To) || line.To == model.RequestClosed
			if !ended && !line.Ends {
				t.Errorf("%s leads to %s with a limit that runs on", line.Action, line.To)
			}
		}
	})
	t.Run("every state and step has a Chinese name", func(t *testing.T) {
		for _, line := range transitions {
			if line.To != "" && stateNames[line.To] == "" || line.Title == "" {
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
