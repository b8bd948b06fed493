package bench

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
)

// ServerResult is what was measured. Its JSON form is stable.
type ServerResult struct {
	CPUs        int           `json:"cpus"`
	Go          string        `json:"go"`
	Postgres    string        `json:"postgres"`
	Workers     int           `json:"workers"`
	Grids       int           `json:"grids"`
	Viewers     int           `json:"viewers"`
	Connections int           `json:"connections"`
	Seconds     float64       `json:"seconds"` // of a stage
	Runs        int           `json:"runs"`
	Stages      []StageResult `json:"stages"` // medians of the runs, figure by figure; losses are summed up
}

// StageResult is one stage. Times are in milliseconds; processors are in cores.
type StageResult struct {
	Name      string  `json:"name"`
	Saturated bool    `json:"saturated"`  // sent as fast as it was acknowledged, rather than at a rate
	Offered   float64 `json:"offered"`    // fixes per second; 0 when saturated
	PerSecond float64 `json:"per_second"` // fixes acknowledged per second

	AckP50 float64 `json:"ack_p50"` // from when a fix was due until it was acknowledged
	AckP99 float64 `json:"ack_p99"`

	Acknowledged int64   `json:"acknowledged"` // fixes, in all runs
	Lost         int64   `json:"lost"`         // acknowledged but not in the database, in all runs
	WithoutGrid  int64   `json:"without_grid"` // in the database without the grid they lie in, in all runs
	Untold       int64   `json:"untold"`       // viewers to whom less than half of the ticks came, in all runs
	FramesPerSec float64 `json:"frames"`       // of one viewer per second
	ViewerMBps   float64 `json:"viewer_mbps"`  // to all viewers, 10⁶ bytes per second
	ViewP50      float64 `json:"view_p50"`     // from when a fix was sent until a viewer had it
	ViewP99      float64 `json:"view_p99"`

	ServerCPU    Cores `json:"server_cpu"`
	PostgresCPU  Cores `json:"postgres_cpu"`
	GeneratorCPU Cores `json:"generator_cpu"`
	ServerMB     Cores `json:"server_mb"` // resident memory, 10⁶ bytes
}

// Cores is a number that may be unknown (NaN), which JSON says as null.
type Cores float64

// MarshalJSON writes null for NaN.
func (c Cores) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(c)) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%.3f", float64(c)), nil
}

// medianStage is the run in the middle, figure by figure; losses of all runs count.
func medianStage(runs []StageResult) StageResult {
	m := runs[0]
	for _, f := range []func(*StageResult) *float64{
		func(s *StageResult) *float64 { return &s.PerSecond },
		func(s *StageResult) *float64 { return &s.AckP50 },
		func(s *StageResult) *float64 { return &s.AckP99 },
		func(s *StageResult) *float64 { return &s.FramesPerSec },
		func(s *StageResult) *float64 { return &s.ViewerMBps },
		func(s *StageResult) *float64 { return &s.ViewP50 },
		func(s *StageResult) *float64 { return &s.ViewP99 },
		func(s *StageResult) *float64 { return (*float64)(&s.ServerCPU) },
		func(s *StageResult) *float64 { return (*float64)(&s.PostgresCPU) },
		func(s *StageResult) *float64 { return (*float64)(&s.GeneratorCPU) },
		func(s *StageResult) *float64 { return (*float64)(&s.ServerMB) },
	} {
		values := make([]float64, len(runs))
		for i := range runs {
			values[i] = *f(&runs[i])
		}
		*f(&m) = middle(values)
	}
	m.Acknowledged, m.Lost, m.WithoutGrid, m.Untold = 0, 0, 0, 0
	for _, r := range runs {
		m.Acknowledged += r.Acknowledged
		m.Lost += r.Lost
		m.WithoutGrid += r.WithoutGrid
		m.Untold += r.Untold
	}
	return m
}

// middle is the median: of an even number, the mean of the two in the middle.
func middle(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// The limits that a stage with a rate must keep.
const (
	ackLimit = 500.0 // ms, of the 99th percentile
	keptUp   = 0.99  // of the offered rate
)

// verdict is an error that names every promise that was not kept.
func (r ServerResult) verdict() error {
	var broken []string
	for _, s := range r.Stages {
		say := func(format string, args ...any) { broken = append(broken, s.Name+": "+fmt.Sprintf(format, args...)) }
		if s.Lost > 0 {
			say("%d acknowledged fixes are not in the database", s.Lost)
		}
		if s.WithoutGrid > 0 {
			say("%d fixes have no grid", s.WithoutGrid)
		}
		if s.Saturated {
			continue
		}
		if s.AckP99 > ackLimit {
			say("the 99th percentile of the acknowledgements is %.0f ms, more than %.0f", s.AckP99, ackLimit)
		}
		if s.PerSecond < keptUp*s.Offered {
			say("%.0f fixes/s of %.0f", s.PerSecond, s.Offered)
		}
		if s.Untold > 0 {
			say("%d viewers missed more than half of the ticks", s.Untold)
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return fmt.Errorf("bench: %s", strings.Join(broken, "; "))
}

// Markdown is a table of the result for people.
func (r ServerResult) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d workers on shift in %d grids, %d viewers looking at everything, %d connections, %d CPUs shared by server, PostgreSQL %s and generator, %s; stages of %.0f s, medians of %d.\n\n",
		r.Workers, r.Grids, r.Viewers, r.Connections, r.CPUs, r.Postgres, r.Go, r.Seconds, r.Runs)
	b.WriteString("| ingest | fixes/s | lost | ack p50 ms | ack p99 ms | fix → viewer p50 ms | p99 ms | to viewers MB/s | server cores | PostgreSQL cores | generator cores | server MB |\n")
	b.WriteString("| --- " + strings.Repeat("| ---: ", 11) + "|\n")
	for _, s := range r.Stages {
		fmt.Fprintf(&b, "| %s | %.0f | %d | %.1f | %.1f | %.0f | %.0f | %.1f | %.2f | %.2f | %.2f | %.0f |\n", s.Name, s.PerSecond, s.Lost,
			s.AckP50, s.AckP99, s.ViewP50, s.ViewP99, s.ViewerMBps, s.ServerCPU, s.PostgresCPU, s.GeneratorCPU, s.ServerMB)
	}
	return b.String()
}

// goVersion is what the program was built with.
func goVersion() string { return runtime.Version() }
