package official

import (
	"reflect"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/unit"
)

func TestDepartments(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		got, err := c.s.AddDepartment(ctx, c.admin, DepartmentInput{Name: " 民政局 ", Duties: "社会救助", Phone: "12345", Hours: "工作日 9:00-17:00"})
		must(t, err)
		t.Run("a name is entered once", func(t *testing.T) {
			if _, err := c.s.AddDepartment(ctx, c.admin, DepartmentInput{Name: "民政局"}); !fault.Is(err, "o2o.department_exists") {
				t.Errorf("twice: %v", err)
			}
			if _, err := c.s.UpdateDepartment(ctx, c.admin, c.roads, DepartmentInput{Name: "民政局"}); !fault.Is(err, "o2o.department_exists") {
				t.Errorf("renamed to another's: %v", err)
			}
		})
		t.Run("the directory shows duties, hours and accounts", func(t *testing.T) {
			c.addClinic()
			rows, err := c.s.Departments(ctx)
			must(t, err)
			if len(rows) != 3 || !reflect.DeepEqual(rows[2], got) || got.Name != "民政局" || got.Hours == "" || !reflect.DeepEqual(rows[1].Accounts, []string{"卫健之窗"}) || len(rows[0].Accounts) != 0 {
				t.Errorf("%+v", rows)
			}
		})
		t.Run("an update replaces everything", func(t *testing.T) {
			after, err := c.s.UpdateDepartment(ctx, c.admin, got.ID, DepartmentInput{Name: "民政局", Address: "人民路1号"})
			if err != nil || after.Duties != "" || after.Phone != "" || after.Address != "人民路1号" {
				t.Errorf("%+v %v", after, err)
			}
			if err := second(c.s.UpdateDepartment(ctx, c.admin, 999, DepartmentInput{Name: "没有"})); !fault.Is(err, "not_found") {
				t.Error(err)
			}
		})
		t.Run("only the city's administrators", func(t *testing.T) {
			for _, v := range []access.Viewer{c.leader, c.desk, c.chief, c.citizen} {
				if !fault.Is(second(c.s.UpdateDepartment(ctx, v, got.ID, DepartmentInput{Name: "民政局"})), "auth.forbidden") || !fault.Is(c.s.CloseDepartment(ctx, v, got.ID), "auth.forbidden") {
					t.Errorf("%s changes a unit", v.Name)
				}
			}
		})
	})
}

func TestCloseDepartment(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		c.addClinic()
		lead := c.put(model.Request{State: model.RequestHandling, DepartmentID: &c.roads})
		part := c.put(model.Request{State: model.RequestHandling, DepartmentID: &c.clinics})
		c.put(model.Request{State: model.RequestRated, DepartmentID: &c.roads})
		must(t, db.Read(ctx).Create(&model.RequestHelper{RequestID: part, DepartmentID: c.roads, Part: "围挡", Deadline: "2026-11-27", State: "OPEN", CreatedAt: db.Now()}).Error)
		t.Run("open requests keep it open, with their number", func(t *testing.T) {
			err := c.s.CloseDepartment(ctx, c.admin, c.roads)
			if !fault.Is(err, "official.department_busy") || err.(*fault.Fault).Details["requests"] != int64(2) {
				t.Errorf("%+v", err)
			}
			must(t, second(c.s.UpdateDepartment(ctx, c.admin, c.roads, DepartmentInput{Name: "城市管理局"}))) // nothing was closed
		})
		t.Run("so do its accounts", func(t *testing.T) {
			must(t, db.Read(ctx).Exec("UPDATE request SET state = 'CLOSED' WHERE id IN ?", []int64{lead, part}).Error)
			if err := c.s.CloseDepartment(ctx, c.admin, c.clinics); !fault.Is(err, "official.department_accounts") {
				t.Error(err)
			}
		})
		t.Run("then its roles and keys end and nothing is referred to it", func(t *testing.T) {
			must(t, db.Read(ctx).Exec("UPDATE request_helper SET state = 'DONE'").Error)
			must(t, db.Read(ctx).Create(&model.APIKey{Name: "热线", DepartmentID: c.roads, AccountID: c.chief.AccountID, KeyHash: "h", CreatedAt: db.Now()}).Error)
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { errs[i] = c.s.CloseDepartment(ctx, c.admin, c.roads) })
			}
			wg.Wait()
			closed := 0
			for _, err := range errs {
				if err == nil {
					closed++
				} else if !fault.Is(err, "not_found") {
					t.Error(err)
				}
			}
			if closed != 1 {
				t.Errorf("closed %d times", closed)
			}
			if v, err := access.Load(db.Read(ctx), c.chief.AccountID); err != nil || len(v.Grants) != 0 {
				t.Errorf("%+v %v", v.Grants, err)
			}
			var keys int64
			must(t, db.Read(ctx).Raw("SELECT count(*) FROM api_key WHERE revoked_at IS NULL").Scan(&keys).Error)
			if keys != 0 {
				t.Error("the key still opens")
			}
			if err := db.Tx(ctx, func(tx model.Tx) error { return unit.Open(tx, c.roads) }); !fault.Is(err, "o2o.no_department") {
				t.Error(err)
			}
			if rows, err := c.s.Departments(ctx); err != nil || len(rows) != 1 {
				t.Errorf("%+v %v", rows, err)
			}
		})
	})
}
