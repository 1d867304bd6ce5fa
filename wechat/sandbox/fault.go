package sandbox

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// faultCallback is the api of faults that hit pushes; "callback/CLICK" hits those of one event or message type.
const faultCallback = "callback"

// Fault makes the next Times calls of an API go wrong. API is a path of the wire without leading slash, a name of an API
// of WeChat Pay (see payAPIs), "callback", or "pay/notify".
//
// On the wire: Drop carries nothing out and closes the connection. ErrCode or Status carries nothing out and answers
// so, after TimeoutMS. TimeoutMS alone carries the call out and holds the answer so long.
//
// Of a callback: Drop does not push. TimeoutMS holds the push back, so that a later one overtakes it. Repeat pushes it
// again so many times, at once and side by side. Of a notice of WeChat Pay the same, but nobody waits for one that is
// held back, and one that is dropped is not tried again.
type Fault struct {
	API       string `json:"api"`
	ErrCode   int64  `json:"errcode,omitempty"`
	Status    int    `json:"status,omitempty"`
	TimeoutMS int    `json:"timeout_ms,omitempty"`
	Drop      bool   `json:"drop,omitempty"`
	Repeat    int    `json:"repeat,omitempty"`
	Times     int    `json:"times"`
}

// faults are those that have not been used up, oldest first. They are not part of the saved state.
type faults struct {
	some atomic.Int32 // spares the lock while there are none
	mu   sync.Mutex
	list []Fault
}

func (f *faults) add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, fault)
	f.some.Store(int32(len(f.list)))
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	f.some.Store(0)
}

func (f *faults) left() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fault{}, f.list...)
}

// take uses the oldest fault of any of the names once.
func (f *faults) take(names ...string) (Fault, bool) {
	if f.some.Load() == 0 {
		return Fault{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.list {
		for _, name := range names {
			if fault.API != name {
				continue
			}
			if f.list[i].Times--; f.list[i].Times <= 0 {
				f.list = append(f.list[:i:i], f.list[i+1:]...)
				f.some.Store(int32(len(f.list)))
			}
			return fault, true
		}
	}
	return Fault{}, false
}

// checkFault refuses what would never have an effect.
func (s *Sandbox) checkFault(f Fault) error {
	_, known := s.wire[f.API]
	pay := slices.ContainsFunc(s.payWire, func(a payAPI) bool { return a.name == f.API })
	notify := s.merchant != nil && f.API == faultNotify
	callback := f.API == faultCallback || strings.HasPrefix(f.API, faultCallback+"/")
	switch {
	case !known && !callback && !pay && !notify:
		return invalid("fault.api", "没有这个接口，请填写接口路径（开头不带斜杠）、callback 或 pay/notify")
	case f.Times < 1 || f.TimeoutMS < 0 || f.TimeoutMS > 120_000 || f.Repeat < 0 || f.Repeat > 20:
		return invalid("fault.range", "times 至少为 1，timeout_ms 不超过 120000，repeat 不超过 20")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return invalid("fault.status", "status 应当在 400 到 599 之间")
	case (callback || notify) && (f.ErrCode != 0 || f.Status != 0):
		return invalid("fault.callback", "推送只能设置 drop、repeat 或 timeout_ms")
	case pay && f.ErrCode != 0:
		return invalid("fault.errcode", "微信支付的接口没有 errcode，请填写 status、drop 或 timeout_ms")
	case (known || pay) && f.Repeat != 0:
		return invalid("fault.repeat", "repeat 只用于 callback 和 pay/notify")
	case !f.Drop && f.Repeat == 0 && f.TimeoutMS == 0 && f.ErrCode == 0 && f.Status == 0:
		return invalid("fault.empty", "请至少填写 errcode、status、timeout_ms、drop、repeat 中的一项")
	}
	return nil
}

// hold waits in real time, and not beyond the end of the request or of the sandbox.
func (s *Sandbox) hold(ctx context.Context, ms int) {
	if ms <= 0 {
		return
	}
	t := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-s.pushes.closing:
	}
}

// drop breaks the connection without an answer. A server that does not hand over connections by http.Hijacker may
// show its own through the request's context.
func drop(w http.ResponseWriter, r *http.Request) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	if c, ok := r.Context().(interface{ Conn() net.Conn }); ok {
		_ = c.Conn().Close()
		return
	}
	panic(http.ErrAbortHandler) // net/http's own way to break off
}
