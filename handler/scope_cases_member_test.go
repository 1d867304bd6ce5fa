package handler

import (
	"fmt"
	"time"

	"hongyun/model"
)

// validNumber is an identity number that nobody else in the world has.
func (w *world) validNumber() string {
	n := w.next()
	day := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/400)
	body := fmt.Sprintf("361199%s%03d", day.Format("20060102"), n%400)
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * weight
	}
	return body + string("10X98765432"[sum%11])
}

// worksOrReads: who may see it without administering it hears so.
func worksOrReads(r *role, place string) int {
	switch {
	case r.works(place):
		return allowed
	case r.reads(place):
		return 403
	}
	return 404
}

func memberCases() map[string][]scopeCase {
	form := func() map[string]any {
		return map[string]any{"name": "李小明", "ethnic_group": "汉族", "education": "大学本科", "degree": "学士", "occupation": "工人", "native_place": "江西德兴",
			"work_unit": "某厂", "work_post": "班长", "landline": "0793-7500000", "is_cadre": false, "exempt": false, "group_id": 0, "admitted_on": "2010-07-01",
			"reason": "核对档案"}
	}
	edit := func(w *world, _ *role, place string) attempt {
		_, id, _ := w.freshMember(place)
		body := form()
		body["version"] = 1
		w.must(w.db.Read(w.t.Context()).Exec("UPDATE member SET version = 1 WHERE id = ?", id).Error)
		return attempt{path: fmt.Sprintf("/members/%d", id), body: body}
	}
	identity := func(w *world, _ *role, place string) attempt {
		_, id, _ := w.freshMember(place)
		return attempt{path: fmt.Sprintf("/members/%d/identity", id), body: map[string]any{"reason": "核对入党材料"}}
	}
	own := func(suffix string) scopeCase {
		return scopeCase{own: true, want: signedIn(found(func(r *role, _ string) bool { return r.member != 0 })), make: func(_ *world, r *role, _ string) attempt {
			id := r.member
			if id == 0 {
				id = 999999
			}
			return attempt{path: fmt.Sprintf("/members/%d%s", id, suffix)}
		}}
	}
	return map[string][]scopeCase{
		"POST /api/v1/members": {{places: orgs, make: func(w *world, _ *role, place string) attempt {
			body := form()
			body["org_id"], body["id_number"], body["status"], body["full_on"] = w.org[place], w.validNumber(), model.MemberFull, "2011-07-01"
			body["document_no"], body["joined_on"], body["phone"], body["address"] = "介字1号", "2026-11-01", "13900000001", "某路1号"
			return attempt{path: "/members", body: body}
		}, want: admins(func(r *role, place string) int {
			status := worksOrReads(r, place)
			if own, _ := typeOf(place); status == allowed && own != model.OrgBranch {
				return 400
			}
			return status
		})}},
		"PUT /api/v1/members/{id}": {{places: branches, want: admins(worksOrReads), make: edit}},
		"GET /api/v1/members/{id}/changes": {own("/changes"), {places: branches, want: signedIn(found(reads)), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/members/%d/changes", id)}
		}}},
		"POST /api/v1/members/{id}/identity": {{places: branches, make: identity,
			want: onlyIf(func(r *role) bool { return r.has(model.RoleIdentity) }, func(r *role, place string) int {
				switch {
				case r.over(place, model.RoleIdentity):
					return allowed
				case r.reads(place):
					return 403
				}
				return 404
			})}},
		"GET /api/v1/me/data-access":         to("/me/data-access", members(everybody)),
		"GET /api/v1/member-quality":         to("/member-quality", readers(everybody)),
		"GET /api/v1/member-quality/summary": to("/member-quality/summary", readers(everybody)),
	}
}

// looked is somebody's look at a member's data.
func (w *world) looked(member, account int64) {
	w.t.Helper()
	w.create(&model.MemberAccess{MemberID: member, AccountID: account, ByName: "某", Kind: model.AccessDetail, Day: "2026-11-19", Times: 1, LastAt: w.db.Now()})
}
