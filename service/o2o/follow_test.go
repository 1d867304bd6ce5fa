package o2o

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
)

const visitor = "203.0.113.7"

// web sends a request from the web page, each from an address of its own.
func (c *county) web(content, key string) Submitted {
	c.t.Helper()
	c.visits++
	out, err := c.s.SubmitPublic(ctx, fmt.Sprint("198.51.100.", c.visits), SubmitInput{Content: content, Anonymous: true}, key)
	must(c.t, err)
	return out
}

func (s Submitted) pass() Pass { return Pass{Number: s.Number, Code: s.Code, IP: visitor} }

func TestFollow(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		mine := c.submit(c.citizen, SubmitInput{Content: "小区路灯坏了三天"})
		f, err := c.s.Follow(ctx, c.citizen, mine.ID)
		must(t, err)
		pass := Pass{Number: f.Number, Code: f.Code, IP: visitor}

		t.Run("the code leads to the request, however it is typed", func(t *testing.T) {
			if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$`).MatchString(f.Code) || f.URL != "/m/#/follow/"+f.Number+"/"+f.Code {
				t.Errorf("%+v", f)
			}
			typed := strings.NewReplacer("1", "l", "0", "o").Replace(strings.ToLower(f.Code))
			for _, code := range []string{f.Code, typed, strings.ReplaceAll(f.Code, "-", ""), " " + strings.ReplaceAll(f.Code, "-", "－ ")} {
				got, err := c.s.Followed(ctx, Pass{Number: strings.ToLower(f.Number), Code: code, IP: visitor})
				if err != nil || got.Number != f.Number || got.Content != "小区路灯坏了三天" {
					t.Errorf("%q: %+v %v", code, got, err)
				}
			}
		})
		t.Run("staff are not told the code, and others not that there is a request", func(t *testing.T) {
			for _, v := range []access.Viewer{c.desk, c.admin, c.leader} {
				if _, err := c.s.Follow(ctx, v, mine.ID); !fault.Is(err, "auth.forbidden") {
					t.Error(err)
				}
			}
			for _, v := range []access.Viewer{c.neighbour, c.handler} {
				if _, err := c.s.Follow(ctx, v, mine.ID); !fault.Is(err, "not_found") {
					t.Error(err)
				}
			}
		})
		t.Run("a wrong number, a wrong code and the code of another are answered alike", func(t *testing.T) {
			other := c.submit(c.neighbour, SubmitInput{Content: "楼道里堆放杂物"})
			var said []string
			for _, p := range []Pass{{f.Number, "00000-00000", "a1"}, {other.Number, f.Code, "a2"}, {"HY20200101-0001", c.s.followCode("HY20200101-0001"), "a3"},
				{"", "", "a4"}, {f.Number, "", "a5"}, {f.Number, f.Code[:9], "a6"}, {f.Number + "'", f.Code, "a7"}} {
				_, err := c.s.Followed(ctx, p)
				if !fault.Is(err, "not_found") {
					t.Fatalf("%+v: %v", p, err)
				}
				said = append(said, err.Error())
			}
			for _, s := range said {
				if s != said[0] {
					t.Errorf("%q, %q", s, said[0])
				}
			}
		})
		t.Run("whoever guesses too often is refused for an hour, with the right code too", func(t *testing.T) {
			guesser := Pass{Number: f.Number, Code: "AAAAA-AAAAA", IP: "192.0.2.1"}
			right := Pass{Number: f.Number, Code: f.Code, IP: "192.0.2.1"}
			for range 30 {
				if _, err := c.s.Followed(ctx, guesser); !fault.Is(err, "not_found") {
					t.Fatal(err)
				}
			}
			for _, p := range []Pass{guesser, right} {
				var no *fault.Fault
				if _, err := c.s.Followed(ctx, p); !errors.As(err, &no) || no.Kind != fault.KindTooMany || no.Details["retry_after"] != int64(3600) {
					t.Errorf("%+v: %v", p, err)
				}
			}
			must(t, second(c.s.Followed(ctx, pass)))
			c.redis.FastForward(time.Hour)
			must(t, second(c.s.Followed(ctx, right)))
		})
		t.Run("a right code is never counted", func(t *testing.T) {
			for range 40 {
				must(t, second(c.s.Followed(ctx, pass)))
			}
		})
		t.Run("to the code staff have no names, and notes among them are not there", func(t *testing.T) {
			must(t, second(c.s.Accept(ctx, c.desk, mine.ID, AcceptInput{Note: "已受理"})))
			must(t, second(c.s.Refer(ctx, c.desk, mine.ID, c.roads, "此人多次反映")))
			got, err := c.s.Followed(ctx, pass)
			must(t, err)
			text := fmt.Sprintf("%+v", got)
			for _, hidden := range []string{"王窗口", "此人多次反映", "吴群众"} {
				if strings.Contains(text, hidden) {
					t.Errorf("%s stands in %s", hidden, text)
				}
			}
			if got.DepartmentName != "城市管理局" || len(got.Units) != 1 || !got.Units[0].Lead || got.Units[0].Deadline == "" || len(got.Steps) != 3 {
				t.Errorf("%+v", got)
			}
		})
	})
}

func TestSubmitPublic(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		t.Run("somebody with no account hands in a request and follows it to the end", func(t *testing.T) {
			out := c.web("河边护栏断了一截", "")
			d, err := c.s.Request(ctx, c.desk, c.idOf(out.Number))
			must(t, err)
			if d.Source != model.SourceWeb || d.State != model.RequestSubmitted || d.Citizen != "匿名群众" || d.Own != nil || out.Request.StateName != "待受理" {
				t.Errorf("%+v", d)
			}
			must(t, second(c.s.Accept(ctx, c.desk, d.ID, AcceptInput{})))
			must(t, second(c.s.Answer(ctx, c.desk, d.ID, "已派人修好")))
			f, err := c.s.RateByCode(ctx, out.pass(), RateInput{Rating: 5, Solved: new(true)})
			must(t, err)
			if f.State != model.RequestRated || len(f.Ratings) != 1 || f.Ratings[0].Solved == nil || !*f.Ratings[0].Solved {
				t.Errorf("%+v", f)
			}
			if n := len(c.messages("o2o.closed")); n != 1 { // which no channel takes: the citizen follows by the code
				t.Errorf("%d messages", n)
			}
		})
		t.Run("a key works once, also for two at the same moment; with other words it is refused", func(t *testing.T) {
			key := "2f1c9a52-0b4e-4f0e-9d0b-2d7c5b9c1a11"
			var numbers [4]string
			done := make(chan error, len(numbers))
			for i := range numbers {
				go func() {
					out, err := c.s.SubmitPublic(ctx, fmt.Sprint("192.0.2.", i), SubmitInput{Content: "垃圾三天没有清运"}, key)
					numbers[i] = out.Number
					done <- err
				}()
			}
			for range numbers {
				must(t, <-done)
			}
			for _, n := range numbers {
				if n == "" || n != numbers[0] {
					t.Fatal(numbers)
				}
			}
			if _, err := c.s.SubmitPublic(ctx, visitor, SubmitInput{Content: "另外一件完全不同的事"}, key); !fault.Is(err, "o2o.key_reused") {
				t.Error(err)
			}
		})
		t.Run("an address may send ten in an hour", func(t *testing.T) {
			send := func(ip string) error {
				_, err := c.s.SubmitPublic(ctx, ip, SubmitInput{Content: "井盖破损存在隐患"}, "")
				return err
			}
			for range 10 {
				must(t, send("2001:db8::1"))
			}
			if err := send("2001:db8::ffff"); !fault.Is(err, "o2o.too_many_requests") { // the same network
				t.Error(err)
			}
			must(t, send("2001:db8:0:1::1"))
			c.redis.FastForward(time.Hour)
			must(t, send("2001:db8::1"))
		})
	})
}

func (c *county) idOf(number string) int64 {
	c.t.Helper()
	var r model.Request
	must(c.t, c.db.Read(ctx).Where("number = ?", number).Take(&r).Error)
	return r.ID
}

func TestFillCode(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := newCounty(t, modeltest.SQLite(t, clock.Now), clock)
	const number = "HY20261123-0001"
	begin := registered + number + codeMark
	if got, want := c.s.fillCode(begin+"，可凭"), registered+number+"，查询码 "+c.s.followCode(number)+"，可凭"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, reply := range []string{"", "您最近的诉求：\n“" + begin + "”", registered + "HY1" + codeMark, " " + begin} {
		if got := c.s.fillCode(reply); got != reply {
			t.Errorf("what a citizen may have written is filled in: %q", got)
		}
	}
}

func TestFollow_officialAccount(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := withSandbox(t, db, clock)
		c.addClinic()
		c.door("people/li/follow", map[string]any{"appid": clinic})
		reply := c.say("村里自来水停了两天")
		number := regexp.MustCompile(`HY\d+-\d+`).FindString(reply)
		code := c.s.followCode(number)
		if !strings.Contains(reply, "查询码 "+code+"，") {
			t.Fatalf("%q", reply)
		}
		f, err := c.s.Followed(ctx, Pass{Number: number, Code: code, IP: visitor})
		if err != nil || f.Content != "村里自来水停了两天" {
			t.Errorf("%+v %v", f, err)
		}
		var kept []string
		must(t, db.Read(ctx).Raw("SELECT reply FROM callback WHERE reply <> ''").Scan(&kept).Error)
		if len(kept) == 0 || strings.Contains(strings.Join(kept, " "), code) || strings.Contains(c.log.String(), code) {
			t.Errorf("the code is kept: %q", kept)
		}
	})
}
