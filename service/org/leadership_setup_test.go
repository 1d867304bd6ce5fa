package org_test

import (
	"fmt"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/service/org"
)

// house is a small tree on the platform since 2020, on 20 November 2026:
//
//	市委 001 ── 甲委 001001 ─┬─ 总支 001001001 ── 一支部 001001001001 (农村)
//	        │             └─ 二支部 001001002
//	        └─ 乙委 001002 ── 三支部 001002001 (联合)
type house struct {
	*org.Service
	t     *testing.T
	db    *model.DB
	clock *modeltest.Clock
	by    map[string]model.Org
	n     int
}

func eachHouse(t *testing.T, test func(h *house)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(testing.TB, func() time.Time) *model.DB{"sqlite": modeltest.SQLite, "postgres": modeltest.Postgres} {
		t.Run(name, func(t *testing.T) {
			clock := modeltest.At("2026-11-20 08:00:00")
			db := open(t, clock.Now)
			h := &house{t: t, db: db, clock: clock, by: map[string]model.Org{}}
			h.Service = org.New(org.Options{DB: db, Notify: notify.New(notify.Options{DB: db, Kinds: org.Kinds(), Instance: "test"})})
			for _, o := range []struct{ parent, level, path, name, kind string }{
				{"", model.OrgCity, "001", "市委", ""},
				{"市委", model.OrgCommittee, "001001", "甲委", ""},
				{"甲委", model.OrgGeneralBranch, "001001001", "总支", ""},
				{"总支", model.OrgBranch, "001001001001", "一支部", "农村"},
				{"甲委", model.OrgBranch, "001001002", "二支部", ""},
				{"市委", model.OrgCommittee, "001002", "乙委", ""},
				{"乙委", model.OrgBranch, "001002001", "三支部", ""},
			} {
				row := model.Org{Type: o.level, Path: o.path, Name: o.name, Kind: o.kind, IsJoint: o.name == "三支部", Version: 1,
					CreatedAt: modeltest.At("2020-01-01 08:00:00").Now()}
				if parent, ok := h.by[o.parent]; ok {
					row.ParentID = &parent.ID
				}
				h.create(&row)
				h.by[o.name] = row
			}
			test(h)
		})
	}
}

func (h *house) create(row any) {
	h.t.Helper()
	must(h.t, h.db.Read(h.t.Context()).Create(row).Error)
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	must(h.t, h.db.Read(h.t.Context()).Exec(sql, args...).Error)
}

func (h *house) count(sql string, args ...any) int64 {
	h.t.Helper()
	var n int64
	must(h.t, h.db.Read(h.t.Context()).Raw(sql, args...).Scan(&n).Error)
	return n
}

// member is a full member of a branch since 2011, with a vote.
func (h *house) member(at string) int64 {
	h.t.Helper()
	h.n++
	full := model.Date("2011-07-01")
	m := model.Member{OrgID: h.by[at].ID, Name: fmt.Sprintf("党员%d", h.n), IDIndex: fmt.Sprint(h.n), Sex: "MALE", BornOn: "1980-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", FullOn: &full, Version: 1, CreatedAt: h.db.Now(), UpdatedAt: h.db.Now()}
	h.create(&m)
	h.create(&model.MemberSpan{MemberID: m.ID, OrgID: m.OrgID, FromOn: m.AdmittedOn, Reason: model.SpanFirst})
	return m.ID
}

func (h *house) members(at string, n int) (ids []int64) {
	for range n {
		ids = append(ids, h.member(at))
	}
	return ids
}

// admin makes a member of a branch an administrator of an organisation.
func (h *house) admin(at, branch string) (member int64) {
	h.t.Helper()
	member = h.member(branch)
	id := h.by[at].ID
	h.create(&model.RoleGrant{MemberID: &member, Role: model.RoleAdmin, OrgID: &id, GrantedAt: h.db.Now()})
	return member
}

func (h *house) holder(role, at string) access.Viewer {
	h.t.Helper()
	if h.count("SELECT count(*) FROM account") == 0 {
		h.create(&model.Account{MPAppID: "mp", OpenID: "o", CreatedAt: h.db.Now(), LastLoginAt: h.db.Now()})
	}
	o := h.by[at]
	return access.Viewer{AccountID: h.count("SELECT min(id) FROM account"), Grants: []access.Grant{{Role: role, OrgID: o.ID, OrgPath: o.Path, OrgType: o.Type}}}
}

// term records that an organisation has a leadership until a day.
func (h *house) term(at string, elected, ends model.Date) model.OrgTerm {
	h.t.Helper()
	row := model.OrgTerm{OrgID: h.by[at].ID, Number: 1, ElectedOn: elected, EndsOn: ends, CreatedAt: h.db.Now()}
	h.create(&row)
	return row
}

func (h *house) post(at string, member int64, post string) {
	h.t.Helper()
	h.create(&model.OrgPost{OrgID: h.by[at].ID, MemberID: member, Post: post, FromOn: "2024-01-01", CreatedAt: h.db.Now()})
}
