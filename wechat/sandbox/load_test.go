package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// BenchmarkSend measures subscribe messages with a journal, without the network between.
func BenchmarkSend(b *testing.B) {
	file := filepath.Join(b.TempDir(), "sandbox.journal")
	bench := newBench(b, func(o *Options) { o.StateFile = file })
	const people = 5000
	grants := make([]Grant, people)
	for i := range grants {
		grants[i] = Grant{PersonID: fmt.Sprintf("m-%d", i), AppID: mini, Credits: map[string]int{"T-DUES": 1 << 30}}
	}
	if err := bench.s.Seed(grants); err != nil {
		b.Fatal(err)
	}
	path := "/sandbox/wire/" + subscribeSend + "?access_token=" + bench.token(mini)
	bodies := make([][]byte, people)
	for i := range bodies {
		bodies[i], _ = json.Marshal(dues(map[string]any{"touser": OpenID(mini, grants[i].PersonID)}))
	}
	handler := bench.s.Handler()
	var n atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(bodies[n.Add(1)%people]))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if !bytes.Contains(w.Body.Bytes(), []byte(`"errcode":0`)) {
				raw, _ := io.ReadAll(w.Body)
				b.Fatalf("%s", raw)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
}

// BenchmarkSeed puts 15,000 people into place: credit and a followed account each.
func BenchmarkSeed(b *testing.B) {
	file := filepath.Join(b.TempDir(), "sandbox.journal")
	bench := newBench(b, func(o *Options) { o.StateFile = file })
	var grants []Grant
	for i := range 15_000 {
		id := fmt.Sprintf("m-%d", i)
		grants = append(grants, Grant{PersonID: id, AppID: mini, Credits: map[string]int{"T-DUES": 2}}, Grant{PersonID: id, AppID: clinic, Follows: true})
	}
	for b.Loop() {
		if err := bench.s.Seed(grants); err != nil {
			b.Fatal(err)
		}
	}
}
