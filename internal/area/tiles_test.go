package area_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/fault"
)

type world struct {
	x          *area.Index
	buildings  []area.Building
	facilities []area.Facility
	streets    []area.Street
	tiles      *area.Tiles
}

func makeWorld(t testing.TB, shape areatest.Shape) world {
	t.Helper()
	return worldOf(t, areatest.Make(shape))
}

// decode gives the layers of a tile by name; none when it is empty.
func decode(t testing.TB, tiles *area.Tiles, at maptile.Tile) map[string][]*geojson.Feature {
	t.Helper()
	data, etag, err := tiles.Tile(int(at.Z), int(at.X), int(at.Y))
	if err != nil {
		t.Fatalf("%v: %v", at, err)
	}
	if (data == nil) != (etag == "") {
		t.Fatalf("%v: %d bytes with the ETag %q", at, len(data), etag)
	}
	if data == nil {
		return nil
	}
	layers, err := mvt.UnmarshalGzipped(data)
	if err != nil {
		t.Fatalf("%v: %v", at, err)
	}
	out := map[string][]*geojson.Feature{}
	for _, l := range layers {
		if l.Version != 2 || l.Extent != 4096 {
			t.Fatalf("%v: layer %s has version %d and extent %d", at, l.Name, l.Version, l.Extent)
		}
		out[l.Name] = l.Features
	}
	return out
}

// tilesOver are the tiles of a zoom over a box, and one row and column around them.
func tilesOver(box orb.Bound, zoom maptile.Zoom) []maptile.Tile {
	low, high := maptile.At(orb.Point{box.Min[0], box.Max[1]}, zoom), maptile.At(orb.Point{box.Max[0], box.Min[1]}, zoom)
	var out []maptile.Tile
	last := uint32(1)<<zoom - 1
	for y := max(low.Y, 1) - 1; y <= min(high.Y+1, last); y++ {
		for x := max(low.X, 1) - 1; x <= min(high.X+1, last); x++ {
			out = append(out, maptile.New(x, y, zoom))
		}
	}
	return out
}

// sample keeps a test short at zooms with thousands of tiles.
func sample(tiles []maptile.Tile, n int) []maptile.Tile {
	if len(tiles) <= n {
		return tiles
	}
	var out []maptile.Tile
	for i := range n {
		out = append(out, tiles[i*len(tiles)/n])
	}
	return out
}

// In every tile of every zoom the parts of a district add up to it exactly: what one loses to rounding or cutting, its neighbour gains.
func TestTilesHaveNoGapsBetweenNeighbours(t *testing.T) {
	t.Run("made", func(t *testing.T) { noGaps(t, makeWorld(t, areatest.Sized(137))) })
	t.Run("demonstration", func(t *testing.T) { noGaps(t, worldOf(t, demonstration(t))) })
}

func noGaps(t *testing.T, w world) {
	for zoom := maptile.Zoom(0); zoom <= area.MaxZoom; zoom++ {
		seen := 0
		for _, at := range sample(tilesOver(w.x.Bound(), zoom), 100) {
			sums := map[string]float64{}
			for _, f := range decode(t, w.tiles, at)["area"] {
				sums[f.Properties.MustString("level")] += area2(t, f.Geometry)
			}
			if sums["district"] > 0 {
				seen++
			}
			for level, from := range map[string]maptile.Zoom{"subdistrict": 8, "community": 10, "grid": 13} {
				want := sums["district"]
				if zoom < from {
					want = 0
				}
				if sums[level] != want {
					t.Fatalf("%v: the %ss add up to %v, the district has %v", at, level, sums[level], want)
				}
			}
		}
		if seen == 0 && zoom >= 7 { // below, the district is a fraction of a tile's units
			t.Errorf("no tile of zoom %d shows the district", zoom)
		}
	}
}

