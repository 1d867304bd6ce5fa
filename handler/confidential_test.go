package handler

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/silenceper/wechat/v2/util"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/file/filetest"
)

// What tells who the citizen is. The name and the first phone were given apart from the text; the others stand in it.
const (
	shyName   = "欧阳守密"
	shyPhone  = "13907931234"
	toldPhone = "139-0793-5678"
	shyWeChat = "ouyang_shoumi88"
	shyOpenID = "oSHY-confidential-fan-0001"
	shyPlace  = "28.9467N117.5783E" // in the photo
	shyVoice  = "VOICE-OF-THE-CITIZEN"
	shyMatter = "收了三万元才给盖章" // what is complained of; the unit concerned must not read it
)

// TestNobodyLearnsWhoComplained: two confidential complaints about unit1, one from the mini-program, one written to unit1's own
// official account, are worked on by unit2 with the help of unit3. Then every GET route is called, with every id there is, by
// everybody who is not to know. RULES 9.2, DESIGN I5.
func TestNobodyLearnsWhoComplained(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		var log bytes.Buffer
		var err error
		w.app, err = New(Options{Service: w.s, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Metrics: prometheus.NewRegistry()})
		w.must(err)
		c := w.complain()
		c.lookEverywhere("while it is worked on")
		c.identify()
		c.finish()
		c.lookEverywhere("after it was closed and rated")
		c.searchAtRest(log.String())
	})
}

// complaint is the two of them with who has to do with them.
type complaint struct {
	*world
	citizen       *role
	window        string           // token
	by            map[string]*role // handlers of the units that work on it
	concerned     []*role          // of unit1: there is no such request
	outside       []*role          // may work on it or steer, but not know who it is
	systems       []*role          // of the units, by Open311; the first is unit1's
	ids           []int64          // whatever may stand in an address
	mine          [2]int64
	numbers       []string
	openids       []string
	photo, voices []int64
	cases         map[string][]scopeCase
}

func (w *world) complain() *complaint {
	w.t.Helper()
	c := &complaint{world: w, by: map[string]*role{}, cases: scopeCases()}
	d := model.Department{Name: "unit3", CreatedAt: w.db.Now()}
	w.create(&d)
	w.units["unit3"] = d.ID
	helper := &role{name: "handler of unit3", home: "d", posts: []post{{model.RoleDepartmentHandler, "unit3"}}}
	both := &role{name: "desk, and handler of unit1", home: "d", posts: []post{{model.RoleDesk, "city"}, {model.RoleDepartmentHandler, "unit1"}}}
	deputy := &role{name: "leader of unit2", home: "d", posts: []post{{model.RoleDepartmentLeader, "unit2"}}}
	for _, r := range []*role{helper, both, deputy} {
		w.settle(r)
	}
	find := func(name string) *role { return w.castOf(name)[0] }
	c.concerned = []*role{find("handler of unit1"), find("leader of unit1"), both}
	c.outside = []*role{find("handler of unit2"), deputy, helper, find("leader of city"), find("citizen"), find("admin of a")}
	c.by["unit2"], c.by["unit3"], c.window = find("handler of unit2"), helper, find("desk").token
	c.citizen = &role{name: "who complained"}
	c.citizen.person, c.citizen.token, c.citizen.account = w.stranger()
	c.fromMiniProgram()
	c.fromAccount()
	for _, id := range c.mine {
		c.work(id)
	}
	c.withKeys()
	c.collectIDs()
	return c
}

// words are those of the complaint, with everything in them that people write.
func words() string {
	return fmt.Sprintf("该单位%s，我叫%s，电话%s，微信号%s", shyMatter, shyName, toldPhone, shyWeChat)
}

func (c *complaint) fromMiniProgram() {
	c.t.Helper()
	made := c.call(c.citizen.token, "POST", "/requests", map[string]any{"content": words(), "category": "COMPLAINT", "place": "办事大厅，到了打" + toldPhone, "lat": 28.94, "lng": 117.57,
		"confidential": true, "reply_wanted": true, "name": shyName, "phone": shyPhone, "subject_department_id": c.units["unit1"], "topic": "CONDUCT"}, 201)
	c.note(0, made)
	path := fmt.Sprintf("/requests/%d", c.mine[0])
	photo := filetest.JPEG(7)
	photo = slices.Concat(photo[:2], []byte("\xff\xe1\x00\x19Exif\x00\x00"+shyPlace), photo[2:])
	c.upload(path+"/photos", shyName+toldPhone+".jpg", photo)
	c.upload(path+"/voice", shyName+"的录音.amr", []byte("#!AMR\n"+shyVoice))
	c.call(c.citizen.token, "POST", path+"/parts", map[string]any{"content": "再补充：可以打" + toldPhone + "，" + shyName}, 201)
	var openid string
	c.must(c.db.Read(c.t.Context()).Raw("SELECT openid FROM account WHERE id = ?", c.citizen.account).Scan(&openid).Error)
	c.openids = append(c.openids, openid)
}

