package geo

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// CoversExactly tells whether the children together are exactly the parent: no overlap, no gap, nothing beyond, not even by a lattice
// step. All must be cleaned and valid. False may also mean that they do so without sharing their vertices; Mismatches tells then.
//
// Every directed edge of the children must be met by its reverse or by the same edge of the parent. Sums of areas would prove nothing;
// this does: the number of children over a place is determined by their edges, so if those sum up to the parent's, it is one inside
// and none outside.
func CoversExactly(parent orb.MultiPolygon, children []orb.MultiPolygon) bool {
	count := make(map[[2]Vertex]int)
	for _, child := range children {
		addEdges(count, child, 1)
	}
	addEdges(count, parent, -1)
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func addEdges(count map[[2]Vertex]int, polygons orb.MultiPolygon, n int) {
	for _, e := range edgesOf(polygons) {
		if e.a.Lon < e.b.Lon || e.a.Lon == e.b.Lon && e.a.Lat < e.b.Lat {
			count[[2]Vertex{e.a, e.b}] += n
		} else {
			count[[2]Vertex{e.b, e.a}] -= n
		}
	}
}

// Mismatch is a patch where children and parent do not agree.
type Mismatch struct {
	Kind  MismatchKind
	A, B  int       // numbers of the children concerned; B only for an overlap, both −1 for a gap
	At    orb.Point // inside the largest piece of the patch
	Area  float64   // m²
	Width float64   // metres: twice the area over the perimeter, about the mean width of a sliver
}

// MismatchKind says how children and parent disagree.
type MismatchKind string

// The kinds of mismatch.
const (
	Overlap MismatchKind = "overlap" // two children share it
	Gap     MismatchKind = "gap"     // inside the parent and in no child
	Beyond  MismatchKind = "beyond"  // in a child and outside of the parent
)

// Mismatches finds every patch where children overlap, leave a gap in the parent or reach beyond it, largest first. All must be cleaned
// and valid; whether vertices are shared does not matter. Patches under 1e-4 m² are the noise of the arithmetic and are left out.
func Mismatches(parent orb.MultiPolygon, children []orb.MultiPolygon) ([]Mismatch, error) {
	local := NewLocal(parent.Bound().Center())
	shapes := make([]geom.Geometry, len(children))
	for i, child := range children {
		shapes[i] = Geometry(child)
	}
	out, err := overlaps(local, children, shapes)
	if err != nil {
		return nil, err
	}
	whole := Geometry(parent)
	for i, shape := range shapes {
		beyond, err := geom.Difference(shape, whole)
		if err != nil {
			return nil, fmt.Errorf("taking the parent from child %d: %w", i, err)
		}
		out = appendPatches(out, local, beyond, Mismatch{Kind: Beyond, A: i, B: -1})
	}
	union, err := geom.UnionMany(shapes)
	if err != nil {
		return nil, fmt.Errorf("joining %d children: %w", len(children), err)
	}
	gap, err := geom.Difference(whole, union)
	if err != nil {
		return nil, fmt.Errorf("taking the children from the parent: %w", err)
	}
	out = appendPatches(out, local, gap, Mismatch{Kind: Gap, A: -1, B: -1})
	slices.SortStableFunc(out, func(a, b Mismatch) int { return cmp.Compare(b.Area, a.Area) })
	return out, nil
}

func overlaps(local Local, children []orb.MultiPolygon, shapes []geom.Geometry) ([]Mismatch, error) {
	bounds := make([]orb.Bound, len(children))
	for i, child := range children {
		bounds[i] = child.Bound() // orb computes a bound at every call
	}
	var out []Mismatch
	for i := range shapes {
		for j := i + 1; j < len(shapes); j++ {
			if !bounds[i].Intersects(bounds[j]) {
				continue
			}
			common, err := geom.Intersection(shapes[i], shapes[j])
			if err != nil {
				return nil, fmt.Errorf("intersecting children %d and %d: %w", i, j, err)
			}
			out = appendPatches(out, local, common, Mismatch{Kind: Overlap, A: i, B: j})
		}
	}
	return out, nil
}

func appendPatches(out []Mismatch, local Local, g geom.Geometry, m Mismatch) []Mismatch {
	for _, polygon := range Polygons(g) {
		m.Area = local.Area(orb.MultiPolygon{polygon})
		if m.Area < 1e-4 {
			continue
		}
		m.Width = 2 * m.Area / local.perimeter(polygon)
		m.At = Snap(Label(orb.MultiPolygon{polygon}))
		out = append(out, m)
	}
	return out
}

func (l Local) perimeter(polygon orb.Polygon) float64 {
	sum := 0.0
	for _, ring := range polygon {
		for i := 1; i < len(ring); i++ {
			x0, y0 := l.Metres(ring[i-1])
			x1, y1 := l.Metres(ring[i])
			sum += math.Hypot(x1-x0, y1-y0)
		}
	}
	return sum
}
