package live

import (
	"slices"

	"wangge/internal/identity"
)

// attach takes note of the clients that have come, gone, or want something else, and puts each into its lane. It returns those whose gaze
// has to be decided once the lanes are up to date.
func (h *Hub) attach() []*client {
	h.mu.Lock()
	wanting := h.wanting
	h.wanting = nil
	h.mu.Unlock()
	waiting := append(h.unsettled, wanting...)
	slices.SortFunc(waiting, func(a, b *client) int { return int(a.number) - int(b.number) })
	waiting = slices.Compact(waiting)
	for _, c := range waiting {
		w, gone := c.wanted()
		if !gone && c.gaze.lane == nil && len(h.degraded) > 0 {
			c.offer(statusOf(h.degraded))
		}
		switch {
		case gone:
			h.detach(c)
			h.watchCounts(c, countNone)
			continue
		case w.hidden:
			h.moveTo(c, h.slow)
		default:
			h.moveTo(c, h.fast)
		}
	}
	return slices.DeleteFunc(waiting, func(c *client) bool { return c.gaze.lane == nil })
}

// moveTo makes a client one of a lane, and of the stream of its scope there.
func (h *Hub) moveTo(c *client, l *lane) {
	if c.gaze.lane == l {
		return
	}
	h.detach(c)
	scope := c.principal.Scope
	s := l.streams[scope]
	if s == nil {
		s = &stream{lane: l, roster: h.roster(scope)}
		l.streams[scope] = s
	}
	s.clients++
	l.clients++
	c.gaze.lane, c.gaze.stream, c.gaze.synced = l, s, false
}

// detach takes a client out of its lane; a stream without clients ends, and a roster with its last stream.
func (h *Hub) detach(c *client) {
	g := &c.gaze
	if g.lane == nil {
		return
	}
	g.turn(modeNone)
	g.lane.clients--
	s, scope := g.stream, g.stream.roster.scope
	if s.clients--; s.clients == 0 {
		delete(g.lane.streams, scope)
	}
	if h.fast.streams[scope] == nil && h.slow.streams[scope] == nil {
		delete(h.rosters, scope)
	}
	g.lane, g.stream = nil, nil
}

// settle decides what each of the clients is shown from this tick on. Those whose lane has no frame now wait for its next one.
func (h *Hub) settle(waiting []*client) {
	h.unsettled = h.unsettled[:0]
	for _, c := range waiting {
		if c.gaze.lane.due {
			w, _ := c.wanted()
			h.decide(c, &w)
		} else {
			h.unsettled = append(h.unsettled, c)
		}
	}
}

// decide turns what a client wants into what it may see, and has it told anew if that differs from what it is shown.
func (h *Hub) decide(c *client, w *want) {
	g := &c.gaze
	mode, window, level := modeNone, window{}, countNone
	if c.principal.May(identity.PositionRead) {
		if w.view.positions() {
			mode, window = h.aim(g, &w.view)
		}
		if w.view.counts() {
			level = levelAt(w.view.zoom)
		}
	}
	follow := h.followed(c, w, mode)
	if mode != g.mode || window != g.window || !slices.Equal(follow, g.follow) {
		g.synced = false
	}
	g.turn(mode)
	g.window, g.follow = window, follow
	h.watchCounts(c, level)
}

// turn changes the mode and keeps count of it.
func (g *gaze) turn(mode gazeMode) {
	counters := [...]*int{modeWhole: &g.stream.wholes, modeView: &g.stream.views}
	if g.mode != modeNone {
		*counters[g.mode]--
	}
	if mode != modeNone {
		*counters[mode]++
	}
	g.mode = mode
}

// aim decides how a view is sent: a view that touches half of the scope's workers or more is cheaper as the whole scope, whose frame is
// made once for all.
func (h *Hub) aim(g *gaze, v *view) (gazeMode, window) {
	if v.box == nil {
		return modeWhole, window{}
	}
	w, touched := h.lattice.window(*v.box), 0
	order := g.lane.byCell()
	for row := w.r0; row <= w.r1; row++ {
		for _, worker := range order.row(&w, row) {
			if g.stream.roster.members.has(worker) {
				touched++
			}
		}
	}
	if touched > 0 && touched*2 >= g.stream.roster.count {
		return modeWhole, window{}
	}
	return modeView, w
}

// followed lists whom a client follows and may see. Who may not see others follows only himself, always. With the whole scope only those
// outside of it are left.
func (h *Hub) followed(c *client, w *want, mode gazeMode) (follow []int32) {
	own := c.principal.WorkerID
	if !c.principal.May(identity.PositionRead) {
		if own > 0 {
			follow = append(follow, own)
		}
		return follow
	}
	for _, id := range w.follow {
		worker, ok := h.opts.Directory.Worker(id)
		visible := ok && inScope(c.principal.Scope, worker.Area)
		if visible && mode != modeWhole || !visible && ok && id == own {
			follow = append(follow, id)
		}
	}
	return follow
}