// area2 is the area in units, all rings signed: outer ones must be positive and holes negative in a tile's sense.
func area2(t testing.TB, g orb.Geometry) float64 {
	t.Helper()
	var polygons orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		polygons = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		polygons = g
	default:
		t.Fatalf("a %s among the areas", g.GeoJSONType())
	}
	sum := 0.0
	for _, polygon := range polygons {
		for i, ring := range polygon {
			signed := planar.Area(ring) // orb's is positive for counter-clockwise with y up, that is for MVT's outer rings
			if (signed > 0) != (i == 0) {
				t.Fatalf("ring %d turns the wrong way", i)
			}
			sum += signed
		}
	}
	return sum
}

// What a tile shows is what was put in: at zoom 18 each decoded corner is within a tile's unit (4 cm) of a real one, or on the cut.
func TestTilesShowTheRealBoundaries(t *testing.T) {
	w := makeWorld(t, areatest.Small)
	g := w.x.ByCode(areatest.Grid)
	corners := map[[2]int]bool{}
	const zoom = 18
	unit := math.Exp2(zoom + 12)
	key := func(lon, lat float64) [2]int {
		sin := math.Sin(lat * math.Pi / 180)
		return [2]int{int(math.Round((lon/360 + 0.5) * unit)), int(math.Round((0.5 - math.Log((1+sin)/(1-sin))/(4*math.Pi)) * unit))}
	}
	for _, p := range g.Boundary[0][0] {
		corners[key(p[0], p[1])] = true
	}
	found, exact := 0, 0
	for _, p := range g.Boundary[0][0] {
		at := maptile.At(p, zoom)
		for _, f := range decode(t, w.tiles, at)["area"] {
			if f.Properties["code"] != g.Code {
				continue
			}
			for _, q := range f.Geometry.(orb.Polygon)[0] {
				onCut := q[0] == -64 || q[0] == 4160 || q[1] == -64 || q[1] == 4160
				place := [2]int{int(at.X)<<12 + int(q[0]), int(at.Y)<<12 + int(q[1])}
				if !onCut && !near(corners, place) {
					t.Fatalf("%v: %v is no corner of %s", at, q, g.Code)
				}
				if !onCut {
					found++
				}
				if corners[place] {
					exact++
				}
			}
		}
	}
	if found < len(g.Boundary[0][0])-1 {
		t.Errorf("only %d corners were found", found)
	}
	if exact*10 < found*9 { // the program rounds on the way as well, so one that lies all but halfway may go to the other side
		t.Errorf("only %d of %d corners are rounded to the nearest unit", exact, found)
	}
}

// A point that lies exactly where four tiles meet is in one of them, as is one on an edge between two.
func TestTilesShareNoPointOnTheirEdges(t *testing.T) {
	at := maptile.At(orb.Point{116.3, 37.4}, 14)
	corner := at.Bound().Max // north-east
	onEdge := orb.Point{corner[0], at.Bound().Center()[1]}
	facilities := []area.Facility{{Code: "corner", At: corner}, {Code: "edge", At: onEdge}}
	tiles := area.NewTiles(mustIndex(t, nil), nil, facilities, nil)
	for zoom := maptile.Zoom(14); zoom <= area.MaxZoom; zoom++ {
		count := map[any]int{}
		for _, f := range facilities {
			middle := maptile.At(f.At, zoom)
			for dx := range uint32(3) {
				for dy := range uint32(3) {
					for _, shown := range decode(t, tiles, maptile.New(middle.X+dx-1, middle.Y+dy-1, zoom))["facility"] {
						if shown.Properties["code"] == f.Code {
							count[f.Code]++
						}
					}
				}
			}
		}
		if count["corner"] != 1 || count["edge"] != 1 {
			t.Errorf("zoom %d: %v", zoom, count)
		}
	}
}

func near(corners map[[2]int]bool, p [2]int) bool {
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			if corners[[2]int{p[0] + dx, p[1] + dy}] {
				return true
			}
		}
	}
	return false
}

