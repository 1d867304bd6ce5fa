package official

import (
	"context"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// DepartmentInput is a government unit as an administrator enters it.
type DepartmentInput struct {
	Name    string `json:"name" validate:"required,text,max=60" label:"单位名称"`
	Duties  string `json:"duties" validate:"max=1000" label:"职责"`
	Address string `json:"address" validate:"max=200" label:"地址"`
	Phone   string `json:"phone" validate:"max=40" label:"服务电话"`
	Hours   string `json:"hours" validate:"max=100" label:"服务时间"`
}

// DepartmentView is a unit as everybody sees it.
type DepartmentView struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Duties  string `json:"duties"`
	Address string `json:"address"`
	Phone   string `json:"phone"` // the public service number
	Hours   string `json:"hours"`
}

// Departments lists the units that work.
func (s *Service) Departments(ctx context.Context, _ access.Viewer) ([]DepartmentView, error) {
	var rows []DepartmentView
	err := s.db.Read(ctx).Model(&model.Department{}).Where("closed_on IS NULL").Order("id").Find(&rows).Error
	return rows, err
}

// AddDepartment enters a unit, for the city's administrators. A name that is there already is fault.Conflict
// "o2o.department_exists".
func (s *Service) AddDepartment(ctx context.Context, v access.Viewer, in DepartmentInput) (view DepartmentView, err error) {
	if !v.CityAdmin() {
		return view, fault.Forbidden()
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		row := model.Department{Name: strings.TrimSpace(in.Name), Duties: in.Duties, Address: in.Address, Phone: in.Phone, Hours: in.Hours, CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("o2o.department_exists", "该单位已经登记")
		}
		view = DepartmentView{ID: row.ID, Name: row.Name, Duties: row.Duties, Address: row.Address, Phone: row.Phone, Hours: row.Hours}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.add_department", ObjectType: "department", ObjectID: row.ID, After: view})
		return nil
	})
	return view, err
}
