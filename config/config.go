// Package config reads the settings from the environment. Only cmd reads it.
package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Prefix stands before the name of every setting.
const Prefix = "HONGYUN_"

// Config is every setting. The doc and zh tags are the lines of the READMEs' tables.
type Config struct {
	Addr        string     `env:"ADDR" envDefault:"127.0.0.1:8080" doc:"address to listen on" zh:"监听地址"`
	DataDir     string     `env:"DATA_DIR" envDefault:"./data" doc:"folder of the SQLite file, uploads and the generated key" zh:"数据目录：SQLite 文件、上传文件、自动生成的密钥"`
	DatabaseURL string     `env:"DATABASE_URL" doc:"postgres://…; empty: SQLite in the data folder" secret:"true" zh:"postgres://…；留空则使用数据目录中的 SQLite"`
	RedisURL    string     `env:"REDIS_URL" doc:"redis://…, rediss://…, redis+cluster://h1,h2 or redis+sentinel://h1,h2/master; empty: in-process" secret:"true" zh:"redis://、rediss://、redis+cluster://h1,h2 或 redis+sentinel://h1,h2/master；留空则使用内置 Redis"`
	Env         string     `env:"ENV" envDefault:"development" doc:"development or production" zh:"development（开发）或 production（正式）"`
	SecretKey   string     `env:"SECRET_KEY" doc:"32 bytes in base64; empty in development: generated once and kept in the data folder" secret:"true" zh:"32 字节密钥的 base64；开发时留空会自动生成并保存在数据目录"`
	DemoScale   float64    `env:"DEMO_SCALE" envDefault:"1" doc:"size of the synthetic county that an empty database gets: 1 whole, 0.1 a tenth, 0 none" zh:"空数据库生成的虚构县级市的规模：1 为完整，0.1 为十分之一，0 为不生成"`
	LogLevel    slog.Level `env:"LOG_LEVEL" envDefault:"info" doc:"debug, info, warn or error" zh:"debug、info、warn 或 error"`
	ProxyHeader string     `env:"PROXY_HEADER" doc:"header with the caller's address, set by the proxy in front, e.g. X-Real-IP; empty: none" zh:"前置代理写入来访地址的请求头，如 X-Real-IP；留空表示没有代理"`

	WeChat       string `env:"WECHAT" envDefault:"sandbox" doc:"sandbox or live" zh:"sandbox（沙箱）或 live（真实微信）"`
	WeChatProxy  string `env:"WECHAT_PROXY" doc:"http proxy with a fixed address for calls to WeChat (IP white list)" zh:"访问微信所用的固定出口代理（IP 白名单）"`
	SandboxURL   string `env:"SANDBOX_URL" doc:"address of a sandbox that another process runs, up to /sandbox/wire; empty: run one here" zh:"由其他进程运行的沙箱地址，到 /sandbox/wire 为止；留空则在本进程运行"`
	MPAppID      string `env:"MP_APPID" envDefault:"wxd0000000000000a1" doc:"the mini-program's appid" zh:"小程序 appid"`
	MPSecret     string `env:"MP_SECRET" envDefault:"sandbox-secret-sandbox-secret-00" doc:"its secret" secret:"true" zh:"小程序密钥"`
	MPToken      string `env:"MP_TOKEN" envDefault:"sandboxtoken" doc:"token of its message push" secret:"true" zh:"小程序消息推送的 Token"`
	MPAESKey     string `env:"MP_AES_KEY" envDefault:"c2FuZGJveC1hZXMta2V5LW9mLWhvbmd5dW4tMDAwMDA" doc:"EncodingAESKey of its message push, 43 characters" secret:"true" zh:"小程序消息推送的 EncodingAESKey，43 个字符"`
	MPOriginalID string `env:"MP_ORIGINAL_ID" envDefault:"gh_d00000000001" doc:"its original id (gh_…)" zh:"小程序原始 ID（gh_…）"`

	OpenAppID  string `env:"OPEN_APPID" doc:"appid of the third-party platform with the open platform, or off; empty: the sandbox's, and none with real WeChat; the OPEN_ settings go together" zh:"微信开放平台第三方平台的 appid，或 off（关闭）；留空：沙箱使用自带的，真实微信不启用；OPEN_ 各项须一并填写"`
	OpenSecret string `env:"OPEN_SECRET" doc:"its secret" secret:"true" zh:"第三方平台密钥"`
	OpenToken  string `env:"OPEN_TOKEN" doc:"token of its pushes" secret:"true" zh:"第三方平台消息校验 Token"`
	OpenAESKey string `env:"OPEN_AES_KEY" doc:"key that encrypts its pushes, 43 characters" secret:"true" zh:"第三方平台消息加解密 Key，43 个字符"`

	PublicURL        string `env:"PUBLIC_URL" doc:"https address under which WeChat reaches the platform; needed for payments" zh:"微信访问本平台的 https 地址；使用微信支付时必填"`
	PayMchID         string `env:"PAY_MCHID" doc:"number of the WeChat Pay merchant, or off; empty: the sandbox's, and none with real WeChat; the PAY_ settings go together" zh:"微信支付商户号，或 off（关闭）；留空：沙箱使用自带商户，真实微信不启用支付；PAY_ 各项须一并填写"`
	PaySerial        string `env:"PAY_SERIAL" doc:"serial number of the merchant's API certificate" zh:"商户 API 证书序列号"`
	PayKeyFile       string `env:"PAY_KEY_FILE" doc:"file with the merchant's private key (apiclient_key.pem)" zh:"商户 API 私钥文件（apiclient_key.pem）"`
	PayAPIv3Key      string `env:"PAY_API_V3_KEY" doc:"the merchant's APIv3 key, 32 characters" secret:"true" zh:"商户 APIv3 密钥，32 个字符"`
	PayPublicKeyID   string `env:"PAY_PUBLIC_KEY_ID" doc:"id of WeChat Pay's public key (PUB_KEY_ID_…)" zh:"微信支付公钥 ID（PUB_KEY_ID_…）"`
	PayPublicKeyFile string `env:"PAY_PUBLIC_KEY_FILE" doc:"file with WeChat Pay's public key (pub_key.pem)" zh:"微信支付公钥文件（pub_key.pem）"`

	SendWorkers  int `env:"SEND_WORKERS" envDefault:"32" doc:"messages on the wire to WeChat at once" zh:"同时发往微信的消息数"`
	SendBatch    int `env:"SEND_BATCH" envDefault:"500" doc:"deliveries that an instance claims together" zh:"一个实例一次认领的投递数"`
	LeaseSeconds int `env:"LEASE_SECONDS" envDefault:"30" doc:"seconds after which work of a dead instance is taken over" zh:"实例失联多少秒后，其工作由其他实例接手"`
}