// fromAccount writes to unit1's own account; the window learns at intake what it is about.
func (c *complaint) fromAccount() {
	c.t.Helper()
	admin := c.castOf("admin of city")[0].token
	c.call(admin, "POST", "/official-accounts", map[string]any{"appid": townAppID, "name": "一单位之窗", "department_id": c.units["unit1"],
		"kind": "service", "original_id": "gh_0123456789ab", "secret": townSecret, "token": townToken, "aes_key": townKey}, 201)
	for i, body := range []string{"<MsgType>text</MsgType><Content>" + words() + "</Content>", "<MsgType>text</MsgType><Content>就在二楼，" + toldPhone + "</Content>"} {
		q, sealed := c.sealedFrom(shyOpenID, fmt.Sprintf("%s<MsgId>%d</MsgId>", body, i+1))
		res, err := c.app.Test(httptest.NewRequest("POST", "/wechat/oa/"+townAppID+"?"+q.Encode(), strings.NewReader(sealed)), -1)
		c.must(err)
		if res.StatusCode != 200 {
			c.t.Fatalf("push: %d", res.StatusCode)
		}
	}
	list := c.call(c.window, "GET", "/requests?state=SUBMITTED&size=1", nil, 200)
	c.note(1, list["items"].([]any)[0].(map[string]any))
	// What a worker brings home from WeChat, and what the citizen told the window on the telephone.
	f, err := c.s.Files.SaveVoice(c.t.Context(), 0, "语音", []byte("#!AMR\n"+shyVoice))
	c.must(err)
	c.create(&model.RequestPart{RequestID: c.mine[1], Type: model.PartVoice, Content: shyName, FileID: &f.ID, CreatedAt: c.db.Now()})
	c.create(&model.RequestIdentity{RequestID: c.mine[1], NameSealed: c.vault.Seal(shyName), PhoneSealed: c.vault.Seal(shyPhone), CreatedAt: c.db.Now()})
	c.openids = append(c.openids, shyOpenID)
	c.call(c.window, "POST", fmt.Sprintf("/requests/%d/classify", c.mine[1]), map[string]any{"category": "COMPLAINT", "confidential": true,
		"subject_department_id": c.units["unit1"], "topic": "CONDUCT", "unit_content": "该单位" + shyMatter + "，举报人" + shyName}, 200)
}

func (c *complaint) note(i int, made map[string]any) {
	c.mine[i] = int64(made["id"].(float64))
	c.numbers = append(c.numbers, made["number"].(string))
}

func (c *complaint) upload(path, name string, body []byte) {
	c.t.Helper()
	if status, out := c.try(c.citizen, "POST", attempt{path: path, body: formFile(c.t, name, body)}); status != 201 {
		c.t.Fatalf("%s: %d %v", path, status, out)
	}
}

// sealedFrom is an encrypted push of a fan, as WeChat sends it now.
func (c *complaint) sealedFrom(openid, body string) (url.Values, string) {
	c.t.Helper()
	now := c.db.Now().Unix()
	raw := fmt.Sprintf("<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>%s</xml>", openid, now, body)
	text, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(raw), townAppID, townKey)
	c.must(err)
	stamp := fmt.Sprint(now)
	return url.Values{"timestamp": {stamp}, "nonce": {"n"}, "encrypt_type": {"aes"}, "signature": {util.Signature(townToken, stamp, "n")},
		"msg_signature": {util.Signature(townToken, stamp, "n", string(text))}}, "<xml><Encrypt>" + string(text) + "</Encrypt></xml>"
}

