package o2o

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"regexp"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/limit"
	"hongyun/service/rule"
)

// Follow is how a citizen follows a request with no account: whoever has its number and code may do what its citizen may.
type Follow struct {
	Number string `json:"number"`
	Code   string `json:"code"` // XXXXX-XXXXX
	URL    string `json:"url"`  // of the page that shows the request
	QRPath string `json:"qr_path"`
}

// crockford has no letter that is taken for a digit.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// followCode is worked out from the number and stands nowhere: not in the database, not in a log, and staff never see it. It has
// 50 bits.
func (s *Service) followCode(number string) string {
	mac, _ := hex.DecodeString(s.vault.Index("follow/" + number)) // is hexadecimal
	code := crockford.EncodeToString(mac)[:10]
	return code[:5] + "-" + code[5:]
}

// followOf is the follow address of a request; the page's address without a host.
func (s *Service) followOf(number string) Follow {
	code := s.followCode(number)
	return Follow{Number: number, Code: code, URL: "/m/#/follow/" + number + "/" + code,
		QRPath: "/api/v1/public/requests/" + number + "/qr.png?code=" + code}
}

// plainCode reads a code as people write it: small letters, no hyphen, O and I for digits.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', '－', '—', ' ', '　', '\t':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(code))
}

// Follow tells the citizen how to follow his or her own request with no account. Staff, who see the request by office, may not.
func (s *Service) Follow(ctx context.Context, v access.Viewer, id int64) (Follow, error) {
	r, err := look(s.db.Read(ctx), v, id)
	if err != nil {
		return Follow{}, err
	}
	if !r.Mine {
		return Follow{}, fault.Forbidden()
	}
	return s.followOf(r.Number), nil
}

// Pass is a number with its code, and the address from which they come.
type Pass struct {
	Number, Code string
	IP           string
}

// number is the pass's number, once the code is the right one. A wrong number and a wrong code are answered alike, and count as a
// try of the address; too many are fault.TooMany "o2o.too_many_tries".
func (s *Service) number(ctx context.Context, p Pass) (string, error) {
	bound, err := s.followBound(ctx)
	if err != nil {
		return "", err
	}
	network := limit.Network(p.IP)
	if err := s.limit.Take(ctx, bound, network); err != nil {
		return "", err
	}
	number := strings.ToUpper(strings.TrimSpace(p.Number))
	// SECURITY: in constant time, and before the database is asked: how long a refusal takes tells nothing either.
	if subtle.ConstantTimeCompare([]byte(plainCode(p.Code)), []byte(plainCode(s.followCode(number)))) != 1 {
		return "", noRequest()
	}
	var known int64
	if err := s.db.Read(ctx).Model(&model.Request{}).Where("number = ?", number).Count(&known).Error; err != nil {
		return "", err
	}
	if known == 0 {
		return "", noRequest()
	}
	return number, s.limit.GiveBack(ctx, bound, network)
}

func noRequest() error {
	return &fault.Fault{Kind: fault.KindNotFound, Code: "not_found", Message: "没有找到该诉求，请核对编号和查询码"}
}

func (s *Service) followBound(ctx context.Context) (limit.Bound, error) {
	numbers, err := s.numbers(ctx)
	return limit.Bound{Name: "follow", Most: numbers.Int("FOLLOW_TRIES_PER_HOUR"), Window: hour, Code: "o2o.too_many_tries",
		Says: "编号或查询码输错次数过多，请一小时后再试"}, err
}

func (s *Service) numbers(ctx context.Context) (rule.Set, error) {
	tx := s.db.Read(ctx)
	return rule.Load(tx, ruleFamily, tx.Day())
}

// CheckPass tells whether somebody may follow a request, and how. Faults: not_found, o2o.too_many_tries.
func (s *Service) CheckPass(ctx context.Context, p Pass) (Follow, error) {
	number, err := s.number(ctx, p)
	if err != nil {
		return Follow{}, err
	}
	return s.followOf(number), nil
}

// registered begins the reply to a message that opened a request; where the code belongs, a mark stands until the reply leaves.
const (
	registered = "您的诉求已登记，编号 "
	codeMark   = "，查询码 ※"
	codeRoom   = 32 // bytes, more than a code takes
)

var registeredReply = regexp.MustCompile(`^` + registered + `(HY\d{8}-\d{4,})` + codeMark)

// fillCode puts the code into a reply as it leaves: replies are kept with the pushes that they answer, codes nowhere. Only the very
// beginning of a reply is looked at, where nothing that a citizen wrote can stand.
func (s *Service) fillCode(reply string) string {
	m := registeredReply.FindStringSubmatch(reply)
	if m == nil {
		return reply
	}
	return registered + m[1] + strings.TrimSuffix(codeMark, "※") + s.followCode(m[1]) + reply[len(m[0]):]
}
