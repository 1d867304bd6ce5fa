package member

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Kinds of a movement of the ranks. Start + Admitted + TransferredIn + Restored - TransferredOut - Removed - Died = End.
const (
	MovementStart          = "START"
	MovementAdmitted       = "ADMITTED"
	MovementTransferredIn  = "TRANSFERRED_IN"  // from outside the node: another node, or outside the platform
	MovementRestored       = "RESTORED"        // a removal or death was taken back
	MovementTransferredOut = "TRANSFERRED_OUT" // out of the node
	MovementRemoved        = "REMOVED"
	MovementDied           = "DIED"
	MovementEnd            = "END"
	MovementMovedIn        = "MOVED_IN"  // of a child: from elsewhere in the node, for which it is no movement
	MovementMovedOut       = "MOVED_OUT" // likewise
)

// MovementNumbers is how the ranks of a node changed in a period. The numbers of the children add up to those of the node;
// what moved between the children stands apart, and adds up to the same in and out.
type MovementNumbers struct {
	Start          int64 `json:"start"` // on the roster when the period began
	Admitted       int64 `json:"admitted"`
	TransferredIn  int64 `json:"transferred_in"`
	Restored       int64 `json:"restored"`
	TransferredOut int64 `json:"transferred_out"`
	Removed        int64 `json:"removed"`
	Died           int64 `json:"died"`
	MovedIn        int64 `json:"moved_in"`
	MovedOut       int64 `json:"moved_out"`
	End            int64 `json:"end"` // on the roster when it ended
}

// MovementChild is the numbers of an organisation directly below, or of the node itself where it is a branch.
type MovementChild struct {
	OrgID   int64  `json:"org_id"`
	OrgName string `json:"org_name"`
	MovementNumbers
}

// Movement is the answer for a node.
type Movement struct {
	OrgID   int64      `json:"org_id"`
	OrgName string     `json:"org_name"`
	From    model.Date `json:"from"`
	To      model.Date `json:"to"`
	MovementNumbers
	Children []MovementChild `json:"children"`
}

// MovementFilter names the node and the period; both days belong to it.
type MovementFilter struct {
	OrgID int64      `query:"org_id" validate:"required,min=1" label:"组织"`
	From  model.Date `query:"from" validate:"required,date" label:"开始日期"`
	To    model.Date `query:"to" validate:"required,date" label:"结束日期"`
}

// Movement counts the movement of a node that v leads or administers: by the branch of each member and the place of each
// branch, day by day. Whoever moves inside the node does not count for it; a branch that moves takes its members along.
func (s *Service) Movement(ctx context.Context, v access.Viewer, f MovementFilter) (Movement, error) {
	tx := s.db.Read(ctx)
	m := Movement{OrgID: f.OrgID, From: f.From, To: f.To, Children: []MovementChild{}}
	if err := checkPeriod(tx, v, f); err != nil {
		return m, err
	}
	if err := tx.Raw("SELECT name FROM org WHERE id = ?", f.OrgID).Scan(&m.OrgName).Error; err != nil {
		return m, err
	}
	var rows []struct {
		ChildID int64
		Name    string
		Kind    string
		N       int64
	}
	err := tx.Raw(movements+`
SELECT e.child_id, o.name, e.kind, e.n FROM (SELECT child_id, kind, count(*) AS n FROM movement GROUP BY child_id, kind) e
JOIN org o ON o.id = e.child_id ORDER BY o.path, o.id`, period(f)).Scan(&rows).Error
	for _, r := range rows {
		if n := len(m.Children); n == 0 || m.Children[n-1].OrgID != r.ChildID {
			m.Children = append(m.Children, MovementChild{OrgID: r.ChildID, OrgName: r.Name})
		}
		m.Children[len(m.Children)-1].add(r.Kind, r.N)
		m.add(r.Kind, r.N)
	}
	m.MovedIn, m.MovedOut = 0, 0 // no movement of the node
	return m, err
}

func (m *MovementNumbers) add(kind string, n int64) {
	*map[string]*int64{MovementStart: &m.Start, MovementAdmitted: &m.Admitted, MovementTransferredIn: &m.TransferredIn, MovementRestored: &m.Restored,
		MovementTransferredOut: &m.TransferredOut, MovementRemoved: &m.Removed, MovementDied: &m.Died, MovementMovedIn: &m.MovedIn,
		MovementMovedOut: &m.MovedOut, MovementEnd: &m.End}[kind] += n
}

// MovementListFilter opens one number: of the node, or of a child of it.
type MovementListFilter struct {
	MovementFilter
	ChildID int64  `query:"child_id" validate:"min=0" label:"下级组织"`
	Kind    string `query:"kind" validate:"required,oneof=START ADMITTED TRANSFERRED_IN RESTORED TRANSFERRED_OUT REMOVED DIED END MOVED_IN MOVED_OUT" label:"变动类别"`
}

// MovementRow is one movement: a member, the day, and the branch in the node.
type MovementRow struct {
	MemberID int64      `json:"member_id"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind"`
	Day      model.Date `json:"day"` // of START and END the first day in the branch
	OrgID    int64      `json:"org_id"`
	OrgName  string     `json:"org_name"`
}

// MovementList lists what a number of Movement counts, in the order of the days. Who came and went twice stands there twice.
func (s *Service) MovementList(ctx context.Context, v access.Viewer, f MovementListFilter, offset, limit int) ([]MovementRow, int64, error) {
	tx := s.db.Read(ctx)
	if err := checkPeriod(tx, v, f.MovementFilter); err != nil {
		return nil, 0, err
	}
	args := period(f.MovementFilter)
	args["child"], args["kind"], args["offset"], args["limit"] = f.ChildID, f.Kind, offset, limit
	const where = " FROM movement e JOIN member m ON m.id = e.member_id JOIN org o ON o.id = e.org_id WHERE e.kind = @kind AND (e.child_id = @child OR CAST(@child AS bigint) = 0)"
	var total int64
	if err := tx.Raw(movements+"SELECT count(*)"+where, args).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []MovementRow
	err := tx.Raw(movements+"SELECT e.member_id, m.name, e.kind, e.day, e.org_id, o.name AS org_name"+where+
		" ORDER BY e.day, e.member_id LIMIT @limit OFFSET @offset", args).Scan(&rows).Error
	return rows, total, err
}

