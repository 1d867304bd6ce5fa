package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"hongyun/config"
	"hongyun/model"
	"hongyun/service/file"
	"hongyun/service/member"
	"hongyun/service/vault"
)

const importKills, importRows = 6, 3000

// TestImport_Killed kills the program at random points while it checks a list and while it imports one. Afterwards every
// row stands once.
func TestImport_Killed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	eachOffice(t, func(t *testing.T, f *office) {
		says(t, f.env, 0, "migrations run", "migrate")
		f.people()
		numbers := make([]string, importRows)
		for i := range numbers {
			numbers[i] = validNumber(i)
		}
		id := f.waiting(f.sheet("一支部", numbers...))
		f.killed(id)
		f.settled(id, model.ImportChecked)
		if n := f.count("SELECT count(*) FROM member_draft WHERE error = ''"); n != importRows {
			t.Fatalf("%d good rows, want %d", n, importRows)
		}
		f.exec("UPDATE import_batch SET state = 'QUEUED' WHERE id = ?", id)
		f.killed(id)
		f.settled(id, model.ImportImported)
		for _, query := range []string{"member WHERE batch_id IS NOT NULL", "member_span", "member_change WHERE field = 'enrolled'"} {
			if n := f.count("SELECT count(*) FROM " + query); n != importRows {
				t.Errorf("%s: %d, want %d", query, n, importRows)
			}
		}
		if n := f.count("SELECT count(*) FROM member_draft"); n != 0 {
			t.Errorf("%d drafts are left", n)
		}
		says(t, f.env, 0, "entries verify", "audit", "verify")
	})
}

// validNumber is an identity number of the unassigned area 361199 with its check digit.
func validNumber(n int) string {
	first := fmt.Sprintf("361199%s%03d", time.Date(1970, 1, 1+n/900, 0, 0, 0, 0, time.UTC).Format("20060102"), n%900+1)
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first[i]-'0') * weight
	}
	return first + string("10X98765432"[sum%11])
}

// waiting is an import from the command line that no worker has seen yet.
func (f *office) waiting(path string) int64 {
	f.t.Helper()
	key, err := base64.StdEncoding.DecodeString(testKey)
	if err != nil {
		f.t.Fatal(err)
	}
	v, err := vault.New(key)
	if err != nil {
		f.t.Fatal(err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	kept, err := file.New(f.db, f.setting("DATA_DIR")).Sealed(v).Save(f.t.Context(), 0, "名册.xlsx", file.ExcelMIME, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(body))
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	var org model.Org
	f.read("SELECT * FROM org WHERE path = '001'", &org)
	b := model.ImportBatch{Kind: member.KindMembers, OrgID: org.ID, FileID: kept.ID, State: model.ImportWaiting, CreatedAt: f.db.Now(), UpdatedAt: f.db.Now()}
	if err := f.db.Read(f.t.Context()).Create(&b).Error; err != nil {
		f.t.Fatal(err)
	}
	return b.ID
}

// killed starts the program and kills it, again and again. Between two of them the lease ends, and nobody counts the tries.
func (f *office) killed(id int64) {
	f.t.Helper()
	random := rand.New(rand.NewPCG(41, uint64(time.Now().UnixNano())))
	for i := range importKills {
		s, err := tryStart(f.env)
		if err != nil {
			f.t.Fatalf("start %d: %v", i, err)
		}
		time.Sleep(time.Duration(random.IntN(600)) * time.Millisecond) // the random point
		s.kill()
		f.exec("UPDATE import_batch SET attempts = 0, lease_until = ? WHERE id = ? AND lease_until IS NOT NULL", f.db.Now().Add(-time.Hour), id)
	}
}

// settled lets the program run until the import is there.
func (f *office) settled(id int64, state string) {
	f.t.Helper()
	s := start(f.t, f.env)
	var got string
	until(f.t, "the import is "+state, func() bool {
		f.read(fmt.Sprintf("SELECT state FROM import_batch WHERE id = %d", id), &got)
		return got == state
	})
	if err := s.stop(); err != nil {
		f.t.Errorf("%v\n%s", err, s.logs)
	}
}

// setting is what the child's environment says.
func (f *office) setting(name string) (value string) {
	for _, pair := range f.env {
		if v, ok := strings.CutPrefix(pair, config.Prefix+name+"="); ok {
			value = v
		}
	}
	return value
}
