package live

import "slices"

// want is what a client has asked for, as its read loop heard it.
type want struct {
	view   view
	follow []int32 // ascending
	hidden bool
}

// gaze is what a client is being shown. The hub's loop owns it, and while clients are served the one goroutine that serves this client.
type gaze struct {
	lane   *lane
	stream *stream
	mode   gazeMode
	synced bool // the client holds what the lane has told of this gaze
	level  countLevel
	follow []int32 // ascending; only such as the client may see
	window window  // with modeView
	known  bitset  // whom the client has been told the identity of
}

// gazeMode is how positions are sent, apart from the followed workers.
type gazeMode uint8

const (
	modeNone gazeMode = iota
	modeWhole
	modeView
)

// server is what one goroutine needs while it serves clients; its memory is reused from client to client.
type server struct {
	hub     *Hub
	made    []byte  // the position frames made for single clients of the portion
	out     []byte  // what is written at once
	inside  []int32 // in the view
	workers []int32 // to introduce
	removed []int32

	attending bool // peers are looked after with this tick

	frames, positions, skipped, bytes, writes uint64
}

// look tells what the tick has for a client: a frame with its WebSocket header and the number of positions in it. The frame is valid
// until the next portion, or, when shared, until the end of the tick. Identities that must come before it are pushed into the client's queue.
func (s *server) look(c *client) ([]byte, int) {
	g := &c.gaze
	if !g.synced {
		g.synced = true
		return s.everything(c)
	}
	if g.mode == modeWhole {
		s.introduceArrivals(c)
		if len(g.follow) == 0 {
			return g.stream.frame, g.stream.size
		}
	}
	return s.differences(c)
}

// everything makes the frame for a client of which it isn't known what it holds.
func (s *server) everything(c *client) ([]byte, int) {
	g := &c.gaze
	if g.mode == modeWhole {
		s.introduceScope(c)
		if len(g.follow) == 0 {
			return g.stream.keyframe()
		}
	}
	b, at := beginMessage(s.made)
	b = appendFrameHead(b, flagEverything, g.lane.now, g.lane.tick)
	size := 0
	switch g.mode {
	case modeWhole:
		b, size = g.stream.appendScope(b)
	case modeView:
		b, size = s.appendViewAnew(b, c)
	}
	b, followed := s.appendFollowedAnew(b, c)
	s.introduce(c)
	s.made = endMessage(b, at, opBinary)
	return s.made[at:], size + followed
}

// appendViewAnew appends the keyframe section of a client's view.
func (s *server) appendViewAnew(b []byte, c *client) ([]byte, int) {
	g := &c.gaze
	order := g.lane.byCell()
	s.inside = s.inside[:0]
	for row := g.window.r0; row <= g.window.r1; row++ {
		for _, worker := range order.row(&g.window, row) {
			if g.stream.roster.members.has(worker) {
				s.inside = append(s.inside, worker)
			}
		}
	}
	b = appendSectionHead(b, SectionView, true, len(s.inside), 0)
	for _, worker := range s.inside {
		b = g.lane.appendTold(b, worker, worker)
		s.meet(c, worker)
	}
	return b, len(s.inside)
}

// appendFollowedAnew appends the keyframe section of a client's followed workers; nothing when nobody is followed.
func (s *server) appendFollowedAnew(b []byte, c *client) ([]byte, int) {
	g := &c.gaze
	if len(g.follow) == 0 {
		return b, 0
	}
	size := 0
	for _, worker := range g.follow {
		if _, ok := g.lane.toldOf(worker); ok {
			size++
		}
	}
	b = appendSectionHead(b, SectionFollowed, true, size, 0)
	last := int32(0)
	for _, worker := range g.follow {
		if _, ok := g.lane.toldOf(worker); ok {
			b, last = g.lane.appendTold(b, worker, worker-last), worker
			s.meet(c, worker)
		}
	}
	return b, size
}

// differences makes the frame for a client that holds what the lane has told before; empty when nothing that it sees has changed.
func (s *server) differences(c *client) ([]byte, int) {
	g := &c.gaze
	b, at := beginMessage(s.made)
	b = appendFrameHead(b, 0, g.lane.now, g.lane.tick)
	head, size := len(b), 0
	switch g.mode {
	case modeWhole:
		b, size = g.stream.appendDifferences(b)
	case modeView:
		b, size = s.appendView(b, c)
	}
	b, followed := s.appendFollowed(b, c)
	s.introduce(c)
	if len(b) == head {
		s.made = b[:at]
		return nil, 0
	}
	s.made = endMessage(b, at, opBinary)
	return s.made[at:], size + followed
}

