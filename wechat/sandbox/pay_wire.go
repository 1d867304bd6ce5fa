package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	payHost     = "api.mch.weixin.qq.com"
	payPrefix   = "v3/"
	payScheme   = "WECHATPAY2-SHA256-RSA2048"
	payPatience = 5 * time.Minute // between a signature's time and ours
)

// payRefusal is WeChat Pay's answer to a call that it does not carry out.
type payRefusal struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *payRefusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

func payRefuse(status int, code, message string) error { return &payRefusal{status, code, message} }
func badParam(message string) error {
	return payRefuse(http.StatusBadRequest, "PARAM_ERROR", message)
}
func badRequest(message string) error {
	return payRefuse(http.StatusBadRequest, "INVALID_REQUEST", message)
}
func badSignature(message string) error {
	return payRefuse(http.StatusUnauthorized, "SIGN_ERROR", message)
}

// payCall is one call as an API of WeChat Pay sees it.
type payCall struct {
	no    string // the number in the path
	query url.Values
	body  []byte
	now   time.Time
}

func (c *payCall) decode(into any) error {
	err := json.Unmarshal(c.body, into)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return badParam("参数 /body/" + strings.ReplaceAll(wrongType.Field, ".", "/") + " 的类型不正确")
	}
	if err != nil {
		return badParam("请求不是合法的 JSON")
	}
	return nil
}

// payFile is a reply without signature.
type payFile []byte

// payAPI is one API under its name for faults; its path is before + a number + after, or before alone. run returns nil
// for 204.
type payAPI struct {
	name, method, before, after string
	numbered                    bool
	run                         func(*payCall) (any, error)
}

func (s *Sandbox) payAPIs() []payAPI {
	const trade, refund = "v3/pay/transactions/", "v3/refund/domestic/refunds"
	return []payAPI{
		{trade + "jsapi", http.MethodPost, trade + "jsapi", "", false, s.placeOrder},
		{trade + "close", http.MethodPost, trade + "out-trade-no/", "/close", true, s.closeOrder},
		{trade + "query", http.MethodGet, trade + "out-trade-no/", "", true, s.queryOrder},
		{trade + "query", http.MethodGet, trade + "id/", "", true, s.queryTransaction},
		{refund, http.MethodPost, refund, "", false, s.placeRefund},
		{"v3/refund/query", http.MethodGet, refund + "/", "", true, s.queryRefund},
		{"v3/bill/tradebill", http.MethodGet, "v3/bill/tradebill", "", false, s.tradeBill},
		{"v3/billdownload/file", http.MethodGet, "v3/billdownload/file", "", false, s.downloadBill},
		{"v3/certificates", http.MethodGet, "v3/certificates", "", false, func(*payCall) (any, error) {
			return nil, payRefuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
		}},
	}
}

// findPay is the API of a path, and the number in it; a path with another method is found too.
func (s *Sandbox) findPay(method, path string) (api payAPI, no string, found bool) {
	for _, a := range s.payWire {
		rest, ok := strings.CutPrefix(path, a.before)
		if ok && a.after != "" {
			rest, ok = strings.CutSuffix(rest, a.after)
		}
		if !ok || a.numbered == (rest == "") || strings.Contains(rest, "/") {
			continue
		}
		if api, no, found = a, rest, true; a.method == method {
			break
		}
	}
	return api, no, found
}

// servePay answers as api.mch.weixin.qq.com.
func (s *Sandbox) servePay(w http.ResponseWriter, r *http.Request, path string) {
	api, no, found := s.findPay(r.Method, path)
	if !found {
		s.answerPay(w, nil, payRefuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "沙箱没有这个微信支付接口"))
		return
	}
	fault, faulty := s.faults.take(api.name)
	if fault.Drop {
		drop(w, r)
		return
	}
	var reply any
	var err error
	if fault.Status != 0 {
		err = payRefuse(fault.Status, payCodeOf(fault.Status), "沙箱按设定返回的错误")
	} else {
		reply, err = s.runPay(r, api, no)
	}
	if faulty {
		s.hold(r.Context(), fault.TimeoutMS)
	}
	s.answerPay(w, reply, err)
}

// payCodeOf is the code that WeChat Pay usually has with a status.
func payCodeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "SIGN_ERROR"
	case http.StatusForbidden:
		return "RULE_LIMIT"
	case http.StatusNotFound:
		return "RESOURCE_NOT_EXISTS"
	case http.StatusTooManyRequests:
		return "FREQUENCY_LIMITED"
	}
	if status < http.StatusInternalServerError {
		return "INVALID_REQUEST"
	}
	return "SYSTEM_ERROR"
}

