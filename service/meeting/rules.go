package meeting

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
)

const (
	// MaxPhotos is the most photos that a theme day keeps.
	MaxPhotos = 9
	// MaxDaysBack is how long after a theme day its record may still be completed. The regulations name no limit;
	// two months let a late record in and keep closed quarters closed.
	MaxDaysBack = 60
)

// elements are what the founding text asks of a theme day: 活动主题、内容、参会人员、活动记录和现场照片.
type elements struct {
	theme, content, record string
	attended, photos       int64
}

// missing names the elements that are not there yet, in the order of the text. All five are required: a theme day
// without a photo of it is not completed (RULES 7.2, B05).
func missing(e elements) []string {
	names := []string{}
	for _, element := range []struct {
		name  string
		there bool
	}{
		{"活动主题", !blank(e.theme)},
		{"活动内容", !blank(e.content)},
		{"参会人员", e.attended > 0},
		{"活动记录", !blank(e.record)},
		{"现场照片", e.photos > 0},
	} {
		if !element.there {
			names = append(names, element.name)
		}
	}
	return names
}

// completable says whether a theme day held on a day may be completed today with these elements.
func completable(e elements, heldOn, today model.Date) error {
	switch names := missing(e); {
	case len(names) > 0:
		return fault.Invalid("theme_day.incomplete", "还不能完成，缺少："+strings.Join(names, "、")).With("missing", names)
	case heldOn > today:
		return fault.Invalid("theme_day.in_future", "活动日期还没有到，请在活动开展之后再完成登记")
	case heldOn < today.AddDays(-MaxDaysBack):
		return fault.Invalid("theme_day.too_old", fmt.Sprintf("活动日期已超过%d天，不能再完成登记", MaxDaysBack))
	}
	return nil
}

// attends tells whether a way to take part counts as having been there.
func attends(status string) bool { return status == model.Present || status == model.Late }

// source names what a completion of a theme day recorded.
func source(m model.Meeting) string { return fmt.Sprintf("theme_day/%d/%d", m.ID, m.Round) }

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func draftOnly(m model.Meeting) error {
	switch m.State {
	case model.MeetingCompleted:
		return fault.Conflict("theme_day.completed", "该主题党日已登记完成，如有错误请先撤销，再重新登记")
	case model.MeetingCancelled:
		return fault.Conflict("theme_day.cancelled", "该主题党日已撤销，请重新登记一次")
	}
	return nil
}
