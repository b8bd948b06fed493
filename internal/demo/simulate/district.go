package simulate

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/geo"
)

// District is the ground that the simulated people walk on, as the server has it.
type District struct {
	Grids  []Grid
	Plane  geo.Local // metres about the district's middle
	ByCode map[string]int
}

// Grid is one grid with the doors in it.
type Grid struct {
	Code       string
	Name       string
	Households int
	Boundary   orb.Polygon // its largest part, WGS-84
	Doors      []Door
	Label      orb.Point
}

// Door is a place in a grid where a worker has something to do: in front of a building.
type Door struct {
	Name   string // as in an incident's address
	Floors int
	At     orb.Point
}

// tall is the number of floors from which a building keeps the sky from a phone.
const tall = 9

// NewDistrict puts grids together. Grids without a door get some within their boundary, so that everybody has somewhere to go.
func NewDistrict(grids []Grid, seed uint64) *District {
	d := &District{Grids: grids, ByCode: make(map[string]int, len(grids))}
	var middle orb.Bound
	for i, g := range grids {
		d.ByCode[g.Code] = i
		if i == 0 {
			middle = g.Label.Bound()
		}
		middle = middle.Extend(g.Label)
	}
	d.Plane = geo.NewLocal(middle.Center())
	for i := range grids {
		if len(grids[i].Doors) == 0 {
			grids[i].Doors = corners(&grids[i], dice(seed, "doors", grids[i].Code))
		}
	}
	return d
}

// corners makes up places inside a grid that has no buildings.
func corners(g *Grid, r *rand.Rand) []Door {
	const wanted, tries = 12, 200
	doors := []Door{{Name: g.Name, At: g.Label}}
	if len(g.Boundary) == 0 {
		return doors
	}
	box := g.Boundary.Bound()
	for try := 0; try < tries && len(doors) < wanted; try++ {
		p := orb.Point{
			box.Min[0] + r.Float64()*(box.Max[0]-box.Min[0]),
			box.Min[1] + r.Float64()*(box.Max[1]-box.Min[1]),
		}
		if planar.PolygonContains(g.Boundary, p) {
			doors = append(doors, Door{Name: g.Name, At: p})
		}
	}
	return doors
}

// DoorOf gives the place before a building: beside the middle of its longest wall, so far outside that one stands on the path.
func DoorOf(footprint orb.Polygon, plane geo.Local) orb.Point {
	const off = 4.0 // metres
	if len(footprint) == 0 || len(footprint[0]) < 2 {
		return footprint.Bound().Center()
	}
	ring, centre := footprint[0], footprint.Bound().Center()
	longest, from, to := -1.0, ring[0], ring[1]
	for i := 1; i < len(ring); i++ {
		if d := geo.Distance(ring[i-1], ring[i]); d > longest {
			longest, from, to = d, ring[i-1], ring[i]
		}
	}
	middle := placeOf(plane, orb.Point{(from[0] + to[0]) / 2, (from[1] + to[1]) / 2})
	out := middle.minus(placeOf(plane, centre))
	if out.length() == 0 {
		return centre
	}
	return middle.plus(out.times(off / out.length())).point(plane)
}

// dice gives the random numbers of one thing. They depend on the seed and on the thing's own name only: another worker more or less
// changes nobody else's way.
func dice(seed uint64, of ...string) *rand.Rand {
	h := fnv.New64a()
	for _, s := range of {
		h.Write([]byte(s)) //nolint:errcheck // a hash never fails
		h.Write([]byte{0}) //nolint:errcheck // a hash never fails
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// place is metres east and north.
type place struct{ x, y float64 }

func placeOf(plane geo.Local, p orb.Point) place {
	x, y := plane.Metres(p)
	return place{x, y}
}

func (p place) point(plane geo.Local) orb.Point { return plane.Point(p.x, p.y) }
func (p place) plus(q place) place              { return place{p.x + q.x, p.y + q.y} }
func (p place) minus(q place) place             { return place{p.x - q.x, p.y - q.y} }
func (p place) times(f float64) place           { return place{p.x * f, p.y * f} }
func (p place) length() float64                 { return math.Hypot(p.x, p.y) }
