package member

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// checkForm says whether after may stand on the roster. Only what differs from before is looked at, so that an old record
// with a flaw can still be mended field by field. For a new member before is empty.
//
// Faults: member.ethnic_group, member.education, member.degree, member.occupation with what is allowed; member.dates;
// member.too_young; member.full_on; member.group.
func checkForm(tx model.Tx, before, after model.Member) error {
	for _, l := range []struct{ list, title, before, after string }{
		{model.ListEthnicGroup, "民族", before.EthnicGroup, after.EthnicGroup}, {model.ListEducation, "学历", before.Education, after.Education},
		{model.ListDegree, "学位", before.Degree, after.Degree}, {model.ListOccupation, "职业", before.Occupation, after.Occupation},
	} {
		if l.before == l.after || l.after == "" {
			continue
		}
		if err := checkLookup(tx, l.list, l.title, l.after); err != nil {
			return err
		}
	}
	if before.AdmittedOn != after.AdmittedOn || before.BornOn != after.BornOn {
		rules, err := rule.Load(tx, model.RulesMember, after.AdmittedOn)
		if err != nil {
			return err
		}
		if err := checkAge(after, rules.Int("ADMISSION_AGE_LEAST")); err != nil {
			return err
		}
	}
	if before.AdmittedOn != after.AdmittedOn || dateText(before.ApprovedOn) != dateText(after.ApprovedOn) || dateText(before.FullOn) != dateText(after.FullOn) {
		if err := checkMembershipDates(after, tx.Day()); err != nil {
			return err
		}
	}
	if after.GroupID != nil && number(before.GroupID) != *after.GroupID {
		return checkGroup(tx, after)
	}
	return nil
}

// checkLookup names the values of a code list to whoever used another.
func checkLookup(tx model.Tx, list, title, value string) error {
	var allowed []string
	if err := tx.Raw("SELECT title FROM lookup WHERE list = ? ORDER BY seq", list).Scan(&allowed).Error; err != nil {
		return err
	}
	if slices.Contains(allowed, value) {
		return nil
	}
	sentence := fmt.Sprintf("%s须为：%s", title, strings.Join(allowed, "、"))
	if len(allowed) > 20 {
		sentence = fmt.Sprintf("%s须为国家标准名称，如%s等%d种", title, strings.Join(allowed[:5], "、"), len(allowed))
	}
	return fault.Invalid("member."+list, sentence).With("allowed", allowed)
}

// checkAge: whoever is eighteen may apply (党章 art. 1); nobody can have been admitted before.
func checkAge(m model.Member, least int) error {
	if m.BornOn >= m.AdmittedOn || calendar.Years(m.BornOn, m.AdmittedOn) < least {
		return fault.Invalid("member.too_young", fmt.Sprintf("入党日期须在年满%d周岁之后，请核对出生日期和入党日期", least))
	}
	return nil
}

// checkMembershipDates: admission, approval and full membership follow each other and have happened.
func checkMembershipDates(m model.Member, today model.Date) error {
	full, approved := dateText(m.FullOn), dateText(m.ApprovedOn)
	switch {
	case m.AdmittedOn > today || full > string(today) || approved > string(today):
		return fault.Invalid("member.dates", "入党、批准和转正日期不能晚于今天")
	case approved != "" && approved < string(m.AdmittedOn):
		return fault.Invalid("member.dates", "批准日期不能早于入党日期")
	case full != "" && full < string(m.AdmittedOn):
		return fault.Invalid("member.dates", "转正日期不能早于入党日期")
	case m.Status == model.MemberFull && full == "":
		return fault.Invalid("member.full_on", "正式党员须填写转正日期")
	case m.Status == model.MemberProbationary && full != "":
		return fault.Invalid("member.full_on", "预备党员没有转正日期")
	}
	return nil
}

func checkGroup(tx model.Tx, m model.Member) error {
	var g model.PartyGroup // locked, so that it isn't dissolved while somebody comes in
	err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Where("id = ? AND org_id = ? AND dissolved_on IS NULL", *m.GroupID, m.OrgID).Take(&g).Error
	if model.NotFound(err) {
		err = fault.Invalid("member.group", "所选党小组不属于该党员所在的支部，请重新选择")
	}
	return err
}
