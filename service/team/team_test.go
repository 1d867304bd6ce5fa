package team_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/team"
)

// county has 市委 ── 甲委 ── 一支部 and 市委 ── 乙委, two units, and members of the branch.
type county struct {
	*team.Service
	t                            *testing.T
	db                           *model.DB
	org                          map[string]model.Org
	roads, water                 model.Department
	admin, other, unit, rival    access.Viewer // administrators of 甲委 and 乙委, handlers of the two units
	window, citizen, member1, m2 access.Viewer
	outsider                     access.Viewer
	n                            int
}

func each(t *testing.T, test func(t *testing.T, c *county)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 08:00:00").Now, func(t *testing.T, db *model.DB) {
		n := notify.New(notify.Options{DB: db, Kinds: team.Kinds(), Instance: "test"})
		c := &county{Service: team.New(db, file.New(db, t.TempDir()), n), t: t, db: db, org: map[string]model.Org{}}
		for _, o := range []struct{ parent, level, path, name string }{
			{"", model.OrgCity, "001", "市委"}, {"市委", model.OrgCommittee, "001001", "甲委"}, {"甲委", model.OrgBranch, "001001001", "一支部"},
			{"市委", model.OrgCommittee, "001002", "乙委"},
		} {
			row := model.Org{Type: o.level, Path: o.path, Name: o.name, CreatedAt: db.Now()}
			if p, ok := c.org[o.parent]; ok {
				row.ParentID = &p.ID
			}
			c.create(&row)
			c.org[o.name] = row
		}
		c.roads, c.water = model.Department{Name: "住建局", CreatedAt: db.Now()}, model.Department{Name: "水利局", CreatedAt: db.Now()}
		c.create(&c.roads)
		c.create(&c.water)
		c.admin, c.other = c.account("", c.at(model.RoleAdmin, "甲委")), c.account("", c.at(model.RoleAdmin, "乙委"))
		c.unit = c.account("", access.Grant{Role: model.RoleDepartmentHandler, DepartmentID: c.roads.ID})
		c.rival = c.account("", access.Grant{Role: model.RoleDepartmentHandler, DepartmentID: c.water.ID})
		c.window, c.citizen = c.account("", c.at(model.RoleDesk, "市委")), c.account("")
		c.member1, c.m2, c.outsider = c.account("张三"), c.account("李四"), c.account("王五")
		test(t, c)
	})
}

func (c *county) at(role, org string) access.Grant {
	o := c.org[org]
	return access.Grant{Role: role, OrgID: o.ID, OrgPath: o.Path, OrgType: o.Type}
}

