package model_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

func TestBulkFresh(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		fresh := func(rows ...model.Department) (out []model.Department, err error) {
			err = db.Tx(ctx, func(tx model.Tx) error {
				out, err = model.BulkFresh(tx, rows)
				return err
			})
			return out, err
		}
		names := func(from, to int) (rows []model.Department) {
			for i := from; i < to; i++ {
				rows = append(rows, model.Department{Name: fmt.Sprintf("%05d", i), CreatedAt: clock.Now()})
			}
			return rows
		}
		t.Run("the new rows come back with the ids that they have", func(t *testing.T) {
			if _, err := fresh(names(100, 200)...); err != nil {
				t.Fatal(err)
			}
			out, err := fresh(append(names(0, 6000), names(5990, 6010)...)...)
			if err != nil || len(out) != 6010-100 {
				t.Fatalf("%d new, %v", len(out), err)
			}
			byID := map[int64]string{}
			var stored []model.Department
			if err := db.Read(ctx).Find(&stored).Error; err != nil {
				t.Fatal(err)
			}
			for _, d := range stored {
				byID[d.ID] = d.Name
			}
			for i, d := range out {
				if byID[d.ID] != d.Name || i > 0 && out[i-1].ID >= d.ID {
					t.Fatalf("%d is %s, the table says %s", d.ID, d.Name, byID[d.ID])
				}
			}
		})
		t.Run("the next row gets an id of its own", func(t *testing.T) {
			d := names(9000, 9001)[0]
			if err := db.Read(ctx).Create(&d).Error; err != nil {
				t.Error(err)
			}
		})
		t.Run("at once from several transactions, each row is new to one", func(t *testing.T) {
			var wg sync.WaitGroup
			var total atomic.Int64
			for range 6 {
				wg.Go(func() {
					out, err := fresh(names(20_000, 20_500)...)
					if total.Add(int64(len(out))); err != nil {
						t.Error(err)
					}
				})
			}
			if wg.Wait(); total.Load() != 500 {
				t.Errorf("%d rows were new", total.Load())
			}
		})
		t.Run("refuses rows with ids, and to work outside a transaction", func(t *testing.T) {
			if _, err := fresh(model.Department{ID: 7, Name: "x"}); err == nil {
				t.Error("an id is taken")
			}
			if _, err := model.BulkFresh(db.Read(ctx), names(1, 2)); err == nil {
				t.Error("no transaction is needed")
			}
			if out, err := fresh(); err != nil || len(out) != 0 {
				t.Errorf("%v, %v", out, err)
			}
		})
	})
}
