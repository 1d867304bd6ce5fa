// Package unit is what every module needs to know of government units (departments): whether one works. Entering and
// closing them, and their directory, belong to service/official; who works in them to service/access.
package unit

import (
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/fault"
)

// Open refuses a unit that is not there or works no more, with fault.Invalid "o2o.no_department" on the field
// department_id. Until tx ends, nobody closes the unit.
func Open(tx model.Tx, id int64) error {
	var d model.Department
	err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Select("id").Where("id = ? AND closed_on IS NULL", id).Limit(1).Find(&d).Error
	if err == nil && d.ID == 0 {
		err = fault.Invalid("o2o.no_department", "没有该单位，请重新选择").With("field", "department_id")
	}
	return err
}