func (c *county) create(row any) {
	c.t.Helper()
	must(c.t, c.db.Read(c.t.Context()).Create(row).Error)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// account is somebody with grants; with a name, a member of the branch.
func (c *county) account(name string, grants ...access.Grant) access.Viewer {
	c.t.Helper()
	c.n++
	v := access.Viewer{Name: name, Grants: grants}
	a := model.Account{MPAppID: "wx", OpenID: fmt.Sprint("o", c.n), CreatedAt: c.db.Now(), LastLoginAt: c.db.Now()}
	if name != "" {
		m := model.Member{OrgID: c.org["一支部"].ID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint(c.n), Sex: "MALE", BornOn: "1980-01-01", Status: "FULL",
			Standing: model.StandingActive, AdmittedOn: "2005-07-01", CreatedAt: c.db.Now(), UpdatedAt: c.db.Now()}
		c.create(&m)
		a.MemberID, v.MemberID, v.OrgID, v.OrgPath = &m.ID, m.ID, m.OrgID, c.org["一支部"].Path
	}
	c.create(&a)
	v.AccountID = a.ID
	return v
}

// request is one of the citizen's that the roads unit works on.
func (c *county) request(change func(*model.Request)) int64 {
	c.t.Helper()
	c.n++
	r := model.Request{Number: fmt.Sprintf("HY20261118-%04d", c.n), Source: model.SourceMiniProgram, AccountID: &c.citizen.AccountID, Category: model.CategoryHelp, Content: "水管漏水",
		State: model.RequestHandling, DepartmentID: &c.roads.ID, Clock: model.ClockHandle, Deadline: "2026-11-25", SubmittedAt: c.db.Now(), UpdatedAt: c.db.Now(), Steps: 4}
	if change != nil {
		change(&r)
	}
	c.create(&r)
	return r.ID
}

func (c *county) team(in team.Input) team.View {
	c.t.Helper()
	c.n++
	if in.Name == "" {
		in.Name = fmt.Sprint("服务队", c.n)
	}
	in.OrgID = c.org["甲委"].ID
	t, err := c.Add(c.t.Context(), c.admin, in)
	must(c.t, err)
	return t
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// photo is a picture of one dot.
func photo(t *testing.T) []byte {
	t.Helper()
	var body bytes.Buffer
	must(t, png.Encode(&body, image.NewGray(image.Rect(0, 0, 1, 1))))
	return body.Bytes()
}

// told is how many messages of a kind wait for somebody.
func (c *county) told(kind string) int64 {
	c.t.Helper()
	var n int64
	must(c.t, c.db.Read(c.t.Context()).Raw("SELECT count(*) FROM message WHERE kind = ?", kind).Scan(&n).Error)
	return n
}

func TestTeams(t *testing.T) {
	each(t, func(t *testing.T, c *county) {
		ctx := t.Context()
		in := team.Input{Name: "先锋服务队", OrgID: c.org["甲委"].ID, Skills: []string{"REPAIR"}, Areas: []string{"银城街道"}, MemberIDs: []int64{c.member1.MemberID, c.m2.MemberID}, LeaderID: &c.member1.MemberID}
		made, err := c.Add(ctx, c.admin, in)
		must(t, err)
		t.Run("an administrator sets one up, and the same name stands once", func(t *testing.T) {
			if len(made.Members) != 2 || made.LeaderName != "张三" || !slices.Equal(made.Skills, []string{"REPAIR"}) || made.Version != 1 {
				t.Fatalf("%+v", made)
			}
			_, err := c.Add(ctx, c.admin, in)
			refused(t, err, "team.exists")
		})
		t.Run("what the lists do not know is refused", func(t *testing.T) {
			for code, change := range map[string]func(*team.Input){
				"team.no_skill": func(in *team.Input) { in.Skills = []string{"FLYING"} }, "team.no_member": func(in *team.Input) { in.MemberIDs = []int64{999} },
				"team.leader": func(in *team.Input) { in.LeaderID = &c.outsider.MemberID }, "team.no_department": func(in *team.Input) { in.DepartmentID = new(int64) },
			} {
				bad := in
				bad.Name = code
				change(&bad)
				_, err := c.Add(ctx, c.admin, bad)
				refused(t, err, code)
			}
			_, err := c.Add(ctx, c.other, in)
			refused(t, err, "not_found")
		})
		t.Run("a change names the version that one saw", func(t *testing.T) {
			in := in
			in.MemberIDs, in.Areas = []int64{c.member1.MemberID}, nil
			after, err := c.Edit(ctx, c.admin, made.ID, team.Change{Input: in, Version: 1})
			must(t, err)
			if len(after.Members) != 1 || after.Version != 2 || len(after.Areas) != 0 {
				t.Fatalf("%+v", after)
			}
			_, err = c.Edit(ctx, c.admin, made.ID, team.Change{Input: in, Version: 1})
			refused(t, err, "team.stale")
			_, err = c.Edit(ctx, c.unit, made.ID, team.Change{Input: in, Version: 2})
			refused(t, err, "auth.forbidden")
		})
		t.Run("it is seen by its members, its administrators and whoever gives orders", func(t *testing.T) {
			for name, want := range map[string]struct {
				v access.Viewer
				n int
			}{"member": {c.member1, 1}, "former member": {c.m2, 0}, "unit": {c.unit, 1}, "window": {c.window, 1}, "admin": {c.admin, 1}, "other admin": {c.other, 0}, "citizen": {c.citizen, 0}} {
				rows, err := c.Teams(ctx, want.v)
				if err != nil || len(rows) != want.n {
					t.Errorf("%s sees %d teams, %v", name, len(rows), err)
				}
			}
		})
		t.Run("the roster takes members of the team, from today on", func(t *testing.T) {
			rows, err := c.SetDuty(ctx, c.member1, made.ID, "2026-11-21", []int64{c.member1.MemberID}) // its leader
			if err != nil || len(rows) != 1 || rows[0].Name != "张三" {
				t.Fatalf("%+v, %v", rows, err)
			}
			_, err = c.SetDuty(ctx, c.admin, made.ID, "2026-11-21", []int64{c.outsider.MemberID})
			refused(t, err, "team.not_in_team")
			_, err = c.SetDuty(ctx, c.admin, made.ID, "2026-11-19", nil)
			refused(t, err, "team.past_day")
			_, err = c.SetDuty(ctx, c.unit, made.ID, "2026-11-21", nil)
			refused(t, err, "auth.forbidden")
			_, err = c.Roster(ctx, c.unit, made.ID, "2026-11-01", "2027-11-01")
			refused(t, err, "team.span")
			rows, err = c.Roster(ctx, c.unit, made.ID, "", "")
			if err != nil || len(rows) != 1 {
				t.Fatalf("%+v, %v", rows, err)
			}
		})
	})
}

func TestOrder(t *testing.T) {
	each(t, func(t *testing.T, c *county) {
		ctx := t.Context()
		repair := c.team(team.Input{Skills: []string{"REPAIR"}, Areas: []string{"银城街道"}, MemberIDs: []int64{c.member1.MemberID, c.m2.MemberID}, LeaderID: &c.member1.MemberID})
		c.team(team.Input{Skills: []string{"LEGAL"}, MemberIDs: []int64{c.outsider.MemberID}})
		ask := team.NewOrder{What: "银城街道12号水管漏水，请带工具", Skill: "REPAIR", Area: "银城街道"}

		t.Run("claimed, visited, sent out again, confirmed by the citizen", func(t *testing.T) {
			o, err := c.Ask(ctx, c.unit, c.request(nil), ask)
			must(t, err)
			if o.State != model.OrderOpen || o.Due != "2026-11-25" || c.told("team.open_order") != 1 {
				t.Fatalf("%+v, told %d", o, c.told("team.open_order"))
			}
			_, err = c.Claim(ctx, c.outsider, o.ID, 0) // has not the skill
			refused(t, err, "not_found")
			o, err = c.Claim(ctx, c.m2, o.ID, 0)
			must(t, err)
			if o.State != model.OrderTaken || *o.TeamID != repair.ID || o.MemberName != "李四" || o.Dispatched || c.told("team.on_the_way") != 1 {
				t.Fatalf("%+v", o)
			}
			_, err = c.Claim(ctx, c.member1, o.ID, 0)
			refused(t, err, "team.wrong_state")
			_, err = c.Visit(ctx, c.member1, o.ID, team.Visited{Note: "已修"})
			refused(t, err, "auth.forbidden")
			_, err = c.Visit(ctx, c.m2, o.ID, team.Visited{Note: "已修", Day: "2026-11-21"})
			refused(t, err, "team.visit_day")
			_, err = c.AddPhoto(ctx, c.m2, o.ID, "a.png", photo(t))
			must(t, err)
			o, err = c.Visit(ctx, c.m2, o.ID, team.Visited{Note: "已更换水管"})
			must(t, err)
			if o.State != model.OrderVisited || o.VisitedOn != "2026-11-20" || c.told("team.visited") != 1 || len(o.Photos) != 1 {
				t.Fatalf("%+v", o)
			}
			_, err = c.Redo(ctx, c.citizen, o.ID, "还在滴水")
			must(t, err)
			o, err = c.Visit(ctx, c.m2, o.ID, team.Visited{Note: "已拧紧"})
			must(t, err)
			if c.told("team.again") != 1 || c.told("team.visited") != 2 {
				t.Fatal("the second round was not told")
			}
			_, err = c.Confirm(ctx, c.rival, o.ID, "")
			refused(t, err, "not_found")
			o, err = c.Confirm(ctx, c.citizen, o.ID, "谢谢")
			must(t, err)
			if o.State != model.OrderConfirmed || o.ConfirmedBy != "citizen" || o.EndedAt == nil || len(o.Actions) != 0 {
				t.Fatalf("%+v", o)
			}
			ok, err := c.MaySeeFile(ctx, c.citizen, o.Photos[0])
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			if ok, err = c.MaySeeFile(ctx, c.rival, o.Photos[0]); err != nil || ok {
				t.Fatal(ok, err)
			}
		})
		t.Run("dispatched to who is on duty, else to the leader, else to nobody", func(t *testing.T) {
			id := c.request(nil)
			o, err := c.Ask(ctx, c.unit, id, team.NewOrder{What: "检查管道", TeamID: &repair.ID})
			must(t, err)
			if o.State != model.OrderTaken || !o.Dispatched || *o.MemberID != c.member1.MemberID || c.told("team.order") != 1 {
				t.Fatalf("%+v", o)
			}
			_, err = c.SetDuty(ctx, c.admin, repair.ID, "2026-11-20", []int64{c.m2.MemberID})
			must(t, err)
			o, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: repair.ID})
			must(t, err)
			if *o.MemberID != c.m2.MemberID {
				t.Fatalf("%+v", o)
			}
			o, err = c.Dispatch(ctx, c.member1, o.ID, team.Dispatch{TeamID: repair.ID, MemberID: &c.member1.MemberID}) // the leader, within the team
			must(t, err)
			legal := c.team(team.Input{Skills: []string{"LEGAL"}, MemberIDs: []int64{c.outsider.MemberID}})
			_, err = c.Dispatch(ctx, c.member1, o.ID, team.Dispatch{TeamID: legal.ID})
			refused(t, err, "team.other_team")
			_, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: legal.ID})
			refused(t, err, "team.nobody")
			_, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: legal.ID, MemberID: &c.m2.MemberID})
			refused(t, err, "team.not_in_team")
			_, err = c.Dispatch(ctx, c.unit, o.ID, team.Dispatch{TeamID: 999})
			refused(t, err, "team.no_team")
			_, err = c.Close(ctx, c.admin, repair.ID)
			refused(t, err, "team.busy")
			o, err = c.GiveUp(ctx, c.member1, o.ID)
			if err != nil || o.State != model.OrderOpen {
				t.Fatalf("%+v, %v", o, err)
			}
			o, err = c.Cancel(ctx, c.unit, o.ID, "已自行解决")
			if err != nil || o.State != model.OrderCancelled {
				t.Fatalf("%+v, %v", o, err)
			}
		})
		t.Run("only the unit that leads the request asks, while it works on it", func(t *testing.T) {
			id := c.request(nil)
			_, err := c.Ask(ctx, c.rival, id, ask)
			refused(t, err, "not_found")
			_, err = c.Ask(ctx, c.window, id, ask)
			refused(t, err, "auth.forbidden")
			_, err = c.Ask(ctx, c.unit, c.request(func(r *model.Request) { r.State = model.RequestClosed }), ask)
			refused(t, err, "team.request_not_open")
			bad := ask
			bad.Due = "2026-11-19"
			_, err = c.Ask(ctx, c.unit, id, bad)
			refused(t, err, "team.due")
			bad = ask
			bad.Skill = "FLYING"
			_, err = c.Ask(ctx, c.unit, id, bad)
			refused(t, err, "team.no_skill")
		})
		t.Run("nobody of the unit complained of meets the order by way of a team", func(t *testing.T) {
			id := c.request(func(r *model.Request) { r.SubjectDepartmentID, r.Confidential = &c.water.ID, true })
			o, err := c.Ask(ctx, c.unit, id, ask)
			must(t, err)
			concerned := c.member1
			concerned.Grants = []access.Grant{{Role: model.RoleDepartmentHandler, DepartmentID: c.water.ID}}
			_, err = c.Order(ctx, concerned, o.ID)
			refused(t, err, "not_found")
			_, err = c.Claim(ctx, concerned, o.ID, 0)
			refused(t, err, "not_found")
			if _, err = c.Claim(ctx, c.member1, o.ID, 0); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("the list shows what one may see, and is narrowed", func(t *testing.T) {
			for name, want := range map[string]struct {
				v access.Viewer
				f team.Filter
				n int64
			}{
				"unit": {c.unit, team.Filter{}, 3}, "window": {c.window, team.Filter{}, 3}, "rival": {c.rival, team.Filter{}, 0}, "citizen": {c.citizen, team.Filter{}, 3},
				"team": {c.member1, team.Filter{}, 2}, "mine": {c.member1, team.Filter{Mine: true}, 1}, "taken": {c.unit, team.Filter{State: model.OrderTaken}, 1},
				"administrator": {c.admin, team.Filter{TeamID: repair.ID}, 2}, "late": {c.unit, team.Filter{Late: true}, 0},
			} {
				rows, total, err := c.Orders(ctx, want.v, want.f, 0, 10)
				if err != nil || total != want.n || int64(len(rows)) != total {
					t.Errorf("%s sees %d of %d, %v", name, len(rows), total, err)
				}
			}
		})
	})
}

// TestClaim_AtOnce lets a whole team claim one order at the same moment: one goes.
func TestClaim_AtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *county) {
		members := []access.Viewer{c.member1, c.m2, c.outsider}
		c.team(team.Input{MemberIDs: []int64{c.member1.MemberID, c.m2.MemberID, c.outsider.MemberID}})
		o, err := c.Ask(t.Context(), c.unit, c.request(nil), team.NewOrder{What: "修水管"})
		must(t, err)
		errs := make([]error, len(members))
		var all sync.WaitGroup
		for i, v := range members {
			all.Go(func() { _, errs[i] = c.Claim(t.Context(), v, o.ID, 0) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			refused(t, err, "team.wrong_state")
		}
		if won != 1 || c.told("team.on_the_way") != 1 {
			t.Fatalf("%d won, the citizen was told %d times", won, c.told("team.on_the_way"))
		}
	})
}