// work leads a complaint to unit2, which asks unit3 for help. The window's note says more than it should.
func (c *complaint) work(id int64) {
	c.t.Helper()
	path := fmt.Sprintf("/requests/%d", id)
	c.call(c.window, "POST", path+"/accept", map[string]any{"note": "已核实"}, 200)
	if f := c.call(c.window, "POST", path+"/refer", map[string]any{"department_id": c.units["unit1"]}, 400); f["code"] != "o2o.subject_unit" {
		c.t.Errorf("to the unit complained of: %v", f)
	}
	c.call(c.window, "POST", path+"/refer", map[string]any{"department_id": c.units["unit2"], "note": "请联系" + shyName + toldPhone}, 200)
	unit2 := c.by["unit2"].token
	c.call(unit2, "POST", path+"/handle", map[string]any{}, 200)
	c.call(unit2, "POST", path+"/helpers", map[string]any{"department_id": c.units["unit3"], "part": "请调取监控"}, 201)
	c.call(unit2, "POST", path+"/reply", map[string]any{"note": "正在调查，将打" + toldPhone + "联系" + shyName}, 200)
	if id == c.mine[0] {
		c.call(c.citizen.token, "POST", path+"/chase", map[string]any{"note": "我是" + shyName + "，请快些，" + toldPhone}, 200)
	}
}

// withKeys makes those of the units' own systems.
func (c *complaint) withKeys() {
	c.t.Helper()
	admin := c.castOf("admin of city")[0].token
	for _, unit := range []string{"unit1", "unit2", "unit3"} {
		made := c.call(admin, "POST", "/api-keys", map[string]any{"name": "单位系统", "department_id": c.units[unit]}, 201)
		r := &role{name: "the system of " + unit, token: made["key"].(string)}
		if unit == "unit1" {
			c.systems = append([]*role{r}, c.systems...)
			continue
		}
		c.systems = append(c.systems, r)
	}
}

// finish closes and rates the first, and hands in what the helper has done.
func (c *complaint) finish() {
	c.t.Helper()
	for i, id := range c.mine {
		path := fmt.Sprintf("/requests/%d", id)
		c.call(c.by["unit3"].token, "POST", fmt.Sprintf("%s/helpers/%d/done", path, c.units["unit3"]), map[string]any{"result": "已调取"}, 200)
		c.call(c.by["unit2"].token, "POST", path+"/close", map[string]any{"note": "已查实处理"}, 200)
		if i == 0 {
			c.call(c.citizen.token, "POST", path+"/rating", map[string]any{"rating": 2, "note": "不满意，" + shyName + toldPhone}, 200)
		}
	}
	// A case in similar words, for which the closed ones could be drafts.
	other := c.request("unit2", model.RequestHandling, 1)
	c.must(c.db.Read(c.t.Context()).Exec("UPDATE request SET content = ? WHERE id = ?", "该单位收了钱才给盖章", other).Error)
	c.collectIDs()
	c.ids = append(c.ids, other)
}

// collectIDs is whatever may stand in an address: of requests, files, conversations, and small numbers of everything else.
func (c *complaint) collectIDs() {
	c.t.Helper()
	tx := c.db.Read(c.t.Context())
	c.ids = append([]int64{1, 2, 3}, c.mine[:]...)
	for _, q := range []string{"SELECT id FROM file", "SELECT id FROM contact", "SELECT request_id FROM request_part WHERE callback_id IS NOT NULL"} {
		var some []int64
		c.must(tx.Raw(q).Scan(&some).Error)
		c.ids = append(c.ids, some...)
	}
	c.must(tx.Raw("SELECT file_id FROM request_part WHERE type = 'image' AND file_id IS NOT NULL").Scan(&c.photo).Error)
	c.must(tx.Raw("SELECT file_id FROM request_part WHERE type = 'voice' AND file_id IS NOT NULL").Scan(&c.voices).Error)
	slices.Sort(c.ids)
	c.ids = slices.Compact(c.ids)
}

