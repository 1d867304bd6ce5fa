package roster

import (
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/fault"
)

// Hold keeps organisations from being merged or dissolved until the transaction ends. It comes before a member of theirs is
// locked and before a row that refers to them is written. An id that nobody has is passed over.
func Hold(tx model.Tx, orgIDs ...int64) error {
	return HoldAll(tx, "SELECT id FROM org WHERE id IN ?", orgIDs)
}

// HoldAll is Hold for the organisations whose ids selectSQL yields.
func HoldAll(tx model.Tx, selectSQL string, args ...any) error {
	var held []int64
	return tx.Clauses(clause.Locking{Strength: "KEY SHARE"}).Model(&model.Org{}).Where("id IN ("+selectSQL+")", args...).Order("id").Pluck("id", &held).Error
}

// Lock locks the members whose ids selectSQL yields. What it finds after that holds until the transaction ends.
func Lock(tx model.Tx, selectSQL string, args ...any) error {
	var locked []int64
	return tx.Clauses(clause.Locking{Strength: "UPDATE"}).Model(&model.Member{}).Where("id IN ("+selectSQL+")", args...).Order("id").Pluck("id", &locked).Error
}

// Locked reads one member, locked, after the branch and the other organisations that are named have been held.
// model.ErrNotFound if there is no such member; fault member.moved if he or she went to another branch in this very moment.
func Locked(tx model.Tx, id int64, orgIDs ...int64) (model.Member, error) {
	var was, is model.Member
	if err := tx.Select("org_id").Where("id = ?", id).Take(&was).Error; err != nil {
		return is, err
	}
	if err := Hold(tx, append(orgIDs, was.OrgID)...); err != nil {
		return is, err
	}
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&is).Error
	if err == nil && is.OrgID != was.OrgID {
		err = fault.Conflict("member.moved", "该党员刚刚转到另一个党支部，请刷新后重试")
	}
	return is, err
}
