package account

import "hongyun/model"

// packQuery is one list of the pack. both says that the condition on the path stands twice.
type packQuery struct {
	columns, from, order string
	both                 bool
}

var (
	unboundMembers = packQuery{columns: "m.id, m.name, o.name AS org_name", order: "o.path, m.id",
		from: `member m JOIN org o ON o.id = m.org_id WHERE m.standing = 'ACTIVE' AND NOT EXISTS (SELECT 1 FROM account a WHERE a.member_id = m.id) AND o.path >= ? AND o.path < ?`}
	noPhoneMembers = packQuery{columns: "m.id, m.name, o.name AS org_name", order: "o.path, m.id",
		from: `member m JOIN org o ON o.id = m.org_id WHERE m.standing = 'ACTIVE' AND m.phone_index = '' AND o.path >= ? AND o.path < ?`}
	openCourses = packQuery{columns: "d.id, d.name, o.name AS org_name, d.state, coalesce(l.code, '') AS next_code, coalesce(l.due_on, '') AS next_due",
		order: "CASE WHEN l.due_on IS NULL THEN 1 ELSE 0 END, l.due_on, d.id",
		from: `development d JOIN org o ON o.id = d.org_id LEFT JOIN development_deadline l ON l.id = (SELECT x.id FROM development_deadline x
  WHERE x.development_id = d.id ORDER BY x.due_on, x.id LIMIT 1) WHERE d.state IN ('APPLICANT', 'ACTIVIST', 'CANDIDATE', 'ADMITTED', 'PROBATIONARY') AND o.path >= ? AND o.path < ?`}
	openTransfers = packQuery{columns: "t.id, m.name, f.name AS \"from\", coalesce(o.name, t.to_name) AS \"to\", t.reason", order: "t.id", both: true,
		from: `transfer t JOIN member m ON m.id = t.member_id JOIN org f ON f.id = t.from_org_id LEFT JOIN org o ON o.id = t.to_org_id
  WHERE t.state = 'OPEN' AND ((f.path >= ? AND f.path < ?) OR (o.path >= ? AND o.path < ?))`}
	openStays = packQuery{columns: "t.id, t.name, coalesce(f.name, t.home_name) AS home, coalesce(o.name, t.host_name) AS host, t.state, t.left_on", order: "t.id", both: true,
		from: `floating t LEFT JOIN org f ON f.id = t.home_org_id LEFT JOIN org o ON o.id = t.host_org_id
  WHERE t.state IN ('REGISTERED', 'ACTIVE') AND ((f.path >= ? AND f.path < ?) OR (o.path >= ? AND o.path < ?))`}
	openGroups = packQuery{columns: `g.id, g.name, o.name AS org_name, coalesce(m.name, '') AS leader,
  (SELECT count(*) FROM member x WHERE x.group_id = g.id AND x.standing = 'ACTIVE') AS members`, order: "o.path, g.id",
		from: `party_group g JOIN org o ON o.id = g.org_id LEFT JOIN member m ON m.id = g.leader_id WHERE g.dissolved_on IS NULL AND o.path >= ? AND o.path < ?`}
	openRebinds = packQuery{columns: "r.id, m.name, r.reason", order: "r.id",
		from: `rebind_request r JOIN member m ON m.id = r.member_id JOIN org o ON o.id = m.org_id WHERE r.state = 'PENDING' AND o.path >= ? AND o.path < ?`}
)

