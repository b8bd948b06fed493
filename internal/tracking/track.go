package tracking

import (
	"context"
	"fmt"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Limits of one look at a track.
const (
	MaxTrackSpan   = 24 * time.Hour
	MaxTrackPoints = 20000
)

// Track is where a worker was during [From, To), on shift only.
type Track struct {
	Worker   int32
	From, To time.Time
	Points   []TrackPoint // ordered by time
	Total    int          // how many fixes there are; more than the points when they were thinned
}

// Track reads the track of a worker in the caller's scope: at most limit points (MaxTrackPoints when 0), evenly thinned when there are
// more. Who looks at whose track must be recorded by the caller before the answer is shown.
func (s *Service) Track(ctx context.Context, by identity.Principal, worker int32, from, to time.Time, limit int) (track Track, err error) {
	defer fault.Wrap(&err, "tracking.Track(%d, %v, %v)", worker, from, to)
	if w, ok := s.People.Worker(worker); !ok || !by.Sees(w.Area) {
		return Track{}, fault.New(fault.NotFound, "worker.unknown", fmt.Sprintf("there is no worker %d", worker), "id", worker)
	}
	if !to.After(from) || to.Sub(from) > MaxTrackSpan {
		return Track{}, fault.New(fault.Invalid, "track.span", "a track covers more than nothing and at most 24 hours").
			WithField("to", "track.span", "must lie at most 24 hours after from")
	}
	if limit <= 0 || limit > MaxTrackPoints {
		limit = MaxTrackPoints
	}
	points, total, err := s.Store.Track(ctx, worker, from.UTC(), to.UTC(), limit)
	return Track{Worker: worker, From: from.UTC(), To: to.UTC(), Points: points, Total: total}, err
}
