package handler

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/apikey"
	"hongyun/service/o2o"
)

// geoWorld is the platform with two units, each with a key of its own.
type geoWorld struct {
	*phones
	t            *testing.T
	roads, water int64
	key, other   string
	keyID        int64
	desk         access.Viewer
}

func newGeoWorld(t *testing.T, p *phones) *geoWorld {
	w := &geoWorld{phones: p, t: t}
	account := model.Account{MPAppID: "wx", OpenID: "admin", CreatedAt: p.db.Now(), LastLoginAt: p.db.Now()}
	p.create(&account)
	w.desk = access.Viewer{AccountID: account.ID, Name: "王窗口", Grants: []access.Grant{{Role: model.RoleAdmin, OrgID: p.city, OrgPath: "001", OrgType: model.OrgCity}}}
	for _, u := range []struct {
		name string
		id   *int64
		key  *string
	}{{"住建局", &w.roads, &w.key}, {"水利局", &w.water, &w.other}} {
		d := model.Department{Name: u.name, CreatedAt: p.db.Now()}
		p.create(&d)
		made, err := p.s.Keys.Make(t.Context(), w.desk, apikey.Input{Name: u.name + "工单系统", DepartmentID: d.ID})
		p.must(err)
		*u.id, *u.key = d.ID, made.Key
		if w.keyID == 0 {
			w.keyID = made.ID
		}
	}
	return w
}

// geo asks and gives back the bytes.
func (w *geoWorld) geo(method, path string, form url.Values, status int) []byte {
	w.t.Helper()
	r := httptest.NewRequest(method, "/open311/v2"+path, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := w.app.Test(r, -1)
	w.must(err)
	body, err := io.ReadAll(res.Body)
	w.must(err)
	if res.StatusCode != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, res.StatusCode, body, status)
	}
	return body
}

func geoRows[T any](w *geoWorld, method, path string, form url.Values, status int) []T {
	w.t.Helper()
	var rows []T
	w.must(json.Unmarshal(w.geo(method, path, form, status), &rows))
	return rows
}

func (w *geoWorld) submit(change func(url.Values)) string {
	w.t.Helper()
	form := url.Values{"api_key": {w.key}, "service_code": {"ROAD"}, "description": {"人民路第二小学门口路面塌陷，张三 13812345678"}, "lat": {"28.95"}, "long": {"117.58"},
		"address_string": {"人民路"}, "attribute[category]": {"COMPLAINT"}, "first_name": {"三"}, "last_name": {"张"}, "phone": {"13812345678"}}
	if change != nil {
		change(form)
	}
	return geoRows[geoReceipt](w, "POST", "/requests.json", form, 201)[0].ID
}

