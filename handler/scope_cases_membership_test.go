package handler

import (
	"fmt"

	"hongyun/model"
)

// aside is another branch, far from place.
func aside(place string) string {
	if place == "b1" {
		return "ag2"
	}
	return "b1"
}

// side says who may act for an object that lies at one branch and is seen from another too: acts decides among those who see it.
func side(acts func(r *role, place string) bool) func(*role, string) int {
	return admins(func(r *role, place string) int {
		switch {
		case acts(r, place):
			return allowed
		case r.reads(place) || r.reads(aside(place)):
			return 403
		}
		return 404
	})
}

func seesEither(r *role, place string) bool { return r.reads(place) || r.reads(aside(place)) }

func (w *world) decision(member int64, file *int64) int64 {
	w.t.Helper()
	d := model.StandingDecision{MemberID: member, Kind: model.DecisionLost, DecidedOn: "2026-11-01", EffectiveOn: "2026-11-01", Reason: "失联",
		FileID: file, Before: "ACTIVE", After: "ACTIVE LOST", At: w.db.Now()}
	w.create(&d)
	return d.ID
}

// transfer is an open one; to empty: out of the platform.
func (w *world) transfer(from, to string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(from)
	t := model.Transfer{MemberID: member, FromOrgID: w.org[from], Reason: "调动", State: model.TransferOpen, RequestedAt: w.db.Now()}
	if to == "" {
		t.ToName = "外地"
	} else {
		id := w.org[to]
		t.ToOrgID = &id
	}
	w.create(&t)
	return t.ID
}

// floating is a stay that the home has registered; host empty: outside the platform.
func (w *world) floating(home, host, state string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(home)
	now, id := w.db.Now(), w.org[home]
	f := model.Floating{MemberID: &member, Name: "某", HomeOrgID: &id, Place: "某镇", LeftOn: "2026-01-01", State: state, HomeAt: &now, RegisteredAt: now}
	if host == "" {
		f.HostName = "外地"
	} else {
		id := w.org[host]
		f.HostOrgID = &id
	}
	w.create(&f)
	return f.ID
}

func (w *world) congress(org string) int64 {
	w.t.Helper()
	c := model.Congress{OrgID: w.org[org], Number: int64(10000 + w.next()), Name: "代表大会", HeldOn: "2025-01-01", TermUntil: "2030-01-01", CreatedAt: w.db.Now()}
	w.create(&c)
	return c.ID
}

// seat is a branch below the organisation that holds a congress.
var seat = map[string]string{"city": "d", "a": "ag1", "b": "b1"}

func (w *world) delegate(org string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(seat[org])
	d := model.Delegate{CongressID: w.congress(org), MemberID: member, ElectedBy: "支部", ElectedOn: "2025-01-01", CreatedAt: w.db.Now()}
	w.create(&d)
	return d.ID
}

