// Package roster keeps who belongs to which branch since when: the one way in which a member enters, moves between
// branches and leaves. Each member in good standing is in exactly one branch on every day. Why somebody enters, moves or
// leaves is decided by the modules.
//
// Locks are taken in one order, so that nobody waits in a circle: first organisations in the order of their ids (Hold here,
// stronger where one is merged or dissolved), then members in the order of theirs (Lock, Locked), then what refers to them:
// courses of development, transfers, stays, hand-overs, roles, groups. Whoever writes a row that refers to an organisation locks
// that organisation as well, because the database does.
package roster

import (
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/fault"
)

// Enrol writes a new member and the first branch, since the day of admission or, if on is later, since on.
// Faults member.exists if the identity number is on the roster already, org.dissolved.
func Enrol(tx model.Tx, m *model.Member, on model.Date) error {
	if err := takes(tx, m.OrgID); err != nil {
		return err
	}
	m.Pinyin, m.Version = Initials(m.Name), 1
	m.CreatedAt, m.UpdatedAt = tx.Now, tx.Now
	res := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id_index"}}, DoNothing: true}).Create(m)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("member.exists", "该身份证号已在党员名册中")
	}
	return tx.Create(&model.MemberSpan{MemberID: m.ID, OrgID: m.OrgID, FromOn: max(m.AdmittedOn, on), Reason: model.SpanFirst}).Error
}

// Move puts members into another branch from a day on. selectSQL yields their ids; who is there already, or has left the
// roster, stays as he or she is. A second move on the same day overwrites the first, so that a day has one branch. It
// tells how many moved. Fault org.dissolved.
func Move(tx model.Tx, to int64, on model.Date, reason, selectSQL string, args ...any) (int64, error) {
	if err := takes(tx, to); err != nil {
		return 0, err
	}
	who := "SELECT id FROM member WHERE org_id <> ? AND standing IN (?, ?) AND id IN (" + selectSQL + ")"
	args = append([]any{to, model.StandingActive, model.StandingSuspended}, args...)
	if err := Lock(tx, who, args...); err != nil { // or somebody might leave between two of the statements below
		return 0, err
	}
	// The span that began on this very day, or later by a wrong date, is taken over; an older one ends.
	steps := []struct {
		sql  string
		args []any
	}{
		{"UPDATE member_span SET org_id = ?, reason = CASE WHEN reason = ? THEN reason ELSE ? END WHERE until_on IS NULL AND from_on >= ? AND member_id IN (" + who + ")",
			append([]any{to, model.SpanFirst, reason, on}, args...)},
		{"UPDATE member_span SET until_on = ? WHERE until_on IS NULL AND from_on < ? AND member_id IN (" + who + ")", append([]any{on, on}, args...)},
		{"INSERT INTO member_span (member_id, org_id, from_on, reason) SELECT m.id, ?, ?, ? FROM (" + who + ") m " +
			"WHERE NOT EXISTS (SELECT 1 FROM member_span s WHERE s.member_id = m.id AND s.until_on IS NULL)", append([]any{to, on, reason}, args...)},
		// The course by which somebody became a member goes with him or her: the new branch discusses the conversion.
		{"UPDATE development SET org_id = ? WHERE member_id IN (" + who + ")", append([]any{to}, args...)},
	}
	for _, step := range steps {
		if _, err := model.Exec(tx, step.sql, step.args...); err != nil {
			return 0, err
		}
	}
	return model.Exec(tx, "UPDATE member SET org_id = ?, group_id = NULL, version = version + 1, updated_at = ? WHERE id IN ("+who+")",
		append([]any{to, tx.Now}, args...)...)
}