func TestOpen311(t *testing.T) {
	eachPhones(t, func(t *testing.T, p *phones) {
		w := newGeoWorld(t, p)
		ctx := t.Context()
		t.Run("services and their attribute need no key, in both forms", func(t *testing.T) {
			w.t = t
			rows := geoRows[geoService](w, "GET", "/services.json", nil, 200)
			var asXML struct {
				XMLName xml.Name     `xml:"services"`
				Rows    []geoService `xml:"service"`
			}
			w.must(xml.Unmarshal(w.geo("GET", "/services.xml", nil, 200), &asXML))
			if len(rows) != 14 || len(asXML.Rows) != 14 || asXML.Rows[1].Code != "ROAD" || rows[1].Name != "道路交通" {
				t.Fatalf("%+v", asXML)
			}
			var d geoDefinition
			w.must(json.Unmarshal(w.geo("GET", "/services/ROAD.json", nil, 200), &d))
			var dXML geoDefinition
			w.must(xml.Unmarshal(w.geo("GET", "/services/ROAD.xml", nil, 200), &dXML))
			if len(d.Attributes[0].Values) != 5 || len(dXML.Attributes) != 1 || len(dXML.Attributes[0].Values) != 5 {
				t.Fatalf("%+v", dXML)
			}
			w.geo("GET", "/services/NOTHING.json", nil, 404)
			w.geo("GET", "/services.yaml", nil, 404)
			w.geo("GET", "/discovery.xml", nil, 200)
		})
		var number string
		t.Run("a request comes in, and comes out with its limit", func(t *testing.T) {
			w.t = t
			number = w.submit(nil)
			rows := geoRows[geoRequest](w, "GET", "/requests/"+number+".json?api_key="+w.key, nil, 200)
			r := rows[0]
			if r.Status != "open" || r.ServiceCode != "ROAD" || r.ServiceName != "道路交通" || r.Expected == nil || *r.Expected != "2026-11-23T23:59:59+08:00" || *r.Lat != 28.95 || r.Requested != "2026-11-20T10:00:00+08:00" {
				t.Fatalf("%+v", r)
			}
			var asXML struct {
				XMLName xml.Name     `xml:"service_requests"`
				Rows    []geoRequest `xml:"request"`
			}
			w.must(xml.Unmarshal(w.geo("GET", "/requests.xml?status=open&service_code=ROAD,WATER&api_key="+w.key, nil, 200), &asXML))
			if len(asXML.Rows) != 1 || asXML.Rows[0].ID != number {
				t.Fatalf("%+v", asXML)
			}
			if got := geoRows[geoReceipt](w, "GET", "/tokens/"+number+".json?api_key="+w.key, nil, 200); got[0].ID != number {
				t.Fatalf("%+v", got)
			}
		})
		t.Run("the same number of the other system is the same request", func(t *testing.T) {
			w.t = t
			again := func(form url.Values) { form.Set("account_id", "GD-17") }
			if first, second := w.submit(again), w.submit(again); first != second {
				t.Fatal(first, second)
			}
		})
		t.Run("without a key, or with another unit's, there is nothing", func(t *testing.T) {
			w.t = t
			for _, key := range []string{"", "hyk_wrong", w.key + "x"} {
				rows := geoRows[geoError](w, "GET", "/requests.json?api_key="+key, nil, 403)
				if rows[0].Code != 403 || rows[0].Description == "" {
					t.Fatalf("%+v", rows)
				}
				w.geo("POST", "/requests.xml", url.Values{"api_key": {key}, "service_code": {"ROAD"}, "description": {"路面塌陷"}, "address_string": {"x"}}, 403)
				w.geo("POST", "/servicerequestupdates.json", url.Values{"api_key": {key}, "service_request_id": {number}, "status": {"closed"}}, 403)
			}
			w.geo("GET", "/requests/"+number+".json?api_key="+w.other, nil, 404)
			w.geo("GET", "/tokens/"+number+".json?api_key="+w.other, nil, 404)
			if rows := geoRows[geoRequest](w, "GET", "/requests.json?api_key="+w.other, nil, 200); len(rows) != 0 {
				t.Fatalf("%+v", rows)
			}
			w.geo("POST", "/servicerequestupdates.json", url.Values{"api_key": {w.other}, "service_request_id": {number}, "status": {"acknowledged"}}, 404)
		})
		t.Run("what is wrong is refused with a sentence, and nothing is kept", func(t *testing.T) {
			w.t = t
			var before, after int64
			w.must(p.db.Read(ctx).Raw("SELECT count(*) FROM request").Scan(&before).Error)
			for name, change := range map[string]func(url.Values){
				"no service": func(f url.Values) { f.Del("service_code") }, "too short": func(f url.Values) { f.Set("description", "坏") },
				"no place": func(f url.Values) { f.Del("lat"); f.Del("long"); f.Del("address_string") }, "half a place": func(f url.Values) { f.Del("long") },
				"bad place": func(f url.Values) { f.Set("lat", "north") }, "far place": func(f url.Values) { f.Set("lat", "95") },
				"category": func(f url.Values) { f.Set("attribute[category]", "NOTHING") }, "long number": func(f url.Values) { f.Set("account_id", strings.Repeat("9", 101)) },
			} {
				form := url.Values{"api_key": {w.key}, "service_code": {"ROAD"}, "description": {"路面塌陷三天了"}, "lat": {"28.9"}, "long": {"117.5"}, "address_string": {"人民路"}}
				change(form)
				rows := geoRows[geoError](w, "POST", "/requests.json", form, 400)
				if rows[0].Description == "" {
					t.Error(name)
				}
			}
			for _, q := range []string{"start_date=yesterday", "end_date=2026", "status=half"} {
				w.geo("GET", "/requests.json?api_key="+w.key+"&"+q, nil, 400)
			}
			w.must(p.db.Read(ctx).Raw("SELECT count(*) FROM request").Scan(&after).Error)
			if before != after {
				t.Fatal(before, after)
			}
		})
		t.Run("a unit's system takes what is referred to it, answers, and closes; returns what is not its duty", func(t *testing.T) {
			w.t = t
			refer := func(number string) int64 {
				var id int64
				w.must(p.db.Read(ctx).Raw("SELECT id FROM request WHERE number = ?", number).Scan(&id).Error)
				_, err := p.s.O2O.Accept(ctx, w.desk, id, o2o.AcceptInput{})
				w.must(err)
				_, err = p.s.O2O.Refer(ctx, w.desk, id, w.water, "请尽快")
				w.must(err)
				return id
			}
			id := refer(number)
			rows := geoRows[geoRequest](w, "GET", "/requests.json?status=open&api_key="+w.other, nil, 200)
			if len(rows) != 1 || rows[0].ID != number || rows[0].Agency != "水利局" {
				t.Fatalf("%+v", rows)
			}
			report := func(number, status, note string, code int) {
				w.geo("POST", "/servicerequestupdates.json", url.Values{"api_key": {w.other}, "service_request_id": {number}, "status": {status}, "description": {note}, "update_id": {"1"}}, code)
			}
			report(number, "closed", "已修好", 409)
			report(number, "acknowledged", "", 200)
			report(number, "half", "", 400)
			report(number, "in_progress", "施工队已到现场", 200)
			report(number, "closed", "", 400)
			report(number, "closed", "路面已修复", 200)
			rows = geoRows[geoRequest](w, "GET", "/requests/"+number+".json?api_key="+w.other, nil, 200)
			if rows[0].Status != "closed" || rows[0].StatusNotes != "路面已修复" || rows[0].Expected != nil {
				t.Fatalf("%+v", rows[0])
			}
			var by string
			w.must(p.db.Read(ctx).Raw("SELECT actor_name FROM request_step WHERE request_id = ? AND action = 'close'", id).Scan(&by).Error)
			if by != "水利局工单系统" {
				t.Fatal(by)
			}
			second := w.submit(nil)
			refer(second)
			report(second, "returned", "依据三定方案，属住建局职责", 200)
			report(second, "acknowledged", "", 404) // it is the window's again
		})
		t.Run("who the citizen is goes to no system", func(t *testing.T) {
			w.t = t
			n := w.submit(nil)
			for _, form := range []string{"json", "xml"} {
				body := string(w.geo("GET", "/requests/"+n+"."+form+"?api_key="+w.key, nil, 200))
				var sealed int64
				w.must(p.db.Read(ctx).Raw("SELECT count(*) FROM request_identity i JOIN request r ON r.id = i.request_id WHERE r.number = ? AND phone_sealed <> ''", n).Scan(&sealed).Error)
				if sealed != 1 || strings.Contains(body, `"phone"`) || strings.Contains(body, "<phone>") {
					t.Fatal(sealed, body)
				}
			}
		})
	})
}
