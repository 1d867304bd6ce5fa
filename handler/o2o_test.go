package handler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyun/service/file/filetest"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	made := c.call(c.citizen, "POST", "/requests", map[string]any{"content": "人民路路灯坏了三天", "category": "COMPLAINT", "place": "人民路", "lat": 28.9, "lng": 117.5, "anonymous": false}, 201)
	again := c.call(c.citizen, "POST", "/requests", map[string]any{"content": "人民路路灯坏了三天", "category": "COMPLAINT", "place": "人民路", "lat": 28.9, "lng": 117.5}, 201)
	if made["number"] != "HY20261123-0001" || made["number"] != again["number"] || made["state"] != "SUBMITTED" {
		t.Errorf("%v and %v", made["number"], again["number"])
	}
	path := fmt.Sprintf("/requests/%v", made["id"])

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "现场.jpg")
	c.must(err)
	_, err = part.Write(filetest.JPEG(1))
	c.must(err)
	c.must(w.Close())
	c.v = c.citizen
	r := httptest.NewRequest("POST", "/api/v1"+path+"/photos", &form)
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, err := c.app.Test(r, -1)
	c.must(err)
	raw, err := io.ReadAll(res.Body)
	c.must(err)
	if res.StatusCode != 201 || !strings.Contains(string(raw), `"file_id":1`) {
		t.Errorf("photo: %d %s", res.StatusCode, raw)
	}

	c.call(c.citizen, "POST", path+"/accept", map[string]any{}, 403)
	c.call(c.desk, "POST", path+"/accept", map[string]any{"category": "OTHER"}, 400)
	c.call(c.desk, "POST", path+"/accept", map[string]any{"note": "已核实", "other": 1}, 400)
	c.call(c.desk, "POST", path+"/accept", map[string]any{"category": "HELP", "note": "已核实"}, 200)
	if f := c.call(c.desk, "POST", path+"/accept", map[string]any{}, 409); f["code"] != "o2o.wrong_state" || !strings.Contains(f["message"].(string), "已受理") {
		t.Errorf("%v", f)
	}
	c.call(c.handler, "GET", path, nil, 404)
	c.call(c.desk, "POST", path+"/refer", map[string]any{"note": "x"}, 400)
	c.call(c.desk, "POST", path+"/refer", map[string]any{"department_id": c.department, "note": "请尽快"}, 200)
	c.call(c.handler, "POST", path+"/handle", map[string]any{}, 200)
	c.call(c.handler, "POST", path+"/reply", map[string]any{"note": "已派人"}, 200)
	c.call(c.handler, "POST", path+"/close", map[string]any{}, 400)
	c.call(c.handler, "POST", path+"/close", map[string]any{"note": "已修好"}, 200)
	c.call(c.citizen, "POST", path+"/rating", map[string]any{"rating": 6}, 400)
	done := c.call(c.citizen, "POST", path+"/rating", map[string]any{"rating": 5, "note": "很快"}, 200)
	if done["state"] != "RATED" || done["rating_name"] != "非常满意" || len(done["steps"].([]any)) != 7 {
		t.Errorf("%v", done)
	}
	c.call(c.citizen, "POST", path+"/withdraw", nil, 409)
	list := c.call(c.desk, "GET", "/requests?state=RATED&department_id="+fmt.Sprint(c.department)+"&overdue=false&page=1&size=10", nil, 200)
	if list["total"] != 1.0 {
		t.Errorf("%v", list)
	}
	c.call(c.desk, "GET", "/requests?state=NONE", nil, 400)
	other := c.call(c.admin, "POST", "/requests", map[string]any{"content": "请问居住证如何办理"}, 201)
	c.call(c.desk, "POST", fmt.Sprintf("/requests/%v/decline", other["id"]), map[string]any{"note": "请到公安局窗口"}, 200)
}

func TestOfficialAccountRoutes(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	made := c.addAccount(201)
	if made["callback_path"] != "/wechat/oa/"+townAppID || made["has_secret"] != true {
		t.Errorf("%v", made)
	}
	if f := c.addAccount(409); f["code"] != "o2o.appid_exists" {
		t.Errorf("%v", f)
	}
	c.call(c.desk, "GET", "/official-accounts", nil, 403)
	path := fmt.Sprintf("/official-accounts/%v", made["id"])
	c.call(c.admin, "PUT", path, map[string]any{"name": "城管新窗", "department_id": c.department, "kind": "service", "original_id": "gh_0123456789ab", "secret": "", "token": "NewToken1", "aes_key": ""}, 200)
	refused := c.call(c.admin, "PUT", path, map[string]any{"name": "城管新窗", "department_id": c.department, "kind": "service", "original_id": "gh_0123456789ab", "token": "bad token!"}, 400)
	listed := c.call(c.admin, "GET", "/official-accounts", nil, 200)
	raw, err := json.Marshal([]any{made, refused, listed})
	c.must(err)
	for _, secret := range []string{townSecret, townToken, townKey, "NewToken1", "bad token!"} {
		if strings.Contains(string(raw)+c.log.String(), secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	c.call(c.admin, "POST", "/departments", map[string]any{"name": "民政局", "duties": "社会救助"}, 201)
	c.call(c.admin, "POST", "/departments", map[string]any{"name": "民政局"}, 409)
	c.call(c.citizen, "POST", "/departments", map[string]any{"name": "水利局"}, 403)
	if list := c.call(c.citizen, "GET", "/departments", nil, 200); list["total"] != 2.0 {
		t.Errorf("%v", list)
	}
}
