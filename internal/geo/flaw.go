package geo

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// Flaw is something that makes polygons unfit to be a boundary, and where.
type Flaw struct {
	Code string    // "ring.short", "ring.open", "ring.spike", "ring.crosses", "ring.touches", "polygon.invalid"
	Text string    // an English clause, without the place
	At   orb.Point // where
}

// maxFlaws is how many flaws of one geometry are told: a hopeless one need not be described in full.
const maxFlaws = 5

// Flaws finds what is wrong with cleaned polygons (see Clean): rings with fewer than three corners or not closed, spikes, rings that
// cross or touch themselves or each other, holes outside, parts that overlap (OGC Simple Features 06-103r4, 6.1.11). None: the polygons
// are valid. At most five are given.
func Flaws(polygons orb.MultiPolygon) []Flaw {
	var flaws []Flaw
	for _, polygon := range polygons {
		for _, ring := range polygon {
			flaws = append(flaws, ringFlaws(ring)...)
		}
	}
	if len(flaws) == 0 {
		flaws = crossings(polygons)
	}
	if len(flaws) == 0 {
		flaws = nesting(polygons)
	}
	return flaws[:min(len(flaws), maxFlaws)]
}

func ringFlaws(ring orb.Ring) []Flaw {
	switch {
	case ring[0] != ring[len(ring)-1]:
		return []Flaw{{"ring.open", "the ring is not closed: its last point is not its first", ring[0]}}
	case len(ring) < 4:
		return []Flaw{{"ring.short", "the ring has fewer than three corners", ring[0]}}
	}
	v := vertices(ring)
	for i := 1; i < len(v); i++ {
		next := v[1]
		if i+1 < len(v) {
			next = v[i+1]
		}
		if goesBack(v[i-1], v[i], next) {
			return []Flaw{{"ring.spike", "the ring goes back on itself", ring[i]}}
		}
	}
	return nil
}

// goesBack tells whether the path a→b→c turns round by exactly half a circle at b.
func goesBack(a, b, c Vertex) bool {
	dot := (float64(b.Lon)-float64(a.Lon))*(float64(c.Lon)-float64(b.Lon)) + (float64(b.Lat)-float64(a.Lat))*(float64(c.Lat)-float64(b.Lat))
	return dot < 0 && turn(a, b, c) == 0
}

// edge is one side of a ring.
type edge struct {
	a, b            Vertex
	ring, at, sides int // which ring, its place in it, and how many sides that has
}

// crossings finds where sides of the rings meet that must not. It sweeps from west to east, so only sides that share a longitude are
// compared.
func crossings(polygons orb.MultiPolygon) []Flaw {
	edges := edgesOf(polygons)
	slices.SortFunc(edges, func(e, f edge) int { return cmp.Compare(min(e.a.Lon, e.b.Lon), min(f.a.Lon, f.b.Lon)) })
	var active []edge
	var flaws []Flaw
	for _, e := range edges {
		west := min(e.a.Lon, e.b.Lon)
		active = slices.DeleteFunc(active, func(f edge) bool { return max(f.a.Lon, f.b.Lon) < west })
		for _, f := range active {
			if flaw, bad := meet(e, f); bad {
				if flaws = append(flaws, flaw); len(flaws) == maxFlaws {
					return flaws
				}
			}
		}
		active = append(active, e)
	}
	return flaws
}

func edgesOf(polygons orb.MultiPolygon) []edge {
	var edges []edge
	number := 0
	for _, polygon := range polygons {
		for _, ring := range polygon {
			v := vertices(ring)
			for i := 1; i < len(v); i++ {
				edges = append(edges, edge{v[i-1], v[i], number, i - 1, len(v) - 1})
			}
			number++
		}
	}
	return edges
}

