package district

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/peterstace/simplefeatures/geom"
)

// directed is an edge of a ring in the direction that the ring runs.
type directed struct{ from, to vertex }

func edgesOf(p orb.Polygon) []directed {
	var out []directed
	for k := range p[0][1:] {
		out = append(out, directed{vertexOf(p[0][k]), vertexOf(p[0][k+1])})
	}
	return out
}

// checkCoverage reports every edge that shows that the children don't cover their parent exactly: each edge of a child occurs once, and
// either its reverse is an edge of exactly one other child or it is itself an edge of the parent; and the children have all the parent's edges.
func checkCoverage(t *testing.T, parent Area, children []Area) {
	t.Helper()
	border := map[directed]bool{}
	for _, e := range edgesOf(parent.Boundary) {
		border[e] = true
	}
	owner := map[directed]string{}
	for _, c := range children {
		for _, e := range edgesOf(c.Boundary) {
			if owner[e] != "" {
				t.Errorf("%s and %s overlap along %v", owner[e], c.Code, e)
			}
			owner[e] = c.Code
		}
	}
	for e, code := range owner {
		if owner[directed{e.to, e.from}] == "" && !border[e] {
			t.Errorf("%s in %s has a gap beside it along %v", code, parent.Code, e)
		}
		delete(border, e)
	}
	for e := range border {
		t.Errorf("%s isn't covered along %v", parent.Code, e)
	}
}

func TestChildrenCoverParentExactly(t *testing.T) {
	other, err := Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*District{shippedDistrict(t), other} {
		children := map[string][]Area{}
		for _, a := range d.Areas {
			children[a.Parent] = append(children[a.Parent], a)
		}
		for _, a := range d.Areas {
			if a.Level != LevelGrid {
				checkCoverage(t, a, children[a.Code])
			}
		}
	}
}

// The check of coverage itself must see a gap and an overlap, or it proves nothing.
func TestCoverageCheckSees(t *testing.T) {
	square := func(west, east float64) orb.Polygon {
		return orb.Polygon{{{west, 0}, {east, 0}, {east, 1}, {west, 1}, {west, 0}}}
	}
	parent := Area{Code: "p", Boundary: orb.Polygon{{{0, 0}, {1, 0}, {2, 0}, {2, 1}, {1, 1}, {0, 1}, {0, 0}}}}
	for name, c := range map[string]struct {
		west, east orb.Polygon
		sound      bool
	}{
		"exact":   {square(0, 1), square(1, 2), true},
		"gap":     {square(0, 1), square(1.0000001, 2), false},
		"overlap": {square(0, 1), square(0.9999999, 2), false},
		"twice":   {square(0, 1), square(0, 1), false},
	} {
		inner := &testing.T{}
		checkCoverage(inner, parent, []Area{{Code: "w", Boundary: c.west}, {Code: "e", Boundary: c.east}})
		if inner.Failed() == c.sound {
			t.Errorf("%s: failed = %v", name, inner.Failed())
		}
	}
}

// Each area is one simple ring, counter-clockwise (RFC 7946), valid to an independent library, and compact: no sliver, comb or finger.
func TestRings(t *testing.T) {
	for _, a := range shippedDistrict(t).Areas {
		outer := a.Boundary[0]
		if len(a.Boundary) != 1 || outer.Orientation() != orb.CCW {
			t.Errorf("%s %s: %d rings, the outer one runs %v", a.Code, a.Name, len(a.Boundary), outer.Orientation())
		}
		if err := validate(a.Boundary); err != nil {
			t.Errorf("%s %s: %v", a.Code, a.Name, err)
		}
		if !planar.RingContains(outer, a.Label) {
			t.Errorf("%s %s: its label stands outside", a.Code, a.Name)
		}
		// A square has π/4 = 0.79, a rectangle of 1:3 0.59, of 1:6 0.38.
		if c := compactness(a.Boundary); c < 0.38 && a.Level != LevelDistrict {
			t.Errorf("%s %s isn't compact: %.2f", a.Code, a.Name, c)
		}
	}
}

func validate(p orb.Polygon) error {
	var flat []float64
	for _, v := range p[0] {
		flat = append(flat, v[0], v[1])
	}
	return geom.NewPolygon([]geom.LineString{geom.NewLineString(geom.NewSequence(flat, geom.DimXY))}).Validate()
}

// compactness is 4π times the area over the square of the perimeter, 1 for a circle.
func compactness(p orb.Polygon) float64 {
	var area, perimeter float64
	for k := range p[0][1:] {
		a, b := vertexOf(p[0][k]).metres(), vertexOf(p[0][k+1]).metres()
		area += (a.E*b.N - a.N*b.E) / 2
		perimeter += b.minus(a).length()
	}
	return 4 * math.Pi * area / (perimeter * perimeter)
}

// Borders of grids follow streets, apart from the district's own outline; so do those of the levels above, being borders of grids.
func TestBordersFollowStreets(t *testing.T) {
	d := shippedDistrict(t)
	allowed := map[directed]bool{}
	add := func(line []orb.Point) {
		for k := range line[1:] {
			a, b := vertexOf(line[k]), vertexOf(line[k+1])
			allowed[directed{a, b}], allowed[directed{b, a}] = true, true
		}
	}
	for _, s := range d.Streets {
		add(s.Line)
	}
	add(d.Areas[0].Boundary[0])
	for _, a := range d.Areas {
		for _, e := range edgesOf(a.Boundary) {
			if !allowed[e] {
				t.Fatalf("%s %s has a border that no street follows: %v", a.Code, a.Name, e)
			}
		}
	}
}

// The district lies in the outline it was made from, and leaves out the development zone: its area is near the 245 km² that the facts add up to.
func TestDistrictArea(t *testing.T) {
	src, err := readSource()
	if err != nil {
		t.Fatal(err)
	}
	d := shippedDistrict(t).Areas[0]
	var inside ring
	for _, v := range d.Boundary[0][1:] {
		inside = append(inside, vertexOf(v))
	}
	var facts float64
	for _, f := range src.facts {
		facts += f.SquareKM
	}
	if km2 := squareMetres(inside.area2()) / 1e6; math.Abs(km2-facts) > 0.05*facts {
		t.Errorf("%.1f km², the facts say %.1f", km2, facts)
	}
	flat := src.outline.flat()
	for _, v := range inside {
		if clearanceOf(flat, v.metres()) < -0.05 {
			t.Errorf("%v lies outside of the outline", v.orb())
		}
	}
}

func TestOrder(t *testing.T) {
	d := shippedDistrict(t)
	rank := map[string]int{LevelDistrict: 0, LevelSubdistrict: 1, LevelCommunity: 2, LevelGrid: 3}
	digits := map[string]int{LevelDistrict: 6, LevelSubdistrict: 9, LevelCommunity: 12, LevelGrid: 16}
	codes := map[string]bool{"": true}
	for k, a := range d.Areas {
		if codes[a.Code] || !codes[a.Parent] || len(a.Code) != digits[a.Level] || !strings.HasPrefix(a.Code, a.Parent) {
			t.Errorf("%s %s under %q: a code twice, of the wrong length, or before its parent", a.Code, a.Level, a.Parent)
		}
		codes[a.Code] = true
		if k > 0 && rank[a.Level] < rank[d.Areas[k-1].Level] {
			t.Errorf("%s comes after its children's level", a.Code)
		}
	}
}
