package httpapi

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/httpapi/api"
	"wangge/internal/identity"
)

func TestAreasByLevelAndParent(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Department)
	s := areatest.Small
	grids := s.Cols * s.Rows
	for path, want := range map[string]int{
		"":                                  1 + s.Subdistricts + s.Subdistricts*s.Communities*(1+grids),
		"?level=community":                  s.Subdistricts * s.Communities,
		"?parent=371402":                    s.Subdistricts,
		"?level=grid&parent=371402001":      s.Communities * grids,
		"?level=grid&parent=371402001001":   grids,
		"?level=community&parent=371402999": 0,
	} {
		page := list[api.AreaList](c, "/api/v1/areas"+path)
		if len(page.Items) != want || page.Version != w.index.Version() {
			t.Errorf("areas%s: %d, want %d", path, len(page.Items), want)
		}
	}
	c.get("/api/v1/areas?parent=12").problem(http.StatusBadRequest, "request.invalid")
	c.get("/api/v1/areas?level=village").problem(http.StatusBadRequest, "request.invalid")
	c.get("/api/v1/areas/371402999").problem(http.StatusNotFound, "area.unknown")

	var detail api.AreaDetail
	c.get("/api/v1/areas/" + areatest.Grid).ok(http.StatusOK).into(&detail)
	var path []string
	for _, a := range detail.Ancestors {
		path = append(path, a.Code)
	}
	if got := strings.Join(path, " "); got != areatest.Code+" "+areatest.Subdistrict+" "+areatest.Community || detail.Area.Code != areatest.Grid {
		t.Errorf("above %s lie %s", detail.Area.Code, got)
	}
	if geometry := detail.Boundary.Geometry(); geometry == nil || !geometry.Bound().Contains(detail.Area.Label) {
		t.Error("the boundary doesn't reach around the label")
	}
}

func TestAreasAreSentOnce(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Operator)
	for _, path := range []string{"/api/v1/areas?level=grid", "/api/v1/areas.geojson?level=grid"} {
		first := c.get(path).ok(http.StatusOK)
		if again := c.with("If-None-Match", first.header.Get("ETag")).get(path); again.status != http.StatusNotModified || len(again.body) != 0 {
			t.Errorf("%s again: %d with %d bytes", path, again.status, len(again.body))
		}
		c.with("If-None-Match", `"another"`).get(path).ok(http.StatusOK)
	}
	collection, err := geojson.UnmarshalFeatureCollection(c.get("/api/v1/areas.geojson?parent=" + areatest.Community).ok(http.StatusOK).body)
	if err != nil || len(collection.Features) != areatest.Small.Cols*areatest.Small.Rows {
		t.Errorf("a community's grids: %v", err)
	}
}

// TestLeadersAreForThoseWhoMayKnow: names only within the scope and with the right, phones never in full.
func TestLeadersAreForThoseWhoMayKnow(t *testing.T) {
	w := startTown(t)
	plan := areatest.Make(areatest.Small)
	plan.Source = "with leaders"
	for i := range plan.Areas {
		if a := &plan.Areas[i].Value; a.Level == area.Grid {
			a.LeaderName, a.LeaderPhone = "赵网格", "13812345678"
		}
	}
	if _, err := w.deps.Areas.Import(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	w.account("south", identity.Community, areatest.Community, 0)
	shown := func(c *client) (names int) {
		got := c.get("/api/v1/areas?level=grid").ok(http.StatusOK)
		if strings.Contains(string(got.body), "13812345678") {
			t.Error("a phone number goes out in full")
		}
		return strings.Count(string(got.body), "赵网格")
	}
	grids := areatest.Small.Cols * areatest.Small.Rows
	for name, want := range map[string]int{"south": grids, "dispatcher": grids * 4, "department": 0} {
		if got := shown(w.signIn(name)); got != want {
			t.Errorf("%s sees %d leaders, want %d", name, got, want)
		}
	}
}

func TestLocate(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.GridWorker)
	at := w.index.ByCode(areatest.Grid).Label
	where := func(lon, lat float64) (l api.Location) {
		c.get(fmt.Sprintf("/api/v1/locate?lon=%v&lat=%v", lon, lat)).ok(http.StatusOK).into(&l)
		return l
	}
	if l := where(at[0], at[1]); !l.Inside || len(l.Path) != 4 || l.Path[0].Code != areatest.Code || l.Path[3].Code != areatest.Grid {
		t.Errorf("the label lies in %+v", l)
	}
	if l := where(120, 30); l.Inside || len(l.Path) != 0 {
		t.Errorf("far away lies in %+v", l)
	}
	for _, bad := range []string{"lon=NaN&lat=37.4", "lon=37.4&lat=116.3", "lon=116.3&lat=91", "lon=116.3", "lon=x&lat=y", "lon=Inf&lat=1"} {
		got := c.get("/api/v1/locate?" + bad)
		if p := got.problem(http.StatusBadRequest, "request.invalid"); len(p["errors"].([]any)) == 0 {
			t.Errorf("%s: nothing is named: %s", bad, got.body)
		}
	}
}

func TestBuildingsAndFacilities(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Leader)
	var houses struct{ Items []api.Building }
	c.get("/api/v1/buildings?grid=" + areatest.Grid).ok(http.StatusOK).into(&houses)
	if len(houses.Items) != areatest.Small.Buildings || houses.Items[0].Grid != areatest.Grid {
		t.Errorf("%d buildings", len(houses.Items))
	}
	c.get("/api/v1/buildings?grid="+areatest.Community).problem(http.StatusNotFound, "area.no_grid")
	c.get("/api/v1/buildings").problem(http.StatusBadRequest, "request.invalid")
	c.get("/api/v1/facilities?area=" + areatest.Community).ok(http.StatusOK)
	c.get("/api/v1/facilities?area=371499").problem(http.StatusNotFound, "area.unknown")
}

func TestTiles(t *testing.T) {
	w := startTown(t)
	c := w.as(identity.Operator)
	tile := maptile.At(w.index.ByCode(areatest.Grid).Label, 14)
	path := fmt.Sprintf("/api/v1/tiles/%d/%d/%d", tile.Z, tile.X, tile.Y)
	packed := c.with("Accept-Encoding", "gzip").get(path).ok(http.StatusOK)
	if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
		t.Fatalf("the tile comes with %v", packed.header)
	}
	fromPacked, err := mvt.UnmarshalGzipped(packed.body)
	if err != nil {
		t.Fatal(err)
	}
	plain := c.with("Accept-Encoding", "identity").get(path).ok(http.StatusOK)
	fromPlain, err := mvt.Unmarshal(plain.body)
	if err != nil || plain.header.Get("Content-Encoding") != "" || len(fromPlain) != len(fromPacked) {
		t.Errorf("without gzip: %v, %v", plain.header, err)
	}
	if again := c.with("If-None-Match", packed.header.Get("ETag")).get(path); again.status != http.StatusNotModified {
		t.Errorf("asked again: %d", again.status)
	}
	if far := c.get("/api/v1/tiles/14/0/0"); far.status != http.StatusNoContent {
		t.Errorf("where nothing is: %d", far.status)
	}
	c.get("/api/v1/tiles/3/8/0").problem(http.StatusNotFound, "tile.range")
	c.get("/api/v1/tiles/23/0/0").problem(http.StatusBadRequest, "request.invalid")
	c.get("/api/v1/tiles/a/b/c").problem(http.StatusBadRequest, "request.invalid")
	c.get(fmt.Sprintf("/api/v1/tiles/1/%d/0", math.MaxInt64)).problem(http.StatusNotFound, "tile.range")
}
