package bench

import (
	"fmt"
	"strings"
)

// Markdown is the result as a table for docs/performance.md.
func (r FanoutResult) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Fan-out, %d workers at 1 Hz to %d viewers:\n\n", r.Workers, r.Viewers)
	b.WriteString("| | looking at everything | each at its own 1/50 |\n| --- | ---: | ---: |\n")
	row := func(name, format string, value func(FanoutRun) float64) {
		fmt.Fprintf(&b, "| %s | "+format+" | "+format+" |\n", name, value(r.Whole), value(r.Views))
	}
	row("deliveries made", "%.1f %%", func(x FanoutRun) float64 { return 100 * x.Delivered })
	row("million deliveries per server-CPU-second", "%.1f", func(x FanoutRun) float64 { return x.PerCPU / 1e6 })
	row("server CPU, cores", "%.3f", func(x FanoutRun) float64 { return x.CPU })
	row("bytes per position", "%.2f", func(x FanoutRun) float64 { return x.BytesPerPosition })
	row("KB per viewer and second", "%.2f", func(x FanoutRun) float64 { return x.BytesPerViewer / 1024 })
	row("fix to viewer, p50 ms", "%.0f", func(x FanoutRun) float64 { return x.P50 })
	row("fix to viewer, p99 ms", "%.0f", func(x FanoutRun) float64 { return x.P99 })
	row("server memory per viewer, KB", "%.1f", func(x FanoutRun) float64 { return x.MemoryPerViewer / 1024 })
	fmt.Fprintf(&b, "\nPlain TCP writing the same bytes in the same runs: %.1f million per server-CPU-second; the hub is at %.2f of it.\n", r.RawPerCPU/1e6, r.Ratio)
	fmt.Fprintf(&b, "A view costs 1/%.1f of the bytes of everything.\n", r.Whole.BytesPerViewer/r.Views.BytesPerViewer)
	fmt.Fprintf(&b, "One viewer that reads nothing for %v: the others' p99 %.0f ms before, %.0f ms during; memory %+d KB; current %d ms after it reads again.\n",
		r.Stopped.Stopped, r.Stopped.P99Before, r.Stopped.P99During, r.Stopped.MemoryGrown>>10, r.Stopped.Current.Milliseconds())
	return b.String()
}
