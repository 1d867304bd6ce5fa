package handler

import (
	"net/http/httptest"
	"net/url"
	"testing"
)

// TestOpen311_input: what no database can keep is refused in a sentence, wherever it stands.
func TestOpen311_input(t *testing.T) {
	eachPhones(t, func(t *testing.T, p *phones) {
		w := newGeoWorld(t, p)
		number := w.submit(nil)
		person, _ := p.member("李四", "360000199001011234", "13800000009")
		token := p.login(person)
		for _, bad := range []string{"路面\x00塌陷了一大块", "路面\xff塌陷了一大块"} {
			for _, field := range []string{"description", "address_string", "account_id", "first_name", "service_code", "attribute[category]", "phone", "api_key"} {
				form := url.Values{"api_key": {w.key}, "service_code": {"ROAD"}, "description": {"人民路第二小学门口路面塌陷"}, "address_string": {"人民路"}}
				form.Set(field, bad)
				w.geo("POST", "/requests.json", form, 400)
			}
			for _, field := range []string{"service_request_id", "description", "status"} {
				form := url.Values{"api_key": {w.key}, "service_request_id": {number}, "status": {"closed"}, "description": {"已修好"}}
				form.Set(field, bad)
				w.geo("POST", "/servicerequestupdates.json", form, 400)
			}
			for _, field := range []string{"service_request_id", "service_code", "status", "start_date"} {
				w.geo("GET", "/requests.json?"+url.Values{"api_key": {w.key}, field: {bad}}.Encode(), nil, 400)
			}
			w.geo("GET", "/requests/"+url.PathEscape(bad)+".json?api_key="+w.key, nil, 404)
			w.geo("GET", "/tokens/"+url.PathEscape(bad)+".json?api_key="+w.key, nil, 404)
			w.geo("GET", "/services/"+url.PathEscape(bad)+".json", nil, 404)
			for _, address := range []string{"/api/v1/public/releases/", "/api/v1/public/rates?month=", "/api/v1/public/requests/HY1?code="} {
				if got := askFrom(t, p, address+url.PathEscape(bad), "203.0.113.9"); got.status >= 500 {
					t.Errorf("%s: %+v", address, got)
				}
			}
			p.call(token, "GET", "/requests?topic="+url.QueryEscape(bad), nil, 400)
		}
	})
}

// TestOpen311_tooMany: a system that runs wild is told when to come again, and leaves the others alone; so is whoever tries keys.
func TestOpen311_tooMany(t *testing.T) {
	eachPhones(t, func(t *testing.T, p *phones) {
		w := newGeoWorld(t, p)
		ask := func(key, ip string) (status int, retry string) {
			r := httptest.NewRequest("GET", "/open311/v2/tokens/HY1.json?api_key="+key, nil)
			r.Header.Set("X-Real-IP", ip)
			res, err := p.app.Test(r, 20000)
			p.must(err)
			p.must(res.Body.Close())
			return res.StatusCode, res.Header.Get("Retry-After")
		}
		last, retry := 404, ""
		for n := 0; last == 404 && n < 1000; n++ {
			last, retry = ask(w.key, "203.0.113.7")
		}
		if last != 429 || retry != "60" {
			t.Errorf("a thousand calls: %d, again in %q seconds", last, retry)
		}
		if status, _ := ask(w.other, "203.0.113.7"); status != 404 {
			t.Errorf("another system beside it: %d", status)
		}
		last, retry = 403, ""
		for n := 0; last == 403 && n < 200; n++ {
			last, retry = ask("hyk_guess", "203.0.113.8")
		}
		if last != 429 || retry != "600" {
			t.Errorf("two hundred keys: %d, again in %q seconds", last, retry)
		}
		if status, _ := ask("hyk_guess", "203.0.113.9"); status != 403 {
			t.Errorf("from elsewhere: %d", status)
		}
	})
}
