package live

import (
	"strings"
	"sync"
)

// stream is a lane as seen by everybody with one scope: its frame of the tick is made once and shared by all who look at the whole
// scope; those with a view pick from it.
type stream struct {
	lane    *lane
	roster  *roster // who is visible in the scope
	clients int
	wholes  int // clients that look at everything
	views   int // clients that look at a part, or follow

	visible  []int32    // indices in lane.changes, by ascending handle
	frame    []byte     // the whole scope's frame with its WebSocket header; empty when nothing has changed
	size     int        // positions in frame
	stayed   []int32    // visible that are in the cell they were in
	crossed  []crossing // by ascending handle
	pieces   pieces     // stayed, encoded for views; kept while there are views
	gone     []int32    // visible that have left the map, by ascending handle
	newcomer []int32    // who has come onto the map with this tick, ascending

	welcome *sync.Once // tells who the newcomers are; made by the first client that needs it in a tick
	arrived [][]byte
	keyOnce *sync.Once // the keyframe likewise
	key     []byte
	keySize int
}

// crossing is somebody visible who has come into a cell or left one. Every view looks at all of them.
type crossing struct {
	change   int32 // index in lane.changes
	from, to spot
}

// roster is who may be seen in one scope, and the messages that say who they are.
type roster struct {
	scope   string
	members bitset // handles on the map whose post lies in the scope
	count   int

	changed bool       // the messages no longer tell of exactly the members
	mu      sync.Mutex // guards the messages, which are made by the first client that needs them
	made    [][]byte
}

// inScope is the rule of identity.Principal.Sees, for a scope alone.
func inScope(scope, area string) bool { return scope != "" && strings.HasPrefix(area, scope) }

// prepare makes the tick's frame. areaOf tells where a worker who has just left the map was posted.
func (s *stream) prepare(areaOf func(int32) string) {
	l := s.lane
	s.visible, s.stayed, s.crossed, s.gone, s.newcomer = s.visible[:0], s.stayed[:0], s.crossed[:0], s.gone[:0], s.newcomer[:0]
	for i := range l.changes {
		c := &l.changes[i]
		if !s.roster.members.has(c.worker) && (c.to != noCell || !inScope(s.roster.scope, areaOf(c.worker))) {
			continue
		}
		s.visible = append(s.visible, int32(i))
		if c.from == c.to {
			s.stayed = append(s.stayed, int32(i))
		} else {
			s.crossed = append(s.crossed, crossing{int32(i), spotOf(c.from), spotOf(c.to)})
		}
		if c.from == noCell {
			s.newcomer = append(s.newcomer, c.worker)
		}
		if c.to == noCell {
			s.gone = append(s.gone, int32(i))
		}
	}
	s.frame, s.size = s.frame[:0], 0
	if s.wholes > 0 && len(s.visible) > 0 {
		s.encodeWhole()
	}
	if s.views > 0 {
		s.pieces.build(l, s.stayed)
	}
	s.keyOnce, s.welcome = new(sync.Once), new(sync.Once)
}

func (s *stream) encodeWhole() {
	b, at := beginMessage(s.frame)
	b = appendFrameHead(b, 0, s.lane.now, s.lane.tick)
	b, s.size = s.appendDifferences(b)
	s.frame = endMessage(b, at, opBinary)
}

// appendDifferences appends what has changed in the whole scope; nothing when nothing has.
func (s *stream) appendDifferences(b []byte) ([]byte, int) {
	if len(s.visible) == 0 {
		return b, 0
	}
	l := s.lane
	b = appendSectionHead(b, SectionScope, false, len(s.visible)-len(s.gone), len(s.gone))
	last := int32(0)
	for _, i := range s.visible {
		switch c := &l.changes[i]; {
		case c.to == noCell:
		case c.from == noCell:
			b, last = l.appendFull(b, c, c.worker-last), c.worker
		default:
			b, last = c.appendDelta(b, c.worker-last), c.worker
		}
	}
	return l.appendRemovals(b, s.gone), len(s.visible) - len(s.gone)
}

// keyframe is everything in the scope as one frame with its WebSocket header. Safe for the goroutines that serve clients.
func (s *stream) keyframe() ([]byte, int) {
	s.keyOnce.Do(func() {
		l := s.lane
		b, at := beginMessage(s.key[:0])
		b = appendFrameHead(b, flagEverything, l.now, l.tick)
		b, s.keySize = s.appendScope(b)
		s.key = endMessage(b, at, opBinary)
	})
	return s.key, s.keySize
}

// appendScope appends the keyframe section of the whole scope.
func (s *stream) appendScope(b []byte) ([]byte, int) {
	size := 0
	s.eachMember(func(int32) { size++ })
	b = appendSectionHead(b, SectionScope, true, size, 0)
	last := int32(0)
	s.eachMember(func(worker int32) {
		b, last = s.lane.appendTold(b, worker, worker-last), worker
	})
	return b, size
}

// eachMember calls f for everybody in the scope whom the lane has told of, by ascending handle.
func (s *stream) eachMember(f func(worker int32)) {
	for worker := range s.lane.told {
		if w := int32(worker); s.lane.told[w].cell != noCell && s.roster.members.has(w) {
			f(w)
		}
	}
}
