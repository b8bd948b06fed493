package post

import (
	"context"
	"time"

	"wangge/internal/event"
)

// News makes the event that tells of a change to a shift; it is written in the transaction of the change.
type News func(Worker, Shift) event.Event

// Store keeps workers and shifts. Every change and its events are one transaction. When the storage is away, each method fails with a
// fault of kind Unavailable and nothing was changed.
type Store interface {
	// Workers reads the workers with these ids, or all when none is given, ordered by id.
	Workers(ctx context.Context, ids ...int32) ([]Worker, error)

	// SaveWorkers creates or changes each worker by its Code and gives them back in the same order, with ID and Version. A worker that
	// stays as it was keeps its version and makes no event.
	SaveWorkers(ctx context.Context, workers []Worker, changed func(Worker) event.Event) ([]Worker, error)

	// Shifts reads the shifts that touch [from, to), of these workers or of all when none is given, ordered by start.
	Shifts(ctx context.Context, from, to time.Time, workers ...int32) ([]Shift, error)

	// Roll lists shifts with their workers, ordered by start and id.
	Roll(ctx context.Context, f ShiftFilter) ([]Served, error)

	// AddShifts adds all shifts, or none: overlapping then lists the indexes of those that lie over another shift of the same worker
	// (stored or in the list). now decides which of them count as begun and ended, so that the clock won't tell of them again. Every
	// worker must exist.
	AddShifts(ctx context.Context, shifts []Shift, now time.Time, added News) (done []Shift, overlapping []int, err error)

	// EndShift reads the shift, lets end set its To, and writes it as ended. A fault of kind NotFound tells that there is no such shift;
	// an error of end is passed on and nothing has happened.
	EndShift(ctx context.Context, id int64, end func(Worker, *Shift) error, ended News) (Shift, error)

	// MoveShift reads the shift, lets move set its From and To, and writes it, as one that is yet to begin. A fault of kind NotFound tells
	// that there is no such shift, Conflict "shift.overlap" that it would lie over another of the same worker.
	MoveShift(ctx context.Context, id int64, move func(Worker, *Shift) error, moved News) (Shift, error)

	// RemoveShift forgets a shift that is yet to begin. check may refuse.
	RemoveShift(ctx context.Context, id int64, check func(Worker, Shift) error, removed News) (Shift, error)

	// TakeEffect tells of every shift that has begun or ended by now and was not told of before. Several nodes may call it at once: each
	// beginning and end is told exactly once. It gives the number of events written.
	TakeEffect(ctx context.Context, now time.Time, started, ended News) (int, error)
}