func membershipCases() map[string][]scopeCase {
	decide := func(kind string) func(w *world, _ *role, place string) attempt {
		return func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/members/%d/decisions", id), body: map[string]any{"kind": kind, "ground": "OTHER", "decided_on": "2026-11-20",
				"effective_on": "2026-11-20", "decided_by": "支部党员大会", "document_no": "1号", "reason": "核实", "org_id": 0, "version": 1}}
		}
	}
	inside := func(step string, body map[string]any) scopeCase { // the receiving branch is at place
		return scopeCase{places: branches, want: side(works), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/transfers/%d/%s", w.transfer(aside(place), place), step), body: body}
		}}
	}
	outside := func(step string, body map[string]any) scopeCase {
		return scopeCase{places: branches, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/transfers/%d/%s", w.transfer(place, ""), step), body: body}
		}}
	}
	refuse := map[string]any{"reason": "材料不全"}
	accept := map[string]any{"moved_on": "2026-11-20", "receipt_no": "回1号"}
	movement := func(path string) []scopeCase {
		return []scopeCase{{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("%s&org_id=%d", path, w.org[place])}
		}}}
	}
	return map[string][]scopeCase{
		"POST /api/v1/members/{id}/decisions": {
			{places: branches, want: admins(worksOrReads), make: decide("LOST")},
			{places: branches, make: decide("SUSPEND"), want: admins(func(r *role, place string) int {
				if status := worksOrReads(r, place); status != allowed || r.works(above[place]) {
					return status
				}
				return 403
			})},
		},
		"GET /api/v1/members/{id}/decisions": {
			{places: branches, want: signedIn(found(reads)), make: func(w *world, _ *role, place string) attempt {
				_, id, _ := w.freshMember(place)
				return attempt{path: fmt.Sprintf("/members/%d/decisions", id)}
			}},
			{own: true, want: signedIn(found(func(r *role, _ string) bool { return r.member != 0 })), make: func(_ *world, r *role, _ string) attempt {
				if r.member == 0 {
					return attempt{path: "/members/999999/decisions"}
				}
				return attempt{path: fmt.Sprintf("/members/%d/decisions", r.member)}
			}},
		},
		"POST /api/v1/standing-decisions/{id}/file": {{places: branches, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/standing-decisions/%d/file", w.decision(id, nil)), body: formFile(w.t, "决定.png", png)}
		}}},
		"POST /api/v1/members/{id}/transfers": {{places: branches, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/members/%d/transfers", id), body: map[string]any{"to_org_id": w.org[aside(place)], "to_name": "", "reason": "调动",
				"letter_no": "介1号", "dues_paid_to": "2026-11", "version": 1}}
		}}},
		"GET /api/v1/transfers": to("/transfers", readers(everybody)),
		"GET /api/v1/transfers/{id}": {
			{places: branches, want: readers(found(seesEither)), make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/transfers/%d", w.transfer(place, aside(place)))}
			}},
			{places: branches, want: readers(found(seesEither)), make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/transfers/%d", w.transfer(aside(place), place))}
			}},
		},
		"POST /api/v1/transfers/{id}/accept": {inside("accept", accept), outside("accept", accept)},
		"POST /api/v1/transfers/{id}/refuse": {inside("refuse", refuse), outside("refuse", refuse)},
		"POST /api/v1/transfers/{id}/withdraw": {{places: branches, want: side(works), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/transfers/%d/withdraw", w.transfer(place, aside(place))), body: map[string]any{"note": "不转了"}}
		}}},
		"GET /api/v1/branches":             to("/branches?q=g", admins(everybody)),
		"GET /api/v1/member-movement":      movement("/member-movement?from=2026-01-01&to=2026-11-20"),
		"GET /api/v1/member-movement/list": movement("/member-movement/list?from=2026-01-01&to=2026-11-20&kind=END"),
	}
}

// decisionFileCase is the document of a decision: for those who may read the member.
func decisionFileCase() scopeCase {
	return scopeCase{places: branches, want: signedIn(found(reads)), make: func(w *world, _ *role, place string) attempt {
		f, err := w.s.Files.SavePhoto(w.t.Context(), 0, "决定.png", png)
		w.must(err)
		_, id, _ := w.freshMember(place)
		w.decision(id, &f.ID)
		return attempt{path: fmt.Sprintf("/files/%d", f.ID)}
	}}
}

