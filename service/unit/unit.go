// Package unit is what every module needs to know of government units: whether one works. Entering and closing
// units, and their directory, belong to service/official; who works in them to service/access.
package unit

import (
	"hongyun/model"
	"hongyun/service/fault"
)

// Open refuses a unit that is not there or works no more, with fault.Invalid "o2o.no_department" on the field
// department_id.
func Open(tx model.Tx, id int64) error {
	var n int64
	err := tx.Model(&model.Department{}).Where("id = ? AND closed_on IS NULL", id).Count(&n).Error
	if err == nil && n == 0 {
		err = fault.Invalid("o2o.no_department", "没有该单位，请重新选择").With("field", "department_id")
	}
	return err
}
