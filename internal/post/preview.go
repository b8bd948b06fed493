package post

import (
	"context"
	"fmt"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Outcome is what saving one row would do.
type Outcome string

// The outcomes of a row that is in order.
const (
	Created   Outcome = "created"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
)

// PreviewWorkers tells for each worker what SaveWorkers would do, and refuses what it would refuse; the outcomes of the rows that are in
// order are told all the same. Nothing is written.
func (s *Service) PreviewWorkers(ctx context.Context, by identity.Principal, workers []Worker) (outcomes []Outcome, err error) {
	defer fault.Wrap(&err, "post.PreviewWorkers(%d)", len(workers))
	if len(workers) > MaxWorkers {
		return nil, tooManyWorkers()
	}
	workers = s.unmasked(workers)
	outcomes = make([]Outcome, len(workers))
	for i, w := range workers {
		old, known := s.directory.ByCode(w.Code)
		w.ID, w.Version = old.ID, old.Version
		switch {
		case !known:
			outcomes[i] = Created
		case w == old:
			outcomes[i] = Unchanged
		default:
			outcomes[i] = Changed
		}
	}
	return outcomes, s.checkWorkers(ctx, by, workers)
}

// PreviewRoster tells for each row what ImportRoster would do, and refuses what it would refuse. Nothing is written.
func (s *Service) PreviewRoster(ctx context.Context, by identity.Principal, rows []Row) (outcomes []Outcome, err error) {
	defer fault.Wrap(&err, "post.PreviewRoster(%d rows)", len(rows))
	if err := s.checkRoster(by, rows, s.clock()); err != nil {
		return make([]Outcome, len(rows)), err
	}
	theirs, err := s.shiftsOf(ctx, rows)
	if err != nil {
		return nil, err
	}
	refusal := overlapFault()
	outcomes = make([]Outcome, len(rows))
	for i, row := range rows {
		wanted := Shift{WorkerID: row.WorkerID, From: micro(row.From), To: micro(row.To)}
		outcomes[i] = Created
		for _, other := range theirs[row.WorkerID] {
			if same := other.ID != 0 && other.From.Equal(wanted.From) && other.To.Equal(wanted.To); same {
				outcomes[i] = Unchanged
			} else if wanted.overlaps(other) {
				refusal.WithField(fmt.Sprintf("shifts[%d].from", i), "shift.overlap", "lies over another shift of this worker")
				break
			}
		}
		if outcomes[i] == Created {
			theirs[row.WorkerID] = append(theirs[row.WorkerID], wanted) // a later row must not lie over this one
		}
	}
	if len(refusal.Fields) > 0 {
		return outcomes, refusal
	}
	return outcomes, nil
}

// ImportRoster enters the shifts that are not there yet, all or none: Roster without the rows that PreviewRoster calls unchanged.
func (s *Service) ImportRoster(ctx context.Context, by identity.Principal, rows []Row) (outcomes []Outcome, err error) {
	defer fault.Wrap(&err, "post.ImportRoster(%d rows)", len(rows))
	outcomes, err = s.PreviewRoster(ctx, by, rows)
	if err != nil {
		return nil, err
	}
	var fresh []Row
	for i, row := range rows {
		if outcomes[i] == Created {
			fresh = append(fresh, row)
		}
	}
	if len(fresh) > 0 {
		_, err = s.Roster(ctx, by, fresh)
	}
	return outcomes, err
}

// shiftsOf reads the stored shifts of the rows' workers around the rows' times.
func (s *Service) shiftsOf(ctx context.Context, rows []Row) (map[int32][]Shift, error) {
	theirs := map[int32][]Shift{}
	if len(rows) == 0 {
		return theirs, nil
	}
	var ids []int32
	first, last := rows[0].From, rows[0].From
	for _, row := range rows {
		ids = append(ids, row.WorkerID)
		for _, at := range []time.Time{row.From, row.To} {
			if !at.IsZero() && at.Before(first) {
				first = at
			} else if at.After(last) {
				last = at
			}
		}
		if row.To.IsZero() { // open-ended: whatever comes later lies under it
			last = s.clock().Add(rosterAhead + maxShift)
		}
	}
	stored, err := s.store.Shifts(ctx, first, last.Add(time.Microsecond), unique(ids)...)
	for _, shift := range stored {
		theirs[shift.WorkerID] = append(theirs[shift.WorkerID], shift)
	}
	return theirs, err
}

// overlaps tells whether two shifts have an instant in common.
func (s Shift) overlaps(o Shift) bool {
	return (s.To.IsZero() || o.From.Before(s.To)) && (o.To.IsZero() || s.From.Before(o.To))
}
