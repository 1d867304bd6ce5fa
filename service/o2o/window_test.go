package o2o

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
)

// TestDispositions: what the window does at once has a limit of its own each, and counts in its own way (features C7, C11).
func TestDispositions(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		submit := func(category string) int64 { return c.submit(c.citizen, SubmitInput{Category: category}).ID }
		t.Run("an answer has one working day, a consultation three", func(t *testing.T) {
			for category, deadline := range map[string]model.Date{model.CategoryHelp: "2026-11-24", model.CategoryConsult: "2026-11-26"} {
				id := submit(category)
				d, err := c.s.Accept(ctx, c.desk, id, AcceptInput{Disposition: model.DispositionAnswer, Topic: "ROAD"})
				if err != nil || d.Clock != model.ClockAnswer || d.Deadline != deadline || d.Topic != "ROAD" {
					t.Errorf("%s: %s until %s, %v", category, d.Clock, d.Deadline, err)
				}
				must(t, second(c.s.Answer(ctx, c.desk, id, "请携带身份证到窗口办理")))
				if r := c.row(id); r.ReferDue != "" || r.HandleDue != deadline || r.CloseMet == nil || !*r.CloseMet || r.Disposition != model.DispositionAnswer {
					t.Errorf("%+v", r)
				}
			}
		})
		t.Run("what the window solves itself is taken up at once, two steps, and it closes it", func(t *testing.T) {
			id := submit(model.CategoryHelp)
			d, err := c.s.Accept(ctx, c.desk, id, AcceptInput{Disposition: model.DispositionSolve, Note: "我们来办"})
			if err != nil || d.State != model.RequestHandling || len(d.Steps) != 3 || d.Clock != model.ClockHandle || d.Deadline != "2026-11-30" || d.Disposition != model.DispositionSolve {
				t.Fatalf("%+v %v", d, err)
			}
			if _, err := c.s.Close(ctx, c.handler, id, "x"); !fault.Is(err, "not_found") {
				t.Errorf("a unit closes it: %v", err)
			}
			must(t, second(c.s.Close(ctx, c.desk2, id, "窗口已办好")))
			if r := c.row(id); r.ReferDue != "" || r.ReferredOn != "" || r.DepartmentID != nil {
				t.Errorf("%+v", r)
			}
		})
		t.Run("the longer limit of an answer is no way round that of a referral", func(t *testing.T) {
			clock.Set("2026-11-23 10:00:00")
			id := submit(model.CategoryConsult)
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{Disposition: model.DispositionAnswer})))
			clock.Set("2026-11-25 10:00:00")
			must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
			if r := c.row(id); r.ReferDue != "2026-11-24" || r.ReferMet == nil || *r.ReferMet || r.Disposition != model.DispositionRefer {
				t.Errorf("due %s, met %v", r.ReferDue, r.ReferMet)
			}
			clock.Set("2026-11-23 10:00:00")
		})
		t.Run("what there is not is refused, and nothing is left half done", func(t *testing.T) {
			id := submit(model.CategoryHelp)
			for code, in := range map[string]AcceptInput{"o2o.no_disposition": {Disposition: "LATER"}, "o2o.no_topic": {Topic: "NONE", Disposition: model.DispositionSolve},
				"o2o.no_category": {Category: "NONE"}} {
				if _, err := c.s.Accept(ctx, c.desk, id, in); !fault.Is(err, code) {
					t.Errorf("%+v: %v", in, err)
				}
			}
			if r := c.row(id); r.State != model.RequestSubmitted || r.Steps != 1 {
				t.Errorf("%+v", r)
			}
		})
		t.Run("a citizen who is declined reads the reason and where to go", func(t *testing.T) {
			id := submit(model.CategoryHelp)
			if _, err := c.s.Decline(ctx, c.desk, id, "NONE", "请到法院"); !fault.Is(err, "o2o.no_reason") {
				t.Error(err)
			}
			d, err := c.s.Decline(ctx, c.desk, id, "LEGAL", "请向市人民法院立案庭咨询")
			told := c.messages("o2o.declined")
			if err != nil || d.DeclineReason != "LEGAL" || len(told) != 1 || !strings.Contains(told[0].Data, "诉讼、仲裁、复议或信访程序中。请向市人民法院立案庭咨询") {
				t.Errorf("%+v %v %+v", d.View, err, told)
			}
		})
	})
}

