package member_test

import (
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/member"
)

// formOf is the edit that changes nothing: the page as it was read.
func formOf(d member.Detail) member.EditInput {
	in := member.EditInput{Version: d.Version, Reason: "核对更正", IDNumber: &d.IDNumber, Phone: &d.Phone, Address: &d.Address,
		Form: member.Form{Name: d.Name, Sex: d.Sex, BornOn: d.BornOn, EthnicGroup: d.EthnicGroup, NativePlace: d.NativePlace, Education: d.Education,
			Degree: d.Degree, Occupation: d.Occupation, WorkUnit: d.WorkUnit, WorkPost: d.WorkPost, Landline: d.Landline, IsCadre: d.IsCadre,
			Exempt: d.Exempt, AdmittedOn: d.AdmittedOn}}
	if d.GroupID != nil {
		in.GroupID = *d.GroupID
	}
	if d.ApprovedOn != nil {
		in.ApprovedOn = *d.ApprovedOn
	}
	if d.FullOn != nil {
		in.FullOn = *d.FullOn
	}
	return in
}

func TestEdit(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		admin, upper := b.named("支部管理员", model.RoleAdmin, b.one), b.named("党委管理员", model.RoleAdmin, b.alpha)
		d, err := b.Enter(b.ctx, admin, newInput(b.one))
		must(b.t, err)
		b.t.Run("the page as it was read changes nothing", func(t *testing.T) {
			same, err := b.Edit(b.ctx, admin, d.ID, formOf(d))
			must(t, err)
			equal(t, same.Version, 1)
		})
		b.t.Run("each changed field is logged with before and after, sealed ones masked", func(t *testing.T) {
			in, phone, address := formOf(d), "13700000022", "江西省上饶市信州区某路2号"
			in.Landline = "0793-7000000转办公室"
			in.WorkUnit, in.IsCadre, in.Phone, in.Address, in.FullOn = "市供电公司", true, &phone, &address, "2009-07-02"
			d, err = b.Edit(b.ctx, admin, d.ID, in)
			must(t, err)
			equal(t, d.Version, 2)
			equal(t, d.WorkUnit+d.Phone+d.Address, "市供电公司137****0022江西省上饶市******")
			changes, total, err := b.Changes(b.ctx, admin, d.ID, 0, 6)
			must(t, err)
			equal(t, total, 7)
			want := map[string][2]string{"工作单位": {"", "市供电公司"}, "科级干部": {"否", "是"}, "手机号": {"139****0011", "137****0022"},
				"家庭住址": {"江西省德兴市******", "江西省上饶市******"}, "转正日期": {"2009-07-01", "2009-07-02"}, "固定电话": {"", "079*********转办公室"}}
			for _, c := range changes {
				equal(t, [2]string{c.Before, c.After}, want[c.Title])
				equal(t, c.By+c.Reason, "支部管理员核对更正")
			}
			rows, _, err := b.Members(b.ctx, admin, member.Filter{Q: phone}, 0, 5)
			must(t, err)
			equal(t, len(rows), 1)
		})
		b.t.Run("who saw an older version hears what has changed since", func(t *testing.T) {
			in := formOf(d)
			in.Version, in.NativePlace = 1, "江西上饶"
			_, err := b.Edit(b.ctx, upper, d.ID, in)
			f := faultOf(err)
			equal(t, f.Code, "member.changed")
			equal(t, f.Kind, fault.KindConflict)
			equal(t, f.Details["version"].(int64), 2)
			changes := f.Details["changes"].([]member.Change)
			equal(t, len(changes), 6)
			equal(t, changes[0].Title+changes[0].By, "转正日期支部管理员")
		})
		b.t.Run("an identity number is corrected from above, and brings sex and birth date with it", func(t *testing.T) {
			in, number := formOf(d), idNumber("1984-05-06", 12)
			in.IDNumber, in.Sex, in.BornOn = &number, "", ""
			_, err := b.Edit(b.ctx, admin, d.ID, in)
			refused(t, err, "member.identity_above")
			in.Sex = "MALE"
			_, err = b.Edit(b.ctx, upper, d.ID, in)
			refused(t, err, "member.sex_differs")
			in.Sex = ""
			d, err = b.Edit(b.ctx, upper, d.ID, in)
			must(t, err)
			equal(t, d.Sex+string(d.BornOn)+d.IDNumber, "FEMALE1984-05-06361199********"+number[14:])
		})
		b.t.Run("not to a number that somebody else has", func(t *testing.T) {
			other := newInput(b.three)
			other.IDNumber = idNumber("1981-01-01", 21)
			_, err := b.Enter(b.ctx, holder(model.RoleAdmin, b.three), other)
			must(t, err)
			in := formOf(d)
			in.IDNumber, in.Sex, in.BornOn = &other.IDNumber, "", ""
			_, err = b.Edit(b.ctx, upper, d.ID, in)
			refused(t, err, "member.exists")
		})
		b.t.Run("sex and birth date are not edited against the number", func(t *testing.T) {
			in := formOf(d)
			in.BornOn = "1984-05-07"
			_, err := b.Edit(b.ctx, admin, d.ID, in)
			refused(t, err, "member.birth_differs")
		})
		b.t.Run("an old record with a flaw is mended field by field", func(t *testing.T) {
			b.exec("UPDATE member SET education = '本科', full_on = '2001-01-01' WHERE id = ?", d.ID)
			d, err := b.Member(b.ctx, admin, d.ID)
			must(t, err)
			in, none := formOf(d), ""
			in.Phone = &none
			d, err = b.Edit(b.ctx, admin, d.ID, in)
			must(t, err)
			equal(t, d.Phone, "")
			in = formOf(d)
			in.ApprovedOn = "2008-08-01"
			_, err = b.Edit(b.ctx, admin, d.ID, in)
			refused(t, err, "member.dates")
		})
		b.t.Run("only whoever administers the branch or above", func(t *testing.T) {
			for v, code := range map[string]string{model.RoleLeader: "auth.forbidden", model.RoleDesk: "not_found", model.RoleIdentity: "not_found"} {
				_, err := b.Edit(b.ctx, holder(v, b.one), d.ID, formOf(d))
				refused(t, err, code)
			}
			_, err := b.Edit(b.ctx, holder(model.RoleAdmin, b.two), d.ID, formOf(d))
			refused(t, err, "not_found")
			_, err = b.Edit(b.ctx, access.Viewer{AccountID: 1, MemberID: d.ID}, d.ID, formOf(d))
			refused(t, err, "not_found")
		})
		b.t.Run("who has left is not edited any more", func(t *testing.T) {
			b.exec("UPDATE member SET standing = 'REMOVED' WHERE id = ?", d.ID)
			d, err := b.Member(b.ctx, admin, d.ID)
			must(t, err)
			_, err = b.Edit(b.ctx, admin, d.ID, formOf(d))
			refused(t, err, "member.left")
		})
	})
}

