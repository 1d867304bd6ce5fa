package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// Where dues that are paid through WeChat go.
const (
	PayOff      = "off"      // nowhere: members pay by cash or bank
	PaySandbox  = "sandbox"  // to the merchant of the sandbox in this process
	PayMerchant = "merchant" // to the merchant of the settings
)

// Pay tells which of the three holds. Real WeChat, and a sandbox that another process runs, have no merchant unless one is set.
func (c Config) Pay() string {
	switch {
	case c.PayMchID == PayOff:
		return PayOff
	case c.PayMchID != "":
		return PayMerchant
	case c.sandboxHere():
		return PaySandbox
	default:
		return PayOff
	}
}

func (c Config) sandboxHere() bool { return c.WeChat == Sandbox && c.SandboxURL == "" }

// PayKeys reads the merchant's private key and WeChat Pay's public key. Its error names the setting, and shows neither key.
func (c Config) PayKeys() (*rsa.PrivateKey, *rsa.PublicKey, error) {
	key, keyErr := rsaKey[*rsa.PrivateKey](c.PayKeyFile, "PRIVATE KEY", x509.ParsePKCS8PrivateKey)
	public, publicErr := rsaKey[*rsa.PublicKey](c.PayPublicKeyFile, "PUBLIC KEY", x509.ParsePKIXPublicKey)
	if keyErr != nil {
		keyErr = fmt.Errorf(Prefix+"PAY_KEY_FILE %w (WeChat calls it apiclient_key.pem)", keyErr)
	}
	if publicErr != nil {
		publicErr = fmt.Errorf(Prefix+"PAY_PUBLIC_KEY_FILE %w (WeChat calls it pub_key.pem)", publicErr)
	}
	return key, public, errors.Join(keyErr, publicErr)
}

// rsaKey reads one key out of a PEM file.
func rsaKey[K *rsa.PrivateKey | *rsa.PublicKey](file, kind string, parse func([]byte) (any, error)) (K, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.New("names a file that cannot be read")
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("must name a PEM file that begins with a %s", kind)
	}
	parsed, err := parse(block.Bytes)
	if err != nil {
		return nil, errors.New("names a PEM file that is damaged")
	}
	key, ok := parsed.(K)
	if !ok {
		return nil, errors.New("must name an RSA key")
	}
	return key, nil
}

// payFaults finds half a merchant, which would take money and lose its notices.
func (c Config) payFaults() []error {
	var out []error
	bad := func(ok bool, format string, args ...any) {
		if !ok {
			out = append(out, fmt.Errorf(Prefix+format, args...))
		}
	}
	bad(c.PublicURL == "" || publicAddress(c.PublicURL), "PUBLIC_URL must be an absolute address (https://…) without a query")
	missing, given := c.payParts()
	if c.Pay() != PayMerchant {
		bad(given == 0 || c.PayMchID == PayOff, "PAY_MCHID is empty, but other settings of the merchant are not: set all or none")
		return out
	}
	bad(strings.Trim(c.PayMchID, "0123456789") == "", "PAY_MCHID must be the merchant's number, or off")
	bad(!c.sandboxHere(), "PAY_MCHID must be empty or off: the sandbox of this process has a merchant of its own")
	bad(len(missing) == 0, "PAY_MCHID is set, but not %s: set all or none", strings.Join(missing, ", "))
	bad(c.PayAPIv3Key == "" || len(c.PayAPIv3Key) == 32, "PAY_API_V3_KEY must have 32 characters")
	bad(c.WeChat != Live || scheme(c.PublicURL, "https"), "PUBLIC_URL must be set, and begin with https://: there WeChat tells of payments")
	if c.PayKeyFile != "" && c.PayPublicKeyFile != "" {
		if _, _, err := c.PayKeys(); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// payParts names the settings of the merchant, but its number, that are missing, and counts the others.
func (c Config) payParts() (missing []string, given int) {
	for _, part := range []struct{ name, text string }{
		{"PAY_SERIAL", c.PaySerial}, {"PAY_KEY_FILE", c.PayKeyFile}, {"PAY_API_V3_KEY", c.PayAPIv3Key},
		{"PAY_PUBLIC_KEY_ID", c.PayPublicKeyID}, {"PAY_PUBLIC_KEY_FILE", c.PayPublicKeyFile},
	} {
		if part.text == "" {
			missing = append(missing, Prefix+part.name)
		} else {
			given++
		}
	}
	return missing, given
}

// publicAddress: WeChat takes no query and no fragment in the address of its notices.
func publicAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && scheme(address, "https", "http") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}
