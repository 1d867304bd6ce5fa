package o2o

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		refer := func(in SubmitInput) int64 {
			id := c.submit(c.citizen, in).ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
			return id
		}
		why := IdentityInput{Reason: "约群众到现场查看"}
		open := refer(SubmitInput{Phone: "13907931234"})

		t.Run("the unit that works on an open request reaches its citizen, and the citizen sees by whom", func(t *testing.T) {
			who, err := c.s.Identify(ctx, c.handler, open, why)
			must(t, err)
			if who.Name != "吴群众" || who.Phone != "13907931234" {
				t.Errorf("%+v", who)
			}
			must(t, second(c.s.Identify(ctx, c.desk, open, why)))
			own, err := c.s.Request(ctx, c.citizen, open)
			must(t, err)
			if r := own.Own.Readings; len(r) != 2 || r[0].Office != "城市管理局" || r[1].Office != deskName || !r[0].At.Equal(db.Now()) {
				t.Errorf("%+v", r)
			}
			seen, err := c.s.Request(ctx, c.handler, open)
			must(t, err)
			if seen.Citizen != "吴**" || seen.Own != nil {
				t.Errorf("the unit reads %q, %+v", seen.Citizen, seen.Own)
			}
		})
		t.Run("nobody else does", func(t *testing.T) {
			anonymous, confidential := refer(SubmitInput{Anonymous: true}), refer(SubmitInput{Confidential: true})
			before := c.readings()
			for _, x := range []struct {
				id   int64
				v    access.Viewer
				code string
			}{
				{open, c.leader, "auth.forbidden"}, {open, c.citizen, "auth.forbidden"}, {open, c.stranger, "not_found"}, {open, c.committee, "not_found"},
				{anonymous, c.handler, "auth.forbidden"}, {confidential, c.handler, "auth.forbidden"}, {confidential, c.chief, "auth.forbidden"},
				{confidential, c.leader, "auth.forbidden"}, {999, c.desk, "not_found"},
			} {
				if who, err := c.s.Identify(ctx, x.v, x.id, why); !fault.Is(err, x.code) || who != (Identity{}) {
					t.Errorf("request %d, %s: %+v, %v, want %s", x.id, x.v.Name, who, err, x.code)
				}
			}
			if _, err := c.s.Identify(ctx, c.desk, open, IdentityInput{Reason: " 查 "}); !fault.Is(err, "o2o.no_reason") {
				t.Errorf("without a reason: %v", err)
			}
			if c.readings() != before {
				t.Error("a refusal is noted as a reading")
			}
			for _, id := range []int64{anonymous, confidential} {
				if who, err := c.s.Identify(ctx, c.desk, id, why); err != nil || who.Name != "吴群众" {
					t.Errorf("the window learns %+v, %v", who, err)
				}
			}
		})
		t.Run("what the citizen gives counts before what the account says", func(t *testing.T) {
			id := c.submit(c.citizen, SubmitInput{Name: "吴某", Phone: "13700000001"}).ID
			if who, err := c.s.Identify(ctx, c.desk, id, why); err != nil || who.Name != "吴某" || who.Phone != "13700000001" {
				t.Errorf("%+v, %v", who, err)
			}
			must(t, db.Read(ctx).Exec("UPDATE account SET phone_sealed = ? WHERE id = ?", c.s.vault.Seal("13700000002"), c.neighbour.AccountID).Error)
			id = c.submit(c.neighbour, SubmitInput{}).ID
			if who, err := c.s.Identify(ctx, c.desk, id, why); err != nil || who.Name != "" || who.Phone != "13700000002" {
				t.Errorf("%+v, %v", who, err)
			}
			var kept model.RequestIdentity
			must(t, db.Read(ctx).Where("request_id = ?", id).Take(&kept).Error)
			if kept.PhoneIndex != c.s.vault.Index("13700000002") || strings.Contains(kept.PhoneSealed, "1370") {
				t.Errorf("%+v", kept)
			}
		})
		t.Run("wishes that do not go together, and choices that there are not, are refused", func(t *testing.T) {
			for code, in := range map[string]SubmitInput{
				"o2o.anonymous_reply": {Anonymous: true, ReplyWanted: true}, "o2o.bad_phone": {Phone: "12345678901"}, "o2o.bad_name": {Name: strings.Repeat("长", 31)},
				"o2o.no_department": {SubjectDepartmentID: new(int64(999))}, "o2o.no_topic": {Topic: "NONE"},
			} {
				in.Content = "路灯坏了三天没有人修"
				_, err := c.s.Submit(ctx, c.citizen, in, "")
				if !fault.Is(err, code) || strings.Contains(err.Error(), "12345678901") {
					t.Errorf("%v, want %s", err, code)
				}
			}
		})
	})
}

