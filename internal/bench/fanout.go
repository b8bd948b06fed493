// This file is the fan-out bench: what one server process pays, and how long a position takes, from a worker's fix to many viewers. The
// load generator (this process) starts the server as a process of its own, sends it fixes, reads everything that every viewer gets and
// checks that it is right and complete. Beside each run of the hub, a plain TCP server writes the same bytes to as many connections: the
// floor below which no server comes.

package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"wangge/internal/live"
)

// FanoutOptions are the sizes of the fan-out bench. Zero means the ordinary size.
type FanoutOptions struct {
	Workers int                              // 10,000, each with a fix per second
	Viewers int                              // 1,000
	Length  time.Duration                    // of one measurement: 15 s
	Runs    int                              // 3; medians are reported
	Stopped time.Duration                    // how long the stopping viewer reads nothing: 60 s
	Command func(role string) []string       // arguments with which this binary becomes a server of a role (ServeRole); required
	Profile string                           // file for a CPU profile of the hub in its last run (with views: name + ".views"); may be empty
	Log     func(format string, args ...any) // progress; may be nil

	warm time.Duration // how long the hub is fed before viewers come, and runs before it is measured: 3 s
}

func (o FanoutOptions) withDefaults() FanoutOptions {
	o.Workers, o.Viewers, o.Runs = cmp.Or(o.Workers, 10_000), cmp.Or(o.Viewers, 1_000), cmp.Or(o.Runs, 3)
	o.Length, o.Stopped = cmp.Or(o.Length, 15*time.Second), cmp.Or(o.Stopped, 60*time.Second)
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	o.warm = cmp.Or(o.warm, 3*time.Second)
	return o
}

// FanoutResult is what the fan-out bench has measured, medians of its runs.
type FanoutResult struct {
	Workers, Viewers int
	Whole            FanoutRun // every viewer looks at everything
	RawPerCPU        float64   // deliveries per second of server CPU, plain TCP, the same bytes
	Ratio            float64   // of Whole to RawPerCPU, median of the ratios of each pair of runs
	Views            FanoutRun // every viewer has a view of its own of 1/50 of the district
	ViewsCPU         float64   // CPU of the hub with Views in that of a hub with Whole beside it, median of the ratios
	Stopped          FanoutStop
}

// FanoutRun is one kind of run.
type FanoutRun struct {
	Delivered        float64 // share of the deliveries that had to be made
	Wrong            int64   // positions that weren't where the worker was
	Anew             int64   // frames that told everything because something was skipped
	PerCPU           float64 // deliveries per second of server CPU
	CPU              float64 // cores used by the server
	BytesPerPosition float64 // WebSocket headers included
	BytesPerViewer   float64 // per second
	P50, P99         float64 // ms from handing the fix to the server's socket until the viewer has read the frame
	MemoryPerViewer  float64 // bytes: resident memory with viewers, less that without
}

// FanoutStop is what one viewer that stops reading does to the others.
type FanoutStop struct {
	Stopped     time.Duration
	P99Before   float64       // of the others, ms
	P99During   float64       // of the others, ms
	MemoryGrown int64         // bytes resident, during less before
	Current     time.Duration // from reading again until the viewer holds the present
}

// Failures names the targets that were missed; none when all were met.
func (r FanoutResult) Failures() (missed []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			missed = append(missed, fmt.Sprintf(format, args...))
		}
	}
	tick := float64(live.Tick.Milliseconds())
	check(r.Whole.Delivered == 1 && r.Views.Delivered == 1, "every delivery made: %v, in views %v", r.Whole.Delivered, r.Views.Delivered)
	check(r.Whole.Wrong+r.Views.Wrong == 0, "%d positions are wrong, in views %d", r.Whole.Wrong, r.Views.Wrong)
	check(r.Ratio >= 0.9, "deliveries per CPU second %.2f × plain TCP, not 0.9", r.Ratio)
	check(r.Whole.P99 <= tick+50, "p99 from fix to viewer %.0f ms, not %.0f", r.Whole.P99, tick+50)
	check(r.Whole.BytesPerPosition <= 12, "%.1f bytes per position, not 12", r.Whole.BytesPerPosition)
	check(r.Whole.MemoryPerViewer <= 40<<10, "%.0f KB per viewer, not 40", r.Whole.MemoryPerViewer/1024)
	check(r.Views.BytesPerViewer*30 <= r.Whole.BytesPerViewer, "a view of 1/50 takes 1/%.1f of the bytes, not 1/30", r.Whole.BytesPerViewer/r.Views.BytesPerViewer)
	check(r.ViewsCPU <= 1, "views take %.3f × the CPU of everything", r.ViewsCPU)
	check(r.Stopped.P99During <= r.Stopped.P99Before+25, "a stopped viewer: the others' p99 %.0f → %.0f ms", r.Stopped.P99Before, r.Stopped.P99During)
	check(r.Stopped.MemoryGrown <= 8<<20, "a stopped viewer: memory grew by %d KB", r.Stopped.MemoryGrown>>10)
	check(r.Stopped.Current <= time.Second, "a stopped viewer: current after %v", r.Stopped.Current)
	return missed
}

