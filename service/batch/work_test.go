package batch_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/batch"
	"hongyun/service/member"
	"hongyun/service/sheet"
)

func TestWork_Together(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		w.run("several instances take each batch once", func(t *testing.T) {
			var ids []int64
			for n := range 4 {
				ids = append(ids, w.upload(w.alpha, "甲委", w.book(people(n*50+1, n*50+51)...)).ID)
			}
			together(w)
			for _, id := range ids {
				w.state(w.look(w.alpha, id), model.ImportChecked)
				_, err := w.s.StartImport(w.ctx, w.alpha, id, false)
				w.must(err)
			}
			together(w)
			for _, id := range ids {
				w.state(w.look(w.alpha, id), model.ImportImported)
			}
			if n := w.count("member WHERE batch_id IS NOT NULL"); n != 200 {
				t.Fatalf("%d members, want 200", n)
			}
			if n := w.count("import_batch WHERE attempts > 1"); n != 0 {
				t.Fatalf("%d batches were worked at twice", n)
			}
		})
		w.run("of two imports of the same people at once one gets in, the other hears why and leaves nothing", func(t *testing.T) {
			rows := people(1001, 1201)
			back := make([]map[string]string, len(rows)) // in another order: they must not wait for each other for ever
			for i, r := range rows {
				back[len(rows)-1-i] = r
			}
			one, two := w.checked(w.alpha, "甲委", rows...), w.checked(w.city, "甲委", append(back, person(1300))...)
			for _, d := range []batch.ImportDetail{one, two} {
				_, err := w.s.StartImport(w.ctx, w.alpha, d.ID, false)
				w.must(err)
			}
			together(w)
			one, two = w.look(w.alpha, one.ID), w.look(w.alpha, two.ID)
			if one.State != model.ImportImported {
				one, two = two, one
			}
			w.state(one, model.ImportImported)
			w.state(two, model.ImportChecked)
			if two.Bad < 200 || !strings.Contains(two.Error, "没有导入任何数据") || !strings.Contains(two.Errors[0].Reason, "已在党员名册中") || !two.HasResult {
				t.Fatalf("%+v", two)
			}
			if n := w.count("member WHERE batch_id = ?", two.ID); n != 0 {
				t.Fatalf("%d members of the batch that lost", n)
			}
		})
	})
}

func TestWork_Changed(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		started := func(rows ...map[string]string) int64 {
			d := w.checked(w.alpha, "甲委", rows...)
			_, err := w.s.StartImport(w.ctx, w.alpha, d.ID, false)
			w.must(err)
			return d.ID
		}
		back := func(t *testing.T, id int64, reason string) {
			d := w.look(w.alpha, id)
			if d.State != model.ImportChecked || d.Bad != 1 || !strings.Contains(d.Errors[0].Reason, reason) || w.count("member WHERE batch_id = ?", id) != 0 {
				t.Fatalf("%+v", d)
			}
		}
		w.run("a branch that was dissolved between check and import takes nobody in", func(t *testing.T) {
			id := started(person(1), person(2, "org", "二支部"))
			w.exec("UPDATE org SET dissolved_on = '2026-11-20' WHERE name = '二支部'")
			w.work(w.s)
			back(t, id, "已撤销或调整")
		})
		w.run("somebody who is entered by hand at the very moment is noticed by the tables", func(t *testing.T) {
			id := started(people(11, 14)...)
			blind := w.instance("blind", func(i *batch.Importer) {
				check, calls := i.Check, 0
				i.Check = func(tx model.Tx, b batch.Batch) error {
					if calls++; calls > 1 {
						return check(tx, b)
					}
					m := model.Member{OrgID: w.orgs["一支部"].ID, Name: "李小明", IDIndex: w.vault.Index(idNumber(12)), Sex: "MALE", BornOn: "1960-01-01",
						Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "1990-07-01", CreatedAt: tx.Now, UpdatedAt: tx.Now}
					return tx.Create(&m).Error
				}
			})
			if _, err := blind.Work(w.ctx); err != nil {
				t.Fatal(err)
			}
			d := w.look(w.alpha, id)
			if d.State != model.ImportChecked || w.count("member WHERE batch_id = ?", id) != 0 {
				t.Fatalf("%+v", d)
			}
		})
	})
}

// together lets four instances work until nothing waits.
func together(w *world) {
	w.t.Helper()
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		s := w.instance(name, nil)
		all.Go(func() {
			for {
				n, err := s.Work(w.ctx)
				if err != nil {
					w.t.Error(err)
				}
				if n == 0 {
					return
				}
			}
		})
	}
	all.Wait()
}

// cut makes the database as a worker leaves it that was killed: the state, the lease of somebody who is no more.
func (w *world) cut(id int64, state string) {
	w.t.Helper()
	w.exec("UPDATE import_batch SET state = ?, lease_owner = 'dead/1', lease_until = ? WHERE id = ?", state, w.db.Now().Add(lease), id)
}

