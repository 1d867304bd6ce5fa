package o2o

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/mask"
)

// sight is what of a request somebody reads who may see it at all (RULES 9.2).
type sight struct {
	own    bool // the citizen: everything as it was written
	words  bool // the citizen's words, also where the window wrote others for units
	masked bool // texts without what tells who the citizen is
	voices bool // recordings
}

// sightOf is the one place that decides it: lists, single requests, their parts, their files and messages go by it.
//
// Who the citizen is stands in none of them; to learn that is a reading of its own (Identify). The city's leaders read what is
// kept from units as units do: they steer, and do not need to know.
func sightOf(v access.Viewer, mine bool, r model.Request) sight {
	switch {
	case mine:
		return sight{own: true, words: true, voices: true}
	case v.WorksDesk():
		return sight{words: true, voices: true}
	case r.Confidential:
		return sight{masked: true}
	case r.Anonymous:
		return sight{masked: true, voices: true}
	}
	return sight{words: v.Desks(), voices: true}
}

// row is a request as it stands in the database, with what masks its texts. It never leaves this package.
type row struct {
	View
	NameSealed string
	Member     string // the name behind the account
	ContactID  *int64
	names      []string
	sight      sight
	replaced   bool // its words are the window's

	RepeatShielded bool // who sent the first request of the matter is not to be known
}

// from is the tables that a row is read from.
const from = `
	FROM request r
	LEFT JOIN department d ON d.id = r.department_id
	LEFT JOIN department i ON i.id = r.intake_department_id
	LEFT JOIN department x ON x.id = r.subject_department_id
	LEFT JOIN contact c ON c.id = r.contact_id
	LEFT JOIN account a ON a.id = coalesce(r.account_id, c.account_id)
	LEFT JOIN member m ON m.id = a.member_id
	LEFT JOIN request_identity n ON n.request_id = r.id`

// views reads requests as v sees them.
func (s *Service) views(tx model.Tx, v access.Viewer, where string, args ...any) ([]View, error) {
	rows, err := s.rows(tx, v, false, where, args...)
	views := make([]View, len(rows))
	for i := range rows {
		views[i] = rows[i].View
	}
	return views, err
}

// ownView reads a request as its citizen sees it, who came by its code.
func (s *Service) ownView(tx model.Tx, id int64) (View, error) {
	rows, err := s.rows(tx, access.Viewer{}, true, "r.id = ?", id)
	if err != nil || len(rows) == 0 {
		return View{}, cmp.Or(err, noRequest())
	}
	return rows[0].View, nil
}

