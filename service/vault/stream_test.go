package vault_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"

	"hongyun/service/vault"
)

func sealStream(t rapid.TB, v *vault.Vault, text []byte, pieces int) []byte {
	var sealed bytes.Buffer
	w, err := v.SealTo(&sealed)
	if err != nil {
		t.Fatal(err)
	}
	for len(text) > 0 {
		n := min(len(text), pieces)
		if _, err := w.Write(text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes()
}

func openStream(v *vault.Vault, sealed []byte) ([]byte, error) {
	r, err := v.OpenFrom(bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// chunk is how many bytes are sealed together, and its tag.
const chunk, tag, head = 64 << 10, 16, 4 + 8 + 32

func TestVault_Stream(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 2*chunk + 5}
	rapid.Check(t, func(t *rapid.T) {
		v, other := open(t, 1), open(t, 2)
		text := bytes.Repeat([]byte("身份证号"), 1+2*chunk)[:rapid.SampledFrom(sizes).Draw(t, "size")]
		sealed := sealStream(t, v, text, rapid.SampledFrom([]int{1000, chunk, 3 * chunk}).Draw(t, "pieces"))
		if got, err := openStream(v, sealed); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("opened %d bytes of %d, %v", len(got), len(text), err)
		}
		if bytes.Contains(sealed, []byte("身份证号")) {
			t.Fatal("the text stands in the sealed stream")
		}
		if bytes.Equal(sealed, sealStream(t, v, text, chunk)) {
			t.Fatal("the same text sealed twice looks the same")
		}
		if _, err := openStream(other, sealed); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("another key: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := openStream(v, changed); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("a changed byte %d of %d: %v", i, len(sealed), err)
		}
		if _, err := openStream(v, sealed[:i]); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("cut at %d of %d: %v", i, len(sealed), err)
		}
		if _, err := openStream(v, append(bytes.Clone(sealed), 0)); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("a byte behind it: %v", err)
		}
	})
	t.Run("a whole chunk that is left out, or two that changed places, do not open", func(t *testing.T) {
		v := open(t, 1)
		sealed := sealStream(t, v, bytes.Repeat([]byte{'x'}, 3*chunk), chunk)
		at := func(n int) []byte { return sealed[head+n*(chunk+tag) : head+(n+1)*(chunk+tag)] }
		for name, bad := range map[string][]byte{
			"left out":  bytes.Join([][]byte{sealed[:head], at(0), at(2)}, nil),
			"no end":    sealed[:head+2*(chunk+tag)],
			"swapped":   bytes.Join([][]byte{sealed[:head], at(1), at(0), at(2)}, nil),
			"end twice": append(bytes.Clone(sealed), at(2)...),
		} {
			if _, err := openStream(v, bad); !errors.Is(err, vault.ErrSealed) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
