package payment

import (
	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// settingOf is what counts for a branch: the row of the nearest organisation upward that has one; none is the zero row.
func settingOf(tx model.Tx, orgID int64) (setting model.DuesSetting, err error) {
	err = tx.Raw(`SELECT s.* FROM dues_setting s JOIN org top ON top.id = s.org_id JOIN org o ON o.id = ?
WHERE o.path >= top.path AND o.path < top.path || ':' ORDER BY length(top.path) DESC LIMIT 1`, orgID).Scan(&setting).Error
	return setting, err
}

// mayPayFor is nil if v pays bills of the members: the own ones, or those of active members of the own branch where it
// lets members pay for each other (RULES 3.2.10). What v may not pay, v does not find.
func mayPayFor(tx model.Tx, v access.Viewer, members []int64) error {
	missing := fault.NotFound("党费账单")
	if v.MemberID == 0 {
		return missing
	}
	others := map[int64]bool{}
	for _, m := range members {
		if m != v.MemberID {
			others[m] = true
		}
	}
	if len(others) == 0 {
		return nil
	}
	setting, err := settingOf(tx, v.OrgID)
	if err != nil {
		return err
	}
	if !setting.PayForOthers {
		return missing
	}
	ids := make([]int64, 0, len(others))
	for m := range others {
		ids = append(ids, m)
	}
	var found int64
	err = tx.Model(&model.Member{}).Where(tx.Dialect.OneOf("id", tx.Dialect.Numbers())+" AND org_id = ? AND standing = ?",
		model.JSONList(ids), v.OrgID, model.StandingActive).Count(&found).Error
	if err != nil {
		return err
	}
	if found != int64(len(ids)) {
		return missing
	}
	return nil
}
