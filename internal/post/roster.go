package post

import (
	"context"
	"fmt"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Limits of a roster.
const (
	MaxRoster   = 5000                // rows in one request
	rosterBack  = WindowBack          // a shift may be entered afterwards, as far back as late fixes may ask for it
	rosterAhead = 92 * 24 * time.Hour // a quarter ahead
	maxShift    = 24 * time.Hour      // a planned shift that ends; an open-ended one is ended by hand
)

// Row is one line of a roster: a worker serves during [From, To); To is zero for an open-ended shift.
type Row struct {
	WorkerID int32
	From, To time.Time
}

// Roster enters shifts for workers in the caller's scope: all of them, or none. A fault of kind Invalid (or Conflict, for a shift that
// lies over another of the same worker) names every offending row in Fields ("shifts[3].to"). What is in effect now is told as
// shift.started at once, the rest when it takes effect.
func (s *Service) Roster(ctx context.Context, by identity.Principal, rows []Row) (shifts []Shift, err error) {
	defer fault.Wrap(&err, "post.Roster(%d rows)", len(rows))
	now := s.clock()
	if err := s.checkRoster(by, rows, now); err != nil {
		return nil, err
	}
	planned := make([]Shift, len(rows))
	for i, row := range rows {
		planned[i] = Shift{WorkerID: row.WorkerID, From: micro(row.From), To: micro(row.To)}
	}
	done, overlapping, err := s.store.AddShifts(ctx, planned, now, addedEvent(by.DisplayName, now))
	if err != nil {
		return nil, err
	}
	if len(overlapping) > 0 {
		refusal := overlapFault()
		for _, i := range overlapping {
			refusal.WithField(fmt.Sprintf("shifts[%d]", i), "shift.overlap", "lies over another shift of this worker")
		}
		return nil, refusal
	}
	s.directory.keepShifts(done...)
	return done, nil
}

func (s *Service) checkRoster(by identity.Principal, rows []Row, now time.Time) error {
	if len(rows) > MaxRoster {
		return fault.New(fault.TooLarge, "shift.too_many", fmt.Sprintf("at most %d shifts in one request", MaxRoster), "limit", MaxRoster)
	}
	refusal := fault.New(fault.Invalid, "shift.roster", "some rows of the roster cannot be")
	for i, row := range rows {
		worker, ok := s.directory.Worker(row.WorkerID)
		if !ok || !by.Sees(worker.Area) {
			refusal.WithField(fmt.Sprintf("shifts[%d].worker_id", i), "worker.unknown", "there is no such worker")
		} else if worker.Left {
			refusal.WithField(fmt.Sprintf("shifts[%d].worker_id", i), "worker.left", "serves no more")
		}
		if field, code, text := row.wrong(now); field != "" {
			refusal.WithField(fmt.Sprintf("shifts[%d].%s", i, field), code, text)
		}
	}
	if len(refusal.Fields) > 0 {
		return refusal
	}
	return nil
}

// wrong tells which field of a row breaks which rule; empty when none does.
func (r Row) wrong(now time.Time) (field, code, text string) {
	switch {
	case r.From.IsZero():
		return "from", "shift.from", "the beginning is missing"
	case r.From.Before(now.Add(-rosterBack)):
		return "from", "shift.from", "begins too long ago"
	case r.From.After(now.Add(rosterAhead)):
		return "from", "shift.from", "begins too far ahead"
	case r.To.IsZero():
		return "", "", ""
	case !micro(r.To).After(micro(r.From)):
		return "to", "shift.to", "must end after it begins"
	case r.To.Sub(r.From) > maxShift:
		return "to", "shift.to", "a shift lasts at most 24 hours"
	}
	return "", "", ""
}

// micro is the instant in UTC and in the precision that storage keeps; the zero time stays zero.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
