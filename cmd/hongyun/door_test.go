package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"
)

// door drives a running program as a browser and as the phones of its sandbox.
type door struct {
	t   *testing.T
	url string
}

// cast is a person whom the sandbox shows.
type cast struct {
	ID, Name, Role string
	Bound          bool
	Bind           struct {
		Name    string
		IDLast6 string `json:"id_last6"`
	}
}

// send sends JSON and wants the status; 0: any.
func (d *door) send(token, method, path string, body any, status int) map[string]any {
	d.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.raw(token, method, path, "application/json", raw, status)
}

func (d *door) raw(token, method, path, kind string, body []byte, status int) map[string]any {
	d.t.Helper()
	r, err := http.NewRequest(method, d.url+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if status != 0 && res.StatusCode != status {
		d.t.Fatalf("%s %s: %d %.300s, want %d", method, path, res.StatusCode, content, status)
	}
	out := map[string]any{}
	if len(content) > 0 && content[0] == '{' {
		if err := json.Unmarshal(content, &out); err != nil {
			d.t.Fatal(err)
		}
	}
	return out
}

// upload sends a form with one file.
func (d *door) upload(token, path, name string, content []byte, status int) map[string]any {
	d.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		d.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		d.t.Fatal(err)
	}
	return d.raw(token, "POST", path, w.FormDataContentType(), form.Bytes(), status)
}

// people is the cast by role; the unbound member under "unbound".
func (d *door) people() map[string]cast {
	d.t.Helper()
	res, err := http.Get(d.url + "/sandbox/api/people")
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	var all []cast
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		d.t.Fatal(err)
	}
	byRole := map[string]cast{}
	for _, p := range all {
		if p.Bind.Name != "" {
			p.Role = "unbound"
		}
		if _, there := byRole[p.Role]; !there {
			byRole[p.Role] = p
		}
	}
	return byRole
}

// code is what WeChat gives a phone: "code" for signing in, "phone-code" for the number.
func (d *door) code(person, kind string) string {
	d.t.Helper()
	return d.send("", "POST", "/sandbox/api/people/"+person+"/"+kind, nil, 200)["code"].(string)
}

// login answers the token and the code that it was got with.
func (d *door) login(person string) (token, code string) {
	d.t.Helper()
	code = d.code(person, "code")
	return d.send("", "POST", "/api/v1/auth/wechat", map[string]string{"code": code}, 200)["token"].(string), code
}

// until waits for what happens in another process.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within half a minute", what)
		}
	}
}