// Fanout measures. It needs a quiet machine for figures worth keeping; that every delivery is made and right holds on a busy one too.
func Fanout(ctx context.Context, o FanoutOptions) (FanoutResult, error) {
	o = o.withDefaults()
	raiseFileLimit()
	result := FanoutResult{Workers: o.Workers, Viewers: o.Viewers}
	var wholes, views []FanoutRun
	var raws, ratios, shares []float64
	for run := range o.Runs {
		whole, raw, err := o.wholeRun(ctx, run == o.Runs-1)
		if err != nil {
			return result, fmt.Errorf("bench.Fanout: everything: %w", err)
		}
		o.Log("run %d: everything %+v; plain TCP %.1f M per CPU second, ratio %.3f", run+1, whole, raw/1e6, whole.PerCPU/raw)
		view, share, err := o.viewRun(ctx, run == o.Runs-1)
		if err != nil {
			return result, fmt.Errorf("bench.Fanout: views: %w", err)
		}
		o.Log("run %d: views %+v, CPU %.3f of everything's", run+1, view, share)
		wholes, views = append(wholes, whole), append(views, view)
		raws, ratios, shares = append(raws, raw), append(ratios, whole.PerCPU/raw), append(shares, share)
	}
	result.Whole, result.Views = medianRun(wholes), medianRun(views)
	result.RawPerCPU, result.Ratio, result.ViewsCPU = median(raws), median(ratios), median(shares)
	stop, err := o.stopRun(ctx)
	if err != nil {
		return result, fmt.Errorf("bench.Fanout: a viewer that stops: %w", err)
	}
	result.Stopped = stop
	o.Log("stopped viewer: %+v", stop)
	return result, nil
}

// show is one run of a hub with its viewers.
type show struct {
	o          FanoutOptions
	hub        *child
	march      *march
	ledger     *ledger
	spectators []*spectator
	raw        *floor // with viewers of everything
	reading    sync.WaitGroup
	empty      usage // without viewers
	feedErr    chan error
	stopFeed   context.CancelFunc
}

// open starts a hub, feeds it, lets the viewers in, and starts the plain TCP server beside it if that is wanted.
func (o FanoutOptions) open(ctx context.Context, ownViews, withFloor bool, length time.Duration) (s *show, err error) {
	s = &show{o: o, feedErr: make(chan error, 1)}
	if s.hub, err = startChild(ctx, o.Command, RoleHub); err != nil {
		return s, err
	}
	s.march = newMarch(o.Workers, length+time.Minute)
	s.ledger = newLedger(s.march)
	feeding, stop := context.WithCancel(ctx)
	s.stopFeed = stop
	go func() { s.feedErr <- s.march.feed(feeding, s.hub.Feed) }()
	if !until(ctx, time.Now().Add(o.warm)) {
		return s, ctx.Err()
	}
	if s.empty, err = s.hub.usage(); err != nil {
		return s, err
	}
	for i := range o.Viewers {
		v := &spectator{ledger: s.ledger}
		s.spectators = append(s.spectators, v)
		view := `{"op":"view","detail":"positions"}`
		if ownViews {
			v.own = true
			v.box, view = ownView(i)
		}
		if err := v.connect(s.hub.Viewers, view); err != nil {
			return s, err
		}
		s.reading.Go(v.read)
	}
	if withFloor {
		if s.raw, err = o.openFloor(ctx, s.ledger); err != nil {
			return s, err
		}
	}
	return s, s.awaitReady(ctx)
}

