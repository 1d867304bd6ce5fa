package handler

import (
	"fmt"
	"maps"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// story is a course that is followed over HTTP, by the administrators of branch ag1 and of committee a.
type story struct {
	*world
	branch, committee *role
	id                int64
	version           float64
	voters            []int64
}

func newStory(t *testing.T, db *model.DB) *story {
	s := &story{world: newWorld(t, db)}
	for _, r := range s.cast {
		switch r.name {
		case "admin of ag1":
			s.branch = r
		case "admin of a":
			s.committee = r
		}
	}
	for range 3 { // of all the members there these three have a vote
		_, id, _ := s.freshMember("ag1")
		s.must(db.Read(t.Context()).Model(&model.Member{}).Where("id = ?", id).Update("full_on", "2011-07-01").Error)
		s.create(&model.MemberSpan{MemberID: id, OrgID: s.org["ag1"], FromOn: "2010-07-01", Reason: model.SpanFirst})
		s.voters = append(s.voters, id)
	}
	return s
}

func (s *story) send(r *role, method, path string, body any, status int) map[string]any {
	s.t.Helper()
	got, out := s.try(r, method, attempt{path: path, body: body})
	if got != status {
		s.t.Fatalf("%s %s %v: %d %v, want %d", method, path, body, got, out, status)
	}
	return out
}

func (s *story) apply(on string) {
	s.t.Helper()
	out := s.send(s.branch, "POST", "/developments", map[string]any{"org_id": s.org["ag1"], "name": "李小明", "id_number": s.identity(), "education": "大学本科", "applied_on": on}, 201)
	s.id, s.version = int64(out["id"].(float64)), out["version"].(float64)
	s.upload("T1", "入党申请书")
}

func (s *story) upload(step string, kinds ...string) {
	s.t.Helper()
	for _, kind := range kinds {
		s.send(s.branch, "POST", fmt.Sprintf("/developments/%d/documents", s.id), s.paperForm(kind, step, []byte("%PDF-1.7 "+kind)), 201)
	}
}

// take records a step and answers with the page; status 201 is the usual one.
func (s *story) take(r *role, code, on string, more map[string]any, status int) map[string]any {
	s.t.Helper()
	body := map[string]any{"version": s.version, "code": code, "on_day": on}
	maps.Copy(body, more)
	out := s.send(r, "POST", fmt.Sprintf("/developments/%d/steps", s.id), body, status)
	if status == 201 {
		s.version = out["version"].(float64)
	}
	return out
}

func (s *story) named(n int) map[string]any {
	var list []any
	for _, id := range s.voters[:n] {
		list = append(list, map[string]any{"member_id": id})
	}
	return map[string]any{"members": list}
}

// aye is a vote of all three that carries.
func aye() map[string]any {
	return map[string]any{"person_present": true, "present": 3, "yes": 2, "no": 1}
}

// admit goes on from a candidate to an approved probationary member.
func (s *story) admit(from model.Date, admitted, approved string) {
	s.t.Helper()
	s.upload("T4a", "介绍人意见")
	s.upload("T4b", "政治审查报告")
	s.upload("T4c", "结业证明")
	s.take(s.branch, "T4a", string(from), s.named(2), 201)
	s.take(s.branch, "T4b", string(from), nil, 201)
	s.take(s.branch, "T4c", string(from), map[string]any{"days": 3}, 201)
	s.upload("T4d", "预审意见", "入党志愿书")
	s.take(s.branch, "T4d", string(from), nil, 403)
	s.take(s.committee, "T4d", string(from), nil, 201)
	if out := s.take(s.branch, "T5", admitted, aye(), 409); fmt.Sprint(out["details"]) != "map[papers:[支部大会决议 票决记录]]" {
		s.t.Fatal(out)
	}
	s.upload("T5", "支部大会决议", "票决记录")
	s.take(s.branch, "T5", admitted, aye(), 201)
	s.upload("T6", "审批意见", "谈话记录")
	s.take(s.branch, "T6", approved, nil, 403)
	s.take(s.committee, "T6", approved, nil, 201)
}

// convert goes on to full membership and the archive.
func (s *story) convert(oath, meeting, approved, archived string) map[string]any {
	s.t.Helper()
	s.upload("T7", "宣誓记录")
	s.take(s.branch, "T7", oath, nil, 201)
	s.upload("T8", "转正申请书", "考察表")
	s.take(s.branch, "T8a", meeting, aye(), 201)
	s.upload("T8", "决议", "审批")
	s.take(s.committee, "T8", approved, nil, 201)
	s.upload("T11", "归档目录")
	return s.take(s.branch, "T11", archived, nil, 201)
}

func TestDevelopment(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2029-03-01 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		all := newStory(t, db)
		t.Run("from the application to the archive under the regulation of 2026", func(t *testing.T) {
			s := &story{world: all.world, branch: all.branch, committee: all.committee, voters: all.voters}
			s.apply("2026-06-01")
			if out := s.take(s.branch, "T2", "2026-06-10", map[string]any{"filed_on": "2026-06-10"}, 400); out["code"] != "DEV-E02" {
				t.Fatal(out)
			}
			s.upload("T1a", "谈话记录")
			s.take(s.branch, "T1a", "2026-06-20", nil, 201)
			s.upload("T2", "推荐（推优）材料", "支委会记录", "积极分子备案表")
			s.take(s.branch, "T2", "2026-07-01", map[string]any{"filed_on": "2026-07-02"}, 201)
			s.upload("T2a", "培养联系人登记")
			s.take(s.branch, "T2a", "2026-07-01", s.named(2), 201)
			s.upload("T2b", "培养考察登记表")
			s.take(s.branch, "T2b", "2026-12-31", nil, 201)
			s.take(s.branch, "T2b", "2027-06-20", nil, 201)
			s.take(s.committee, "T3a", "2027-06-21", nil, 201)
			notice := s.take(s.branch, "T3b", "2027-06-28", nil, 201)["notice"].(map[string]any)
			if notice["ends_on"] != "2027-07-02" {
				t.Fatal(notice)
			}
			s.take(s.branch, "T3c", "2027-07-02", nil, 201)
			s.upload("T3", "征求意见记录", "支委会记录", "上级同意意见", "公示及结果")
			if out := s.take(s.branch, "T3", "2027-07-02", nil, 400); out["code"] != "DEV-E05" {
				t.Fatal(out)
			}
			s.take(s.branch, "T3", "2027-07-05", nil, 201)
			s.admit("2027-07-20", "2027-08-10", "2027-09-01")
			out := s.convert("2027-09-20", "2028-08-10", "2028-09-10", "2028-09-30")
			if out["state"] != model.DevFull || len(out["missing_papers"].([]any)) != 0 || len(out["deadlines"].([]any)) != 0 || out["dates"].(map[string]any)["probation_ends_on"] != "2028-08-10" {
				t.Fatal(out)
			}
			for _, step := range out["steps"].([]any) {
				if step := step.(map[string]any); step["warnings"] != "" {
					t.Errorf("%v was late: %v", step["code"], step["warnings"])
				}
			}
			member := s.send(s.branch, "GET", fmt.Sprintf("/members/%.0f", out["member_id"]), nil, 200)
			if member["status"] != model.MemberFull || member["admitted_on"] != "2027-08-10" || member["full_on"] != "2028-08-10" {
				t.Error(member)
			}
			for _, doc := range out["documents"].([]any) {
				s.send(s.branch, "GET", fmt.Sprintf("/files/%.0f", doc.(map[string]any)["file_id"]), nil, 200)
			}
		})
		t.Run("begun under the regulation of 2014, ended under that of 2026", func(t *testing.T) {
			s := &story{world: all.world, branch: all.branch, committee: all.committee, voters: all.voters}
			s.apply("2024-06-03")
			s.upload("T1a", "谈话记录")
			s.upload("T2a", "培养联系人登记")
			s.take(s.branch, "T1a", "2024-06-20", nil, 201)
			s.upload("T2", "推荐（推优）材料", "支委会记录", "积极分子备案表")
			s.take(s.branch, "T2", "2024-07-01", map[string]any{"filed_on": "2024-07-01"}, 201)
			s.take(s.branch, "T2a", "2024-07-01", s.named(1), 201)
			s.upload("T3", "征求意见记录", "支委会记录") // neither consent nor notice
			s.take(s.branch, "T3", "2026-05-17", nil, 201)
			s.admit("2026-05-18", "2026-06-18", "2026-07-10")
			out := s.convert("2026-08-10", "2027-06-18", "2027-07-01", "2027-07-15")
			editions := map[string]bool{}
			for _, step := range out["steps"].([]any) {
				editions[fmt.Sprint(step.(map[string]any)["rule_set"])] = true
			}
			if out["state"] != model.DevFull || !editions["DEV2014"] || !editions["DEV2026"] {
				t.Error(out["state"], editions)
			}
		})
		t.Run("who saw an older version hears what was done since", func(t *testing.T) {
			s := &story{world: all.world, branch: all.branch, committee: all.committee, voters: all.voters}
			s.apply("2026-06-01")
			s.take(s.committee, "T1a", "2026-06-20", nil, 201)
			s.version = 1
			out := s.take(s.branch, "T1a", "2026-06-21", nil, 409)
			details := out["details"].(map[string]any)
			change := details["changes"].([]any)[0].(map[string]any)
			if out["code"] != "development.changed" || details["version"] != 2.0 || change["title"] != "派人谈话" || change["on_day"] != "2026-06-20" || change["by_name"] == "" {
				t.Error(out)
			}
		})
	})
}