func (c *county) readings() (n int64) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Model(&model.RequestReading{}).Count(&n).Error)
	return n
}

// TestSight is the table of who reads what (RULES 9.2).
func TestSight(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		const told, hidden, instead = "路灯坏了，请打13700000001找吴群众", "路灯坏了，请打***找***", "路灯坏了"
		send := func(in SubmitInput, unitContent string) int64 {
			in.Content = told
			id := c.submit(c.citizen, in).ID
			must(t, second(c.s.AddVoice(ctx, c.citizen, id, "a.amr", []byte("#!AMR\n"+in.Content))))
			must(t, second(c.s.Add(ctx, c.citizen, id, AddInput{Content: told})))
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, told)))
			must(t, db.Read(ctx).Exec("UPDATE request SET unit_content = ? WHERE id = ?", unitContent, id).Error)
			return id
		}
		open, anonymous, confidential := send(SubmitInput{}, ""), send(SubmitInput{Anonymous: true}, ""), send(SubmitInput{Confidential: true}, "")
		rewritten, shielded := send(SubmitInput{}, instead), send(SubmitInput{Confidential: true}, instead)
		for _, x := range []struct {
			what    string
			v       access.Viewer
			id      int64
			citizen string
			content string
			added   string // the text part; empty: not there
			note    string // of the referral; empty: not for this reader
			voice   bool
		}{
			{"the citizen, an open request", c.citizen, open, "吴群众", told, told, "", true},
			{"the citizen, a confidential one", c.citizen, shielded, "吴群众", told, told, "", true},
			{"the window, an open one", c.desk, open, "吴**", told, told, told, true},
			{"the window, an anonymous one", c.desk, anonymous, "匿名群众", told, told, told, true},
			{"the window, a confidential one", c.desk, shielded, "保密群众", told, told, told, true},
			{"the city's administrator, a confidential one", c.admin, confidential, "保密群众", told, told, told, true},
			{"the city's leader, an open one", c.leader, rewritten, "吴**", told, told, told, true},
			{"the city's leader, an anonymous one", c.leader, anonymous, "匿名群众", hidden, hidden, hidden, true},
			{"the city's leader, a confidential one", c.leader, confidential, "保密群众", hidden, hidden, hidden, false},
			{"the unit, an open one", c.handler, open, "吴**", told, told, told, true},
			{"the unit, an open one in the window's words", c.handler, rewritten, "吴**", instead, "", told, true},
			{"the unit, an anonymous one", c.handler, anonymous, "匿名群众", hidden, hidden, hidden, true},
			{"the unit, a confidential one", c.handler, confidential, "保密群众", hidden, hidden, hidden, false},
			{"the unit's leader, a confidential one in the window's words", c.chief, shielded, "保密群众", instead, "", hidden, false},
		} {
			d, err := c.s.Request(ctx, x.v, x.id)
			must(t, err)
			var added, note string
			voice := false
			for _, p := range d.Parts {
				switch p.Type {
				case model.PartText:
					added = p.Content
				case model.PartVoice:
					voice = true
				}
			}
			for _, s := range d.Steps {
				if s.Action == ActionRefer {
					note = s.Note
				}
			}
			if d.Citizen != x.citizen || d.Content != x.content || added != x.added || note != x.note || voice != x.voice {
				t.Errorf("%s: %q %q %q %q %v", x.what, d.Citizen, d.Content, added, note, voice)
			}
			var file int64
			must(t, db.Read(ctx).Raw("SELECT file_id FROM request_part WHERE request_id = ? AND type = 'voice'", x.id).Scan(&file).Error)
			if hears, err := c.s.MaySeeFile(ctx, x.v, file); err != nil || hears != x.voice {
				t.Errorf("%s: hears %v, %v", x.what, hears, err)
			}
			for _, row := range c.list(x.v, Filter{}).Items {
				if row.ID == x.id && (row.Citizen != x.citizen || row.Content != x.content) {
					t.Errorf("%s: the list says %q %q", x.what, row.Citizen, row.Content)
				}
			}
		}
		for _, m := range c.messages(kindToDepartment) {
			if strings.Contains(m.Data, "13700000001") && (strings.Contains(m.Data, "0002") || strings.Contains(m.Data, "0003") || strings.Contains(m.Data, "0005")) {
				t.Errorf("a message to the unit says %s", m.Data)
			}
		}
	})
}
