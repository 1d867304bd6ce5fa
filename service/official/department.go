package official

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
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
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Duties   string   `json:"duties"`
	Address  string   `json:"address"`
	Phone    string   `json:"phone"` // the public service number
	Hours    string   `json:"hours"`
	Accounts []string `json:"accounts" gorm:"-"` // names of its official accounts, by which one may write to it
}

// Departments is the directory of the units that work, for everybody.
func (s *Service) Departments(ctx context.Context) ([]DepartmentView, error) {
	return departments(s.db.Read(ctx), 0)
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
			return departmentExists()
		}
		if view, err = departmentView(tx, row.ID); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o.add_department", ObjectType: "department", ObjectID: row.ID, After: view})
		return nil
	})
	return view, err
}

// UpdateDepartment replaces what the directory says of a unit, for the city's administrators.
func (s *Service) UpdateDepartment(ctx context.Context, v access.Viewer, id int64, in DepartmentInput) (view DepartmentView, err error) {
	if !v.CityAdmin() {
		return view, fault.Forbidden()
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := departmentView(tx, id)
		if err != nil {
			return err
		}
		// The name is free or the unit's own: one statement looks and writes, and the index settles two at once.
		name := strings.TrimSpace(in.Name)
		n, err := model.Exec(tx, `UPDATE department SET name = ?, duties = ?, address = ?, phone = ?, hours = ?
WHERE id = ? AND closed_on IS NULL AND NOT EXISTS (SELECT 1 FROM department d WHERE d.name = ? AND d.id <> ?)`,
			name, in.Duties, in.Address, in.Phone, in.Hours, id, name, id)
		if errors.Is(err, gorm.ErrDuplicatedKey) || err == nil && n == 0 {
			return departmentExists()
		}
		if err != nil {
			return err
		}
		if view, err = departmentView(tx, id); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "official.update_department", ObjectType: "department", ObjectID: id, Before: before, After: view})
		return nil
	})
	return view, err
}

// CloseDepartment takes a unit out of the directory, for the city's administrators: its roles and keys end. While requests
// are open with it, its own or parts of others', it is fault.Conflict "official.department_busy" with their number; while
// official accounts belong to it, "official.department_accounts".
func (s *Service) CloseDepartment(ctx context.Context, v access.Viewer, id int64) error {
	if !v.CityAdmin() {
		return fault.Forbidden()
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := departmentView(tx, id)
		if err != nil {
			return err
		}
		// First the unit is closed: from here on nothing is referred to it (unit.Open waits for this row), then it is counted.
		n, err := model.Exec(tx, "UPDATE department SET closed_on = ? WHERE id = ? AND closed_on IS NULL", tx.Day(), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound("单位")
		}
		if err := idle(tx, id); err != nil {
			return err
		}
		roles, err := model.Exec(tx, "UPDATE role_grant SET revoked_by = ?, revoked_at = ? WHERE department_id = ? AND revoked_at IS NULL", v.AccountID, tx.Now, id)
		if err != nil {
			return err
		}
		keys, err := model.Exec(tx, "UPDATE api_key SET revoked_at = ? WHERE department_id = ? AND revoked_at IS NULL", tx.Now, id)
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "official.close_department", ObjectType: "department", ObjectID: id, Before: before,
			After: map[string]any{"closed_on": tx.Day(), "roles_ended": roles, "keys_ended": keys}})
		return nil
	})
}

// idle refuses while something still hangs on the unit.
func idle(tx model.Tx, id int64) error {
	var requests, accounts int64
	err := tx.Raw(`SELECT count(*) FROM request r WHERE r.department_id = ? AND r.state IN ? OR EXISTS
 (SELECT 1 FROM request_helper h WHERE h.request_id = r.id AND h.department_id = ? AND h.state = 'OPEN')`, id, withUnit, id).Scan(&requests).Error
	if err != nil {
		return err
	}
	if requests > 0 {
		return fault.Conflict("official.department_busy", fmt.Sprintf("该单位还有 %d 件诉求没有办结，请办结或改派后再停用", requests)).With("requests", requests)
	}
	if err := tx.Model(&model.OfficialAccount{}).Where("department_id = ?", id).Count(&accounts).Error; err != nil {
		return err
	}
	if accounts > 0 {
		return fault.Conflict("official.department_accounts", fmt.Sprintf("该单位还有 %d 个公众号，请先改属其他单位", accounts)).With("accounts", accounts)
	}
	return nil
}

// withUnit are the states in which a unit has to do something.
var withUnit = []string{model.RequestReferred, model.RequestHandling, model.RequestReopened}

func departmentExists() error {
	return fault.Conflict("o2o.department_exists", "该单位已经登记")
}

// departmentView is a unit that works.
func departmentView(tx model.Tx, id int64) (DepartmentView, error) {
	rows, err := departments(tx, id)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("单位")
	}
	if err != nil {
		return DepartmentView{}, err
	}
	return rows[0], nil
}

// departments reads one unit that works, or with id 0 all.
func departments(tx model.Tx, id int64) ([]DepartmentView, error) {
	var rows []DepartmentView
	if err := tx.Raw("SELECT id, name, duties, address, phone, hours FROM department WHERE closed_on IS NULL AND (CAST(? AS bigint) = 0 OR id = ?) ORDER BY id",
		id, id).Scan(&rows).Error; err != nil {
		return nil, err
	}
	var accounts []model.OfficialAccount
	if err := tx.Select("department_id, name").Where("unauthorized_at IS NULL AND (CAST(? AS bigint) = 0 OR department_id = ?)", id, id).
		Order("id").Find(&accounts).Error; err != nil {
		return nil, err
	}
	names := map[int64][]string{}
	for _, a := range accounts {
		names[a.DepartmentID] = append(names[a.DepartmentID], a.Name)
	}
	for i := range rows {
		if rows[i].Accounts = names[rows[i].ID]; rows[i].Accounts == nil {
			rows[i].Accounts = []string{}
		}
	}
	return rows, nil
}
