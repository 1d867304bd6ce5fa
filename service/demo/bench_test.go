package demo_test

import (
	"context"
	"testing"

	"hongyun/model/modeltest"
	"hongyun/service/demo"
)

// BenchmarkLoad makes the whole county in an empty SQLite: what a newcomer waits for.
func BenchmarkLoad(b *testing.B) {
	clock := modeltest.At("2026-11-23 20:00:00")
	for b.Loop() {
		b.StopTimer()
		c := demo.New(options(b, modeltest.SQLite(b, clock.Now), clock))
		b.StartTimer()
		if err := c.Load(context.Background(), demo.Options{Scale: 1, Progress: func(int, int, string) {}}); err != nil {
			b.Fatal(err)
		}
	}
}
