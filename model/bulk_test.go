package model_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// texts are those that a JSON text could spoil.
var texts = []string{"", "李小明", `"'\/`, "一\n二\t三\r\x01\x1f\x7f", "🚩👨‍👩‍👧 \u2028 \U000200BB", "null", "true", "0012", " 12 ", "1e3", "2026-11-20 09:00:00", `{"a":[1]}`, "[]", "?", "@p $1 ?::x"}

var numbers = []int64{0, 1, -1, 1<<53 + 1, -(1<<53 + 1), math.MaxInt64, math.MinInt64, 999999999999999999}

// fill puts random values into every field of a row but those that fixed names.
func fill(r *rand.Rand, row reflect.Value, fixed map[string]any) {
	for i := range row.NumField() {
		f, name := row.Field(i), row.Type().Field(i).Name
		if value, ok := fixed[name]; ok {
			if value != nil {
				f.Set(reflect.ValueOf(value).Convert(f.Type()))
			}
			continue
		}
		if f.Kind() == reflect.Pointer {
			if r.IntN(3) == 0 {
				continue
			}
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		switch {
		case f.Type() == reflect.TypeFor[time.Time]():
			at := time.Unix(r.Int64N(4e9)-1e9, r.Int64N(1e9)*int64(r.IntN(2))).In(time.FixedZone("x", 3600*(r.IntN(24)-12)))
			f.Set(reflect.ValueOf(at))
		case f.Kind() == reflect.String:
			f.SetString(texts[r.IntN(len(texts))])
		case f.Kind() == reflect.Bool:
			f.SetBool(r.IntN(2) == 0)
		default:
			f.SetInt(numbers[r.IntN(len(numbers))])
		}
	}
}

// asCreated writes n random rows by Create and the same by Bulk, and holds every stored value against its twin's. key tells
// twins: a column of which each row has another value.
func asCreated[T any](t *testing.T, db *model.DB, n int, key string, fixed func(i int) map[string]any) {
	t.Helper()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]T, n)
	for i := range rows {
		fill(r, reflect.ValueOf(&rows[i]).Elem(), fixed(i))
	}
	st := &gorm.Statement{DB: db.Read(ctx).DB}
	if err := st.Parse(new(T)); err != nil {
		t.Fatal(err)
	}
	stored := func(write func(tx model.Tx) error) (out [][]any) {
		undo := fmt.Errorf("undo")
		err := db.Tx(ctx, func(tx model.Tx) error {
			if db.Dialect() == model.Postgres { // the rows point to nothing
				if err := tx.Exec("SET LOCAL session_replication_role = replica").Error; err != nil {
					return err
				}
			} else if err := tx.Exec("PRAGMA defer_foreign_keys = ON").Error; err != nil {
				return err
			}
			if err := write(tx); err != nil {
				return err
			}
			out = table(t, tx, st.Schema.Table, key, st.Schema.DBNames)
			return undo
		})
		if err != undo {
			t.Fatalf("%s: %v", st.Schema.Table, err)
		}
		return out
	}
	want := stored(func(tx model.Tx) error {
		copied := append([]T(nil), rows...)
		return tx.CreateInBatches(&copied, 10).Error
	})
	got := stored(func(tx model.Tx) error {
		fresh, err := model.Bulk(tx, rows)
		if fresh != int64(n) {
			t.Errorf("%s: %d rows were new, want %d", st.Schema.Table, fresh, n)
		}
		return err
	})
	if len(want) != n || len(got) != n {
		t.Fatalf("%s: %d rows by Create, %d by Bulk, want %d", st.Schema.Table, len(want), len(got), n)
	}
	for i := range want {
		for k, name := range st.Schema.DBNames {
			if st.Schema.FieldsByDBName[name].AutoIncrement && reflect.ValueOf(rows[i]).FieldByName("ID").IsZero() {
				continue // given by the database
			}
			if !reflect.DeepEqual(want[i][k], got[i][k]) {
				t.Fatalf("%s row %d, %s: Create stores %#v, Bulk %#v", st.Schema.Table, i, name, want[i][k], got[i][k])
			}
		}
	}
}

