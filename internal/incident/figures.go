package incident

import (
	"context"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Figures are counts of an area's incidents.
type Figures struct {
	Open          int // now, whenever reported
	Pressing      int // open, urgent or worse
	Waiting       int // open and nobody sent yet
	ReportedToday int // in the present district day
	ClosedToday   int // likewise, whenever reported
}

// Pressing are the severities that somebody should be on the way for.
var Pressing = []Severity{Urgent, Critical}

// DayStart is when the district day of an instant began, UTC.
func DayStart(t time.Time) time.Time {
	y, m, d := t.In(DistrictTime).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, DistrictTime).UTC()
}

// Figures counts the incidents of an area in the principal's scope; of an area outside it there are none.
func (s *Service) Figures(ctx context.Context, by identity.Principal, area string) (f Figures, err error) {
	defer fault.Wrap(&err, "incident.Figures(%s)", area)
	if !by.Sees(area) {
		return f, nil
	}
	return s.store.Figures(ctx, area, DayStart(s.clock()), Pressing)
}

// Today is the present district day, as midnight UTC of its date, with the figures of the principal's whole scope.
func (s *Service) Today(ctx context.Context, by identity.Principal) (day time.Time, f Figures, err error) {
	f, err = s.Figures(ctx, by, by.Scope)
	return Day(s.clock()), f, err
}
