package access

import (
	"hongyun/model"
	"hongyun/service/fault"
)

// Permission says who may call a route. It decides nothing about rows.
type Permission string

// The permissions, from the widest to the narrowest.
const (
	Public    Permission = "public"     // anybody
	SignedIn  Permission = "signed_in"  // any account, members and citizens
	AnyMember Permission = "member"     // tied to a member
	Reader    Permission = "reader"     // leader or administrator of any organisation
	Admin     Permission = "admin"      // administrator of any organisation
	CityAdmin Permission = "city_admin" // administrator of the city
	Staff     Permission = "staff"      // works on requests: desk, department, city
	Desk      Permission = "desk"       // the O2O window, or the city's administrator
	Handler   Permission = "handler"    // works for a department
	Identity  Permission = "identity"   // may read full identity numbers somewhere
	Dues      Permission = "dues"       // leads, administers or collects dues somewhere
	Collector Permission = "collector"  // collects dues somewhere: a dues collector, or any administrator
)

// Check is nil if v may call, else fault.Unauthorized or fault.Forbidden.
func (p Permission) Check(v Viewer) error {
	if p == Public {
		return nil
	}
	if v.AccountID == 0 {
		return fault.Unauthorized()
	}
	if !p.allows(v) {
		return fault.Forbidden()
	}
	return nil
}

func (p Permission) allows(v Viewer) bool {
	switch p {
	case SignedIn:
		return true
	case AnyMember:
		return v.MemberID != 0
	case Reader:
		return v.Has(model.RoleLeader, model.RoleAdmin)
	case Admin:
		return v.Has(model.RoleAdmin)
	case CityAdmin:
		return v.CityAdmin()
	case Staff:
		return v.CityReader() || v.Has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	case Desk:
		return v.CityAdmin() || v.Has(model.RoleDesk)
	case Handler:
		return v.Has(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	case Dues:
		return v.Has(model.RoleLeader, model.RoleAdmin, model.RoleCollector)
	case Collector:
		return v.Has(model.RoleCollector, model.RoleAdmin)
	case Identity:
		return v.Has(model.RoleIdentity)
	default:
		return false
	}
}
