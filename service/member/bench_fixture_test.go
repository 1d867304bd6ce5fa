package member

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/service/vault"
)

// The county of the benchmarks: 500 committees with 100 branches each and 20 members in every branch.
const (
	countyCommittees = 500
	countyBranches   = countyCommittees * 100
	countyMembers    = countyBranches * 20
)

// county is a Postgres of its own with countyMembers members, made by a few statements in one or two minutes. The ids are
// 1 for the city, then the committees, then the branches: see countyBranch.
//
// The members of a branch lie next to each other in the table, as an import brings them in. Names, birth dates,
// occupations and dates of joining are spread about as in the yearly bulletin. The sealed identity number and phone are the
// same for all, so that a view can open them; the indexes are each member's own. Every countyKnown-th member can be found by
// a real number: countyNumber and countyPhone of an id that countyKnown divides.
type county struct {
	*Service
	db    *model.DB
	vault *vault.Vault
}

// countyKnown: each so many-th member has a real identity number and phone.
const countyKnown = 50

func countyNumber(id int64) string { return fmt.Sprintf("3611991990%08d", id) }
func countyPhone(id int64) string  { return fmt.Sprintf("138%08d", id) }

// countyBranch is the id of the branch of a member.
func countyBranch(member int64) int64 { return 2 + countyCommittees + (member-1)/20 }

// countyCommittee is the path of the n-th committee, from 0 on.
func countyCommittee(n int) string { return fmt.Sprintf("001%03d", n+1) }

func newCounty(b testing.TB) *county {
	b.Helper()
	clock := modeltest.At("2026-11-20 09:00:00")
	v, err := vault.New([]byte(strings.Repeat("k", vault.KeyBytes)))
	benchMust(b, err)
	c := &county{db: modeltest.Postgres(b, clock.Now), vault: v}
	c.Service = New(Options{DB: c.db, Vault: v, Notify: notify.New(notify.Options{DB: c.db, Kinds: Kinds(), Instance: "bench"})})
	c.seed(b, `INSERT INTO org (id, type, path, name, created_at) VALUES (1, 'CITY', '001', '市委', now());
INSERT INTO org (id, parent_id, type, path, name, created_at)
    SELECT 2 + i, 1, 'COMMITTEE', '001' || lpad((i + 1)::text, 3, '0'), '党委' || i, now() FROM generate_series(0, `+fmt.Sprint(countyCommittees-1)+`) i;
INSERT INTO org (id, parent_id, type, path, name, created_at)
    SELECT `+fmt.Sprint(2+countyCommittees)+` + i, 2 + i / 100, 'BRANCH', '001' || lpad((i / 100 + 1)::text, 3, '0') || lpad((i % 100 + 1)::text, 3, '0'), '支部' || i, now()
    FROM generate_series(0, `+fmt.Sprint(countyBranches-1)+`) i;
SELECT setval(pg_get_serial_sequence('org', 'id'), `+fmt.Sprint(1+countyCommittees+countyBranches)+`);
INSERT INTO account (id, mp_appid, openid, created_at, last_login_at) VALUES (1, 'mp', 'bench', now(), now());
SELECT setval(pg_get_serial_sequence('account', 'id'), 1)`)
	again := c.withoutIndexes(b, "member", "member_span")
	c.seed(b, countyPeople, v.Seal("361199199001010018"), v.Seal("13800000001"))
	c.know(b)
	c.seed(b, `INSERT INTO member_span (member_id, org_id, from_on, reason) SELECT id, org_id, admitted_on, 'FIRST' FROM member`)
	again()
	_, err = c.db.SQL().Exec("VACUUM ANALYZE")
	benchMust(b, err)
	return c
}

