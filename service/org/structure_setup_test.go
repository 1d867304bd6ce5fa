package org_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/org"
	"hongyun/service/roster"
)

// county is an empty tree with a city, and whoever administers it.
type county struct {
	*org.Service
	t     rapid.TB
	db    *model.DB
	clock *modeltest.Clock
	city  model.Org
	n     int
}

func counties(t *testing.T, test func(t *testing.T, c *county)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At("2026-11-20 08:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 08:00:00")
		c := &county{Service: org.New(org.Options{DB: db}), t: t, db: db, clock: clock}
		c.begin()
		test(t, c)
	})
}

func (c *county) begin() {
	c.city = model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: c.db.Now(), Version: 1}
	c.insert(&c.city)
}

func (c *county) insert(row any) {
	c.t.Helper()
	must(c.t, c.db.Read(context.Background()).Create(row).Error)
}

func (c *county) tx(fn func(tx model.Tx) error) error { return c.db.Tx(context.Background(), fn) }

// account is somebody with a name, who has signed in.
func (c *county) account(name string) int64 {
	c.t.Helper()
	c.n++
	a := model.Account{MPAppID: "wx", OpenID: fmt.Sprint("o", c.n, name), CreatedAt: c.db.Now(), LastLoginAt: c.db.Now()}
	if name != "" {
		m := c.person(c.city.ID, name)
		a.MemberID = &m.ID
	}
	c.insert(&a)
	return a.ID
}

// person is a member written past the roster, as those who sit in no branch of the test.
func (c *county) person(orgID int64, name string) model.Member {
	c.t.Helper()
	c.n++
	m := model.Member{OrgID: orgID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint("i", c.n), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
		Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: c.db.Now(), UpdatedAt: c.db.Now()}
	c.insert(&m)
	return m
}

// member is enrolled in a branch today.
func (c *county) member(orgID int64) model.Member {
	c.t.Helper()
	c.n++
	m := model.Member{OrgID: orgID, Name: fmt.Sprint("党员", c.n), IDSealed: "x", IDIndex: fmt.Sprint("i", c.n), Sex: "MALE", BornOn: "1980-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01"}
	must(c.t, c.tx(func(tx model.Tx) error { return roster.Enrol(tx, &m, tx.Day()) }))
	return m
}

func (c *county) transfer(member, to int64) error {
	return c.tx(func(tx model.Tx) error {
		_, err := roster.Move(tx, to, tx.Day(), model.SpanTransfer, "SELECT CAST(? AS bigint)", member)
		return err
	})
}

// admin administers an organisation as it is now.
func (c *county) admin(id int64) access.Viewer { return c.holder(model.RoleAdmin, id) }

func (c *county) holder(role string, id int64) access.Viewer {
	c.t.Helper()
	o := c.now(id)
	return access.Viewer{Grants: []access.Grant{{Role: role, OrgID: o.ID, OrgPath: o.Path, OrgType: o.Type}}}
}

func (c *county) now(id int64) model.Org {
	c.t.Helper()
	var o model.Org
	must(c.t, c.db.Read(context.Background()).Where("id = ?", id).Take(&o).Error)
	return o
}

// create sets up an organisation on a day on which nothing else happens.
func (c *county) create(parent int64, level, name string) int64 {
	c.t.Helper()
	card, err := c.Create(context.Background(), c.admin(c.city.ID), org.NewInput{ParentID: parent, Type: level, Fields: org.Fields{Name: name}})
	must(c.t, err)
	return card.ID
}

func (c *county) branch(parent int64, name string) int64 {
	return c.create(parent, model.OrgBranch, name)
}

func (c *county) committee(name string) int64 { return c.create(c.city.ID, model.OrgCommittee, name) }

func (c *county) count(query string, args ...any) int64 {
	c.t.Helper()
	var n int64
	must(c.t, c.db.Read(context.Background()).Raw(query, args...).Scan(&n).Error)
	return n
}

// later moves the clock on by whole days.
func (c *county) later(days int) { c.clock.Add(time.Duration(days) * 24 * time.Hour) }

func (c *county) today() model.Date { return model.DateOf(c.clock.Now()) }

func refused(t rapid.TB, err error, code string) *fault.Fault {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return f
}
