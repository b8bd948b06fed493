package tracking

import (
	"cmp"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
	"wangge/internal/geo"
	"wangge/internal/identity"
	"wangge/internal/post"
)

// NearMaxAge is how old a position may be for its worker to count as near anything. Somebody who stands still sends signs of life but
// no new position, so it is longer than LostAfter.
const NearMaxAge = 15 * time.Minute

// Near is a worker on shift with the distance to a place.
type Near struct {
	Worker post.Worker
	Motion Motion
	State  State   // Live or Stale
	Metres float64 // great-circle distance from the position to the place: no way, and no time that it takes
}

// Nearest lists the workers in the caller's scope that are nearest to a place, the nearest first, at most limit of them: on shift, with a
// sign of life within LostAfter and a position of this shift not older than NearMaxAge. A place that is none on earth is Invalid.
func (s *Service) Nearest(by identity.Principal, lon, lat float64, limit int) ([]Near, error) {
	if fit := geo.CheckLonLat(lon, lat); fit != geo.Fits {
		return nil, fault.New(fault.Invalid, "request.invalid", "longitude and latitude are no place on earth, or swapped").
			WithField("lon", "coordinate_"+string(fit), "longitude and latitude are no place on earth, or swapped")
	}
	now, place := s.Now(), orb.Point{lon, lat}
	var found []Near
	for _, m := range s.fresh(now) {
		w, known := s.People.Worker(m.Worker)
		if known && by.Sees(w.Area) && s.People.OnShift(m.Worker, now) {
			at := orb.Point{float64(m.Lon) / geo.Scale, float64(m.Lat) / geo.Scale}
			found = append(found, Near{Worker: w, Motion: m, State: m.StateAt(now.UnixMilli()), Metres: geo.Distance(at, place)})
		}
	}
	slices.SortFunc(found, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Metres, b.Metres), cmp.Compare(a.Worker.ID, b.Worker.ID))
	})
	return found[:min(limit, len(found))], nil
}

// fresh copies the positions that are not lost and not too old; the table is locked no longer than that takes.
func (s *Service) fresh(now time.Time) (fresh []Motion) {
	ms, oldest := now.UnixMilli(), now.Add(-NearMaxAge).UnixMilli()
	s.Table.Each(func(m Motion) bool {
		if m.At >= oldest && m.StateAt(ms) < Lost {
			fresh = append(fresh, m)
		}
		return true
	})
	return fresh
}
