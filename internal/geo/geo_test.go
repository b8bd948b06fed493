package geo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func box(west, south, east, north float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}
}

func TestCheckLonLat(t *testing.T) {
	for _, c := range []struct {
		lon, lat float64
		want     Fit
	}{
		{116.3, 37.4, Fits}, {-74, 40.7, Fits}, {180, -90, Fits}, {0, 0, Fits},
		{37.4, 116.3, Swapped}, {math.NaN(), 37, NotANumber}, {116, math.Inf(1), NotANumber},
		{39512345, 4145678, Projected}, {181, 10, OutOfRange}, {10, -91, OutOfRange},
	} {
		if got := CheckLonLat(c.lon, c.lat); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.lon, c.lat, got, c.want)
		}
	}
}

// Distances on a sphere of the mean radius: one degree along a meridian or the equator is π/180 of it.
func TestMetres(t *testing.T) {
	degree := EarthRadius * math.Pi / 180
	for _, c := range []struct {
		a, b orb.Point
		want float64
	}{
		{orb.Point{116, 37}, orb.Point{116, 38}, degree},
		{orb.Point{10, 0}, orb.Point{11, 0}, degree},
		{orb.Point{0, 0}, orb.Point{180, 0}, 180 * degree},
	} {
		if got := Distance(c.a, c.b); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%v to %v: %f m, want %f", c.a, c.b, got, c.want)
		}
	}
	l := NewLocal(orb.Point{116.3, 37.4})
	p := orb.Point{116.32, 37.41}
	x, y := l.Metres(p)
	if want := Distance(l.Origin, p); math.Abs(math.Hypot(x, y)-want) > want*0.003 {
		t.Errorf("local distance %f m, haversine %f m", math.Hypot(x, y), want)
	}
	if back := l.Point(x, y); math.Abs(back[0]-p[0])+math.Abs(back[1]-p[1]) > 1e-12 {
		t.Errorf("%v came back as %v", p, back)
	}
	x1, y1 := l.Metres(orb.Point{116.31, 37.41})
	if got := l.Area(box(116.3, 37.4, 116.31, 37.41)); math.Abs(got-x1*y1) > 0.01 {
		t.Errorf("area %f m², want %f", got, x1*y1)
	}
}

func TestRingsContainLikePlanar(t *testing.T) {
	polygons := orb.MultiPolygon{
		{{{0, 0}, {4, 0}, {4, 4}, {2, 1}, {0, 4}, {0, 0}}, {{1, 0.5}, {1, 1}, {2, 0.75}, {1, 0.5}}},
		{{{5, 5}, {6, 5}, {6, 6}, {5, 6}, {5, 5}}},
	}
	rings := NewRings(polygons)
	random := rand.New(rand.NewPCG(1, 2))
	inside := 0
	for range 20000 {
		p := Snap(orb.Point{random.Float64()*8 - 1, random.Float64()*8 - 1})
		v := At(p)
		if rings.Touches(v.Lon, v.Lat) {
			continue // planar counts the boundary as inside
		}
		want := planar.MultiPolygonContains(polygons, p)
		if got := rings.Contains(v.Lon, v.Lat); got != want {
			t.Fatalf("%v: %v, planar says %v", p, got, want)
		}
		if want {
			inside++
		}
	}
	if inside < 1000 {
		t.Fatalf("only %d points were inside", inside)
	}
}

// The exact test must not overflow anywhere on earth.
func TestRingsAroundTheWorld(t *testing.T) {
	rings := NewRings(box(-180, -90, 180, 90))
	diamond := NewRings(orb.MultiPolygon{{{{-180, 0}, {0, -90}, {180, 0}, {0, 90}, {-180, 0}}}})
	for _, p := range []orb.Point{{0, 0}, {-180, -90}, {179.9999999, 89.9999999}} {
		if v := At(p); !rings.Contains(v.Lon, v.Lat) {
			t.Errorf("%v is not in the world", p)
		}
	}
	for p, want := range map[orb.Point]bool{{90, 44}: true, {90, 46}: false, {-90, -44}: true, {-90, -46}: false, {-179.9, 0.01}: true} {
		if v := At(p); diamond.Contains(v.Lon, v.Lat) != want {
			t.Errorf("%v in the diamond: %v", p, !want)
		}
	}
}

