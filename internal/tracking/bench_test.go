package tracking_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"wangge/internal/testenv"
	"wangge/internal/tracking"
	. "wangge/internal/tracking/trackingtest"
)

// BenchmarkAccept is the whole way of a fix from the decoded message to the commit, on a database that syncs to disk: callers wait for their
// answer before they send again, as a thousand phones or ten gateways do.
func BenchmarkAccept(b *testing.B) {
	for _, c := range []struct{ callers, fixes int }{{1, 1}, {16, 1}, {256, 1}, {1024, 1}, {16, 10}, {16, 100}, {4, 1000}} {
		b.Run(fmt.Sprintf("%d callers with %d", c.callers, c.fixes), func(b *testing.B) {
			f := New(b, testenv.PostgresServer(b).URL())
			names := make([]string, c.callers)
			for i := range names {
				names[i] = fmt.Sprintf("W%d", i)
			}
			f.Hire(b, names...)
			var sent, clock atomic.Int64
			var callers sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for _, name := range names {
				callers.Go(func() {
					fixes := make([]tracking.Fix, c.fixes)
					for sent.Add(int64(c.fixes)) <= int64(b.N*c.fixes) {
						for i := range fixes {
							at := Noon.Add(time.Duration(clock.Add(1)-100_000_000) * time.Microsecond)
							fixes[i] = At("phone-"+name, at, 116.295, Middle)
						}
						if _, err := f.Tracking.Accept(context.Background(), tracking.Caller{}, fixes); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			callers.Wait()
			b.ReportMetric(float64(b.N*c.fixes)/b.Elapsed().Seconds(), "fixes/s")
			b.ReportMetric(float64(f.Stats.Stored.Load()+f.Stats.Late.Load())/float64(commits(b, f)), "fixes/commit")
		})
	}
}

// BenchmarkJudge is what a fix costs before it waits for its commit: directories, grid, publication. A heartbeat
// waits for no storage.
func BenchmarkJudge(b *testing.B) {
	f := New(b, testenv.Postgres(b))
	f.Hire(b, "A")
	beat := []tracking.Fix{Beat("phone-A")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Tracking.Accept(b.Context(), tracking.Caller{}, beat); err != nil {
			b.Fatal(err)
		}
	}
}

// commits tells how many commits there were.
func commits(b *testing.B, f *Field) uint64 {
	b.Helper()
	var m dto.Metric
	if err := f.Stats.BatchRows.Write(&m); err != nil {
		b.Fatal(err)
	}
	return m.GetHistogram().GetSampleCount()
}
