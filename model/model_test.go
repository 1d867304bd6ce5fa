package model_test

import (
	"context"
	"errors"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// tables is every table struct.
func tables() []any {
	return []any{
		model.Org{}, model.Department{}, model.Member{}, model.Account{}, model.RebindRequest{}, model.RoleGrant{},
		model.AuditHead{}, model.AuditEntry{}, model.WorkdayOverride{}, model.Fact{}, model.EnergyRule{},
		model.LedgerAccount{}, model.LedgerTransfer{}, model.LedgerEntry{}, model.Contact{}, model.Message{},
		model.Delivery{}, model.DeliveryAttempt{}, model.MessageTemplate{}, model.MessageCredit{}, model.Callback{},
		model.JobTime{}, model.JobRun{}, model.File{}, model.Sequence{}, model.Meeting{}, model.Attendance{},
		model.MeetingPhoto{}, model.DuesRule{}, model.DuesAssessment{}, model.DuesBill{}, model.DuesPayment{},
		model.OfficialAccount{}, model.TimeLimit{}, model.Request{}, model.RequestPart{}, model.RequestStep{}, model.DemoCast{},
		model.OrgSpan{}, model.OrgEvent{}, model.JointUnit{}, model.PartyGroup{}, model.OrgTerm{},
		model.OrgPost{}, model.Vote{}, model.VoteExclusion{}, model.Handover{}, model.StandardChecklist{},
		model.StandardItem{}, model.StandardEvidence{}, model.StandardPhoto{}, model.RuleValue{}, model.Lookup{},
		model.Band{}, model.MemberSpan{}, model.MemberChange{}, model.MemberAccess{}, model.StandingDecision{},
		model.Transfer{}, model.Floating{}, model.FloatingContact{}, model.Congress{}, model.Delegate{},
		model.DelegateDuty{}, model.ImportBatch{}, model.MemberDraft{}, model.OrgDraft{}, model.ExportBatch{},
		model.Development{}, model.DevelopmentStep{}, model.DevelopmentDocument{}, model.DevelopmentPaper{}, model.DevelopmentSponsor{},
		model.DevelopmentNotice{}, model.DevelopmentDeadline{},
		model.DuesSetting{}, model.DuesBaseItem{}, model.DuesBaseChoice{}, model.DuesAssessmentItem{}, model.DuesAssessmentDraft{},
		model.DuesRelief{}, model.DuesRun{}, model.DuesPaymentBill{}, model.DuesRefund{}, model.PayNotice{},
		model.PayStatement{}, model.PayStatementLine{}, model.PayDifference{}, model.DuesSpecial{}, model.DuesArrears{},
		model.DuesArrearsStep{}, model.DuesArrearsNote{}, model.DuesQuarter{}, model.DuesDeposit{}, model.DuesShare{},
		model.DuesRemittance{}, model.DuesUse{}, model.DuesPublication{},
		model.RequestIdentity{}, model.RequestReading{}, model.RequestPause{}, model.RequestExtension{}, model.RequestHelper{}, model.RequestRating{}, model.RequestRevisit{}, model.RequestRelease{},
		model.ContactMessage{}, model.ComponentTicket{}, model.ComponentAuthorization{}, model.APIKey{}, model.RequestWarning{}, model.Accountability{}, model.RequestExclusion{}, model.UnitMark{},
		model.RateMonth{}, model.RateFigure{}, model.RateLine{}, model.ServiceTeam{}, model.ServiceTeamSkill{}, model.ServiceTeamArea{}, model.ServiceTeamMember{}, model.ServiceDuty{}, model.ServiceOrder{}, model.ServiceOrderPhoto{},
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		read := db.Read(context.Background())
		seen := map[string]bool{"goose_db_version": true}
		for _, table := range tables() {
			s, err := schema.Parse(table, &sync.Map{}, read.NamingStrategy)
			if err != nil {
				t.Fatal(err)
			}
			seen[s.Table] = true
			columns, err := read.Migrator().ColumnTypes(s.Table)
			if err != nil {
				t.Fatal(err)
			}
			var migrated, declared []string
			for _, c := range columns {
				migrated = append(migrated, c.Name())
			}
			declared = append(declared, s.DBNames...)
			sort.Strings(migrated)
			sort.Strings(declared)
			if m, d := strings.Join(migrated, " "), strings.Join(declared, " "); m != d {
				t.Errorf("%s has the columns\n%s\nbut the struct says\n%s", s.Table, m, d)
			}
		}
		names, err := read.Migrator().GetTables()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !seen[name] && !strings.HasPrefix(name, "sqlite_") {
				t.Errorf("table %s has no struct", name)
			}
		}
	})
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		n, err := db.Migrate(context.Background())
		if err != nil || n != 0 {
			t.Fatalf("a second migration ran %d steps, %v", n, err)
		}
		if pending, err := db.Pending(context.Background()); err != nil || pending {
			t.Fatalf("pending %v, %v", pending, err)
		}
	})
}

