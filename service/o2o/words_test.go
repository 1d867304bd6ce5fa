package o2o

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestWords: what staff write to each other and to other citizens tells no more of who the citizen is than the request itself.
func TestWords(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		const careless = "请向吴群众（13907931234）核实"
		telling := func(text string) bool {
			return strings.Contains(text, "吴群众") || strings.Contains(text, "13907931234")
		}
		t.Run("a helper's part, its result and their messages", func(t *testing.T) {
			for _, in := range []SubmitInput{{Confidential: true}, {Anonymous: true}} {
				id := c.submit(c.citizen, in).ID
				must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{Disposition: model.DispositionSolve})))
				must(t, second(c.s.AskHelp(ctx, c.desk, id, HelpInput{DepartmentID: c.roads, Part: careless})))
				d, err := c.s.Request(ctx, c.handler, id)
				must(t, err)
				if telling(d.Helpers[0].Part) {
					t.Errorf("the helper reads %q", d.Helpers[0].Part)
				}
				must(t, second(c.s.HelpDone(ctx, c.handler, id, c.roads, careless)))
				if d, err = c.s.Request(ctx, c.handler, id); err != nil || telling(d.Helpers[0].Result) {
					t.Errorf("the helper reads %q, %v", d.Helpers[0].Result, err)
				}
				if d, err = c.s.Request(ctx, c.desk, id); err != nil || !telling(d.Helpers[0].Part) || !telling(d.Helpers[0].Result) {
					t.Errorf("the window reads %+v, %v", d.Helpers, err)
				}
			}
			for _, kind := range []string{kindToHelper, kindHelped} {
				for _, m := range c.messages(kind) {
					if telling(m.Data) {
						t.Errorf("%s says %s", kind, m.Data)
					}
				}
			}
		})
		t.Run("why an extension is refused", func(t *testing.T) {
			id := c.put(model.RequestHandling)
			c.set(id, map[string]any{"confidential": true})
			must(t, second(c.s.AskExtension(ctx, c.handler, id, 1, "等待配件")))
			must(t, second(c.s.RefuseExtension(ctx, c.desk, id, careless)))
			for _, m := range c.messages(kindExtensionRefused) {
				if telling(m.Data) {
					t.Errorf("the unit is told %s", m.Data)
				}
			}
		})
		t.Run("the result, for those whose requests were merged into it", func(t *testing.T) {
			main, voice := c.submit(c.citizen, SubmitInput{}).ID, c.submit(c.neighbour, SubmitInput{})
			must(t, second(c.s.Merge(ctx, c.desk, voice.ID, main, "")))
			must(t, second(c.s.Accept(ctx, c.desk, main, AcceptInput{Disposition: model.DispositionAnswer})))
			must(t, second(c.s.Answer(ctx, c.desk, main, "吴群众您好，已修好，服务电话0793-8201234")))
			theirs, err := c.s.Request(ctx, c.neighbour, voice.ID)
			if must(t, err); telling(theirs.Own.Merged.Result) || !strings.Contains(theirs.Own.Merged.Result, "0793-8201234") {
				t.Errorf("another citizen reads %q", theirs.Own.Merged.Result)
			}
			told := map[bool]int{}
			for _, m := range c.messages("o2o.closed") {
				told[telling(m.Data)]++
				if !strings.Contains(m.Data, "0793-8201234") {
					t.Errorf("told %s", m.Data)
				}
			}
			if told[true] != 1 || told[false] != 1 {
				t.Errorf("with the name %d messages, without it %d", told[true], told[false])
			}
		})
	})
}

// TestDrafts_sight: what a unit does not read of a request, no likeness tells it either.
func TestDrafts_sight(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		probe := c.submit(c.neighbour, SubmitInput{Content: "我叫吴群众住在东门巷三号"}).ID // whoever guesses closes a case in these words
		must(t, second(c.s.Accept(ctx, c.desk, probe, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, probe, c.roads, "")))
		must(t, second(c.s.Handle(ctx, c.handler, probe, "")))
		must(t, second(c.s.Close(ctx, c.handler, probe, "已办")))
		id := c.submit(c.citizen, SubmitInput{Content: "我叫吴群众住在东门巷三号，路灯坏了", Confidential: true}).ID
		must(t, second(c.s.Classify(ctx, c.desk, id, Classification{UnitContent: new("路灯坏了")})))
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		if drafts, err := c.s.Drafts(ctx, c.handler, id); err != nil || len(drafts) != 0 {
			t.Errorf("%+v, %v", drafts, err)
		}
	})
}