func checkPeriod(tx model.Tx, v access.Viewer, f MovementFilter) error {
	if _, err := readPath(tx, v, f.OrgID); err != nil {
		return err
	}
	if f.To < f.From {
		return fault.Invalid("movement.period", "结束日期不能早于开始日期")
	}
	return nil
}

func period(f MovementFilter) map[string]any {
	return map[string]any{"org": f.OrgID, "from": f.From, "to": f.To}
}

// movements is the common table movement (member_id, child_id, org_id, day, kind): every count and list reads it.
//
// place says when which branch lay below which child of the node: the node, the branch and the child each have a history of
// paths. piece is a member in a branch in a place, as a stretch of days a <= day < z. Stretches of one member never overlap,
// so that one which begins where another ends goes on from there.
var movements = strings.NewReplacer(
	"{{forever}}", "'9999-12-31'",
).Replace(`
WITH place AS MATERIALIZED (
  SELECT * FROM (
    SELECT b.org_id, c.org_id AS child_id,
           CASE WHEN b.from_on >= n.from_on AND b.from_on >= c.from_on THEN b.from_on WHEN n.from_on >= c.from_on THEN n.from_on ELSE c.from_on END AS a,
           CASE WHEN b.z <= n.z AND b.z <= c.z THEN b.z WHEN n.z <= c.z THEN n.z ELSE c.z END AS z
    FROM (SELECT *, coalesce(until_on, {{forever}}) AS z FROM org_span WHERE org_id = @org) n
    JOIN (SELECT *, coalesce(until_on, {{forever}}) AS z FROM org_span) b ON b.path >= n.path AND b.path < n.path || ':'
    JOIN (SELECT *, coalesce(until_on, {{forever}}) AS z FROM org_span) c ON c.path = substr(b.path, 1, length(n.path) + 3)
  ) p WHERE a < z AND z >= @from AND a <= @to
), piece AS MATERIALIZED (
  SELECT * FROM (
    SELECT s.member_id, s.reason, s.from_on AS span_from, s.z AS span_until, p.child_id, p.org_id,
           CASE WHEN s.from_on >= p.a THEN s.from_on ELSE p.a END AS a, CASE WHEN s.z <= p.z THEN s.z ELSE p.z END AS z
    FROM place p JOIN (SELECT *, coalesce(until_on, {{forever}}) AS z FROM member_span) s ON s.org_id = p.org_id AND s.from_on <= @to AND s.z >= @from
  ) q WHERE a < z AND z >= @from AND a <= @to
), edge AS MATERIALIZED (
  SELECT piece.*, lag(z) OVER w AS prev_z, lag(child_id) OVER w AS prev_child, lead(a) OVER w AS next_a, lead(child_id) OVER w AS next_child
  FROM piece WHERE a >= @from OR z <= @to
  WINDOW w AS (PARTITION BY member_id ORDER BY a)
), movement AS (
  SELECT member_id, child_id, org_id, a AS day, 'START' AS kind FROM piece WHERE a < @from AND z >= @from
  UNION ALL
  SELECT member_id, child_id, org_id, a, 'END' FROM piece WHERE a <= @to AND z > @to
  UNION ALL
  SELECT e.member_id, e.child_id, e.org_id, e.a,
         CASE WHEN e.prev_z = e.a THEN 'MOVED_IN'
              WHEN e.span_from < e.a THEN 'TRANSFERRED_IN'
              WHEN e.reason = 'FIRST' AND m.admitted_on >= @from AND m.admitted_on <= @to THEN 'ADMITTED'
              WHEN e.reason = 'CORRECTED' AND NOT EXISTS (
                SELECT 1 FROM member_span s WHERE s.member_id = e.member_id AND s.until_on = e.a AND s.from_on < e.a) THEN 'RESTORED'
              ELSE 'TRANSFERRED_IN' END
  FROM edge e JOIN member m ON m.id = e.member_id
  WHERE e.a >= @from AND NOT (coalesce(e.prev_z, '') = e.a AND e.prev_child = e.child_id)
  UNION ALL
  SELECT e.member_id, e.child_id, e.org_id, e.z,
         CASE WHEN e.next_a = e.z THEN 'MOVED_OUT'
              WHEN e.span_until > e.z THEN 'TRANSFERRED_OUT'
              WHEN EXISTS (SELECT 1 FROM member_span s WHERE s.member_id = e.member_id AND s.from_on = e.z AND (s.until_on IS NULL OR s.until_on > s.from_on)) THEN 'TRANSFERRED_OUT'
              WHEN EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = e.member_id AND d.kind = 'DEATH' AND d.effective_on = e.z) THEN 'DIED'
              WHEN EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = e.member_id AND d.kind = 'REMOVE' AND d.effective_on = e.z) THEN 'REMOVED'
              WHEN m.left_on = e.z AND m.standing = 'DECEASED' THEN 'DIED'
              WHEN m.left_on = e.z AND m.standing = 'REMOVED' THEN 'REMOVED'
              ELSE 'TRANSFERRED_OUT' END
  FROM edge e JOIN member m ON m.id = e.member_id
  WHERE e.z <= @to AND NOT (coalesce(e.next_a, '') = e.z AND e.next_child = e.child_id)
)
`)
