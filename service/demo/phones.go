package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/wechat/sandbox"
)

// mainAppID is the platform's own service account; it shares the mini-program's
// open-platform account, the departments' accounts do not.
const mainAppID = "wxd0000000000000b0"

// citizenCount is how many people who are no members have an account.
const citizenCount = 40

// citizenOf names a citizen in the sandbox: c-1 …
func citizenOf(number int) string { return fmt.Sprintf("c-%d", number) }

// personOf names a member in the sandbox.
func personOf(memberID int64) string { return "m-" + strconv.FormatInt(memberID, 10) }

// makePhones ties two members in three to a phone, all with a role among them,
// lets half of these follow the platform's account, and gives some of them credit for messages.
func (b *builder) makePhones(tx model.Tx) error {
	if err := b.makeOfficialAccounts(tx); err != nil {
		return err
	}
	accounts, err := model.BulkFresh(tx, b.drawAccounts(tx.Now))
	if err != nil {
		return err
	}
	b.accounts = map[int64]int64{}
	shown := map[int64]bool{} // the first branch is the start page's: there every phone is reached
	for _, m := range b.staffOf(b.tree[1]) {
		shown[m.ID] = true
	}
	var contacts []model.Contact
	var credits []model.MessageCredit
	for i := range accounts {
		a := &accounts[i]
		if b.random.IntN(2) == 0 {
			contacts = append(contacts, follow(personBehind(*a), mainAppID, &a.ID, tx.Now))
		}
		if b.random.IntN(3) > 0 || a.MemberID != nil && shown[*a.MemberID] {
			credits = append(credits, allow(a.ID, tx.Now)...)
		}
		if a.MemberID != nil {
			b.accounts[*a.MemberID] = a.ID
			continue
		}
		appid := departmentAppID(1 + b.random.IntN(len(departments)))
		contacts = append(contacts, follow(personBehind(*a), appid, nil, tx.Now))
	}
	if _, err := model.Bulk(tx, contacts); err != nil {
		return err
	}
	if _, err := model.Bulk(tx, credits); err != nil {
		return err
	}
	templates, err := b.messageTemplates()
	if err != nil {
		return err
	}
	return tx.Create(&templates).Error
}

// drawAccounts leaves the first branch's last member unbound: the start page
// shows how he or she is tied.
func (b *builder) drawAccounts(now time.Time) []model.Account {
	roles := map[int64]bool{}
	for _, n := range b.tree {
		staff := b.staffOf(n)
		for seat := range min(13, len(staff)) {
			roles[staff[seat].ID] = true
		}
	}
	unbound := b.unboundMember().ID
	var out []model.Account
	add := func(person, phone string, member *int64) {
		bound := now
		a := model.Account{MPAppID: b.o.MiniProgram.AppID, OpenID: sandbox.OpenID(b.o.MiniProgram.AppID, person), UnionID: sandbox.UnionID(person),
			MemberID: member, CreatedAt: now, LastLoginAt: now}
		if member != nil {
			a.BoundAt = &bound
			a.PhoneSealed, a.PhoneIndex = b.o.Vault.Seal(phone), b.o.Vault.Index(phone)
		}
		out = append(out, a)
	}
	for i := range b.members {
		m := &b.members[i]
		if m.Standing == model.StandingActive && m.ID != unbound && (roles[m.ID] || b.random.IntN(3) > 0) {
			add(personOf(m.ID), phoneNumber(i), &m.ID)
		}
	}
	for i := range citizenCount {
		add(citizenOf(i+1), "", nil)
	}
	return out
}

func (b *builder) unboundMember() *model.Member {
	branch := b.ofOrg[b.firstBranch(b.tree[1]).org.ID]
	return branch[len(branch)-1]
}

// personBehind is who holds the phone of an account.
func personBehind(a model.Account) string {
	person, _ := sandbox.PersonOf(a.MPAppID, a.OpenID) // every openid here was made from a person
	return person
}

func follow(person, appid string, account *int64, now time.Time) model.Contact {
	c := model.Contact{AppID: appid, OpenID: sandbox.OpenID(appid, person), AccountID: account, Follows: true, CreatedAt: now}
	if appid == mainAppID {
		c.UnionID = sandbox.UnionID(person)
	}
	return c
}

// allow is one credit for each of the members' templates.
func allow(account int64, now time.Time) []model.MessageCredit {
	var out []model.MessageCredit
	for _, k := range memberCards {
		out = append(out, model.MessageCredit{AccountID: account, TemplateID: k.id(model.ChannelSubscribe), Balance: 1, UpdatedAt: now})
	}
	return out
}

// makeOfficialAccounts gives every department an account at WeChat, of
// both kinds, and the platform its own.
func (b *builder) makeOfficialAccounts(tx model.Tx) error {
	add := func(number int, appid, name, kind, department string) error {
		seal := b.o.Vault.Seal
		return tx.Create(&model.OfficialAccount{AppID: appid, Name: name, Kind: kind, DepartmentID: b.departments[department],
			OriginalID: fmt.Sprintf("gh_d1%010d", number), SecretSealed: seal(fmt.Sprintf("%032x", 0xd0d0+number)),
			TokenSealed: seal(fmt.Sprintf("sandboxtoken%d", number)), AESKeySealed: seal(aesKey(number)), CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error
	}
	if err := add(0, mainAppID, "德·红云", model.AccountService, "市委组织部"); err != nil {
		return err
	}
	for i, d := range departments {
		if err := add(i+1, departmentAppID(i+1), countyName+strings.TrimPrefix(d[0], "市"), kindOf(i), d[0]); err != nil {
			return err
		}
	}
	return nil
}

func departmentAppID(number int) string { return fmt.Sprintf("wxd0000000000001%02x", number) }

// aesKey is a key of 43 characters for the sandbox alone.
func aesKey(number int) string { return fmt.Sprintf("sandboxaeskey%029dA", number) }

// SharesOpenPlatform tells which accounts give the same unionid.
func (c *County) SharesOpenPlatform(appid string) bool {
	return appid == c.o.MiniProgram.AppID || appid == mainAppID
}
