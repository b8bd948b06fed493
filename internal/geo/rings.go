package geo

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// Vertex is a point of the lattice, in 1e-7 degrees.
type Vertex struct{ Lon, Lat int32 }

// At gives the lattice point nearest to p.
func At(p orb.Point) Vertex { return Vertex{E7(p[0]), E7(p[1])} }

// Point is the vertex in degrees.
func (v Vertex) Point() orb.Point { return orb.Point{Degrees(v.Lon), Degrees(v.Lat)} }

// Rings are the rings of an area in flat arrays: vertices of ring i are Points[Start[i]:Start[i+1]], the first repeated at the end.
// Which side is inside follows the even-odd rule, so holes and several parts need no mark.
type Rings struct {
	Points []Vertex
	Start  []int32
}

// NewRings flattens polygons, snapped to the lattice.
func NewRings(polygons orb.MultiPolygon) Rings {
	r := Rings{Start: []int32{0}}
	for _, polygon := range polygons {
		for _, ring := range polygon {
			for _, p := range ring {
				r.Points = append(r.Points, At(p))
			}
			r.Start = append(r.Start, int32(len(r.Points)))
		}
	}
	return r
}

// Contains tells exactly whether the point lies inside. A point on the boundary counts as the point immediately east of it (and, on an
// edge that runs east–west, north of it): of areas that share an edge exactly one contains it.
func (r Rings) Contains(lon, lat int32) bool {
	inside := false
	for i := 0; i+1 < len(r.Start); i++ {
		ring := r.Points[r.Start[i]:r.Start[i+1]]
		if len(ring) == 0 {
			continue
		}
		a := ring[0]
		for _, b := range ring[1:] {
			if (a.Lat > lat) != (b.Lat > lat) && eastOf(a, b, lon, lat) {
				inside = !inside
			}
			a = b
		}
	}
	return inside
}

// eastOf tells whether the edge, which spans the latitude, passes east of the point. Each product is at most 3.6e9 × 1.8e9, which fits
// in 63 bits; so they are compared, not subtracted.
func eastOf(a, b Vertex, lon, lat int32) bool {
	dy := int64(b.Lat) - int64(a.Lat)
	left := (int64(lon) - int64(a.Lon)) * dy
	right := (int64(b.Lon) - int64(a.Lon)) * (int64(lat) - int64(a.Lat))
	if dy > 0 {
		return left < right
	}
	return left > right
}

// Touches tells whether the point lies exactly on an edge or a vertex.
func (r Rings) Touches(lon, lat int32) bool {
	for i := 0; i+1 < len(r.Start); i++ {
		ring := r.Points[r.Start[i]:r.Start[i+1]]
		for j := 1; j < len(ring); j++ {
			if onEdge(ring[j-1], ring[j], Vertex{lon, lat}) {
				return true
			}
		}
	}
	return false
}

func onEdge(a, b, p Vertex) bool {
	if p.Lon < min(a.Lon, b.Lon) || p.Lon > max(a.Lon, b.Lon) || p.Lat < min(a.Lat, b.Lat) || p.Lat > max(a.Lat, b.Lat) {
		return false
	}
	return (int64(p.Lon)-int64(a.Lon))*(int64(b.Lat)-int64(a.Lat)) == (int64(b.Lon)-int64(a.Lon))*(int64(p.Lat)-int64(a.Lat))
}

// Distance is how far the point is from the nearest edge, in metres, whether inside or outside; +Inf when there are no edges.
func (r Rings) Distance(lon, lat int32) float64 {
	local := NewLocal(orb.Point{0, Degrees(lat)})
	best := math.Inf(1)
	for i := 0; i+1 < len(r.Start); i++ {
		ring := r.Points[r.Start[i]:r.Start[i+1]]
		ax, ay := 0.0, 0.0
		for j, v := range ring {
			bx := float64(int64(v.Lon)-int64(lon)) * local.PerLonE7
			by := float64(int64(v.Lat)-int64(lat)) * local.PerLatE7
			if j > 0 {
				best = math.Min(best, segmentDistance2(ax, ay, bx, by))
			}
			ax, ay = bx, by
		}
	}
	return math.Sqrt(best)
}

// Bound is the smallest box around the rings; ok is false when there are none.
func (r Rings) Bound() (low, high Vertex, ok bool) {
	for i, v := range r.Points {
		if i == 0 {
			low, high = v, v
			continue
		}
		low = Vertex{min(low.Lon, v.Lon), min(low.Lat, v.Lat)}
		high = Vertex{max(high.Lon, v.Lon), max(high.Lat, v.Lat)}
	}
	return low, high, len(r.Points) > 0
}

// turn is the sign of the exact cross product (b−a) × (c−a): 1 when c lies left of a→b, −1 right, 0 on the line.
func turn(a, b, c Vertex) int {
	left := (int64(b.Lon) - int64(a.Lon)) * (int64(c.Lat) - int64(a.Lat))
	right := (int64(b.Lat) - int64(a.Lat)) * (int64(c.Lon) - int64(a.Lon))
	switch {
	case left > right:
		return 1
	case left < right:
		return -1
	}
	return 0
}

// doubleArea is twice the signed area of a closed ring in square lattice steps, exact: positive when it turns counter-clockwise.
func doubleArea(ring []Vertex) *big.Int {
	sum, term := new(big.Int), new(big.Int)
	for i := 1; i < len(ring); i++ {
		// Relative to the first vertex each product fits in 63 bits, their difference perhaps not.
		ax, ay := int64(ring[i-1].Lon)-int64(ring[0].Lon), int64(ring[i-1].Lat)-int64(ring[0].Lat)
		bx, by := int64(ring[i].Lon)-int64(ring[0].Lon), int64(ring[i].Lat)-int64(ring[0].Lat)
		sum.Add(sum, term.SetInt64(ax*by))
		sum.Sub(sum, term.SetInt64(bx*ay))
	}
	return sum
}
