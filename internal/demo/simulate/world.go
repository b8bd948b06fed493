package simulate

import (
	"container/heap"
	"time"

	"wangge/internal/client"
)

// World is the model: what every phone and everybody in the offices does, and when. It reads no clock and does no input or output: the
// same Setup gives the same actions, instant by instant. It is not for use from several goroutines.
type World struct {
	setup  Setup
	phones []*phone
	due    phoneHeap
	bureau *bureau
}

// Setup is all that a World depends on.
type Setup struct {
	District *District
	Phones   []Phone
	Classes  []Class
	Seed     uint64
	Start    time.Time
	Interval time.Duration // between a phone's fixes
	PerDay   float64       // incidents on a day
	Pace     float64       // how many times faster than in life incidents come and are handled; phones live in real time
}

// Action is one thing that happens: exactly one of the three is set.
type Action struct {
	At     time.Time
	Send   *Transmission
	Report *NewIncident
	Move   *Move
}

// NewWorld sets everybody in place at setup.Start.
func NewWorld(setup Setup) *World {
	w := &World{setup: setup}
	w.bureau = newBureau(setup.District, setup.Classes, setup.PerDay, setup.Pace, setup.Seed, setup.Start)
	for _, p := range setup.Phones {
		w.phones = append(w.phones, newPhone(setup.District, p, len(w.phones), setup.Interval, setup.Seed, setup.Start))
		w.wake(len(w.phones)-1, setup.Start)
	}
	return w
}

func (w *World) wake(index int, now time.Time) {
	if next, ok := w.phones[index].wake(now); ok {
		heap.Push(&w.due, waking{next, index})
	}
}

// SetShifts replaces a phone's shifts, as known at an instant: the roster goes on. A phone on shift ends when the new roster says so.
// What the new roster leaves as it was changes nothing.
func (w *World) SetShifts(index int, shifts []Span, now time.Time) {
	p := w.phones[index]
	p.Shifts = shifts
	next, ok := p.upcoming(now)
	switch {
	case ok && next == p.span:
		return // it is on it, or waits for it
	case ok && p.on && next.From.Equal(p.span.From):
		p.span, p.ends = next, next.To
		return
	}
	w.due.remove(index)
	w.wake(index, now)
}

// Adopt takes on an open incident that was there before, so that it is brought to its end. The number names it in Moves.
func (w *World) Adopt(state client.IncidentState, now time.Time) (number int) {
	number = w.bureau.number
	w.bureau.number++
	w.bureau.plan(number, state, now)
	return number
}

// Next gives the next action that happens not after `until`, in the order of time. When there is none, ok is false, and `at` says when to
// ask again at the latest.
func (w *World) Next(until time.Time) (a Action, at time.Time, ok bool) {
	for {
		at, source := w.earliest(until)
		if source == nobody || at.After(until) {
			return Action{}, at, false
		}
		switch source {
		case moveDue:
			m := w.bureau.step()
			return Action{At: at, Move: &m.Move}, at, true
		case incidentDue:
			n := w.bureau.report()
			return Action{At: at, Report: &n}, at, true
		}
		if sent, ok := w.turn(); ok {
			return Action{At: at, Send: &sent}, at, true
		}
	}
}

// asleep is how long after the asked-for instant to ask again when nothing is planned before that.
const asleep = time.Second

type source uint8

const (
	nobody      source = iota
	moveDue            // a planned move
	incidentDue        // a new incident
	phoneDue           // a phone
)

func (w *World) earliest(until time.Time) (at time.Time, s source) {
	at, s = until.Add(asleep), nobody
	consider := func(t time.Time, from source) {
		if t.Before(at) {
			at, s = t, from
		}
	}
	if len(w.bureau.moves) > 0 {
		consider(w.bureau.moves[0].at, moveDue)
	}
	if !w.bureau.next.IsZero() {
		consider(w.bureau.next, incidentDue)
	}
	if len(w.due) > 0 {
		consider(w.due[0].at, phoneDue)
	}
	return at, s
}

// turn lets the phone act that is due.
func (w *World) turn() (Transmission, bool) {
	due := &w.due[0]
	sent, send, next, more := w.phones[due.index].act(due.at)
	if more {
		due.at = next
		heap.Fix(&w.due, 0)
	} else {
		heap.Pop(&w.due)
	}
	return sent, send
}

// waking is when a phone acts next.
type waking struct {
	at    time.Time
	index int
}

type phoneHeap []waking

func (h phoneHeap) Len() int { return len(h) }
func (h phoneHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].index < h[j].index
}
func (h phoneHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *phoneHeap) Push(x any)   { *h = append(*h, x.(waking)) }
func (h *phoneHeap) Pop() any {
	last := len(*h) - 1
	w := (*h)[last]
	*h = (*h)[:last]
	return w
}

func (h *phoneHeap) remove(index int) {
	for i, w := range *h {
		if w.index == index {
			heap.Remove(h, i)
			return
		}
	}
}