func TestWork_Killed(t *testing.T) {
	each(t, func(w *world, clock *modeltest.Clock) {
		failing := errors.New("the power is gone")
		id := w.upload(w.alpha, "甲委", w.book(people(1, 351)...)).ID

		w.run("killed while it checks: when the lease is over another begins again, and no row stands twice", func(t *testing.T) {
			dying := w.instance("dying", func(i *batch.Importer) {
				stage := i.Stage
				i.Stage = func(tx model.Tx, b batch.Batch, rows []sheet.Row) error {
					if rows[0].No > 200 {
						return failing
					}
					return stage(tx, b, rows)
				}
			})
			if _, err := dying.Work(w.ctx); !errors.Is(err, failing) {
				t.Fatal(err)
			}
			if n := w.count("member_draft WHERE batch_id = ?", id); n == 0 || n > 200 {
				t.Fatalf("%d drafts, want some", n)
			}
			w.exec("UPDATE member_draft SET error = '此前的错误' WHERE batch_id = ?", id)
			w.cut(id, model.ImportChecking)
			if n, err := w.s.Work(w.ctx); n != 0 || err != nil {
				t.Fatalf("taken up while its lease runs: %d, %v", n, err)
			}
			clock.Add(lease + time.Second)
			w.work(w.s)
			d := w.look(w.alpha, id)
			w.state(d, model.ImportChecked)
			if d.Total != 350 || d.Bad != 0 || w.count("member_draft WHERE batch_id = ?", id) != 350 {
				t.Fatalf("%+v", d)
			}
		})
		w.run("killed while it imports: nothing is half in, and another brings all in once", func(t *testing.T) {
			_, err := w.s.StartImport(w.ctx, w.alpha, id, false)
			w.must(err)
			dying := w.instance("dying", func(i *batch.Importer) {
				apply := i.Apply
				i.Apply = func(tx model.Tx, b batch.Batch) (int64, error) {
					if _, err := apply(tx, b); err != nil {
						return 0, err
					}
					return 0, failing
				}
			})
			if _, err := dying.Work(w.ctx); !errors.Is(err, failing) {
				t.Fatal(err)
			}
			if n := w.count("member WHERE batch_id = ?", id); n != 0 {
				t.Fatalf("%d members of a half import", n)
			}
			w.cut(id, model.ImportImporting)
			clock.Add(lease + time.Second)
			together(w)
			w.state(w.look(w.alpha, id), model.ImportImported)
			if n := w.count("member WHERE batch_id = ?", id); n != 350 {
				t.Fatalf("%d members, want 350", n)
			}
		})
		w.run("a worker that was believed dead and wakes up writes nothing any more", func(t *testing.T) {
			id := w.upload(w.alpha, "甲委", w.book(people(2001, 2301)...)).ID
			slow := w.instance("slow", func(i *batch.Importer) {
				i.Check = func(tx model.Tx, b batch.Batch) error { // meanwhile its lease ends and another has it
					_, err := model.Exec(tx, "UPDATE import_batch SET lease_owner = 'other/1' WHERE id = ?", b.ID)
					return err
				}
			})
			if _, err := slow.Work(w.ctx); err != nil {
				t.Fatal(err)
			}
			d := w.look(w.alpha, id)
			w.state(d, model.ImportChecking)
			if n := w.count("audit_entry WHERE action = 'import.checked' AND object_id = ?", id); n != 0 || d.HasResult {
				t.Fatalf("%d entries, %+v", n, d)
			}
			w.exec("UPDATE import_batch SET state = 'FAILED' WHERE id = ?", id)
		})
		w.run("a batch that kills every worker comes to an end", func(t *testing.T) {
			id := w.upload(w.alpha, "甲委", w.book(person(3001))).ID
			for range 3 {
				w.exec("UPDATE import_batch SET attempts = attempts + 1 WHERE id = ?", id)
			}
			w.cut(id, model.ImportChecking)
			clock.Add(lease + time.Second)
			w.work(w.s)
			d := w.look(w.alpha, id)
			if d.State != model.ImportFailed || !strings.Contains(d.Error, "多次中断") {
				t.Fatalf("%+v", d)
			}
		})
		w.run("a failure of the system is tried again, and told in the end", func(t *testing.T) {
			id := w.upload(w.alpha, "甲委", w.book(person(3002))).ID
			panicking := w.instance("panicking", func(i *batch.Importer) {
				i.Check = func(model.Tx, batch.Batch) error { panic("a bug") }
			})
			for range 3 {
				if _, err := panicking.Work(w.ctx); err == nil {
					t.Fatal("no error for the operator")
				}
			}
			if d := w.look(w.alpha, id); d.State != model.ImportFailed || strings.Contains(d.Error, "bug") {
				t.Fatalf("%+v", d)
			}
		})
	})
}

func TestWork_Start(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		w.s.Start(w.ctx)
		id := w.upload(w.alpha, "甲委", w.book(person(1))).ID
		for w.ctx.Err() == nil {
			if d := w.look(w.alpha, id); d.State == model.ImportChecked {
				break
			}
		}
		w.must(w.s.Stop(w.ctx))
		if n := w.count("import_batch WHERE kind = ?", member.KindMembers); n != 1 {
			w.t.Fatal(n)
		}
	})
}