func TestClassify(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		must(t, second(c.s.Handle(ctx, c.handler, id, "")))
		must(t, second(c.s.AskExtension(ctx, c.handler, id, 2, "采购")))
		d, err := c.s.GrantExtension(ctx, c.desk, id, 0, "")
		if err != nil || d.Deadline != "2026-12-02" { // 5 + 2 working days
			t.Fatalf("%s %v", d.Deadline, err)
		}
		t.Run("another category counts the open limit again from its first day, with the extension", func(t *testing.T) {
			clock.Set("2026-11-24 10:00:00")
			d, err := c.s.Classify(ctx, c.desk, id, Classification{Category: new(model.CategoryComplaint), Topic: new("ROAD"), Priority: new(int64(2)), Note: "实为投诉"})
			if err != nil || d.Deadline != "2026-12-09" || d.Category != model.CategoryComplaint || d.Topic != "ROAD" || d.Priority != 2 {
				t.Errorf("%+v %v", d.View, err)
			}
			note := "类别由求助改为投诉举报，期限由2026年12月2日改为2026年12月9日；主题：道路交通；调整优先级。实为投诉"
			if last := d.Steps[len(d.Steps)-1]; last.Note != note || last.Clock != "" {
				t.Errorf("%+v", last)
			}
			if r := c.row(id); r.HandleDue != "2026-12-09" || r.ClockDays != 12 {
				t.Errorf("%+v", r)
			}
			d, err = c.s.Classify(ctx, c.desk, id, Classification{Category: new(model.CategoryHelp)})
			if err != nil || d.Deadline != "2026-12-02" {
				t.Errorf("and back: %s %v", d.Deadline, err)
			}
		})
		t.Run("before the acceptance it moves no limit of the work", func(t *testing.T) {
			id := c.submit(c.citizen, SubmitInput{}).ID
			d, err := c.s.Classify(ctx, c.desk, id, Classification{Category: new(model.CategoryUrgent)})
			if r := c.row(id); err != nil || d.Deadline != "2026-11-24" || r.HandleDue != "" || r.ContactBy != nil {
				t.Errorf("%+v %v", r, err)
			}
		})
		t.Run("what makes no sense is refused", func(t *testing.T) {
			for what, w := range map[string]struct {
				in   Classification
				code string
			}{
				"nothing":              {Classification{Note: "x"}, "o2o.nothing_changed"},
				"the same":             {Classification{Category: new(model.CategoryHelp)}, "o2o.nothing_changed"},
				"no such category":     {Classification{Category: new("NONE")}, "o2o.no_category"},
				"no such topic":        {Classification{Topic: new("NONE")}, "o2o.no_topic"},
				"the unit that works":  {Classification{SubjectDepartmentID: &c.roads}, "o2o.subject_works"},
				"no such unit":         {Classification{SubjectDepartmentID: new(int64(999))}, "o2o.no_department"},
				"not confidential, so": {Classification{Confidential: new(false)}, "o2o.nothing_changed"},
			} {
				if _, err := c.s.Classify(ctx, c.desk, id, w.in); !fault.Is(err, w.code) {
					t.Errorf("%s: %v, want %s", what, err, w.code)
				}
			}
		})
		t.Run("confidential once, it stays so; words for the units stand in place of the citizen's", func(t *testing.T) {
			must(t, second(c.s.Classify(ctx, c.desk, id, Classification{Confidential: new(true), UnitContent: new("某路段路灯不亮")})))
			if d, err := c.s.Request(ctx, c.handler, id); err != nil || d.Content != "某路段路灯不亮" || !d.Confidential {
				t.Errorf("%+v %v", d.View, err)
			}
			if _, err := c.s.Classify(ctx, c.desk, id, Classification{Confidential: new(false)}); !fault.Is(err, "o2o.confidential_stays") {
				t.Error(err)
			}
			var trail []model.AuditEntry
			must(t, db.Read(ctx).Where("action = 'o2o.classify'").Find(&trail).Error)
			if last := trail[len(trail)-1]; !strings.Contains(last.After, "confidential") || strings.Contains(last.After, "某路段") {
				t.Errorf("%s", last.After)
			}
		})
		t.Run("the unit complained of sees it no more", func(t *testing.T) {
			must(t, second(c.s.Classify(ctx, c.desk, id, Classification{SubjectDepartmentID: &c.clinics})))
			if _, err := c.s.AskHelp(ctx, c.handler, id, HelpInput{DepartmentID: c.clinics, Part: "x"}); !fault.Is(err, "o2o.subject_unit") {
				t.Error(err)
			}
		})
	})
}

