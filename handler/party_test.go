package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/development"
	"hongyun/service/dues"
	"hongyun/service/file"
	"hongyun/service/file/filetest"
	"hongyun/service/meeting"
	"hongyun/service/member"
	"hongyun/service/notify"
	"hongyun/service/o2o"
	"hongyun/service/official"
	"hongyun/service/payment"
	"hongyun/service/schedule"
	"hongyun/service/standard"
	"hongyun/service/team"
)

// party is the routes of theme days, dues, files and the calendar on a real database. Who asks is given with each
// request; signing in is not tried here.
type party struct {
	t   *testing.T
	db  *model.DB
	s   *service.Service
	app *fiber.App
	v   access.Viewer

	admin, member, sibling, city access.Viewer
}

func newParty(t *testing.T) *party {
	t.Helper()
	db := modeltest.SQLite(t, modeltest.At("2026-11-20 10:00:00").Now)
	messages := notify.New(notify.Options{DB: db, Kinds: slices.Concat(meeting.Kinds(), dues.Kinds(), payment.Kinds()), Instance: "test"})
	files := file.New(db, t.TempDir())
	p := &party{t: t, db: db, s: &service.Service{Files: files, Papers: files.Sealed(nil), Calendar: calendar.New(db), Meeting: meeting.New(db, files, messages),
		Dues: dues.New(db, messages), Payment: payment.New(payment.Options{DB: db, Notify: messages, Instance: "test"}), O2O: o2o.New(o2o.Options{DB: db, Notify: messages, Files: files}), Official: official.New(official.Options{DB: db, Notify: messages}),
		Development: development.New(development.Options{DB: db, Papers: files.Sealed(nil), Notify: messages}), Standard: standard.New(db, files),
		Member: member.New(member.Options{DB: db, Notify: messages, Papers: files.Sealed(nil)}), Team: team.New(db, files, messages)}}
	p.app = fiber.New(fiber.Config{Immutable: true, BodyLimit: maxBody, ErrorHandler: fail(slog.New(slog.DiscardHandler))})
	for _, r := range (&Handler{s: p.s}).routes() {
		p.app.Add(r.Method, fiberPath(r.Path), func(c *fiber.Ctx) error {
			if err := r.Permission.Check(p.v); err != nil {
				return err
			}
			return r.serve(c, p.v)
		})
	}
	var ids []int64
	for i, o := range []model.Org{{Type: model.OrgCity, Path: "001", Name: "市委"}, {Type: model.OrgCommittee, Path: "001001", Name: "甲党委"},
		{Type: model.OrgBranch, Path: "001001001", Name: "一支部"}, {Type: model.OrgBranch, Path: "001001002", Name: "二支部"}} {
		if o.CreatedAt = db.Now(); i > 0 {
			o.ParentID = &ids[min(i, 2)-1]
		}
		p.create(&o)
		ids = append(ids, o.ID)
	}
	p.admin, p.member = p.person(ids[2], "张三", ids[2]), p.person(ids[2], "李四", 0)
	p.sibling, p.city = p.person(ids[3], "王五", ids[3]), p.person(ids[3], "赵六", ids[0])
	return p
}

func (p *party) create(row any) {
	p.t.Helper()
	if err := p.db.Read(context.Background()).Create(row).Error; err != nil {
		p.t.Fatal(err)
	}
}

