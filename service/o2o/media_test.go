package o2o

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestFetch_Lost: a medium is tried for as long as WeChat has it, and what does not come is put down.
func TestFetch_Lost(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := withSandbox(t, db, clock)
		c.addClinic()
		c.door("people/li/follow", map[string]any{"appid": clinic})
		until := func(day string) {
			for end := modeltest.At(day).Now(); clock.Now().Before(end); clock.Add(30 * time.Minute) {
				_, err := c.push.Work(ctx)
				must(t, err)
			}
			clock.Set(day)
			_, err := c.push.Work(ctx)
			must(t, err)
		}
		broken := func(api string, times int) {
			c.door("faults", map[string]any{"api": api, "status": 503, "times": times})
		}
		say := func(what map[string]any) Part {
			what["appid"] = clinic
			c.door("people/li/say", what)
			_, err := c.push.Work(ctx)
			must(t, err)
			return c.newestPart()
		}
		state := func() (state string) {
			must(t, db.Read(ctx).Raw("SELECT state FROM callback ORDER BY id DESC LIMIT 1").Scan(&state).Error)
			return state
		}

		t.Run("a voice is tried for two days and more, and comes", func(t *testing.T) {
			broken("cgi-bin/media/get", 50)
			if p := say(map[string]any{"type": "voice"}); p.FileID != nil || p.Lost {
				t.Fatalf("%+v", p)
			}
			until("2026-11-25 07:00:00")
			if p := c.newestPart(); p.FileID != nil || p.Lost {
				t.Fatalf("after fifty failures %+v", p)
			}
			until("2026-11-26 09:00:00")
			if p := c.newestPart(); p.FileID == nil || p.Lost || state() != model.CallbackDone {
				t.Errorf("%+v, %s", p, state())
			}
		})
		t.Run("after three days it is lost, and nobody tries any more", func(t *testing.T) {
			clock.Set("2026-12-01 10:00:00")
			broken("cgi-bin/media/get", 1000)
			say(map[string]any{"type": "voice"})
			until("2026-12-04 09:30:00")
			if p := c.newestPart(); p.FileID != nil || p.Lost {
				t.Fatalf("before the three days are over: %+v", p)
			}
			until("2026-12-04 11:30:00")
			if p := c.newestPart(); p.FileID != nil || !p.Lost || p.LostReason != "素材已过期，未能取得" || state() != model.CallbackDone {
				t.Fatalf("%+v, %s", p, state())
			}
			c.noFaults()
			until("2026-12-06 09:30:00")
			if p := c.newestPart(); p.FileID != nil || !p.Lost {
				t.Errorf("%+v", p)
			}
		})
		t.Run("a server that was down for four days finds it gone", func(t *testing.T) {
			clock.Set("2026-12-10 10:00:00")
			c.door("people/li/say", map[string]any{"appid": clinic, "type": "voice"})
			until("2026-12-10 10:00:00")
			c.door("people/li/say", map[string]any{"appid": clinic, "type": "voice"})
			clock.Set("2026-12-14 10:00:00")
			_, err := c.push.Work(ctx)
			must(t, err)
			if p := c.newestPart(); !p.Lost || p.LostReason != "素材已过期，未能取得" {
				t.Errorf("%+v", p)
			}
		})
		t.Run("what is no whole picture is lost at once, with the reason", func(t *testing.T) {
			clock.Set("2026-12-20 10:00:00")
			p := say(map[string]any{"type": "image", "image_base64": base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n and the rest"))})
			if !p.Lost || !strings.Contains(p.LostReason, "照片已损坏") || state() != model.CallbackDone {
				t.Errorf("%+v, %s", p, state())
			}
		})
	})
}

// newestPart is that of the request that came last, as the window reads it.
func (c *county) newestPart() Part {
	c.t.Helper()
	d, err := c.s.Request(ctx, c.desk, c.list(c.desk, Filter{}).Items[0].ID)
	must(c.t, err)
	return d.Parts[len(d.Parts)-1]
}

// noFaults lets the sandbox answer again.
func (c *county) noFaults() {
	c.t.Helper()
	q, err := http.NewRequest(http.MethodDelete, c.url+"/sandbox/api/faults", nil)
	must(c.t, err)
	res, err := http.DefaultClient.Do(q)
	must(c.t, err)
	must(c.t, res.Body.Close())
}
