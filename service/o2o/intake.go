package o2o

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/wechat"
)

const (
	// collectTime is how long after a message the next one still belongs to the same request (WECHAT 4, behaviour 5).
	collectTime = 10 * time.Minute
	// maxText bounds what is kept of one message, in characters; WeChat's own bound is lower.
	maxText = 10_000
)

// placeholders stand for the content of a request that begins without words, until words come.
var placeholders = map[string]string{model.PartImage: "（图片）", model.PartVoice: "（语音）", model.PartLocation: "（位置）"}

// takeIn is a message to an official account: a command, a courtesy, a new request, or more of the one that the citizen is writing.
// It runs in the transaction that keeps the push, so a repeated push adds nothing.
func (s *Service) takeIn(tx model.Tx, c writer, p wechat.Push) (string, error) {
	if p.Kind != model.PartText {
		return s.collect(tx, c, p, p.Content)
	}
	switch o := understand(clip(p.Content)); o.Command {
	case cmdProgress:
		return progress(tx, c.Contact)
	case cmdAnother:
		if err := stopCollecting(tx, c.Contact); err != nil || o.Text == "" {
			return "好的，请发送新的诉求内容，可发送文字、照片、语音和位置。", err
		}
		return s.collect(tx, c, p, o.Text)
	case cmdRate, cmdRateHelp:
		return s.rateByText(tx, c.Contact, o)
	default:
		if o.Text == "" {
			return "", nil
		}
		if reply, err := s.courtesy(tx, c, p, o.Text); err != nil || reply != "" {
			return reply, err
		}
		return s.collect(tx, c, p, o.Text)
	}
}

// refuseKind answers what cannot be part of a request.
func (s *Service) refuseKind(model.Tx, writer, wechat.Push) (string, error) {
	return "暂不支持这类消息。请发送文字、照片、语音或位置反映您的诉求。", nil
}

// welcome greets a new follower.
func (s *Service) welcome(tx model.Tx, _ writer, p wechat.Push) (string, error) {
	account, err := accountOf(tx, p.AppID)
	if err != nil {
		return "", err
	}
	if account.Greeting != "" {
		return account.Greeting + "\n" + emergencies, nil
	}
	return fmt.Sprintf("欢迎关注%s！直接发送文字、照片、语音或位置，即可反映您的诉求，我们将在规定时限内办理。"+
		"回复“进度”查询办理情况。%s", account.Name, emergencies), nil
}

// click answers the account's menu.
func (s *Service) click(tx model.Tx, c writer, p wechat.Push) (string, error) {
	if p.EventKey != "MY_REQUESTS" {
		return "", nil
	}
	return progress(tx, c.Contact)
}

const emergencies = "紧急情况请直接拨打110、119、120、122。"

// collect adds a message to the contact's open request, or opens one with it.
func (s *Service) collect(tx model.Tx, c writer, p wechat.Push, text string) (string, error) {
	part := partOf(tx, p, text)
	r, err := openRequest(tx, c.Contact)
	if err != nil {
		return "", err
	}
	if r.ID != 0 {
		if err := addPart(tx, r, part); err != nil {
			return "", err
		}
		return fmt.Sprintf("已补充到诉求 %s。", r.Number), nil
	}
	until := tx.Now.Add(collectTime)
	r = model.Request{Source: model.SourceOfficialAccount, ContactID: &c.ID, IntakeDepartmentID: &c.DepartmentID, Category: model.CategoryHelp,
		Content: part.Content, CollectingUntil: &until}
	if part.Type != model.PartText {
		r.Content = strings.TrimSpace(placeholders[part.Type] + " " + part.Content)
	}
	if part.Lat != nil {
		r.Place, r.Lat, r.Lng = part.Content, part.Lat, part.Lng
	}
	if err := s.open(tx, &r, citizenActor(c.ID)); err != nil {
		return "", err
	}
	part.RequestID = r.ID
	if err := tx.Create(&part).Error; err != nil {
		return "", err
	}
	if part.Type == model.PartText {
		if err := noteRepeat(tx, &r); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s%s%s，可凭编号和查询码在网页上查询。可在10分钟内继续发送照片、位置补充。回复“进度”查询办理情况。%s",
		registered, r.Number, codeMark, emergencies), nil
}

// partOf makes the part of a push, tied to the row in which callback keeps the push.
func partOf(tx model.Tx, p wechat.Push, text string) model.RequestPart {
	part := model.RequestPart{CallbackID: &p.Row, Type: p.Kind, Content: text, CreatedAt: tx.Now}
	if p.Kind == model.PartLocation {
		part.Content = clip(p.Label)
		if p.Lat != 0 || p.Lng != 0 {
			part.Lat, part.Lng = &p.Lat, &p.Lng
		}
	}
	return part
}

// openRequest is the request that the contact is writing; the zero request if there is none. The row is locked.
func openRequest(tx model.Tx, c model.Contact) (model.Request, error) {
	var r model.Request
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("contact_id = ? AND state IN ? AND collecting_until > ?", c.ID, collectingStates, tx.Now).
		Order("id DESC").Limit(1).Find(&r).Error
	return r, err
}

