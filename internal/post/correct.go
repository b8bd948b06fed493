package post

import (
	"context"
	"fmt"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// Correct gives a shift that is yet to begin other times; to is zero for an open-ended one. One that has begun is Conflict
// "shift.begun", one that was changed since the caller saw it "shift.version", one that would lie over another "shift.overlap". Times
// are checked as those of a roster; the fields are called "from" and "to".
func (s *Service) Correct(ctx context.Context, by identity.Principal, id, version int64, from, to time.Time) (shift Shift, err error) {
	defer fault.Wrap(&err, "post.Correct(shift %d)", id)
	now := s.clock()
	if field, code, text := (Row{From: from, To: to}).wrong(now); field != "" {
		return shift, fault.New(fault.Invalid, "shift.times", "the shift cannot be at these times").WithField(field, code, text)
	}
	if !micro(from).After(now) {
		return shift, fault.New(fault.Invalid, "shift.times", "the shift cannot be at these times").WithField("from", "shift.future", "must lie ahead")
	}
	shift, err = s.store.MoveShift(ctx, id, func(w Worker, shift *Shift) error {
		switch {
		case !by.Sees(w.Area):
			return noShift(id)
		case shift.Version != version:
			return fault.New(fault.Conflict, "shift.version", fmt.Sprintf("the shift has version %d by now", shift.Version), "current", shift.Version)
		case !shift.From.After(now):
			return fault.New(fault.Conflict, "shift.begun", "the shift has begun; it can only be ended")
		}
		shift.From, shift.To = micro(from), micro(to)
		return nil
	}, shiftEvent(ShiftCorrected, by.DisplayName, now))
	if err == nil {
		s.directory.keepShifts(shift)
	}
	return shift, err
}