func floatingCases() map[string][]scopeCase {
	at := func(suffix string, want func(*role, string) int, body any, state string) []scopeCase { // the home is at place
		return []scopeCase{{places: branches, want: want, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/floating/%d%s", w.floating(place, aside(place), state), suffix), body: body}
		}}}
	}
	confirm := func(step string, body any) []scopeCase {
		return []scopeCase{
			{places: branches, want: side(works), make: func(w *world, _ *role, place string) attempt { // the host, which is missing, is at place
				return attempt{path: fmt.Sprintf("/floating/%d/%s", w.floating(aside(place), place, model.FloatingRegistered), step), body: body}
			}},
			{places: branches, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/floating/%d/%s", w.floating(place, "", model.FloatingRegistered), step), body: body}
			}},
		}
	}
	eitherWorks := side(func(r *role, place string) bool { return r.works(place) || r.works(aside(place)) })
	return map[string][]scopeCase{
		"POST /api/v1/floating/out": {{places: branches, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: "/floating/out", body: map[string]any{"member_id": id, "place": "上海", "reason": "务工", "left_on": "2026-03-01", "expected_until": "2027-03-01",
				"abroad": false, "host_org_id": w.org[aside(place)], "host_name": "", "card_no": "1"}}
		}}},
		"POST /api/v1/floating/in": {{places: branches, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/floating/in", body: map[string]any{"org_id": w.org[place], "name": "外来", "id_number": "", "phone": "13900000000", "home_name": "外省支部",
				"place": "某镇", "reason": "务工", "left_on": "2026-03-01", "expected_until": "2027-03-01", "card_no": "1"}}
		}}},
		"GET /api/v1/floating":                to("/floating", readers(everybody)),
		"GET /api/v1/floating/counts":         to("/floating/counts", readers(everybody)),
		"GET /api/v1/floating/{id}":           at("", readers(found(seesEither)), nil, model.FloatingActive),
		"POST /api/v1/floating/{id}/receipt":  confirm("receipt", map[string]any{"receipt_no": "回1号"}),
		"POST /api/v1/floating/{id}/refuse":   confirm("refuse", map[string]any{"reason": "查无此人"}),
		"POST /api/v1/floating/{id}/end":      at("/end", eitherWorks, map[string]any{"ended_on": "2026-11-20", "reason": "RETURNED", "note": ""}, model.FloatingActive),
		"POST /api/v1/floating/{id}/contacts": at("/contacts", eitherWorks, map[string]any{"on_day": "2026-11-20", "way": "PHONE", "note": "近况良好"}, model.FloatingActive),
		"GET /api/v1/floating/{id}/contacts":  at("/contacts", readers(found(seesEither)), nil, model.FloatingActive),
	}
}

func delegateCases() map[string][]scopeCase {
	hosts := []string{"city", "a", "b"}
	seesSeat := func(r *role, place string) bool { return r.reads(place) || r.reads(seat[place]) }
	acts := func(who func(r *role, place string) bool) func(*role, string) int {
		return admins(func(r *role, place string) int {
			switch {
			case who(r, place):
				return allowed
			case seesSeat(r, place):
				return 403
			}
			return 404
		})
	}
	at := func(suffix string, want func(*role, string) int, body any) []scopeCase {
		return []scopeCase{{places: hosts, want: want, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/delegates/%d%s", w.delegate(place), suffix), body: body}
		}}}
	}
	return map[string][]scopeCase{
		"POST /api/v1/congresses": {{places: orgs, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/congresses", body: map[string]any{"org_id": w.org[place], "number": w.next(), "name": "代表大会", "held_on": "2025-01-01", "term_until": "2030-01-01"}}
		}, want: admins(func(r *role, place string) int {
			status := worksOrReads(r, place)
			if status == allowed && seat[place] == "" {
				return 400
			}
			return status
		})}},
		"GET /api/v1/congresses": to("/congresses", readers(everybody)),
		"POST /api/v1/congresses/{id}/delegates": {{places: hosts, want: admins(worksOrReads), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(seat[place])
			return attempt{path: fmt.Sprintf("/congresses/%d/delegates", w.congress(place)), body: map[string]any{"member_id": id, "elected_by": "支部", "elected_on": "2025-01-01"}}
		}}},
		"GET /api/v1/congresses/{id}/delegates": {{places: hosts, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/congresses/%d/delegates", w.congress(place))}
		}}},
		"GET /api/v1/delegates":           to("/delegates", readers(everybody)),
		"POST /api/v1/delegates/{id}/end": at("/end", acts(works), map[string]any{"ended_on": "2026-11-20", "reason": "辞职"}),
		"POST /api/v1/delegates/{id}/duties": at("/duties", acts(func(r *role, place string) bool { return r.works(place) || r.works(seat[place]) }),
			map[string]any{"on_day": "2026-11-20", "kind": "MEETING", "note": "出席会议"}),
		"GET /api/v1/delegates/{id}/duties": at("/duties", readers(found(seesSeat)), nil),
	}
}
