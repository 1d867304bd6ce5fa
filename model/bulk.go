package model

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// One statement carries at most so many rows and, but for its last row, bytes.
const (
	bulkRows  = 5000
	bulkBytes = 1 << 20
)

// Bulk inserts many rows of one table in one go and tells how many were new: a row that meets a unique constraint is
// left out. The rows that are stored are those that Create would store; ids are not filled in, and a row whose id is 0
// gets one. Rows in the order of the slice get ids in that order.
//
// The rows of a statement travel as one JSON text: to bind a value for each column costs the SQLite driver a time that
// grows with the square of their number, and Postgres takes 65,535 at most.
func Bulk[T any](tx Tx, rows []T) (int64, error) {
	s, err := bulkOf(tx, new(T))
	if err != nil {
		return 0, err
	}
	var done int64
	for first := 0; first < len(rows); {
		text, next, withID := s.json(reflect.ValueOf(rows), first)
		n, err := Exec(Tx{DB: tx.Session(&gorm.Session{NewDB: true})}, s.insert(withID), text)
		if err != nil {
			return done, fmt.Errorf("insert into %s: %w", s.table, err)
		}
		done, first = done+n, next
	}
	return done, nil
}

// bulk is how the rows of one table become a statement.
type bulk struct {
	dialect Dialect
	now     time.Time // for CreatedAt and UpdatedAt that are empty
	table   string
	columns []bulkColumn
}

type bulkColumn struct {
	name  string
	word  string // Postgres's type
	field *schema.Field
	index []int
	id    bool // filled in by the database where it is 0
	stamp bool // filled in with now where it is empty
}

// bulkOf reads the table's columns off GORM's schema, which GORM keeps for each type.
func bulkOf(tx Tx, row any) (bulk, error) {
	st := &gorm.Statement{DB: tx.DB}
	if err := st.Parse(row); err != nil {
		return bulk{}, fmt.Errorf("insert %T: %w", row, err)
	}
	s := bulk{dialect: tx.Dialect, now: Instant(tx.Now), table: st.Schema.Table}
	for _, name := range st.Schema.DBNames {
		f := st.Schema.FieldsByDBName[name]
		word, ok := bulkWord(f.FieldType)
		if !ok {
			return bulk{}, fmt.Errorf("insert into %s: column %s is a %s", s.table, name, f.FieldType)
		}
		s.columns = append(s.columns, bulkColumn{name: name, word: word, field: f, index: f.StructField.Index, id: f.AutoIncrement,
			stamp: f.AutoCreateTime > 0 || f.AutoUpdateTime > 0})
	}
	return s, nil
}

// bulkWord is Postgres's type of what a field holds. Fractions are not among them: they would not survive as decimal text.
func bulkWord(t reflect.Type) (string, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "timestamptz", true
	case t.Kind() == reflect.String:
		return "text", true
	case t.Kind() == reflect.Bool:
		return "boolean", true
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		return "bigint", true
	}
	return "", false
}

// json writes rows from first on until the statement is full or rows with an id follow rows without one. It tells where
// the next statement begins and whether these rows have ids. A row is an array for SQLite, which finds a place in it
// without comparing names, and an object for Postgres, which can read all its columns at once.
func (s bulk) json(rows reflect.Value, first int) (text string, next int, withID bool) {
	out := append(make([]byte, 0, bulkBytes+bulkBytes/8), '[')
	for next = first; next < rows.Len() && next-first < bulkRows && len(out) < bulkBytes; next++ {
		row := rows.Index(next)
		if has := s.hasID(row); next == first {
			withID = has
		} else if has != withID {
			break
		}
		if next > first {
			out = append(out, ',')
		}
		out = s.row(out, row, withID)
	}
	return string(append(out, ']')), next, withID
}

func (s bulk) hasID(row reflect.Value) bool {
	for _, c := range s.columns {
		if c.id {
			return !row.FieldByIndex(c.index).IsZero()
		}
	}
	return true
}

func (s bulk) row(out []byte, row reflect.Value, withID bool) []byte {
	brackets := "[]"
	if s.dialect == Postgres {
		brackets = "{}"
	}
	out = append(out, brackets[0])
	for i, c := range s.columns {
		if c.id && !withID {
			continue
		}
		if out[len(out)-1] != brackets[0] {
			out = append(out, ',')
		}
		if s.dialect == Postgres {
			out = append(strconv.AppendInt(append(out, `"c`...), int64(i), 10), `":`...)
		}
		out = s.value(out, c, row.FieldByIndex(c.index))
	}
	return append(out, brackets[1])
}

func (s bulk) value(out []byte, c bulkColumn, v reflect.Value) []byte {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return append(out, "null"...)
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return appendJSON(out, v.String())
	case reflect.Bool:
		return strconv.AppendBool(out, v.Bool())
	case reflect.Struct:
		t := v.Interface().(time.Time) // bulkWord lets no other struct in
		if c.stamp && t.IsZero() {
			t = s.now
		}
		return append(Instant(t).AppendFormat(append(out, '"'), timeText), '"')
	default:
		return strconv.AppendInt(out, v.Int(), 10) // as text: both databases read all its digits
	}
}

// timeText is how the SQLite driver keeps a time; Postgres reads it too.
const timeText = "2006-01-02 15:04:05.999999999-07:00"

// appendJSON writes text as a JSON string. Bytes that are no UTF-8 go as they are: what becomes of them is for the
// database to say, as with Create.
func appendJSON(out []byte, text string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	from := 0
	for i := range len(text) {
		if b := text[i]; b < ' ' || b == '"' || b == '\\' {
			out = append(append(out, text[from:i]...), '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			from = i + 1
		}
	}
	return append(append(out, text[from:]...), '"')
}

// insert is the statement for rows with or without ids. WHERE TRUE keeps SQLite from reading ON CONFLICT as a join.
func (s bulk) insert(withID bool) string {
	var names, values, words []string
	for i, c := range s.columns {
		if c.id && !withID {
			continue
		}
		names = append(names, c.name)
		if s.dialect == Postgres {
			values, words = append(values, fmt.Sprintf("c%d", i)), append(words, fmt.Sprintf("c%d %s", i, c.word))
		} else {
			values = append(values, fmt.Sprintf("value ->> %d", len(values)))
		}
	}
	from := "jsonb_each(?)"
	if s.dialect == Postgres {
		from = "json_to_recordset(CAST(? AS json)) AS r (" + strings.Join(words, ", ") + ")"
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE TRUE ON CONFLICT DO NOTHING",
		s.table, strings.Join(names, ", "), strings.Join(values, ", "), from)
}