// TestEdit_AtOnce: of administrators who act on the same version at once exactly one succeeds.
func TestEdit_AtOnce(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		admins := []access.Viewer{b.named("甲", model.RoleAdmin, b.one), b.named("乙", model.RoleAdmin, b.alpha), b.named("丙", model.RoleAdmin, b.city)}
		d, err := b.Enter(b.ctx, admins[0], newInput(b.one))
		must(b.t, err)
		for round := range 10 {
			errs := make([]error, len(admins))
			var all sync.WaitGroup
			for i, v := range admins {
				all.Go(func() {
					in := formOf(d)
					in.WorkPost = v.Name + string(rune('0'+round))
					_, errs[i] = b.Edit(b.ctx, v, d.ID, in)
				})
			}
			all.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				f := faultOf(err)
				equal(b.t, f.Code, "member.changed")
				equal(b.t, len(f.Details["changes"].([]member.Change)), 1)
			}
			equal(b.t, won, 1)
			d, err = b.Member(b.ctx, admins[0], d.ID)
			must(b.t, err)
			equal(b.t, d.Version, int64(round+2))
		}
		equal(b.t, b.count("SELECT count(*) FROM member_change WHERE field = 'work_post'"), 10)
	})
}

func TestEdit_admission(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		city := b.named("市委管理员", model.RoleAdmin, b.city)
		in := newInput(b.one)
		in.JoinedOn = in.AdmittedOn
		d, err := b.Enter(b.ctx, city, in)
		must(b.t, err)
		correct := func(day model.Date) error {
			form := formOf(d)
			form.AdmittedOn, form.FullOn, form.ApprovedOn = day, "2026-06-01", ""
			next, err := b.Edit(b.ctx, city, d.ID, form)
			if err == nil {
				d = next
			}
			return err
		}
		on := func(day model.Date, o model.Org) int64 {
			return b.count("SELECT count(*) FROM member_span WHERE member_id = ? AND org_id = ? AND from_on <= ? AND (until_on IS NULL OR until_on > ?)", d.ID, o.ID, day, day)
		}
		b.t.Run("a corrected day of admission is the first day in the first branch, earlier or later", func(t *testing.T) {
			for _, day := range []model.Date{"2006-03-01", "2009-07-15"} {
				must(t, correct(day))
				equal(t, on(day.AddDays(-1), b.one), 0)
				equal(t, on(day, b.one), 1)
			}
		})
		b.t.Run("but not later than the member moved on", func(t *testing.T) {
			row, err := b.RequestTransfer(b.ctx, city, d.ID, member.TransferInput{ToOrgID: b.two.ID, Reason: "调动", Version: d.Version})
			must(t, err)
			_, err = b.AcceptTransfer(b.ctx, city, row.ID, member.AcceptInput{MovedOn: "2015-01-01"})
			must(t, err)
			d.Version = b.now(d.ID).Version
			refused(t, correct("2015-01-01"), "member.dates")
			must(t, correct("2014-12-31"))
			equal(t, on("2014-12-31", b.one), 1)
			equal(t, on("2015-01-01", b.two), 1)
		})
	})
}
