package tracking

import (
	"context"
	"math/rand/v2"
	"time"
)

// canaryEvery is about how often a canary sets out. The pause differs each time by a tenth, so that it meets the stream's ticks at every
// phase and not always at the same one.
const canaryEvery = time.Second

// RunCanary sends a canary after the other until the context ends: an instant that takes the way of a position through the table into the
// stream and onto the page, and shows how long that takes. It belongs to no worker, has no place, is on nobody's map, in no figure and in
// no history.
func (s *Service) RunCanary(ctx context.Context) {
	for {
		pause := canaryEvery*9/10 + rand.N(canaryEvery/5)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
			s.Table.Sing(s.Now().UnixMilli())
		}
	}
}

// Sing lets a canary set out that was made at an instant (ms since 1970 UTC).
func (t *Table) Sing(at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.canary = max(t.canary, at)
}
