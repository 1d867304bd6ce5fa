package o2o

import (
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestCallBack is the call-back of RULES 9.2: the next working day, for every closing.
func TestCallBack(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-09-30 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		owed := func(id int64) (rows []model.RequestRevisit) {
			must(t, db.Read(ctx).Where("request_id = ?", id).Order("round").Find(&rows).Error)
			return rows
		}
		t.Run("a unit's closing is called back on the next working day", func(t *testing.T) {
			id := c.put(model.RequestHandling)
			if _, err := c.s.Close(ctx, c.handler, id, "已修好"); err != nil {
				t.Fatal(err)
			}
			rows := owed(id)
			if len(rows) != 1 || rows[0].Due != "2026-10-08" || rows[0].State != model.RevisitWaiting || rows[0].Round != 0 || rows[0].DepartmentID == nil || *rows[0].DepartmentID != c.roads {
				t.Fatalf("%+v", rows)
			}
		})
		t.Run("an answer at once by the window is called back too", func(t *testing.T) {
			id := c.put(model.RequestAccepted)
			if _, err := c.s.Answer(ctx, c.desk, id, "请到窗口办理"); err != nil {
				t.Fatal(err)
			}
			if rows := owed(id); len(rows) != 1 || rows[0].DepartmentID != nil {
				t.Fatalf("%+v", rows)
			}
		})
		t.Run("each closing after a reopening has its own", func(t *testing.T) {
			id := c.put(model.RequestHandling)
			must(t, db.Read(ctx).Exec("UPDATE request SET reopen_count = 1 WHERE id = ?", id).Error)
			must(t, db.Read(ctx).Create(&model.RequestRevisit{RequestID: id, Due: "2026-09-01", State: model.RevisitDone, CreatedAt: db.Now()}).Error)
			if _, err := c.s.Close(ctx, c.handler, id, "已修好"); err != nil {
				t.Fatal(err)
			}
			if rows := owed(id); len(rows) != 2 || rows[1].Round != 1 {
				t.Fatalf("%+v", rows)
			}
		})
		t.Run("no other step owes one", func(t *testing.T) {
			id := c.put(model.RequestSubmitted)
			if _, err := c.s.Accept(ctx, c.desk, id, AcceptInput{}); err != nil {
				t.Fatal(err)
			}
			if rows := owed(id); len(rows) != 0 {
				t.Fatalf("%+v", rows)
			}
		})
	})
}