// ownView is the view of one viewer: 1/50 of the district's area, of its shape, at a place of its own.
func ownView(i int) (box, string) {
	const side = 0.1414213562 // its square is 1/50
	width, height := districtEast-districtWest, districtNorth-districtSouth
	h := scramble(uint64(i) + 1<<40)
	w := districtWest + fraction(h)*width*(1-side)
	s := districtSouth + fraction(scramble(h))*height*(1-side)
	e, n := w+width*side, s+height*side
	return box{int32(w * 1e6), int32(s * 1e6), int32(e * 1e6), int32(n * 1e6)},
		fmt.Sprintf(`{"op":"view","bbox":[%f,%f,%f,%f],"detail":"positions"}`, w, s, e, n)
}

// awaitReady waits until every viewer has been told everything, and a little more.
func (s *show) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("not every viewer was told everything within a minute"))
	defer cancel()
	for _, v := range s.spectators {
		for !v.ready.Load() {
			if !until(ctx, time.Now().Add(20*time.Millisecond)) {
				return context.Cause(ctx)
			}
		}
	}
	until(ctx, time.Now().Add(s.o.warm))
	return ctx.Err()
}

// step is the step that begins next, with time to spare.
func (s *show) step() int { return int((time.Now().UnixMilli()-s.march.start)/1000) + 2 }

// reach waits for the beginning of a step.
func (s *show) reach(ctx context.Context, step int) error {
	if !until(ctx, time.UnixMilli(s.march.start+int64(step)*1000)) {
		return ctx.Err()
	}
	return nil
}

// close lets the viewers go and ends the hub; then nothing is counted any more.
func (s *show) close() error {
	err := []error{}
	if s.stopFeed != nil {
		s.stopFeed()
		err = append(err, <-s.feedErr)
	}
	for _, v := range s.spectators {
		if v.conn != nil {
			v.conn.Close() //nolint:errcheck // it has been read from to the end
		}
	}
	s.reading.Wait()
	for _, v := range s.spectators {
		err = append(err, v.err, s.ledger.audit(v))
	}
	if s.hub != nil {
		s.hub.stop()
	}
	if s.raw != nil {
		err = append(err, s.raw.close())
	}
	return errors.Join(err...)
}

// settle is how long the last fixes may be on their way.
const settle = 1500 * time.Millisecond

// wholeRun measures a hub whose viewers look at everything, and what plain TCP delivers per second of its CPU meanwhile.
func (o FanoutOptions) wholeRun(ctx context.Context, profiled bool) (r FanoutRun, raw float64, err error) {
	s, err := o.open(ctx, false, true, o.Length)
	if err == nil && profiled {
		err = s.profile(o.Profile)
	}
	if err != nil {
		return r, 0, errors.Join(err, s.close())
	}
	from, to := s.span()
	before, rawBefore, err := s.usage(ctx, from)
	after, rawAfter, err2 := s.usage(ctx, to)
	until(ctx, time.Now().Add(settle))
	if err = errors.Join(err, err2, s.close()); err != nil {
		return r, 0, err
	}
	return s.result(before, after, float64(to-from)), float64(s.raw.positions()) / (rawAfter.CPU - rawBefore.CPU), nil
}

// viewRun measures a hub whose viewers have views of their own, and how its CPU compares with that of a second hub whose viewers look at
// everything meanwhile.
func (o FanoutOptions) viewRun(ctx context.Context, profiled bool) (r FanoutRun, ratio float64, err error) {
	whole, err := o.open(ctx, false, false, o.Length)
	if err != nil {
		return r, 0, errors.Join(err, whole.close())
	}
	s, err := o.open(ctx, true, false, o.Length)
	if err == nil && profiled {
		err = s.profile(o.Profile + ".views")
	}
	if err != nil {
		return r, 0, errors.Join(err, s.close(), whole.close())
	}
	from, to := s.span()
	before, _, err := s.usage(ctx, from)
	wholeBefore, err2 := whole.hub.usage()
	after, _, err3 := s.usage(ctx, to)
	wholeAfter, err4 := whole.hub.usage()
	until(ctx, time.Now().Add(settle))
	if err = errors.Join(err, err2, err3, err4, s.close(), whole.close()); err != nil {
		return r, 0, err
	}
	return s.result(before, after, float64(to-from)), (after.CPU - before.CPU) / (wholeAfter.CPU - wholeBefore.CPU), nil
}

// span sets the window of a measurement that begins soon, and tells its steps.
func (s *show) span() (from, to int) {
	from = s.step()
	to = from + int(s.o.Length/time.Second)
	s.ledger.window(from, to, to)
	return from, to
}

// profile has the hub write a profile, if a file is named.
func (s *show) profile(file string) (err error) {
	if s.o.Profile != "" {
		_, err = s.hub.ask(askProfile + file)
	}
	return err
}

