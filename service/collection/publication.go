package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

// KindPublished is the message to the members that income and use of dues of a year are published; its period is year/organisation.
const KindPublished = "dues.published"

func publicationKinds() []notify.Kind {
	return []notify.Kind{{
		Name:  KindPublished,
		Title: "党费收支情况公布",
		Body:  "{org}已公布{year}年党费收缴、使用和上缴情况，请查看。",
		Page:  "pages/dues/publications?org_id={org_id}",
	}}
}

// UseSum is what was used for one purpose of the list in a year.
type UseSum struct {
	Category  string `json:"category"`
	Title     string `json:"title"`
	Count     int64  `json:"count"`
	AmountFen int64  `json:"amount_fen"`
}

// YearAccount is income and use of a calendar year on an organisation's dues account, by the day on which the ledger took them:
// opening + collected + received - remitted - used = closing. Special payments are none of it.
type YearAccount struct {
	OrgID      int64  `json:"org_id"`
	OrgName    string `json:"org_name"`
	Year       int    `json:"year"`
	OpeningFen int64  `json:"opening_fen"`
	Flow
	ClosingFen int64    `json:"closing_fen"`
	Uses       []UseSum `json:"uses"`
}

// Publication is a year as the members were shown it. It stays as it was shown.
type Publication struct {
	ID int64 `json:"id"`
	YearAccount
	Note        string    `json:"note"`
	PublishedBy string    `json:"published_by"`
	PublishedAt time.Time `json:"published_at"`
}

// PublicationInput is a year to publish.
type PublicationInput struct {
	Year int    `json:"year" validate:"required,min=2000,max=2199" label:"年度"`
	Note string `json:"note" validate:"max=1000" label:"说明"`
}

// PreviewPublication tells what would be published of a year now, also of the present one.
//
// Faults: not_found, auth.forbidden.
func (s *Service) PreviewPublication(ctx context.Context, v access.Viewer, orgID int64, year int) (YearAccount, error) {
	tx := s.db.Read(ctx)
	o, err := orgTo(tx, v, orgID, publishedTo, worksOrg)
	if err != nil {
		return YearAccount{}, err
	}
	return yearOf(tx, o, year)
}

// Publish shows the members a year that is over, once, and tells them so (RULES 3.2.16).
//
// Faults: not_found, auth.forbidden, dues.year_open, dues.published.
func (s *Service) Publish(ctx context.Context, v access.Viewer, orgID int64, in PublicationInput) (Publication, error) {
	var out Publication
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := orgTo(tx, v, orgID, publishedTo, worksOrg)
		if err != nil {
			return err
		}
		if in.Year >= tx.Day().Year() {
			return fault.Invalid("dues.year_open", "年度结束后才能公布当年党费收支情况")
		}
		y, err := yearOf(tx, o, in.Year)
		if err != nil {
			return err
		}
		uses, err := json.Marshal(y.Uses)
		if err != nil {
			return err
		}
		p := model.DuesPublication{OrgID: o.ID, Year: fmt.Sprint(in.Year), OpeningFen: y.OpeningFen, CollectedFen: y.CollectedFen, ReceivedFen: y.ReceivedFen,
			RemittedFen: y.RemittedFen, UsedFen: y.UsedFen, ClosingFen: y.ClosingFen, Uses: string(uses), Note: strings.TrimSpace(in.Note),
			PublishedBy: &v.AccountID, PublishedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&p)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("dues.published", fmt.Sprintf("%d年党费收支情况已经公布，不能再次公布", in.Year))
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.published", ObjectType: "dues_publication", ObjectID: p.ID,
			After: map[string]any{"org_id": o.ID, "year": in.Year, "closing_fen": p.ClosingFen}})
		if err := s.tellPublished(tx, o, in.Year); err != nil {
			return err
		}
		found, err := publicationsWhere(tx, "p.id = ?", p.ID)
		if err == nil {
			out = found[0]
		}
		return err
	})
	return out, err
}

// Publications lists the published years of an organisation, the newest first: for who leads or administers it, and for every
// member that belongs to it or to anything below it.
//
// Faults: not_found.
func (s *Service) Publications(ctx context.Context, v access.Viewer, orgID int64) ([]Publication, error) {
	tx := s.db.Read(ctx)
	if _, err := orgTo(tx, v, orgID, publishedTo, publishedTo); err != nil {
		return nil, err
	}
	return publicationsWhere(tx, "p.org_id = ?", orgID)
}

// publishedTo tells whether v may read what the organisation with the path publishes.
func publishedTo(v access.Viewer, path string) bool {
	return readsOrg(v, path) || v.OrgPath != "" && strings.HasPrefix(v.OrgPath, path)
}