func TestRecheck(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		read := db.Read(context.Background())
		org := model.Org{Type: model.OrgBranch, Path: "001", Name: "一支部", CreatedAt: db.Now()}
		if err := read.Create(&org).Error; err != nil {
			t.Fatal(err)
		}
		in := func(standing string) error {
			return db.Read(context.Background()).Create(&model.Member{OrgID: org.ID, Name: "某", IDIndex: standing, Sex: "MALE", BornOn: "1980-01-01",
				Status: model.MemberFull, Standing: standing, AdmittedOn: "2010-07-01", CreatedAt: db.Now(), UpdatedAt: db.Now()}).Error
		}
		if err := in(model.StandingTransferred); err != nil {
			t.Errorf("a value that a later migration allows: %v", err)
		}
		if err := in("LOST"); err == nil {
			t.Error("a value that no migration allows is kept")
		}
		if db.Dialect() == model.SQLite {
			var verdict string
			if err := model.Row(read, "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
				t.Errorf("integrity %q, %v", verdict, err)
			}
		}
	})
}

func TestTx(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		t.Run("what must come last runs last, and an error takes all back", func(t *testing.T) {
			var order []string
			boom := errors.New("boom")
			err := db.Tx(ctx, func(tx model.Tx) error {
				tx.Last(func(model.Tx) error { order = append(order, "last"); return boom })
				order = append(order, "first")
				return tx.Create(&model.Department{Name: "水利局", CreatedAt: tx.Now}).Error
			})
			var n int64
			db.Read(ctx).Model(&model.Department{}).Count(&n)
			if !errors.Is(err, boom) || strings.Join(order, " ") != "first last" || n != 0 {
				t.Fatalf("err %v, order %v, rows %d", err, order, n)
			}
		})
		t.Run("a time of another zone is found by a window in UTC", func(t *testing.T) {
			at := clock.Now().In(time.FixedZone("x", -5*3600)).Add(123456789 * time.Nanosecond)
			if err := db.Read(ctx).Create(&model.Department{Name: "林业局", CreatedAt: at}).Error; err != nil {
				t.Fatal(err)
			}
			var d model.Department
			err := db.Read(ctx).Where("created_at BETWEEN ? AND ?", at.Add(-time.Second), at.UTC().Add(time.Second)).First(&d).Error
			if err != nil || !d.CreatedAt.Equal(model.Instant(at)) {
				t.Fatalf("%v: %v, want %v", err, d.CreatedAt, model.Instant(at))
			}
		})
		t.Run("a duplicate is told apart from other failures", func(t *testing.T) {
			err := db.Read(ctx).Create(&model.Department{Name: "林业局", CreatedAt: clock.Now()}).Error
			if !errors.Is(err, gorm.ErrDuplicatedKey) {
				t.Fatal(err)
			}
		})
	})
}

func TestClaim(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		rows := make([]model.Delivery, 200)
		for i := range rows {
			rows[i] = model.Delivery{MessageID: int64(i + 1), State: model.DeliveryPending, Month: "2026-11", NotBefore: clock.Now(), UpdatedAt: clock.Now()}
		}
		if err := db.Read(ctx).Create(&rows).Error; err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		got := map[int64]int{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for {
					var ids []int64
					err := db.Tx(ctx, func(tx model.Tx) (err error) {
						ids, err = model.Claim(tx, "delivery", model.DeliveryClaimed, "me", time.Minute, 7, "state = ?", model.DeliveryPending)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if len(ids) == 0 {
						return
					}
					mu.Lock()
					for _, id := range ids {
						got[id]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range got {
			if n != 1 {
				t.Errorf("row %d was claimed %d times", id, n)
			}
		}
		if len(got) != len(rows) {
			t.Errorf("%d rows were claimed, want %d", len(got), len(rows))
		}
	})
}

func TestDate(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "2026-02-30", "2026-2-3", "2026-11", "20261120", "2026-11-20 "} {
		if _, err := model.ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) accepts it", bad)
		}
	}
	if last := model.Month("2028-02").Last(); last != "2028-02-29" {
		t.Errorf("the last day of 2028-02 is %s", last)
	}
	late := time.Date(2026, 11, 19, 17, 0, 0, 0, time.UTC)
	if d := model.DateOf(late); d != "2026-11-20" {
		t.Errorf("%s is the %s in Shanghai", late, d)
	}
}

func TestQuarter(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "2026Q0", "2026Q5", "2026-Q3", "2026q3", "26Q3", "2026Q3 "} {
		if _, err := model.ParseQuarter(bad); err == nil {
			t.Errorf("ParseQuarter(%q) accepts it", bad)
		}
	}
	for month, want := range map[model.Month]model.Quarter{"2026-01": "2026Q1", "2026-03": "2026Q1", "2026-04": "2026Q2", "2026-09": "2026Q3", "2026-12": "2026Q4"} {
		if q := month.Quarter(); q != want || q.First() > month || q.Last() < month {
			t.Errorf("%s lies in %s, from %s to %s, want %s", month, q, q.First(), q.Last(), want)
		}
	}
	if q := model.Quarter("2026Q4").Add(1); q != "2027Q1" {
		t.Errorf("after 2026Q4 comes %s", q)
	}
}
