package sandbox

import "fmt"

// refusal is WeChat's answer to a call that it does not carry out.
type refusal struct {
	Code    int64
	Message string
}

func (r *refusal) Error() string { return fmt.Sprintf("errcode %d: %s", r.Code, r.Message) }

// refuse is the refusal with WeChat's usual words.
func refuse(code int64) *refusal { return &refusal{Code: code, Message: words(code)} }

// words are those that WeChat answers with; several of them only from memory, so that nobody should compare them.
func words(code int64) string {
	switch code {
	case -1:
		return "system error"
	case 40001:
		return "invalid credential, access_token is invalid or not latest"
	case 40002:
		return "invalid grant_type"
	case 40003:
		return "invalid openid"
	case 40007:
		return "invalid media_id"
	case 40008:
		return "invalid message type"
	case 40013:
		return "invalid appid"
	case 40014:
		return "invalid access_token"
	case 40029:
		return "invalid code"
	case 40037:
		return "invalid template_id"
	case 40097:
		return "invalid args"
	case 40125:
		return "invalid appsecret"
	case 40129:
		return "invalid scene"
	case 40163:
		return "code been used"
	case 40164:
		return "invalid ip, not in whitelist"
	case 40165:
		return "invalid weapp pagepath"
	case 41001:
		return "access_token missing"
	case 41002:
		return "appid missing"
	case 41004:
		return "appsecret missing"
	case 41008:
		return "missing code"
	case 41030:
		return "invalid page"
	case 42001:
		return "access_token expired"
	case 43001:
		return "require GET method"
	case 43002:
		return "require POST method"
	case 43004:
		return "require subscribe"
	case 43101:
		return "user refuse to accept the msg"
	case 45002:
		return "content size out of limit"
	case 45009:
		return "reach max api daily quota limit"
	case 45011:
		return "api minute-quota reach limit mustslower retry next minute"
	case 45015:
		return "response out of time limit or subscription is canceled"
	case 45047:
		return "out of response count limit"
	case 47001:
		return "data format error"
	case 47003:
		return "argument invalid!"
	case 48001:
		return "api unauthorized"
	case 46003:
		return "menu no exist"
	case 61003:
		return "component is not authorized by this account"
	case 61005:
		return "component ticket is expired"
	case 61006:
		return "component ticket is invalid"
	case 61007:
		return "api is unauthorized to component"
	case 61023:
		return "refresh_token is invalid"
	case 61010:
		return "code is expired or user has not visited in two hours"
	}
	return "error"
}
