package handler

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"

	"hongyun/model"
)

// course is one of a branch in a state, with nothing but its dates.
func (w *world) course(branch, state string) int64 {
	w.t.Helper()
	number := w.identity()
	day := model.Date("2026-06-01")
	d := model.Development{OrgID: w.org[branch], Name: fmt.Sprintf("申请人%d", w.n), IDSealed: w.vault.Seal(number), IDIndex: w.vault.Index(number), Sex: "FEMALE", BornOn: "1990-01-01",
		EthnicGroup: "汉族", State: state, AppliedOn: day, ProbationMonths: 12, Version: 1, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	switch state {
	case model.DevActivist:
		d.TalkedOn, d.ActivistOn = &day, &day
	case model.DevCandidate:
		d.TalkedOn, d.ActivistOn, d.CandidateOn = &day, &day, &day
	}
	w.create(&d)
	w.create(&model.DevelopmentStep{DevelopmentID: d.ID, Seq: 1, Code: "T1", OnDay: day, RuleSet: "DEV2026", ToState: state, Data: "{}", OrgID: d.OrgID, At: w.db.Now()})
	return d.ID
}

// identity is a valid number that nobody has.
func (w *world) identity() string {
	n := w.next()
	number := fmt.Sprintf("361199%04d0101%03d", 1900+n/1000, n%1000)
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, weight := range weights {
		sum += int(number[i]-'0') * weight
	}
	return number + string("10X98765432"[sum%11])
}

// paper is an uploaded paper of a course.
func (w *world) paper(course int64) int64 {
	w.t.Helper()
	f, err := w.s.Papers.SaveDocument(w.t.Context(), 0, "申请书.pdf", []byte("%PDF-1.7"))
	w.must(err)
	w.create(&model.DevelopmentDocument{DevelopmentID: course, Kind: "入党申请书", Step: "T1", FileID: f.ID, At: w.db.Now()})
	return f.ID
}

// paperForm is the form of an upload with the paper's name and step.
func (w *world) paperForm(kind, step string, body []byte) *bytes.Buffer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	w.must(form.SetBoundary("b"))
	w.must(form.WriteField("kind", kind))
	w.must(form.WriteField("step", step))
	part, err := form.CreateFormFile("file", "材料.pdf")
	w.must(err)
	_, err = part.Write(body)
	w.must(err)
	w.must(form.Close())
	return &b
}

// approves tells whether the role administers a committee, or the city, above the branch: a general branch does not approve.
func (r *role) approves(branch string) bool {
	for _, p := range r.posts {
		if p.role == model.RoleAdmin && (p.at == "city" || p.at == "a" || p.at == "b") && under(branch, p.at) {
			return true
		}
	}
	return false
}

