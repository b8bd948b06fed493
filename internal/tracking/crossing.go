package tracking

import (
	"math"
	"strconv"
	"time"

	"wangge/internal/area"
	"wangge/internal/event"
)

// The rule of crossings.
//
// A worker whose presence is in grid A and whose fix lies in grid B has crossed over when the whole circle of the fix's uncertainty lies
// in B: the fix is deeper inside B than its accuracy. To leave for outside of every grid, the whole circle must lie outside of A. So
// somebody who stands still crosses at most once, however the fixes jitter, as long as they stay within their accuracy of the truth: to
// come back, a fix would have to lie deeper on the other side than its accuracy, farther from the truth than it claims to be.
// (Proof: let the truth lie d >= 0 inside B. A fix within r of it is at most r − d deep in any other grid.)
//
// The first fix of a shift enters its grid without a margin: there is nothing to flap from. A fix that the device itself calls invalid,
// or an older one than was judged before, changes nothing.

// Accuracies that the rule counts with, in metres.
const (
	assumedAccuracy = 15 // of a tracker that tells none: what a receiver in a street does
	leastAccuracy   = 5  // phones claim 1 to 3 m between houses and don't have it
)

// margin is how deep a fix must lie for a crossing, in metres.
func (r *Row) margin() float64 {
	if math.IsNaN(float64(r.Accuracy)) {
		return assumedAccuracy
	}
	return max(float64(r.Accuracy), leastAccuracy)
}

// crosses tells whether a worker present in grid `in` (0 outside) has crossed over to the grid that the row lies in.
func crosses(index *area.Index, in int32, r *Row) bool {
	switch r.Grid {
	case in:
		return false
	case 0:
		return -index.Depth(in, r.Lon, r.Lat) > r.margin()
	default:
		return index.Depth(r.Grid, r.Lon, r.Lat) > r.margin()
	}
}

// next tells the presence after a row, and whether that is a change. shift is when the worker's shift began: a presence from before it
// counts no more.
func (p Presence) next(index *area.Index, r *Row, shift time.Time) (Presence, bool) {
	at := time.UnixMicro(r.At).UTC()
	if r.Flags&FlagInvalid != 0 || at.Before(p.Since) {
		return p, false
	}
	fresh := p.Version == 0 || p.Since.Before(shift)
	switch {
	case fresh && r.Grid == 0:
		return p, false
	case !fresh && !crosses(index, p.Grid, r):
		return p, false
	}
	after := Presence{Worker: r.Worker, Grid: r.Grid, Since: at, Version: p.Version}
	if !fresh && p.Grid != 0 {
		after.Version++ // for worker.left
	}
	if r.Grid != 0 {
		after.Version++ // for worker.entered
	}
	return after, true
}

// presenceNews is the Data of worker.entered and worker.left: the grid that was entered or left. Worker is also the event's EntityID; the
// version counts the worker's crossings, apart from the version of the worker's own row, so the entity is "presence".
type presenceNews struct {
	Worker int32  `json:"worker"`
	Name   string `json:"name"`
	GridID int32  `json:"grid_id"`
	Grid   string `json:"grid"`
	Title  string `json:"grid_name"`
	At     string `json:"at"`
}

// tells makes the events of a change from one presence to the next, with consecutive versions.
func tells(index *area.Index, name string, before, after Presence, shift time.Time) []event.Event {
	var events []event.Event
	version := before.Version
	add := func(kind string, grid int32) {
		version++
		var code, title string
		if a := index.ByID(grid); a != nil {
			code, title = a.Code, a.Name
		}
		events = append(events, event.Event{
			Kind: kind, Entity: "presence", EntityID: strconv.Itoa(int(after.Worker)), Version: version, Area: code, At: after.Since,
			Data: mustJSON(presenceNews{after.Worker, name, grid, code, title, after.Since.Format(time.RFC3339Nano)}),
		})
	}
	if before.Grid != 0 && !before.Since.Before(shift) {
		add(event.WorkerLeft, before.Grid)
	}
	if after.Grid != 0 {
		add(event.WorkerEntered, after.Grid)
	}
	return events
}
