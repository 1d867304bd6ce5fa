package handler

import (
	"fmt"

	"hongyun/model"
)

// lateDues: what is owed, after it was paid, decided or cancelled.
func (w *world) lateDues() []late {
	w.t.Helper()
	_, paid, _ := w.freshMember("ag1")
	bill := w.bill("ag1", paid, "2026-11", model.BillPaid)
	_, twice, _ := w.freshMember("ag1")
	w.create(&model.DuesAssessment{MemberID: twice, Category: "SALARIED", AmountFen: 20, EffectiveMonth: "2026-01", CreatedAt: w.db.Now()})
	relief := w.relief("ag1")
	w.must(w.db.Read(w.t.Context()).Model(&model.DuesRelief{}).Where("id = ?", relief).Update("state", model.ReliefWithdrawn).Error)
	org := w.inside("ag1").ID
	at := func(what, state, path string, id int64, body map[string]any) late {
		return late{what, state, attempt{path: fmt.Sprintf(path, id), body: body}}
	}
	wages := map[string]any{"category": "SALARIED", "base_fen": 300000, "effective_month": "2026-11"}
	return []late{
		at("POST /members/{id}/assessments", "the bill is paid", "/members/%d/assessments", paid, wages),
		at("POST /members/{id}/assessments", "assessed this year", "/members/%d/assessments", twice, wages),
		at("POST /members/{id}/assessments", "a past month", "/members/%d/assessments", twice, map[string]any{"category": "STUDENT", "effective_month": "2026-10"}),
		at("POST /dues/bills/{id}/cancel", "paid", "/dues/bills/%d/cancel", bill, map[string]any{"reason": "x"}),
		at("POST /dues/reliefs/{id}/approve", "withdrawn", "/dues/reliefs/%d/approve", relief, map[string]any{"decision_no": "1"}),
		at("POST /dues/reliefs/{id}/reject", "withdrawn", "/dues/reliefs/%d/reject", relief, map[string]any{"note": "x"}),
		at("POST /dues/reliefs/{id}/withdraw", "withdrawn", "/dues/reliefs/%d/withdraw", relief, nil),
		at("PUT /orgs/{id}/dues-settings", "of another version", "/orgs/%d/dues-settings", org, map[string]any{"pay_for_others": true, "collection_day": 1, "version": 3}),
	}
}
