package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

var errClosed = errors.New("sandbox: closed")

// state is all that WeChat remembers. Every access goes through view or update, which hold the lock for the time of a
// few map operations.
type state struct {
	mu      sync.Mutex
	log     *slog.Logger
	journal *journal // nil: memory only
	buf     bytes.Buffer
	closed  bool

	tokens  map[string]tokenRecord
	current map[string]string // appid → its newest token
	forces  map[string]forceRecord
	codes   map[string]codeRecord
	credits map[string]creditRecord
	follows map[string]followRecord
	windows map[string]windowRecord
	visits  map[string]time.Time
	media   map[string]mediaRecord
	dedups  map[string]dedupRecord
	phones  map[string][]entry // oldest first
	pay     books
	open    open
	lastID  int64
	swept   time.Time
}

// openState replays the journal, drops what has run out, and writes the rest back.
func openState(path string, now time.Time, log *slog.Logger) (*state, error) {
	st := &state{
		log: log, swept: now,
		tokens: map[string]tokenRecord{}, current: map[string]string{}, forces: map[string]forceRecord{},
		codes: map[string]codeRecord{}, credits: map[string]creditRecord{}, follows: map[string]followRecord{},
		windows: map[string]windowRecord{}, visits: map[string]time.Time{}, media: map[string]mediaRecord{},
		dedups: map[string]dedupRecord{}, phones: map[string][]entry{}, pay: newBooks(), open: newOpen(),
	}
	if path == "" {
		return st, nil
	}
	if err := readJournal(path, st.replay); err != nil {
		return nil, err
	}
	st.sweep(now)
	j, err := rewriteJournal(path, st.dump)
	if err != nil {
		return nil, err
	}
	st.journal = j
	return st, nil
}

func (st *state) close() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed {
		return nil
	}
	st.closed = true
	if st.journal == nil {
		return nil
	}
	return st.journal.file.Close()
}

// view reads.
func (st *state) view(read func(*state)) {
	st.mu.Lock()
	defer st.mu.Unlock()
	read(st)
}

// batch is the right to change the state; what it changes reaches the journal in one write.
type batch struct{ *state }

// update changes the state and journals it before it returns. After Close it changes nothing.
func (st *state) update(change func(*batch)) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed {
		return errClosed
	}
	change(&batch{st})
	if st.journal == nil || st.buf.Len() == 0 {
		st.buf.Reset()
		return nil
	}
	err := st.journal.write(st.buf.Bytes())
	st.buf.Reset()
	if err != nil {
		st.log.Error("sandbox journal", "err", err)
	}
	return err
}

func (b *batch) note(kind, key string, value any) {
	if b.journal == nil {
		return
	}
	if err := encodeLine(&b.buf, kind, key, value); err != nil {
		b.log.Error("sandbox journal", "kind", kind, "err", err)
	}
}

// replay takes one journal line back into memory.
func (st *state) replay(l line) error {
	switch l.Kind {
	case kindToken:
		var rec tokenRecord
		if err := json.Unmarshal(l.Value, &rec); err != nil {
			return err
		}
		st.tokens[l.Key] = rec
		if rec.Of != "" {
			return nil
		}
		if cur, ok := st.tokens[st.current[rec.AppID]]; !ok || !rec.Issued.Before(cur.Issued) {
			st.current[rec.AppID] = l.Key
		}
		return nil
	case kindForce:
		return into(st.forces, l)
	case kindCode:
		return into(st.codes, l)
	case kindCredit:
		return into(st.credits, l)
	case kindFollow:
		return into(st.follows, l)
	case kindWindow:
		return into(st.windows, l)
	case kindVisit:
		return into(st.visits, l)
	case kindMedia:
		return into(st.media, l)
	case kindDedup:
		return into(st.dedups, l)
	case kindOrder, kindPrepay, kindRefund:
		return st.replayPay(l)
	case kindTicket, kindGrant, kindFounded, kindMenu:
		return st.replayOpen(l)
	case kindEntry:
		var e entry
		if err := json.Unmarshal(l.Value, &e); err != nil {
			return err
		}
		st.lastID = max(st.lastID, e.ID)
		st.phones[l.Key] = trimPhone(append(st.phones[l.Key], e))
	}
	return nil // a kind that a later version wrote
}

func into[V any](m map[string]V, l line) error {
	var v V
	if err := json.Unmarshal(l.Value, &v); err != nil {
		return err
	}
	m[l.Key] = v
	return nil
}

func (st *state) dump(w io.Writer) error {
	return errors.Join(
		dumpMap(w, kindToken, st.tokens), dumpMap(w, kindForce, st.forces), dumpMap(w, kindCode, st.codes),
		dumpMap(w, kindCredit, st.credits), dumpMap(w, kindFollow, st.follows), dumpMap(w, kindWindow, st.windows),
		dumpMap(w, kindVisit, st.visits), dumpMap(w, kindMedia, st.media), dumpMap(w, kindDedup, st.dedups),
		st.dumpPay(w), st.dumpOpen(w), st.dumpPhones(w),
	)
}

func (st *state) dumpPhones(w io.Writer) error {
	var buf bytes.Buffer
	for person, entries := range st.phones {
		for _, e := range entries {
			if err := encodeLine(&buf, kindEntry, person, e); err != nil {
				return err
			}
		}
		if _, err := buf.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}

func dumpMap[V any](w io.Writer, kind string, m map[string]V) error {
	var buf bytes.Buffer
	for key, v := range m {
		if err := encodeLine(&buf, kind, key, v); err != nil {
			return err
		}
		if _, err := buf.WriteTo(w); err != nil {
			return err
		}
	}
	return nil
}

// sweep forgets what has run out.
func (st *state) sweep(now time.Time) {
	st.swept = now
	dropOld(st.tokens, func(r tokenRecord) bool { return now.Sub(r.Expires) > tokenKept })
	dropOld(st.codes, func(r codeRecord) bool { return now.Sub(r.Issued) > codeKept })
	dropOld(st.pay.prepays, func(r prepayRecord) bool { return now.Sub(r.At) > prepayKept })
	dropOld(st.media, func(r mediaRecord) bool { return now.Sub(r.At) > mediaKept })
	dropOld(st.dedups, func(r dedupRecord) bool { return now.Sub(r.At) > dedupLife })
	dropOld(st.visits, func(at time.Time) bool { return now.Sub(at) > visitLife })
}

func dropOld[V any](m map[string]V, old func(V) bool) {
	for key, v := range m {
		if old(v) {
			delete(m, key)
		}
	}
}

// trimPhone keeps the newest entries; it copies once in a while and not at every message.
func trimPhone(entries []entry) []entry {
	if len(entries) < phoneKeeps+50 {
		return entries
	}
	return append([]entry(nil), entries[len(entries)-phoneKeeps:]...)
}
