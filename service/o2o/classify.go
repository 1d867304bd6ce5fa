package o2o

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/unit"
)

// Classification is what the window sets right about a request; what is left out stays.
type Classification struct {
	Category            *string `json:"category" validate:"omitempty,oneof=CONSULT HELP COMPLAINT SUGGESTION URGENT" label:"诉求类别"`
	Topic               *string `json:"topic" validate:"omitempty,max=40" label:"主题"` // code of the list request_topic
	Priority            *int64  `json:"priority" validate:"omitempty,min=0,max=9" label:"优先级"`
	Confidential        *bool   `json:"confidential" label:"保密"`                                        // only on
	SubjectDepartmentID *int64  `json:"subject_department_id" validate:"omitempty,min=0" label:"被反映单位"` // 0: none
	UnitContent         *string `json:"unit_content" validate:"omitempty,max=2000" label:"转交内容"`        // what units read instead of the content; empty: the content
	Note                string  `json:"note" validate:"max=1000" label:"说明"`
}

// Classify sets a request's category, topic and priority right, makes it confidential, names the unit that it complains of, and
// puts its matter into words for the units. Another category moves the open limit: it is counted again from its first day with the
// new category's days, extensions and pauses stay. The step says what has changed. For the window.
//
// Faults: o2o.nothing_changed, o2o.no_topic, o2o.confidential_stays, o2o.subject_works.
func (s *Service) Classify(ctx context.Context, v access.Viewer, id int64, in Classification) (Detail, error) {
	return s.workWith(ctx, v, id, step{Action: ActionClassify, Note: in.Note}, func(tx model.Tx, r *model.Request, st *step) error {
		st.Change, st.Audit = map[string]any{}, map[string]any{}
		var said []string
		for _, set := range []func(model.Tx, *model.Request, *step) (string, error){in.category, in.topic, in.priority, in.confidential, in.subject, in.unitContent} {
			says, err := set(tx, r, st)
			if err != nil {
				return err
			}
			if says != "" {
				said = append(said, says)
			}
		}
		if len(said) == 0 {
			return fault.Invalid("o2o.nothing_changed", "没有需要更改的内容")
		}
		st.Note = join("。", strings.Join(said, "；"), st.Note)
		return nil
	})
}

func (in Classification) category(tx model.Tx, r *model.Request, st *step) (string, error) {
	if in.Category == nil || *in.Category == r.Category {
		return "", nil
	}
	name := categoryNames[*in.Category]
	if name == "" {
		return "", fault.Invalid("o2o.no_category", "没有这种诉求类别").With("field", "category")
	}
	st.Change["category"] = *in.Category
	if r.Category == model.CategoryUrgent && r.ContactedAt == nil {
		st.Change["contact_by"] = nil
	}
	moved, err := recategorise(tx, r, *in.Category, st.Change)
	return join("，", "类别由"+categoryNames[r.Category]+"改为"+name, moved), err
}

// recategorise counts the open limit again for another category, in force on the day that it began.
func recategorise(tx model.Tx, r *model.Request, category string, changes map[string]any) (moved string, err error) {
	if !slices.Contains(unitClocks, r.Clock) {
		return "", nil
	}
	was, err := clock.Limit(tx, r.Clock, r.Category, r.ClockFrom)
	if err != nil {
		return "", err
	}
	is, err := clock.Limit(tx, r.Clock, category, r.ClockFrom)
	if err != nil {
		return "", err
	}
	run, err := runOf(tx, r)
	if err != nil {
		return "", err
	}
	run.Days = max(run.Days+int64(is-was), 0) // what was granted beyond the limit stays
	moved, err = settle(tx, r, run, changes)
	if r.Clock == model.ClockAccept || r.Clock == model.ClockRefer {
		delete(changes, "handle_due")
	}
	if r.Clock == model.ClockRefer && r.ReferredOn == "" {
		changes["refer_due"] = changes["deadline"]
	}
	return moved, err
}

func (in Classification) topic(tx model.Tx, r *model.Request, st *step) (string, error) {
	if in.Topic == nil || *in.Topic == r.Topic {
		return "", nil
	}
	if *in.Topic == "" {
		st.Change["topic"] = ""
		return "取消主题", nil
	}
	if err := setTopic(tx, st, *in.Topic); err != nil {
		return "", err
	}
	title, err := titleIn(tx, "request_topic", *in.Topic)
	return "主题：" + title, err
}

func (in Classification) priority(_ model.Tx, r *model.Request, st *step) (string, error) {
	if in.Priority == nil || *in.Priority == r.Priority {
		return "", nil
	}
	st.Change["priority"], st.Audit["priority"] = *in.Priority, *in.Priority
	return "调整优先级", nil
}

func (in Classification) confidential(_ model.Tx, r *model.Request, st *step) (string, error) {
	if in.Confidential == nil || *in.Confidential == r.Confidential {
		return "", nil
	}
	if !*in.Confidential { // what the citizen was promised stays
		return "", fault.Invalid("o2o.confidential_stays", "已保密的诉求不能取消保密").With("field", "confidential")
	}
	st.Change["confidential"], st.Audit["confidential"] = true, true
	return "设为保密", nil
}

// subject names the unit complained of. A unit that works on the request now must lose it first.
func (in Classification) subject(tx model.Tx, r *model.Request, st *step) (string, error) {
	var was int64
	if r.SubjectDepartmentID != nil {
		was = *r.SubjectDepartmentID
	}
	if in.SubjectDepartmentID == nil || *in.SubjectDepartmentID == was {
		return "", nil
	}
	st.Audit["subject_department_id"] = *in.SubjectDepartmentID
	if *in.SubjectDepartmentID == 0 {
		st.Change["subject_department_id"] = nil
		return "取消被反映单位", nil
	}
	if err := unit.Open(tx, *in.SubjectDepartmentID); err != nil {
		return "", err
	}
	var helps int64
	err := tx.Model(&model.RequestHelper{}).Where("request_id = ? AND department_id = ? AND state = ?", r.ID, *in.SubjectDepartmentID, model.HelperOpen).Count(&helps).Error
	if err != nil {
		return "", err
	}
	if helps > 0 || r.DepartmentID != nil && *r.DepartmentID == *in.SubjectDepartmentID {
		return "", fault.Conflict("o2o.subject_works", "该单位正在承办或协办这件诉求，请先退回或取消协办，再登记为被反映单位")
	}
	st.Change["subject_department_id"] = *in.SubjectDepartmentID
	return "登记被反映单位", nil
}

func (in Classification) unitContent(_ model.Tx, r *model.Request, st *step) (string, error) {
	if in.UnitContent == nil || strings.TrimSpace(*in.UnitContent) == r.UnitContent {
		return "", nil
	}
	st.Change["unit_content"] = strings.TrimSpace(*in.UnitContent)
	return cmp.Or(map[bool]string{true: "取消转交内容"}[strings.TrimSpace(*in.UnitContent) == ""], "改写转交内容"), nil
}