// usage asks the hub, and the plain TCP server if there is one, what they have used until a step.
func (s *show) usage(ctx context.Context, step int) (hub, raw usage, err error) {
	if err = s.reach(ctx, step); err != nil {
		return hub, raw, err
	}
	hub, err = s.hub.usage()
	if s.raw != nil && err == nil {
		raw, err = s.raw.child.usage()
	}
	return hub, raw, err
}

func (s *show) result(before, after usage, seconds float64) (r FanoutRun) {
	var sum count
	expected := int64(s.o.Workers) * int64(seconds) * int64(len(s.spectators))
	if s.spectators[0].own {
		expected = 0
	}
	for _, v := range s.spectators {
		c := &v.count
		sum.bytes, sum.positions, sum.fixes = sum.bytes+c.bytes, sum.positions+c.positions, sum.fixes+c.fixes
		sum.wrong, sum.anew = sum.wrong+c.wrong, sum.anew+c.anew
		sum.early.merge(&c.early)
		if v.own {
			expected += s.ledger.expected(v.box)
		}
	}
	viewers, cpu := float64(len(s.spectators)), after.CPU-before.CPU
	return FanoutRun{
		Delivered: float64(sum.fixes) / float64(expected), Wrong: sum.wrong, Anew: sum.anew,
		PerCPU: float64(sum.positions) / cpu, CPU: cpu / seconds,
		BytesPerPosition: float64(sum.bytes) / float64(sum.positions), BytesPerViewer: float64(sum.bytes) / viewers / seconds,
		P50: sum.early.quantile(.5), P99: sum.early.quantile(.99),
		MemoryPerViewer: float64(after.RSS-s.empty.RSS) / viewers,
	}
}

// stopRun measures what a viewer that stops reading does.
func (o FanoutOptions) stopRun(ctx context.Context) (r FanoutStop, err error) {
	before := min(o.Stopped/2, 15*time.Second)
	s, err := o.open(ctx, false, false, before+o.Stopped+2*settle)
	if err != nil {
		return r, errors.Join(err, s.close())
	}
	from := s.step()
	later := from + int(before/time.Second)
	to := later + int(o.Stopped/time.Second)
	s.ledger.window(from, later, to)
	if err := s.reach(ctx, later); err != nil {
		return r, err
	}
	stopped := s.spectators[0]
	start, err := s.hub.usage()
	stopped.gate.Lock()
	err = errors.Join(err, s.reach(ctx, to))
	end, err2 := s.hub.usage()
	resumed := time.Now()
	stopped.gate.Unlock()
	for stopped.newest.Load() < resumed.UnixMilli() && until(ctx, time.Now().Add(time.Millisecond)) {
	}
	r = FanoutStop{Stopped: o.Stopped, MemoryGrown: end.RSS - start.RSS, Current: time.Since(resumed)}
	until(ctx, time.Now().Add(settle))
	if err = errors.Join(err, err2, s.close()); err != nil {
		return r, err
	}
	var early, late latencies
	for _, v := range s.spectators[1:] {
		early.merge(&v.count.early)
		late.merge(&v.count.late)
	}
	r.P99Before, r.P99During = early.quantile(.99), late.quantile(.99)
	return r, nil
}

// medianRun is the median of each figure; of wrong positions the sum, of the share delivered the worst.
func medianRun(runs []FanoutRun) (m FanoutRun) {
	of := func(f func(FanoutRun) float64) float64 {
		values := make([]float64, len(runs))
		for i, r := range runs {
			values[i] = f(r)
		}
		return median(values)
	}
	m = FanoutRun{
		Delivered: runs[0].Delivered,
		PerCPU:    of(func(r FanoutRun) float64 { return r.PerCPU }), CPU: of(func(r FanoutRun) float64 { return r.CPU }),
		BytesPerPosition: of(func(r FanoutRun) float64 { return r.BytesPerPosition }),
		BytesPerViewer:   of(func(r FanoutRun) float64 { return r.BytesPerViewer }),
		P50:              of(func(r FanoutRun) float64 { return r.P50 }), P99: of(func(r FanoutRun) float64 { return r.P99 }),
		MemoryPerViewer: of(func(r FanoutRun) float64 { return r.MemoryPerViewer }),
	}
	for _, r := range runs {
		m.Delivered, m.Wrong, m.Anew = min(m.Delivered, r.Delivered), m.Wrong+r.Wrong, m.Anew+r.Anew
	}
	return m
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
