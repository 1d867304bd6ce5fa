package account_test

import (
	"fmt"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
)

func (b *bundle) admins(orgID int64) string {
	b.t.Helper()
	var names []string
	must(b.t, b.db.Read(b.ctx).Raw(`SELECT m.name FROM role_grant g JOIN member m ON m.id = g.member_id
WHERE g.org_id = ? AND g.role = 'admin' AND g.revoked_at IS NULL ORDER BY m.id`, orgID).Scan(&names).Error)
	return fmt.Sprint(names)
}

func TestHandover(t *testing.T) {
	each(t, func(b *bundle) {
		sun := b.member(b.one, "孙七", "361199198001010011", "13800000007")
		own := b.holding(b.zhang, model.RoleAdmin, b.one)
		upper := b.holding(b.wang, model.RoleAdmin, b.alpha)
		foreign := b.holding(b.zhao, model.RoleAdmin, b.beta)
		_, li := b.bound(b.li)
		open := func(v access.Viewer, org int64, in account.HandoverInput) (account.HandoverDetail, error) {
			return b.OpenHandover(b.ctx, v, org, in)
		}
		to := func(p person) account.HandoverInput {
			return account.HandoverInput{ToMemberID: p.member, Note: "工作调动"}
		}
		by := func(in account.HandoverInput, p person) account.HandoverInput { in.FromMemberID = p.member; return in }
		for _, c := range []struct {
			name string
			v    access.Viewer
			org  int64
			in   account.HandoverInput
			code string
		}{
			{"to himself", own, b.one, to(b.zhang), "handover.same"},
			{"to a member of another branch", own, b.one, to(b.wang), "not_found"},
			{"for somebody else, without standing above", own, b.one, by(to(b.li), sun), "role.not_above"},
			{"from above, without naming whom", upper, b.one, to(b.li), "handover.not_admin"},
			{"from above, for one who is no administrator", upper, b.one, by(to(b.li), sun), "handover.not_admin"},
			{"from another committee", foreign, b.one, by(to(b.li), b.zhang), "not_found"},
			{"by an ordinary member", li, b.one, to(b.li), "not_found"},
			{"of the level above", own, b.alpha, to(b.li), "not_found"},
		} {
			b.t.Run("is not opened: "+c.name, func(t *testing.T) {
				_, err := open(c.v, c.org, c.in)
				refused(t, err, c.code)
				equal(t, b.count("SELECT count(*) FROM handover"), 0)
			})
		}
		first, err := open(own, b.one, to(b.li))
		must(t, err)
		b.t.Run("one at a time", func(t *testing.T) {
			_, err := open(own, b.one, to(sun))
			refused(t, err, "handover.open")
			_, err = open(upper, b.one, by(to(sun), b.zhang))
			refused(t, err, "handover.open")
		})
		b.t.Run("is seen by the two, and by those above", func(t *testing.T) {
			_, sunV := b.bound(sun)
			for _, c := range []struct {
				v    access.Viewer
				sees bool
			}{{own, true}, {li, true}, {upper, true}, {foreign, false}, {sunV, false}, {access.Viewer{AccountID: 9}, false}} {
				rows, total, err := b.Handovers(b.ctx, c.v, "", 0, 10)
				must(t, err)
				equal(t, total, int64(len(rows)))
				equal(t, len(rows) == 1, c.sees)
				_, err = b.Handover(b.ctx, c.v, first.ID)
				if c.sees {
					must(t, err)
				} else {
					refused(t, err, "not_found")
				}
			}
		})
		b.t.Run("changes nothing before it is accepted, and the successor alone accepts", func(t *testing.T) {
			equal(t, b.admins(b.one), "[张三]")
			for _, v := range []access.Viewer{own, upper} {
				_, err := b.AcceptHandover(b.ctx, v, first.ID)
				refused(t, err, "auth.forbidden")
			}
			_, err := b.AcceptHandover(b.ctx, foreign, first.ID)
			refused(t, err, "not_found")
		})
		b.t.Run("the role passes at once; of those who accept twice one is heard", func(t *testing.T) {
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { _, errs[i] = b.AcceptHandover(b.ctx, li, first.ID) })
			}
			wg.Wait()
			heard := 0
			for _, err := range errs {
				if err == nil {
					heard++
					continue
				}
				refused(t, err, "handover.closed")
			}
			equal(t, heard, 1)
			equal(t, b.admins(b.one), "[李四]")
			equal(t, b.count("SELECT count(*) FROM role_grant WHERE org_id = ? AND revoked_at IS NULL", b.one), 1)
			equal(t, b.count("SELECT count(*) FROM message WHERE kind LIKE 'account.handover%'"), 2)
			_, v := b.login(b.zhang.id)
			equal(t, v.Has(model.RoleAdmin), false)
			_, err := b.WithdrawHandover(b.ctx, li, first.ID)
			refused(t, err, "handover.closed")
		})
		b.t.Run("from above, for an administrator who died: to one who administers already", func(t *testing.T) {
			b.exec("UPDATE member SET standing = 'DECEASED' WHERE id = ?", b.li.member)
			b.create(&model.RoleGrant{MemberID: &sun.member, Role: model.RoleAdmin, OrgID: &b.one, GrantedAt: b.db.Now()})
			h, err := open(upper, b.one, by(to(sun), b.li))
			must(t, err)
			_, sunV := b.login(sun.id)
			_, err = b.AcceptHandover(b.ctx, sunV, h.ID)
			must(t, err)
			equal(t, b.admins(b.one), "[孙七]")
		})
	})
}

