package incident

import (
	"context"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Figures are today's numbers of a scope, in district days.
type Figures struct {
	Day      time.Time // midnight UTC of the date
	Reported int       // reported on that day
	Closed   int       // closed on that day, whenever reported
	Open     int       // open now, whenever reported
}

// Today counts the incidents of the principal's scope as of now. A principal without a scope sees none.
func (s *Service) Today(ctx context.Context, by identity.Principal) (f Figures, err error) {
	defer fault.Wrap(&err, "incident.Today")
	f.Day = Day(s.clock())
	if by.Scope == "" {
		return f, nil
	}
	from, to := DayBounds(f.Day)
	f.Reported, f.Closed, f.Open, err = s.store.Count(ctx, by.Scope, from, to)
	return f, err
}

// DayBounds are the instants [from, to) of a district day, given as Day gives it.
func DayBounds(day time.Time) (from, to time.Time) {
	y, m, d := day.Date()
	from = time.Date(y, m, d, 0, 0, 0, 0, districtTime).UTC()
	return from, from.Add(24 * time.Hour)
}
