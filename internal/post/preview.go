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

// PreviewRoster tells for each row what ImportRoster would do, and refuses what it would refuse; the outcomes of the rows that are in
// order are told all the same. Nothing is written.
func (s *Service) PreviewRoster(ctx context.Context, by identity.Principal, rows []Row) (outcomes []Outcome, err error) {
	defer fault.Wrap(&err, "post.PreviewRoster(%d rows)", len(rows))
	refusal := fault.As(s.checkRoster(by, rows, s.clock()))
	if refusal != nil && len(refusal.Fields) == 0 {
		return nil, refusal
	}
	wrong := wrongRows(refusal, len(rows))
	theirs, err := s.shiftsOf(ctx, rows, wrong)
	if err != nil {
		return nil, err
	}
	outcomes = make([]Outcome, len(rows))
	for i, row := range rows {
		outcomes[i] = Created
		if wrong[i] {
			continue
		}
		var overlaps bool
		if outcomes[i], overlaps = row.among(theirs); overlaps {
			if refusal == nil {
				refusal = overlapFault()
			}
			refusal.WithField(fmt.Sprintf("shifts[%d].from", i), "shift.overlap", "lies over another shift of this worker")
		}
	}
	if refusal != nil {
		return outcomes, refusal
	}
	return outcomes, nil
}

// among compares the row with the shifts of its worker and takes its place among them: a later row must not lie over it.
func (r Row) among(theirs map[int32][]Shift) (o Outcome, overlaps bool) {
	wanted := Shift{WorkerID: r.WorkerID, From: micro(r.From), To: micro(r.To)}
	for _, other := range theirs[r.WorkerID] {
		if other.ID != 0 && other.From.Equal(wanted.From) && other.To.Equal(wanted.To) {
			return Unchanged, false
		}
		if wanted.overlaps(other) {
			return Created, true
		}
	}
	theirs[r.WorkerID] = append(theirs[r.WorkerID], wanted)
	return Created, false
}

// wrongRows tells which rows the fault names.
func wrongRows(refusal *fault.Error, rows int) []bool {
	wrong := make([]bool, rows)
	if refusal == nil {
		return wrong
	}
	for _, field := range refusal.Fields {
		var i int
		if _, err := fmt.Sscanf(field.Name, "shifts[%d]", &i); err == nil && i < rows {
			wrong[i] = true
		}
	}
	return wrong
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

// shiftsOf reads the stored shifts of the rows' workers around the rows' times, leaving out the rows that are wrong anyway.
func (s *Service) shiftsOf(ctx context.Context, rows []Row, wrong []bool) (map[int32][]Shift, error) {
	var ids []int32
	var first, last time.Time
	for i, row := range rows {
		if wrong[i] {
			continue
		}
		end := row.To
		if end.IsZero() { // open-ended: whatever comes later lies under it
			end = s.clock().Add(rosterAhead + maxShift)
		}
		if len(ids) == 0 || row.From.Before(first) {
			first = row.From
		}
		if end.After(last) {
			last = end
		}
		ids = append(ids, row.WorkerID)
	}
	theirs := map[int32][]Shift{}
	if len(ids) == 0 {
		return theirs, nil
	}
	stored, err := s.store.Shifts(ctx, first, last, unique(ids)...)
	for _, shift := range stored {
		theirs[shift.WorkerID] = append(theirs[shift.WorkerID], shift)
	}
	return theirs, err
}

// overlaps tells whether two shifts have an instant in common.
func (s Shift) overlaps(o Shift) bool {
	return (s.To.IsZero() || o.From.Before(s.To)) && (o.To.IsZero() || s.From.Before(o.To))
}
