package batch

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

// errChanged says that a row which was good when it was checked cannot come in any more.
var errChanged = errors.New("the tables have changed since the check")

// apply brings the good rows in, all of them or none, in one transaction. If one of them has become bad meanwhile,
// nothing comes in and the batch goes back to its owner.
func (s *Service) apply(ctx context.Context, h hold) error {
	b, i, err := s.load(ctx, h)
	if err != nil {
		return err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := h.set(tx, map[string]any{"lease_until": tx.Now.Add(s.lease)}); err != nil {
			return err
		}
		return s.applyIn(tx, h, b, i)
	})
	if errors.Is(err, errChanged) {
		return s.conclude(ctx, h, b, i, "检查之后名册有了变化，部分行不能再导入，本次没有导入任何数据；请核对后重新导入")
	}
	return err
}

func (s *Service) applyIn(tx model.Tx, h hold, b Batch, i Importer) error {
	if err := oneAtATime(tx); err != nil {
		return err
	}
	if err := i.Check(tx, b); err != nil {
		return err
	}
	var good int64
	if err := tx.Raw("SELECT count(*) FROM "+i.Drafts+" WHERE batch_id = ? AND error = ''", b.ID).Scan(&good).Error; err != nil {
		return err
	}
	if good != b.Total-b.Bad {
		return errChanged
	}
	n, err := i.Apply(tx, b)
	if err != nil {
		return fmt.Errorf("import batch %d: %w", b.ID, err)
	}
	if n != good {
		return errChanged
	}
	if err := s.dropDrafts(tx, i, b.ID); err != nil {
		return err
	}
	b.State = model.ImportImported
	record(tx, actor(b.By), "import.imported", b.ImportBatch)
	return h.set(tx, map[string]any{"state": b.State, "done": n, "imported_at": tx.Now, "updated_at": tx.Now, "lease_until": nil})
}

// oneAtATime lets one import after the other into the tables: two with the same people in another order would wait for
// each other for ever.
func oneAtATime(tx model.Tx) error {
	turn := model.Sequence{Name: "import.apply"}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&turn).Error; err != nil {
		return err
	}
	return tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("name = ?", turn.Name).Take(&turn).Error
}
