package area_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/fault"
	"wangge/internal/geo"
	"wangge/internal/postgres"
	"wangge/internal/testenv"
)

// nodes gives services of several nodes on one database.
func nodes(t *testing.T, n int) []*area.Service {
	t.Helper()
	url := testenv.Postgres(t)
	out := make([]*area.Service, n)
	for i := range out {
		db, err := postgres.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		out[i] = area.NewService(db)
	}
	return out
}

func mustImport(t *testing.T, s *area.Service, p area.Plan) area.Summary {
	t.Helper()
	summary, err := s.Import(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func TestServiceBeforeAnythingWasImported(t *testing.T) {
	s := area.NewService(nil)
	if s.Index().Len() != 0 || s.Revision() != 0 || len(s.Facilities("")) != 0 || s.Index().Locate(1, 1) != 0 {
		t.Error("an empty service knows areas")
	}
	if data, etag, err := s.Tiles().Tile(0, 0, 0); data != nil || etag != "" || err != nil {
		t.Errorf("an empty service has a tile: %d bytes, %v", len(data), err)
	}
}

func TestImportPutsAPlanInForceOnEveryNode(t *testing.T) {
	two := nodes(t, 2)
	a, b := two[0], two[1]
	summary := mustImport(t, a, areatest.Make(areatest.Small))
	if a.Revision() != summary.Revision || a.Index().Len() != 31 {
		t.Fatalf("revision %d, %d areas in memory; %+v", a.Revision(), a.Index().Len(), summary)
	}
	if b.Index().Len() != 0 {
		t.Fatal("the other node knows already")
	}
	if err := b.Reload(t.Context(), summary.Revision); err != nil || b.Index().Version() != a.Index().Version() {
		t.Fatalf("the other node has %s, this one %s, %v", b.Index().Version(), a.Index().Version(), err)
	}
	before := b.Index()
	if err := b.Reload(t.Context(), summary.Revision); err != nil || b.Index() != before {
		t.Error("a revision that was there already was loaded again")
	}
	if got := a.Buildings(areatest.Grid); len(got) != 3 || got[0].Grid != areatest.Grid {
		t.Errorf("buildings of a grid: %+v", got)
	}
	if n, m, o := len(a.Facilities("")), len(a.Facilities(areatest.Community)), len(a.Facilities(areatest.Grid)); n != 24 || m != 6 || o != 1 {
		t.Errorf("facilities: %d in the district, %d in a community, %d in a grid", n, m, o)
	}
	if got := a.Facilities("3714020020011002"); len(got) != 1 || got[0].Windows != 3 {
		t.Errorf("facilities of a grid: %+v", got)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	s := nodes(t, 1)[0]
	p := areatest.Make(areatest.Small)
	p.DryRun = true
	summary := mustImport(t, s, p)
	if summary.Added != 31 || summary.Revision != 0 || !summary.DryRun {
		t.Errorf("%+v", summary)
	}
	if err := s.Load(t.Context()); err != nil || s.Index().Len() != 0 {
		t.Errorf("%d areas after a dry run, %v", s.Index().Len(), err)
	}
}

func TestARefusedImportChangesNothing(t *testing.T) {
	s := nodes(t, 1)[0]
	mustImport(t, s, areatest.Make(areatest.Small))
	version := s.Index().Version()
	p := areatest.Make(areatest.Small)
	p.Areas[0].Value.Name = "别的区"
	remove(&p, areatest.Grid)
	if _, err := s.Import(t.Context(), p); !fault.Is(err, fault.Invalid) {
		t.Fatalf("a plan with a gap: %v", err)
	}
	if err := s.Load(t.Context()); err != nil || s.Index().Version() != version {
		t.Errorf("something changed; %v", err)
	}
}

func TestReplacingKeepsIDs(t *testing.T) {
	s := nodes(t, 1)[0]
	mustImport(t, s, areatest.Make(areatest.Small))
	ids := map[string]int32{}
	for _, g := range s.Index().AtLevel(area.Grid) {
		ids[g.Code] = g.ID
	}
	p := areatest.Make(areatest.Small)
	find(t, &p, areatest.Grid).Value.LeaderName = "赵"
	summary := mustImport(t, s, p)
	if summary.Changed != 1 || summary.Unchanged != 30 || summary.Added+summary.Removed != 0 {
		t.Errorf("%+v", summary)
	}
	for _, g := range s.Index().AtLevel(area.Grid) {
		want := int64(1)
		if g.Code == areatest.Grid {
			want = 2
		}
		if g.ID != ids[g.Code] || g.Version != want {
			t.Errorf("%s: id %d, was %d; version %d", g.Code, g.ID, ids[g.Code], g.Version)
		}
	}
}

// One grid is cut in two: the plan holds only the two halves, the rest stays, and what stands in the new half moves there.
func TestUpsertOfSomeGridsMovesTheBuildings(t *testing.T) {
	s := nodes(t, 1)[0]
	mustImport(t, s, areatest.Make(areatest.Small))
	whole := *s.Index().ByCode(areatest.Grid)
	west, east := whole, whole
	ring := whole.Boundary[0][0]
	// The corners of the made grid's outline: 4 points a side (a node and 3 corners), counter-clockwise from the south-west node.
	west.Boundary = geo.Clean(orb.MultiPolygon{{slices.Concat(ring[0:3], ring[10:17])}})
	east.Boundary = geo.Clean(orb.MultiPolygon{{slices.Concat(ring[2:11], ring[2:3])}})
	east.Code = areatest.Community + "1099"
	p := area.Plan{Upsert: true, Source: "cut", Areas: []area.Item[area.Area]{{Ref: "a[0]", Value: west}, {Ref: "a[1]", Value: east}}}
	summary := mustImport(t, s, p)
	if summary.Added != 1 || summary.Changed != 1 || summary.Unchanged != 30 || summary.Buildings != 72 {
		t.Errorf("%+v", summary)
	}
	x := s.Index()
	if x.ByCode(areatest.Grid).ID != whole.ID {
		t.Error("the grid that was cut has another id")
	}
	moved := 0
	for _, code := range []string{areatest.Grid, east.Code} {
		for _, b := range s.Buildings(code) {
			v := geo.At(geo.Label(orb.MultiPolygon{b.Footprint}))
			if in := x.ByID(x.Locate(v.Lon, v.Lat)); in == nil || in.Code != code {
				t.Errorf("building %s is said to be in %s and lies in %v", b.Code, code, in)
			}
			if code == east.Code {
				moved++
			}
		}
	}
	if moved == 0 || moved == 3 {
		t.Errorf("%d of 3 buildings moved", moved)
	}
}

// A plan of buildings alone leaves the areas; and a tree in which existing buildings have no place is refused, naming them.
func TestKindsAreImportedForThemselves(t *testing.T) {
	s := nodes(t, 1)[0]
	made := areatest.Make(areatest.Small)
	mustImport(t, s, made)
	version := s.Index().Version()
	summary := mustImport(t, s, area.Plan{Source: "b", Buildings: made.Buildings[:10]})
	if s.Index().Version() != version || summary.Buildings != 10 || summary.Facilities != 24 || summary.Unchanged != 31 {
		t.Errorf("%+v", summary)
	}
	for i := range made.Areas {
		made.Areas[i].Value.Boundary = made.Areas[i].Value.Boundary.Clone()
		for _, polygon := range made.Areas[i].Value.Boundary {
			for _, ring := range polygon {
				for k := range ring {
					ring[k][0] += 1
				}
			}
		}
		made.Areas[i].Value.Boundary = geo.Clean(made.Areas[i].Value.Boundary)
	}
	far := area.Plan{Source: "far", Areas: made.Areas[:1], AllowGaps: true} // a district elsewhere, without grids
	_, err := s.Import(t.Context(), far)
	f := fault.As(err)
	if f == nil || !toldOf(f, "grid.unknown", []string{"building " + areatest.Grid + "-01"}) {
		t.Errorf("%v", err)
	}
}

func TestGeoJSONLosesNothing(t *testing.T) {
	x := mustIndex(t, areatest.Areas(areatest.Small))
	fc, err := geojson.UnmarshalFeatureCollection(x.GeoJSON(area.Grid, areatest.Community))
	if err != nil {
		t.Fatal(err)
	}
	if len(fc.Features) != 6 {
		t.Fatalf("%d grids in a community", len(fc.Features))
	}
	for _, f := range fc.Features {
		a := x.ByCode(f.Properties.MustString("code"))
		if !orb.Equal(f.Geometry, a.Boundary) || f.Properties.MustString("name") != a.Name || int32(f.ID.(float64)) != a.ID {
			t.Errorf("%s came out otherwise", a.Code)
		}
		if _, told := f.Properties["leader"]; told {
			t.Error("personal data is in the GeoJSON")
		}
	}
	if got := string(x.GeoJSON(area.Grid, "99")); got != `{"type":"FeatureCollection","features":[]}` {
		t.Errorf("of nothing: %s", got)
	}
	if !json.Valid(x.GeoJSON(area.District, "")) {
		t.Error("not JSON")
	}
}