func developmentCases() map[string][]scopeCase {
	work := admins(workedIn)
	approve := admins(func(r *role, place string) int {
		if status := workedIn(r, place); status != allowed || r.approves(place) {
			return status
		}
		return 403
	})
	step := func(state string, want func(*role, string) int, body func(w *world, place string) map[string]any) scopeCase {
		return scopeCase{places: branches, want: want, make: func(w *world, _ *role, place string) attempt {
			b := body(w, place)
			b["version"] = 1
			return attempt{path: fmt.Sprintf("/developments/%d/steps", w.course(place, state)), body: b}
		}}
	}
	plain := func(code string) func(*world, string) map[string]any {
		return func(*world, string) map[string]any { return map[string]any{"code": code, "on_day": "2026-07-01"} }
	}
	return map[string][]scopeCase{
		"GET /api/v1/developments": to("/developments", readers(everybody)),
		"POST /api/v1/developments": {{places: orgs, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/developments", body: map[string]any{"org_id": w.org[place], "name": "李小明", "id_number": w.identity(), "phone": "13800000001",
				"education": "大学本科", "occupation": "", "ethnic_group": "汉族", "work_unit": "某厂", "applied_on": "2026-11-01"}}
		}, want: admins(func(r *role, place string) int {
			status := workedIn(r, place)
			if own, _ := typeOf(place); status == allowed && own != model.OrgBranch {
				return 400
			}
			return status
		})}},
		"GET /api/v1/developments/{id}": {{places: branches, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/developments/%d", w.course(place, model.DevActivist))}
		}}},
		"PUT /api/v1/developments/{id}": {{places: branches, want: work, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/developments/%d", w.course(place, model.DevActivist)), body: map[string]any{"version": 1, "name": "李大明"}}
		}}},
		"POST /api/v1/developments/{id}/steps": {
			step(model.DevActivist, work, func(w *world, place string) map[string]any {
				_, member, _ := w.freshMember(place)
				return map[string]any{"code": "T2a", "on_day": "2026-07-01", "members": []any{map[string]any{"member_id": member}}}
			}),
			step(model.DevApplicant, work, plain("T1a")),
			step(model.DevActivist, approve, plain("T3a")),
		},
		"POST /api/v1/developments/{id}/move": {
			{places: branches, want: work, make: func(w *world, _ *role, place string) attempt {
				return w.moving(place, w.inside(place).ID)
			}},
			{places: branches, make: func(w *world, _ *role, place string) attempt { return w.moving("ag1", w.spare(place).ID) },
				want: admins(func(r *role, place string) int {
					if status := workedIn(r, "ag1"); status != allowed {
						return status
					}
					return workedIn(r, above[place])
				})},
		},
		"POST /api/v1/developments/{id}/documents": {{places: branches, want: work, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/developments/%d/documents", w.course(place, model.DevActivist)), body: w.paperForm("支委会记录", "T2", []byte("%PDF-1.7"))}
		}}},
		"GET /api/v1/development/guidance": {
			{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/development/guidance?org_id=%d", w.org[place])}
			}},
			{want: readers(everybody), make: func(*world, *role, string) attempt { return attempt{path: "/development/guidance"} }},
		},
		"GET /api/v1/me/development": {{own: true, want: members(everybody), make: func(w *world, r *role, _ string) attempt {
			if r.member != 0 {
				id := w.course(strings.Replace(r.home, "own", "ag1", 1), model.DevFull)
				w.must(w.db.Read(w.t.Context()).Model(&model.Development{}).Where("id = ?", id).Update("member_id", r.member).Error)
			}
			return attempt{path: "/me/development"}
		}}},
	}
}

// moving hands an activist of a branch over to another.
func (w *world) moving(branch string, to int64) attempt {
	return attempt{path: fmt.Sprintf("/developments/%d/move", w.course(branch, model.DevActivist)),
		body: map[string]any{"version": 1, "org_id": to, "on_day": "2026-11-01", "note": "调动工作"}}
}

// developmentFileCase is a paper: whoever sees the course sees it.
func developmentFileCase() scopeCase {
	return scopeCase{places: branches, want: signedIn(found(reads)), make: func(w *world, _ *role, place string) attempt {
		return attempt{path: fmt.Sprintf("/files/%d", w.paper(w.course(place, model.DevActivist)))}
	}}
}

// lateDevelopments: steps that the table does not allow in the state, and a version that is not the newest.
func (w *world) lateDevelopments() (all []late) {
	take := func(state, code string, version int) late {
		return late{"POST /developments/{id}/steps", code + " of " + state, attempt{path: fmt.Sprintf("/developments/%d/steps", w.course("ag1", state)),
			body: map[string]any{"version": version, "code": code, "on_day": "2026-11-01"}}}
	}
	from := map[string]string{model.DevApplicant: "T1a T2 T0", model.DevActivist: "T2a T2b T3a T3b T3c T3 T0", model.DevCandidate: "T4a T4b T4c T4d T5 T0",
		model.DevAdmitted: "T6s T6 T6x", model.DevProbationary: "T7 T8a T8 T9a T9 T10a T10", model.DevFull: "T11",
		model.DevRejected: "", model.DevCancelled: "", model.DevWithdrawn: "", model.DevStopped: ""}
	codes := strings.Fields(strings.Join([]string{from[model.DevApplicant], from[model.DevActivist], from[model.DevCandidate], from[model.DevAdmitted], from[model.DevProbationary], from[model.DevFull]}, " "))
	for state, allowed := range from {
		for _, code := range codes {
			if !strings.Contains(" "+allowed+" ", " "+code+" ") {
				all = append(all, take(state, code, 1))
			}
		}
		if allowed == "" {
			id := w.course("ag1", state)
			all = append(all, late{"PUT /developments/{id}", state, attempt{path: fmt.Sprintf("/developments/%d", id), body: map[string]any{"version": 1, "name": "某"}}},
				late{"POST /developments/{id}/move", state, attempt{path: fmt.Sprintf("/developments/%d/move", id), body: map[string]any{"version": 1, "org_id": w.org["ag2"], "on_day": "2026-11-01"}}})
		}
	}
	return append(all, take(model.DevApplicant, "T1a", 2), take(model.DevCandidate, "T5", 1))
}
