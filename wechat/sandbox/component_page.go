package sandbox

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"

	"hongyun/wechat"
)

const loginPage = "cgi-bin/componentloginpage"

// consentPage stands for the page on which the owner of an account scans a code.
const consentPage = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>微信沙箱 · 公众号授权</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem;color:#222}h1{font-size:1.3rem}
label{display:block;margin:1rem 0}select,input{display:block;width:100%;font:inherit;padding:.5rem;box-sizing:border-box}
button{font:inherit;padding:.6rem 1.5rem;background:#07c160;color:#fff;border:0;border-radius:.4rem}.error{color:#b42318}</style>
<h1>公众号授权</h1><p>沙箱代替微信开放平台的授权页面：选择由谁扫码、授权哪个公众号。</p>
{{with .Error}}<p class="error" role="alert">{{.}}</p>{{end}}
<form method="post"><label>扫码的管理员<select name="person">{{range .People}}<option value="{{.ID}}">{{.Name}}（{{.Org}}）</option>{{end}}</select></label>
<label>公众号<select name="account"><option value="new">新的公众号</option>{{range .Apps}}<option value="{{.AppID}}">{{.Name}}</option>{{end}}</select></label>
<label>新公众号的名称<input name="name" maxlength="30"></label>
<label>新公众号的类型<select name="kind"><option value="service">服务号</option><option value="subscription">订阅号</option></select></label>
<button>同意授权</button></form></html>`

// serveLoginPage shows the authorisation page, and sends the browser back once somebody has agreed.
func (s *Sandbox) serveLoginPage(w http.ResponseWriter, r *http.Request) {
	var problem string
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
		out, err := s.consent(r.Context(), consent{URL: r.URL.String(), Person: r.PostFormValue("person"),
			Account: r.PostFormValue("account"), Name: r.PostFormValue("name"), Kind: wechat.Kind(r.PostFormValue("kind"))})
		if err == nil {
			http.Redirect(w, r, out.Redirect, http.StatusSeeOther)
			return
		}
		var refused *doorError
		if problem = "沙箱出错，请查看日志"; errors.As(err, &refused) {
			problem = refused.Message
		} else {
			s.log.Error("sandbox authorisation page", "err", err)
		}
	} else if _, _, err := s.pageOf(r.URL.String()); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.showLoginPage(w, r, problem)
}

func (s *Sandbox) showLoginPage(w http.ResponseWriter, r *http.Request, problem string) {
	people, err := s.o.People(r.Context())
	apps, appsErr := s.o.Apps(r.Context())
	page, pageErr := template.New("page").Parse(consentPage)
	if err := errors.Join(err, appsErr, pageErr); err != nil {
		s.log.Error("sandbox authorisation page", "err", err)
		http.Error(w, "sandbox failed", http.StatusInternalServerError)
		return
	}
	var official []wechat.App
	for _, a := range append(apps, s.unknownTo(apps)...) {
		if a.Kind != wechat.KindMiniProgram {
			official = append(official, a)
		}
	}
	var body bytes.Buffer
	if err := page.Execute(&body, map[string]any{"People": people, "Apps": official, "Error": problem}); err != nil {
		s.log.Error("sandbox authorisation page", "err", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// No form-action: the browser would hold the way back to the product against it.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	_, _ = w.Write(body.Bytes()) // a caller who has gone sees nothing
}
