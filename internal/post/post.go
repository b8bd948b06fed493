// Package post knows the people of the grid: workers, the grid each is posted to, and the shifts they are on.
//
// Workers are tracked on shift only: OnShift is the one question that decides whether a fix may be kept.
package post

import "time"

// Duty is what a worker is posted as.
type Duty string

// The duties of a grid.
const (
	GridLeader Duty = "grid_leader" // 网格长
	GridMember Duty = "grid_worker" // 网格员
)

// Worker is one posted person. ID is small and dense enough to serve as the handle of the live stream.
type Worker struct {
	ID      int32
	Code    string // staff number, unique
	Name    string
	Phone   string
	Duty    Duty
	Area    string // code of the grid (or community) the worker is posted to; who may see the worker is decided by this
	Demo    bool   // demonstration data
	Left    bool   // serves no more: is never on shift and gets no new one
	Version int64
}

// Shift is a time during which a worker serves and may be tracked. To is zero while it is open-ended.
type Shift struct {
	ID       int64
	WorkerID int32
	From, To time.Time // UTC; [From, To)
	Version  int64
}

// Covers tells whether the instant lies in the shift.
func (s Shift) Covers(t time.Time) bool {
	return !t.Before(s.From) && (s.To.IsZero() || t.Before(s.To))
}