func (p *party) person(branch int64, name string, administers int64) access.Viewer {
	p.t.Helper()
	m := model.Member{OrgID: branch, Name: name, IDSealed: "x", IDIndex: name, Sex: "MALE", BornOn: "1990-01-01", Status: model.MemberFull,
		Standing: model.StandingActive, AdmittedOn: "2016-07-01", CreatedAt: p.db.Now(), UpdatedAt: p.db.Now()}
	p.create(&m)
	a := model.Account{MPAppID: "wx1", OpenID: name, MemberID: &m.ID, CreatedAt: p.db.Now(), LastLoginAt: p.db.Now()}
	p.create(&a)
	if administers != 0 {
		p.create(&model.RoleGrant{MemberID: &m.ID, Role: model.RoleAdmin, OrgID: &administers, GrantedAt: p.db.Now()})
	}
	v, err := access.Load(p.db.Read(context.Background()), a.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// send sends a request as v and wants the status; the answer is the decoded JSON.
func (p *party) send(v access.Viewer, method, path string, body any, status int, headers ...string) map[string]any {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	kind := "application/json"
	if form, ok := body.(*bytes.Buffer); ok {
		raw, kind = form.Bytes(), "multipart/form-data; boundary=b"
	}
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(raw))
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	_, content := p.do(v, r, status)
	var out map[string]any
	if len(content) > 0 {
		if err := json.Unmarshal(content, &out); err != nil {
			p.t.Fatalf("%s %s: %q", method, path, content)
		}
	}
	return out
}

func (p *party) do(v access.Viewer, r *http.Request, status int) (http.Header, []byte) {
	p.t.Helper()
	p.v = v
	answer, err := p.app.Test(r, -1)
	if err != nil {
		p.t.Fatal(err)
	}
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if answer.StatusCode != status {
		p.t.Fatalf("%s %s: %d %s, want %d", r.Method, r.URL, answer.StatusCode, content, status)
	}
	return answer.Header, content
}

func formFile(t testing.TB, name string, body []byte) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("b"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestThemeDays_OverHTTP(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	png := filetest.PNG(1)
	day := p.send(p.admin, "POST", "/theme-days", map[string]any{"theme": "学习党章", "held_on": "2026-11-12", "content": "学习", "place": "活动室", "record": "记录"}, 201)
	path := fmt.Sprintf("/theme-days/%v", day["id"])

	t.Run("wrong input is answered in Chinese, field by field", func(t *testing.T) {
		bad := p.send(p.admin, "POST", "/theme-days", map[string]any{"theme": "  ", "held_on": "2026-02-30"}, 400)
		if !strings.Contains(fmt.Sprint(bad["details"]), "held_on:活动日期须为存在的日期") || !strings.Contains(fmt.Sprint(bad["details"]), "theme:活动主题不能为空白") {
			t.Fatalf("got %v", bad)
		}
		p.send(p.admin, "PUT", path+"/attendance", map[string]any{"attendance": []map[string]any{{"member_id": p.member.MemberID, "status": "HERE"}}}, 400)
		p.send(p.admin, "GET", "/theme-days/statistics", nil, 400)
		p.send(p.admin, "GET", "/theme-days?month=2026-13", nil, 400)
	})
	t.Run("from draft to completed, the photo to be seen by the branch alone", func(t *testing.T) {
		if got := p.send(p.admin, "POST", path+"/complete", nil, 400); got["code"] != "theme_day.incomplete" {
			t.Fatalf("got %v", got)
		}
		p.send(p.admin, "PUT", path, map[string]any{"theme": "学习党史", "held_on": "2026-11-12", "content": "学习", "record": "记录"}, 200)
		p.send(p.admin, "PUT", path+"/attendance", map[string]any{"attendance": []map[string]any{{"member_id": p.member.MemberID, "status": "LATE"}}}, 200)
		with := p.send(p.admin, "POST", path+"/photos", formFile(t, "现场.png", png), 201)
		photo := with["photos"].([]any)[0].(map[string]any)
		address := photo["url"].(string)
		p.do(p.member, httptest.NewRequest("GET", address, nil), 404) // a draft's
		done := p.send(p.admin, "POST", path+"/complete", nil, 200)
		if done["state"] != "COMPLETED" || done["theme"] != "学习党史" {
			t.Fatalf("got %v", done)
		}
		p.send(p.admin, "POST", path+"/complete", nil, 409)
		header, content := p.do(p.member, httptest.NewRequest("GET", address, nil), 200)
		if !bytes.Equal(content, png) || header.Get("Content-Type") != "image/png" || header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(header.Get("Content-Disposition"), "inline") || !strings.HasPrefix(header.Get("Cache-Control"), "private") {
			t.Fatalf("got %v %q", header, content)
		}
		p.do(p.sibling, httptest.NewRequest("GET", address, nil), 404)
		p.do(access.Viewer{}, httptest.NewRequest("GET", address, nil), 401)
		p.do(p.city, httptest.NewRequest("GET", "/api/v1/files/9999", nil), 404)
	})
	t.Run("who may not change it hears so, who may not see it finds nothing", func(t *testing.T) {
		p.send(p.member, "POST", path+"/cancel", map[string]any{"note": "x"}, 403)
		p.send(p.sibling, "POST", path+"/cancel", map[string]any{"note": "x"}, 404)
		p.send(p.sibling, "GET", path, nil, 404)
		p.send(p.member, "GET", path, nil, 200)
	})
	t.Run("lists, statistics and warnings", func(t *testing.T) {
		if got := p.send(p.sibling, "GET", "/theme-days?month=2026-11", nil, 200); fmt.Sprint(got) != "map[items:[] total:0]" {
			t.Fatalf("got %v", got)
		}
		if got := p.send(p.city, "GET", "/theme-days?month=2026-11&size=1", nil, 200); got["total"] != 1.0 || len(got["items"].([]any)) != 1 {
			t.Fatalf("got %v", got)
		}
		if got := p.send(p.city, "GET", "/theme-days/statistics?month=2026-11", nil, 200); fmt.Sprint(got["total"]) != "map[branches:2 completed_branches:1 count:1]" {
			t.Fatalf("got %v", got)
		}
		if _, err := p.s.Meeting.Jobs()[0].Run(context.Background(), schedule.Run{Day: "2026-11-20"}); err != nil {
			t.Fatal(err)
		}
		got := p.send(p.city, "GET", "/theme-days/warnings?month=2026-11", nil, 200)
		if got["total"] != 1.0 || got["items"].([]any)[0].(map[string]any)["recipient"] != "王五" {
			t.Fatalf("got %v", got)
		}
	})
	t.Run("cancelled, it is gone for the members", func(t *testing.T) {
		p.send(p.admin, "POST", path+"/cancel", map[string]any{}, 400)
		p.send(p.admin, "POST", path+"/cancel", map[string]any{"note": "日期填错"}, 200)
		p.send(p.member, "GET", path, nil, 404)
	})
	t.Run("a photo is taken out", func(t *testing.T) {
		again := p.send(p.admin, "POST", "/theme-days", map[string]any{"theme": "再学", "held_on": "2026-11-13"}, 201)
		path := fmt.Sprintf("/theme-days/%v", again["id"])
		with := p.send(p.admin, "POST", path+"/photos", formFile(t, "现场.png", png), 201)
		photo := with["photos"].([]any)[0].(map[string]any)
		if got := p.send(p.admin, "DELETE", fmt.Sprintf("%s/photos/%v", path, photo["file_id"]), nil, 200); len(got["photos"].([]any)) != 0 {
			t.Fatalf("got %v", got)
		}
	})
}

func TestDues_OverHTTP(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	t.Run("anybody may use the calculator", func(t *testing.T) {
		nobody := access.Viewer{}
		got := p.send(nobody, "GET", "/dues/calculator?category=SALARIED&base_fen=300001", nil, 200)
		if got["amount_fen"] != 3000.0 || got["rate_bp"] != 100.0 || got["base_fen"] != 300001.0 || got["clause"] == "" || len(got) != 4 {
			t.Fatalf("got %v", got)
		}
		if got := p.send(nobody, "GET", "/dues/calculator?category=SELF_EMPLOYED&quarter_net_fen=2700000", nil, 200); got["amount_fen"] != 13500.0 {
			t.Fatalf("got %v", got)
		}
		for query, code := range map[string]string{"": "request.invalid", "category=X": "dues.category", "category=SALARIED": "dues.base",
			"category=SALARIED&base_fen=-100": "dues.base", "category=SALARIED&base_fen=1.5": "request.wrong_type",
			"category=SALARIED&base_fen=99999999999999999999": "request.wrong_type", "category=FARMER&set_fen=120": "dues.set"} {
			if got := p.send(nobody, "GET", "/dues/calculator?"+query, nil, 400); got["code"] != code {
				t.Fatalf("%s: got %v", query, got)
			}
		}
	})
	p.create(&model.DuesAssessment{MemberID: p.member.MemberID, Category: "SALARIED", BaseFen: 510000, AmountFen: 7650, RateBP: 150, EffectiveMonth: "2026-01", CreatedAt: p.db.Now()})
	if _, err := p.s.Dues.Jobs()[0].Run(context.Background(), schedule.Run{Day: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
	t.Run("a bill is listed, its payment recorded once and confirmed by another person, and shown to its member", func(t *testing.T) {
		bills := p.send(p.admin, "GET", "/dues/bills?month=2026-11", nil, 200)
		if bills["total"] != 1.0 || fmt.Sprint(bills["sums"]) != "map[cancelled:0 count:1 exempt:0 paid:0 paid_fen:0 payable_fen:7650 unpaid:1]" {
			t.Fatalf("got %v", bills)
		}
		path := fmt.Sprintf("/dues/bills/%v/payment", bills["items"].([]any)[0].(map[string]any)["id"])
		money := map[string]any{"method": "CASH", "paid_on": "2026-11-20", "amount_fen": 7650}
		p.send(p.sibling, "POST", path, money, 404)
		p.send(p.member, "POST", path, money, 403)
		first := p.send(p.admin, "POST", path, money, 201, "Idempotency-Key", "k1")
		again := p.send(p.admin, "POST", path, money, 201, "Idempotency-Key", "k1")
		if fmt.Sprint(first) != fmt.Sprint(again) {
			t.Fatalf("%v, then %v", first, again)
		}
		if got := p.send(p.admin, "POST", path, money, 409); got["code"] != "dues.recorded" || got["message"] != "该月党费已登记缴纳，正在等待复核" {
			t.Fatalf("got %v", got)
		}
		confirm := fmt.Sprintf("/dues/payments/%v/confirm", first["id"])
		if got := p.send(p.admin, "POST", confirm, nil, 409); got["code"] != "dues.same_person" {
			t.Fatalf("got %v", got)
		}
		p.send(p.sibling, "POST", confirm, nil, 404)
		p.send(p.city, "POST", confirm, nil, 200)
		if got := p.send(p.admin, "POST", path, money, 409); got["code"] != "dues.already_paid" || got["message"] != "本月党费已缴纳" {
			t.Fatalf("got %v", got)
		}
		money["paid_on"] = "2026-11-19"
		p.send(p.admin, "POST", path, money, 409, "Idempotency-Key", "k1")
		mine := p.send(p.member, "GET", "/me/bills", nil, 200)
		if mine["total"] != 1.0 || mine["items"].([]any)[0].(map[string]any)["state"] != "PAID" {
			t.Fatalf("got %v", mine)
		}
	})
	t.Run("no list for a plain member or a citizen", func(t *testing.T) {
		p.send(p.member, "GET", "/dues/bills", nil, 403)
		p.send(access.Viewer{AccountID: 99}, "GET", "/me/bills", nil, 403)
	})
}

func TestCalendar_OverHTTP(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	t.Run("anybody may count a deadline", func(t *testing.T) {
		if got := p.send(access.Viewer{}, "GET", "/calendar/deadline?from=2026-09-30&working_days=5", nil, 200); fmt.Sprint(got) != "map[date:2026-10-13 provisional:false]" {
			t.Fatalf("got %v", got)
		}
		for _, query := range []string{"", "from=2026-09-30", "from=2026-02-30&working_days=1", "from=2026-09-30&working_days=-1", "from=2026-09-30&working_days=x", "from=2026-09-30&working_days=100000"} {
			p.send(access.Viewer{}, "GET", "/calendar/deadline?"+query, nil, 400)
		}
	})
	t.Run("a city administrator sets a day and takes it back, and nobody else", func(t *testing.T) {
		day := map[string]any{"kind": "OFF", "name": "冰雪停工"}
		p.send(p.admin, "PUT", "/admin/workdays/2026-12-01", day, 403)
		p.send(p.city, "PUT", "/admin/workdays/2026-12-32", day, 400)
		p.send(p.city, "PUT", "/admin/workdays/2026-12-01", day, 200)
		if got := p.send(access.Viewer{}, "GET", "/calendar/deadline?from=2026-11-30&working_days=1", nil, 200); got["date"] != "2026-12-02" {
			t.Fatalf("got %v", got)
		}
		year := p.send(p.city, "GET", "/admin/workdays?year=2026", nil, 200)
		p.send(p.city, "DELETE", "/admin/workdays/2026-12-01", nil, 204)
		p.send(p.city, "DELETE", "/admin/workdays/2026-12-01", nil, 404)
		after := p.send(p.city, "GET", "/admin/workdays?year=2026", nil, 200)
		if len(year["items"].([]any)) != len(after["items"].([]any))+1 {
			t.Fatalf("%v, then %v", year, after)
		}
	})
}