// lookEverywhere calls every GET route of the table as everybody who is not to know.
func (c *complaint) lookEverywhere(when string) {
	c.t.Helper()
	telling := append([]string{shyName, shyPhone, toldPhone, strings.ReplaceAll(toldPhone, "-", ""), shyWeChat, shyVoice, shyPlace}, c.openids...)
	numbers := append(slices.Clone(c.numbers), shyMatter)
	calls := 0
	for _, route := range (&Handler{}).routes() {
		if route.Method != "GET" {
			continue
		}
		for _, path := range c.addresses(route.Path) {
			for _, r := range c.concerned {
				c.searchAnswer(when, r, "/api/v1"+path, slices.Concat(telling, numbers))
			}
			for _, r := range c.outside {
				c.searchAnswer(when, r, "/api/v1"+path, telling)
			}
			calls += len(c.concerned) + len(c.outside)
		}
	}
	for i, r := range c.systems {
		secrets := telling
		if i == 0 {
			secrets = slices.Concat(telling, numbers)
		}
		for _, format := range []string{"json", "xml"} {
			c.searchAnswer(when, r, "/open311/v2/requests."+format, secrets)
			for _, n := range c.numbers {
				if body := c.searchAnswer(when, r, "/open311/v2/requests/"+n+"."+format, telling); (i > 0) != strings.Contains(body, shyMatter) {
					c.t.Errorf("%s, %s reads %s", when, r.name, body)
				}
			}
		}
	}
	c.t.Logf("%s: %d calls", when, calls)
	c.seenByWhomItMay(when)
}

// addresses are those of a route: as the scope cases call it, and with every id and number there is.
func (c *complaint) addresses(path string) (all []string) {
	bare := strings.TrimPrefix(path, "/api/v1")
	switch {
	case strings.Contains(path, "{number}"):
		for _, n := range c.numbers {
			all = append(all, strings.Replace(bare, "{number}", n, 1))
		}
	case strings.Count(path, "{") == 1 && strings.Contains(path, "{id}"):
		for _, id := range c.ids {
			all = append(all, strings.Replace(bare, "{id}", fmt.Sprint(id), 1))
		}
	case !strings.Contains(path, "{"):
		all = append(all, bare)
		for _, one := range c.cases["GET "+path] {
			place := ""
			if len(one.places) > 0 {
				place = one.places[0]
			}
			all = append(all, one.make(c.world, c.by["unit2"], place).path)
		}
	}
	if bare == "/requests" {
		all = append(all, bare+"?order=due", bare+"?topic=CONDUCT", bare+"?category=COMPLAINT", bare+"?helper=true", bare+"?mine=true")
	}
	return all
}

// searchAnswer calls an address and finds none of the secrets in what comes.
func (c *complaint) searchAnswer(when string, r *role, address string, secrets []string) string {
	c.t.Helper()
	body := c.get(r, address)
	for _, s := range secrets {
		if at := strings.Index(body, s); at >= 0 {
			c.t.Errorf("%s, %s reads %q at %s: …%s…", when, r.name, s, address, body[max(0, at-100):min(len(body), at+60)])
		}
	}
	return body
}

func (c *complaint) get(r *role, address string) string {
	c.t.Helper()
	q := httptest.NewRequest("GET", address, nil)
	q.Header.Set("Authorization", "Bearer "+r.token)
	res, err := c.app.Test(q, 20000)
	c.must(err)
	body, err := io.ReadAll(res.Body)
	c.must(err)
	_, called, _ := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
	return string(body) + called["filename"]
}

// seenByWhomItMay: the test looks at something. Unit2 and the helper read what is complained of and the photo, the window also the
// voice and the words themselves, the citizen everything.
func (c *complaint) seenByWhomItMay(when string) {
	c.t.Helper()
	for i, id := range c.mine {
		path := fmt.Sprintf("/requests/%d", id)
		for _, r := range []*role{c.by["unit2"], c.by["unit3"], c.castOf("leader of city")[0]} {
			if body := c.get(r, "/api/v1"+path); !strings.Contains(body, shyMatter) || !strings.Contains(body, "保密群众") {
				c.t.Errorf("%s, %s reads %s", when, r.name, body)
			}
		}
		window := c.get(&role{token: c.window}, "/api/v1"+path)
		if !strings.Contains(window, toldPhone) || !strings.Contains(window, `"type":"voice"`) || !strings.Contains(window, `"citizen":"保密群众"`) || strings.Contains(window, shyPhone) {
			c.t.Errorf("%s, the window reads %s", when, window)
		}
		if own := c.get(c.citizen, "/api/v1"+path); i == 0 && (!strings.Contains(own, toldPhone) || !strings.Contains(own, shyName)) {
			c.t.Errorf("%s, the citizen reads %s", when, own)
		}
	}
	for _, id := range c.photo {
		if body := c.get(c.by["unit2"], fmt.Sprintf("/api/v1/files/%d", id)); !strings.HasPrefix(body, "\xff\xd8\xff") {
			c.t.Errorf("unit2 does not see the photo: %q", body[:min(len(body), 80)])
		}
	}
	for _, id := range c.voices {
		if body := c.get(&role{token: c.window}, fmt.Sprintf("/api/v1/files/%d", id)); !strings.Contains(body, shyVoice) {
			c.t.Errorf("the window does not hear the voice: %q", body)
		}
	}
	if len(c.photo) != 1 || len(c.voices) != 2 {
		c.t.Fatalf("%d photos, %d voices", len(c.photo), len(c.voices))
	}
}

