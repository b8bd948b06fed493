package importer_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/area/importer"
	"wangge/internal/fault"
	"wangge/internal/geo"
)

func contextThatIsOver(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}

// district is a small sheet that goes all the way into a plan: areas under this program's own names.
func district() sheet {
	s := areaSheet(areatest.Make(areatest.Shape{Subdistricts: 1, Communities: 1, Cols: 2, Rows: 1}).Areas, geo.WGS84)
	s.columns = []string{"code", "name", "level", "households", "leader_name", "leader_phone"}
	return s
}

// mixed has every kind of geometry, and the properties of every kind of thing.
func mixed() sheet {
	polygon := orb.MultiPolygon{{{{116.3, 37.4}, {116.31, 37.4}, {116.31, 37.41}, {116.3, 37.4}}}}
	return sheet{
		columns:    []string{"code", "name", "kind", "class", "floors"},
		rows:       [][]string{{"1", "甲", "station", "main", "6"}, {"2", "乙", "clinic", "支路", ""}, {"3", "丙", "x", "lane", "1"}},
		geometries: []orb.Geometry{polygon, orb.Point{116.3, 37.4}, orb.LineString{{116.3, 37.4}, {116.4, 37.5}}},
	}
}

// only keeps the rows whose geometry is of one kind.
func (s sheet) only(kind string) sheet {
	out := sheet{columns: s.columns}
	for i, g := range s.geometries {
		if g.GeoJSONType() == kind {
			out.rows, out.geometries = append(out.rows, s.rows[i]), append(out.geometries, g)
		}
	}
	return out
}

// seeds are the sheets that each fuzz target starts from, in whatever format it reads.
func seeds() []sheet {
	m := mixed()
	return []sheet{district(), m, m.only("MultiPolygon"), m.only("Point"), m.only("LineString")}
}

// The seeds must get past every gate, or the targets would fuzz nothing but the gates.
func TestFuzzSeedsReachThePlan(t *testing.T) {
	all := seeds()
	for i, what := range []importer.What{importer.Areas, importer.Buildings, importer.Facilities, importer.Streets} {
		s := all[[]int{0, 2, 3, 4}[i]]
		shp, dbf := s.shapefile(utf8Text)
		f := files{"a.geojson": s.geojson(), "a.kml": s.kml(), "a.shp": shp, "a.dbf": dbf, "a.gpkg": s.geopackage(t, 4326, ""),
			"a.zip": zipped(t, files{"x.shp": shp, "x.dbf": dbf})}
		for _, name := range []string{"a.geojson", "a.kml", "a.shp", "a.gpkg", "a.zip"} {
			plan := mustRead(t, f, name, importer.Options{What: what})
			if n := len(plan.Areas) + len(plan.Buildings) + len(plan.Facilities) + len(plan.Streets); n != len(s.rows) {
				t.Errorf("%s, %s: %d of %d features reached the plan", name, what, n, len(s.rows))
			}
		}
	}
}

// mustHold is what every file must meet, whatever is in it: the reader answers or refuses with a fault; it never panics, never gives more
// points than the file has room for, and what it gives is judged by Check without a panic either. A file that is not broken in itself but
// unfit for the map is refused there.
func mustHold(t *testing.T, f files, name string, bytesPerPoint int) {
	size := 0
	for _, data := range f {
		size += len(data)
	}
	limits := importer.Limits{Bytes: 1 << 20, Features: 2000, Points: 20000}
	for _, what := range []importer.What{importer.Areas, importer.Buildings, importer.Facilities, importer.Streets} {
		var plan area.Plan
		err := importer.Read(t.Context(), f.fs(), name, importer.Options{What: what, Limits: limits}, &plan)
		var refused *fault.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("an error that is no fault: %v", err)
		}
		points := 0
		for _, item := range plan.Areas {
			for _, polygon := range item.Value.Boundary {
				for _, ring := range polygon {
					points += len(ring)
				}
			}
		}
		if bytesPerPoint > 0 && points*bytesPerPoint > size {
			t.Fatalf("%d points out of %d bytes", points, size)
		}
		if points < 2000 {
			_, _ = plan.Check(area.State{})
		}
	}
}

