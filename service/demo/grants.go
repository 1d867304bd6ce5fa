package demo

import (
	"context"

	"hongyun/wechat/sandbox"
)

// Grants is the state of the phones as the product knows it: who follows which
// account, and who has allowed what. A sandbox that begins anew starts from it.
func (c *County) Grants(ctx context.Context) ([]sandbox.Grant, error) {
	var rows []struct {
		AppID      string `gorm:"column:appid"`
		OpenID     string `gorm:"column:openid"`
		TemplateID string
		Balance    int
	}
	err := c.o.DB.Read(ctx).Raw(`SELECT appid, openid, '' AS template_id, 0 AS balance FROM contact WHERE follows
		UNION ALL SELECT a.mp_appid, a.openid, c.template_id, c.balance FROM message_credit c JOIN account a ON a.id = c.account_id WHERE c.balance > 0
		ORDER BY 1, 2, 3`).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var grants []sandbox.Grant
	for _, r := range rows {
		person, ok := sandbox.PersonOf(r.AppID, r.OpenID)
		if !ok {
			continue // somebody who came from elsewhere
		}
		if r.TemplateID == "" {
			grants = append(grants, sandbox.Grant{PersonID: person, AppID: r.AppID, Follows: true})
			continue
		}
		if last := len(grants) - 1; last < 0 || grants[last].PersonID != person || grants[last].AppID != r.AppID {
			grants = append(grants, sandbox.Grant{PersonID: person, AppID: r.AppID, Credits: map[string]int{}})
		}
		if last := &grants[len(grants)-1]; last.Credits != nil {
			last.Credits[r.TemplateID] = r.Balance
		}
	}
	return grants, nil
}
