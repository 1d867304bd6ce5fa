package collection

import "hongyun/model"

// What people read, written by the database: 2026年11月.
const sinceInWords = `substr(a.since_month, 1, 4) || '年' || CAST(CAST(substr(a.since_month, 6, 2) AS bigint) AS text) || '月'`

// newSteps are the cases that reached a step in this transaction: the step BRANCH is the branch's to hear of, COMMITTEE the
// committee's, CASE both's. Its only argument is the transaction's time.
const newSteps = `
  SELECT a.id, a.member_id, m.name, m.org_id, o.name AS org, a.since_month, a.months, a.step,
         max(CASE WHEN s.step IN ('BRANCH', 'CASE') THEN 1 ELSE 0 END) AS to_branch, max(CASE WHEN s.step IN ('COMMITTEE', 'CASE') THEN 1 ELSE 0 END) AS to_committee
  FROM dues_arrears_step s JOIN dues_arrears a ON a.id = s.arrears_id AND a.state = 'OPEN' JOIN member m ON m.id = a.member_id JOIN org o ON o.id = m.org_id
  WHERE s.at = ? GROUP BY a.id, a.member_id, m.name, m.org_id, o.name, a.since_month, a.months, a.step`

// staff are the active administrators of each organisation, and of a branch those who collect its dues. A grant to an account
// reaches its member, if it has an active one.
const staff = `
  SELECT DISTINCT g.org_id, CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS recipient_type, coalesce(m.id, g.account_id) AS recipient_id
  FROM role_grant g JOIN org o ON o.id = g.org_id LEFT JOIN account a ON a.id = g.account_id
  LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) AND m.standing = 'ACTIVE'
  WHERE (g.role = 'admin' OR g.role = 'dues_collector' AND o.type = 'BRANCH') AND g.revoked_at IS NULL
    AND (m.id IS NOT NULL OR a.member_id IS NULL AND g.account_id IS NOT NULL)`

// tellArrears tells the people of each new step, and each member with a kind word, in two statements however many there are.
// Where nobody administers the branch or the committee, the nearest above that somebody administers hears of it.
func (s *Service) tellArrears(tx model.Tx) (int64, error) {
	data := tx.Dialect.JSONObject("id", "CAST(a.id AS text)", "org", "a.org", "name", "a.name", "since", sinceInWords, "months", "CAST(a.months AS text)", "action",
		`CASE a.step WHEN 'BRANCH' THEN '请了解情况、及时提醒，有困难的予以帮助。' WHEN 'COMMITTEE' THEN '请督促所属支部了解情况、限期改正。'
  ELSE '已达到须由组织研究的期限，请按程序研究处理；本平台不改变其党籍和职务。' END`)
	people, err := s.notify.QueueEach(tx, KindArrears, `
WITH RECURSIVE reached AS MATERIALIZED (`+newSteps+`
), recipient AS MATERIALIZED (`+staff+`
), staffed AS MATERIALIZED (SELECT DISTINCT org_id FROM recipient
), begins (id, org_id) AS (
  SELECT id, org_id FROM reached WHERE to_branch = 1
  UNION
  SELECT r.id, c.id FROM reached r JOIN org b ON b.id = r.org_id
  JOIN org c ON b.path > c.path AND b.path < c.path || ':' AND (c.type = 'COMMITTEE' OR c.type = 'CITY'
    AND NOT EXISTS (SELECT 1 FROM org x WHERE x.type = 'COMMITTEE' AND b.path > x.path AND b.path < x.path || ':'))
  WHERE to_committee = 1
), up (id, org_id) AS (
  SELECT id, org_id FROM begins
  UNION
  SELECT up.id, o.parent_id FROM up JOIN org o ON o.id = up.org_id LEFT JOIN staffed ON staffed.org_id = up.org_id
  WHERE staffed.org_id IS NULL AND o.parent_id IS NOT NULL
)
SELECT DISTINCT r.recipient_type, r.recipient_id, `+data+` AS data, '' AS page, CAST(a.id AS text) || '/' || a.step AS period
FROM up JOIN recipient r ON r.org_id = up.org_id JOIN reached a ON a.id = up.id`, tx.Now)
	if err != nil {
		return 0, err
	}
	data = tx.Dialect.JSONObject("name", "a.name", "org", "a.org", "since", sinceInWords, "months", "CAST(a.months AS text)")
	members, err := s.notify.QueueEach(tx, KindArrearsMember, `
SELECT 'member' AS recipient_type, a.member_id AS recipient_id, `+data+` AS data, '' AS page, a.since_month || '/' || a.step AS period
FROM (`+newSteps+`) a JOIN member m ON m.id = a.member_id AND m.standing = 'ACTIVE'`, tx.Now)
	return people + members, err
}
