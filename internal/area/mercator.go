package area

import (
	"math"

	"github.com/paulmach/orb"
)

// worldBits is how finely places on the world square are kept: ten bits finer than the units of the last zoom's tiles, so that rounding
// twice, first here and then to a tile's units, is as good as rounding once.
const worldBits = MaxZoom + extentBits + 10

// mercator is a place on the world square of Web Mercator (EPSG:3857), in units of 2⁻⁴⁰ of its side (0.04 mm), x east and y south.
type mercator struct{ x, y int64 }

// project puts a point on the world square. Latitudes beyond the square's end on its edge.
func project(p orb.Point) mercator {
	const side = 1 << worldBits
	sin := math.Sin(p[1] * math.Pi / 180)
	y := 0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)
	clamp := func(v float64) int64 { return int64(math.Round(math.Max(0, math.Min(side-1, v*side)))) }
	return mercator{clamp(p[0]/360 + 0.5), clamp(y)}
}

// Tiles have 4096 units a side (MVT's usual extent); polygons and lines go on for 64 units beyond, so that an outline's stroke shows no
// seam.
const (
	extentBits = 12
	extent     = 1 << extentBits
	buffer     = 64
)

// quantise rounds a place to the units of a zoom's tiles, counted from the world's north-west corner. Equal places stay equal, which is
// all that keeps neighbours together: no polygon is simplified for itself.
func (m mercator) quantise(zoom int) mercator {
	shift := worldBits - extentBits - zoom
	half := int64(1) << shift >> 1
	return mercator{(m.x + half) >> shift, (m.y + half) >> shift}
}

// frame is a tile's place: the units of its north-west corner.
type frame struct {
	zoom int
	x, y int64
}

// within gives a place in the tile's own units.
func (f frame) within(m mercator) mercator {
	q := m.quantise(f.zoom)
	return mercator{q.x - f.x, q.y - f.y}
}

// has tells whether the tile owns a point: its northern and western edges belong to it, the others to its neighbours, so each point is
// in exactly one tile.
func (f frame) has(m mercator) bool {
	q := f.within(m)
	return q.x >= 0 && q.x < extent && q.y >= 0 && q.y < extent
}

// extents is a box on the world square, sides included.
type extents struct{ low, high mercator }

func (e extents) with(m mercator) extents {
	return extents{mercator{min(e.low.x, m.x), min(e.low.y, m.y)}, mercator{max(e.high.x, m.x), max(e.high.y, m.y)}}
}

// nothing is the box that holds no point.
var nothing = extents{mercator{math.MaxInt64, math.MaxInt64}, mercator{math.MinInt64, math.MinInt64}}

// touches tells whether something in the box may show in the tile or its buffer.
func (f frame) touches(e extents) bool {
	if e.low.x > e.high.x {
		return false
	}
	low, high := f.within(e.low), f.within(e.high)
	return high.x >= -buffer && low.x <= extent+buffer && high.y >= -buffer && low.y <= extent+buffer
}

// side is one of the four lines that a tile with its buffer is cut out by.
type side struct {
	vertical bool
	at       int64
	keep     int64 // 1: what is greater stays, −1: what is less
}

var sides = [4]side{{true, -buffer, 1}, {true, extent + buffer, -1}, {false, -buffer, 1}, {false, extent + buffer, -1}}

func (s side) across(m mercator) int64 {
	if s.vertical {
		return m.x
	}
	return m.y
}

func (s side) inside(m mercator) bool { return (s.across(m)-s.at)*s.keep >= 0 }

// cross is where the edge a–b crosses the side, rounded. It is the same for b–a, so neighbours are cut at the same place.
func (s side) cross(a, b mercator) mercator {
	if s.across(a) > s.across(b) {
		a, b = b, a
	}
	t := float64(s.at-s.across(a)) / float64(s.across(b)-s.across(a))
	if s.vertical {
		return mercator{s.at, int64(math.Round(float64(a.y) + t*float64(b.y-a.y)))}
	}
	return mercator{int64(math.Round(float64(a.x) + t*float64(b.x-a.x))), s.at}
}

// cut cuts an open ring (last point not repeated) to the tile with its buffer, side by side (Sutherland and Hodgman, 1974). What
// remains of a concave ring may run along the cut there and back; that lies outside of what is shown.
func cut(ring []mercator) []mercator {
	for _, s := range sides {
		if len(ring) == 0 {
			return nil
		}
		out := make([]mercator, 0, len(ring)+4)
		a := ring[len(ring)-1]
		for _, b := range ring {
			if s.inside(a) != s.inside(b) {
				out = append(out, s.cross(a, b))
			}
			if s.inside(b) {
				out = append(out, b)
			}
			a = b
		}
		ring = out
	}
	return ring
}