// meet tells whether two sides meet in a way that a valid polygon forbids. Neighbours in a ring share their corner; sides of different
// rings may touch in a corner (whether too often, nesting decides).
func meet(e, f edge) (Flaw, bool) {
	if max(e.a.Lat, e.b.Lat) < min(f.a.Lat, f.b.Lat) || max(f.a.Lat, f.b.Lat) < min(e.a.Lat, e.b.Lat) {
		return Flaw{}, false
	}
	same := e.ring == f.ring
	if gap := (e.at - f.at + e.sides) % max(e.sides, 1); same && (gap == 1 || gap == e.sides-1) {
		return Flaw{}, false
	}
	t1, t2 := turn(e.a, e.b, f.a), turn(e.a, e.b, f.b)
	t3, t4 := turn(f.a, f.b, e.a), turn(f.a, f.b, e.b)
	if t1*t2 < 0 && t3*t4 < 0 {
		return Flaw{"ring.crosses", "two sides cross", crossing(e, f)}, true
	}
	for _, v := range []Vertex{f.a, f.b} {
		if same && onEdge(e.a, e.b, v) {
			return Flaw{"ring.touches", "the ring touches itself", v.Point()}, true
		}
	}
	for _, v := range []Vertex{e.a, e.b} {
		if same && onEdge(f.a, f.b, v) {
			return Flaw{"ring.touches", "the ring touches itself", v.Point()}, true
		}
	}
	return Flaw{}, false
}

func crossing(e, f edge) orb.Point {
	ax, ay := float64(e.a.Lon), float64(e.a.Lat)
	dx, dy := float64(e.b.Lon)-ax, float64(e.b.Lat)-ay
	cx, cy := float64(f.a.Lon), float64(f.a.Lat)
	ex, ey := float64(f.b.Lon)-cx, float64(f.b.Lat)-cy
	t := ((cx-ax)*ey - (cy-ay)*ex) / (dx*ey - dy*ex)
	return Snap(orb.Point{(ax + t*dx) / Scale, (ay + t*dy) / Scale})
}

// nesting leaves to simplefeatures what remains once no two sides cross: whether holes lie inside, parts apart, and all hangs together.
func nesting(polygons orb.MultiPolygon) []Flaw {
	for _, polygon := range polygons {
		if err := polygonGeometry(polygon).Validate(); err != nil {
			return []Flaw{{"polygon.invalid", fmt.Sprintf("the polygon is not valid (%v)", err), polygon[0][0]}}
		}
	}
	if len(polygons) > 1 {
		if err := Geometry(polygons).Validate(); err != nil {
			return []Flaw{{"polygon.invalid", fmt.Sprintf("the parts do not go together (%v)", err), polygons[0][0][0]}}
		}
	}
	return nil
}

// Geometry gives polygons to simplefeatures, without checking them.
func Geometry(polygons orb.MultiPolygon) geom.Geometry {
	if len(polygons) == 1 {
		return polygonGeometry(polygons[0]).AsGeometry()
	}
	parts := make([]geom.Polygon, len(polygons))
	for i, polygon := range polygons {
		parts[i] = polygonGeometry(polygon)
	}
	return geom.NewMultiPolygon(parts).AsGeometry()
}

func polygonGeometry(polygon orb.Polygon) geom.Polygon {
	rings := make([]geom.LineString, len(polygon))
	for i, ring := range polygon {
		flat := make([]float64, 0, 2*len(ring))
		for _, p := range ring {
			flat = append(flat, p[0], p[1])
		}
		rings[i] = geom.NewLineString(geom.NewSequence(flat, geom.DimXY))
	}
	return geom.NewPolygon(rings)
}

// Polygons takes the polygons out of a result of simplefeatures; lines and points in it are left out.
func Polygons(g geom.Geometry) orb.MultiPolygon {
	var out orb.MultiPolygon
	switch g.Type() {
	case geom.TypePolygon:
		if p := g.MustAsPolygon(); !p.IsEmpty() {
			out = append(out, orbPolygon(p))
		}
	case geom.TypeMultiPolygon:
		mp := g.MustAsMultiPolygon()
		for i := range mp.NumPolygons() {
			out = append(out, orbPolygon(mp.PolygonN(i)))
		}
	case geom.TypeGeometryCollection:
		c := g.MustAsGeometryCollection()
		for i := range c.NumGeometries() {
			out = append(out, Polygons(c.GeometryN(i))...)
		}
	}
	return out
}

func orbPolygon(p geom.Polygon) orb.Polygon {
	out := orb.Polygon{orbRing(p.ExteriorRing())}
	for i := range p.NumInteriorRings() {
		out = append(out, orbRing(p.InteriorRingN(i)))
	}
	return out
}

func orbRing(ls geom.LineString) orb.Ring {
	seq := ls.Coordinates()
	ring := make(orb.Ring, seq.Length())
	for i := range ring {
		xy := seq.GetXY(i)
		ring[i] = orb.Point{xy.X, xy.Y}
	}
	return ring
}
