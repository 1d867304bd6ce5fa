package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"hongyun/wechat"
)

const (
	sandboxMchID = "1900000109"
	keyBits      = 2048
)

// Merchant is the account with WeChat Pay that the sandbox plays: both halves of both keys, the merchant's and
// WeChat's. Printed or logged it shows no secret.
type Merchant struct {
	mchID       string
	serialNo    string
	key         *rsa.PrivateKey // of the merchant
	apiV3Key    string
	publicKeyID string
	platform    *rsa.PrivateKey // of WeChat Pay
}

// String names the merchant without its secrets.
func (m *Merchant) String() string { return "sandbox merchant(" + m.mchID + ")" }

// GoString keeps secrets out of %#v.
func (m *Merchant) GoString() string { return m.String() }

// LogValue keeps secrets out of structured logs.
func (m *Merchant) LogValue() slog.Value { return slog.StringValue(m.String()) }

// OpenMerchant reads the merchant from file, or makes one and keeps it there for good, readable by its owner only. Of
// several processes that make one at once, all get the same. An empty name makes one that lives in memory.
func OpenMerchant(file string) (*Merchant, error) {
	if file == "" {
		return newMerchant()
	}
	m, err := readMerchant(file)
	if !errors.Is(err, os.ErrNotExist) {
		return m, err
	}
	if m, err = newMerchant(); err != nil {
		return nil, err
	}
	if err := m.keep(file); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("sandbox: keep merchant: %w", err)
	}
	return readMerchant(file)
}

// Credentials are what the product is given; NotifyURL is the product's own and left empty.
func (m *Merchant) Credentials() wechat.Merchant {
	return wechat.Merchant{
		MchID: m.mchID, SerialNo: m.serialNo, PrivateKey: m.key, APIv3Key: m.apiV3Key,
		PublicKeyID: m.publicKeyID, PublicKey: &m.platform.PublicKey,
	}
}

// WriteFiles writes the merchant's private key and WeChat Pay's public key into dir as PEM, as a merchant downloads them,
// for a product that runs in another process and reads them from files.
func (m *Merchant) WriteFiles(dir string) (keyFile, publicKeyFile string, err error) {
	key, err := privatePEM(m.key)
	if err != nil {
		return "", "", err
	}
	public, err := x509.MarshalPKIXPublicKey(&m.platform.PublicKey)
	if err != nil {
		return "", "", err
	}
	keyFile, publicKeyFile = filepath.Join(dir, "apiclient_key.pem"), filepath.Join(dir, "pub_key.pem")
	err = errors.Join(
		os.MkdirAll(dir, 0o700), os.WriteFile(keyFile, []byte(key), 0o600),
		os.WriteFile(publicKeyFile, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600),
	)
	return keyFile, publicKeyFile, err
}

func newMerchant() (*Merchant, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	platform, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	serial := make([]byte, 20)
	_, _ = rand.Read(serial) // crypto/rand never fails: it ends the program instead
	return &Merchant{
		mchID: sandboxMchID, serialNo: strings.ToUpper(hex.EncodeToString(serial)), key: key, apiV3Key: randomText(32),
		publicKeyID: "PUB_KEY_ID_01" + sandboxMchID + randomDigits(20), platform: platform,
	}, nil
}

// merchantFile is the merchant as it is kept.
type merchantFile struct {
	MchID       string `json:"mchid"`
	SerialNo    string `json:"serial_no"`
	PrivateKey  string `json:"private_key"`
	APIv3Key    string `json:"api_v3_key"`
	PublicKeyID string `json:"public_key_id"`
	PlatformKey string `json:"platform_private_key"`
}

// keep writes the file in one step; it is os.ErrExist when somebody else was faster.
func (m *Merchant) keep(file string) error {
	key, err := privatePEM(m.key)
	if err != nil {
		return err
	}
	platform, err := privatePEM(m.platform)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(merchantFile{m.mchID, m.serialNo, key, m.apiV3Key, m.publicKeyID, platform}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(raw)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), file) // unlike a rename it never replaces
}

func readMerchant(file string) (*Merchant, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("sandbox: read merchant: %w", err)
	}
	var f merchantFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("sandbox: merchant %s is damaged: %w", file, err)
	}
	key, keyErr := parsePrivate(f.PrivateKey)
	platform, platformErr := parsePrivate(f.PlatformKey)
	if err := errors.Join(keyErr, platformErr); err != nil {
		return nil, fmt.Errorf("sandbox: merchant %s is damaged: %w", file, err)
	}
	if f.MchID == "" || f.SerialNo == "" || f.PublicKeyID == "" || len(f.APIv3Key) != 32 {
		return nil, fmt.Errorf("sandbox: merchant %s is incomplete", file)
	}
	return &Merchant{f.MchID, f.SerialNo, key, f.APIv3Key, f.PublicKeyID, platform}, nil
}

func privatePEM(key *rsa.PrivateKey) (string, error) {
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), nil
}

func parsePrivate(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	own, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	return own, nil
}

// randomDigits is n characters of [0-9].
func randomDigits(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw)
	for i, c := range raw {
		raw[i] = '0' + c%10
	}
	return string(raw)
}
