package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// measure runs one stage once.
func (r *rig) measure(ctx context.Context, s stage) (m StageResult, err error) {
	if _, err := r.db.Exec(ctx, "TRUNCATE position"); err != nil {
		return m, err
	}
	lines, err := r.lines(ctx, s)
	if err != nil {
		return m, err
	}
	defer closeLines(lines)
	watching, err := openViewers(ctx, r.viewer, max(0, r.Viewers), r.traces)
	if err != nil {
		return m, err
	}
	defer watching.close()
	l := &load{stage: s}
	readings := make(chan reading, 1)
	go func() { readings <- r.read(watching) }()
	total, err := l.run(ctx, lines, r.Length)
	if err != nil {
		return m, errors.Join(err, r.alive())
	}
	read := <-readings
	m = StageResult{
		Name: s.name, Saturated: s.rate == 0, Offered: float64(s.rate), PerSecond: float64(total.fixes) / r.Length.Seconds(),
		AckP50: milliseconds(total.delays, 0.5), AckP99: milliseconds(total.delays, 0.99), Acknowledged: l.acked.Load(),
		ServerCPU: Cores(read.used.server), PostgresCPU: Cores(read.used.postgres), GeneratorCPU: Cores(read.used.generator),
		ServerMB: Cores(residentMB(r.serve.Process.Pid)), FramesPerSec: read.frames, ViewerMBps: read.megabytes, Untold: read.untold,
		ViewP50: milliseconds(read.ages, 0.5), ViewP99: milliseconds(read.ages, 0.99),
	}
	if read.err != nil {
		return m, errors.Join(read.err, r.alive())
	}
	return m, r.audit(ctx, &m)
}

// alive is an error when the server has ended.
func (r *rig) alive() error {
	select {
	case <-r.ended:
		return fmt.Errorf("the server ended: %s", r.lastWords())
	default:
		return nil
	}
}

// audit looks for the acknowledged fixes in the database.
func (r *rig) audit(ctx context.Context, m *StageResult) error {
	var rows, without int64
	err := r.db.QueryRow(ctx, "SELECT count(*), count(*) FILTER (WHERE grid_id = 0) FROM position").Scan(&rows, &without)
	m.Lost, m.WithoutGrid = m.Acknowledged-rows, without
	return err
}

// reading is what is read off the processes and the viewers while a stage is measured.
type reading struct {
	used      processTimes // cores
	frames    float64      // per second, of the viewer in the middle
	megabytes float64      // per second, to all viewers
	untold    int64
	ages      []time.Duration
	err       error
}

// tickLength is the server's tick.
const tickLength = 250 * time.Millisecond

// read waits until the stage has settled, and reads what happens in its length.
func (r *rig) read(v *viewers) (out reading) {
	time.Sleep(settling)
	before, start := r.processTimes(), time.Now()
	frames, bytes := v.begin()
	time.Sleep(r.Length)
	seconds := time.Since(start).Seconds()
	out.used = r.processTimes().minus(before, seconds)
	out.ages, out.err = v.end()
	rates := make([]float64, len(frames))
	for i := range frames {
		rates[i] = float64(v.frames[i].Load()-frames[i]) / seconds
		if rates[i] < 0.5/tickLength.Seconds() {
			out.untold++
		}
	}
	if len(rates) > 0 {
		out.frames = middle(rates)
	}
	out.megabytes = float64(v.bytes.Load()-bytes) / 1e6 / seconds
	return out
}