func FuzzGeoJSON(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s.geojson())
	}
	f.Add(collection(feature(`"code":"371402","name":"x","households":1e9,"label":[1]`, square)))
	f.Add([]byte(`{"type":"Point","coordinates":[116,37]}`))
	f.Add([]byte(`{"type":"FeatureCollection","features":{}}`))
	f.Add([]byte(`{"type":"Feature","properties":{"code":1e400},"geometry":{"type":"MultiPolygon","coordinates":[[[[1e308,-1e308]]]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) { mustHold(t, files{"a.geojson": data}, "a.geojson", 4) })
}

func FuzzKML(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s.kml())
	}
	f.Add([]byte(`<?xml version="1.0" encoding="GBK"?><kml><Placemark><Polygon><outerBoundaryIs/><innerBoundaryIs/></Polygon></Placemark></kml>`))
	f.Add([]byte(`<kml><Folder><Folder></Folder><name/></Folder><name/><Data name="a"/></kml>`))
	f.Fuzz(func(t *testing.T, data []byte) { mustHold(t, files{"a.kml": data}, "a.kml", 3) })
}

func FuzzShapefile(f *testing.F) {
	for _, s := range seeds() {
		shp, dbf := s.shapefile(utf8Text)
		f.Add(shp, dbf, []byte("UTF-8"), []byte(`GEOGCS["WGS 84"]`))
		shp, dbf = s.shapefile(gbkText)
		f.Add(shp, dbf, []byte(nil), []byte(nil))
	}
	huge, dbf := district().shapefile(utf8Text)
	binary.LittleEndian.PutUint32(huge[108+36:], 1<<31)
	binary.LittleEndian.PutUint32(huge[108+40:], 1<<31)
	f.Add(huge, dbf, []byte("936"), []byte(nil))
	f.Fuzz(func(t *testing.T, shp, dbf, cpg, prj []byte) {
		mustHold(t, files{"a.shp": shp, "a.dbf": dbf, "a.cpg": cpg, "a.prj": prj}, "a.shp", 8)
	})
}

func FuzzArchive(f *testing.F) {
	for _, s := range seeds() {
		shp, dbf := s.shapefile(utf8Text)
		f.Add(zipped(f, files{"x.shp": shp, "x.dbf": dbf}))
		f.Add(zipped(f, files{"doc.kml": s.kml()}))
		f.Add(zipped(f, files{"x.geojson": s.geojson()}))
	}
	f.Fuzz(func(t *testing.T, data []byte) { mustHold(t, files{"a.zip": data}, "a.zip", 0) })
}

func FuzzGeoPackage(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s.geopackage(f, 4326, ""))
	}
	f.Fuzz(func(t *testing.T, data []byte) { mustHold(t, files{"a.gpkg": data}, "a.gpkg", 8) })
}

// FuzzGeometry puts any blob where a GeoPackage has a geometry; whole databases would be refused by SQLite long before.
func FuzzGeometry(f *testing.F) {
	for _, g := range []orb.Geometry{
		orb.Point{116.3, 37.4}, orb.LineString{{116.3, 37.4}, {116.4, 37.5}}, orb.MultiLineString{{{116.3, 37.4}, {116.4, 37.5}}},
		orb.Polygon{{{116.3, 37.4}, {116.4, 37.4}, {116.4, 37.5}, {116.3, 37.4}}}, district().geometries[0],
	} {
		f.Add(gpBlob(f, g, 4326))
	}
	f.Add([]byte("GP\x00\x01\x00\x00\x00\x00\x01\x06\x00\x00\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := importer.DecodeGeometry(data)
		if n := importer.Points(g); err == nil && g != nil && n*16 > len(data) {
			t.Fatalf("%d points out of %d bytes: %s", n, len(data), fmt.Sprint(g))
		}
	})
}