func TestRingsDistance(t *testing.T) {
	rings := NewRings(box(116, 37, 116.01, 37.01))
	for _, p := range []orb.Point{{116.002, 37.005}, {115.998, 37.005}} {
		v := At(p)
		want := Distance(p, orb.Point{116, 37.005})
		if got := rings.Distance(v.Lon, v.Lat); math.Abs(got-want) > 0.01 {
			t.Errorf("%v: %f m, want %f", p, got, want)
		}
	}
	if got := (Rings{}).Distance(0, 0); !math.IsInf(got, 1) {
		t.Errorf("no edges: %f", got)
	}
}

func TestClean(t *testing.T) {
	clockwise := orb.MultiPolygon{{{{0, 0}, {0, 1}, {0, 1.00000000001}, {1, 1}, {1, 0}, {0, 0}}, {{0.2, 0.2}, {0.4, 0.2}, {0.4, 0.4}, {0.2, 0.2}}, {}}, {}}
	got := Clean(clockwise)
	want := orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}, {{0.2, 0.2}, {0.4, 0.4}, {0.4, 0.2}, {0.2, 0.2}}}}
	if !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if clockwise[0][0][1] != (orb.Point{0, 1}) {
		t.Error("the argument was changed")
	}
}

func TestFlaws(t *testing.T) {
	for _, c := range []struct {
		name     string
		polygons orb.MultiPolygon
		code     string
		at       orb.Point
	}{
		{"bow tie", orb.MultiPolygon{{{{0, 0}, {2, 2}, {2, 0}, {0, 2}, {0, 0}}}}, "ring.crosses", orb.Point{1, 1}},
		{"open", orb.MultiPolygon{{{{0, 0}, {2, 0}, {2, 2}, {0, 2}}}}, "ring.open", orb.Point{0, 0}},
		{"two points", orb.MultiPolygon{{{{0, 0}, {2, 0}, {0, 0}}}}, "ring.short", orb.Point{0, 0}},
		{"one point", orb.MultiPolygon{{{{3, 4}}}}, "ring.short", orb.Point{3, 4}},
		{"spike", orb.MultiPolygon{{{{0, 0}, {2, 0}, {2, 1}, {3, 1}, {2, 1}, {0, 1}, {0, 0}}}}, "ring.spike", orb.Point{3, 1}},
		{"touches itself", orb.MultiPolygon{{{{0, 0}, {4, 0}, {4, 3}, {2, 0}, {0, 3}, {0, 0}}}}, "ring.touches", orb.Point{2, 0}},
		{"hole outside", orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}, {{5, 5}, {5, 6}, {6, 6}, {5, 5}}}}, "polygon.invalid", orb.Point{0, 0}},
		{"parts overlap", append(box(0, 0, 2, 2), box(1, 1, 3, 3)...), "ring.crosses", orb.Point{2, 1}},
		{"part in part", append(box(0, 0, 4, 4), box(1, 1, 2, 2)...), "polygon.invalid", orb.Point{0, 0}},
	} {
		flaws := Flaws(c.polygons)
		if len(flaws) == 0 || flaws[0].Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, flaws, c.code)
			continue
		}
		found := false
		for _, f := range flaws {
			found = found || f.At == c.at
		}
		if !found {
			t.Errorf("%s: none of %v is at %v", c.name, flaws, c.at)
		}
	}
	valid := orb.MultiPolygon{{{{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}}, {{1, 1}, {1, 2}, {2, 2}, {1, 1}}}, {{{5, 5}, {6, 5}, {6, 6}, {5, 5}}}}
	if flaws := Flaws(Clean(valid)); len(flaws) > 0 {
		t.Errorf("a valid polygon has flaws: %v", flaws)
	}
}

