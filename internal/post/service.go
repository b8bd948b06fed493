package post

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
)

// MaxOwnShift is how long a shift that a worker began alone lasts when the worker forgets to end it: nobody is tracked on and on
// because of a forgotten button.
const MaxOwnShift = 12 * time.Hour

// Dependencies are what a Service is made of.
type Dependencies struct {
	Store     Store
	Directory *Directory
	AreaKnown func(code string) bool // whether there is an area with this code
	Now       func() time.Time       // time.Now when nil
	Log       *slog.Logger           // slog.Default() when nil
}

// Service is what one can do with workers and shifts. What it changed is in its Directory when it returns.
type Service struct {
	store     Store
	directory *Directory
	areaKnown func(string) bool
	now       func() time.Time
	log       *slog.Logger
}

// NewService puts a service together.
func NewService(d Dependencies) *Service {
	s := &Service{store: d.Store, directory: d.Directory, areaKnown: d.AreaKnown, now: d.Now, log: d.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// clock is the service's time in the precision that storage keeps.
func (s *Service) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// StartOwn begins the shift of the worker that the caller's account belongs to. It lasts until EndOwn, at most MaxOwnShift, and not into
// the next planned shift. Whoever is on shift already gets that shift back, and nothing is changed.
func (s *Service) StartOwn(ctx context.Context, by identity.Principal) (shift Shift, err error) {
	defer fault.Wrap(&err, "post.StartOwn(worker %d)", by.WorkerID)
	worker, err := s.own(by)
	if err != nil {
		return Shift{}, err
	}
	now := s.clock()
	if current, on := s.directory.ShiftAt(worker.ID, now); on {
		return current, nil
	}
	shift = Shift{WorkerID: worker.ID, From: now, To: now.Add(MaxOwnShift)}
	if next := s.directory.nextStart(worker.ID, now); !next.IsZero() && next.Before(shift.To) {
		shift.To = next
	}
	done, overlapping, err := s.store.AddShifts(ctx, []Shift{shift}, now, addedEvent(by.DisplayName, now))
	if err != nil {
		return Shift{}, err
	}
	if len(overlapping) > 0 {
		return s.begunElsewhere(ctx, worker.ID, now)
	}
	s.directory.keepShifts(done...)
	return done[0], nil
}

// begunElsewhere answers a start that lost against the same start on another node.
func (s *Service) begunElsewhere(ctx context.Context, worker int32, now time.Time) (Shift, error) {
	shifts, err := s.store.Shifts(ctx, now, now.Add(time.Microsecond), worker)
	if err != nil {
		return Shift{}, err
	}
	if len(shifts) == 0 {
		return Shift{}, overlapFault()
	}
	s.directory.keepShifts(shifts...)
	return shifts[0], nil
}

// EndOwn ends the caller's own shift now. From then on fixes are discarded.
func (s *Service) EndOwn(ctx context.Context, by identity.Principal) (shift Shift, err error) {
	defer fault.Wrap(&err, "post.EndOwn(worker %d)", by.WorkerID)
	worker, err := s.own(by)
	if err != nil {
		return Shift{}, err
	}
	current, on := s.directory.ShiftAt(worker.ID, s.clock())
	if !on {
		return Shift{}, fault.New(fault.Conflict, "shift.none", "you are not on shift")
	}
	return s.end(ctx, by, current.ID, func(Worker) error { return nil })
}

func (s *Service) own(by identity.Principal) (Worker, error) {
	worker, ok := s.directory.Worker(by.WorkerID)
	if by.WorkerID == 0 || !ok || worker.Left {
		return Worker{}, fault.New(fault.Forbidden, "shift.no_worker", "this account belongs to no worker")
	}
	return worker, nil
}

// End ends the shift of somebody in the caller's scope: one that is in effect ends now, one that is yet to begin is taken out. A
// shift that is over stays as it was: conflict.
func (s *Service) End(ctx context.Context, by identity.Principal, id int64) (shift Shift, err error) {
	defer fault.Wrap(&err, "post.End(shift %d)", id)
	shift, err = s.end(ctx, by, id, func(w Worker) error {
		if !by.Sees(w.Area) {
			return noShift(id)
		}
		return nil
	})
	if err != errNotBegun {
		return shift, err
	}
	shift, err = s.store.RemoveShift(ctx, id, func(w Worker, removed Shift) error {
		if !removed.From.After(s.clock()) {
			return fault.New(fault.Conflict, "shift.changed", "the shift has just begun; try again")
		}
		return nil
	}, shiftEvent(ShiftCancelled, by.DisplayName, s.clock()))
	if err == nil {
		s.directory.dropShift(shift)
	}
	return shift, err
}

// errNotBegun tells End that there is nothing to end yet.
var errNotBegun = fault.New(fault.Conflict, "shift.not_begun", "the shift has not begun")

func (s *Service) end(ctx context.Context, by identity.Principal, id int64, allowed func(Worker) error) (Shift, error) {
	now := s.clock()
	shift, err := s.store.EndShift(ctx, id, func(w Worker, shift *Shift) error {
		if err := allowed(w); err != nil {
			return err
		}
		switch {
		case !shift.To.IsZero() && !shift.To.After(now):
			return fault.New(fault.Conflict, "shift.over", "the shift is over already")
		case !now.After(shift.From):
			return errNotBegun
		}
		shift.To = now
		return nil
	}, shiftEvent(event.ShiftEnded, by.DisplayName, now))
	if fault.As(err) == errNotBegun {
		return Shift{}, errNotBegun
	}
	if err != nil {
		return Shift{}, err
	}
	s.directory.keepShifts(shift)
	return shift, nil
}

// Shifts lists the shifts of workers in the caller's scope that touch [from, to), ordered by start; of one worker only when worker is
// not 0, and only of workers posted in area (or below it) when that is not empty.
func (s *Service) Shifts(ctx context.Context, by identity.Principal, from, to time.Time, area string, worker int32) (shifts []Shift, err error) {
	defer fault.Wrap(&err, "post.Shifts(%v, %v)", from, to)
	var only []int32
	if worker != 0 {
		only = []int32{worker}
	}
	all, err := s.store.Shifts(ctx, from, to, only...)
	if err != nil {
		return nil, err
	}
	shifts = make([]Shift, 0, len(all))
	for _, shift := range all {
		if w, ok := s.directory.Worker(shift.WorkerID); ok && by.Sees(w.Area) && lies(w.Area, area) {
			shifts = append(shifts, shift)
		}
	}
	return shifts, nil
}

// lies tells whether one area code lies in another; every code lies in the empty one.
func lies(code, in string) bool { return len(code) >= len(in) && code[:len(in)] == in }

func noShift(id int64) error {
	return fault.New(fault.NotFound, "shift.unknown", fmt.Sprintf("there is no shift %d", id), "id", id)
}

func overlapFault() *fault.Error {
	return fault.New(fault.Conflict, "shift.overlap", "a worker has at most one shift at any instant")
}
