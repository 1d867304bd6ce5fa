package batch_test

import (
	"bytes"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/sheet"
)

func TestImport_ResultFile(t *testing.T) {
	each(t, func(w *world, _ *modeltest.Clock) {
		spec, _, err := w.members.Importers()[0].Spec(w.db.Read(w.ctx))
		w.must(err)
		var b bytes.Buffer
		out, err := sheet.NewWriter(&b, spec, "")
		w.must(err)
		for _, at := range []int{4, 9, 12} { // below the example, and with rows left empty
			out.At(at)
			cells := make([]string, len(spec.Columns))
			for i, c := range spec.Columns {
				cells[i] = person(min(at, 9))[c.Key] // the last is the second once more
			}
			w.must(out.Row(cells, false))
		}
		w.must(out.Close())
		id := w.upload(w.alpha, "甲委", b.Bytes()).ID
		w.work(w.s)

		w.run("a row stands where it stood, so that a reason which names another row means that row", func(t *testing.T) {
			d := w.look(w.alpha, id)
			if d.Bad != 2 || d.Errors[0].Row != 9 || d.Errors[0].Reason != "与第 12 行“李小明”的公民身份号码重复，请只保留一行" {
				t.Fatalf("%+v", d.Errors)
			}
			rows := w.rows(w.body(w.s.ResultFile(w.ctx, w.alpha, id)))
			for i, want := range []int{4, 9, 12} {
				if rows[i].No != want {
					t.Errorf("row %d stands in row %d, want %d", i, rows[i].No, want)
				}
			}
		})
		w.run("who may not read identity numbers does not get somebody else's file", func(t *testing.T) {
			other := w.alpha
			other.AccountID += 1000
			_, _, err := w.s.ResultFile(w.ctx, other, id)
			w.refused(err, "import.identity")
			_, _, err = w.s.SourceFile(w.ctx, other, id)
			w.refused(err, "import.identity")
			other.Grants = append(other.Grants[:len(other.Grants):len(other.Grants)], access.Grant{Role: model.RoleIdentity, OrgID: w.orgs["甲委"].ID, OrgPath: w.orgs["甲委"].Path})
			w.body(w.s.SourceFile(w.ctx, other, id))
		})
	})
}
