package live

import (
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/tracking"
)

// take brings the hub's picture up to date with the table.
func (h *Hub) take(now time.Time) {
	h.opts.Table.Drain(&h.drained)
	if n := len(h.drained.Moved); n > 0 {
		h.fit(int(h.drained.Moved[n-1].Worker) + 1)
	}
	for i := range h.drained.Moved {
		h.move(&h.drained.Moved[i], now)
	}
	for _, worker := range h.drained.Removed {
		h.drop(worker)
	}
}

// fit makes room for handles below size.
func (h *Hub) fit(size int) {
	for len(h.present) < size {
		h.present = append(h.present, mark{cell: noCell})
	}
	short := max(0, size-len(h.seen))
	h.seen = append(h.seen, make([]int64, short)...)
	h.grid = append(h.grid, make([]int32, short)...)
	h.people = append(h.people, make([]person, short)...)
	h.fast.fit(size)
	h.slow.fit(size)
}

// move puts a worker where the table says. Whoever isn't on shift doesn't come onto the map, wherever the position came from.
func (h *Hub) move(m *tracking.Motion, now time.Time) {
	if h.present[m.Worker].cell == noCell && !h.admit(m.Worker, now) {
		h.forget(m.Worker)
		return
	}
	q := quantise(m, m.StateAt(now.UnixMilli()))
	q.cell = h.lattice.cell(q.lon, q.lat)
	h.present[m.Worker], h.seen[m.Worker], h.grid[m.Worker] = q, m.Seen, m.Grid
	h.touch(m.Worker)
}

func (h *Hub) touch(worker int32) {
	h.fast.dirty.set(worker)
	h.slow.dirty.set(worker)
}

// admit lets a worker onto the map, when the worker is known and on shift.
func (h *Hub) admit(worker int32, now time.Time) bool {
	w, ok := h.opts.Directory.Worker(worker)
	if !ok || !h.opts.Directory.OnShift(worker, now) {
		return false
	}
	h.people[worker] = newPerson(w)
	for _, r := range h.rosters {
		r.admit(worker, w.Area)
	}
	return true
}

// span lays the lattice over the areas' bound. When areas have been imported that reach elsewhere, everybody is in another cell than before,
// and every client gets everything anew.
func (h *Hub) span(bound orb.Bound) {
	if bound == h.bound && h.lattice != (lattice{}) {
		return
	}
	h.bound, h.lattice = bound, newLattice(bound)
	for _, marks := range [][]mark{h.present, h.fast.told, h.slow.told} {
		for i := range marks {
			if q := &marks[i]; q.cell != noCell {
				q.cell = h.lattice.cell(q.lon, q.lat)
			}
		}
	}
	h.anew()
}

// drop takes a worker off the map. One who isn't on it stays off.
func (h *Hub) drop(worker int32) {
	if int(worker) >= len(h.present) || h.present[worker].cell == noCell {
		return
	}
	h.present[worker], h.grid[worker] = mark{cell: noCell}, 0
	h.touch(worker)
	for _, r := range h.rosters {
		r.dismiss(worker)
	}
}

// forget removes a worker who is off shift from this node and from what other nodes would learn at their start.
func (h *Hub) forget(worker int32) {
	h.opts.Table.Remove(worker)
	h.opts.Broker.Forget(worker)
}

// sweep looks at everybody on the map again: who has gone silent, who is off shift, who was posted elsewhere.
func (h *Hub) sweep(now time.Time) {
	if now.Sub(h.swept) < sweepEvery && !h.resettle.Swap(false) {
		return
	}
	h.swept = now
	ms, moved := now.UnixMilli(), false
	for i := range h.present {
		worker, q := int32(i), &h.present[i]
		if q.cell == noCell {
			continue
		}
		w, ok := h.opts.Directory.Worker(worker)
		if !ok || !h.opts.Directory.OnShift(worker, now) {
			h.drop(worker)
			h.forget(worker)
			continue
		}
		if p := &h.people[i]; p.area != w.Area || p.version != w.Version {
			moved = moved || p.area != w.Area
			h.people[i] = newPerson(w)
			h.renew()
		}
		if state := (&tracking.Motion{Seen: h.seen[i]}).StateAt(ms); state != q.state {
			q.state = state
			h.touch(worker)
		}
	}
	if moved {
		h.repost()
	}
}

// renew lets the shared identity messages be made anew.
func (h *Hub) renew() {
	for _, r := range h.rosters {
		r.changed = true
	}
}

// repost decides anew who is visible in which scope; every client gets everything with its next frame, since what the scope has lost
// is no change of any worker.
func (h *Hub) repost() {
	for _, r := range h.rosters {
		r.fill(h)
	}
	h.anew()
}

// anew has every client told everything with its next frame, and what it is shown and whom it may follow decided again.
func (h *Hub) anew() {
	for _, c := range h.everyone() {
		if c.gaze.lane != nil {
			c.gaze.synced = false
			h.notice(c)
		}
	}
}

// roster finds or makes the roster of a scope.
func (h *Hub) roster(scope string) *roster {
	r := h.rosters[scope]
	if r == nil {
		r = &roster{scope: scope}
		r.fill(h)
		h.rosters[scope] = r
	}
	return r
}

func (r *roster) fill(h *Hub) {
	clear(r.members)
	r.count, r.changed = 0, true
	for worker := range h.present {
		if h.present[worker].cell != noCell {
			r.admit(int32(worker), h.people[worker].area)
		}
	}
}

func (r *roster) admit(worker int32, area string) {
	if inScope(r.scope, area) && !r.members.has(worker) {
		r.members.fit(int(worker) + 1)
		r.members.set(worker)
		r.count++
		r.changed = true
	}
}

func (r *roster) dismiss(worker int32) {
	if r.members.has(worker) {
		r.members.unset(worker)
		r.count--
		r.changed = true
	}
}