// Labels and facilities are each in exactly one tile of a zoom; buildings and streets in at least one; and only from their zoom on.
func TestTilesShowEachThingFromItsZoomOn(t *testing.T) {
	w := makeWorld(t, areatest.Small)
	areas := map[string]int{"district": 0, "subdistrict": 8, "community": 10, "grid": 13}
	streets := map[string]int{"main": 11, "secondary": 13, "lane": 15}
	for zoom := maptile.Zoom(0); zoom <= 15; zoom++ {
		count := map[string]map[string]int{}
		for _, at := range tilesOver(w.x.Bound(), zoom) {
			for layer, features := range decode(t, w.tiles, at) {
				for _, f := range features {
					if count[layer] == nil {
						count[layer] = map[string]int{}
					}
					name, _ := f.Properties["code"].(string)
					if layer == "street" {
						name = f.Properties.MustString("name")
					}
					count[layer][name]++
				}
			}
		}
		for _, a := range w.x.AtLevel(area.Grid) {
			check(t, zoom, "area_label", count["area_label"][a.Code], areas["grid"], true)
		}
		for _, level := range area.Levels {
			for _, a := range w.x.AtLevel(level) {
				check(t, zoom, "area_label "+a.Code, count["area_label"][a.Code], areas[string(level)], true)
				if zoom >= 7 { // coarser, it is rounded away
					check(t, zoom, "area "+a.Code, count["area"][a.Code], areas[string(level)], false)
				}
			}
		}
		for _, f := range w.facilities {
			check(t, zoom, "facility "+f.Code, count["facility"][f.Code], 14, true)
		}
		for _, b := range w.buildings {
			check(t, zoom, "building "+b.Code, count["building"][b.Code], 14, false)
		}
		for _, s := range w.streets {
			check(t, zoom, "street "+s.Name, count["street"][s.Name], streets[s.Class], false)
		}
	}
}

func check(t *testing.T, zoom maptile.Zoom, what string, count, from int, once bool) {
	t.Helper()
	shown := int(zoom) >= from
	if shown != (count > 0) || once && count > 1 {
		t.Errorf("zoom %d: %s is in %d tiles, should show from zoom %d on", zoom, what, count, from)
	}
}

func TestTilesTellWhatAMapNeeds(t *testing.T) {
	w := makeWorld(t, areatest.Small)
	b := w.buildings[0]
	layers := decode(t, w.tiles, maptile.At(b.Footprint[0][0], 16))
	i := slices.IndexFunc(layers["building"], func(f *geojson.Feature) bool { return f.Properties["code"] == b.Code })
	if i < 0 {
		t.Fatal("the building is not in its tile")
	}
	if p := layers["building"][i].Properties; fmt.Sprint(p["name"], p["grid"], p["households"], p["floors"]) != fmt.Sprint(b.Name, b.Grid, b.Households, b.Floors) {
		t.Errorf("building: %v", p)
	}
	g := w.x.ByCode(b.Grid)
	for _, f := range layers["area"] {
		if f.Properties["code"] == g.Code {
			if f.ID != float64(g.ID) || f.Properties["name"] != g.Name || f.Properties["level"] != "grid" {
				t.Errorf("grid: %v %v", f.ID, f.Properties)
			}
			return
		}
	}
	t.Error("the building's grid is not in its tile")
}

