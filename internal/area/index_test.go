package area_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/geo"
)

func mustIndex(t testing.TB, areas []area.Area) *area.Index {
	t.Helper()
	x, err := area.NewIndex(areas)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// The made districts must be what they claim, or the tests that use them prove nothing.
func TestMadeDistrictIsCutExactly(t *testing.T) {
	x := mustIndex(t, areatest.Areas(areatest.Sized(137)))
	parents := 0
	for _, level := range area.Levels[:3] {
		for _, a := range x.AtLevel(level) {
			if flaws := geo.Flaws(a.Boundary); len(flaws) > 0 {
				t.Fatalf("%s: %v", a.Code, flaws)
			}
			var children []orb.MultiPolygon
			for _, c := range x.Children(a.Code) {
				children = append(children, c.Boundary)
			}
			if !geo.CoversExactly(a.Boundary, children) {
				t.Fatalf("%s is not covered exactly", a.Code)
			}
			parents++
		}
	}
	if parents < 20 {
		t.Fatalf("only %d parents", parents)
	}
}

func TestLocateLikePlanar(t *testing.T) {
	indexes := []*area.Index{worldOf(t, demonstration(t)).x}
	for _, n := range []int{24, 140, 1000} {
		indexes = append(indexes, mustIndex(t, areatest.Areas(areatest.Sized(n))))
	}
	for _, x := range indexes {
		n := len(x.AtLevel(area.Grid))
		grids := x.AtLevel(area.Grid)
		bounds := make([]orb.Bound, len(grids))
		for i, g := range grids {
			bounds[i] = g.Boundary.Bound()
		}
		random := rand.New(rand.NewPCG(7, uint64(n)))
		box := x.Bound().Pad(0.01)
		for range 30000 {
			p := geo.Snap(orb.Point{box.Min[0] + random.Float64()*(box.Max[0]-box.Min[0]), box.Min[1] + random.Float64()*(box.Max[1]-box.Min[1])})
			var want []int32
			for i, g := range grids {
				if bounds[i].Contains(p) && planar.MultiPolygonContains(g.Boundary, p) {
					want = append(want, g.ID)
				}
			}
			got := x.Locate(geo.E7(p[0]), geo.E7(p[1]))
			if len(want) == 0 && got != 0 || len(want) > 0 && !slices.Contains(want, got) {
				t.Fatalf("%d grids, %v: located in %d, planar says %v", n, p, got, want)
			}
			if from := x.LocateFrom(grids[random.IntN(len(grids))].ID, geo.E7(p[0]), geo.E7(p[1])); from != got {
				t.Fatalf("%d grids, %v: LocateFrom says %d, Locate %d", n, p, from, got)
			}
		}
	}
}

// Every corner of every grid, every middle of an edge that is on the lattice, and their neighbours on the lattice belong to exactly one
// grid, and that is one that touches or holds the point.
func TestBoundaryPointsBelongToOneGrid(t *testing.T) {
	x := mustIndex(t, areatest.Areas(areatest.Sized(137)))
	grids := x.AtLevel(area.Grid)
	rings := map[int32]geo.Rings{}
	for _, g := range grids {
		rings[g.ID] = geo.NewRings(g.Boundary)
	}
	for _, g := range grids {
		for _, v := range rings[g.ID].Points {
			id := x.Locate(v.Lon, v.Lat)
			if r, ok := rings[id]; !ok || !r.Touches(v.Lon, v.Lat) {
				t.Fatalf("%v, a corner of %s, is located in %d", v, g.Code, id)
			}
			holders := 0
			for _, h := range grids {
				if rings[h.ID].Contains(v.Lon, v.Lat) {
					holders++
					if h.ID != id {
						t.Fatalf("%v belongs to %d and is located in %d", v, h.ID, id)
					}
				}
			}
			if holders > 1 {
				t.Fatalf("%v belongs to %d grids", v, holders)
			}
			for _, last := range grids {
				if got := x.LocateFrom(last.ID, v.Lon, v.Lat); got != id {
					t.Fatalf("%v: from %d it is located in %d, else in %d", v, last.ID, got, id)
				}
			}
		}
	}
}

// Every point of a small piece of the lattice, so that no cell's rim is missed.
func TestLocateEveryLatticePoint(t *testing.T) {
	const unit = 1e-7
	at := func(x, y float64) orb.Point { return orb.Point{116 + x*unit, 37 + y*unit} }
	left := orb.MultiPolygon{{{at(0, 0), at(150, 0), at(100, 90), at(170, 200), at(0, 200), at(0, 0)}}}
	right := orb.MultiPolygon{{{at(150, 0), at(300, 10), at(280, 200), at(170, 200), at(100, 90), at(150, 0)}}}
	x := mustIndex(t, []area.Area{
		{ID: 1, Code: "1", Level: area.Grid, Boundary: geo.Clean(left)}, {ID: 2, Code: "2", Level: area.Grid, Boundary: geo.Clean(right)},
	})
	a, b := geo.NewRings(left), geo.NewRings(right)
	origin := geo.At(orb.Point{116, 37})
	for dy := int32(-3); dy < 205; dy++ {
		for dx := int32(-3); dx < 305; dx++ {
			lon, lat := origin.Lon+dx, origin.Lat+dy
			want := int32(0)
			switch {
			case a.Contains(lon, lat):
				want = 1
			case b.Contains(lon, lat):
				want = 2
			case a.Touches(lon, lat):
				want = 1
			case b.Touches(lon, lat):
				want = 2
			}
			if got := x.Locate(lon, lat); got != want {
				t.Fatalf("%d, %d: located in %d, want %d", dx, dy, got, want)
			}
		}
	}
}

func TestLocateHolesPartsAndOverlaps(t *testing.T) {
	box := func(w, s, e, n float64) orb.Ring { return orb.Ring{{w, s}, {e, s}, {e, n}, {w, n}, {w, s}} }
	ring := geo.Clean(orb.MultiPolygon{{box(0, 0, 1, 1), box(0.4, 0.4, 0.6, 0.6)}, {box(2, 0, 2.5, 1)}})
	x := mustIndex(t, []area.Area{
		{ID: 5, Code: "a", Level: area.Grid, Boundary: ring},
		{ID: 3, Code: "b", Level: area.Grid, Boundary: orb.MultiPolygon{{box(0.45, 0.45, 0.55, 0.55)}}},
		{ID: 9, Code: "c", Level: area.Grid, Boundary: orb.MultiPolygon{{box(2.2, 0, 3, 1)}}},
		{ID: 7, Code: "d", Level: area.Community, Boundary: orb.MultiPolygon{{box(0, 0, 3, 3)}}},
		{ID: 8, Code: "e", Level: area.Grid},
	})
	for p, want := range map[orb.Point]int32{
		{0.1, 0.1}: 5, {0.41, 0.5}: 0, {0.5, 0.5}: 3, {2.1, 0.5}: 5, {1.5, 0.5}: 0, {2.9, 0.5}: 9, {2.3, 0.5}: 5, {0.5, 2}: 0, {-170, -80}: 0, {179, 89}: 0,
	} {
		if got := x.Locate(geo.E7(p[0]), geo.E7(p[1])); got != want {
			t.Errorf("%v: %d, want %d", p, got, want)
		}
	}
	if got := x.LocateFrom(9, geo.E7(2.3), geo.E7(0.5)); got != 9 {
		t.Errorf("in the overlap, coming from c: %d", got)
	}
	if got := mustIndex(t, nil).Locate(1, 1); got != 0 {
		t.Errorf("an empty index locates in %d", got)
	}
}

func TestLocateAllocatesNothing(t *testing.T) {
	x := mustIndex(t, areatest.Areas(areatest.Small))
	v := geo.At(x.AtLevel(area.Grid)[7].Boundary[0][0][0])
	if n := testing.AllocsPerRun(1000, func() { x.LocateFrom(x.Locate(v.Lon, v.Lat), v.Lon, v.Lat); x.Depth(7, v.Lon, v.Lat) }); n != 0 {
		t.Errorf("%f allocations", n)
	}
}

func TestDepth(t *testing.T) {
	x := mustIndex(t, areatest.Areas(areatest.Small))
	for _, g := range x.AtLevel(area.Grid) {
		label := geo.At(g.Label)
		depth := x.Depth(g.ID, label.Lon, label.Lat)
		if depth < 300 { // a grid is some 2 by 2.7 km here; its label is the deepest point but for a hundredth
			t.Errorf("%s: the label is %f m deep", g.Code, depth)
		}
		for _, other := range x.AtLevel(area.Grid) {
			if d := x.Depth(other.ID, label.Lon, label.Lat); other != g && d > -depth+0.01 {
				t.Errorf("the label of %s is %f m from %s, but %f m from its own boundary", g.Code, -d, other.Code, depth)
			}
		}
		corner := geo.At(g.Boundary[0][0][0])
		if d := x.Depth(g.ID, corner.Lon, corner.Lat); d != 0 {
			t.Errorf("%s: a corner is %f m deep", g.Code, d)
		}
	}
	if d := x.Depth(999, 0, 0); !math.IsInf(d, -1) {
		t.Errorf("an unknown area: %f", d)
	}
}

func TestIndexFindsItsWay(t *testing.T) {
	x := mustIndex(t, areatest.Areas(areatest.Small))
	if n := len(x.AtLevel(area.Grid)); n != 24 || x.Len() != 24+4+2+1 {
		t.Fatalf("%d grids of %d areas", n, x.Len())
	}
	g := x.ByCode(areatest.Grid)
	if g == nil || x.ByID(g.ID) != g || x.ByCode("x") != nil || x.ByID(0) != nil {
		t.Fatalf("by code and id: %v", g)
	}
	var codes []string
	for _, a := range x.Ancestors(areatest.Grid) {
		codes = append(codes, a.Code)
	}
	if want := []string{areatest.Community, areatest.Subdistrict, areatest.Code}; !slices.Equal(codes, want) {
		t.Errorf("ancestors %v, want %v", codes, want)
	}
	children := x.Children(areatest.Community)
	if len(children) != 6 || !slices.IsSortedFunc(children, func(a, b *area.Area) int { return int(a.ID - b.ID) }) {
		t.Errorf("%d children", len(children))
	}
	if top := x.Children(""); len(top) != 1 || top[0].Code != areatest.Code {
		t.Errorf("the top: %v", top)
	}
}

func TestIndexVersionFollowsEveryChange(t *testing.T) {
	areas := areatest.Areas(areatest.Small)
	version := mustIndex(t, areas).Version()
	slices.Reverse(areas)
	if got := mustIndex(t, areas).Version(); got != version {
		t.Error("the order of the areas changed the version")
	}
	for name, change := range map[string]func(a *area.Area){
		"name":     func(a *area.Area) { a.Name += "x" },
		"leader":   func(a *area.Area) { a.LeaderPhone = "1" },
		"label":    func(a *area.Area) { a.Label[0] += 1e-7 },
		"boundary": func(a *area.Area) { a.Boundary = a.Boundary.Clone(); a.Boundary[0][0][1][0] += 1e-7 },
		"version":  func(a *area.Area) { a.Version++ },
	} {
		changed := slices.Clone(areas)
		change(&changed[3])
		if mustIndex(t, changed).Version() == version {
			t.Errorf("%s: the version stayed", name)
		}
	}
}

func TestIndexRefusesWhatItCannotAnswerAbout(t *testing.T) {
	good := areatest.Areas(areatest.Small)
	for name, change := range map[string]func(a []area.Area){
		"id twice":   func(a []area.Area) { a[1].ID = a[0].ID },
		"no id":      func(a []area.Area) { a[1].ID = 0 },
		"code twice": func(a []area.Area) { a[1].Code = a[0].Code },
		"not a number": func(a []area.Area) {
			a[1].Boundary = orb.MultiPolygon{{{{math.NaN(), 1}, {1, 1}, {2, 2}, {math.NaN(), 1}}}}
		},
		"no place": func(a []area.Area) { a[1].Boundary = orb.MultiPolygon{{{{200, 1}, {1, 1}, {2, 2}, {200, 1}}}} },
	} {
		areas := slices.Clone(good)
		change(areas)
		if _, err := area.NewIndex(areas); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// walker moves at 1.4 m/s, one step a second, and turns back at the district's rim.
type walker struct{ lon, lat, dx, dy, grid int32 }

func walkers(x *area.Index, n int) []walker {
	random := rand.New(rand.NewPCG(3, 4))
	b := x.Bound()
	local := geo.NewLocal(b.Center())
	out := make([]walker, n)
	for i := range out {
		angle := random.Float64() * 2 * math.Pi
		out[i] = walker{
			lon: geo.E7(b.Min[0] + random.Float64()*(b.Max[0]-b.Min[0])), lat: geo.E7(b.Min[1] + random.Float64()*(b.Max[1]-b.Min[1])),
			dx: int32(1.4 * math.Cos(angle) / local.PerLonE7), dy: int32(1.4 * math.Sin(angle) / local.PerLatE7),
		}
	}
	return out
}

func BenchmarkLocate(b *testing.B) {
	for _, n := range []int{137, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := mustIndex(b, benchAreas(n))
			moving := walkers(x, 10000)
			box := x.Bound()
			low, high := geo.At(box.Min), geo.At(box.Max)
			b.ReportAllocs()
			b.ResetTimer()
			i := 0
			for b.Loop() {
				w := &moving[i]
				w.lon, w.lat = w.lon+w.dx, w.lat+w.dy
				if w.lon < low.Lon || w.lon > high.Lon {
					w.dx = -w.dx
				}
				if w.lat < low.Lat || w.lat > high.Lat {
					w.dy = -w.dy
				}
				w.grid = x.LocateFrom(w.grid, w.lon, w.lat)
				if i++; i == len(moving) {
					i = 0
				}
			}
		})
	}
}

// benchAreas gives exactly n grids.
func benchAreas(n int) []area.Area {
	var out []area.Area
	for _, a := range areatest.Areas(areatest.Sized(n)) {
		if a.Level == area.Grid && len(out) < n {
			out = append(out, a)
		}
	}
	return out
}

func BenchmarkDepth(b *testing.B) {
	x := mustIndex(b, benchAreas(1000))
	moving := walkers(x, 10000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		w := moving[i%len(moving)]
		x.Depth(int32(x.AtLevel(area.Grid)[i%1000].ID), w.lon, w.lat)
		i++
	}
}

func BenchmarkNewIndex(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		areas := areatest.Areas(areatest.Sized(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				mustIndex(b, areas)
			}
		})
	}
}
