package o2o

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/wechat"
)

const (
	// mediaLife is how long WeChat keeps what a fan has sent (WECHAT 5, media).
	mediaLife = 3 * 24 * time.Hour
	// mediaTries is how long a medium is tried for: once at least after its life, which is then put down.
	mediaTries = mediaLife + 2*time.Hour
)

// Why a medium is lost, for the window.
const (
	lostExpired = "素材已过期，未能取得"
	lostKind    = "素材不是照片或语音，不予保存"
	lostSize    = "素材超过 10 MB，不予保存"
)

// fetch brings a picture or a voice home, before WeChat forgets it after three days. It may run again: what is there is not fetched
// twice. What does not come while WeChat has it is lost, and what may not be kept at once; the part says why.
func (s *Service) fetch(ctx context.Context, callbackID int64, p wechat.Push) error {
	var part model.RequestPart
	res := s.db.Read(ctx).Where("callback_id = ?", callbackID).Limit(1).Find(&part)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 || part.FileID != nil || part.Lost {
		return nil
	}
	m, err := s.medium(ctx, p)
	switch {
	case errors.Is(err, wechat.ErrNotMedia):
		return s.lose(ctx, part.ID, lostKind)
	case errors.Is(err, wechat.ErrTooLarge):
		return s.lose(ctx, part.ID, lostSize)
	case err != nil && !s.db.Now().Before(part.CreatedAt.Add(mediaLife)):
		return s.lose(ctx, part.ID, lostExpired)
	case err != nil:
		return err
	}
	save := s.files.SavePhoto
	if part.Type == model.PartVoice {
		save = s.files.SaveVoice
	}
	f, err := save(ctx, 0, mediaNames[part.Type], m.Body)
	var no *fault.Fault
	if errors.As(err, &no) {
		return s.lose(ctx, part.ID, "素材不予保存："+strings.TrimSuffix(no.Message, "。"))
	}
	if err != nil {
		return fmt.Errorf("keep the medium of part %d: %w", part.ID, err)
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		return tx.Model(&model.RequestPart{}).Where("id = ? AND file_id IS NULL AND NOT lost", part.ID).Update("file_id", f.ID).Error
	})
}

// medium asks for it by its id. An account that may not use the media interface has the picture's address.
func (s *Service) medium(ctx context.Context, p wechat.Push) (wechat.Media, error) {
	m, err := s.wechat.Media(ctx, p.AppID, p.MediaID)
	if err == nil || p.PicURL == "" {
		return m, err
	}
	m, byAddress := s.wechat.Picture(ctx, p.PicURL)
	if byAddress != nil {
		return m, errors.Join(err, byAddress)
	}
	return m, nil
}

// lose puts down that a medium will not come.
func (s *Service) lose(ctx context.Context, partID int64, why string) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		return tx.Model(&model.RequestPart{}).Where("id = ? AND file_id IS NULL", partID).Updates(map[string]any{"lost": true, "lost_reason": why}).Error
	})
}

var mediaNames = map[string]string{model.PartImage: "照片", model.PartVoice: "语音"}