func TestTilesAreKeptAndKeepTheirETag(t *testing.T) {
	w := makeWorld(t, areatest.Small)
	at := maptile.At(w.x.Bound().Center(), 13)
	first, etag, err := w.tiles.Tile(13, int(at.X), int(at.Y))
	if err != nil || !strings.HasPrefix(etag, `"`) || !strings.HasSuffix(etag, `"`) {
		t.Fatalf("%q, %v", etag, err)
	}
	again, _, _ := w.tiles.Tile(13, int(at.X), int(at.Y))
	if &first[0] != &again[0] {
		t.Error("the tile was made twice")
	}
	other := makeWorld(t, areatest.Small)
	if data, same, _ := other.tiles.Tile(13, int(at.X), int(at.Y)); same != etag || !bytes.Equal(data, first) {
		t.Error("another node makes another tile of the same areas")
	}
	w.facilities[0].Name = "改名"
	changed := area.NewTiles(w.x, w.buildings, w.facilities, w.streets)
	where := maptile.At(w.facilities[0].At, 15)
	_, before, _ := w.tiles.Tile(15, int(where.X), int(where.Y))
	_, after, _ := changed.Tile(15, int(where.X), int(where.Y))
	_, unchanged, _ := changed.Tile(13, int(at.X), int(at.Y))
	if before == after || unchanged != etag {
		t.Errorf("after a change at zoom 15 its ETag went from %s to %s, and one of zoom 13 from %s to %s", before, after, etag, unchanged)
	}
}

func TestTilesThatDoNotExist(t *testing.T) {
	w := makeWorld(t, areatest.Small)
	for _, c := range [][3]int{{-1, 0, 0}, {19, 0, 0}, {3, 8, 0}, {3, 0, 8}, {3, -1, 0}, {3, 0, -1}, {math.MaxInt, 0, 0}} {
		if _, _, err := w.tiles.Tile(c[0], c[1], c[2]); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if data, etag, err := w.tiles.Tile(10, 0, 0); data != nil || etag != "" || err != nil {
		t.Errorf("a tile far away: %d bytes, %q, %v", len(data), etag, err)
	}
}

// A hole stays a hole, and a part that is cut off by the tile's rim is left out.
func TestTilesOfHolesAndParts(t *testing.T) {
	box := func(w, s, e, n float64) orb.Ring { return orb.Ring{{w, s}, {e, s}, {e, n}, {w, n}, {w, s}} }
	hole := box(116.31, 37.41, 116.32, 37.42)
	hole.Reverse()
	x := mustIndex(t, []area.Area{{ID: 1, Code: "371402", Level: area.District, Label: orb.Point{116.305, 37.405}, Boundary: orb.MultiPolygon{
		{box(116.3, 37.4, 116.33, 37.43), hole}, {box(117.3, 37.4, 117.31, 37.41)},
	}}})
	tiles := area.NewTiles(x, nil, nil, nil)
	at := maptile.At(orb.Point{116.315, 37.415}, 11)
	features := decode(t, tiles, at)["area"]
	if len(features) == 0 {
		t.Fatal("nothing in the tile")
	}
	polygon, ok := features[0].Geometry.(orb.Polygon)
	if !ok || len(polygon) != 2 {
		t.Fatalf("%v", features[0].Geometry)
	}
	outer, inner := planar.Area(polygon[0]), -planar.Area(polygon[1])
	if ratio := outer / inner; math.Abs(ratio-9) > 0.2 { // 3 × 3 against 1 × 1, rounded to units
		t.Errorf("the hole is 1/%f of the whole", ratio)
	}
}

// BenchmarkColdTile makes the tile in the middle of 1,000 grids and 15,000 buildings, at the zooms where tiles are largest.
func BenchmarkColdTile(b *testing.B) {
	w := makeWorld(b, areatest.Sized(1000))
	for _, zoom := range []maptile.Zoom{10, 13, 14, 16} {
		b.Run(fmt.Sprint(zoom), func(b *testing.B) {
			at := maptile.At(w.x.Bound().Center(), zoom)
			size := 0
			for b.Loop() {
				b.StopTimer()
				tiles := area.NewTiles(w.x, w.buildings, w.facilities, w.streets)
				b.StartTimer()
				data, _, err := tiles.Tile(int(at.Z), int(at.X), int(at.Y))
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

func BenchmarkNewTiles(b *testing.B) {
	w := makeWorld(b, areatest.Sized(1000))
	for b.Loop() {
		area.NewTiles(w.x, w.buildings, w.facilities, w.streets)
	}
}
