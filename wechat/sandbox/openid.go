package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
)

const (
	// openIDKey only keeps openids of the sandbox apart from invented ones; it protects nothing.
	openIDKey      = "hongyun-sandbox-openid"
	unionDomain    = "\x00unionid"
	personAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789-"
	maxPersonID    = 12
	openIDLength   = 28
)

// OpenID is the openid of a person under one appid: 28 characters like WeChat's, always the same for the same
// pair, and self-verifying, so that nobody keeps a list of them. It is empty when the person id is not 1 to 12
// characters of [a-z0-9-].
func OpenID(appid, personID string) string {
	packed, ok := packPerson(personID)
	if !ok {
		return ""
	}
	mac := openIDMAC("id", appid, packed[:])
	var raw [20]byte
	subtle.XORBytes(raw[:8], packed[:], openIDMAC("mask", appid, mac[:12]))
	copy(raw[8:], mac[:12])
	return "o" + base64.RawURLEncoding.EncodeToString(raw[:])
}

// UnionID is the person's identity in the open platform, the same under all appids that share it.
func UnionID(personID string) string { return OpenID(unionDomain, personID) }

// PersonOf reads the person back from an openid. It is false for an openid of another appid and for anything
// that OpenID did not make.
func PersonOf(appid, openid string) (string, bool) {
	if len(openid) != openIDLength || openid[0] != 'o' {
		return "", false
	}
	var raw [20]byte
	n, err := base64.RawURLEncoding.Strict().Decode(raw[:], []byte(openid[1:]))
	if err != nil || n != len(raw) {
		return "", false
	}
	var packed [8]byte
	subtle.XORBytes(packed[:], raw[:8], openIDMAC("mask", appid, raw[8:]))
	if !hmac.Equal(openIDMAC("id", appid, packed[:])[:12], raw[8:]) {
		return "", false
	}
	return unpackPerson(packed)
}

func openIDMAC(purpose, appid string, data []byte) []byte {
	h := hmac.New(sha256.New, []byte(openIDKey))
	h.Write([]byte(purpose + "\n" + appid + "\n"))
	h.Write(data)
	return h.Sum(nil)
}

// packPerson writes an id in base 38 (0 ends it): twelve places fit into 63 bits.
func packPerson(id string) (packed [8]byte, ok bool) {
	if id == "" || len(id) > maxPersonID {
		return packed, false
	}
	var n uint64
	for i := len(id) - 1; i >= 0; i-- {
		place := placeOf(id[i])
		if place == 0 {
			return packed, false
		}
		n = n*38 + place
	}
	binary.BigEndian.PutUint64(packed[:], n)
	return packed, true
}

func unpackPerson(packed [8]byte) (string, bool) {
	n := binary.BigEndian.Uint64(packed[:])
	id := make([]byte, 0, maxPersonID)
	for ; n > 0; n /= 38 {
		place := n % 38
		if place == 0 || len(id) == maxPersonID {
			return "", false
		}
		id = append(id, personAlphabet[place-1])
	}
	return string(id), len(id) > 0
}

func placeOf(c byte) uint64 {
	switch {
	case c >= 'a' && c <= 'z':
		return uint64(c-'a') + 1
	case c >= '0' && c <= '9':
		return uint64(c-'0') + 27
	case c == '-':
		return 37
	}
	return 0
}
