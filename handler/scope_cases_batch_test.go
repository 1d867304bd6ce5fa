package handler

import (
	"fmt"
	"io"

	"hongyun/model"
	"hongyun/service/dues"
	"hongyun/service/file"
	"hongyun/service/member"
)

func batchCases() map[string][]scopeCase {
	// An import is seen by those who administer its organisation or one above; nobody else hears of it.
	// Assessments hold incomes: by those alone who collect there.
	about := func(suffix, state string, body any) []scopeCase {
		return []scopeCase{{places: orgs, want: duesWorkers(found(works)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/imports/%d%s", w.importOf(place, state), suffix), body: body}
		}}, {places: orgs, want: duesWorkers(found((*role).collects)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/imports/%d%s", w.importAs(dues.KindAssessments, place, state, 0), suffix), body: body}
		}}}
	}
	// A file with identity numbers goes back to who sent it; another administrator needs the permission to read them.
	files := func(suffix string) []scopeCase {
		return []scopeCase{
			{places: orgs, own: true, want: duesWorkers(found(works)), make: func(w *world, r *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/imports/%d%s", w.importBy(place, model.ImportChecked, r.account), suffix)}
			}},
			{places: orgs, own: true, want: duesWorkers(found((*role).collects)), make: func(w *world, r *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/imports/%d%s", w.importAs(dues.KindAssessments, place, model.ImportChecked, r.account), suffix)}
			}},
			{places: orgs, make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/imports/%d%s", w.importOf(place, model.ImportChecked), suffix)}
			}, want: duesWorkers(func(r *role, place string) int {
				if r.works(place) {
					return 403
				}
				return 404
			})},
		}
	}
	// An export is decided by an administrator strictly above; the city's own by another administrator of the city.
	decide := func(suffix string) []scopeCase {
		return []scopeCase{{places: orgs, make: func(w *world, _ *role, place string) attempt {
			_, id, account := w.boundMember("d")
			w.post(id, post{model.RoleLeader, place})
			return attempt{path: fmt.Sprintf("/exports/%d/%s", w.exportOf(place, model.ExportPending, account), suffix), body: map[string]any{"note": "已核对"}}
		}, want: admins(found(func(r *role, place string) bool {
			return place == "city" && r.cityAdmin() || place != "city" && r.works(above[place])
		}))}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/imports/template": to("/imports/template?kind=members", duesWorkers(everybody)),
		"POST /api/v1/imports": {{places: orgs, want: duesWorkers(found(works)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/imports?kind=members&org_id=%d", w.org[place]), body: formFile(w.t, "名册.xlsx", []byte("PK\x03\x04 a workbook"))}
		}}, {places: orgs, want: duesWorkers(found((*role).collects)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/imports?kind=assessments&org_id=%d", w.org[place]), body: formFile(w.t, "核定.xlsx", []byte("PK\x03\x04 a workbook"))}
		}}},
		"GET /api/v1/imports":              to("/imports", duesWorkers(everybody)),
		"GET /api/v1/imports/{id}":         about("", model.ImportChecked, nil),
		"GET /api/v1/imports/{id}/errors":  about("/errors", model.ImportChecked, nil),
		"GET /api/v1/imports/{id}/result":  files("/result"),
		"GET /api/v1/imports/{id}/source":  files("/source"),
		"POST /api/v1/imports/{id}/import": about("/import", model.ImportChecked, map[string]any{"skip_bad": true}),
		"POST /api/v1/imports/{id}/undo":   about("/undo", model.ImportImported, nil),
		"POST /api/v1/exports": {{want: readers(everybody), make: func(*world, *role, string) attempt {
			return attempt{path: "/exports", body: map[string]any{"kind": "members", "filter": map[string]any{}, "reason": "年报核对", "identity": false}}
		}}},
		"GET /api/v1/exports":               to("/exports", readers(everybody)),
		"POST /api/v1/exports/{id}/approve": decide("approve"),
		"POST /api/v1/exports/{id}/reject":  decide("reject"),
		"GET /api/v1/exports/{id}/file": {
			{own: true, want: readers(everybody), make: func(w *world, r *role, _ string) attempt {
				place := "" // above everything that the role reads
				for _, p := range r.posts {
					switch {
					case p.role != model.RoleLeader && p.role != model.RoleAdmin:
					case place == "":
						place = p.at
					default:
						place = "city"
					}
				}
				if place == "" {
					place = "d"
				}
				return attempt{path: fmt.Sprintf("/exports/%d/file", w.exportOf(place, model.ExportReady, max(r.account, 1)))}
			}},
			{places: orgs, want: readers(func(*role, string) int { return 404 }), make: func(w *world, _ *role, place string) attempt {
				_, _, account := w.boundMember("d")
				return attempt{path: fmt.Sprintf("/exports/%d/file", w.exportOf(place, model.ExportReady, account))}
			}},
		},
	}
}

// sealed is a file as imports and exports keep them.
func (w *world) sealed() int64 {
	w.t.Helper()
	f, err := w.s.Files.Sealed(w.vault).Save(w.t.Context(), 0, "名册.xlsx", file.ExcelMIME, func(to io.Writer) error {
		_, err := io.WriteString(to, "a workbook")
		return err
	})
	w.must(err)
	return f.ID
}

func (w *world) importOf(place, state string) int64 { return w.importBy(place, state, 0) }

// importBy is an import that an account has sent; 0: it came by the command line.
func (w *world) importBy(place, state string, account int64) int64 {
	return w.importAs(member.KindMembers, place, state, account)
}

func (w *world) importAs(kind, place, state string, account int64) int64 {
	w.t.Helper()
	result := w.sealed()
	b := model.ImportBatch{Kind: kind, OrgID: w.org[place], FileID: w.sealed(), ResultFileID: &result, State: state, Total: 2, Done: 2, Bad: 1,
		CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	if account != 0 {
		b.CreatedBy = &account
	}
	w.create(&b)
	return b.ID
}

func (w *world) exportOf(place, state string, account int64) int64 {
	w.t.Helper()
	e := model.ExportBatch{Kind: member.KindMembers, OrgID: w.org[place], Filter: w.vault.Seal("{}"), Title: "党员名册", Reason: "年报核对", Total: 600, State: state,
		CreatedBy: account, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	if state == model.ExportReady {
		id := w.sealed()
		e.FileID = &id
	}
	w.create(&e)
	return e.ID
}