// countyPeople draws each field from the member's number: the same county every time.
var countyPeople = `
INSERT INTO member (id, org_id, name, pinyin, id_sealed, id_index, phone_sealed, phone_index, sex, born_on, ethnic_group, native_place, education,
    degree, occupation, work_unit, work_post, status, admitted_on, approved_on, full_on, created_at, updated_at)
SELECT i, ` + fmt.Sprint(2+countyCommittees) + ` + (i - 1) / 20,
    substr('李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗', 1 + h % 20, 1) || substr('建小志文秀海国永春玉', 1 + h / 20 % 10, 1) || substr('国明强华英燕平军芳林', 1 + h / 200 % 10, 1),
    substr('lwzlcyzhzwxshzglhgml', 1 + h % 20, 1) || substr('jxzwxhgycy', 1 + h / 20 % 10, 1) || substr('gmqhyypjfl', 1 + h / 200 % 10, 1),
    ?, 'i' || i, ?, 'p' || i, CASE WHEN h % 100 < 31 THEN 'FEMALE' ELSE 'MALE' END, born::text, CASE WHEN h % 13 = 0 THEN '畲族' ELSE '汉族' END, '江西德兴',
    (ARRAY['研究生', '大学本科', '大学专科', '高中', '中专', '初中', '小学及以下'])[1 + h / 7 % 7], '',
    (ARRAY['工人', '农牧渔民', '专业技术人员', '企业管理人员', '党政机关工作人员', '学生', '其他职业人员', '离退休人员'])[1 + h / 11 % 8], '某单位' || i % 5000, '职员',
    CASE WHEN h % 50 = 0 THEN 'PROBATIONARY' ELSE 'FULL' END, joined::text, joined::text,
    CASE WHEN h % 50 = 0 THEN NULL ELSE (joined + 365)::text END, now(), now()
FROM (SELECT i, h, born, born + (19 * 365 + h % 3650) AS joined
      FROM (SELECT i, h, date '1936-01-01' + (h % 25000) AS born FROM (SELECT i, abs(hashint4(i)) AS h FROM generate_series(1, ` + fmt.Sprint(countyMembers) + `) i) x) y) z;
SELECT setval(pg_get_serial_sequence('member', 'id'), ` + fmt.Sprint(countyMembers) + `)`

// know gives each countyKnown-th member the indexes of real numbers.
func (c *county) know(b testing.TB) {
	b.Helper()
	ids, phones := make([]string, countyMembers/countyKnown), make([]string, countyMembers/countyKnown)
	for i := range ids {
		id := int64(i+1) * countyKnown
		ids[i], phones[i] = c.vault.Index(countyNumber(id)), c.vault.Index(countyPhone(id))
	}
	_, err := c.db.SQL().Exec(`UPDATE member SET id_index = k.id, phone_index = k.phone
FROM unnest(string_to_array($1, ','), string_to_array($2, ',')) WITH ORDINALITY k (id, phone, n) WHERE member.id = k.n * `+fmt.Sprint(countyKnown),
		strings.Join(ids, ","), strings.Join(phones, ","))
	benchMust(b, err)
}

// withoutIndexes drops the indexes of tables that are about to be filled, and makes them again when it is told so.
func (c *county) withoutIndexes(b testing.TB, tables ...string) (again func()) {
	b.Helper()
	var dropped []struct{ Indexname, Indexdef string }
	benchMust(b, c.db.Read(context.Background()).Raw(`SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ? AND indexname NOT IN (SELECT conname FROM pg_constraint)`, tables).Scan(&dropped).Error)
	for _, i := range dropped {
		_, err := c.db.SQL().Exec("DROP INDEX " + i.Indexname)
		benchMust(b, err)
	}
	return func() {
		for _, i := range dropped {
			_, err := c.db.SQL().Exec(i.Indexdef)
			benchMust(b, err)
		}
	}
}

// seed trusts the foreign keys of the rows that it makes.
func (c *county) seed(b testing.TB, sql string, args ...any) {
	b.Helper()
	benchMust(b, c.db.Tx(context.Background(), func(tx model.Tx) error {
		if err := tx.Exec("SET LOCAL session_replication_role = replica").Error; err != nil {
			return err
		}
		statements := []string{sql}
		if len(args) == 0 || strings.HasPrefix(sql, countyPeople) {
			statements = strings.Split(sql, ";\n")
		}
		for _, one := range statements {
			if err := tx.Exec(one, args[:strings.Count(one, "?")]...).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// admin administers the organisation with the path.
func (c *county) admin(path string) access.Viewer {
	return access.Viewer{AccountID: 1, Name: "管理员", Grants: []access.Grant{{Role: model.RoleAdmin, OrgID: 1, OrgPath: path, OrgType: model.OrgCommittee}}}
}

func benchMust(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
