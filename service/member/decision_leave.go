package member

import (
	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/roster"
)

// takeOff takes a member off the roster and ends what only a member of good standing can hold: roles, open hand-overs, posts,
// the lead of a party group, mandates, an open transfer, a stay elsewhere. Unpaid bills stay as they are: the branch settles them. The
// account stays tied: who is not in good standing is a stranger to package access, and a mistake can be taken back. Roles
// don't come back by themselves.
func (s *Service) takeOff(tx model.Tx, v access.Viewer, m model.Member, standing string, on model.Date, why string) error {
	if err := endHandovers(tx, v, m.ID, ""); err != nil {
		return err
	}
	if err := roster.RevokeRoles(tx, v, roster.OwnRoles, m.ID, m.ID); err != nil {
		return err
	}
	if err := endPosts(tx, m.ID, on, "member_id = ?", m.ID); err != nil {
		return err
	}
	ends := []struct {
		sql  string
		args []any
	}{
		{"UPDATE transfer SET state = ?, decided_by = ?, decided_at = ?, note = ? WHERE member_id = ? AND state = ?",
			[]any{model.TransferWithdrawn, account(v), tx.Now, why, m.ID, model.TransferOpen}},
		{endDelegates + "member_id = ?", []any{on, on, why, m.ID}},
	}
	for _, e := range ends {
		if _, err := model.Exec(tx, e.sql, e.args...); err != nil {
			return err
		}
	}
	if err := endFloating(tx, m.ID, on, why); err != nil {
		return err
	}
	return roster.Leave(tx, m.ID, standing, on)
}

const endDelegates = "UPDATE delegate SET ended_on = CASE WHEN elected_on > ? THEN elected_on ELSE ? END, end_reason = ? WHERE ended_on IS NULL AND "

// endHandovers ends the open hand-overs from and to a member: whoever administers a role above gives it anew.
func endHandovers(tx model.Tx, v access.Viewer, memberID int64, where string, args ...any) error {
	_, err := model.Exec(tx, "UPDATE handover SET state = ?, closed_by = ?, closed_at = ? WHERE state = ? AND (from_member_id = ? OR to_member_id = ?)"+where,
		append([]any{model.HandoverWithdrawn, account(v), tx.Now, model.HandoverOpen, memberID, memberID}, args...)...)
	return err
}

// endFloating ends a member's open stay elsewhere.
func endFloating(tx model.Tx, memberID int64, on model.Date, why string) error {
	_, err := model.Exec(tx, "UPDATE floating SET state = ?, ended_on = CASE WHEN left_on > ? THEN left_on ELSE ? END, note = ? WHERE member_id = ? AND state IN (?, ?)",
		model.FloatingEnded, on, on, why, memberID, model.FloatingRegistered, model.FloatingActive)
	return err
}

// endPosts ends the posts that where selects and takes the lead of party groups away.
func endPosts(tx model.Tx, memberID int64, on model.Date, where string, args ...any) error {
	_, err := model.Exec(tx, "UPDATE org_post SET until_on = CASE WHEN from_on > ? THEN from_on ELSE ? END WHERE until_on IS NULL AND "+where,
		append([]any{on, on}, args...)...)
	if err == nil {
		_, err = model.Exec(tx, "UPDATE party_group SET leader_id = NULL WHERE leader_id = ?", memberID)
	}
	return err
}