// addPart adds a message to a request, whose first words and first place become the request's own.
func addPart(tx model.Tx, r model.Request, part model.RequestPart) error {
	changes := map[string]any{"collecting_until": tx.Now.Add(collectTime), "updated_at": tx.Now}
	if part.Type == model.PartText && wordless(r.Content) {
		var texts int64
		if err := tx.Model(&model.RequestPart{}).Where("request_id = ? AND type = ? AND content = ?", r.ID, model.PartText, r.Content).Count(&texts).Error; err != nil {
			return err
		}
		if texts == 0 {
			changes["content"] = part.Content
		}
	}
	if part.Lat != nil && r.Lat == nil {
		changes["place"], changes["lat"], changes["lng"] = part.Content, *part.Lat, *part.Lng
	}
	part.RequestID = r.ID
	if err := tx.Create(&part).Error; err != nil {
		return err
	}
	if err := tx.Model(&model.Request{}).Where("id = ?", r.ID).Updates(changes).Error; err != nil || changes["content"] == nil {
		return err
	}
	r.Content = part.Content
	return noteRepeat(tx, &r)
}

// wordless tells whether a request may have begun without words.
func wordless(content string) bool {
	for _, p := range placeholders {
		if strings.HasPrefix(content, p) {
			return true
		}
	}
	return false
}

func stopCollecting(tx model.Tx, c model.Contact) error {
	return tx.Model(&model.Request{}).Where("contact_id = ? AND collecting_until > ?", c.ID, tx.Now).
		Updates(map[string]any{"collecting_until": gorm.Expr("NULL"), "updated_at": tx.Now}).Error
}

// progress tells how far the contact's latest requests are.
func progress(tx model.Tx, c model.Contact) (string, error) {
	var rows []View
	err := tx.Raw(`
		SELECT r.number, r.state, r.content, r.clock, r.deadline, r.submitted_at, coalesce(d.name, '') AS department_name
		FROM request r LEFT JOIN department d ON d.id = r.department_id
		WHERE r.contact_id = ? ORDER BY r.id DESC LIMIT 3`, c.ID).Scan(&rows).Error
	if err != nil {
		return "", err
	}
	if len(rows) == 0 {
		return "您还没有登记过诉求。直接发送文字、照片、语音或位置，即可反映您的诉求。", nil
	}
	lines := []string{"您最近的诉求："}
	for _, r := range rows {
		line := fmt.Sprintf("%s “%s”：%s", r.Number, excerpt(r.Content, 20), stateNames[r.State])
		if r.DepartmentName != "" {
			line += "，" + r.DepartmentName
		}
		switch r.Clock {
		case model.ClockRefer, model.ClockHandle:
			line += "，期限 " + day(r.Deadline)
		case model.ClockRate:
			line += "，请在 " + day(r.Deadline) + " 前回复“评价1”至“评价5”"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}

const ratingHelp = "请回复“评价5”非常满意、“评价4”满意、“评价3”基本满意、“评价2”不满意或“评价1”非常不满意。"

// rateByText rates the contact's request that was closed last and may be rated still; a merged one counts as its main one does.
func (s *Service) rateByText(tx model.Tx, c model.Contact, o order) (string, error) {
	r, err := ratable(tx, c)
	if err != nil {
		return "", err
	}
	if r.ID == 0 {
		return "您目前没有待评价的诉求。回复“进度”查询办理情况。", nil
	}
	if o.Command == cmdRateHelp {
		return ratingHelp, nil
	}
	err = s.rate(tx, &r, RateInput{Rating: o.Rating, Note: o.Text})
	var f *fault.Fault
	if errors.As(err, &f) && f.Kind == fault.KindInvalid {
		return f.Message, nil // refused before anything was written
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("感谢您的评价！诉求 %s：%s。", r.Number, ratingNames[o.Rating]), nil
}

// ratable is the contact's request that a rating is about; the zero request if there is none.
func ratable(tx model.Tx, c model.Contact) (model.Request, error) {
	var rows []model.Request
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("contact_id = ? AND state IN ?", c.ID, []string{model.RequestClosed, model.RequestDuplicate}).
		Order("CASE WHEN state = 'CLOSED' THEN 0 ELSE 1 END, updated_at DESC, id DESC").Limit(10).Find(&rows).Error
	if err != nil {
		return model.Request{}, err
	}
	for _, r := range rows {
		err := may(tx, access.Viewer{}, found{Request: r, Mine: true}, ActionRate)
		var no *fault.Fault
		if err == nil || !errors.As(err, &no) {
			return r, err
		}
	}
	return model.Request{}, nil
}

// clip bounds a text.
func clip(text string) string {
	text = strings.TrimSpace(text)
	if r := []rune(text); len(r) > maxText {
		return string(r[:maxText])
	}
	return text
}
