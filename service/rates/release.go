package rates

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// ReleaseInput is what everybody shall read of a closed request, in words that a person of the window wrote for it. Nothing is
// copied from the request.
type ReleaseInput struct {
	Title   string `json:"title" validate:"required,text,max=100" label:"标题"`
	Content string `json:"content" validate:"required,text,max=2000" label:"诉求内容"`
	Answer  string `json:"answer" validate:"required,text,max=4000" label:"办理结果"`
}

// Released is a request that was released, for everybody.
type Released struct {
	Number         string     `json:"number"`
	Title          string     `json:"title"`
	Content        string     `json:"content"`
	Answer         string     `json:"answer"`
	Category       string     `json:"category"`
	DepartmentName string     `json:"department_name"` // that closed it
	ClosedOn       model.Date `json:"closed_on"`
	ReleasedAt     time.Time  `json:"released_at"`
}

// shown is an SQL condition on request r and its release p: what everybody may read. A request that is open again, or whose citizen
// is confidential by now, is not shown.
const shown = "p.withdrawn_at IS NULL AND NOT r.confidential AND r.state IN ('CLOSED', 'RATED', 'UNRATED')"

// Release gives a closed request to everybody to read. v works at the window. One that is not closed, or whose citizen wants to be
// confidential, is not released.
//
// Faults: not_found; rates.not_closed, rates.confidential, rates.released; rates.personal names the field with a phone or identity
// number.
func (s *Service) Release(ctx context.Context, v access.Viewer, id int64, in ReleaseInput) (out Released, err error) {
	in.Title, in.Content, in.Answer = strings.TrimSpace(in.Title), strings.TrimSpace(in.Content), strings.TrimSpace(in.Answer)
	if err := in.impersonal(); err != nil {
		return out, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := requestFor(tx, v, id)
		switch {
		case err != nil:
			return err
		case r.Confidential:
			return fault.Conflict("rates.confidential", "群众要求保密的诉求不能公开")
		case r.State != model.RequestClosed && r.State != model.RequestRated && r.State != model.RequestUnrated:
			return fault.Conflict("rates.not_closed", "诉求办结后才能公开")
		}
		res := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "request_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"title", "content", "answer", "released_by", "released_at", "withdrawn_by", "withdrawn_at"}),
			Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "request_release.withdrawn_at IS NOT NULL"}}},
		}).Create(&model.RequestRelease{RequestID: id, Title: in.Title, Content: in.Content, Answer: in.Answer, ReleasedBy: &v.AccountID, ReleasedAt: tx.Now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("rates.released", "该诉求已公开，如需修改请先撤回")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.release", ObjectType: "request", ObjectID: id, After: map[string]any{"title": in.Title}})
		out, err = releaseOf(tx, "r.id = ?", id)
		return err
	})
	return out, err
}

// Unrelease takes a request down again. v works at the window.
//
// Faults: not_found, also where it is not released.
func (s *Service) Unrelease(ctx context.Context, v access.Viewer, id int64) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		if _, err := requestFor(tx, v, id); err != nil {
			return err
		}
		n, err := model.Exec(tx, "UPDATE request_release SET withdrawn_by = ?, withdrawn_at = ? WHERE request_id = ? AND withdrawn_at IS NULL",
			v.AccountID, tx.Now, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("已公开的诉求")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.unrelease", ObjectType: "request", ObjectID: id})
		return nil
	})
}

// requestFor locks a request that v sees by office.
func requestFor(tx model.Tx, v access.Viewer, id int64) (r model.Request, err error) {
	sees, args := v.StaffRequests()
	q := "SELECT r.* FROM request r WHERE r.id = ? AND " + sees
	if tx.Dialect == model.Postgres {
		q += " FOR UPDATE OF r"
	}
	res := tx.Raw(q, append([]any{id}, args...)...).Scan(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		return r, fault.NotFound("诉求")
	}
	return r, res.Error
}

const releasedColumns = `SELECT r.number, p.title, p.content, p.answer, r.category, coalesce(d.name, '` + WindowName + `') AS department_name, r.closed_on, p.released_at
	FROM request_release p JOIN request r ON r.id = p.request_id LEFT JOIN department d ON d.id = r.department_id WHERE `

func releaseOf(tx model.Tx, where string, arg any) (out Released, err error) {
	res := tx.Raw(releasedColumns+shown+" AND "+where, arg).Scan(&out)
	if res.Error == nil && res.RowsAffected == 0 {
		return out, fault.NotFound("公开的诉求")
	}
	return out, res.Error
}

// Releases lists what everybody may read, the latest first.
func (s *Service) Releases(ctx context.Context, offset, limit int) (rows []Released, total int64, err error) {
	tx := s.db.Read(ctx)
	if err := tx.Raw("SELECT count(*) FROM request_release p JOIN request r ON r.id = p.request_id WHERE " + shown).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	err = tx.Raw(releasedColumns+shown+" ORDER BY p.released_at DESC, p.request_id DESC LIMIT ? OFFSET ?", limit, offset).Scan(&rows).Error
	return rows, total, err
}

// ReleaseOf is one request that everybody may read. Any other is not found.
func (s *Service) ReleaseOf(ctx context.Context, number string) (Released, error) {
	return releaseOf(s.db.Read(ctx), "r.number = ?", number)
}

// impersonal refuses a text with a mobile or an identity number in it, and in the citizen's part with any phone number. A unit's
// own number may stand in the answer.
func (in ReleaseInput) impersonal() error {
	for _, f := range []struct {
		name, text string
		bad        *regexp.Regexp
	}{{"title", in.Title, anyNumber}, {"content", in.Content, anyNumber}, {"answer", in.Answer, ownNumber}} {
		if f.bad.MatchString(digitsTogether(f.text)) {
			return fault.Invalid("rates.personal", "公开的文字中不能含有电话号码或身份证号").With("field", f.name)
		}
	}
	return nil
}

var (
	ownNumber = regexp.MustCompile(`1[3-9]\d{9}|\d{15}`)
	anyNumber = regexp.MustCompile(`1[3-9]\d{9}|\d{15}|0[1-9]\d{8,10}`)
)

// digitsTogether writes numbers without what people put between their digits, and in ASCII.
func digitsTogether(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune("-－–—_.·．()（）", r):
			return -1
		default:
			return r
		}
	}, text)
}
