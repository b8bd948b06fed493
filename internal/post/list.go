package post

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// WorkerOrder is how a list of workers is sorted; equals stand by id.
type WorkerOrder string

// The orders of workers.
const (
	ByID   WorkerOrder = "id"
	ByCode WorkerOrder = "code"
	ByName WorkerOrder = "name"
	ByArea WorkerOrder = "area"
)

// WorkerFilter says which workers are wanted. Empty fields don't restrict.
type WorkerFilter struct {
	Area    string // only those posted in this area
	Text    string // part of the name or the staff number
	Duty    Duty
	OnShift *bool // now
	Left    *bool
	Order   WorkerOrder // ByID when empty
	After   int32       // behind this worker, in that order; 0 for the first
	Limit   int
}

// Workers lists workers in the caller's scope, at most f.Limit of them. When the worker to go on behind is gone meanwhile, the list is
// at its end.
func (s *Service) Workers(by identity.Principal, f WorkerFilter) []Worker {
	found := slices.DeleteFunc(s.directory.Workers(), func(w Worker) bool { return !by.Sees(w.Area) || !s.fits(w, f) })
	slices.SortStableFunc(found, func(a, b Worker) int {
		return cmp.Or(strings.Compare(a.sortKey(f.Order), b.sortKey(f.Order)), cmp.Compare(a.ID, b.ID))
	})
	if f.After != 0 {
		last, ok := s.directory.Worker(f.After)
		if !ok {
			return nil
		}
		found = slices.DeleteFunc(found, func(w Worker) bool {
			return cmp.Or(strings.Compare(w.sortKey(f.Order), last.sortKey(f.Order)), cmp.Compare(w.ID, last.ID)) <= 0
		})
	}
	return found[:min(len(found), f.Limit)]
}

func (s *Service) fits(w Worker, f WorkerFilter) bool {
	text := strings.ToLower(f.Text)
	return lies(w.Area, f.Area) && (f.Duty == "" || w.Duty == f.Duty) && (f.Left == nil || w.Left == *f.Left) &&
		(strings.Contains(strings.ToLower(w.Name), text) || strings.Contains(strings.ToLower(w.Code), text)) &&
		(f.OnShift == nil || s.directory.OnShift(w.ID, s.clock()) == *f.OnShift)
}

func (w Worker) sortKey(order WorkerOrder) string {
	switch order {
	case ByCode:
		return w.Code
	case ByName:
		return w.Name
	case ByArea:
		return w.Area
	}
	return ""
}

// ShiftFilter says which shifts are wanted. Empty fields don't restrict.
type ShiftFilter struct {
	Scope    string    // area code: only shifts of workers posted in it
	Area     string    // and in this one
	From, To time.Time // those that touch [From, To)
	Worker   int32
	Text     string // part of the worker's name or staff number
	After    Shift  // behind this one: its From and ID count; the zero shift for the first
	Limit    int
}

// Served is a shift with the worker who serves it.
type Served struct {
	Shift  Shift
	Worker Worker
}

// Roll lists shifts of workers in the caller's scope, ordered by start, at most f.Limit of them.
func (s *Service) Roll(ctx context.Context, by identity.Principal, f ShiftFilter) (served []Served, err error) {
	defer fault.Wrap(&err, "post.Roll(%v, %v)", f.From, f.To)
	if by.Scope == "" {
		return nil, nil
	}
	f.Scope = by.Scope
	return s.store.Roll(ctx, f)
}
