package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"hongyun/model"
	"hongyun/service/file/filetest"
	"hongyun/service/vault"
	"hongyun/wechat/sandbox"
)

// The secrets of an official account that an administrator adds while the program runs.
const (
	addedAppID  = "wxffff00000000a001"
	addedSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	addedToken  = "TokenThatNobodyLogs"
	addedAESKey = "KeyOfFortyThreeCharactersThatNobodyLogs0123"
	laterToken  = "AnotherTokenThatNobodyLogs"
)

var photo = filetest.PNG(1)

// TestPrivacy is invariant I8: after a day's work, with every line logged, neither the database nor the log holds an
// identity number, a phone number, a secret, a token or a code. sandbox.journal is left out: it is WeChat's memory, not ours.
func TestPrivacy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, settings("DATA_DIR", dir, "DEMO_SCALE", "0.02", "LOG_LEVEL", "debug"))
	d := &door{t: t, url: s.URL}
	secrets := d.workADay()
	if err := s.stop(); err != nil {
		t.Fatalf("%v\n%s", err, s.logs)
	}
	secrets = append(secrets, numbersIn(t, dir)...)
	secrets = append(secrets, wechatTokens(t, dir)...)
	secrets = append(secrets, merchantSecrets(t, dir)...)
	secrets = append(secrets, addedSecret, addedToken, addedAESKey, laterToken, testKey, miniProgram(t).Secret, miniProgram(t).AESKey)
	kept := map[string][]byte{"the log": []byte(s.logs.String())}
	for _, name := range []string{"hongyun.db", "hongyun.db-wal"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		kept[name] = content
	}
	for name, content := range filesBelow(t, filepath.Join(dir, "files")) {
		if bytes.HasPrefix(content, []byte("PK")) {
			t.Errorf("%s is a list that lies open", name)
		}
		kept[name] = content
	}
	if len(kept["hongyun.db"]) < 100_000 || len(kept["the log"]) < 500 {
		t.Fatalf("the database has %d bytes, the log %d: was nothing done?", len(kept["hongyun.db"]), len(kept["the log"]))
	}
	for where, content := range kept {
		for _, secret := range secrets {
			if at := bytes.Index(content, []byte(secret)); at >= 0 {
				t.Errorf("%s holds %q: …%q…", where, secret, content[max(0, at-80):min(len(content), at+80)])
			}
		}
	}
	t.Logf("%d secrets were looked for", len(secrets))
}

// workADay signs in, binds, adds an account, writes to it, uploads, runs a job, and fails in every way that logs. It
// returns the tokens and codes that it saw.
func (d *door) workADay() (secrets []string) {
	people := d.people()
	see := func(all ...string) { secrets = append(secrets, all...) }

	fresh := people["unbound"]
	token, code := d.login(fresh.ID)
	phoneCode := d.code(fresh.ID, "phone-code")
	see(token, code, phoneCode)
	d.send(token, "POST", "/api/v1/auth/bind", map[string]string{"name": fresh.Bind.Name, "id_last6": "000000", "phone_code": phoneCode}, 400)
	phoneCode = d.code(fresh.ID, "phone-code")
	see(phoneCode)
	d.send(token, "POST", "/api/v1/auth/bind", map[string]string{"name": fresh.Bind.Name, "id_last6": fresh.Bind.IDLast6, "phone_code": phoneCode}, 200)
	second, code := d.login(fresh.ID)
	see(second, code)
	d.send(second, "DELETE", "/api/v1/auth/session", nil, 204)
	d.send(second, "GET", "/api/v1/me", nil, 401)

	admin, code := d.login(people["city_admin"].ID)
	see(admin, code)
	department := d.send(admin, "GET", "/api/v1/departments", nil, 200)["items"].([]any)[0].(map[string]any)["id"]
	account := map[string]any{"appid": addedAppID, "name": "城管之窗", "department_id": department, "kind": "service", "original_id": "gh_0123456789ab",
		"secret": addedSecret, "token": addedToken, "aes_key": addedAESKey}
	d.send(admin, "POST", "/api/v1/official-accounts", account, 201)
	d.send(admin, "POST", "/api/v1/official-accounts", account, 409)

	citizen := people["citizen"].ID
	d.send("", "POST", "/sandbox/api/people/"+citizen+"/follow", map[string]string{"appid": addedAppID}, 200)
	said := d.send("", "POST", "/sandbox/api/people/"+citizen+"/say", map[string]string{"appid": addedAppID, "type": "text", "content": "人民路路灯坏了三天"}, 200)
	if said["reply"] == "" {
		d.t.Fatalf("the added account says nothing: %v", said)
	}
	d.send("", "POST", "/sandbox/api/people/"+citizen+"/say", map[string]string{"appid": addedAppID, "type": "image", "image_base64": base64.StdEncoding.EncodeToString(photo)}, 200)
	desk, code := d.login(people["desk"].ID)
	see(desk, code)
	until(d.t, "the picture is fetched", func() bool {
		newest := d.send(desk, "GET", "/api/v1/requests?size=1", nil, 200)["items"].([]any)[0].(map[string]any)["id"]
		for _, part := range d.send(desk, "GET", "/api/v1/requests/"+text(newest), nil, 200)["parts"].([]any) {
			if part.(map[string]any)["file_id"] != nil {
				return true
			}
		}
		return false
	})

	own, code := d.login(citizen)
	see(own, code)
	made := d.send(own, "POST", "/api/v1/requests", map[string]any{"content": "小区水管漏水无人处理", "anonymous": true}, 201)
	d.upload(own, "/api/v1/requests/"+text(made["id"])+"/photos", "现场.png", photo, 201)
	d.send(admin, "POST", "/api/v1/admin/jobs/dues-reminder/run", map[string]string{"at": "2026-11-30"}, 200)
	d.send(admin, "POST", "/api/v1/admin/jobs/theme-day-warning/run", map[string]string{}, 200)

	see(d.lists(admin)...)
	account["token"] = laterToken
	id := d.send(admin, "GET", "/api/v1/official-accounts", nil, 200)["items"].([]any)
	d.send(admin, "PUT", "/api/v1/official-accounts/"+text(id[len(id)-1].(map[string]any)["id"]), account, 200)
	see(d.fail(citizen)...)
	return secrets
}