func (s *Sandbox) runPay(r *http.Request, api payAPI, no string) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxWireBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(body) > maxWireBytes {
		return nil, payRefuse(http.StatusRequestEntityTooLarge, "INVALID_REQUEST", "请求报文过大")
	}
	if err := s.checkPayHeader(r, api); err != nil {
		return nil, err
	}
	if err := s.merchant.verify(r, body, time.Now()); err != nil { // the wall clock, whatever day the product plays
		return nil, err
	}
	return api.run(&payCall{no: no, query: r.URL.Query(), body: body, now: s.o.Now()})
}

func (s *Sandbox) checkPayHeader(r *http.Request, api payAPI) error {
	accept := r.Header.Get("Accept")
	switch {
	case r.Method != api.method:
		return payRefuse(http.StatusMethodNotAllowed, "INVALID_REQUEST", "请求方法不正确，应当是 "+api.method)
	case !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*"):
		return payRefuse(http.StatusNotAcceptable, "INVALID_REQUEST", "HTTP 头 Accept 应当是 application/json")
	case r.Header.Get("User-Agent") == "":
		return badRequest("HTTP 头缺少 User-Agent")
	case r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return payRefuse(http.StatusUnsupportedMediaType, "INVALID_REQUEST", "HTTP 头 Content-Type 应当是 application/json")
	}
	if serial := r.Header.Get("Wechatpay-Serial"); serial != "" && serial != s.merchant.publicKeyID {
		return badRequest("HTTP 头 Wechatpay-Serial 不是本商户的微信支付公钥 ID")
	}
	return nil
}

// verify checks who signed the request: the path, as it came over the wire, without the sandbox's own prefix.
func (m *Merchant) verify(r *http.Request, body []byte, now time.Time) error {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme != payScheme {
		return badSignature("HTTP 头 Authorization 的认证类型不正确")
	}
	said := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		said[key] = strings.Trim(value, `"`)
	}
	stamp, err := strconv.ParseInt(said["timestamp"], 10, 64)
	switch {
	case said["mchid"] != m.mchID:
		return badSignature("商户号不正确")
	case said["serial_no"] != m.serialNo:
		return badSignature("商户证书序列号有误")
	case err != nil || now.Sub(time.Unix(stamp, 0)).Abs() > payPatience:
		return badSignature("HTTP 头 Authorization 中的 timestamp 与发起请求的时间不得超过 5 分钟")
	case said["nonce_str"] == "":
		return badSignature("HTTP 头 Authorization 缺少 nonce_str")
	}
	signed, err := base64.StdEncoding.DecodeString(said["signature"])
	if err != nil {
		return badSignature("签名不是正确的 Base64")
	}
	path := "/" + strings.TrimPrefix(r.URL.RequestURI(), wirePrefix)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n", r.Method, path, stamp, said["nonce_str"], body))
	if rsa.VerifyPKCS1v15(&m.key.PublicKey, crypto.SHA256, sum[:], signed) != nil {
		return badSignature("签名错误，请检查后再试")
	}
	return nil
}

// sign is the header that proves to the merchant that it is WeChat Pay who speaks; key is WeChat Pay's own, or a forger's.
func (m *Merchant) sign(h http.Header, key *rsa.PrivateKey, body []byte, now time.Time) error {
	stamp, nonce := strconv.FormatInt(now.Unix(), 10), randomText(32)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n", stamp, nonce, body))
	signed, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return err
	}
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signed))
	h.Set("Wechatpay-Signature-Type", payScheme)
	h.Set("Wechatpay-Serial", m.publicKeyID)
	h.Set("Request-ID", rid())
	return nil
}

// answerPay writes and signs the reply, or the error.
func (s *Sandbox) answerPay(w http.ResponseWriter, reply any, err error) {
	status := http.StatusOK
	if err != nil {
		refused := &payRefusal{http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试"}
		if !errors.As(err, &refused) {
			s.log.Error("sandbox pay", "err", err)
		}
		status, reply = refused.Status, refused
	}
	if file, ok := reply.(payFile); ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(file) // a caller who has gone learns nothing, as on any wire
		return
	}
	var raw []byte
	if reply == nil {
		status = http.StatusNoContent
	} else if raw, err = json.Marshal(reply); err != nil {
		s.log.Error("sandbox pay", "err", err)
		status = http.StatusInternalServerError
	}
	if err := s.merchant.sign(w.Header(), s.merchant.platform, raw, time.Now()); err != nil {
		s.log.Error("sandbox pay", "err", err)
		status = http.StatusInternalServerError
	}
	if status != http.StatusNoContent {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// payTime is a time as WeChat Pay writes it.
func payTime(t time.Time) string { return t.In(china()).Format(time.RFC3339) }

func china() *time.Location { return time.FixedZone("CST", int(chinaOffset/time.Second)) }
