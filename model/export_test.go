package model

import "context"

// MigrateTo brings an empty database up to a version of the past.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	p, err := db.provider()
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	return err
}
