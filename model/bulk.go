package model

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Bulk inserts many rows of one table in one go and tells how many were new: a row that meets a unique constraint is
// left out. Ids are not filled in; a row whose id is 0 gets one.
func Bulk[T any](tx Tx, rows []T) (int64, error) {
	res := tx.DB.Session(&gorm.Session{}).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 50)
	return res.RowsAffected, res.Error
}
