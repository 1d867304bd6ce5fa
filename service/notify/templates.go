package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
)

// TemplateInput says by which WeChat template an app sends a kind of message. Kind, Channel and AppID are its key.
type TemplateInput struct {
	Kind       string            `json:"kind" validate:"required,max=100" label:"消息种类"`
	Channel    string            `json:"channel" validate:"required,oneof=subscribe template" label:"渠道"`
	AppID      string            `json:"appid" validate:"required,max=64" label:"appid"`
	TemplateID string            `json:"template_id" validate:"required,max=64" label:"模板编号"`
	Fields     map[string]string `json:"fields" validate:"required" label:"模板字段"` // WeChat's field key to text with {placeholders}
	LongTerm   bool              `json:"long_term" label:"长期订阅"`
	Enabled    bool              `json:"enabled" label:"启用"`
}

// KindView is a kind of message and what a template's fields may take from it.
type KindView struct {
	Kind         string   `json:"kind"`
	Title        string   `json:"title"`
	Placeholders []string `json:"placeholders"`
}

// TemplateView is an entered template.
type TemplateView struct {
	ID int64 `json:"id"`
	TemplateInput
	KindTitle    string   `json:"kind_title"`
	Placeholders []string `json:"placeholders"`
}

// TemplateList is the templates entered, and for what kinds one may be.
type TemplateList struct {
	Items []TemplateView `json:"items"`
	Total int64          `json:"total"`
	Kinds []KindView     `json:"kinds"`
}

// Templates is every template with all kinds, for an administrator of the city, in order of the kinds.
func (s *Service) Templates(ctx context.Context, v access.Viewer) (TemplateList, error) {
	if err := access.CityAdmin.Check(v); err != nil {
		return TemplateList{}, err
	}
	var rows []model.MessageTemplate
	if err := s.db.Read(ctx).Order("kind, channel, appid").Find(&rows).Error; err != nil {
		return TemplateList{}, err
	}
	list := TemplateList{Items: []TemplateView{}, Total: int64(len(rows)), Kinds: []KindView{}}
	for _, row := range rows {
		list.Items = append(list.Items, s.templateView(row))
	}
	for _, name := range slices.Sorted(maps.Keys(s.kinds)) {
		list.Kinds = append(list.Kinds, s.kindView(name))
	}
	return list, nil
}

// SetTemplate enters a template, or replaces the one with the same key. The next message goes by it: the dispatcher reads
// the templates for each batch. Credit that people gave for a replaced template stays with that template.
func (s *Service) SetTemplate(ctx context.Context, v access.Viewer, in TemplateInput) (TemplateView, error) {
	if err := access.CityAdmin.Check(v); err != nil {
		return TemplateView{}, err
	}
	if err := s.checkTemplate(in); err != nil {
		return TemplateView{}, err
	}
	fields, err := json.Marshal(in.Fields)
	if err != nil {
		return TemplateView{}, err
	}
	row := model.MessageTemplate{Kind: in.Kind, Channel: in.Channel, AppID: in.AppID, TemplateID: in.TemplateID,
		Fields: string(fields), LongTerm: in.LongTerm, Enabled: in.Enabled}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.checkSender(tx, in); err != nil {
			return err
		}
		before, err := replaceTemplate(tx, &row)
		if err != nil {
			return err
		}
		e := audit.Entry{Action: "notify.set_template", ObjectType: "message_template", ObjectID: row.ID, After: entered(row)}
		if before != nil {
			e.Before = entered(*before)
		}
		audit.Record(tx, audit.By(v), e)
		return nil
	})
	if err != nil {
		return TemplateView{}, err
	}
	return s.templateView(row), nil
}

// replaceTemplate writes row, sets its id, and returns the row of the same key as it was; nil: there was none.
func replaceTemplate(tx model.Tx, row *model.MessageTemplate) (before *model.MessageTemplate, err error) {
	fresh := *row
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh)
	if res.Error != nil || res.RowsAffected == 1 {
		row.ID = fresh.ID
		return nil, res.Error
	}
	before = new(model.MessageTemplate)
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("kind = ? AND channel = ? AND appid = ?", row.Kind, row.Channel, row.AppID).Take(before).Error
	if err != nil {
		return nil, err
	}
	row.ID = before.ID
	return before, tx.Model(&model.MessageTemplate{}).Where("id = ?", row.ID).Updates(map[string]any{
		"template_id": row.TemplateID, "fields": row.Fields, "long_term": row.LongTerm, "enabled": row.Enabled}).Error
}

// entered is a row as it is entered. Fields that cannot be read, which only SQL can have written, are left out.
func entered(row model.MessageTemplate) TemplateInput {
	fields, err := patternOf(row)
	if err != nil || fields == nil {
		fields = map[string]string{}
	}
	return TemplateInput{Kind: row.Kind, Channel: row.Channel, AppID: row.AppID, TemplateID: row.TemplateID, Fields: fields,
		LongTerm: row.LongTerm, Enabled: row.Enabled}
}

func (s *Service) templateView(row model.MessageTemplate) TemplateView {
	k := s.kindView(row.Kind)
	return TemplateView{ID: row.ID, TemplateInput: entered(row), KindTitle: k.Title, Placeholders: k.Placeholders}
}

// kindView shows a kind that no module has any more by its name.
func (s *Service) kindView(name string) KindView {
	k := s.kinds[name]
	return KindView{Kind: name, Title: cmp.Or(fill(k.Title, nil), name), Placeholders: k.placeholders()}
}
