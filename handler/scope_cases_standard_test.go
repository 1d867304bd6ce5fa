package handler

import (
	"fmt"

	"hongyun/model"
)

// evidence is what a branch directly below the place shows for the first item of its checklist, with a photo.
func (w *world) evidence(place, state string) (branch, id, item, photo int64) {
	w.t.Helper()
	branch = w.inside(place).ID
	w.must(w.db.Read(w.t.Context()).Raw(`SELECT i.id FROM standard_item i JOIN standard_checklist c ON c.id = i.checklist_id
		WHERE c.state = 'PUBLISHED' AND c.org_type = 'BRANCH' AND c.kind = '' AND i.photos = 1 AND NOT i.public ORDER BY i.seq`).Limit(1).Row().Scan(&item))
	e := model.StandardEvidence{OrgID: branch, ItemID: item, State: state, UpdatedAt: w.db.Now()}
	w.create(&e)
	f, err := w.s.Files.SavePhoto(w.t.Context(), 0, "活动室.png", png)
	w.must(err)
	w.create(&model.StandardPhoto{EvidenceID: e.ID, FileID: f.ID, Moment: model.PhotoAfter})
	return branch, e.ID, item, f.ID
}

// checklist is a draft of a checklist for a kind that has none.
func (w *world) checklist() int64 {
	c := model.StandardChecklist{OrgType: model.OrgBranch, Kind: "学校", Version: int64(w.next()), Title: "清单", State: model.ChecklistDraft, CreatedAt: w.db.Now()}
	w.create(&c)
	w.create(&model.StandardItem{ChecklistID: c.ID, Seq: 1, Area: "活动场所", Title: "活动室", Photos: 1})
	return c.ID
}

func standardCases() map[string][]scopeCase {
	list := map[string]any{"org_type": "BRANCH", "kind": "学校", "title": "学校党支部清单",
		"items": []any{map[string]any{"area": "活动场所", "title": "活动室", "requirement": "", "photos": 1, "public": true}}}
	seesBoard := func(r *role, place string) bool { return r.reads(place) || r.home == place }
	item := func(suffix string, body func(w *world) any) []scopeCase {
		return []scopeCase{{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			branch, _, item, photo := w.evidence(place, model.EvidenceDraft)
			path := fmt.Sprintf("/orgs/%d/standard/%d%s", branch, item, suffix)
			if suffix == "/photos/" {
				path += fmt.Sprint(photo)
			}
			return attempt{path: path, body: body(w)}
		}}}
	}
	draft := func(suffix string, body any) []scopeCase {
		return []scopeCase{{want: cityAdmins, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: fmt.Sprintf("/standard/checklists/%d%s", w.checklist(), suffix), body: body}
		}}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/standard/checklists":               to("/standard/checklists", readers(everybody)),
		"POST /api/v1/standard/checklists":              {{want: cityAdmins, make: func(*world, *role, string) attempt { return attempt{path: "/standard/checklists", body: list} }}},
		"PUT /api/v1/standard/checklists/{id}":          draft("", list),
		"POST /api/v1/standard/checklists/{id}/publish": draft("/publish", nil),
		"GET /api/v1/standard/items":                    to("/standard/items", readers(everybody)),
		"GET /api/v1/standard/gallery":                  to("/standard/gallery", members(everybody)),
		"POST /api/v1/standard/evidence/{id}/review": {{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			_, id, _, _ := w.evidence(place, model.EvidenceSubmitted)
			return attempt{path: fmt.Sprintf("/standard/evidence/%d/review", id), body: map[string]any{"approve": true, "note": "合格"}}
		}}},
		"GET /api/v1/orgs/{id}/standard": {{places: orgs, want: signedIn(found(seesBoard)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/standard", w.org[place])}
		}}},
		"GET /api/v1/orgs/{id}/standard/progress": {{places: orgs, want: readers(found(seesBoard)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/standard/progress", w.org[place])}
		}}},
		"POST /api/v1/orgs/{id}/standard/{item_id}/submit":             item("/submit", func(*world) any { return map[string]any{"note": "已完成"} }),
		"POST /api/v1/orgs/{id}/standard/{item_id}/photos":             item("/photos?moment=AFTER", func(w *world) any { return formFile(w.t, "活动室.png", png) }),
		"DELETE /api/v1/orgs/{id}/standard/{item_id}/photos/{file_id}": item("/photos/", func(*world) any { return nil }),
	}
}

// standardPhotoCase is the photo of an item that is no public place: those who read the branch open it.
func standardPhotoCase() scopeCase {
	return scopeCase{places: branches, want: signedIn(found(reads)),
		make: func(w *world, _ *role, place string) attempt {
			_, _, _, photo := w.evidence(place, model.EvidenceApproved)
			return attempt{path: fmt.Sprintf("/files/%d", photo)}
		}}
}