func TestHelpers(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.put(model.RequestHandling) // until 2026-11-30
		if _, err := c.s.Request(ctx, c.stranger, id); !fault.Is(err, "not_found") {
			t.Fatal(err)
		}
		for code, in := range map[string]HelpInput{"o2o.helper_leads": {DepartmentID: c.roads, Part: "x"}, "o2o.no_department": {DepartmentID: 999, Part: "x"},
			"o2o.bad_deadline": {DepartmentID: c.clinics, Part: "x", Deadline: "2026-12-01"}, "o2o.no_note": {DepartmentID: c.clinics}} {
			if _, err := c.s.AskHelp(ctx, c.handler, id, in); !fault.Is(err, code) {
				t.Errorf("%+v: %v, want %s", in, err, code)
			}
		}
		d, err := c.s.AskHelp(ctx, c.handler, id, HelpInput{DepartmentID: c.clinics, Part: "伤者情况"})
		if err != nil || len(d.Helpers) != 1 || d.Helpers[0].Deadline != "2026-11-26" || d.Helpers[0].Part != "伤者情况" { // three working days
			t.Fatalf("%+v %v", d.Helpers, err)
		}
		t.Run("the helper sees it, hands in the own part, and does nothing else", func(t *testing.T) {
			if _, err := c.s.AskHelp(ctx, c.handler, id, HelpInput{DepartmentID: c.clinics, Part: "x"}); !fault.Is(err, "o2o.helper_exists") {
				t.Error(err)
			}
			if told := c.messages(kindToHelper); len(told) != 1 || told[0].RecipientID != c.stranger.AccountID {
				t.Errorf("%+v", told)
			}
			if _, err := c.s.Close(ctx, c.stranger, id, "x"); !fault.Is(err, "auth.forbidden") {
				t.Error(err)
			}
			if _, err := c.s.Close(ctx, c.handler, id, "已修好"); !fault.Is(err, "o2o.helpers_open") {
				t.Errorf("closed over an open part: %v", err)
			}
			if _, err := c.s.HelpDone(ctx, c.stranger, id, c.roads, "x"); !fault.Is(err, "auth.forbidden") {
				t.Errorf("another unit's part: %v", err)
			}
			d, err := c.s.HelpDone(ctx, c.stranger, id, c.clinics, "两人轻伤")
			if err != nil || d.Helpers[0].State != model.HelperDone || d.Helpers[0].Result != "两人轻伤" || len(d.Actions) != 0 {
				t.Errorf("%+v %v", d, err)
			}
			if _, err := c.s.HelpDone(ctx, c.stranger, id, c.clinics, "again"); !fault.Is(err, "auth.forbidden") {
				t.Errorf("a second time: %v", err)
			}
			if told := c.messages(kindHelped); len(told) != 1 || told[0].RecipientID != c.handler.MemberID {
				t.Errorf("%+v", told)
			}
		})
		t.Run("the citizen reads who helps, not what for", func(t *testing.T) {
			own, err := c.s.Request(ctx, c.citizen, id)
			if err != nil || len(own.Helpers) != 1 || own.Helpers[0].DepartmentName != "卫生健康委" || own.Helpers[0].Part+own.Helpers[0].Result != "" {
				t.Errorf("%+v %v", own.Helpers, err)
			}
		})
		t.Run("asked again and cancelled, the unit sees it no more, and it can be closed", func(t *testing.T) {
			must(t, second(c.s.AskHelp(ctx, c.handler, id, HelpInput{DepartmentID: c.clinics, Part: "再查一次", Deadline: "2026-11-24"})))
			clock.Set("2026-11-25 10:00:00")
			if d, err := c.s.Request(ctx, c.stranger, id); err != nil || !d.Helpers[0].Overdue || d.Helpers[0].Result != "" {
				t.Errorf("%+v %v", d.Helpers, err)
			}
			must(t, second(c.s.CancelHelp(ctx, c.chief, id, c.clinics, "不再需要")))
			if _, err := c.s.Request(ctx, c.stranger, id); !fault.Is(err, "not_found") {
				t.Error(err)
			}
			must(t, second(c.s.Close(ctx, c.handler, id, "已修好")))
		})
	})
}