// identify: the window alone learns who it is, and each time is written down.
func (c *complaint) identify() {
	c.t.Helper()
	path := fmt.Sprintf("/requests/%d/identity", c.mine[0])
	reason := map[string]any{"reason": "回访核实，联系" + shyName + toldPhone}
	for _, r := range c.concerned {
		if status, _ := c.try(r, "POST", attempt{path: path, body: reason}); status != 404 {
			c.t.Errorf("%s: %d", r.name, status)
		}
	}
	for _, r := range c.outside {
		if status, out := c.try(r, "POST", attempt{path: path, body: reason}); status != 403 && status != 404 {
			c.t.Errorf("%s: %d %v", r.name, status, out)
		}
	}
	c.call(c.window, "POST", path, map[string]any{"reason": " "}, 400)
	for range 2 {
		if who := c.call(c.window, "POST", path, reason, 200); who["name"] != shyName || who["phone"] != shyPhone {
			c.t.Errorf("the window learns %v", who)
		}
	}
	who := c.call(c.window, "POST", fmt.Sprintf("/requests/%d/identity", c.mine[1]), reason, 200)
	if who["name"] != shyName || who["account"] != "一单位之窗" {
		c.t.Errorf("the window learns %v", who)
	}
	var entries []model.AuditEntry
	c.must(c.db.Read(c.t.Context()).Where("action = 'o2o.identify'").Order("id").Find(&entries).Error)
	if len(entries) != 3 {
		c.t.Fatalf("%d readings stand in the audit log", len(entries))
	}
	for i, e := range entries {
		if e.ObjectID != c.mine[i/2] || !strings.Contains(e.After, "回访核实") || strings.Contains(e.After, shyName) || strings.Contains(e.After, toldPhone) {
			c.t.Errorf("%+v", e)
		}
	}
	own := c.call(c.citizen.token, "GET", fmt.Sprintf("/requests/%d", c.mine[0]), nil, 200)["own"].(map[string]any)
	if readings := own["identity_readings"].([]any); len(readings) != 2 || readings[0].(map[string]any)["office"] != "O2O服务窗口" {
		c.t.Errorf("the citizen sees %v", readings)
	}
}

// searchAtRest: what was given apart from the text lies nowhere open; the audit log and messages to units hold nothing that tells.
func (c *complaint) searchAtRest(log string) {
	c.t.Helper()
	texts := []string{shyName, toldPhone, shyWeChat, shyMatter}
	for _, table := range tables(c.t, c.db) {
		content := c.dump("SELECT * FROM " + table)
		if strings.Contains(content, shyPhone) {
			c.t.Errorf("%s holds the phone", table)
		}
		if table != "audit_entry" && !strings.HasPrefix(table, "supervision") && !strings.HasPrefix(table, "request_warning") {
			continue
		}
		for _, s := range texts {
			if strings.Contains(content, s) {
				c.t.Errorf("%s holds %q", table, s)
			}
		}
	}
	toUnits := c.dump(fmt.Sprintf("SELECT data FROM message WHERE NOT (recipient_type = 'account' AND recipient_id = %d) AND recipient_type <> 'contact'", c.citizen.account))
	for _, s := range append(texts, shyPhone) {
		if strings.Contains(toUnits, s) {
			c.t.Errorf("a message to staff holds %q", s)
		}
		if strings.Contains(log, s) {
			c.t.Errorf("the log holds %q", s)
		}
	}
	if !strings.Contains(toUnits, c.numbers[0]) {
		c.t.Error("the unit was told nothing")
	}
}

// dump is all values of a query in one text.
func (c *complaint) dump(query string) string {
	c.t.Helper()
	rows, err := c.db.SQL().Query(query)
	c.must(err)
	defer func() { c.must(rows.Close()) }()
	columns, err := rows.Columns()
	c.must(err)
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var all strings.Builder
	for rows.Next() {
		c.must(rows.Scan(into...))
		fmt.Fprintf(&all, "%s\n", values)
	}
	c.must(rows.Err())
	return all.String()
}