// table reads a table as the database holds it, with SQLite's type of each value.
func table(t *testing.T, tx model.Tx, name, order string, columns []string) (out [][]any) {
	t.Helper()
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = "CAST(" + c + " AS text)"
		if tx.Dialect == model.SQLite {
			list[i] = fmt.Sprintf("typeof(%[1]s) || ' ' || quote(%[1]s)", c)
		}
	}
	rows, err := model.Rows(tx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(list, ", "), name, order))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBulk_AsCreate(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		asCreated[model.Member](t, db, 200, "id_index", func(i int) map[string]any {
			return map[string]any{"ID": nil, "IDIndex": fmt.Sprintf("%03d", i), "Sex": "MALE", "Status": model.MemberFull, "Standing": model.StandingActive}
		})
		asCreated[model.Member](t, db, 20, "id_index", func(i int) map[string]any { // ids in part, and no times
			id := int64(0)
			if i%7 > 3 {
				id = int64(1000 * i)
			}
			return map[string]any{"ID": id, "IDIndex": fmt.Sprintf("%03d", i), "Sex": "MALE", "Status": model.MemberFull, "Standing": model.StandingActive, "CreatedAt": nil, "UpdatedAt": nil}
		})
		asCreated[model.Message](t, db, 200, "kind", func(i int) map[string]any {
			return map[string]any{"ID": nil, "RecipientType": model.ToMember, "Kind": fmt.Sprintf("k%03d", i)}
		})
		asCreated[model.Fact](t, db, 200, "id", func(i int) map[string]any {
			return map[string]any{"ID": int64(i + 1), "SubjectType": model.SubjectMember, "SubjectID": int64(i), "Source": texts[i%len(texts)], "ReversesID": nil}
		})
		asCreated[model.MemberDraft](t, db, 200, "row_no", func(i int) map[string]any { return map[string]any{"RowNo": int64(i)} })
		asCreated[model.Development](t, db, 200, "id_index", func(i int) map[string]any {
			return map[string]any{"ID": nil, "IDIndex": fmt.Sprintf("%03d", i), "Sex": "MALE", "State": model.DevApplicant}
		})
		asCreated[model.ImportBatch](t, db, 100, "file_id", func(i int) map[string]any {
			return map[string]any{"ID": nil, "FileID": int64(i), "State": model.ImportChecked}
		})
	})
}

func TestBulk(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		read := db.Read(context.Background())
		departments := func(names ...string) []model.Department {
			rows := make([]model.Department, len(names))
			for i, name := range names {
				rows[i] = model.Department{Name: name, CreatedAt: clock.Now()}
			}
			return rows
		}
		t.Run("a row that is there already is left out and not counted", func(t *testing.T) {
			for _, c := range []struct {
				names []string
				want  int64
			}{{[]string{"甲", "乙"}, 2}, {[]string{"乙", "丙", "丙", "丁"}, 2}, {[]string{"甲"}, 0}, {nil, 0}} {
				if n, err := model.Bulk(read, departments(c.names...)); err != nil || n != c.want {
					t.Errorf("%v: %d new, %v, want %d", c.names, n, err, c.want)
				}
			}
		})
		t.Run("a condition that hangs on the transaction is none of its business", func(t *testing.T) {
			tx := read
			tx.DB = read.Where("name = ?", "甲")
			if n, err := model.Bulk(tx, departments("戊")); err != nil || n != 1 {
				t.Errorf("%d, %v", n, err)
			}
		})
		t.Run("more rows than one statement carries keep their order", func(t *testing.T) {
			names := make([]string, 12_001)
			for i := range names {
				names[i] = fmt.Sprintf("%05d", i) + strings.Repeat("长", 100)
			}
			if n, err := model.Bulk(read, departments(names...)); err != nil || n != int64(len(names)) {
				t.Fatalf("%d, %v", n, err)
			}
			var stored []string
			if err := read.Raw("SELECT name FROM department WHERE name LIKE '%长' ORDER BY id").Scan(&stored).Error; err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(stored, names) {
				t.Errorf("%d rows, in another order", len(stored))
			}
		})
		t.Run("what breaks another constraint is an error", func(t *testing.T) {
			if _, err := model.Bulk(read, []model.Org{{Type: "NONE", Path: "1", Name: "x", CreatedAt: clock.Now()}}); err == nil {
				t.Error("a type that does not exist is kept")
			}
			if _, err := model.Bulk(read, []model.Member{{OrgID: 77, Name: "x", IDIndex: "x", Sex: "MALE", Status: model.MemberFull, Standing: model.StandingActive}}); err == nil {
				t.Error("a member of no branch is kept")
			}
		})
		t.Run("a text with NUL is stored as Create stores it, or refused as there", func(t *testing.T) {
			created := db.Read(context.Background()).Create(&model.Department{Name: "a\x00b", CreatedAt: clock.Now()}).Error
			_, bulk := model.Bulk(read, departments("c\x00d"))
			if (created == nil) != (bulk == nil) {
				t.Fatalf("Create says %v, Bulk %v", created, bulk)
			}
			var names []string
			if err := read.Raw("SELECT name FROM department WHERE name >= 'a' AND name < 'e' ORDER BY name").Scan(&names).Error; err != nil {
				t.Fatal(err)
			}
			if created == nil && !reflect.DeepEqual(names, []string{"a\x00b", "c\x00d"}) {
				t.Errorf("%q", names)
			}
		})
	})
}

