package sandbox

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/silenceper/wechat/v2/util"

	"hongyun/wechat"
)

// opened is a push as the product has opened it, by the library's own code and not by ours.
type opened struct {
	appid  string
	kind   string // oa or mp
	query  url.Values
	form   string
	body   []byte // decrypted
	sealed []byte // as it came
}

// product stands where the product's callbacks are.
type product struct {
	url string
	mu  sync.Mutex
	got []opened
	// answer is what it says to a push; nil says success.
	answer func(w http.ResponseWriter, o opened)
}

func newProduct(t testing.TB, b *bench) *product {
	p := &product{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /wechat/{kind}/{appid}", func(w http.ResponseWriter, r *http.Request) {
		o, err := openIndependently(r, b.accounts())
		if err != nil {
			t.Errorf("push: %v", err)
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		p.mu.Lock()
		p.got = append(p.got, o)
		say := p.answer
		p.mu.Unlock()
		if say != nil {
			say(w, o)
			return
		}
		_, _ = io.WriteString(w, "success")
	})
	mux.HandleFunc("GET /wechat/{kind}/{appid}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Query().Get("echostr"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *product) answers(f func(w http.ResponseWriter, o opened)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func (p *product) pushes() []opened {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// openIndependently checks a push with the library's primitives, as WeChat's documents tell developers to.
func openIndependently(r *http.Request, apps []wechat.App) (opened, error) {
	o := opened{appid: r.PathValue("appid"), kind: r.PathValue("kind"), query: r.URL.Query(), form: r.Header.Get("Content-Type")}
	if o.kind == "open" { // sealed for the platform, whatever account it is about
		own := testComponent()
		apps = []wechat.App{{AppID: own.AppID, Token: own.Token, AESKey: own.AESKey}}
	}
	i := slices.IndexFunc(apps, func(a wechat.App) bool { return a.AppID == o.appid || o.kind == "open" })
	if i < 0 {
		return o, errors.New("unknown appid")
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return o, err
	}
	o.sealed = raw
	sealed, err := sealedIn(raw)
	if err != nil {
		return o, err
	}
	stamp, nonce := o.query.Get("timestamp"), o.query.Get("nonce")
	switch {
	case o.query.Get("encrypt_type") != "aes":
		return o, errors.New("not encrypted")
	case util.Signature(apps[i].Token, stamp, nonce) != o.query.Get("signature"):
		return o, errors.New("wrong signature")
	case util.Signature(apps[i].Token, stamp, nonce, sealed) != o.query.Get("msg_signature"):
		return o, errors.New("wrong msg_signature")
	}
	_, o.body, err = util.DecryptMsg(apps[i].AppID, sealed, apps[i].AESKey)
	return o, err
}

// sealedIn finds the ciphertext of either envelope.
func sealedIn(raw []byte) (string, error) {
	var box struct {
		ToUserName string `xml:"ToUserName"`
		AppID      string `xml:"AppId"`
		Encrypt    string `xml:"Encrypt"`
	}
	var err error
	if raw[0] == '{' {
		err = json.Unmarshal(raw, &box)
	} else {
		err = xml.Unmarshal(raw, &box)
	}
	if err == nil && (box.Encrypt == "" || box.ToUserName+box.AppID == "") {
		err = errors.New("envelope without Encrypt or ToUserName")
	}
	return box.Encrypt, err
}
