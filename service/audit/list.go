package audit

import (
	"context"
	"strconv"

	"hongyun/model"
	"hongyun/service/access"
)

// View is an entry as the audit page shows it.
type View struct {
	Seq        int64  `json:"seq"`
	At         string `json:"at"` // RFC 3339, UTC
	ActorType  string `json:"actor_type"`
	ActorID    int64  `json:"actor_id"`
	ActorName  string `json:"actor_name"`
	IP         string `json:"ip"`
	RequestID  string `json:"request_id"`
	Action     string `json:"action"`
	ObjectType string `json:"object_type"`
	ObjectID   int64  `json:"object_id"`
	Before     string `json:"before"`
	After      string `json:"after"`
	Hash       string `json:"hash"`
}

// Feed is a part of the log, newest first; Next is the before of the next part, empty at the end.
type Feed struct {
	Items []View `json:"items"`
	Next  string `json:"next"`
}

// List shows the log to an administrator of the city: at most limit entries (0: 50, up to 200) older than before (0: from the newest).
func List(ctx context.Context, db *model.DB, v access.Viewer, before int64, limit int) (Feed, error) {
	if err := access.CityAdmin.Check(v); err != nil {
		return Feed{}, err
	}
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 200)
	q := db.Read(ctx).Model(&model.AuditEntry{}).Where("chain = ?", model.MainChain)
	if before > 0 {
		q = q.Where("seq < ?", before)
	}
	feed := Feed{Items: []View{}}
	if err := q.Order("seq DESC").Limit(limit + 1).Scan(&feed.Items).Error; err != nil {
		return Feed{}, err
	}
	if len(feed.Items) > limit {
		feed.Items = feed.Items[:limit]
		feed.Next = strconv.FormatInt(feed.Items[limit-1].Seq, 10)
	}
	return feed, nil
}
