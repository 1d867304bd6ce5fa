package handler

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/file/filetest"
)

// themeDay is one of a branch in a state; with its elements it may be completed.
func (w *world) themeDay(branch, state string) int64 {
	w.t.Helper()
	m := model.Meeting{OrgID: w.org[branch], Kind: model.ThemeDay, Month: "2026-11", HeldOn: "2026-11-12", Theme: "学习党章", Content: "学习", Record: "记录",
		Place: "活动室", State: state, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&m)
	return m.ID
}

// attended is a draft with everything in it that a completed theme day needs.
func (w *world) attended(branch string) (id, photo int64) {
	w.t.Helper()
	id = w.themeDay(branch, model.MeetingDraft)
	_, member, _ := w.freshMember(branch)
	w.create(&model.Attendance{MeetingID: id, MemberID: member, Month: "2026-11", Status: model.Present})
	return id, w.photoOf(id)
}

var png = filetest.PNG(1)

func (w *world) photoOf(themeDay int64) int64 {
	w.t.Helper()
	f, err := w.s.Files.SavePhoto(w.t.Context(), 0, "现场.png", png)
	w.must(err)
	w.create(&model.MeetingPhoto{MeetingID: themeDay, FileID: f.ID})
	return f.ID
}

func (w *world) bill(branch string, member int64, month model.Month, state string) int64 {
	w.t.Helper()
	b := model.DuesBill{MemberID: member, OrgID: w.org[branch], Month: month, Category: "FARMER", AmountFen: 20, State: state, CreatedAt: w.db.Now()}
	w.create(&b)
	return b.ID
}

// rebind is an open request to move a fresh member of the branch to a fresh account.
func (w *world) rebind(branch string) int64 {
	w.t.Helper()
	_, member, _ := w.boundMember(branch)
	_, _, account := w.stranger()
	r := model.RebindRequest{AccountID: account, MemberID: member, Reason: "换了手机", State: model.RebindPending, CreatedAt: w.db.Now()}
	w.create(&r)
	return r.ID
}

// message lies in the inbox of a member or an account.
func (w *world) message(to string, id int64) int64 {
	w.t.Helper()
	m := model.Message{Kind: "dues.reminder", RecipientType: to, RecipientID: id, Period: fmt.Sprint("p", w.next()), Data: `{"name":"某","month":"2026年11月","amount":"0.20"}`,
		Month: "2026-11", CreatedAt: w.db.Now()}
	w.create(&m)
	w.create(&model.Delivery{MessageID: m.ID, Kind: m.Kind, Month: m.Month, State: model.DeliveryUnreachable, NotBefore: w.db.Now(), UpdatedAt: w.db.Now()})
	return m.ID
}

// request stands in a state. place is own: sent by the account; window: somebody else's, with no unit; or the unit that has it.
func (w *world) request(place, state string, own int64) int64 {
	w.t.Helper()
	n := w.next()
	r := model.Request{Number: fmt.Sprintf("T%06d", n), Source: model.SourceMiniProgram, AccountID: &own, Category: model.CategoryHelp, Content: "路灯坏了三天",
		State: state, Steps: 1, ClockSeq: 1, ClockFrom: "2026-11-20", ClockDays: 7, Deadline: "2026-12-01", SubmittedAt: w.db.Now(), UpdatedAt: w.db.Now(),
		Clock: map[string]string{model.RequestSubmitted: model.ClockAccept, model.RequestAccepted: model.ClockRefer, model.RequestReferred: model.ClockHandle,
			model.RequestHandling: model.ClockHandle, model.RequestClosed: model.ClockRate}[state]}
	if place != "own" {
		other := model.Account{MPAppID: phonesAppID, OpenID: fmt.Sprint("other-", n), CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
		w.create(&other)
		r.AccountID = &other.ID
	}
	if id, ok := w.units[place]; ok {
		r.DepartmentID = &id
	}
	w.create(&r)
	w.create(&model.RequestStep{RequestID: r.ID, Seq: 1, Action: "submit", ToState: state, ActorType: model.ActorCitizen, At: w.db.Now(), Public: true})
	return r.ID
}

func (w *world) requestPhoto(request int64) int64 {
	w.t.Helper()
	f, err := w.s.Files.SavePhoto(w.t.Context(), 0, "现场.png", png)
	w.must(err)
	w.create(&model.RequestPart{RequestID: request, Type: model.PartImage, FileID: &f.ID, CreatedAt: w.db.Now()})
	return f.ID
}

func (w *world) officialAccount() int64 {
	w.t.Helper()
	a := model.OfficialAccount{AppID: fmt.Sprintf("wx%016d", w.next()), Name: "窗口", DepartmentID: w.units["unit1"], Kind: model.AccountService, OriginalID: "gh_0123456789ab",
		SecretSealed: w.vault.Seal("s"), TokenSealed: w.vault.Seal("t"), AESKeySealed: w.vault.Seal("k"), CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&a)
	return a.ID
}

// workday is a date of 2030 with an arrangement, a different one each time.
func (w *world) workday() model.Date {
	w.t.Helper()
	d := model.Date("2030-01-01").AddDays(w.next())
	w.create(&model.WorkdayOverride{Date: d, Kind: "OFF", Name: "停工"})
	return d
}
