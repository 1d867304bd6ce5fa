package demo_test

import (
	"bytes"
	"context"
	"testing"

	"hongyun/model"
	"hongyun/service/roster"
	"hongyun/service/vault"
)

// none holds queries against the database that must find nothing.
func none(t *testing.T, db *model.DB, queries map[string]string) {
	t.Helper()
	for what, sql := range queries {
		if n := count(t, db, "SELECT count(*) FROM ("+sql+") AS found"); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

// some holds queries against the database that must find something.
func some(t *testing.T, db *model.DB, queries map[string]string) {
	t.Helper()
	for what, sql := range queries {
		if n := count(t, db, "SELECT count(*) FROM ("+sql+") AS found"); n == 0 {
			t.Errorf("%s: none", what)
		}
	}
}

// checkHistory: the county was made on 2026-11-23.
func checkHistory(t *testing.T, db *model.DB) {
	none(t, db, map[string]string{
		"organisations whose open span is not what they are": `SELECT o.id FROM org o LEFT JOIN org_span s ON s.org_id = o.id AND s.until_on IS NULL
			AND s.name = o.name AND s.path = o.path AND s.type = o.type AND coalesce(s.parent_id, 0) = coalesce(o.parent_id, 0) WHERE s.id IS NULL`,
		"members on the roster without one open span in their branch": `SELECT m.id FROM member m LEFT JOIN member_span s ON s.member_id = m.id AND s.until_on IS NULL
			AND s.org_id = m.org_id WHERE m.standing IN ('ACTIVE', 'SUSPENDED') AND (s.id IS NULL OR m.left_on IS NOT NULL)`,
		"members who left, but not on the day that their span ends": `SELECT m.id FROM member m WHERE m.standing NOT IN ('ACTIVE', 'SUSPENDED') AND
			(m.left_on IS NULL OR m.left_on <> (SELECT max(coalesce(s.until_on, '9')) FROM member_span s WHERE s.member_id = m.id))`,
		"spans that begin before admission, or with a gap": `SELECT s.id FROM member_span s JOIN member m ON m.id = s.member_id WHERE s.from_on < m.admitted_on OR
			s.until_on <= s.from_on OR s.from_on <> m.admitted_on AND NOT EXISTS (SELECT 1 FROM member_span p WHERE p.member_id = m.id AND p.until_on = s.from_on)`,
		"full members whose probation has not ended":  `SELECT id FROM member WHERE status = 'FULL' AND (full_on IS NULL OR full_on > '2026-11-23' OR full_on <= admitted_on)`,
		"probationary members with a full-member day": `SELECT id FROM member WHERE status <> 'FULL' AND full_on IS NOT NULL`,
		"members without initials, place or version":  `SELECT id FROM member WHERE pinyin = '' OR native_place = '' OR work_unit = '' OR work_post = '' OR version <> 1`,
		"degrees below a bachelor's education":        `SELECT id FROM member WHERE degree <> '' AND education NOT IN ('研究生', '大学本科')`,
		"members who left without a decision":         `SELECT id FROM member m WHERE standing IN ('REMOVED', 'DECEASED', 'SUSPENDED') AND NOT EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = m.id AND d.effective_on = coalesce(m.left_on, d.effective_on))`,
		"members of a group of another branch":        `SELECT m.id FROM member m JOIN party_group g ON g.id = m.group_id WHERE g.org_id <> m.org_id`,
		"groups without a leader of their own":        `SELECT g.id FROM party_group g LEFT JOIN member m ON m.id = g.leader_id AND m.group_id = g.id WHERE m.id IS NULL`,
		"joint branches of one unit":                  `SELECT o.id FROM org o WHERE is_joint AND (SELECT count(*) FROM joint_unit u WHERE u.org_id = o.id) < 2`,
		"transfers in and out that the spans deny":    `SELECT t.id FROM transfer t WHERE t.state = 'ACCEPTED' AND NOT EXISTS (SELECT 1 FROM member_span s WHERE s.member_id = t.member_id AND s.org_id = t.from_org_id AND s.until_on = t.moved_on)`,
	})
	some(t, db, map[string]string{
		"lost contact":          `SELECT id FROM member WHERE standing = 'ACTIVE' AND lost_since IS NOT NULL`,
		"watched":               `SELECT id FROM member WHERE watched_until > '2026-11-23'`,
		"left the county":       `SELECT m.id FROM member m JOIN transfer t ON t.member_id = m.id AND t.to_org_id IS NULL WHERE m.standing = 'TRANSFERRED'`,
		"waiting transfer":      `SELECT id FROM transfer WHERE state = 'OPEN'`,
		"from another branch":   `SELECT id FROM member_span WHERE reason = 'TRANSFER'`,
		"joint branch, crowded": `SELECT org_id FROM joint_unit GROUP BY org_id HAVING count(*) > 5`,
		"branch above 50":       `SELECT org_id FROM member GROUP BY org_id HAVING count(*) > 50`,
		"away, with a contact":  `SELECT f.id FROM floating f JOIN floating_contact c ON c.floating_id = f.id WHERE f.state = 'ACTIVE'`,
		"away, receipt missing": `SELECT id FROM floating WHERE state = 'REGISTERED'`,
		"away, silent":          `SELECT f.id FROM floating f WHERE f.state = 'ACTIVE' AND NOT EXISTS (SELECT 1 FROM floating_contact c WHERE c.floating_id = f.id AND c.on_day >= '2026-08-23')`,
		"from elsewhere":        `SELECT id FROM floating WHERE member_id IS NULL AND host_org_id IS NOT NULL`,
		"delegate":              `SELECT id FROM delegate_duty`,
	})
}

func checkLeadership(t *testing.T, db *model.DB) {
	none(t, db, map[string]string{
		"organisations without a secretary in the present term": `SELECT o.id FROM org o WHERE NOT EXISTS (SELECT 1 FROM org_post p JOIN org_term t ON t.id = p.term_id
			WHERE p.org_id = o.id AND t.org_id = o.id AND p.post = 'SECRETARY' AND p.until_on IS NULL)`,
		"posts held by those who could not be elected": `SELECT p.id FROM org_post p JOIN member m ON m.id = p.member_id JOIN org o ON o.id = p.org_id JOIN org b ON b.id = m.org_id
			WHERE m.status <> 'FULL' OR m.full_on > p.from_on OR m.standing <> 'ACTIVE' OR m.watched_until IS NOT NULL OR b.path NOT LIKE o.path || '%'`,
		"committees of two or of more than seven": `SELECT org_id FROM org_post GROUP BY org_id HAVING count(*) = 2 OR count(*) > 7`,
	})
	some(t, db, map[string]string{
		"over":                  `SELECT id FROM org_term WHERE ends_on < '2026-11-23' AND postponed_until IS NULL`,
		"ends in three months":  `SELECT id FROM org_term WHERE ends_on BETWEEN '2026-11-24' AND '2027-02-23'`,
		"ends in six months":    `SELECT id FROM org_term WHERE ends_on BETWEEN '2027-02-24' AND '2027-05-23'`,
		"a secretary by itself": `SELECT p.org_id FROM org_post p JOIN org o ON o.id = p.org_id WHERE o.type = 'BRANCH' GROUP BY p.org_id HAVING count(*) = 1`,
	})
}

func checkDevelopment(t *testing.T, db *model.DB) {
	none(t, db, map[string]string{
		"courses that are not where their last step led": `SELECT d.id FROM development d LEFT JOIN development_step s ON s.development_id = d.id AND s.seq = d.version
			WHERE s.id IS NULL OR s.to_state <> d.state OR d.version <> (SELECT count(*) FROM development_step x WHERE x.development_id = d.id)`,
		"steps that run backwards, or begin where the one before did not end": `SELECT s.id FROM development_step s JOIN development_step p ON p.development_id = s.development_id AND p.seq = s.seq - 1
			WHERE s.on_day < p.on_day OR s.from_state <> p.to_state`,
		"steps to come":               `SELECT id FROM development_step WHERE on_day > '2026-11-23'`,
		"years of training too short": `SELECT id FROM development WHERE candidate_on IS NOT NULL AND substr(candidate_on, 1, 4) = substr(activist_on, 1, 4)`,
		"candidates under the edition of 2026 without a notice that ended before": `SELECT d.id FROM development d WHERE d.candidate_on >= '2026-05-18' AND NOT EXISTS
			(SELECT 1 FROM development_notice n WHERE n.development_id = d.id AND n.outcome = 'CLEAR' AND n.ends_on < d.candidate_on)`,
		"steps of the wrong edition": `SELECT id FROM development_step WHERE rule_set <> CASE WHEN on_day < '2026-05-18' THEN 'DEV2014' ELSE 'DEV2026' END`,
		"members on probation whose course says otherwise": `SELECT m.id FROM member m LEFT JOIN development d ON d.member_id = m.id AND d.state = 'PROBATIONARY' AND d.admitted_on = m.admitted_on
			AND d.approved_on = m.approved_on AND d.id_index = m.id_index AND d.org_id = m.org_id WHERE m.status = 'PROBATIONARY' AND d.id IS NULL`,
		"new full members whose course says otherwise": `SELECT m.id FROM member m LEFT JOIN development d ON d.member_id = m.id AND d.state = 'FULL' AND d.probation_ends_on = m.full_on
			WHERE m.status = 'FULL' AND m.full_on >= '2026-01-01' AND d.id IS NULL`,
		"applicants who are members": `SELECT d.id FROM development d JOIN member m ON m.id_index = d.id_index WHERE d.member_id IS NULL`,
		"introducers other than two": `SELECT d.id FROM development d WHERE d.pre_reviewed_on IS NOT NULL AND (SELECT count(*) FROM development_sponsor s WHERE s.development_id = d.id AND s.role = 'INTRODUCER') <> 2`,
		"votes that did not carry":   `SELECT id FROM vote WHERE NOT passed OR NOT quorate`,
		"meetings without a vote":    `SELECT id FROM development_step WHERE code IN ('T5', 'T8a') AND vote_id IS NULL`,
		"steps without their papers": `SELECT s.id FROM development_step s JOIN development_paper p ON p.step = s.code AND s.code <> 'T0'
			WHERE NOT EXISTS (SELECT 1 FROM development_document d WHERE d.development_id = s.development_id AND d.step = p.step AND d.kind = p.kind)`,
		"open courses that nobody has to act on": `SELECT d.id FROM development d WHERE d.state IN ('ACTIVIST', 'ADMITTED', 'PROBATIONARY') AND NOT EXISTS
			(SELECT 1 FROM development_deadline l WHERE l.development_id = d.id)`,
	})
	some(t, db, map[string]string{
		"late":        `SELECT id FROM development_deadline WHERE due_on < '2026-11-23'`,
		"almost late": `SELECT id FROM development_deadline WHERE due_on BETWEEN '2026-11-23' AND '2026-12-23'`,
		"notice open": `SELECT id FROM development_notice WHERE outcome = 'OPEN'`,
		"ended":       `SELECT id FROM development_step WHERE code = 'T0'`,
	})
	if n := count(t, db, "SELECT count(DISTINCT state) FROM development"); n != 9 {
		t.Errorf("%d states", n)
	}
}

// checkPeople: applicants have valid identity numbers that say what the course says, and are of age.
func checkPeople(t *testing.T, db *model.DB) {
	v, err := vault.New(bytes.Repeat([]byte{7}, vault.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	var rows []model.Development
	if err := db.Read(context.Background()).Where("member_id IS NULL").Find(&rows).Error; err != nil || len(rows) == 0 {
		t.Fatalf("%d applicants, %v", len(rows), err)
	}
	for _, d := range rows {
		number, err := v.Open(d.IDSealed)
		if err != nil {
			t.Fatal(err)
		}
		id, err := roster.ParseIdentity(number, "2026-11-23")
		if err != nil || id.Sex != d.Sex || id.BornOn != d.BornOn || number[:6] != "361199" {
			t.Errorf("%s: %+v, %v", d.Name, id, err)
		}
		if d.BornOn.Time().AddDate(18, 0, 0).After(d.AppliedOn.Time()) {
			t.Errorf("%s, born on %s, applied on %s", d.Name, d.BornOn, d.AppliedOn)
		}
	}
}

// checkSums is I7: what branches have adds up to what their committee and the city have.
func checkSums(t *testing.T, db *model.DB) {
	total := count(t, db, "SELECT count(*) FROM member")
	if n := count(t, db, `SELECT CAST(sum(n) AS bigint) FROM (SELECT o.id, count(m.id) AS n FROM org o LEFT JOIN org b ON b.path >= o.path AND b.path < o.path || ':'
		LEFT JOIN member m ON m.org_id = b.id WHERE o.type = 'COMMITTEE' GROUP BY o.id) AS committees`); n != total {
		t.Errorf("the committees have %d members, the city %d", n, total)
	}
	if n := count(t, db, "SELECT count(*) FROM member m JOIN org o ON o.id = m.org_id AND o.type = 'BRANCH'"); n != total {
		t.Errorf("%d of %d members are in branches", n, total)
	}
	evidence := count(t, db, "SELECT count(*) FROM standard_evidence WHERE state IN ('APPROVED', 'SUBMITTED')")
	items := count(t, db, "SELECT count(*) FROM org o JOIN standard_checklist c ON c.org_type = o.type JOIN standard_item i ON i.checklist_id = c.id")
	if share := evidence * 100 / items; share < 55 || share > 72 {
		t.Errorf("%d of 100 items are shown", share)
	}
	none(t, db, map[string]string{
		"evidence with fewer photos than its item wants": `SELECT e.id FROM standard_evidence e JOIN standard_item i ON i.id = e.item_id
			WHERE (SELECT count(*) FROM standard_photo p WHERE p.evidence_id = e.id) < i.photos`,
		"approved evidence without its fact": `SELECT e.id FROM standard_evidence e WHERE e.state = 'APPROVED' AND NOT EXISTS
			(SELECT 1 FROM fact f WHERE f.code = 'standard.approved' AND f.subject_id = e.org_id AND f.source = 'standard:' || e.id || ':' || e.round)`,
		"applicants of no branch": `SELECT d.id FROM development d JOIN org o ON o.id = d.org_id WHERE o.type <> 'BRANCH'`,
	})
}
