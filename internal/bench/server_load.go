package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is a stage in progress: every connection sends for its own part of the fleet.
type load struct {
	stage stage
	start time.Time // of what is measured
	end   time.Time
	acked atomic.Int64 // fixes, from the first to the last, measured or not
}

// sent is what one connection has measured: how long every acknowledgement in the measured time took, from when the fix was due.
type sent struct {
	delays []time.Duration
	fixes  int
}

// run sends on all lines, from now on, for settling and then for length. With a rate, what is late counts from when it was due, so that a
// server that stops for a second is not told as one slow answer.
func (l *load) run(ctx context.Context, lines []*line, length time.Duration) (sent, error) {
	begin := time.Now()
	l.start = begin.Add(settling)
	l.end = l.start.Add(length)
	results := make([]sent, len(lines))
	failures := make([]error, len(lines))
	var all sync.WaitGroup
	for i, ln := range lines {
		all.Go(func() { results[i], failures[i] = l.drive(ctx, ln, begin, i, len(lines)) })
	}
	all.Wait()
	var total sent
	for i, r := range results {
		if failures[i] != nil {
			return total, fmt.Errorf("connection %d of %d: %w", i+1, len(lines), failures[i])
		}
		total.delays = append(total.delays, r.delays...)
		total.fixes += r.fixes
	}
	return total, ctx.Err()
}

// drive sends on one line until the end.
func (l *load) drive(ctx context.Context, ln *line, begin time.Time, index, of int) (s sent, err error) {
	var interval time.Duration // between two sends of this line
	if l.stage.rate > 0 {
		interval = time.Duration(float64(time.Second) * float64(l.stage.perSend*of) / float64(l.stage.rate))
	}
	for k := 0; ctx.Err() == nil; k++ {
		now := time.Now()
		due := now
		if interval > 0 {
			due = begin.Add(time.Duration(float64(interval) * (float64(k) + float64(index)/float64(of))))
			if wait := due.Sub(now); wait > 0 {
				time.Sleep(wait)
			}
		}
		if due.After(l.end) || now.After(l.end) {
			return s, nil
		}
		if err := ln.send(l.stage); err != nil {
			return s, err
		}
		l.acked.Add(int64(l.stage.perSend))
		if done := time.Now(); !due.Before(l.start) && !done.After(l.end.Add(answerTimeout)) {
			s.delays = append(s.delays, done.Sub(due))
			s.fixes += l.stage.perSend
		}
	}
	return s, nil
}

// line is a connection with its part of the fleet.
type line struct {
	wire   *wire
	socket *socketWire
	fleet  []*device
	next   int
	fixes  []fix
}

// send sends the next fixes of the line's devices, in turn, and waits until they are acknowledged.
func (ln *line) send(s stage) error {
	ln.fixes = ln.fixes[:0]
	now := time.Now()
	for range s.perSend {
		ln.fixes = append(ln.fixes, ln.fleet[ln.next%len(ln.fleet)].step(now))
		ln.next++
	}
	switch s.way {
	case bySocket:
		return ln.socket.send(ln.fixes)
	case byBatch:
		return ln.wire.batch(ln.fixes)
	default:
		return ln.wire.request(ln.fixes[0])
	}
}

// milliseconds gives a percentile of delays in milliseconds; 0 without any. It sorts them.
func milliseconds(delays []time.Duration, share float64) float64 {
	if len(delays) == 0 {
		return 0
	}
	slices.Sort(delays)
	at := min(len(delays)-1, int(share*float64(len(delays))))
	return float64(delays[at].Microseconds()) / 1000
}
