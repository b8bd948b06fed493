package live

// pieces is what a tick tells of the workers who have stayed in their cell, encoded in the order of the cells: what a window touches of a
// row is one piece, which goes into a view's frame as it is. Putting a view together so costs a copy per row, and nothing per position.
type pieces struct {
	order cellOrder
	bytes []byte
	start [latticeSide*latticeSide + 1]cellStart
}

// cellStart is where a cell begins.
type cellStart struct {
	at    uint32 // in the bytes
	count uint32 // upserts before it
}

// build encodes the changes with these indices, none of which crosses an edge of a cell.
func (p *pieces) build(l *lane, stayed []int32) {
	p.order.build(stayed, func(i int32) int32 { return int32(l.changes[i].to) })
	p.bytes = p.bytes[:0]
	for cell := range p.start[:len(p.start)-1] {
		from, to := p.order.start[cell], p.order.start[cell+1]
		p.start[cell] = cellStart{at: uint32(len(p.bytes)), count: uint32(from)}
		for _, i := range p.order.items[from:to] {
			p.bytes = l.changes[i].appendDelta(p.bytes, l.changes[i].worker)
		}
	}
	p.start[len(p.start)-1] = cellStart{at: uint32(len(p.bytes)), count: uint32(len(p.order.items))}
}

// count tells how many upserts lie in a window.
func (p *pieces) count(w *window) (n int) {
	for row := w.r0; row <= w.r1; row++ {
		n += int(p.start[row*latticeSide+w.c1+1].count - p.start[row*latticeSide+w.c0].count)
	}
	return n
}

// append appends what lies in a window.
func (p *pieces) append(b []byte, w *window) []byte {
	for row := w.r0; row <= w.r1; row++ {
		b = append(b, p.bytes[p.start[row*latticeSide+w.c0].at:p.start[row*latticeSide+w.c1+1].at]...)
	}
	return b
}