func TestHandover_Withdraw(t *testing.T) {
	each(t, func(b *bundle) {
		own, upper := b.holding(b.zhang, model.RoleAdmin, b.one), b.holding(b.wang, model.RoleAdmin, b.alpha)
		leader := b.holding(b.zhao, model.RoleLeader, b.city)
		_, li := b.bound(b.li)
		open := func() int64 {
			h, err := b.OpenHandover(b.ctx, own, b.one, account.HandoverInput{ToMemberID: b.li.member})
			must(b.t, err)
			return h.ID
		}
		b.t.Run("by the predecessor, by the successor who declines, by the level above", func(t *testing.T) {
			for _, v := range []access.Viewer{own, li, upper} {
				h, err := b.WithdrawHandover(b.ctx, v, open())
				must(t, err)
				equal(t, h.State, model.HandoverWithdrawn)
			}
			equal(t, b.admins(b.one), "[张三]")
		})
		b.t.Run("and with it the successor's sight of the pack", func(t *testing.T) {
			id := open()
			h, err := b.Handover(b.ctx, li, id)
			must(t, err)
			equal(t, h.Pack != nil, true)
			h, err = b.WithdrawHandover(b.ctx, li, id)
			must(t, err)
			equal(t, h.Pack == nil, true)
			h, err = b.Handover(b.ctx, li, id)
			must(t, err)
			equal(t, h.Pack == nil, true)
			h, err = b.Handover(b.ctx, upper, id)
			must(t, err)
			equal(t, h.Pack != nil, true)
		})
		b.t.Run("not by a leader, who only reads", func(t *testing.T) {
			id := open()
			_, err := b.WithdrawHandover(b.ctx, leader, id)
			refused(t, err, "auth.forbidden")
			_, err = b.WithdrawHandover(b.ctx, own, id)
			must(t, err)
		})
		b.t.Run("a predecessor whose role was taken meanwhile has nothing to hand over", func(t *testing.T) {
			id := open()
			b.exec("UPDATE role_grant SET revoked_at = ? WHERE member_id = ?", b.db.Now(), b.zhang.member)
			_, err := b.AcceptHandover(b.ctx, li, id)
			refused(t, err, "handover.void")
			equal(t, b.admins(b.one), "[]")
			equal(t, b.count("SELECT count(*) FROM handover WHERE id = ? AND state = 'OPEN'", id), 1)
		})
	})
}

func TestHandover_account(t *testing.T) {
	each(t, func(b *bundle) {
		v := b.stranger("c-1", "13900000001") // the first administrator, from the command line
		b.create(&model.RoleGrant{AccountID: &v.AccountID, Role: model.RoleAdmin, OrgID: &b.city, GrantedAt: b.db.Now()})
		v, err := access.Load(b.db.Read(b.ctx), v.AccountID)
		must(t, err)
		b.t.Run("an administrator who is no member hands over too", func(t *testing.T) {
			h, err := b.OpenHandover(b.ctx, v, b.city, account.HandoverInput{ToMemberID: b.zhao.member})
			must(t, err)
			equal(t, h.FromMemberID, 0)
			_, zhao := b.bound(b.zhao)
			_, err = b.AcceptHandover(b.ctx, zhao, h.ID)
			must(t, err)
			equal(t, b.admins(b.city), "[赵六]")
			equal(t, b.count("SELECT count(*) FROM role_grant WHERE revoked_at IS NULL"), 1)
		})
	})
}

