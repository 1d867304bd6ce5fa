// Package account is who signs in: WeChat login, sessions, the tie between an
// account and a member, roles, and the first page that a person sees. What a
// person may then do in a module is decided there, from the access.Viewer that
// this package hands out.
package account

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/limit"
	"hongyun/service/notify"
	"hongyun/service/vault"
	"hongyun/wechat"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB      *model.DB
	Redis   redis.UniversalClient // sessions, counters of tries, rebind tickets
	Vault   *vault.Vault
	WeChat  *wechat.Client
	Notify  *notify.Service
	MPAppID string // the mini-program in which people sign in
}

// Service signs people in and knows who they are. It is safe for concurrent use.
type Service struct {
	db      *model.DB
	redis   redis.UniversalClient
	vault   *vault.Vault
	wechat  *wechat.Client
	notify  *notify.Service
	limit   *limit.Limiter
	mpAppID string
}

// New makes the module. It does nothing by itself.
func New(o Options) *Service {
	return &Service{db: o.DB, redis: o.Redis, vault: o.Vault, wechat: o.WeChat, notify: o.Notify, limit: limit.New(o.Redis), mpAppID: o.MPAppID}
}

// View is an account as its owner sees it.
type View struct {
	ID     int64      `json:"id"`
	Bound  bool       `json:"bound"` // tied to an active member
	Member *Member    `json:"member"`
	Roles  []RoleView `json:"roles"`
}

// Member is the member that an account is tied to.
type Member struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	OrgID   int64  `json:"org_id"`
	OrgName string `json:"org_name"`
}

// RoleView is one active role, with the level of its organisation or with its department.
type RoleView struct {
	Role           string `json:"role"`
	Level          string `json:"level,omitempty"` // CITY, COMMITTEE, GENERAL_BRANCH, BRANCH
	OrgID          int64  `json:"org_id,omitempty"`
	OrgName        string `json:"org_name,omitempty"`
	DepartmentID   int64  `json:"department_id,omitempty"`
	DepartmentName string `json:"department_name,omitempty"`
}

// ViewOf shows v to himself or herself.
func ViewOf(v access.Viewer) View {
	view := View{ID: v.AccountID, Bound: v.MemberID != 0, Roles: []RoleView{}}
	if view.Bound {
		view.Member = &Member{ID: v.MemberID, Name: v.Name, OrgID: v.OrgID, OrgName: v.OrgName}
	}
	for _, g := range v.Grants {
		view.Roles = append(view.Roles, RoleView{Role: g.Role, Level: g.OrgType, OrgID: g.OrgID, OrgName: g.OrgName,
			DepartmentID: g.DepartmentID, DepartmentName: g.DepartmentName})
	}
	return view
}

// Me is who the viewer is and what he or she may open.
type Me struct {
	View
	Modules []string `json:"modules"`
}

// Me tells the viewer who he or she is.
func (s *Service) Me(_ context.Context, v access.Viewer) (Me, error) {
	return Me{View: ViewOf(v), Modules: modules(v)}, nil
}

// modules names the pages that v may open, in the order of the menus. What they show is decided row by row elsewhere.
func modules(v access.Viewer) []string {
	var names []string
	for _, m := range []struct {
		name string
		may  access.Permission
	}{
		{"messages", access.SignedIn}, {"my_requests", access.SignedIn},
		{"home", access.AnyMember}, {"my_dues", access.AnyMember}, {"my_theme_days", access.AnyMember},
		{"my_development", access.AnyMember}, {"data_access", access.AnyMember}, {"handovers", access.AnyMember}, {"gallery", access.AnyMember},
		{"orgs", access.Reader}, {"org_warnings", access.Reader}, {"progress", access.Reader}, {"standard", access.Reader},
		{"members", access.Reader}, {"member_quality", access.Reader}, {"transfers", access.Reader}, {"floating", access.Reader}, {"delegates", access.Reader},
		{"developments", access.Reader}, {"structure", access.Reader}, {"imports", access.Admin},
		{"exports", access.Reader}, {"theme_days", access.Reader}, {"dues", access.Collector}, {"collection", access.Reader}, {"arrears", access.Dues},
		{"roles", access.Admin}, {"rebind_requests", access.Admin},
		{"requests", access.Staff},
		{"departments", access.CityAdmin}, {"official_accounts", access.CityAdmin}, {"calendar", access.CityAdmin}, {"rules", access.CityAdmin},
		{"reconciliation", access.CityAdmin}, {"deliveries", access.CityAdmin}, {"jobs", access.CityAdmin}, {"audit", access.CityAdmin},
	} {
		if m.may.Check(v) == nil {
			names = append(names, m.name)
		}
	}
	return names
}

// SignedIn is a fresh session.
type SignedIn struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"` // unless used before; each use moves it on
	Account   View      `json:"account"`
}
