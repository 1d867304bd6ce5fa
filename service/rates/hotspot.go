package rates

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// A cell of the grid is about 500 metres high and, at the latitude of the county, 500 metres wide.
const (
	cellLat = 0.0045
	cellLng = 0.0051
)

// hotspotLeast is how many requests make a place hot: one alone would point at one citizen.
const hotspotLeast = 2

// HotspotFilter narrows the hot topics. No days: thirty.
type HotspotFilter struct {
	Days     int    `query:"days" validate:"min=0,max=366" label:"天数"`
	Category string `query:"category" validate:"omitempty,oneof=CONSULT HELP COMPLAINT SUGGESTION URGENT" label:"诉求类别"`
}

// Kinds of places at which requests gather.
const (
	PlaceCell = "CELL" // a cell of the grid
	PlaceText = "TEXT" // of requests without a position: the same words
)

// Hotspot is a topic of which several requests came from one place. It names nobody.
type Hotspot struct {
	Category   string   `json:"category"`
	Topic      string   `json:"topic"` // code of the list request_topic; empty: not sorted yet
	TopicTitle string   `json:"topic_title"`
	Kind       string   `json:"kind"`  // CELL, TEXT
	Cell       string   `json:"cell"`  // names the cell in the list behind; empty with TEXT
	Place      string   `json:"place"` // CELL: the words that most of it used, at least two; empty: none
	Lat        *float64 `json:"lat"`   // the middle of the cell
	Lng        *float64 `json:"lng"`
	Count      int64    `json:"count"`
	Before     int64    `json:"before"` // in the span of the same length before
	Growth     int64    `json:"growth"` // count less before
}

// place is an SQL expression: the words for the place of request r. A confidential citizen's are not shown.
const place = "CASE WHEN r.confidential THEN '' ELSE trim(r.place) END"

// gathered is which requests are a topic: every voice, also one that was merged, but no message that asks for nothing.
const gathered = "r.state NOT IN ('CONVERSATION', 'WITHDRAWN')"

var (
	cellRow = fmt.Sprintf("CAST(floor(r.lat / %v) AS bigint)", cellLat)
	cellCol = fmt.Sprintf("CAST(floor(r.lng / %v) AS bigint)", cellLng)
)

// Hotspots are the hot topics of the last days that v sees by office, the most requests first, at most limit.
func (s *Service) Hotspots(ctx context.Context, v access.Viewer, f HotspotFilter, limit int) (rows []Hotspot, err error) {
	tx := s.db.Read(ctx)
	since, before := f.spans(tx.Day())
	sees, seesArgs := v.StaffRequests()
	args := append([]any{since, since, before, tx.Day(), f.Category, f.Category}, seesArgs...)
	args = append(args, hotspotLeast, hotspotLeast, limit)
	var found []struct {
		Hotspot
		Y, X *int64
	}
	err = tx.Raw(`
		WITH one AS (
			SELECT r.category, r.topic, `+cellRow+` AS y, `+cellCol+` AS x, `+place+` AS place,
				CASE WHEN r.submitted_on >= ? THEN 1 ELSE 0 END AS fresh, CASE WHEN r.submitted_on >= ? THEN 0 ELSE 1 END AS old
			FROM request r WHERE r.submitted_on >= ? AND r.submitted_on <= ? AND (? = '' OR r.category = ?) AND `+gathered+` AND `+sees+`),
		named AS (
			SELECT category, topic, y, x, place, CASE WHEN y IS NULL OR x IS NULL THEN place ELSE '' END AS words, sum(fresh) AS fresh, sum(old) AS old
			FROM one GROUP BY 1, 2, 3, 4, 5),
		ranked AS (
			SELECT n.*, row_number() OVER (PARTITION BY category, topic, y, x, words ORDER BY CASE WHEN place = '' THEN 0 ELSE fresh END DESC, place) AS nth FROM named n)
		SELECT category, topic, y, x, coalesce((SELECT title FROM lookup k WHERE k.list = 'request_topic' AND k.code = topic), '') AS topic_title,
			max(CASE WHEN nth = 1 AND fresh >= ? THEN place ELSE '' END) AS place, sum(fresh) AS count, sum(old) AS before
		FROM ranked GROUP BY category, topic, y, x, words HAVING sum(fresh) >= ?
		ORDER BY 7 DESC, sum(fresh) - sum(old) DESC, category, topic, y, x, words LIMIT ?`, args...).Scan(&found).Error
	for _, row := range found {
		h := row.Hotspot
		h.Kind, h.Growth = PlaceText, h.Count-h.Before
		if row.Y != nil && row.X != nil {
			lat, lng := (float64(*row.Y)+0.5)*cellLat, (float64(*row.X)+0.5)*cellLng
			h.Kind, h.Cell, h.Lat, h.Lng = PlaceCell, fmt.Sprintf("%d:%d", *row.Y, *row.X), &lat, &lng
		}
		rows = append(rows, h)
	}
	return rows, err
}

// spans are the first day that counts, and that of the span of the same length before.
func (f HotspotFilter) spans(today model.Date) (since, before model.Date) {
	days := cmp.Or(f.Days, 30)
	return today.AddDays(1 - days), today.AddDays(1 - 2*days)
}

// GatheredFilter names one hot topic.
type GatheredFilter struct {
	HotspotFilter
	Topic string `query:"topic" validate:"max=40" label:"专题"`
	Kind  string `query:"kind" validate:"required,oneof=CELL TEXT" label:"地点类型"`
	Cell  string `query:"cell" validate:"max=40" label:"网格"`
	Place string `query:"place" validate:"max=500" label:"地点"`
}

// Gathered lists the requests of one hot topic, the latest first.
func (s *Service) Gathered(ctx context.Context, v access.Viewer, f GatheredFilter, offset, limit int) ([]Stake, int64, error) {
	tx := s.db.Read(ctx)
	since, _ := f.spans(tx.Day())
	where, args := "r.submitted_on >= ? AND r.submitted_on <= ? AND (? = '' OR r.category = ?) AND r.topic = ? AND "+gathered,
		[]any{since, tx.Day(), f.Category, f.Category, f.Topic}
	if f.Kind == PlaceText {
		where += " AND (r.lat IS NULL OR r.lng IS NULL) AND " + place + " = ?"
		args = append(args, strings.TrimSpace(f.Place))
		return stakes(tx, v, where, args, "r.id DESC", offset, limit)
	}
	var y, x int64
	if n, err := fmt.Sscanf(f.Cell, "%d:%d", &y, &x); n != 2 || err != nil {
		return nil, 0, fault.Invalid("rates.no_cell", "没有这个网格").With("field", "cell")
	}
	where += " AND " + cellRow + " = ? AND " + cellCol + " = ?"
	return stakes(tx, v, where, append(args, y, x), "r.id DESC", offset, limit)
}
