package handler

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyun/model/modeltest"
)

// TestUnknownAddresses: below /api every refusal is JSON in the one form.
func TestUnknownAddresses(t *testing.T) {
	t.Parallel()
	p := newPhones(t, modeltest.SQLite(t, modeltest.At("2026-11-20 10:00:00").Now))
	ask := func(method, address string, status int) {
		t.Helper()
		res, err := p.app.Test(httptest.NewRequest(method, address, nil), 20000)
		p.must(err)
		content, err := io.ReadAll(res.Body)
		p.must(err)
		if res.StatusCode != status {
			t.Errorf("%s %s: %d, want %d", method, address, res.StatusCode, status)
		}
		if method != "HEAD" {
			readable(t, method+" "+address, content, res.Header.Get("X-Request-Id"))
		}
	}
	for _, unknown := range []string{"/api/", "/api/v1", "/api/v1/", "/api/v2/me", "/api/v1/nonsense", "/api/v1/members/1/2/3", "/api/v1/me/nonsense", "/api/v1/%00",
		"/api/v1/..%2f..%2fetc/passwd", "/api/v1/" + strings.Repeat("x", 2000)} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			ask(method, unknown, 404)
		}
	}
	for _, r := range (&Handler{}).routes() {
		path := strings.NewReplacer("{id}", "1", "{file_id}", "1", "{name}", "x", "{date}", "2026-11-20").Replace(r.Path)
		ask("PATCH", path, 405) // WeChat's client has none, so no route has
		if strings.Contains(r.Path, "{") || r.Method == "GET" || r.Method == "PUT" {
			continue
		}
		for _, method := range []string{"PUT", "TRACE"} {
			ask(method, path, 405)
		}
	}
}

// TestTooLarge sends over a real connection what the server refuses before any handler runs.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	p := newPhones(t, modeltest.SQLite(t, modeltest.At("2026-11-20 10:00:00").Now))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	done := make(chan error, 1)
	go func() { done <- p.app.Listener(listener) }()
	t.Cleanup(func() { p.must(p.app.Shutdown()); p.must(<-done) })
	address := "http://" + listener.Addr().String()

	send := func(method, path, kind string, body []byte, headers ...string) (int, []byte, string) {
		t.Helper()
		r, err := http.NewRequest(method, address+path, bytes.NewReader(body))
		p.must(err)
		r.Header.Set("Content-Type", kind)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		res, err := http.DefaultTransport.(*http.Transport).Clone().RoundTrip(r)
		p.must(err)
		defer res.Body.Close()
		content, err := io.ReadAll(res.Body)
		p.must(err)
		return res.StatusCode, content, res.Header.Get("X-Request-Id")
	}
	t.Run("a body over the limit is refused by its announced length", func(t *testing.T) {
		for _, path := range []string{"/api/v1/auth/wechat", "/api/v1/requests/1/photos", "/api/v1/nonsense"} {
			c, err := net.Dial("tcp", listener.Addr().String())
			p.must(err)
			fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{", path, maxBody+1)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			p.must(err)
			content, err := io.ReadAll(res.Body)
			p.must(errors.Join(err, c.Close()))
			if res.StatusCode != 413 {
				t.Errorf("%s: %d", path, res.StatusCode)
			}
			readable(t, path, content, res.Header.Get("X-Request-Id"))
		}
	})
	t.Run("headers and an address over the limit", func(t *testing.T) {
		for _, path := range []string{"/api/v1/me", "/api/v1/requests?state=" + strings.Repeat("X", 20000)} {
			status, content, id := send("GET", path, "text/plain", nil, "X-Long", strings.Repeat("x", 20000))
			if status != 431 && status != 414 {
				t.Errorf("%.40s: %d", path, status)
			}
			readable(t, path, content, id)
		}
	})
	t.Run("a form that is cut off is refused, and the server goes on", func(t *testing.T) {
		status, content, id := send("POST", "/api/v1/requests/1/photos", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Dis"))
		if status != 401 { // nobody is signed in; the form is not even read
			t.Errorf("%d %s", status, content)
		}
		readable(t, "cut off", content, id)
		if status, _, _ := send("GET", "/healthz", "", nil); status != 200 {
			t.Errorf("%d", status)
		}
	})
	t.Run("what is no HTTP", func(t *testing.T) {
		c, err := net.Dial("tcp", listener.Addr().String())
		p.must(err)
		defer c.Close()
		fmt.Fprint(c, "\x16\x03\x01 nonsense\r\n\r\n")
		answer, err := io.ReadAll(c)
		p.must(err)
		if !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
			t.Errorf("%q", answer)
		}
	})
}
