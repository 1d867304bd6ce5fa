package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

var ctx = context.Background()

func TestVerify(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		record := func(t *testing.T, n int) {
			t.Helper()
			must(t, db.Tx(ctx, func(tx model.Tx) error {
				for i := range n {
					Record(tx, Command("root"), Entry{Action: "test.act", ObjectType: "thing", ObjectID: int64(i), After: map[string]int{"n": i}})
				}
				return nil
			}))
		}
		record(t, 3)
		first, err := Verify(ctx, db)
		if err != nil || first.Entries != 3 || len(first.Head) != 64 {
			t.Fatalf("%+v %v", first, err)
		}

		t.Run("a transaction that is rolled back leaves no entry", func(t *testing.T) {
			undone := errors.New("undone")
			err := db.Tx(ctx, func(tx model.Tx) error {
				Record(tx, Command("root"), Entry{Action: "test.act", ObjectType: "thing"})
				return undone
			})
			if !errors.Is(err, undone) {
				t.Fatal(err)
			}
			if r, err := Verify(ctx, db); err != nil || r != first {
				t.Errorf("%+v %v", r, err)
			}
		})

		t.Run("writers at the same time make one chain", func(t *testing.T) {
			var writers sync.WaitGroup
			for range 8 {
				writers.Go(func() {
					for range 5 {
						record(t, 1)
					}
				})
			}
			for range 5 {
				if _, err := Verify(ctx, db); err != nil {
					t.Error(err)
				}
			}
			writers.Wait()
			if r, err := Verify(ctx, db); err != nil || r.Entries != 43 {
				t.Errorf("%+v %v", r, err)
			}
		})

		t.Run("a chain longer than one batch verifies", func(t *testing.T) {
			record(t, verifyBatch)
			if r, err := Verify(ctx, db); err != nil || r.Entries != 43+verifyBatch {
				t.Errorf("%+v %v", r, err)
			}
		})

		t.Run("whatever is changed afterwards is found", func(t *testing.T) {
			last := 43 + verifyBatch
			for _, c := range []struct{ what, sql, where string }{
				{"another actor", "UPDATE audit_entry SET actor_name = 'nobody' WHERE seq = 2", "at entry 2"},
				{"another time", "UPDATE audit_entry SET at = '2020-01-01T00:00:00Z' WHERE seq = 2", "at entry 2"},
				{"another act", "UPDATE audit_entry SET action = 'test.other' WHERE seq = 40", "at entry 40"},
				{"another object", "UPDATE audit_entry SET object_id = 99 WHERE seq = 1", "at entry 1"},
				{"another value", `UPDATE audit_entry SET after = '{"n":7}' WHERE seq = 3`, "at entry 3"},
				{"an entry taken out of the middle", "DELETE FROM audit_entry WHERE seq = 2", "at entry 2"},
				{"the newest entry taken out", fmt.Sprintf("DELETE FROM audit_entry WHERE seq = %d", last), "the head says"},
				{"all entries taken out", "DELETE FROM audit_entry", "the head says"},
				{"the head set back with the newest entry", fmt.Sprintf("DELETE FROM audit_entry WHERE seq = %d; UPDATE audit_head SET seq = seq - 1", last), "the head says"},
				{"an entry put before the first", `INSERT INTO audit_entry (chain, seq, month, at, actor_type, action, object_type, prev_hash, hash)
					VALUES ('main', 0, '2026-11', '', 'command', 'x', 'y', '', '')`, "before the first"},
				{"an entry put behind the last", fmt.Sprintf(`INSERT INTO audit_entry (chain, seq, month, at, actor_type, action, object_type, prev_hash, hash)
					VALUES ('main', %d, '2026-11', '', 'command', 'x', 'y', '', '')`, last+1), fmt.Sprintf("at entry %d", last+1)},
			} {
				undone := errors.New("undone")
				err := db.Tx(ctx, func(tx model.Tx) error {
					for statement := range strings.SplitSeq(c.sql, ";") {
						if n, err := model.Exec(tx, statement); err != nil || n == 0 {
							return fmt.Errorf("%s: %d rows, %w", c.what, n, err)
						}
					}
					var r Report
					if err := r.close(tx); !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), c.where) {
						t.Errorf("%s: %v", c.what, err)
					}
					return undone
				})
				if !errors.Is(err, undone) {
					t.Fatal(err)
				}
			}
			if _, err := Verify(ctx, db); err != nil {
				t.Error(err)
			}
		})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