// Leave takes a member off the roster from a day on, in a standing that is not in good standing any more. The branch
// stays the last one. What the history holds after that day held nobody: such a span ends where it began. An open transfer
// and a stay elsewhere end with the membership.
//
// Fault member.left if the member has left already.
func Leave(tx model.Tx, memberID int64, standing string, on model.Date) error {
	n, err := model.Exec(tx, `UPDATE member SET standing = ?, left_on = ?, group_id = NULL, version = version + 1, updated_at = ?
WHERE id = ? AND standing IN (?, ?)`, standing, on, tx.Now, memberID, model.StandingActive, model.StandingSuspended)
	if err == nil && n == 0 {
		err = fault.Conflict("member.left", "该党员已不在党员名册中")
	}
	if err == nil {
		_, err = model.Exec(tx, "UPDATE transfer SET state = ?, decided_at = ?, note = '已离开名册' WHERE member_id = ? AND state = ?",
			model.TransferWithdrawn, tx.Now, memberID, model.TransferOpen)
	}
	if err == nil {
		_, err = model.Exec(tx, "UPDATE floating SET state = ?, ended_on = CASE WHEN left_on > ? THEN left_on ELSE ? END, note = '已离开名册' WHERE member_id = ? AND state IN (?, ?)",
			model.FloatingEnded, on, on, memberID, model.FloatingRegistered, model.FloatingActive)
	}
	if err != nil {
		return err
	}
	return cut(tx, memberID, on)
}

// Return puts a member who had left back into the last branch, or into another, from a day on. Returned from the day on
// which he or she left, the history shows no gap.
//
// Faults member.not_left if the member is on the roster, org.dissolved.
func Return(tx model.Tx, memberID, orgID int64, on model.Date, reason string) error {
	if err := takes(tx, orgID); err != nil {
		return err
	}
	n, err := model.Exec(tx, `UPDATE member SET standing = ?, left_on = NULL, org_id = ?, version = version + 1, updated_at = ?
WHERE id = ? AND standing NOT IN (?, ?)`, model.StandingActive, orgID, tx.Now, memberID, model.StandingActive, model.StandingSuspended)
	if err == nil && n == 0 {
		err = fault.Conflict("member.not_left", "该党员仍在党员名册中")
	}
	if err != nil {
		return err
	}
	if err := cut(tx, memberID, on); err != nil {
		return err
	}
	if _, err := model.Exec(tx, "DELETE FROM member_span WHERE member_id = ? AND from_on >= ?", memberID, on); err != nil {
		return err
	}
	return tx.Create(&model.MemberSpan{MemberID: memberID, OrgID: orgID, FromOn: on, Reason: reason}).Error
}

// Admitted carries a corrected day of admission into the history: a first stay that began on the day which stood there, or before
// the new one, begins on the new one. The member is locked.
//
// Fault member.dates if the member was in another branch by then, or had left.
func Admitted(tx model.Tx, memberID int64, was, is model.Date) error {
	var first []model.MemberSpan
	err := tx.Raw("SELECT * FROM member_span WHERE member_id = ? AND reason = ? ORDER BY from_on DESC LIMIT 1", memberID, model.SpanFirst).Scan(&first).Error
	if err != nil || len(first) == 0 || first[0].FromOn != was && first[0].FromOn >= is {
		return err
	}
	n, err := model.Exec(tx, `UPDATE member_span SET from_on = ? WHERE id = ? AND (until_on IS NULL OR until_on > ?)
AND NOT EXISTS (SELECT 1 FROM member_span x WHERE x.member_id = member_span.member_id AND x.from_on < member_span.from_on AND x.until_on > ?)`,
		is, first[0].ID, is, is)
	if err == nil && n == 0 {
		err = fault.Invalid("member.dates", "入党日期与名册中的转接记录不符：该党员当时已转往其他支部，或此前的党籍尚未结束，请核对")
	}
	return err
}

// cut ends a member's history on a day.
func cut(tx model.Tx, memberID int64, on model.Date) error {
	_, err := model.Exec(tx, `UPDATE member_span SET until_on = CASE WHEN from_on > ? THEN from_on ELSE ? END
WHERE member_id = ? AND (until_on IS NULL OR until_on > ?)`, on, on, memberID, on)
	return err
}

// takes refuses an organisation that is dissolved. One that is being merged or dissolved is waited for, and cannot be until the
// transaction ends.
func takes(tx model.Tx, orgID int64) error {
	var o model.Org
	err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Select("id", "dissolved_on").Where("id = ?", orgID).Take(&o).Error
	if err == nil && o.DissolvedOn != nil {
		err = fault.Conflict("org.dissolved", "该组织已撤销，请选择另一个党支部")
	}
	return err
}