// Environments and ways to reach WeChat.
const (
	Development = "development"
	Production  = "production"
	Sandbox     = "sandbox"
	Live        = "live"
)

// Load reads and checks every setting. The error names every fault at once and
// quotes no secret.
func Load() (Config, error) {
	c, err := env.ParseAsWithOptions[Config](env.Options{Prefix: Prefix})
	if err != nil {
		return c, readable(err)
	}
	return c, errors.Join(slices.Concat(c.faults(), c.payFaults(), c.openFaults(), c.productionFaults())...)
}

// readable turns the library's errors into sentences without the values.
func readable(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var out []error
	for _, e := range all.Errors {
		var p env.ParseError
		if errors.As(e, &p) {
			out = append(out, fmt.Errorf("the value for %s is not a %s", p.Name, p.Type))
			continue
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// redisAddress is checked by its shape alone: several hosts with ports are no URL to net/url.
var redisAddress = regexp.MustCompile(`^(rediss?|redis\+cluster|redis\+sentinel)://[^/]+`)

func (c Config) faults() []error {
	var out []error
	bad := func(ok bool, format string, args ...any) {
		if !ok {
			out = append(out, fmt.Errorf(Prefix+format, args...))
		}
	}
	_, _, err := net.SplitHostPort(c.Addr)
	bad(err == nil, "ADDR must be host:port, not %q", c.Addr)
	bad(c.DataDir != "", "DATA_DIR must name a folder")
	bad(c.DatabaseURL == "" || scheme(c.DatabaseURL, "postgres", "postgresql"), "DATABASE_URL must begin with postgres://")
	bad(c.RedisURL == "" || redisAddress.MatchString(c.RedisURL),
		"REDIS_URL must begin with redis://, rediss://, redis+cluster:// or redis+sentinel://")
	bad(c.Env == Development || c.Env == Production, "ENV must be development or production, not %q", c.Env)
	bad(c.WeChat == Sandbox || c.WeChat == Live, "WECHAT must be sandbox or live, not %q", c.WeChat)
	bad(c.DemoScale >= 0 && c.DemoScale <= 20, "DEMO_SCALE must be between 0 and 20")
	bad(c.SecretKey == "" || len(c.key()) == 32, "SECRET_KEY must be 32 bytes in base64")
	bad(c.SandboxURL == "" || scheme(c.SandboxURL, "http", "https"), "SANDBOX_URL must begin with http://")
	bad(c.WeChatProxy == "" || scheme(c.WeChatProxy, "http", "https"), "WECHAT_PROXY must begin with http://")
	bad(c.MPAppID != "" && c.MPSecret != "" && c.MPToken != "", "MP_APPID, MP_SECRET and MP_TOKEN must not be empty")
	bad(len(c.MPAESKey) == 43, "MP_AES_KEY must have 43 characters")
	bad(c.SendWorkers > 0 && c.SendWorkers <= 1000, "SEND_WORKERS must be between 1 and 1000")
	bad(c.SendBatch > 0 && c.SendBatch <= 5000, "SEND_BATCH must be between 1 and 5000")
	bad(c.LeaseSeconds > 0 && c.LeaseSeconds <= 600, "LEASE_SECONDS must be between 1 and 600")
	return out
}

// productionFaults keeps demo keys, the sandbox and the synthetic county out of production.
func (c Config) productionFaults() []error {
	if c.Env != Production {
		return nil
	}
	var out []error
	refuse := func(when bool, sentence string) {
		if when {
			out = append(out, errors.New("in production "+sentence))
		}
	}
	defaults, err := env.ParseAsWithOptions[Config](env.Options{Prefix: Prefix, Environment: map[string]string{}})
	if err != nil {
		return []error{err}
	}
	refuse(c.WeChat != Live, Prefix+"WECHAT must be live: the sandbox is no WeChat")
	refuse(c.SandboxURL != "", Prefix+"SANDBOX_URL must be empty")
	refuse(c.SecretKey == "", Prefix+"SECRET_KEY must be set: a generated key is lost with the data folder")
	refuse(c.DemoScale != 0, Prefix+"DEMO_SCALE must be 0: no synthetic county beside real people")
	refuse(c.MPAppID == defaults.MPAppID || c.MPSecret == defaults.MPSecret || c.MPToken == defaults.MPToken || c.MPAESKey == defaults.MPAESKey || c.MPOriginalID == defaults.MPOriginalID,
		Prefix+"MP_APPID, MP_SECRET, MP_TOKEN, MP_AES_KEY and MP_ORIGINAL_ID must be the real ones, not the defaults")
	return out
}

func scheme(address string, allowed ...string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	for _, s := range allowed {
		if u.Scheme == s {
			return true
		}
	}
	return false
}

func (c Config) key() []byte {
	b, err := base64.StdEncoding.DecodeString(c.SecretKey)
	if err != nil {
		return nil
	}
	return b
}

// Key is the secret key. In development, with none set, it is made on the first
// call and kept in the data folder. Of several programs that make one at the
// same moment, all get the first.
func (c Config) Key() ([]byte, error) {
	if c.SecretKey != "" {
		return c.key(), nil
	}
	path := filepath.Join(c.DataDir, "secret.key")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("make the secret key: %w", err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(kept)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%s does not hold 32 bytes in base64", path)
	}
	return key, nil
}

// makeKey puts a new key into its place whole, unless one is there meanwhile:
// what was sealed with a key that is overwritten can never be opened again.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "secret-*")
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails (crypto/rand)
	_, err = temp.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Link(temp.Name(), path)
	}
	if errors.Is(err, os.ErrExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(temp.Name()))
}
