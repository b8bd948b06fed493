package post

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wangge/internal/event"
	"wangge/internal/fault"
)

// The part of the roster that a Directory holds: what late fixes may still ask for, and what begins before it is read again.
const (
	WindowBack  = 8 * 24 * time.Hour
	WindowAhead = 2 * 24 * time.Hour
)

// OnDuty is a worker with the shift that is in effect.
type OnDuty struct {
	Worker Worker
	Shift  Shift
}

// Directory answers "who is this worker" and "was the worker on shift then" from memory, for every fix. Reads take no lock and never
// wait for a change: a change makes a new picture and puts it in place of the old one. It holds every worker, and the shifts of
// WindowBack and WindowAhead around the last Load.
type Directory struct {
	store Store
	mu    sync.Mutex // one change at a time
	view  atomic.Pointer[picture]
}

// picture is one state of the directory; nothing in it ever changes.
type picture struct {
	people   []*person // by worker id; nil where there is none
	codes    map[string]int32
	revision uint64 // grows whenever a worker's row becomes another
}

type person struct {
	worker Worker
	shifts []Shift // ordered by From
}

// NewDirectory makes an empty directory; Load fills it.
func NewDirectory(store Store) *Directory {
	d := &Directory{store: store}
	d.view.Store(&picture{codes: map[string]int32{}})
	return d
}

// Load reads every worker and the shifts around now. Call it at the start, and now and then to move the window; RunClock does so.
func (d *Directory) Load(ctx context.Context, now time.Time) (err error) {
	defer fault.Wrap(&err, "post.Directory.Load")
	d.mu.Lock()
	defer d.mu.Unlock()
	workers, err := d.store.Workers(ctx)
	if err != nil {
		return err
	}
	shifts, err := d.store.Shifts(ctx, now.Add(-WindowBack), now.Add(WindowAhead))
	if err != nil {
		return err
	}
	next := &picture{codes: make(map[string]int32, len(workers)), revision: d.view.Load().revision}
	next.put(workers)
	next.replaceShifts(nil, shifts)
	d.view.Store(next)
	return nil
}

// Follow brings the directory up to date with what other nodes did. Give it every event of the log; it reads again only what the events
// about workers and shifts name.
func (d *Directory) Follow(ctx context.Context, now time.Time, events []event.Event) (err error) {
	defer fault.Wrap(&err, "post.Directory.Follow")
	changed, moved := concerned(events)
	if len(changed) == 0 && len(moved) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	workers, err := d.store.Workers(ctx, unique(slices.Concat(changed, moved))...)
	if err != nil {
		return err
	}
	var shifts []Shift
	if len(moved) > 0 {
		if shifts, err = d.store.Shifts(ctx, now.Add(-WindowBack), now.Add(WindowAhead), moved...); err != nil {
			return err
		}
	}
	next := d.view.Load().copy()
	next.put(workers)
	next.replaceShifts(moved, shifts)
	d.view.Store(next)
	return nil
}

// concerned lists the workers whose own row, and those whose shifts, the events tell of.
func concerned(events []event.Event) (changed, moved []int32) {
	for _, e := range events {
		switch {
		case e.Kind == event.WorkerChanged:
			if id, err := strconv.ParseInt(e.EntityID, 10, 32); err == nil {
				changed = append(changed, int32(id))
			}
		case strings.HasPrefix(e.Kind, "shift."):
			var data ShiftView
			if json.Unmarshal(e.Data, &data) == nil && data.Worker != 0 {
				moved = append(moved, data.Worker)
			}
		}
	}
	return unique(changed), unique(moved)
}

func unique(ids []int32) []int32 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// keepWorkers and keepShifts take over what this node has just committed, so that its next request sees it.
func (d *Directory) keepWorkers(workers []Worker) {
	d.change(func(p *picture) { p.put(workers) })
}

func (d *Directory) keepShifts(shifts ...Shift) {
	d.change(func(p *picture) {
		for _, s := range shifts {
			p.putShift(s)
		}
	})
}

func (d *Directory) dropShift(s Shift) {
	d.change(func(p *picture) { p.removeShift(s) })
}

func (d *Directory) change(fn func(*picture)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.view.Load().copy()
	fn(next)
	d.view.Store(next)
}

// Worker finds a worker by id.
func (d *Directory) Worker(id int32) (Worker, bool) {
	if p := d.view.Load().person(id); p != nil {
		return p.worker, true
	}
	return Worker{}, false
}

