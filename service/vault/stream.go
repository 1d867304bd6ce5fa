package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// A sealed stream is "HYS1", the id of the key, a salt, and chunks of streamChunk bytes, each with its tag. Every stream
// has a key of its own, made from the salt. A chunk's nonce is its number and whether it is the last one: chunks that are
// changed, moved, left out or cut off do not open.
const (
	streamMark  = "HYS1"
	streamSalt  = 32
	streamChunk = 64 << 10
)

// SealTo encrypts what is written to it into w, in bounded memory. Close writes the end; without it the stream does not
// open. It does not close w.
func (v *Vault) SealTo(w io.Writer) (io.WriteCloser, error) {
	salt := make([]byte, streamSalt)
	rand.Read(salt) // never fails (crypto/rand)
	aead, err := v.streamKey(salt)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, streamMark+v.id+string(salt)); err != nil {
		return nil, err
	}
	return &sealer{to: w, aead: aead, id: []byte(v.id), open: make([]byte, 0, streamChunk)}, nil
}

// OpenFrom decrypts what SealTo wrote, in bounded memory. What was read before ErrSealed comes was whole, in its place,
// and part of the same stream.
func (v *Vault) OpenFrom(r io.Reader) (io.Reader, error) {
	head := make([]byte, len(streamMark)+len(v.id)+streamSalt)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	if string(head[:len(streamMark)+len(v.id)]) != streamMark+v.id {
		return nil, ErrSealed
	}
	aead, err := v.streamKey(head[len(head)-streamSalt:])
	if err != nil {
		return nil, err
	}
	return &opener{from: r, aead: aead, id: []byte(v.id), sealed: make([]byte, streamChunk+aead.Overhead())}, nil
}

func (v *Vault) streamKey(salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, v.files, salt, "hongyun file", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func streamNonce(n uint64, last bool) []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce, n)
	if last {
		nonce[11] = 1
	}
	return nonce
}

type sealer struct {
	to     io.Writer
	aead   cipher.AEAD
	id     []byte
	n      uint64
	open   []byte // not written yet
	sealed []byte
	closed bool
}

func (s *sealer) Write(p []byte) (int, error) {
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	written := 0
	for len(p) > 0 {
		if len(s.open) == streamChunk { // only now is it known not to be the last
			if err := s.flush(false); err != nil {
				return written, err
			}
		}
		n := min(streamChunk-len(s.open), len(p))
		s.open = append(s.open, p[:n]...)
		p, written = p[n:], written+n
	}
	return written, nil
}

// Close writes the last chunk. A second Close does nothing.
func (s *sealer) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.flush(true)
}

func (s *sealer) flush(last bool) error {
	s.sealed = s.aead.Seal(s.sealed[:0], streamNonce(s.n, last), s.open, s.id)
	s.n++
	s.open = s.open[:0]
	_, err := s.to.Write(s.sealed)
	return err
}

type opener struct {
	from   io.Reader
	aead   cipher.AEAD
	id     []byte
	n      uint64
	sealed []byte
	open   []byte // not read yet
	last   bool
}

func (o *opener) Read(p []byte) (int, error) {
	for len(o.open) == 0 {
		if o.last {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.open)
	o.open = o.open[n:]
	return n, nil
}

// next opens a chunk. A full one may be the last as well: its nonce tells.
func (o *opener) next() error {
	n, err := io.ReadFull(o.from, o.sealed)
	switch err {
	case nil:
		text, failed := o.aead.Open(nil, streamNonce(o.n, false), o.sealed, o.id)
		if failed == nil {
			o.open, o.n = text, o.n+1
			return nil
		}
	case io.ErrUnexpectedEOF, io.EOF:
	default:
		return err
	}
	text, failed := o.aead.Open(nil, streamNonce(o.n, true), o.sealed[:n], o.id)
	if failed != nil {
		return ErrSealed
	}
	if err == nil { // a full last chunk: nothing may follow it
		if extra, _ := io.ReadFull(o.from, make([]byte, 1)); extra != 0 {
			return ErrSealed
		}
	}
	o.open, o.last = text, true
	return nil
}