// appendView appends what has changed in a client's view: whole pieces of those who have stayed in their cells, and one by one, in full
// where the worker has come into the view, those who have crossed an edge.
func (s *server) appendView(b []byte, c *client) ([]byte, int) {
	l, w, stream := c.gaze.lane, &c.gaze.window, c.gaze.stream
	s.inside, s.removed = s.inside[:0], s.removed[:0]
	for i := range stream.crossed {
		switch crossing := &stream.crossed[i]; {
		case w.has(crossing.to):
			s.inside = append(s.inside, int32(i))
		case w.has(crossing.from):
			s.removed = append(s.removed, crossing.change)
		}
	}
	size := stream.pieces.count(w) + len(s.inside)
	if size == 0 && len(s.removed) == 0 {
		return b, 0
	}
	b = stream.pieces.append(appendSectionHead(b, SectionView, false, size, len(s.removed)), w)
	for _, i := range s.inside {
		crossing := &stream.crossed[i]
		if change := &l.changes[crossing.change]; w.has(crossing.from) {
			b = change.appendDelta(b, change.worker)
		} else {
			b = l.appendFull(b, change, change.worker)
			s.meet(c, change.worker)
		}
	}
	return l.appendRemovals(b, s.removed), size
}

// appendFollowed appends what has changed of a client's followed workers.
func (s *server) appendFollowed(b []byte, c *client) ([]byte, int) {
	g := &c.gaze
	l, size := g.lane, 0
	s.removed = s.removed[:0]
	for _, worker := range g.follow {
		switch change := l.changeOf(worker); {
		case change == nil:
		case change.to == noCell:
			s.removed = append(s.removed, l.at[worker]-1)
		default:
			size++
		}
	}
	if size == 0 && len(s.removed) == 0 {
		return b, 0
	}
	b = appendSectionHead(b, SectionFollowed, false, size, len(s.removed))
	last := int32(0)
	for _, worker := range g.follow {
		switch change := l.changeOf(worker); {
		case change == nil || change.to == noCell:
		case change.from == noCell:
			b, last = l.appendFull(b, change, worker-last), worker
			s.meet(c, worker)
		default:
			b, last = change.appendDelta(b, worker-last), worker
		}
	}
	return l.appendRemovals(b, s.removed), size
}

// meet notes a worker whom the client has to be told the identity of.
func (s *server) meet(c *client, worker int32) {
	if !c.gaze.known.has(worker) {
		s.workers = append(s.workers, worker)
	}
}

// introduce pushes the identities of those noted.
func (s *server) introduce(c *client) {
	if len(s.workers) == 0 {
		return
	}
	slices.Sort(s.workers)
	s.workers = slices.Compact(s.workers) // in the view and followed
	c.tell(s.hub.identities(s.workers)...)
	c.gaze.know(s.workers)
	s.workers = s.workers[:0]
}

// introduceScope tells a client who everybody in its scope is.
func (s *server) introduceScope(c *client) {
	g := &c.gaze
	fresh := len(g.known) == 0
	g.stream.eachMember(func(worker int32) { s.meet(c, worker) })
	if fresh && len(s.workers) > 0 {
		c.tell(s.hub.introductions(g.stream)...)
		g.know(s.workers)
		s.workers = s.workers[:0]
	}
	s.introduce(c)
}

// introduceArrivals tells a client that looks at its whole scope who has come onto the map.
func (s *server) introduceArrivals(c *client) {
	g := &c.gaze
	newcomer := g.stream.newcomer
	if len(newcomer) == 0 {
		return
	}
	for _, worker := range newcomer {
		s.meet(c, worker)
	}
	if len(s.workers) == len(newcomer) {
		c.tell(s.hub.arrivals(g.stream)...)
		g.know(s.workers)
		s.workers = s.workers[:0]
	}
	s.introduce(c)
}

func (g *gaze) know(workers []int32) {
	if len(workers) == 0 {
		return
	}
	g.known.fit(int(workers[len(workers)-1]) + 1)
	for _, worker := range workers {
		g.known.set(worker)
	}
}
