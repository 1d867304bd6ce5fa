package sandbox

import (
	"crypto/rand"
	"time"
)

// sweepEvery is how often a running sandbox forgets what has run out.
const sweepEvery = 10 * time.Minute

func pair(a, b string) string      { return a + "|" + b }
func triple(a, b, c string) string { return a + "|" + b + "|" + c }

func (b *batch) setToken(token string, r tokenRecord) {
	b.tokens[token] = r
	b.note(kindToken, token, r)
}

func (b *batch) setForce(appid string, r forceRecord) {
	b.forces[appid] = r
	b.note(kindForce, appid, r)
}

func (b *batch) setCode(code string, r codeRecord) {
	if r.Issued.Sub(b.swept) > sweepEvery {
		b.sweep(r.Issued)
	}
	b.codes[code] = r
	b.note(kindCode, code, r)
}

func (b *batch) setCredit(appid, template, person string, r creditRecord) {
	key := triple(appid, template, person)
	b.credits[key] = r
	b.note(kindCredit, key, r)
}

func (b *batch) setFollow(appid, person string, r followRecord) {
	key := pair(appid, person)
	b.follows[key] = r
	b.note(kindFollow, key, r)
}

func (b *batch) setWindow(appid, person string, r windowRecord) {
	key := pair(appid, person)
	b.windows[key] = r
	b.note(kindWindow, key, r)
}

func (b *batch) setVisit(person string, at time.Time) {
	b.visits[person] = at
	b.note(kindVisit, person, at)
}

func (b *batch) setMedia(id string, r mediaRecord) {
	b.media[id] = r
	b.note(kindMedia, id, r)
}

func (b *batch) setDedup(key string, r dedupRecord) {
	if r.At.Sub(b.swept) > sweepEvery {
		b.sweep(r.At)
	}
	b.dedups[key] = r
	b.note(kindDedup, key, r)
}

// put lays an entry on a phone; an entry without a number gets the next one.
func (b *batch) put(person string, e entry) {
	if e.ID == 0 {
		e.ID = b.nextID(e.At)
	}
	b.phones[person] = trimPhone(append(b.phones[person], e))
	b.note(kindEntry, person, e)
}

// nextID numbers messages: ever growing, unique over restarts because it follows the clock in microseconds, and
// below 2^53 for readers in JavaScript.
func (b *batch) nextID(now time.Time) int64 {
	b.lastID = max(b.lastID+1, now.UnixMicro())
	return b.lastID
}

// randomText is n characters of [0-9A-Za-z].
func randomText(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // crypto/rand never fails: it ends the program instead
	for i, c := range raw {
		raw[i] = numberLetters[int(c)%len(numberLetters)]
	}
	return string(raw)
}
