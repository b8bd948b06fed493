package live

import "sync"

// lane is one cadence: the positions that its clients have been told, and what changes with the present tick. There are two, the
// ordinary one and that of hidden pages; each client that gets every frame of its lane holds exactly the lane's told marks.
type lane struct {
	every   uint64 // ticks between its frames
	told    []mark // by handle
	dirty   bitset // handles that may differ from what was told
	streams map[string]*stream
	clients int

	// What changes with the present tick; empty between its ticks.
	due     bool
	now     int64 // ms since 1970 UTC
	tick    uint64
	changes []change // by ascending handle
	payload []byte   // what is told in full
	at      []int32  // by handle: its index in changes + 1, or 0

	orderMu   sync.Mutex // guards the order while clients are served
	order     cellOrder  // everybody told, by cell; built for the first keyframe of a view in a tick
	ordered   bool       // order is of the present tick
	everybody []int32
}

// change is what a tick tells of one worker, encoded once for all clients: as a difference for those who hold the worker, in full for
// those to whose part of the map it comes anew. It is small and holds the difference itself, because views pick changes from all over the
// map and pay for every cache line.
type change struct {
	worker    int32
	full      uint32 // index in lane.payload, when the worker came onto the map or into another cell
	from, to  int16  // cell before and after; noCell off the map
	fullSize  uint8
	fullBits  uint8 // low bits of the head
	deltaSize uint8
	deltaBits uint8
	delta     [deltaRoom]byte
}

// deltaRoom is the most that a difference takes without its head: two coordinates and an age of 5 bytes each, course and speed.
const deltaRoom = 17

func newLane(every uint64) *lane {
	return &lane{every: every, streams: map[string]*stream{}}
}

// fit makes room for handles below size.
func (l *lane) fit(size int) {
	for len(l.told) < size {
		l.told = append(l.told, mark{cell: noCell})
	}
	l.at = append(l.at, make([]int32, max(0, size-len(l.at)))...)
	l.dirty.fit(size)
}

// collect finds what differs from what was told, encodes it, and makes it what was told. A lane without clients only remembers where to
// look: whoever joins it begins with everything.
func (l *lane) collect(present []mark, now int64, tick uint64) {
	l.forget()
	l.due = tick%l.every == 0 && l.clients > 0
	if !l.due {
		return
	}
	l.now, l.tick, l.ordered = now, tick, false
	l.dirty.take(func(worker int32) {
		if is, was := &present[worker], &l.told[worker]; *is != *was {
			l.encode(worker, is, was)
			*was = *is
		}
	})
}

// forget clears the changes of the tick before.
func (l *lane) forget() {
	for i := range l.changes {
		l.at[l.changes[i].worker] = 0
	}
	l.changes, l.payload = l.changes[:0], l.payload[:0]
}

func (l *lane) encode(worker int32, is, was *mark) {
	l.changes = append(l.changes, change{worker: worker, from: int16(was.cell), to: int16(is.cell)})
	c := &l.changes[len(l.changes)-1]
	if c.from >= 0 && c.to >= 0 {
		var delta []byte
		delta, c.deltaBits = is.appendDelta(c.delta[:0], was, l.now)
		c.deltaSize = uint8(len(delta))
	}
	if c.to >= 0 && c.from != c.to {
		c.full = uint32(len(l.payload))
		l.payload, c.fullBits = is.appendFull(l.payload, l.now)
		c.fullSize = uint8(len(l.payload) - int(c.full))
	}
	l.at[worker] = int32(len(l.changes))
}

// changeOf finds what the tick tells of a worker; nil when nothing.
func (l *lane) changeOf(worker int32) *change {
	if worker < 0 || int(worker) >= len(l.at) || l.at[worker] == 0 {
		return nil
	}
	return &l.changes[l.at[worker]-1]
}

// toldOf tells what clients of the lane hold of a worker; false when it is not on the map.
func (l *lane) toldOf(worker int32) (*mark, bool) {
	if worker < 0 || int(worker) >= len(l.told) || l.told[worker].cell == noCell {
		return nil, false
	}
	return &l.told[worker], true
}

// appendDelta appends a change for those who hold the worker already. The gap is from the handle before, or from 0 in a view.
func (c *change) appendDelta(b []byte, gap int32) []byte {
	return append(appendHead(b, gap, c.deltaBits), c.delta[:c.deltaSize]...)
}

// appendFull appends a change for those who don't hold the worker. Only a worker that came onto the map or into another cell has one.
func (l *lane) appendFull(b []byte, c *change, gap int32) []byte {
	b = appendHead(b, gap, c.fullBits)
	return append(b, l.payload[c.full:c.full+uint32(c.fullSize)]...)
}

// appendRemovals appends the removals of workers who have left a section; they are given by their index in the lane's changes.
func (l *lane) appendRemovals(b []byte, left []int32) []byte {
	last := int32(0)
	for _, i := range left {
		c := &l.changes[i]
		b, last = appendRemoval(b, c.worker-last, c.to == noCell), c.worker
	}
	return b
}

// appendTold appends the upsert of a worker of a keyframe.
func (l *lane) appendTold(b []byte, worker, gap int32) []byte {
	var room [24]byte
	q := &l.told[worker]
	payload, bits := q.appendFull(room[:0], l.now)
	return append(appendHead(b, gap, bits), payload...)
}

// byCell lists everybody on the map by cell, as told. Safe for the goroutines that serve clients.
func (l *lane) byCell() *cellOrder {
	l.orderMu.Lock()
	defer l.orderMu.Unlock()
	if !l.ordered {
		l.everybody = l.everybody[:0]
		for worker := range l.told {
			l.everybody = append(l.everybody, int32(worker))
		}
		l.order.build(l.everybody, func(w int32) int32 { return l.told[w].cell })
		l.ordered = true
	}
	return &l.order
}