// tellPublished tells the members of the organisation and of everything below it.
func (s *Service) tellPublished(tx model.Tx, o model.Org, year int) error {
	data := tx.Dialect.JSONObject("org", "CAST(? AS text)", "org_id", "CAST(? AS text)", "year", "CAST(? AS text)")
	_, err := s.notify.QueueSelect(tx, KindPublished, fmt.Sprintf("%d/%d", year, o.ID), "SELECT 'member' AS recipient_type, m.id AS recipient_id, "+data+` AS data, '' AS page
FROM member m JOIN org o ON o.id = m.org_id WHERE m.standing = 'ACTIVE' AND o.path >= ? AND o.path < ?`,
		o.Name, fmt.Sprint(o.ID), fmt.Sprint(year), o.Path, model.PathEnd(o.Path))
	return err
}

// yearOf works a year out from the ledger, and proves that it adds up.
func yearOf(tx model.Tx, o model.Org, year int) (YearAccount, error) {
	y := YearAccount{OrgID: o.ID, OrgName: o.Name, Year: year, Uses: []UseSum{}}
	first, last := model.Month(fmt.Sprintf("%04d-01", year)), model.Month(fmt.Sprintf("%04d-12", year))
	var ends struct{ OpeningFen, ClosingFen int64 }
	err := tx.Raw(`SELECT CAST(coalesce(sum(CASE WHEN t.month < ? THEN e.amount ELSE 0 END), 0) AS bigint) AS opening_fen,
  CAST(coalesce(sum(e.amount), 0) AS bigint) AS closing_fen`+flowFrom+" AND a.owner_id = ? AND t.month <= ?", first, o.ID, last).Scan(&ends).Error
	if err != nil {
		return y, err
	}
	y.OpeningFen, y.ClosingFen = ends.OpeningFen, ends.ClosingFen
	if y.Flow, err = flowOf(tx, o.ID, first, last); err != nil {
		return y, err
	}
	err = tx.Raw(`SELECT u.category, coalesce(l.title, u.category) AS title, sum(CASE WHEN t.kind = 'dues.use' THEN 1 ELSE -1 END) AS count,
  CAST(-sum(e.amount) AS bigint) AS amount_fen
FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transfer t ON t.id = e.transfer_id
JOIN dues_use u ON u.org_id = a.owner_id AND t.key = t.kind || '/' || u.id LEFT JOIN lookup l ON l.list = 'dues_use' AND l.code = u.category
WHERE a.kind = 'dues_account' AND a.owner_type = 'org' AND a.owner_id = ? AND t.month >= ? AND t.month <= ? AND t.kind IN (`+used+`)
GROUP BY u.category, l.title, l.seq ORDER BY l.seq, u.category`, o.ID, first, last).Scan(&y.Uses).Error
	if err != nil {
		return y, err
	}
	var used int64
	for _, u := range y.Uses {
		used += u.AmountFen
	}
	if used != y.UsedFen || y.OpeningFen+y.CollectedFen+y.ReceivedFen-y.RemittedFen-y.UsedFen != y.ClosingFen {
		return y, fmt.Errorf("dues of organisation %d in %d do not add up: %+v, uses %d", o.ID, year, y, used)
	}
	return y, nil
}

func publicationsWhere(tx model.Tx, where string, args ...any) ([]Publication, error) {
	var rows []struct {
		model.DuesPublication
		OrgName string
		ByName  string
	}
	err := tx.Raw(`SELECT p.*, o.name AS org_name, coalesce(m.name, '') AS by_name FROM dues_publication p JOIN org o ON o.id = p.org_id
LEFT JOIN account a ON a.id = p.published_by LEFT JOIN member m ON m.id = a.member_id WHERE `+where+" ORDER BY p.year DESC, p.id", args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]Publication, len(rows))
	for i, r := range rows {
		out[i] = Publication{ID: r.ID, Note: r.Note, PublishedBy: r.ByName, PublishedAt: r.PublishedAt,
			YearAccount: YearAccount{OrgID: r.OrgID, OrgName: r.OrgName, OpeningFen: r.OpeningFen, ClosingFen: r.ClosingFen,
				Flow: Flow{CollectedFen: r.CollectedFen, ReceivedFen: r.ReceivedFen, RemittedFen: r.RemittedFen, UsedFen: r.UsedFen}}}
		if _, err := fmt.Sscan(r.Year, &out[i].Year); err != nil {
			return nil, fmt.Errorf("year of publication %d: %w", r.ID, err)
		}
		if err := json.Unmarshal([]byte(r.Uses), &out[i].Uses); err != nil {
			return nil, fmt.Errorf("uses of publication %d: %w", r.ID, err)
		}
	}
	return out, nil
}