// packCounts reads the numbers of the pack.
func packCounts(tx model.Tx, o model.Org, p *Pack) error {
	under := []any{o.Path, model.PathEnd(o.Path)}
	month := tx.Day().Month()
	for _, q := range []struct {
		into any
		sql  string
		args []any
	}{
		{&p.Org, `
SELECT o.id, o.type, o.name, coalesce(u.name, '') AS parent, coalesce(o.official_code, '') AS official_code, o.kind, o.address, o.phone, o.founded_on,
       (SELECT count(*) FROM org b WHERE b.path > o.path AND b.path < o.path || ':' AND b.dissolved_on IS NULL) AS below,
       (SELECT count(*) FROM role_grant g LEFT JOIN account a ON a.id = g.account_id LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) WHERE g.org_id = o.id AND g.role = 'admin' AND g.revoked_at IS NULL
        AND (m.id IS NULL OR m.standing = 'ACTIVE')) AS admins
FROM org o LEFT JOIN org u ON u.id = o.parent_id WHERE o.id = ?`, []any{o.ID}},
		{&p.Members, `
SELECT count(*) FILTER (WHERE m.standing = 'ACTIVE') AS total, count(*) FILTER (WHERE m.standing = 'ACTIVE' AND m.status = 'FULL') AS "full",
       count(*) FILTER (WHERE m.standing = 'ACTIVE' AND m.status = 'PROBATIONARY') AS probationary, count(*) FILTER (WHERE m.standing = 'SUSPENDED') AS suspended
FROM member m JOIN org o ON o.id = m.org_id WHERE o.path >= ? AND o.path < ?`, under},
		{&p.ThemeDay, `
SELECT CAST(? AS text) AS month, count(*) AS branches,
       count(CASE WHEN EXISTS (SELECT 1 FROM meeting t WHERE t.org_id = b.id AND t.month = k.month AND t.kind = 'THEME_DAY' AND t.state = 'COMPLETED') THEN 1 END) AS done,
       count(CASE WHEN EXISTS (SELECT 1 FROM meeting t WHERE t.org_id = b.id AND t.month = k.month AND t.kind = 'THEME_DAY' AND t.state = 'DRAFT') THEN 1 END) AS drafts
FROM org b CROSS JOIN (SELECT CAST(? AS text) AS month) k WHERE b.type = 'BRANCH' AND b.dissolved_on IS NULL AND b.path >= ? AND b.path < ?`,
			append([]any{month, month}, under...)},
		{&p.Dues, `
SELECT CAST(? AS text) AS month, count(*) FILTER (WHERE b.month = ? AND b.state IN ('UNPAID', 'PAID')) AS bills, count(*) FILTER (WHERE b.month = ? AND b.state = 'UNPAID') AS unpaid,
       CAST(coalesce(sum(b.amount_fen) FILTER (WHERE b.month = ? AND b.state = 'UNPAID'), 0) AS bigint) AS unpaid_fen,
       count(*) FILTER (WHERE b.month < ? AND b.state = 'UNPAID') AS arrears
FROM dues_bill b JOIN org o ON o.id = b.org_id WHERE (b.month = ? OR b.state = 'UNPAID') AND o.path >= ? AND o.path < ?`,
			append([]any{month, month, month, month, month, month}, under...)},
		{&p.Standard, `
SELECT count(*) AS items, count(*) FILTER (WHERE e.state = 'APPROVED') AS approved, count(*) FILTER (WHERE e.state = 'SUBMITTED') AS submitted,
       count(*) FILTER (WHERE e.state = 'RETURNED') AS returned
FROM standard_checklist c JOIN standard_item i ON i.checklist_id = c.id LEFT JOIN standard_evidence e ON e.item_id = i.id AND e.org_id = ?
WHERE c.state = 'PUBLISHED' AND c.org_type = ? AND (c.kind = ? OR (c.kind = '' AND NOT EXISTS (SELECT 1 FROM standard_checklist x
      WHERE x.org_type = c.org_type AND x.kind = ? AND x.state = 'PUBLISHED')))`, []any{o.ID, o.Type, o.Kind, o.Kind}},
	} {
		if err := tx.Raw(q.sql, q.args...).Scan(q.into).Error; err != nil {
			return err
		}
	}
	return nil
}

// packLeadership reads the present term and the posts that are held.
func packLeadership(tx model.Tx, o model.Org, l *PackLeadership) error {
	var term struct {
		Number int64
		EndsOn model.Date
	}
	err := tx.Raw("SELECT number, coalesce(postponed_until, ends_on) AS ends_on FROM org_term WHERE org_id = ? ORDER BY elected_on DESC LIMIT 1", o.ID).Scan(&term).Error
	if err != nil {
		return err
	}
	*l = PackLeadership{Number: term.Number, EndsOn: term.EndsOn, Posts: []PackPost{}}
	return tx.Raw(`
SELECT coalesce(c.title, p.post) AS title, m.name FROM org_post p JOIN member m ON m.id = p.member_id
LEFT JOIN lookup c ON c.list = 'org_post' AND c.code = p.post
WHERE p.org_id = ? AND p.until_on IS NULL ORDER BY c.seq, p.id`, o.ID).Scan(&l.Posts).Error
}
