package handler

import (
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
