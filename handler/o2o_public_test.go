package handler

import (
	"bytes"
	"fmt"
	"image/color"
	pngs "image/png"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"github.com/prometheus/client_golang/prometheus"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestPublicRequests is the story of somebody with no account, over HTTP.
func TestPublicRequests(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		p := newPhones(t, db)
		out := p.call("", "POST", "/public/requests", map[string]any{"content": "河边的护栏断了一截", "anonymous": true}, 201)
		number, code := out["number"].(string), out["code"].(string)
		if out["url"] != "http://example.com/m/#/follow/"+number+"/"+code {
			t.Errorf("%v", out["url"])
		}
		p.call("", "POST", "/public/requests/"+number+"/parts", map[string]any{"code": strings.ToLower(code), "content": "在石桥东边"}, 201)
		chased := p.call("", "POST", "/public/requests/"+number+"/chase", map[string]any{"code": code}, 200)
		if chased["chases"] != float64(1) || chased["chase_from"] == nil {
			t.Errorf("%v", chased)
		}
		again := p.call("", "POST", "/public/requests/"+number+"/chase", map[string]any{"code": code}, 409)
		if again["code"] != "o2o.chased_lately" || again["details"].(map[string]any)["possible_at"] == nil {
			t.Errorf("%v", again)
		}
		seen := p.call("", "GET", "/public/requests/"+number+"?code="+code, nil, 200)
		if seen["state_name"] != "待受理" || len(seen["parts"].([]any)) != 1 || seen["clock_state"] == nil {
			t.Errorf("%v", seen)
		}

		t.Run("the picture is the one of the page's address, with its quiet zone", func(t *testing.T) {
			res, err := p.app.Test(httptest.NewRequest("GET", "http://example.com"+out["qr_path"].(string), nil), 20000)
			p.must(err)
			body, err := io.ReadAll(res.Body)
			p.must(err)
			if res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/png" || !strings.Contains(res.Header.Get("Cache-Control"), "no-store") {
				t.Fatalf("%d %v", res.StatusCode, res.Header)
			}
			samePicture(t, body, out["url"].(string))
		})
		t.Run("the code stands nowhere in the database, and in no log", func(t *testing.T) {
			var log bytes.Buffer
			app, err := New(Options{Service: p.s, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Metrics: prometheus.NewRegistry()})
			p.must(err)
			for _, address := range []string{out["qr_path"].(string), "/api/v1/public/requests/" + number + "?code=" + code, "/api/v1/public/requests/HY0?code=" + code} {
				res, err := app.Test(httptest.NewRequest("GET", address, nil), 20000)
				p.must(err)
				_ = res.Body.Close()
			}
			res, err := app.Test(httptest.NewRequest("GET", "/metrics", nil), 20000)
			p.must(err)
			metrics, err := io.ReadAll(res.Body)
			p.must(err)
			for _, hidden := range []string{code, strings.ReplaceAll(code, "-", "")} {
				if strings.Contains(log.String(), hidden) || strings.Contains(string(metrics), hidden) {
					t.Errorf("%s in %s", hidden, log.String())
				}
				if table := tableWith(t, db, hidden); table != "" {
					t.Errorf("the code stands in %s", table)
				}
			}
		})
		t.Run("too many wrong codes are told when to come again", func(t *testing.T) {
			var last *failureAt
			for range 31 {
				last = askFrom(t, p, "/api/v1/public/requests/"+number+"?code=AAAAA-AAAAA", "203.0.113.9")
			}
			if last.status != 429 || last.retry != "3600" || !strings.Contains(last.body, "一小时后再试") {
				t.Errorf("%+v", last)
			}
			if other := askFrom(t, p, "/api/v1/public/requests/"+number+"?code="+code, "203.0.113.10"); other.status != 200 {
				t.Errorf("another address: %+v", other)
			}
		})
	})
}

type failureAt struct {
	status      int
	retry, body string
}

func askFrom(t *testing.T, p *phones, address, ip string) *failureAt {
	t.Helper()
	r := httptest.NewRequest("GET", address, nil)
	r.Header.Set("X-Real-IP", ip)
	res, err := p.app.Test(r, 20000)
	p.must(err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	p.must(err)
	return &failureAt{res.StatusCode, res.Header.Get("Retry-After"), string(body)}
}

// tableWith names a table in which a text stands.
func tableWith(t *testing.T, db *model.DB, text string) string {
	t.Helper()
	for _, table := range tables(t, db) {
		rows, err := db.SQL().Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		found := false
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				found = found || strings.Contains(fmt.Sprint(v), text)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if found {
			return table
		}
	}
	return ""
}

// samePicture compares a picture module by module with what the encoder makes of the text.
func samePicture(t *testing.T, picture []byte, text string) {
	t.Helper()
	got, err := pngs.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		t.Fatal(err)
	}
	n, side := want.Bounds().Dx(), got.Bounds().Dx()
	if side < 300 || side != got.Bounds().Dy() || side%(n+8) != 0 {
		t.Fatalf("%d pixels for %d modules", side, n)
	}
	dark := func(c color.Color) bool { r, _, _, _ := c.RGBA(); return r < 0x8000 }
	module := side / (n + 8)
	for y := range side {
		for x := range side {
			mx, my := x/module-4, y/module-4
			inside := mx >= 0 && my >= 0 && mx < n && my < n
			if dark(got.At(x, y)) != (inside && dark(want.At(mx, my))) {
				t.Fatalf("pixel %d, %d", x, y)
			}
		}
	}
}
