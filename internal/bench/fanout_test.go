package bench

import (
	"flag"
	"os"
	"testing"
	"time"
)

// TestServeRole is no test but the body of the server processes that TestFanoutIsCompleteAndRight starts: this binary again, with the role
// as its argument.
func TestServeRole(t *testing.T) {
	if flag.NArg() != 1 {
		return
	}
	if err := ServeRole(t.Context(), flag.Arg(0), os.Stdin, os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// TestFanoutIsCompleteAndRight runs the bench at a small size with real processes. What it measures means nothing here; that every
// delivery is made, and every position is where the worker was, does.
func TestFanoutIsCompleteAndRight(t *testing.T) {
	result, err := Fanout(t.Context(), FanoutOptions{
		Workers: 500, Viewers: 20, Runs: 1, Length: 3 * time.Second, Stopped: 3 * time.Second, Log: t.Logf, warm: time.Second / 2,
		Command: func(role string) []string { return []string{"-test.run=^TestServeRole$", "--", role} },
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]FanoutRun{"everything": result.Whole, "views": result.Views} {
		if run.Delivered != 1 || run.Wrong != 0 {
			t.Errorf("%s: %v delivered, %d wrong", name, run.Delivered, run.Wrong)
		}
	}
	if result.RawPerCPU <= 0 || result.Whole.BytesPerPosition > 12 {
		t.Errorf("plain TCP %v per CPU second, %v bytes per position", result.RawPerCPU, result.Whole.BytesPerPosition)
	}
	if result.Views.BytesPerViewer >= result.Whole.BytesPerViewer {
		t.Errorf("a view takes %v bytes a second, everything %v", result.Views.BytesPerViewer, result.Whole.BytesPerViewer)
	}
}

func TestLatencyQuantiles(t *testing.T) {
	var l latencies
	l.add(-5, 1) // clocks of one machine, read a moment apart
	for ms := range int64(98) {
		l.add(ms*int64(time.Millisecond), 1)
	}
	l.add(int64(time.Hour), 1)
	if p50, p99, most := l.quantile(.5), l.quantile(.99), l.quantile(1); p50 != 49 || p99 != 98 || most != float64(len(l)) {
		t.Errorf("p50 %v, p99 %v, p100 %v", p50, p99, most)
	}
}

func TestMarchCanBeComputedBackwards(t *testing.T) {
	m := newMarch(1000, time.Minute)
	for worker := int32(1); worker <= 1000; worker++ {
		for step := range 50 {
			for late := int64(0); late < 100; late += 33 {
				if got := m.stepOf(worker, m.at(worker, step)+late); got != step {
					t.Fatalf("worker %d, step %d, told %d ms late: step %d", worker, step, late, got)
				}
			}
		}
	}
}