// ByCode finds a worker by staff number.
func (d *Directory) ByCode(code string) (Worker, bool) {
	view := d.view.Load()
	id, ok := view.codes[code]
	if !ok {
		return Worker{}, false
	}
	return view.people[id].worker, true
}

// Workers lists every worker, ordered by id.
func (d *Directory) Workers() []Worker {
	view := d.view.Load()
	workers := make([]Worker, 0, len(view.codes))
	for _, p := range view.people {
		if p != nil {
			workers = append(workers, p.worker)
		}
	}
	return workers
}

// Revision is a number that grows whenever a worker's row becomes another, for those who keep something made of them. It is this
// process's own.
func (d *Directory) Revision() uint64 { return d.view.Load().revision }

// OnShift tells whether a worker is on shift at an instant, which is whether a fix made then may be kept. Outside of the window that
// the directory holds the answer is no: what cannot be shown to be on shift isn't kept.
func (d *Directory) OnShift(worker int32, at time.Time) bool {
	_, ok := d.ShiftAt(worker, at)
	return ok
}

// ShiftAt finds the shift that a worker is on at an instant.
func (d *Directory) ShiftAt(worker int32, at time.Time) (Shift, bool) {
	p := d.view.Load().person(worker)
	if p == nil {
		return Shift{}, false
	}
	for i := len(p.shifts) - 1; i >= 0; i-- { // the newest is asked for most
		if p.shifts[i].Covers(at) {
			return p.shifts[i], true
		}
	}
	return Shift{}, false
}

// Current lists who is on shift at an instant, ordered by worker id.
func (d *Directory) Current(now time.Time) []OnDuty {
	var duties []OnDuty
	for _, p := range d.view.Load().people {
		if p == nil {
			continue
		}
		for _, s := range p.shifts {
			if s.Covers(now) {
				duties = append(duties, OnDuty{Worker: p.worker, Shift: s})
				break
			}
		}
	}
	return duties
}

// nextStart tells when the worker's next planned shift begins; zero when none is held.
func (d *Directory) nextStart(worker int32, after time.Time) time.Time {
	if p := d.view.Load().person(worker); p != nil {
		for _, s := range p.shifts {
			if s.From.After(after) {
				return s.From
			}
		}
	}
	return time.Time{}
}

func (v *picture) person(id int32) *person {
	if id < 0 || int(id) >= len(v.people) {
		return nil
	}
	return v.people[id]
}

func (v *picture) copy() *picture {
	return &picture{people: slices.Clone(v.people), codes: v.codes, revision: v.revision}
}

// put adds or replaces workers. An older version never replaces a newer one.
func (v *picture) put(workers []Worker) {
	if slices.ContainsFunc(workers, func(w Worker) bool { _, known := v.codes[w.Code]; return !known }) {
		v.codes = maps.Clone(v.codes) // a staff number never changes its worker, so only new ones touch the map
	}
	for _, w := range workers {
		if int(w.ID) >= len(v.people) {
			v.people = append(v.people, make([]*person, int(w.ID)+1-len(v.people))...)
		}
		old := v.people[w.ID]
		if old == nil {
			old = &person{}
		} else if old.worker.Version > w.Version {
			continue
		}
		if old.worker != w {
			v.revision++
		}
		v.people[w.ID] = &person{worker: w, shifts: old.shifts}
		if _, known := v.codes[w.Code]; !known {
			v.codes[w.Code] = w.ID
		}
	}
}

// replaceShifts sets the shifts of these workers (and of everybody named in shifts) to what was read.
func (v *picture) replaceShifts(workers []int32, shifts []Shift) {
	for _, id := range workers {
		if p := v.person(id); p != nil {
			v.people[id] = &person{worker: p.worker}
		}
	}
	for _, s := range shifts {
		v.putShift(s)
	}
}

func (v *picture) putShift(s Shift) {
	p := v.person(s.WorkerID)
	if p == nil {
		return
	}
	kept := make([]Shift, 0, len(p.shifts)+1)
	for _, old := range p.shifts {
		if old.ID != s.ID {
			kept = append(kept, old)
		} else if old.Version > s.Version {
			return
		}
	}
	kept = append(kept, s)
	slices.SortFunc(kept, func(a, b Shift) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	v.people[s.WorkerID] = &person{worker: p.worker, shifts: kept}
}

func (v *picture) removeShift(s Shift) {
	if p := v.person(s.WorkerID); p != nil {
		kept := slices.DeleteFunc(slices.Clone(p.shifts), func(old Shift) bool { return old.ID == s.ID })
		v.people[s.WorkerID] = &person{worker: p.worker, shifts: kept}
	}
}
