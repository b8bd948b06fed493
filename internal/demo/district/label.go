package district

import "container/heap"

// labelPoint is the place inside the ring that is farthest from its border, to within 2 % of that distance: where a label or a number
// stands best. It searches squares, the most promising first, and quarters them as long as a better place can hide inside.
func (r ring) labelPoint() (at metres, clearance float64) {
	flat := r.flat()
	low, high := bounds(flat)
	size := min(high.E-low.E, high.N-low.N)
	best := newSquare(flat, r.centre(), 0)
	queue := &squares{}
	for e := low.E; e < high.E; e += size {
		for n := low.N; n < high.N; n += size {
			heap.Push(queue, newSquare(flat, metres{e + size/2, n + size/2}, size/2))
		}
	}
	for queue.Len() > 0 {
		s := heap.Pop(queue).(square)
		if s.clearance > best.clearance {
			best = s
		}
		if s.promise <= best.clearance+max(1, float64(0.02*best.clearance)) {
			break
		}
		h := s.half / 2
		for _, d := range []metres{{-h, -h}, {h, -h}, {-h, h}, {h, h}} {
			heap.Push(queue, newSquare(flat, s.middle.plus(d), h))
		}
	}
	return best.middle, best.clearance
}

// square is a part of the plane still to be searched.
type square struct {
	middle    metres
	half      float64 // half of its side
	clearance float64 // distance of the middle from the border, negative outside
	promise   float64 // no place in the square is farther from the border than this
}

func newSquare(flat []metres, middle metres, half float64) square {
	d := clearanceOf(flat, middle)
	return square{middle, half, d, d + float64(half*1.4142135624)}
}

// squares is a heap with the most promising square first.
type squares []square

func (q squares) Len() int           { return len(q) }
func (q squares) Less(i, j int) bool { return q[i].promise > q[j].promise }
func (q squares) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *squares) Push(x any)        { *q = append(*q, x.(square)) }
func (q *squares) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// flat is the ring in metres.
func (r ring) flat() []metres {
	out := make([]metres, len(r))
	for k, v := range r {
		out[k] = v.metres()
	}
	return out
}

func bounds(points []metres) (low, high metres) {
	low, high = points[0], points[0]
	for _, p := range points {
		low = metres{min(low.E, p.E), min(low.N, p.N)}
		high = metres{max(high.E, p.E), max(high.N, p.N)}
	}
	return low, high
}

// clearanceOf is the distance of p from a ring's border; negative outside of the ring.
func clearanceOf(flat []metres, p metres) float64 {
	inside := false
	nearest := -1.0
	for k, a := range flat {
		b := flat[(k+1)%len(flat)]
		if (a.N > p.N) != (b.N > p.N) && p.E < a.E+float64((b.E-a.E)*((p.N-a.N)/(b.N-a.N))) {
			inside = !inside
		}
		if d := distanceToSegment(p, a, b); nearest < 0 || d < nearest {
			nearest = d
		}
	}
	if !inside {
		return -nearest
	}
	return nearest
}

func distanceToSegment(p, a, b metres) float64 {
	ab := b.minus(a)
	f := min(1, max(0, p.minus(a).dot(ab)/ab.dot(ab)))
	return p.minus(a.toward(b, f)).length()
}
