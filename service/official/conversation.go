package official

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Conversation is what one citizen and one official account have written to each other, as the viewer may know it. Who the
// citizen is, no list says.
type Conversation struct {
	ID             int64      `json:"id"` // of the contact
	Name           string     `json:"name" gorm:"-"`
	AccountID      int64      `json:"account_id"`
	AccountName    string     `json:"account_name"`
	DepartmentID   int64      `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Unanswered     bool       `json:"unanswered"` // the last message that is no part of a request has no answer
	Last           Message    `json:"last" gorm:"-"`
	MayAnswer      bool       `json:"may_answer" gorm:"-"` // this viewer, now
	AnswerUntil    *time.Time `json:"answer_until" gorm:"-"`
	AnswersLeft    *int64     `json:"answers_left" gorm:"-"` // for the window; nobody else is told

	LastSource  string     `json:"-"`
	LastID      int64      `json:"-"`
	Follows     bool       `json:"-"`
	WindowUntil *time.Time `json:"-"`
	WindowLeft  int64      `json:"-"`
	Gone        bool       `json:"-"` // the account has taken its authorisation back
}

// ConversationDetail is one conversation with its messages.
type ConversationDetail struct {
	Conversation
	Messages []Message `json:"messages"` // a page of the newest, oldest first
	Total    int64     `json:"total"`
}

// Message is one message of a conversation.
type Message struct {
	Source        string    `json:"source"` // message, or part: of a request
	ID            int64     `json:"id"`
	Direction     string    `json:"direction"` // in: from the citizen, out
	Type          string    `json:"type"`      // text, image, location, voice
	Content       string    `json:"content"`
	FileID        *int64    `json:"file_id"`
	RequestID     *int64    `json:"request_id"`
	RequestNumber string    `json:"request_number"`
	Author        string    `json:"author"`   // of an answer
	Delivery      string    `json:"delivery"` // of an answer: pending, sent, unknown, failed, unreachable
	At            time.Time `json:"at"`
}

// ConversationFilter narrows the list. Zero values narrow nothing.
type ConversationFilter struct {
	AccountID  int64 `query:"account_id" validate:"min=0" label:"公众号"`
	Unanswered bool  `query:"unanswered" label:"未回复"`
}

// Conversations lists those that v may read, the unanswered first, then by their last message: the window and the city all,
// a unit those of its own accounts.
func (s *Service) Conversations(ctx context.Context, v access.Viewer, f ConversationFilter, offset, limit int) (rows []Conversation, total int64, err error) {
	p := eyesOf(v)
	if p.blind() {
		return nil, 0, fault.Forbidden()
	}
	tx := s.db.Read(ctx)
	where, args := "1 = 1", []any{}
	if f.AccountID != 0 {
		where, args = where+" AND a.id = ?", append(args, f.AccountID)
	}
	if f.Unanswered {
		where += " AND s.unanswered"
	}
	with, withArgs := p.states()
	if err := tx.Raw(with+" SELECT count(*) "+conversationsFrom+where, append(withArgs, args...)...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err = s.conversations(tx, p, where+" ORDER BY s.unanswered DESC, s.last_at DESC, c.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	return rows, total, err
}

// Conversation is one of them, with a page of its messages, the newest on the first. What v may not read is not found.
func (s *Service) Conversation(ctx context.Context, v access.Viewer, id int64, offset, limit int) (ConversationDetail, error) {
	p := eyesOf(v)
	if p.blind() {
		return ConversationDetail{}, fault.Forbidden()
	}
	return s.conversation(s.db.Read(ctx), p, id, offset, limit)
}

// MaySeeFile tells whether a file belongs to a conversation that v may read.
func (s *Service) MaySeeFile(ctx context.Context, v access.Viewer, fileID int64) (bool, error) {
	p := eyesOf(v)
	if p.blind() {
		return false, nil
	}
	items, args := p.items("")
	var n int64
	err := s.db.Read(ctx).Raw("SELECT count(*) FROM ("+items+") i WHERE i.file_id = ?", append(args, fileID)...).Scan(&n).Error
	return n > 0, err
}

func (s *Service) conversation(tx model.Tx, p eyes, id int64, offset, limit int) (ConversationDetail, error) {
	p.contact = id
	rows, err := s.conversations(tx, p, "c.id = ?", id)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("会话")
	}
	if err != nil {
		return ConversationDetail{}, err
	}
	d := ConversationDetail{Conversation: rows[0]}
	items, args := p.items("")
	if err := tx.Raw("SELECT count(*) FROM ("+items+") i", args...).Scan(&d.Total).Error; err != nil {
		return ConversationDetail{}, err
	}
	var keys []itemKey
	if err := tx.Raw("SELECT source, id FROM ("+items+") i ORDER BY at DESC, source DESC, id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).
		Scan(&keys).Error; err != nil {
		return ConversationDetail{}, err
	}
	found, err := messages(tx, keys)
	d.Messages = make([]Message, len(keys))
	for i, k := range keys {
		d.Messages[len(keys)-1-i] = found[k]
	}
	return d, err
}

// conversationsFrom joins what eyes.states has worked out with whom it is about.
const conversationsFrom = `FROM s JOIN contact c ON c.id = s.contact_id JOIN official_account a ON a.appid = c.appid
 JOIN department d ON d.id = a.department_id WHERE `

func (s *Service) conversations(tx model.Tx, p eyes, where string, args ...any) ([]Conversation, error) {
	with, withArgs := p.states()
	var rows []Conversation
	err := tx.Raw(with+` SELECT c.id, a.id AS account_id, a.name AS account_name, d.id AS department_id, d.name AS department_name, s.unanswered,
 s.last_source, s.last_id, c.follows, c.window_until, c.window_left, a.unauthorized_at IS NOT NULL AS gone `+conversationsFrom+where,
		append(withArgs, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	keys := make([]itemKey, len(rows))
	ids := make([]int64, len(rows))
	for i, r := range rows {
		keys[i], ids[i] = itemKey{r.LastSource, r.LastID}, r.ID
	}
	last, err := messages(tx, keys)
	if err != nil {
		return nil, err
	}
	heard, err := p.lastHeard(tx, ids)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		r.Name, r.Last = fmt.Sprintf("公众号用户 #%d", r.ID), last[keys[i]]
		r.window(p, heard[r.ID], tx.Now)
	}
	return rows, nil
}

// windowAfterMessage is how long after a citizen's message an account may answer (WECHAT 5).
const windowAfterMessage = 48 * time.Hour

// window says whether the viewer may answer. SECURITY: a unit is told no more than the messages that it sees would tell:
// a message that is hidden from it opens the window as well, and would show itself so.
func (r *Conversation) window(p eyes, heard, now time.Time) {
	if r.WindowUntil == nil || !r.Follows || r.Gone {
		return
	}
	until := *r.WindowUntil
	if p.narrow() {
		if own := heard.Add(windowAfterMessage); own.Before(until) {
			until = own
		}
	} else {
		r.AnswersLeft = &r.WindowLeft
	}
	if until.After(now) && r.WindowLeft > 0 {
		r.AnswerUntil, r.MayAnswer = &until, p.answers
	}
}

// itemKey names one message of a conversation.
type itemKey struct {
	Source string
	ID     int64
}

const (
	sourceMessage = "message"
	sourcePart    = "part"
)

// messages reads messages by their keys, in two queries.
func messages(tx model.Tx, keys []itemKey) (map[itemKey]Message, error) {
	ids := map[string][]int64{}
	for _, k := range keys {
		ids[k.Source] = append(ids[k.Source], k.ID)
	}
	out := make(map[itemKey]Message, len(keys))
	for source, query := range map[string]string{
		sourceMessage: `SELECT 'message' AS source, m.id, m.direction, m.type, m.content, m.file_id, m.created_at AS at, coalesce(b.name, '') AS author,
 coalesce((SELECT d.state FROM delivery d WHERE d.message_id = m.message_id ORDER BY d.id DESC LIMIT 1), '') AS delivery
FROM contact_message m LEFT JOIN account a ON a.id = m.account_id LEFT JOIN member b ON b.id = a.member_id WHERE m.id IN ?`,
		sourcePart: `SELECT 'part' AS source, p.id, 'in' AS direction, p.type, p.content, p.file_id, p.created_at AS at, r.id AS request_id, r.number AS request_number
FROM request_part p JOIN request r ON r.id = p.request_id WHERE p.id IN ?`,
	} {
		if len(ids[source]) == 0 {
			continue
		}
		var rows []Message
		if err := tx.Raw(query, ids[source]).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, m := range rows {
			if strings.HasPrefix(m.Delivery, "claimed") || m.Delivery == model.DeliverySending {
				m.Delivery = model.DeliveryPending
			}
			out[itemKey{source, m.ID}] = m
		}
	}
	return out, nil
}
