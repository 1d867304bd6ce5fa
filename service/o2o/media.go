package o2o

import (
	"context"
	"errors"
	"fmt"

	"hongyun/model"
	"hongyun/wechat"
)

// fetch brings a picture or a voice home, before WeChat forgets it after three days. It may run again: what is there is
// not fetched twice. An account that may not use the media interface has the picture's address.
func (s *Service) fetch(ctx context.Context, callbackID int64, p wechat.Push) error {
	var part model.RequestPart
	res := s.db.Read(ctx).Where("callback_id = ?", callbackID).Limit(1).Find(&part)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 || part.FileID != nil {
		return nil
	}
	m, err := s.wechat.Media(ctx, p.AppID, p.MediaID)
	if err != nil && p.PicURL != "" {
		var byAddress error
		if m, byAddress = s.wechat.Picture(ctx, p.PicURL); byAddress != nil {
			return errors.Join(err, byAddress)
		}
	} else if err != nil {
		return err
	}
	f, err := s.files.Save(ctx, 0, mediaNames[part.Type], m.Body)
	if err != nil {
		return fmt.Errorf("keep the medium of part %d: %w", part.ID, err)
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		return tx.Model(&model.RequestPart{}).Where("id = ? AND file_id IS NULL", part.ID).Update("file_id", f.ID).Error
	})
}

var mediaNames = map[string]string{model.PartImage: "照片", model.PartVoice: "语音"}
