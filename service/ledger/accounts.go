package ledger

import "hongyun/model"

// Kinds of accounts. Units of red energy, and fen of dues, never meet in one transfer.
const (
	KindEnergy       = "energy"        // red energy that a member may spend
	KindEnergyIssued = "energy_issued" // its far side: what the system has given out, as a negative sum

	KindDuesBilled   = "dues_billed"   // far side of bills, by the organisation that billed, as a negative sum
	KindDuesDue      = "dues_due"      // what a member owes: bills that are not paid
	KindDuesCash     = "dues_cash"     // cash in a branch's hands
	KindDuesWeChat   = "dues_wechat"   // paid through WeChat, and not yet in a statement of a day
	KindDuesAccount  = "dues_account"  // an organisation's dues account
	KindDuesRemitted = "dues_remitted" // handed up out of the platform
	KindDuesUsed     = "dues_used"
	KindDuesSurplus  = "dues_surplus" // far side of money that came for no bill, as a negative sum
	KindDuesGiven    = "dues_given"   // far side of a member's special payments, as a negative sum
	KindDuesSpecial  = "dues_special" // special payments that are still to be forwarded
)

const system = "system"

// EnergyOf is a member's red energy, in units.
func EnergyOf(memberID int64) Account { return guarded(KindEnergy, model.SubjectMember, memberID) }

// EnergyIssued is where red energy comes from and goes back to.
func EnergyIssued() Account { return Account{Kind: KindEnergyIssued, OwnerType: system} }

// DuesBilled is where an organisation's bills come from, in fen.
func DuesBilled(orgID int64) Account { return far(KindDuesBilled, orgID) }

// DuesDue is what a member owes, in fen.
func DuesDue(memberID int64) Account { return guarded(KindDuesDue, model.SubjectMember, memberID) }

// DuesCash is the cash that a branch has collected and not yet carried to the account, in fen.
func DuesCash(orgID int64) Account { return guarded(KindDuesCash, model.SubjectOrg, orgID) }

// DuesWeChat is what WeChat Pay holds for the platform, in fen: money whose day's statement has not been reconciled.
func DuesWeChat() Account { return Account{Kind: KindDuesWeChat, OwnerType: system} }

// DuesAccount is an organisation's dues account, in fen.
func DuesAccount(orgID int64) Account { return guarded(KindDuesAccount, model.SubjectOrg, orgID) }

// DuesRemitted is what an organisation has handed up out of the platform, in fen.
func DuesRemitted(orgID int64) Account { return far(KindDuesRemitted, orgID) }

// DuesUsed is what an organisation has used, in fen.
func DuesUsed(orgID int64) Account { return far(KindDuesUsed, orgID) }

// DuesSurplus is the far side of money that came through WeChat for bills that were paid otherwise, in fen.
func DuesSurplus() Account { return Account{Kind: KindDuesSurplus, OwnerType: system} }

// DuesGiven is the far side of a member's special payments, in fen.
func DuesGiven(memberID int64) Account {
	return Account{Kind: KindDuesGiven, OwnerType: model.SubjectMember, OwnerID: memberID}
}

// DuesSpecial is what an organisation holds of special payments, in fen.
func DuesSpecial(orgID int64) Account { return guarded(KindDuesSpecial, model.SubjectOrg, orgID) }

func guarded(kind, ownerType string, ownerID int64) Account {
	return Account{Kind: kind, OwnerType: ownerType, OwnerID: ownerID, Guarded: true}
}

func far(kind string, orgID int64) Account {
	return Account{Kind: kind, OwnerType: model.SubjectOrg, OwnerID: orgID}
}
