package payment

import (
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// handles is an SQL condition on a column of organisation paths: where v collects or administers, and so sees single payments.
func handles(v access.Viewer, column string) (string, []any) {
	works, args := v.Works().Paths(column)
	collects, more := v.Collects().Paths(column)
	return "(" + works + " OR " + collects + ")", append(args, more...)
}

// handled is handles for a column of organisation ids.
func handled(v access.Viewer, column string) (string, []any) {
	where, args := handles(v, "path")
	return column + " IN (SELECT id FROM org WHERE " + where + ")", args
}

// paymentTo locks a payment of a branch where v collects or administers.
func paymentTo(tx model.Tx, v access.Viewer, id int64) (model.DuesPayment, error) {
	// SECURITY: the branch is part of the WHERE, so that a guessed id finds nothing.
	where, args := handled(v, "org_id")
	return lockPayment(tx, "id = ? AND "+where, append([]any{id}, args...)...)
}

// pathOf is the path of an organisation.
func pathOf(tx model.Tx, orgID int64) (path string, err error) {
	err = tx.Raw("SELECT path FROM org WHERE id = ?", orgID).Scan(&path).Error
	return path, err
}

// secondPerson refuses what the first person would do alone. A member has one account, so that another account is another
// member; one without a member counts as itself.
//
// Faults: dues.same_person.
func secondPerson(first *int64, v access.Viewer) error {
	if first != nil && *first == v.AccountID {
		return fault.Conflict("dues.same_person", "复核须由登记人以外的人员办理")
	}
	return nil
}

// notOwn keeps people from deciding on money that they, or the members whose bills it pays, have paid themselves.
//
// Faults: dues.same_person.
func notOwn(v access.Viewer, payer *int64, bills ...model.DuesBill) error {
	own := payer != nil && *payer == v.MemberID
	for _, b := range bills {
		own = own || b.MemberID == v.MemberID
	}
	if own && v.MemberID != 0 {
		return fault.Conflict("dues.same_person", "本人的党费须由本人以外的人员复核")
	}
	return nil
}

// above tells whether v administers a committee, or the city, strictly above the organisation with the path.
func above(v access.Viewer, path string) bool {
	for _, g := range v.Grants {
		if g.Role == model.RoleAdmin && (g.OrgType == model.OrgCommittee || g.OrgType == model.OrgCity) && g.OrgPath != path && strings.HasPrefix(path, g.OrgPath) {
			return true
		}
	}
	return false
}

// reasoned is a reason without spaces around it. Fault: dues.reason.
func reasoned(reason string) (string, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return "", fault.Invalid("dues.reason", "请填写原因")
	}
	return reason, nil
}

func changed() error {
	return fault.Conflict("dues.changed", "该笔缴费的状态已变化，请刷新后再试")
}
