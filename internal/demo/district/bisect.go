package district

import (
	"fmt"
	"math"
	"slices"
)

// The areas of each level are made by cutting in two, again and again, along streets: straight through where a street goes straight
// through, then with blocks handed over at the cut where that makes the cut shorter, keeps it on bigger streets, or balances the
// sides. That leaves compact areas with square corners, as boundaries that were put straight have.

// cut asks for a region to be divided in two.
type cut struct {
	axes   []axis
	share  float64    // of the weight that should come to the low side (west or south)
	leaves int        // areas that the region will end up as; a mistake of one leaf is a big one
	faces  [3]int     // how many faces each side needs at the least, by side
	street [3]float64 // what a metre of cut costs, by class of street
}

// What a metre of cut costs. A community's border on a lane is worse than a grid's.
var (
	costBetweenCommunities = [3]float64{mainStreet: 0.5, secondaryStreet: 0.8, laneStreet: 1.6}
	costBetweenGrids       = [3]float64{mainStreet: 0.8, secondaryStreet: 0.9, laneStreet: 1}
)

// divider divides regions of a mesh.
type divider struct {
	mesh   *mesh
	middle func(f int32, a axis) int // where a face lies across an axis, in half fine lines
	class  func(e int32) class
	weight func(f int32) int64
	side   []side // of each face, while a region is divided
}

// side is the side of a cut that a face is on.
type side int8

const (
	neither side = iota
	low
	high
)

// divide cuts a region into n areas of about equal weight.
func (d *divider) divide(r region, n int, street [3]float64) ([]region, error) {
	if n == 1 {
		return []region{r}, nil
	}
	var best *split
	for _, lower := range slices.Compact([]int{n / 2, n - n/2}) {
		c := cut{axes: []axis{eastward, northward}, share: float64(lower) / float64(n), leaves: n, street: street}
		c.faces = [3]int{low: lower, high: n - lower}
		if s := d.bisect(r, c); s != nil && (best == nil || s.cost < best.cost) {
			s.lowLeaves = lower
			best = s
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%d faces near %v can't be divided into %d areas", len(r), d.mesh.centre(r).snap().orb(), n)
	}
	lower, err := d.divide(best.low, best.lowLeaves, street)
	if err != nil {
		return nil, err
	}
	upper, err := d.divide(best.high, n-best.lowLeaves, street)
	return append(lower, upper...), err
}

// split is a region divided in two. Lower cost is better.
type split struct {
	low, high region
	lowLeaves int
	cost      float64
}

// bisect finds the best cut of a region; nil if there is none that leaves two simple areas.
func (d *divider) bisect(r region, c cut) *split {
	var straight []*split
	for _, a := range c.axes {
		for _, at := range d.places(r, a) {
			if s := d.cutStraight(r, c, a, at); s != nil {
				straight = append(straight, s)
			}
		}
	}
	slices.SortStableFunc(straight, func(a, b *split) int { return compare(a.cost, b.cost) })
	var best *split
	for _, s := range straight[:min(len(straight), 6)] {
		if s = d.improve(r, c, s); s != nil && (best == nil || s.cost < best.cost) {
			best = s
		}
	}
	return best
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// places are where a region can be cut across an axis: between the middles of its faces.
func (d *divider) places(r region, a axis) []int {
	var out []int
	for _, f := range r {
		out = append(out, d.middle(f, a))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[1:]
}

// cutStraight divides a region at one place. Pieces that come off are given to the other side. Nil if that doesn't work out, or if the
// sides are far from the shares asked for.
func (d *divider) cutStraight(r region, c cut, a axis, at int) *split {
	var lower, upper region
	for _, f := range r {
		if d.middle(f, a) < at {
			lower = append(lower, f)
		} else {
			upper = append(upper, f)
		}
	}
	t := d.tallyOf(r, lower, upper)
	if math.Abs(t.imbalance(c)) > 1.2 {
		return nil
	}
	for range 3 {
		lower, upper = d.mendSides(lower, upper)
		upper, lower = d.mendSides(upper, lower)
	}
	s := &split{low: lower, high: upper, cost: d.tallyOf(r, lower, upper).cost(c)}
	if !d.sound(s, c) {
		return nil
	}
	return s
}

// mendSides gives all but the largest part of a to b.
func (d *divider) mendSides(a, b region) (region, region) {
	parts := d.mesh.parts(a)
	if len(parts) < 2 {
		return a, b
	}
	for _, p := range parts[1:] {
		b = append(b, p...)
	}
	slices.Sort(b)
	return parts[0], b
}

// sound tells whether both sides are simple areas with enough faces to be divided on.
func (d *divider) sound(s *split, c cut) bool {
	if len(s.low) < max(1, c.faces[low]) || len(s.high) < max(1, c.faces[high]) {
		return false
	}
	_, lowErr := d.mesh.borderOf(s.low)
	_, highErr := d.mesh.borderOf(s.high)
	return lowErr == nil && highErr == nil
}
