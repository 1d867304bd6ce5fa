package handler

import (
	"fmt"
	"maps"

	"hongyun/model"
	"hongyun/service/ledger"
)

// duesWorkers administer or collect somewhere.
func duesWorkers(then func(r *role, place string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool { return r.has(model.RoleAdmin, model.RoleCollector) }, then)
}

// handlesDues administers or collects there.
func handlesDues(r *role, place string) bool { return r.works(place) || r.collects(place) }

// mayOf answers 403 to who sees and may not.
func mayOf(may, sees func(r *role, place string) bool) func(r *role, place string) int {
	return func(r *role, place string) int {
		switch {
		case may(r, place):
			return allowed
		case sees(r, place):
			return 403
		}
		return 404
	}
}

func moneyCases() map[string][]scopeCase {
	input := func(w *world, path, place string) map[string]any {
		body := map[string]any{"org_id": w.org[place], "amount_fen": 100, "day": "2026-11-19"}
		more := map[string]map[string]any{"/dues/deposits": {"slip_no": fmt.Sprint("S", w.next())}, "/dues/remittances": {"quarter": "2026Q3", "document_no": "D1"},
			"/dues/uses": {"category": "TRAINING", "purpose": "培训", "voucher_no": "V1", "decided_on": "2026-11-10"}}
		maps.Copy(body, more[path])
		return body
	}
	record := func(path string, want func(*role, string) int) []scopeCase {
		return []scopeCase{{places: orgs, want: want, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: path, body: input(w, path, place)}
		}}}
	}
	act := func(path, verb, state string, entry func(w *world, place, state string) int64, want func(*role, string) int) []scopeCase {
		return []scopeCase{{places: orgs, want: want, make: func(w *world, _ *role, place string) attempt {
			a := attempt{path: fmt.Sprintf("%s/%d/%s", path, entry(w, place, state), verb)}
			if verb != "confirm" {
				a.body = map[string]any{"reason": "金额有误"}
			}
			return a
		}}}
	}
	receives := func(r *role, place string) bool {
		return place == "city" && r.works("city") || place != "city" && r.works(above[place])
	}
	readsOrCollects := func(r *role, place string) bool { return r.reads(place) || r.collects(place) }
	published := func(r *role, place string) bool { return r.reads(place) || r.home != "" && under(r.home, place) }
	years := map[string]int{}
	deposit, remittance, use := duesWorkers(found(handlesDues)), admins(mayOf(receives, reads)), duesWorkers(mayOf(handlesDues, readsOrCollects))
	return map[string][]scopeCase{
		"POST /api/v1/dues/deposits":                 record("/dues/deposits", duesWorkers(mayOf(handlesDues, reads))),
		"GET /api/v1/dues/deposits":                  to("/dues/deposits", duesWorkers(everybody)),
		"POST /api/v1/dues/deposits/{id}/confirm":    act("/dues/deposits", "confirm", model.EntryRecorded, (*world).deposit, deposit),
		"POST /api/v1/dues/deposits/{id}/reject":     act("/dues/deposits", "reject", model.EntryRecorded, (*world).deposit, deposit),
		"POST /api/v1/dues/deposits/{id}/reverse":    act("/dues/deposits", "reverse", model.EntryConfirmed, (*world).deposit, deposit),
		"GET /api/v1/dues/shares":                    to("/dues/shares", duesReaders(everybody)),
		"GET /api/v1/dues/remittances/due":           to("/dues/remittances/due?quarter=2026Q3", readers(everybody)),
		"POST /api/v1/dues/remittances":              record("/dues/remittances", admins(mayOf(works, reads))),
		"GET /api/v1/dues/remittances":               to("/dues/remittances", readers(everybody)),
		"POST /api/v1/dues/remittances/{id}/confirm": act("/dues/remittances", "confirm", model.EntryRecorded, (*world).remittance, remittance),
		"POST /api/v1/dues/remittances/{id}/reject":  act("/dues/remittances", "reject", model.EntryRecorded, (*world).remittance, remittance),
		"POST /api/v1/dues/remittances/{id}/reverse": act("/dues/remittances", "reverse", model.EntryConfirmed, (*world).remittance, remittance),
		"POST /api/v1/dues/uses":                     record("/dues/uses", admins(mayOf(works, reads))),
		"GET /api/v1/dues/uses":                      to("/dues/uses", duesReaders(everybody)),
		"POST /api/v1/dues/uses/{id}/confirm":        act("/dues/uses", "confirm", model.EntryRecorded, (*world).use, use),
		"POST /api/v1/dues/uses/{id}/reject":         act("/dues/uses", "reject", model.EntryRecorded, (*world).use, use),
		"POST /api/v1/dues/uses/{id}/reverse":        act("/dues/uses", "reverse", model.EntryConfirmed, (*world).use, use),
		"GET /api/v1/dues/balances":                  to("/dues/balances", duesWorkers(everybody)),
		"GET /api/v1/dues/balances/entries": {{places: orgs, want: duesWorkers(found(handlesDues)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/dues/balances/entries?kind=CASH&org_id=%d", w.org[place])}
		}}},
		"PUT /api/v1/dues/shares": {{want: cityAdmins, make: func(*world, *role, string) attempt {
			return attempt{path: "/dues/shares", body: map[string]any{"org_type": "CITY", "share_bp": 500, "effective_from": "2026Q4", "clause": "按规定"}}
		}}},
		"GET /api/v1/orgs/{id}/dues-publications": {{places: orgs, want: signedIn(found(published)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/dues-publications", w.org[place])}
		}}},
		"GET /api/v1/orgs/{id}/dues-publications/preview": {{places: orgs, want: admins(mayOf(works, published)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/dues-publications/preview?year=2026", w.org[place])}
		}}},
		"POST /api/v1/orgs/{id}/dues-publications": {{places: orgs, want: admins(mayOf(works, published)), make: func(w *world, _ *role, place string) attempt {
			years[place]++
			return attempt{path: fmt.Sprintf("/orgs/%d/dues-publications", w.org[place]), body: map[string]any{"year": 2026 - years[place]%25 - 1, "note": ""}}
		}}},
	}
}