func TestJSONList(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		read := db.Read(context.Background())
		var n, none []int64
		if err := read.Raw(db.Dialect().Numbers(), model.JSONList(numbers)).Scan(&n).Error; err != nil || !reflect.DeepEqual(n, numbers) {
			t.Errorf("%v, %v", n, err)
		}
		var s []string
		if err := read.Raw(db.Dialect().Texts(), model.JSONList(texts)).Scan(&s).Error; err != nil || !reflect.DeepEqual(s, texts) {
			t.Errorf("%q, %v", s, err)
		}
		if err := read.Raw(db.Dialect().Numbers(), model.JSONList([]int64(nil))).Scan(&none).Error; err != nil || len(none) != 0 {
			t.Errorf("%v, %v", none, err)
		}
	})
}

func benchmarkInsert(b *testing.B, insert func(tx model.Tx, rows []model.Member) error) {
	each := map[string]func(testing.TB, func() time.Time) *model.DB{"sqlite": modeltest.SQLite, "postgres": modeltest.Postgres}
	for name, open := range each {
		b.Run(name, func(b *testing.B) {
			db := open(b, nil)
			org := model.Org{Type: model.OrgBranch, Path: "001", Name: "一支部", CreatedAt: db.Now()}
			if err := db.Read(context.Background()).Create(&org).Error; err != nil {
				b.Fatal(err)
			}
			r, rows := rand.New(rand.NewPCG(1, 2)), make([]model.Member, 10_000)
			n := 0
			for b.Loop() {
				for i := range rows {
					n++
					rows[i] = model.Member{OrgID: org.ID, Name: "李小明", IDSealed: strings.Repeat("s", 60), IDIndex: fmt.Sprintf("%016x%048d", r.Uint64(), n),
						PhoneSealed: strings.Repeat("p", 50), PhoneIndex: fmt.Sprintf("%016x", r.Uint64()), Sex: "MALE", BornOn: "1980-01-01", EthnicGroup: "汉族",
						Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: db.Now(), UpdatedAt: db.Now(), Version: 1}
				}
				if err := db.Tx(context.Background(), func(tx model.Tx) error { return insert(tx, rows) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkBulk(b *testing.B) {
	benchmarkInsert(b, func(tx model.Tx, rows []model.Member) error { _, err := model.Bulk(tx, rows); return err })
}

// BenchmarkCreateInBatches is what Bulk is measured against.
func BenchmarkCreateInBatches(b *testing.B) {
	benchmarkInsert(b, func(tx model.Tx, rows []model.Member) error { return tx.CreateInBatches(&rows, 50).Error })
}
