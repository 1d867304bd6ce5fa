package model

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Claim locks up to limit rows of table that match where, in order of id, marks
// them as leased by owner until the lease ends and in the given state, and
// returns their ids. Two instances never get the same row: Postgres skips rows
// that another holds, SQLite has one writer. The table has the columns state,
// lease_owner and lease_until.
func Claim(tx Tx, table, state, owner string, lease time.Duration, limit int, where string, args ...any) ([]int64, error) {
	var ids []int64
	err := tx.DB.Table(table).
		Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
		Where(where, args...).Order("id").Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	err = tx.Session(&gorm.Session{NewDB: true}).Table(table).Where("id IN ?", ids).Updates(map[string]any{
		"state": state, "lease_owner": owner, "lease_until": tx.Now.Add(lease),
	}).Error
	return ids, err
}