// rows reads requests as v sees them; own: as their citizen.
func (s *Service) rows(tx model.Tx, v access.Viewer, own bool, where string, args ...any) ([]row, error) {
	mine, mineArgs := v.OwnRequests()
	var rows []row
	err := tx.Raw(`
		SELECT r.*, coalesce(d.name, '') AS department_name, coalesce(i.name, '') AS intake_department_name, coalesce(x.name, '') AS subject_department_name,
		       coalesce(n.name_sealed, '') AS name_sealed, coalesce(m.name, '') AS member,
		       coalesce(`+mine+`, FALSE) AS mine, coalesce((SELECT f.anonymous OR f.confidential FROM request f WHERE f.id = r.repeat_of), FALSE) AS repeat_shielded,
		       (SELECT count(*) FROM request_part p WHERE p.request_id = r.id AND p.type = 'image') AS photos`+from+`
		WHERE `+where, append(mineArgs, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		if r.names, err = s.namesOf(r.NameSealed, r.Member); err != nil {
			return nil, fmt.Errorf("name of request %d: %w", r.ID, err)
		}
		r.Mine = r.Mine || own
		r.sight = sightOf(v, r.Mine, model.Request{Anonymous: r.Anonymous, Confidential: r.Confidential})
		r.finish()
		r.narrow()
	}
	if err := coverRepeats(tx, v, rows); err != nil {
		return nil, err
	}
	return rows, readClocks(tx, rows)
}

// namesOf is by what names the citizen goes, the one that he or she gave first.
func (s *Service) namesOf(sealed, member string) (names []string, err error) {
	given, err := s.vault.Open(sealed)
	for _, name := range []string{given, member} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, err
}

// namesIn is by what names the citizen of a request goes.
func (s *Service) namesIn(tx model.Tx, id int64) ([]string, error) {
	var n struct{ NameSealed, Member string }
	err := tx.Raw(`SELECT coalesce(n.name_sealed, '') AS name_sealed, coalesce(m.name, '') AS member FROM request r LEFT JOIN contact c ON c.id = r.contact_id
		LEFT JOIN account a ON a.id = coalesce(r.account_id, c.account_id) LEFT JOIN member m ON m.id = a.member_id
		LEFT JOIN request_identity n ON n.request_id = r.id WHERE r.id = ?`, id).Scan(&n).Error
	if err != nil {
		return nil, err
	}
	return s.namesOf(n.NameSealed, n.Member)
}

// narrow takes out of a row what its reader does not read.
func (r *row) narrow() {
	r.Citizen = r.citizen()
	if r.replaced = !r.sight.words && r.UnitContent != ""; r.replaced {
		r.Content = r.UnitContent
	}
	if r.sight.own || !r.sight.words {
		r.UnitContent = ""
	}
	for _, text := range []*string{&r.Content, &r.Place, &r.RatingNote} {
		*text = r.read(*text)
	}
}

// read is a text as the row's reader reads it.
func (r *row) read(text string) string {
	if r.sight.masked {
		return mask.Text(text, r.names...)
	}
	return text
}

// citizen is what the sender is called on a page.
func (r *row) citizen() string {
	switch {
	case r.sight.own && len(r.names) > 0:
		return r.names[0]
	case r.Anonymous:
		return "匿名群众"
	case r.Confidential:
		return "保密群众"
	case r.Source == model.SourceOfficialAccount:
		return "公众号用户"
	case len(r.names) > 0:
		return surname(r.names[0])
	}
	return map[string]string{model.SourceWeb: "网页用户", model.SourceDesk: "来电来访群众", model.SourceAPI: "其他系统用户"}[r.Source]
}

// surname is a name of which the first letter is shown.
func surname(name string) string {
	letters := []rune(name)
	return string(letters[:1]) + strings.Repeat("*", max(1, len(letters)-1))
}

// parts takes out of a request's parts what the row's reader does not read. Where the window has written other words for units,
// the citizen's are not there a second time.
func (r *row) parts(all []Part) []Part {
	all = slices.DeleteFunc(all, func(p Part) bool {
		return !r.sight.voices && p.Type == model.PartVoice || r.replaced && p.Type == model.PartText
	})
	for i := range all {
		all[i].Content = r.read(all[i].Content)
	}
	return all
}

// MaySeeFile tells whether a file belongs to a request that v may see, and to a part of it that v reads.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	where, args := v.Requests()
	mine, mineArgs := v.OwnRequests()
	var rows []struct {
		model.Request
		Mine bool
		Kind string
	}
	err := s.db.Read(ctx).Raw(`SELECT r.*, coalesce(`+mine+`, FALSE) AS mine, p.type AS kind FROM request_part p JOIN request r ON r.id = p.request_id
		WHERE p.file_id = ? AND `+where, slices.Concat(mineArgs, []any{fileID}, args)...).Scan(&rows).Error
	for _, r := range rows {
		if r.Kind != model.PartVoice || sightOf(v, r.Mine, r.Request).voices {
			return true, err
		}
	}
	return false, err
}

// shielded tells whether units are not to know who the citizen is.
func shielded(r model.Request) bool { return r.Anonymous || r.Confidential }

// toUnits is what a message says to units of what a request is about. It passes through WeChat: what has to be masked is left out.
func toUnits(r *model.Request) string {
	switch {
	case r.Confidential:
		return "群众要求保密，请登录平台查看"
	case r.Anonymous:
		return "匿名诉求，请登录平台查看"
	case r.UnitContent != "":
		return excerpt(r.UnitContent, messageWords)
	}
	return excerpt(r.Content, messageWords)
}

// messageWords bounds what a message says of a request's content, in characters.
const messageWords = 40