func TestHandover_pack(t *testing.T) {
	each(t, func(b *bundle) {
		own := b.holding(b.wang, model.RoleAdmin, b.alpha)
		b.exec("UPDATE member SET phone_index = '' WHERE id = ?", b.li.member)
		b.exec("UPDATE org SET address = '人民路1号', phone = '0793-1', official_code = 'A1' WHERE id = ?", b.alpha)
		now := b.db.Now()
		b.create(&model.Meeting{OrgID: b.one, Kind: model.ThemeDay, Month: "2026-11", HeldOn: "2026-11-05", State: model.MeetingCompleted, Round: 1, CreatedAt: now, UpdatedAt: now})
		b.create(&model.Meeting{OrgID: b.two, Kind: model.ThemeDay, Month: "2026-11", HeldOn: "2026-11-05", State: model.MeetingDraft, CreatedAt: now, UpdatedAt: now})
		for _, bill := range []model.DuesBill{{MemberID: b.li.member, OrgID: b.one, Month: "2026-11", AmountFen: 150, State: model.BillUnpaid}, {MemberID: b.zhang.member, OrgID: b.one, Month: "2026-11", AmountFen: 100, State: model.BillPaid},
			{MemberID: b.wang.member, OrgID: b.one, Month: "2026-11", AmountFen: 100, State: model.BillCancelled},
			{MemberID: b.li.member, OrgID: b.one, Month: "2026-09", AmountFen: 150, State: model.BillUnpaid}, {MemberID: b.zhao.member, OrgID: b.three, Month: "2026-11", AmountFen: 1, State: model.BillUnpaid}} {
			bill.Category, bill.CreatedAt = "SALARIED", now
			b.create(&bill)
		}
		for i, at := range []int64{b.one, b.two, b.three} {
			d := model.Development{OrgID: at, Name: fmt.Sprint("申请人", i), IDSealed: "x", IDIndex: fmt.Sprint("d", i), Sex: "MALE", BornOn: "1990-01-01", State: model.DevActivist, AppliedOn: "2025-01-01", Version: 1, CreatedAt: now, UpdatedAt: now}
			b.create(&d)
			if at == b.two {
				b.create(&model.DevelopmentDeadline{DevelopmentID: d.ID, Code: "DEV-W02", DueOn: "2027-01-01", Level: model.LevelBranch})
				b.create(&model.DevelopmentDeadline{DevelopmentID: d.ID, Code: "DEV-W01", DueOn: "2026-12-01", Level: model.LevelBranch})
			}
		}
		b.create(&model.Transfer{MemberID: b.zhao.member, FromOrgID: b.three, ToOrgID: &b.two, Reason: "调动", State: model.TransferOpen, RequestedAt: now})
		b.create(&model.Floating{MemberID: &b.li.member, Name: "李四", HomeOrgID: &b.one, HostName: "杭州", Place: "杭州", LeftOn: "2026-01-01", State: model.FloatingActive, RegisteredAt: now})
		b.create(&model.OrgTerm{OrgID: b.alpha, Number: 3, ElectedOn: "2022-01-01", EndsOn: "2027-01-01", CreatedAt: now})
		b.create(&model.OrgPost{OrgID: b.alpha, MemberID: b.zhang.member, Post: model.PostSecretary, FromOn: "2022-01-01", CreatedAt: now})
		b.create(&model.PartyGroup{OrgID: b.one, Name: "第一党小组", LeaderID: &b.zhang.member, CreatedAt: now})
		var item int64
		must(t, b.db.Read(b.ctx).Raw("SELECT min(i.id) FROM standard_item i JOIN standard_checklist c ON c.id = i.checklist_id WHERE c.org_type = 'COMMITTEE'").Scan(&item).Error)
		b.create(&model.StandardEvidence{OrgID: b.alpha, ItemID: item, State: model.EvidenceApproved, UpdatedAt: now})

		h, err := b.OpenHandover(b.ctx, own, b.alpha, account.HandoverInput{ToMemberID: b.zhang.member})
		must(t, err)
		p := h.Pack
		b.t.Run("holds what the successor takes over, of the whole subtree and nothing beside", func(t *testing.T) {
			equal(t, fmt.Sprint(p.Org.Name, p.Org.Parent, p.Org.OfficialCode, p.Org.Address, p.Org.Below, p.Org.Admins), "甲委市委A1人民路1号2 1")
			equal(t, p.Members, account.PackMembers{Total: 3, Full: 3})
			equal(t, p.Unbound.Total, 2)
			equal(t, p.Unbound.Items[0].Name, "张三")
			equal(t, fmt.Sprint(p.NoPhone), fmt.Sprintf("{[{%d 李四 一支部}] 1}", b.li.member))
			equal(t, p.ThemeDay, account.PackThemeDay{Month: "2026-11", Branches: 2, Done: 1, Drafts: 1})
			equal(t, p.Dues, account.PackDues{Month: "2026-11", Bills: 2, Unpaid: 1, UnpaidFen: 150, Arrears: 1})
			equal(t, p.Development.Total, 2)
			equal(t, p.Development.Items[0].NextCode+string(p.Development.Items[0].NextDue), "DEV-W012026-12-01")
			equal(t, p.Development.Items[1].NextCode, "")
			equal(t, p.Transfers.Items[0].From+p.Transfers.Items[0].To, "三支部二支部")
			equal(t, p.Floating.Items[0].Home+p.Floating.Items[0].Host, "一支部杭州")
			equal(t, p.Standard, account.PackStandard{Items: 6, Approved: 1})
			equal(t, fmt.Sprint(p.Leadership), "{3 2027-01-01 [{书记 张三}]}")
			equal(t, fmt.Sprint(p.Groups.Total, p.Rebinds.Total), "1 0")
		})
		b.t.Run("stays as it was", func(t *testing.T) {
			b.exec("UPDATE dues_bill SET state = 'PAID'")
			again, err := b.Handover(b.ctx, own, h.ID)
			must(t, err)
			equal(t, fmt.Sprint(again.Pack), fmt.Sprint(p))
		})
	})
}