// fund puts money into an account.
func (w *world) fund(a ledger.Account) {
	w.t.Helper()
	w.must(w.db.Tx(w.t.Context(), func(tx model.Tx) error {
		_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprint("fund/", w.next()), Kind: "dues.surplus", From: ledger.DuesSurplus(), To: a, Amount: 1000})
		return err
	}))
}

// deposit is one of an organisation in a state, with money on both sides.
func (w *world) deposit(at, state string) int64 {
	w.t.Helper()
	w.fund(ledger.DuesCash(w.org[at]))
	w.fund(ledger.DuesAccount(w.org[at]))
	d := model.DuesDeposit{OrgID: w.org[at], AmountFen: 100, Day: "2026-11-19", SlipNo: fmt.Sprint("S", w.next()), State: state, RecordedAt: w.db.Now()}
	w.create(&d)
	return d.ID
}

// remittance goes to the organisation above, or out of the platform.
func (w *world) remittance(at, state string) int64 {
	w.t.Helper()
	w.fund(ledger.DuesAccount(w.org[at]))
	r := model.DuesRemittance{OrgID: w.org[at], Quarter: "2026Q3", AmountFen: 100, Day: "2026-11-19", State: state, RecordedAt: w.db.Now()}
	if up, ok := w.org[above[at]]; ok {
		w.fund(ledger.DuesAccount(up))
		r.ToOrgID = &up
	}
	w.create(&r)
	return r.ID
}

func (w *world) use(at, state string) int64 {
	w.t.Helper()
	w.fund(ledger.DuesAccount(w.org[at]))
	u := model.DuesUse{OrgID: w.org[at], Category: "TRAINING", AmountFen: 100, Day: "2026-11-19", Purpose: "培训", DecidedOn: "2026-11-10", State: state, RecordedAt: w.db.Now()}
	w.create(&u)
	return u.ID
}