// fail lets WeChat and callers fail: what is logged then must hold no secret either.
func (d *door) fail(citizen string) (secrets []string) {
	for _, fault := range []map[string]any{
		{"api": "sns/jscode2session", "drop": true, "times": 2}, {"api": "sns/jscode2session", "status": 500, "times": 1},
		{"api": "wxa/business/getuserphonenumber", "drop": true, "times": 2},
		{"api": "wxa/msg_sec_check", "drop": true, "times": 2}, {"api": "cgi-bin/message/custom/send", "drop": true, "times": 2},
		{"api": "cgi-bin/message/subscribe/send", "errcode": 40001, "times": 1},
	} {
		d.send("", "POST", "/sandbox/api/faults", fault, 0)
	}
	for range 4 {
		code := d.code(citizen, "code")
		secrets = append(secrets, code)
		out := d.send("", "POST", "/api/v1/auth/wechat", map[string]string{"code": code}, 0)
		if token, ok := out["token"].(string); ok {
			phoneCode := d.code(citizen, "phone-code")
			secrets = append(secrets, token, phoneCode)
			d.send(token, "POST", "/api/v1/auth/bind", map[string]string{"name": "某", "id_last6": "000000", "phone_code": phoneCode}, 0)
			d.send(token, "POST", "/api/v1/requests", map[string]any{"content": "请问居住证如何办理"}, 201)
		}
	}
	d.raw("", "POST", "/wechat/oa/"+addedAppID+"?signature=x&timestamp=1&nonce=n&encrypt_type=aes&msg_signature=y", "text/xml", []byte("<xml><Encrypt>x</Encrypt></xml>"), 403)
	d.send("forged-session-token", "GET", "/api/v1/me", nil, 401)
	return append(secrets, "forged-session-token")
}

// filesBelow is every file of a folder: the photo that was sent in, and at least the list, its result and an export.
func filesBelow(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil || len(all) < 4 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

// numbersIn opens every sealed number in the database.
func numbersIn(t *testing.T, dir string) (numbers []string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(testKey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(key)
	if err != nil {
		t.Fatal(err)
	}
	db, err := model.Open(context.Background(), model.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var sealed []string
	err = db.Read(t.Context()).Raw("SELECT id_sealed FROM member UNION SELECT phone_sealed FROM member UNION SELECT phone_sealed FROM account WHERE phone_sealed <> ''").Scan(&sealed).Error
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sealed {
		number, err := v.Open(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(number) >= 11 {
			numbers = append(numbers, number)
		}
	}
	if len(numbers) < 100 {
		t.Fatalf("only %d numbers are sealed", len(numbers))
	}
	return numbers
}

// wechatTokens are the access tokens that the sandbox has given out.
func wechatTokens(t *testing.T, dir string) (tokens []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "sandbox.journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l struct{ K, ID string }
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.K == "token" && len(l.ID) >= 16 {
			tokens = append(tokens, l.ID)
		}
	}
	if len(tokens) == 0 {
		t.Fatal("the sandbox has given out no access token")
	}
	return tokens
}

// text writes an id of JSON.
func text(id any) string {
	raw, err := json.Marshal(id)
	if err != nil {
		return ""
	}
	return string(raw)
}

// merchantSecrets are the keys with which the server pays.
func merchantSecrets(t *testing.T, dir string) []string {
	t.Helper()
	m, err := sandbox.OpenMerchant(filepath.Join(dir, "sandbox-merchant.json"))
	if err != nil {
		t.Fatal(err)
	}
	key := m.Credentials().PrivateKey
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return []string{m.Credentials().APIv3Key, key.D.String(), base64.StdEncoding.EncodeToString(der)[64:128]}
}
