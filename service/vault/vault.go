// Package vault seals what must not be read at rest (identity numbers, phone
// numbers, account secrets) and masks it for the screen. The key lives outside
// the database. What may see the open text is decided by its callers.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeyBytes is the length of the secret key.
const KeyBytes = 32

// Vault seals with AES-256-GCM and indexes with HMAC-SHA-256, by keys that
// are all derived from the one secret. It is safe for concurrent use.
type Vault struct {
	id    string // of the key; stands in each sealed text, so that keys can be changed one day
	seal  cipher.AEAD
	index []byte
	files []byte // each file has a key of its own below it
}

// New makes a vault from a secret of KeyBytes bytes.
func New(secret []byte) (*Vault, error) {
	if len(secret) != KeyBytes {
		return nil, fmt.Errorf("the secret key has %d bytes, want %d", len(secret), KeyBytes)
	}
	sealKey, err := hkdf.Key(sha256.New, secret, nil, "hongyun seal", 32)
	if err != nil {
		return nil, err
	}
	indexKey, err := hkdf.Key(sha256.New, secret, nil, "hongyun index", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	filesKey, err := hkdf.Key(sha256.New, secret, nil, "hongyun files", 32)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(append([]byte("hongyun key id"), secret...))
	return &Vault{id: hex.EncodeToString(id[:4]), seal: gcm, index: indexKey, files: filesKey}, nil
}

// Seal encrypts text as keyid:base64(nonce+ciphertext). The same text never
// seals to the same bytes. Empty stays empty.
func (v *Vault) Seal(text string) string {
	if text == "" {
		return ""
	}
	nonce := make([]byte, v.seal.NonceSize(), v.seal.NonceSize()+len(text)+v.seal.Overhead())
	rand.Read(nonce) // never fails (crypto/rand)
	return v.id + ":" + base64.RawStdEncoding.EncodeToString(v.seal.Seal(nonce, nonce, []byte(text), []byte(v.id)))
}

// ErrSealed says that a sealed text was made with another key or was changed.
var ErrSealed = errors.New("sealed text cannot be opened with this key")

// Open gives back what was sealed.
func (v *Vault) Open(sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	id, body, _ := strings.Cut(sealed, ":")
	raw, err := base64.RawStdEncoding.Strict().DecodeString(body)
	if err != nil || id != v.id || len(raw) < v.seal.NonceSize() {
		return "", ErrSealed
	}
	text, err := v.seal.Open(nil, raw[:v.seal.NonceSize()], raw[v.seal.NonceSize():], []byte(id))
	if err != nil {
		return "", ErrSealed
	}
	return string(text), nil
}

// Index is the same for the same text and tells nothing about it without the
// key: for equality search over sealed columns. Empty stays empty.
func (v *Vault) Index(text string) string {
	if text == "" {
		return ""
	}
	mac := hmac.New(sha256.New, v.index)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// MaskID shows an identity number as 361199********0018 (RULES 11.3).
func MaskID(id string) string {
	if len(id) < 10 {
		return strings.Repeat("*", len(id))
	}
	return id[:6] + strings.Repeat("*", len(id)-10) + id[len(id)-4:]
}

// MaskPhone shows a mobile number as 138****0000 (RULES 11.3). What people write beside a landline keeps its letters whole.
func MaskPhone(phone string) string {
	letters := []rune(phone)
	if len(letters) < 7 {
		return strings.Repeat("*", len(letters))
	}
	return string(letters[:3]) + strings.Repeat("*", len(letters)-7) + string(letters[len(letters)-4:])
}