func TestCoverage(t *testing.T) {
	parent := orb.MultiPolygon{{{{0, 0}, {0.01, 0}, {0.02, 0}, {0.02, 0.01}, {0.01, 0.01}, {0, 0.01}, {0, 0}}}}
	left, right := box(0, 0, 0.01, 0.01), box(0.01, 0, 0.02, 0.01)
	if !CoversExactly(parent, []orb.MultiPolygon{left, right}) {
		t.Error("two halves do not cover the whole")
	}
	for name, children := range map[string][]orb.MultiPolygon{
		"gap":      {left, box(0.0100001, 0, 0.02, 0.01)},
		"overlap":  {left, right, box(0.012, 0.002, 0.014, 0.004)},
		"beyond":   {left, box(0.01, 0, 0.0200001, 0.01)},
		"one half": {left}, "twice": {left, right, right},
	} {
		if CoversExactly(parent, children) {
			t.Errorf("%s: taken for exact", name)
		}
		if found, err := Mismatches(parent, children); err != nil || len(found) == 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	// Without the shared vertices the cover is still one, only not by its edges.
	if found, err := Mismatches(box(0, 0, 0.02, 0.01), []orb.MultiPolygon{left, right}); err != nil || len(found) > 0 {
		t.Errorf("vertices not shared: %v, %v", found, err)
	}
}

func TestMismatchesSayWhatWhereAndHowMuch(t *testing.T) {
	parent := box(0, 0, 0.02, 0.01)
	children := []orb.MultiPolygon{box(0, 0, 0.011, 0.01), box(0.01, 0, 0.019, 0.01), box(0.0195, 0, 0.021, 0.01)}
	found, err := Mismatches(parent, children)
	if err != nil {
		t.Fatal(err)
	}
	local := NewLocal(orb.Point{0.01, 0.005})
	strip := func(west, east float64) float64 { return (east - west) * local.PerLon * 0.01 * local.PerLat }
	want := map[MismatchKind]struct {
		a, b int
		area float64
		in   orb.Bound
	}{
		Overlap: {0, 1, strip(0.01, 0.011), box(0.01, 0, 0.011, 0.01).Bound()},
		Gap:     {-1, -1, strip(0.019, 0.0195), box(0.019, 0, 0.0195, 0.01).Bound()},
		Beyond:  {2, -1, strip(0.02, 0.021), box(0.02, 0, 0.021, 0.01).Bound()},
	}
	if len(found) != len(want) {
		t.Fatalf("found %v", found)
	}
	for _, m := range found {
		w := want[m.Kind]
		if m.A != w.a || m.B != w.b || math.Abs(m.Area-w.area) > 1 || !w.in.Contains(m.At) {
			t.Errorf("%+v, want %+v", m, w)
		}
	}
}

func TestLabelLiesInside(t *testing.T) {
	ell := orb.MultiPolygon{{{{0, 0}, {0.1, 0}, {0.1, 0.01}, {0.01, 0.01}, {0.01, 0.1}, {0, 0.1}, {0, 0}}}}
	ring := orb.MultiPolygon{{box(0, 0, 1, 1)[0][0], {{0.1, 0.1}, {0.1, 0.9}, {0.9, 0.9}, {0.9, 0.1}, {0.1, 0.1}}}}
	two := append(box(5, 5, 5.1, 5.1), box(0, 0, 1, 1)...)
	for name, polygons := range map[string]orb.MultiPolygon{"ell": ell, "ring": ring, "two parts": two} {
		if p := Label(polygons); !planar.MultiPolygonContains(polygons, p) {
			t.Errorf("%s: the label at %v is outside", name, p)
		}
	}
	if p := Label(two); !box(0, 0, 1, 1).Bound().Contains(p) {
		t.Errorf("the label is at %v, not in the larger part", p)
	}
	square := Label(box(0, 0, 1, 1))
	if Distance(square, orb.Point{0.5, 0.5}) > 2500 { // a hundredth of 111 km, and the search's own corner
		t.Errorf("the label of a square is at %v", square)
	}
}
