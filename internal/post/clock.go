package post

import (
	"context"
	"time"

	"wangge/internal/event"
)

// How often the clock looks for shifts that took effect, and how often the directory's window is moved on.
const (
	clockEvery  = time.Second
	windowEvery = time.Hour
)

// RunClock tells of shifts that begin and end by the hour: shift.started and shift.ended, within about a second. Every node may run it;
// each piece of news is written by one. It also reads the directory again each hour, so that its window moves on. It returns when the
// context ends.
func (s *Service) RunClock(ctx context.Context) {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	reload := time.NewTicker(windowEvery)
	defer reload.Stop()
	healthy := true
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, err = s.Announce(ctx)
		case <-reload.C:
			err = s.directory.Load(ctx, s.clock())
		}
		if err != nil && healthy && ctx.Err() == nil {
			s.log.Warn("the shift clock waits for the database", "error", err)
		}
		healthy = err == nil
	}
}

// Announce tells of every shift that has taken effect by now and gives the number of events written. RunClock calls it.
func (s *Service) Announce(ctx context.Context) (int, error) {
	now := s.clock()
	return s.store.TakeEffect(ctx, now, shiftEvent(event.ShiftStarted, "", now), shiftEvent(event.ShiftEnded, "", now))
}
