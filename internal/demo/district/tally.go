package district

import "math"

// tally is what the cost of a division in two is reckoned from. All of it is sums of whole numbers, so handing a face over is a matter
// of a few additions, and the order of additions changes nothing.
type tally struct {
	weight [3]int64 // by side
	area2  [3]int64 // by side
	border [3]int64 // length of each side's boundary, in millimetres
	cut    [3]int64 // length of the cut by class of street, in millimetres
}

// tallyOf marks the sides of a region's faces and adds up.
func (d *divider) tallyOf(r, lower, upper region) tally {
	d.mark(lower, low)
	d.mark(upper, high)
	var t tally
	for _, f := range r {
		s := d.side[f]
		t.weight[s] += d.weight(f)
		t.area2[s] += d.mesh.faces[f].area2
		for _, h := range d.mesh.faces[f].halves {
			n := d.sideOf(d.mesh.neighbour(h))
			if n != s {
				t.border[s] += d.mesh.length(h)
			}
			if s == low && n == high {
				t.cut[d.class(h)] += d.mesh.length(h)
			}
		}
	}
	d.mark(r, neither)
	return t
}

func (d *divider) mark(r region, s side) {
	for _, f := range r {
		d.side[f] = s
	}
}

// sideOf is the side of a face; neither for the outside and for faces of other regions.
func (d *divider) sideOf(f int32) side {
	if f == outside {
		return neither
	}
	return d.side[f]
}

// handOver is the tally after face f, now on side s, goes to the other side.
func (d *divider) handOver(t tally, f int32, s side) tally {
	other := low + high - s
	t.weight[s] -= d.weight(f)
	t.weight[other] += d.weight(f)
	t.area2[s] -= d.mesh.faces[f].area2
	t.area2[other] += d.mesh.faces[f].area2
	for _, h := range d.mesh.faces[f].halves {
		length := d.mesh.length(h)
		switch d.sideOf(d.mesh.neighbour(h)) {
		case s:
			t.border[s] += length
			t.border[other] += length
			t.cut[d.class(h)] += length
		case other:
			t.border[s] -= length
			t.border[other] -= length
			t.cut[d.class(h)] -= length
		default:
			t.border[s] -= length
			t.border[other] += length
		}
	}
	return t
}

// imbalance is by how many areas' weight the low side is too heavy.
func (t tally) imbalance(c cut) float64 {
	total := float64(t.weight[low] + t.weight[high])
	return (float64(t.weight[low])/total - c.share) * float64(c.leaves)
}

// cost weighs up a division: the length of the cut by the streets it runs along, in widths of the region; how unequal the sides are; and
// how far from compact the worse side is.
func (t tally) cost(c cut) float64 {
	var length float64
	for k, mm := range t.cut {
		length += float64(float64(mm) * (c.street[k] / 1000))
	}
	width := math.Sqrt(squareMetres(t.area2[low] + t.area2[high]))
	off := t.imbalance(c)
	loose := max(t.looseness(low), t.looseness(high))
	return length/width + float64(3*float64(off*off)) + float64(1.8*loose)
}

// looseness is 0 for a square and grows with the length of the border: 0.125 for a rectangle of 1:2, 0.33 for 1:3.
func (t tally) looseness(s side) float64 {
	if t.area2[s] <= 0 {
		return math.Inf(1)
	}
	p := float64(t.border[s]) / 1000
	return float64(p*p)/float64(16*squareMetres(t.area2[s])) - 1
}

// improve hands faces over from side to side as long as that lowers the cost. Nil if the sides aren't simple areas in the end.
func (d *divider) improve(r region, c cut, s *split) *split {
	t := d.tallyOf(r, s.low, s.high)
	d.mark(s.low, low)
	d.mark(s.high, high)
	for range 25 {
		if !d.improveOnce(r, c, &t) {
			break
		}
	}
	out := &split{cost: t.cost(c)}
	for _, f := range r {
		if d.side[f] == low {
			out.low = append(out.low, f)
		} else {
			out.high = append(out.high, f)
		}
	}
	d.mark(r, neither)
	if !d.sound(out, c) {
		return nil
	}
	return out
}

// improveOnce tries every face at the cut once and tells whether any was handed over.
func (d *divider) improveOnce(r region, c cut, t *tally) bool {
	changed := false
	for _, f := range r {
		s := d.side[f]
		if !d.atCut(f, s) {
			continue
		}
		after := d.handOver(*t, f, s)
		if after.cost(c) < t.cost(c)-1e-9 && d.movable(f, s) {
			*t = after
			d.side[f] = low + high - s
			changed = true
		}
	}
	return changed
}

// atCut tells whether face f of side s borders on the other side.
func (d *divider) atCut(f int32, s side) bool {
	for _, h := range d.mesh.faces[f].halves {
		if d.sideOf(d.mesh.neighbour(h)) == low+high-s {
			return true
		}
	}
	return false
}

// movable tells whether both sides stay in one piece, without holes or pinched corners, when face f leaves side s: around f, its contact
// with its own side and its contact with the other side must each be one stretch of border.
func (d *divider) movable(f int32, s side) bool {
	return d.contacts(f, s) == 1 && d.contacts(f, low+high-s) == 1
}

// contacts counts the stretches of f's border, corners included, that touch other faces of side s.
func (d *divider) contacts(f int32, s side) int {
	var touch []bool // corner, edge, corner, edge …
	for _, h := range d.mesh.faces[f].halves {
		touch = append(touch, d.cornerTouches(d.mesh.halves[h].from, f, s), d.sideOf(d.mesh.neighbour(h)) == s)
	}
	stretches := 0
	for k := range touch {
		if touch[k] && !touch[(k+len(touch)-1)%len(touch)] {
			stretches++
		}
	}
	return stretches
}

// cornerTouches tells whether a face of side s other than f meets at a vertex.
func (d *divider) cornerTouches(vertex, f int32, s side) bool {
	for _, h := range d.mesh.out[vertex] {
		if n := d.mesh.halves[h].face; n != f && d.sideOf(n) == s {
			return true
		}
	}
	return false
}
