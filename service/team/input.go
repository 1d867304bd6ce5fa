package team

import (
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// check refuses what the lists and registers do not know.
func check(tx model.Tx, v access.Viewer, in Input) error {
	var o model.Org
	where, args := v.Works().Paths("path")
	err := tx.Where("id = ? AND dissolved_on IS NULL AND "+where, append([]any{in.OrgID}, args...)...).Take(&o).Error
	if model.NotFound(err) {
		return fault.NotFound("组织")
	}
	if err != nil {
		return err
	}
	if err := known(tx, in.Skills, fault.Invalid("team.no_skill", "没有这种服务技能，请重新选择").With("field", "skills"),
		"SELECT count(*) FROM lookup WHERE code IN ? AND list = 'service_skill'"); err != nil {
		return err
	}
	if err := known(tx, in.MemberIDs, fault.Invalid("team.no_member", "队员须是在册党员，请重新选择").With("field", "member_ids"),
		"SELECT count(*) FROM member WHERE id IN ? AND standing = ?", model.StandingActive); err != nil {
		return err
	}
	if in.LeaderID != nil && !slices.Contains(in.MemberIDs, *in.LeaderID) {
		return fault.Invalid("team.leader", "队长须是本队队员").With("field", "leader_id")
	}
	if in.DepartmentID != nil {
		return known(tx, []int64{*in.DepartmentID}, fault.Invalid("team.no_department", "没有该单位，请重新选择").With("field", "department_id"),
			"SELECT count(*) FROM department WHERE id IN ? AND closed_on IS NULL")
	}
	return nil
}

// known refuses unless the query, whose first parameter is the values, counts every one of them.
func known[T any](tx model.Tx, values []T, refusal error, query string, args ...any) error {
	if len(values) == 0 {
		return nil
	}
	var n int
	if err := tx.Raw(query, append([]any{values}, args...)...).Scan(&n).Error; err != nil {
		return err
	}
	if n != len(values) {
		return refusal
	}
	return nil
}

// fill puts skills, areas and members in place of what was there. Who stays keeps the day of joining.
func fill(tx model.Tx, id int64, in Input) error {
	if err := tx.Where("team_id = ?", id).Delete(&model.ServiceTeamSkill{}).Error; err != nil {
		return err
	}
	if err := tx.Where("team_id = ?", id).Delete(&model.ServiceTeamArea{}).Error; err != nil {
		return err
	}
	for _, k := range in.Skills {
		if err := tx.Create(&model.ServiceTeamSkill{TeamID: id, Skill: k}).Error; err != nil {
			return err
		}
	}
	for _, a := range in.Areas {
		if err := tx.Create(&model.ServiceTeamArea{TeamID: id, Area: a}).Error; err != nil {
			return err
		}
	}
	if _, err := model.Exec(tx, "UPDATE service_team_member SET left_on = ? WHERE team_id = ? AND left_on = '' AND member_id NOT IN ?",
		tx.Day(), id, append([]int64{0}, in.MemberIDs...)); err != nil {
		return err
	}
	if len(in.MemberIDs) == 0 {
		return nil
	}
	_, err := model.Exec(tx, `INSERT INTO service_team_member (team_id, member_id, joined_on)
		SELECT CAST(? AS bigint), id, CAST(? AS text) FROM member WHERE id IN ?
		AND id NOT IN (SELECT member_id FROM service_team_member WHERE team_id = ? AND left_on = '')`, id, tx.Day(), in.MemberIDs, id)
	return err
}
