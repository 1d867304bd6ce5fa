package o2o

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/fault"
)

// How much a citizen may add to one request on the web and in the mini-program.
const (
	MaxPhotos = 9
	MaxVoices = 3
	MaxTexts  = 20
)

// most is the bound of each type of part, with its Chinese words.
var most = map[string]struct {
	n          int64
	code, says string
}{
	model.PartImage: {MaxPhotos, "o2o.too_many_photos", "每件诉求最多 %d 张照片"},
	model.PartVoice: {MaxVoices, "o2o.too_many_voices", "每件诉求最多 %d 段语音"},
	model.PartText:  {MaxTexts, "o2o.too_many_texts", "每件诉求最多补充 %d 次文字"},
}

// AddInput is what a citizen adds to a request in words.
type AddInput struct {
	Content string `json:"content" validate:"required,text,max=2000" label:"补充内容"`
}

func (in *AddInput) check() error {
	in.Content = strings.TrimSpace(in.Content)
	if n := utf8.RuneCountInString(in.Content); n < 1 || n > 2000 {
		return fault.Invalid("o2o.content_length", "补充内容须为 1 至 2000 字").With("field", "content")
	}
	return nil
}

// add adds words. Behind the code nobody checks them: only staff read them.
func (s *Service) add(ctx context.Context, d door, in AddInput) error {
	if err := in.check(); err != nil {
		return err
	}
	return s.act(ctx, d, ActionAdd, func(tx model.Tx, r *found) error {
		return s.addPart(tx, r, model.RequestPart{Type: model.PartText, Content: in.Content})
	})
}

// addFile adds a photo or a voice message.
func (s *Service) addFile(ctx context.Context, d door, kind, name string, body []byte) error {
	// Before the file is written: nobody fills the disk through somebody else's request.
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := d.open(tx)
		if err != nil {
			return err
		}
		if err := may(tx, d.viewer, r, ActionAdd); err != nil {
			return err
		}
		return takesMore(tx, r, kind)
	})
	if err != nil {
		return err
	}
	save := s.files.SavePhoto
	if kind == model.PartVoice {
		save = s.files.SaveVoice
	}
	f, err := save(ctx, d.viewer.AccountID, name, body)
	if err != nil {
		return err
	}
	return s.act(ctx, d, ActionAdd, func(tx model.Tx, r *found) error {
		return s.addPart(tx, r, model.RequestPart{Type: kind, FileID: &f.ID})
	})
}

// addPart adds to a request. Once the window has taken the request in, the addition stands in its history, several in a row as
// one, and those who work on it are told.
func (s *Service) addPart(tx model.Tx, r *found, part model.RequestPart) error {
	if err := takesMore(tx, *r, part.Type); err != nil {
		return err
	}
	part.RequestID, part.Author, part.CreatedAt = r.ID, model.ActorCitizen, tx.Now
	if err := tx.Create(&part).Error; err != nil {
		return err
	}
	var last string
	if err := tx.Raw("SELECT action FROM request_step WHERE request_id = ? ORDER BY seq DESC LIMIT 1", r.ID).Scan(&last).Error; err != nil {
		return err
	}
	if r.State == model.RequestSubmitted || last == ActionAdd {
		return tx.Model(&model.Request{}).Where("id = ?", r.ID).Update("updated_at", tx.Now).Error
	}
	if err := s.take(tx, &r.Request, step{Action: ActionAdd, Actor: citizenOn(&r.Request), DepartmentID: r.DepartmentID}); err != nil {
		return err
	}
	return s.tellWorkers(tx, &r.Request, kindAdded)
}

// takesMore refuses what is too much for one request.
func takesMore(tx model.Tx, r found, kind string) error {
	var n int64
	if err := tx.Model(&model.RequestPart{}).Where("request_id = ? AND type = ?", r.ID, kind).Count(&n).Error; err != nil {
		return err
	}
	if bound := most[kind]; n >= bound.n {
		return fault.Conflict(bound.code, fmt.Sprintf(bound.says, bound.n))
	}
	return nil
}
