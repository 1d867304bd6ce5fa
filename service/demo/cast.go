package demo

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hongyun/model"
	"hongyun/wechat/sandbox"
)

// makeCast picks those whom the start page shows.
func (b *builder) makeCast(tx model.Tx) error {
	town, organ := b.tree[1], b.unit("市直机关工委")
	branch, second := b.firstBranch(town), b.firstBranch(organ)
	var cast []model.DemoCast
	add := func(role string, people ...string) {
		for _, p := range people {
			cast = append(cast, model.DemoCast{PersonID: p, Role: role, Position: int64(len(cast))})
		}
	}
	seat := func(n *node, i int) string { return personOf(b.seat(n, i).ID) }
	add("city_leader", seat(b.tree[0], firstSeat[model.OrgCity]))
	add("city_admin", seat(b.tree[0], firstSeat[model.OrgCity]+1))
	add("committee_admin", seat(town, firstSeat[model.OrgCommittee]+1), seat(organ, firstSeat[model.OrgCommittee]+1))
	add("branch_leader", seat(branch, 0))
	add("branch_admin", seat(branch, 1), seat(second, 1))
	add("member", seat(branch, 7), seat(branch, 8), personOf(b.unboundMember().ID))
	add("desk", seat(b.unit("市行政审批局"), 8))
	for _, d := range departments[:2] {
		add("department_handler", seat(b.unit(d[0]), 11))
	}
	add("department_leader", seat(b.unit(departments[0][0]), 10))
	add("citizen", citizenOf(1), citizenOf(2), newPhoneOf(b.seat(branch, 8).ID))
	return tx.Create(&cast).Error
}

// People is the cast, for the sandbox and the start page.
func (c *County) People(ctx context.Context) ([]sandbox.Person, error) {
	var cast []model.DemoCast
	if err := c.o.DB.Read(ctx).Order("position").Find(&cast).Error; err != nil {
		return nil, err
	}
	out := make([]sandbox.Person, 0, len(cast))
	for _, row := range cast {
		p, err := c.Person(ctx, row.PersonID)
		if err != nil {
			return nil, err
		}
		if p.Role = row.Role; grantOf[row.Role] != "" {
			if p.Org, err = c.workplace(ctx, row); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// grantOf is the role that a part of the cast is played in.
var grantOf = map[string]string{"city_leader": model.RoleLeader, "city_admin": model.RoleAdmin, "committee_admin": model.RoleAdmin,
	"branch_leader": model.RoleLeader, "branch_admin": model.RoleAdmin, "desk": model.RoleDesk,
	"department_leader": model.RoleDepartmentLeader, "department_handler": model.RoleDepartmentHandler}

// workplace is where somebody of the cast holds the role.
func (c *County) workplace(ctx context.Context, row model.DemoCast) (name string, err error) {
	_, number, _ := strings.Cut(row.PersonID, "-")
	member, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return "", err
	}
	err = c.o.DB.Read(ctx).Raw(`SELECT coalesce(o.name, d.name) FROM role_grant g LEFT JOIN org o ON o.id = g.org_id LEFT JOIN department d ON d.id = g.department_id
		WHERE g.member_id = ? AND g.role = ? AND g.revoked_at IS NULL ORDER BY g.id LIMIT 1`, member, grantOf[row.Role]).Scan(&name).Error
	return name, err
}

// newPhoneOf names a member as the user of a second WeChat with the same phone
// number: who has changed WeChat accounts and asks to be tied again.
func newPhoneOf(memberID int64) string { return "n-" + strconv.FormatInt(memberID, 10) }

// Person is anybody in the county by his or her name in the sandbox: m-17 is
// the member 17, n-17 the same person in a second WeChat, c-3 the citizen 3.
func (c *County) Person(ctx context.Context, id string) (sandbox.Person, error) {
	kind, text, _ := strings.Cut(id, "-")
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return sandbox.Person{}, fmt.Errorf("no person %q", id)
	}
	switch kind {
	case "m":
		return c.member(ctx, number)
	case "n":
		return c.secondWeChat(ctx, id, number)
	case "c":
		return sandbox.Person{ID: id, Name: fmt.Sprintf("群众%d", number), Role: "citizen", Org: countyName, Phone: fmt.Sprintf("1390%07d", number)}, nil
	default:
		return sandbox.Person{}, fmt.Errorf("no person %q", id)
	}
}

// secondWeChat is known to the product only after he or she has been tied
// again; what to bind with stands in the place of the organisation.
func (c *County) secondWeChat(ctx context.Context, id string, number int64) (sandbox.Person, error) {
	p, sealed, err := c.row(ctx, number)
	if err != nil {
		return p, err
	}
	identity, err := c.o.Vault.Open(sealed)
	if err != nil {
		return p, err
	}
	var tied int64
	err = c.o.DB.Read(ctx).Raw("SELECT count(*) FROM account WHERE openid = ? AND member_id IS NOT NULL",
		sandbox.OpenID(c.o.MiniProgram.AppID, id)).Scan(&tied).Error
	p.Org = fmt.Sprintf("%s（原微信已绑定，可用姓名%s、后六位%s申请换绑）", p.Org, p.Name, identity[len(identity)-6:])
	p.ID, p.Name, p.Role, p.Bound = id, p.Name+"（新微信）", "citizen", tied > 0
	return p, err
}

func (c *County) member(ctx context.Context, number int64) (sandbox.Person, error) {
	p, sealed, err := c.row(ctx, number)
	if err != nil || p.Bound {
		return p, err
	}
	identity, err := c.o.Vault.Open(sealed)
	if err != nil {
		return p, err
	}
	p.Bind = &sandbox.Bind{Name: p.Name, IDLast6: identity[len(identity)-6:]}
	return p, nil
}

// row is a member as the sandbox sees one, and the sealed identity number.
func (c *County) row(ctx context.Context, number int64) (p sandbox.Person, sealedID string, err error) {
	var m struct {
		Name, IDSealed, PhoneSealed, Org string
		Bound                            bool
	}
	res := c.o.DB.Read(ctx).Raw(`SELECT m.name, m.id_sealed, m.phone_sealed, o.name AS org, a.id IS NOT NULL AS bound
		FROM member m JOIN org o ON o.id = m.org_id LEFT JOIN account a ON a.member_id = m.id WHERE m.id = ?`, number).Scan(&m)
	if res.Error != nil {
		return p, "", res.Error
	}
	if res.RowsAffected == 0 {
		return p, "", fmt.Errorf("no member %d", number)
	}
	phone, err := c.o.Vault.Open(m.PhoneSealed)
	return sandbox.Person{ID: personOf(number), Name: m.Name, Role: "member", Org: m.Org, Phone: phone, Bound: m.Bound}, m.IDSealed, err
}

// Pages are those of the mini-program that messages may open.
func Pages() []string {
	return []string{"pages/index/index", "pages/messages/index", "pages/dues/index", "pages/theme-day/index", "pages/request/index", "pages/request/new",
		"pages/orgs/leadership", "pages/orgs/vacancies", "pages/development/detail"}
}
