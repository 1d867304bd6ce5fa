package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/demo"
	"hongyun/service/ledger"
	"hongyun/service/vault"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

// county is the county at a small scale, loaded.
func county(t *testing.T, db *model.DB, clock *modeltest.Clock, scale float64) *demo.County {
	t.Helper()
	c := unloaded(t, db, clock)
	if err := c.Load(context.Background(), demo.Options{Scale: scale, Progress: func(int, int, string) {}}); err != nil {
		t.Fatal(err)
	}
	return c
}

func unloaded(t *testing.T, db *model.DB, clock *modeltest.Clock) *demo.County {
	t.Helper()
	return demo.New(options(t, db, clock))
}

func options(t testing.TB, db *model.DB, clock *modeltest.Clock) service.Options {
	t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{7}, vault.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = client.Close() })
	return service.Options{DB: db, Redis: client, Vault: v, HTTP: &http.Client{}, DataDir: t.TempDir(), Instance: "test",
		MiniProgram: wechat.App{AppID: "wxd0000000000000a1", Kind: wechat.KindMiniProgram}, Log: slog.New(slog.DiscardHandler), Now: clock.Now}
}

func count(t *testing.T, db *model.DB, sql string, args ...any) (n int64) {
	t.Helper()
	if err := db.Read(context.Background()).Raw(sql, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLoad(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 20:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := county(t, db, clock, 0.1)
		ctx := context.Background()
		t.Run("every organisation has an administrator", func(t *testing.T) {
			if n := count(t, db, `SELECT count(*) FROM org o WHERE NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.org_id = o.id AND g.role = 'admin')`); n != 0 {
				t.Errorf("%d have none", n)
			}
		})
		t.Run("58 committees, and branches that add up", func(t *testing.T) {
			if n := count(t, db, "SELECT count(*) FROM org WHERE type = 'COMMITTEE'"); n != 58 {
				t.Errorf("%d committees", n)
			}
			if n := count(t, db, "SELECT count(*) FROM member"); n != 1500 {
				t.Errorf("%d members", n)
			}
		})
		t.Run("the cast has every role, and one unbound member who can be tied", func(t *testing.T) {
			people, err := c.People(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var roles []string
			unbound := 0
			for _, p := range people {
				roles = append(roles, p.Role)
				if p.Bind != nil && p.Bind.Name == p.Name && len(p.Bind.IDLast6) == 6 && p.Phone != "" {
					unbound++
				}
			}
			for _, role := range []string{"city_leader", "city_admin", "committee_admin", "branch_leader", "branch_admin", "member", "desk", "department_leader", "department_handler", "citizen"} {
				if !slices.Contains(roles, role) {
					t.Errorf("nobody is %s", role)
				}
			}
			if unbound != 1 {
				t.Errorf("%d unbound members in the cast", unbound)
			}
		})
		t.Run("history, decisions and moves are of a piece", func(t *testing.T) { checkHistory(t, db) })
		t.Run("every organisation is led by those who may be elected", func(t *testing.T) { checkLeadership(t, db) })
		t.Run("courses of development went by the table", func(t *testing.T) { checkDevelopment(t, db) })
		t.Run("applicants are who their numbers say", func(t *testing.T) { checkPeople(t, db) })
		t.Run("numbers add up", func(t *testing.T) { checkSums(t, db) })
		t.Run("requests stand in every state that this county knows", func(t *testing.T) {
			if n := count(t, db, "SELECT count(DISTINCT state) FROM request"); n != 12 {
				t.Errorf("%d states", n)
			}
		})
		t.Run("the ledger is sound", func(t *testing.T) {
			if r, err := ledger.Check(ctx, db); err != nil || !r.OK() || r.Transfers == 0 {
				t.Errorf("%+v, %v", r, err)
			}
		})
		t.Run("the sandbox takes the phones as they are", func(t *testing.T) {
			box, err := sandbox.New(sandbox.Options{People: c.People, Person: c.Person, Apps: func(context.Context) ([]wechat.App, error) { return nil, nil },
				App:         func(context.Context, string) (wechat.App, error) { return wechat.App{}, wechat.ErrUnknownApp },
				MiniProgram: "wxd0000000000000a1", Templates: c.Templates(), Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			grants, err := c.Grants(ctx)
			if err != nil || len(grants) < 1000 || !box.Blank() {
				t.Fatalf("%d grants, %v", len(grants), err)
			}
			if err := box.Seed(grants); err != nil || box.Blank() {
				t.Error(err)
			}
			if err := box.Close(); err != nil {
				t.Error(err)
			}
		})
		t.Run("templates use placeholders that their messages carry", func(t *testing.T) { checkPlaceholders(t, db) })
		t.Run("an administrator could enter each template", func(t *testing.T) { enterTemplates(t, service.New(options(t, db, clock))) })
		t.Run("a second load does nothing", func(t *testing.T) {
			before := count(t, db, "SELECT count(*) FROM file")
			if err := c.Load(ctx, demo.Options{Scale: 0.1, Progress: func(int, int, string) {}}); err != nil {
				t.Error(err)
			}
			if n := count(t, db, "SELECT count(*) FROM file"); n != before {
				t.Errorf("%d files after it, %d before", n, before)
			}
		})
	})
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// checkPlaceholders holds the templates of the requests' messages against messages that the county has sent.
func checkPlaceholders(t *testing.T, db *model.DB) {
	var rows []struct{ Kind, Fields, Data string }
	err := db.Read(context.Background()).Raw(`SELECT DISTINCT t.kind, t.fields, (SELECT max(m.data) FROM message m WHERE m.kind = t.kind) AS data
		FROM message_template t WHERE EXISTS (SELECT 1 FROM message m WHERE m.kind = t.kind)`).Scan(&rows).Error
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 5 {
		t.Errorf("only %d kinds have messages", len(rows))
	}
	for _, r := range rows {
		data := map[string]string{}
		if err := json.Unmarshal([]byte(r.Data), &data); err != nil {
			t.Fatal(err)
		}
		for _, m := range placeholder.FindAllStringSubmatch(r.Fields, -1) {
			if _, ok := data[m[1]]; !ok {
				t.Errorf("%s: the template wants {%s}, the message has %s", r.Kind, m[1], r.Data)
			}
		}
	}
}

// enterTemplates enters again what is there.
func enterTemplates(t *testing.T, s *service.Service) {
	admin := access.Viewer{AccountID: 1, Grants: []access.Grant{{Role: model.RoleAdmin, OrgType: model.OrgCity, OrgPath: "001"}}}
	there, err := s.Notify.Templates(context.Background(), admin)
	if err != nil {
		t.Fatal(err)
	}
	entered := map[string]bool{} // the accounts of all departments have the same
	for _, one := range there.Items {
		if key := one.Kind + one.Channel; !entered[key] {
			entered[key] = true
			if _, err := s.Notify.SetTemplate(context.Background(), admin, one.TemplateInput); err != nil {
				t.Errorf("%s by %s: %v", one.Kind, one.Channel, err)
			}
		}
	}
	if len(entered) < len(there.Kinds) {
		t.Errorf("%d templates for %d kinds", len(entered), len(there.Kinds))
	}
}

func TestLoad_Distribution(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 20:00:00")
	db := modeltest.SQLite(t, clock.Now)
	county(t, db, clock, 0.2)
	total := count(t, db, "SELECT count(*) FROM member")
	for what, want := range map[string]struct {
		where string
		parts int64 // of 1000, RULES section 8
	}{
		"farmers":   {"occupation = '农牧渔民'", 420},
		"retired":   {"occupation = '离退休人员'", 220},
		"organs":    {"occupation = '党政机关工作人员'", 100},
		"women":     {"sex = 'FEMALE'", 240},
		"minority":  {"ethnic_group <> '汉族'", 10},
		"college":   {"education IN ('研究生', '大学本科', '大学专科')", 380},
		"61 and up": {"born_on <= '1965-12-31'", 340},
	} {
		got := count(t, db, "SELECT count(*) FROM member WHERE "+want.where) * 1000 / total
		if got < want.parts-3 || got > want.parts+3 {
			t.Errorf("%s: %d of 1000, want %d", what, got, want.parts)
		}
	}
}

func TestLoad_Deterministic(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 20:00:00")
	names := func() string {
		db := modeltest.SQLite(t, clock.Now)
		county(t, db, clock, 0.05)
		var out []string
		err := db.Read(context.Background()).Raw(`SELECT m.name || m.born_on || m.admitted_on || m.id_index || o.name FROM member m JOIN org o ON o.id = m.org_id
			UNION ALL SELECT number || content || state FROM request UNION ALL SELECT month || held_on || theme FROM meeting`).Scan(&out).Error
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(out, "\n")
	}
	first, second := names(), names()
	if first != second {
		t.Error("the same seed and day made two counties")
	}
}

// A making that was cut off between its parts, or in the middle of the requests, is finished by the next start.
func TestLoad_CutOff(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 20:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := unloaded(t, db, clock)
		for _, stories := range []int{0, 12} {
			ctx, cancel := context.WithCancel(context.Background())
			err := c.Load(ctx, demo.Options{Scale: 0.001, Progress: func(_, _ int, what string) {
				if what == "群众诉求" {
					if stories--; stories < 0 {
						cancel()
					}
				}
			}})
			if err == nil {
				t.Fatal("it was not cut off")
			}
		}
		if err := c.Load(context.Background(), demo.Options{Scale: 0.001, Progress: func(int, int, string) {}}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT count(*) FROM request"); n < 32 || n > 34 { // those that were begun may be missing
			t.Errorf("%d requests", n)
		}
		if n := count(t, db, "SELECT count(*) FROM sequence WHERE name = 'demo.requests'"); n != 0 {
			t.Error("the county is not finished")
		}
	})
}
