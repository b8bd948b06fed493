package importer_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"

	"wangge/geodata"
	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/area/importer"
	"wangge/internal/fault"
	"wangge/internal/geo"
)

type files map[string][]byte

func (f files) fs() fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range f {
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

func read(t *testing.T, f files, name string, o importer.Options) (area.Plan, error) {
	t.Helper()
	var plan area.Plan
	err := importer.Read(t.Context(), f.fs(), name, o, &plan)
	return plan, err
}

func mustRead(t *testing.T, f files, name string, o importer.Options) area.Plan {
	t.Helper()
	plan, err := read(t, f, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// official is how a survey office would name things.
var official = map[string]string{"code": "XZQDM", "name": "XZQMC", "level": "级别", "households": "HS", "leader_name": "WGZ", "leader_phone": "DH"}

// areaSheet writes areas under official names, in a datum.
func areaSheet(areas []area.Item[area.Area], d geo.Datum) sheet {
	s := sheet{columns: []string{"XZQDM", "XZQMC", "级别", "HS", "WGZ", "DH"}}
	names := map[area.Level]string{area.District: "区", area.Subdistrict: "街道", area.Community: "社区", area.Grid: "网格"}
	for _, item := range areas {
		a := item.Value
		s.rows = append(s.rows, []string{a.Code, a.Name, names[a.Level], fmt.Sprint(a.Households), a.LeaderName, a.LeaderPhone})
		s.geometries = append(s.geometries, shifted(a.Boundary, d))
	}
	return s
}

func shifted(polygons orb.MultiPolygon, d geo.Datum) orb.MultiPolygon {
	out := polygons.Clone()
	for _, polygon := range out {
		for _, ring := range polygon {
			for i, p := range ring {
				ring[i] = d.FromWGS84(p)
			}
		}
	}
	return out
}

// Every format in every datum gives back what was written, to the lattice step, and so exactly covering parents.
func TestEveryFormatInEveryDatum(t *testing.T) {
	made := areatest.Make(areatest.Small)
	for _, datum := range []geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09} {
		s := areaSheet(made.Areas, datum)
		shp, dbf := s.shapefile(utf8Text)
		gbkShp, gbkDbf := s.shapefile(gbkText)
		all := files{
			"a.geojson": s.geojson(), "a.geojson.gz": gzipped(t, s.geojson()), "a.kml": s.kml(), "a.kmz": zipped(t, files{"doc.kml": s.kml()}),
			"loose.shp": shp, "loose.dbf": dbf, "loose.cpg": []byte("UTF-8"), "UPPER.SHP": gbkShp, "UPPER.DBF": gbkDbf,
			"utf8.zip": zipped(t, files{"x/grids.shp": shp, "x/grids.dbf": dbf}), "gbk.zip": zipped(t, files{"网格.shp": gbkShp, "网格.dbf": gbkDbf}),
			"a.gpkg": s.geopackage(t, 4490, ""),
		}
		for name := range all {
			if strings.HasSuffix(strings.ToLower(name), ".dbf") || strings.HasSuffix(name, ".cpg") {
				continue
			}
			t.Run(string(datum)+"/"+name, func(t *testing.T) {
				plan := mustRead(t, all, name, importer.Options{Datum: datum, Map: official})
				sameAreas(t, made.Areas, plan.Areas)
				if _, err := plan.Check(area.State{}); err != nil {
					t.Errorf("what came in does not fit together: %v", err)
				}
			})
		}
	}
}

func sameAreas(t *testing.T, want, got []area.Item[area.Area]) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d areas, want %d", len(got), len(want))
	}
	for i := range want {
		a, b := want[i].Value, got[i].Value
		if diff := cmp.Diff(a, b, cmpopts.IgnoreFields(area.Area{}, "Boundary", "Label", "Kind", "Demo")); diff != "" {
			t.Fatal(diff)
		}
		if !a.Boundary.Equal(b.Boundary) {
			t.Fatalf("%s: the boundary is another\n%v\n%v", a.Code, a.Boundary, b.Boundary)
		}
		if v := geo.At(b.Label); !geo.NewRings(b.Boundary).Contains(v.Lon, v.Lat) {
			t.Fatalf("%s: the label is outside", a.Code)
		}
	}
}

func TestBuildingsFacilitiesAndStreets(t *testing.T) {
	made := areatest.Make(areatest.Small)
	var buildings, facilities, streets sheet
	buildings.columns = []string{"code", "name", "address", "households", "floors"}
	for _, item := range made.Buildings {
		b := item.Value
		buildings.rows = append(buildings.rows, []string{b.Code, b.Name, b.Address, fmt.Sprint(b.Households), fmt.Sprint(b.Floors)})
		buildings.geometries = append(buildings.geometries, orb.MultiPolygon{b.Footprint})
	}
	facilities.columns = []string{"code", "kind", "name", "windows"}
	for _, item := range made.Facilities {
		f := item.Value
		facilities.rows = append(facilities.rows, []string{f.Code, f.Kind, f.Name, fmt.Sprint(f.Windows)})
		facilities.geometries = append(facilities.geometries, f.At)
	}
	streets.columns = []string{"name", "class"}
	for _, item := range made.Streets {
		streets.rows = append(streets.rows, []string{item.Value.Name, item.Value.Class})
		streets.geometries = append(streets.geometries, item.Value.Line)
	}
	for _, ext := range []string{".geojson", ".kml", ".gpkg", ".zip"} {
		plan := area.Plan{Areas: made.Areas}
		for what, s := range map[importer.What]sheet{importer.Buildings: buildings, importer.Facilities: facilities, importer.Streets: streets} {
			shp, dbf := s.shapefile(gbkText)
			f := files{"x.geojson": s.geojson(), "x.kml": s.kml(), "x.gpkg": s.geopackage(t, 4326, ""), "x.zip": zipped(t, files{"x.shp": shp, "x.dbf": dbf})}
			if err := importer.Read(t.Context(), f.fs(), "x"+ext, importer.Options{What: what}, &plan); err != nil {
				t.Fatalf("%s %s: %v", what, ext, err)
			}
		}
		// None names its grid: each is put into the one it stands in, which is the one it was made for.
		summary, err := plan.Check(area.State{})
		if err != nil || summary.Buildings != 72 || summary.Facilities != 24 || summary.Streets != 4 {
			t.Errorf("%s: %+v, %v", ext, summary, err)
		}
		for i, item := range plan.Buildings {
			want := made.Buildings[i].Value
			want.Grid = ""
			if diff := cmp.Diff(want, item.Value); diff != "" {
				t.Fatalf("%s: %s", ext, diff)
			}
		}
		for i, item := range plan.Facilities {
			want := made.Facilities[i].Value
			want.Grid = ""
			if diff := cmp.Diff(want, item.Value); diff != "" {
				t.Fatalf("%s: %s", ext, diff)
			}
		}
		for i, item := range plan.Streets {
			if diff := cmp.Diff(made.Streets[i].Value, item.Value); diff != "" {
				t.Fatalf("%s: %s", ext, diff)
			}
		}
	}
}

// square is a feature's text with a square grid.
func feature(properties, coordinates string) string {
	return `{"type":"Feature","properties":{` + properties + `},"geometry":{"type":"Polygon","coordinates":` + coordinates + `}}`
}

const square = `[[[116.3,37.4],[116.31,37.4],[116.31,37.41],[116.3,37.41],[116.3,37.4]]]`

func collection(features ...string) []byte {
	return []byte(`{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`)
}

// Codes are read whatever they look like, and levels and parents are worked out from them.
func TestLevelsAndParents(t *testing.T) {
	for _, c := range []struct {
		properties string
		options    importer.Options
		want       area.Area
	}{
		{`"code":371402,"name":"a"`, importer.Options{}, area.Area{Code: "371402", Level: area.District}},
		{`"code":"371402000000","name":"a"`, importer.Options{}, area.Area{Code: "371402", Level: area.District}},
		{`"code":371402001000,"name":"a"`, importer.Options{}, area.Area{Code: "371402001", Level: area.Subdistrict, Parent: "371402"}},
		{`"code":371402001001.0,"name":"a"`, importer.Options{}, area.Area{Code: "371402001001", Level: area.Community, Parent: "371402001"}},
		{`"code":3714020010011001,"name":"a"`, importer.Options{}, area.Area{Code: "3714020010011001", Level: area.Grid, Parent: "371402001001"}},
		{`"code":"371402001000","name":"a","level":"街道","parent":"371402000000"`, importer.Options{}, area.Area{Code: "371402001", Level: area.Subdistrict, Parent: "371402"}},
		{`"code":"371402001000","name":"a"`, importer.Options{Level: area.Community}, area.Area{Code: "371402001000", Level: area.Community, Parent: "371402001"}},
		{`"CODE":" 371402001001 ","NAME":"a","level":"village","parent":"371402001","kind":"village"`, importer.Options{},
			area.Area{Code: "371402001001", Level: area.Community, Parent: "371402001", Kind: "village"}},
		{`"code":"371402","name":"a","leader":{"name":"张","phone":"139"},"households":3000,"demonstration":true`, importer.Options{},
			area.Area{Code: "371402", Level: area.District, LeaderName: "张", LeaderPhone: "139", Households: 3000, Demo: true}},
	} {
		plan := mustRead(t, files{"a.geojson": collection(feature(c.properties, square))}, "a.geojson", c.options)
		c.want.Name = "a"
		if diff := cmp.Diff(c.want, plan.Areas[0].Value, cmpopts.IgnoreFields(area.Area{}, "Boundary", "Label")); diff != "" {
			t.Errorf("%s: %s", c.properties, diff)
		}
	}
}

func TestLabelsFromTheFile(t *testing.T) {
	inside := feature(`"code":"371402","name":"a","label":[116.301,37.402]`, square)
	outside := feature(`"code":"371402","name":"a","label":[117,37.402]`, square)
	plan := mustRead(t, files{"a.json": collection(inside, outside)}, "a.json", importer.Options{})
	if got := plan.Areas[0].Value.Label; got != (orb.Point{116.301, 37.402}) {
		t.Errorf("the label that lies inside became %v", got)
	}
	if got := plan.Areas[1].Value.Label; math.Abs(got[0]-116.305) > 0.001 || math.Abs(got[1]-37.405) > 0.001 {
		t.Errorf("the label that lies outside became %v", got)
	}
}

// Each kind of broken file: what kind of fault, and words that must be in it.
func TestBadFiles(t *testing.T) {
	good := areaSheet(areatest.Make(areatest.Small).Areas[:3], geo.WGS84)
	shp, dbf := good.shapefile(utf8Text)
	gpkg := good.geopackage(t, 4326, "")
	named := func(coordinates string) []byte {
		return collection(feature(`"code":"371402","name":"德城区"`, coordinates))
	}
	for name, c := range map[string]struct {
		file  string
		files files
		o     importer.Options
		kind  fault.Kind
		words []string
	}{
		"missing":               {"a.geojson", files{}, importer.Options{}, fault.NotFound, []string{"a.geojson"}},
		"a name unknown":        {"a.xlsx", files{"a.xlsx": []byte("x")}, importer.Options{}, fault.Unsupported, []string{".xlsx", ".geojson"}},
		"zip named geojson":     {"a.geojson", files{"a.geojson": zipped(t, files{"a": nil})}, importer.Options{}, fault.Unsupported, []string{"JSON", "ZIP"}},
		"json named kml":        {"a.kml", files{"a.kml": []byte("{}")}, importer.Options{}, fault.Unsupported, []string{"XML", "JSON"}},
		"text named gpkg":       {"a.gpkg", files{"a.gpkg": []byte("hello")}, importer.Options{}, fault.Unsupported, []string{"SQLite"}},
		"empty":                 {"a.geojson", files{"a.geojson": {}}, importer.Options{}, fault.Unsupported, []string{"something else"}},
		"other JSON":            {"a.json", files{"a.json": []byte(`{"type":"Topology"}`)}, importer.Options{}, fault.Unsupported, []string{"Topology"}},
		"other XML":             {"a.kml", files{"a.kml": []byte(`<gpx></gpx>`)}, importer.Options{}, fault.Unsupported, []string{"not KML"}},
		"other database":        {"a.gpkg", files{"a.gpkg": plainSQLite(t)}, importer.Options{}, fault.Unsupported, []string{"not a GeoPackage"}},
		"other archive":         {"a.zip", files{"a.zip": zipped(t, files{"a.txt": []byte("x")})}, importer.Options{}, fault.Unsupported, []string{"no .shp"}},
		"packed twice":          {"a.geojson.gz.gz", files{"a.geojson.gz.gz": gzipped(t, gzipped(t, named(square)))}, importer.Options{}, fault.Unsupported, []string{"twice"}},
		"broken JSON":           {"a.geojson", files{"a.geojson": named(square)[:80]}, importer.Options{}, fault.Invalid, []string{"not JSON"}},
		"broken KML":            {"a.kml", files{"a.kml": good.kml()[:900]}, importer.Options{}, fault.Invalid, []string{"line 1"}},
		"broken archive":        {"a.zip", files{"a.zip": zipped(t, files{"a.shp": shp})[:60]}, importer.Options{}, fault.Invalid, []string{"archive"}},
		"broken gzip":           {"a.geojson.gz", files{"a.geojson.gz": gzipped(t, named(square))[:40]}, importer.Options{}, fault.Invalid, []string{"to its end"}},
		"broken Shapefile":      {"a.shp", files{"a.shp": shp[:len(shp)-9], "a.dbf": dbf}, importer.Options{Map: official}, fault.Invalid, []string{"a.shp[2]", "breaks off"}},
		"broken database":       {"a.gpkg", files{"a.gpkg": gpkg[:5000]}, importer.Options{}, fault.Unsupported, []string{"malformed"}},
		"no .dbf":               {"a.shp", files{"a.shp": shp}, importer.Options{}, fault.Invalid, []string{".dbf", "missing"}},
		"short .dbf":            {"a.shp", files{"a.shp": shp, "a.dbf": dbf[:len(dbf)-300]}, importer.Options{Map: official}, fault.Invalid, []string{"more shapes than"}},
		"no feature":            {"a.geojson", files{"a.geojson": collection()}, importer.Options{}, fault.Invalid, []string{"no feature"}},
		"several layers":        {"a.zip", files{"a.zip": zipped(t, files{"a.shp": shp, "b.shp": shp})}, importer.Options{}, fault.Invalid, []string{"a.shp", "b.shp"}},
		"no such layer":         {"a.gpkg", files{"a.gpkg": gpkg}, importer.Options{Layer: "x"}, fault.Invalid, []string{`"x"`}},
		"projected .prj":        {"a.shp", files{"a.shp": shp, "a.dbf": dbf, "a.prj": []byte(`PROJCS["CGCS2000_3_Degree_GK_Zone_39",GEOGCS["x"]]`)}, importer.Options{}, fault.Invalid, []string{"CGCS2000_3_Degree_GK_Zone_39", "longitude and latitude"}},
		"old datum":             {"a.shp", files{"a.shp": shp, "a.dbf": dbf, "a.prj": []byte(`GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980"]]`)}, importer.Options{}, fault.Invalid, []string{"Xian"}},
		"projected GeoPackage":  {"a.gpkg", files{"a.gpkg": good.geopackage(t, 4549, `PROJCS["CGCS2000 / CM 117E"]`)}, importer.Options{}, fault.Invalid, []string{"CM 117E"}},
		"projected by crs":      {"a.geojson", files{"a.geojson": []byte(`{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4549"}},"features":[]}`)}, importer.Options{}, fault.Invalid, []string{"4549"}},
		"projected coordinates": {"a.geojson", files{"a.geojson": named(`[[[39512345,4145678],[39512445,4145678],[39512345,4145778],[39512345,4145678]]]`)}, importer.Options{}, fault.Invalid, []string{"a.geojson[0]", "德城区", "projection"}},
		"swapped":               {"a.geojson", files{"a.geojson": named(`[[[37.4,116.3],[37.41,116.3],[37.41,116.31],[37.4,116.3]]]`)}, importer.Options{}, fault.Invalid, []string{"371402 德城区", "swapped", "longitude comes first"}},
		"one coordinate":        {"a.geojson", files{"a.geojson": named(`[[[116.3],[116.31,37.4],[116.31,37.41],[116.3]]]`)}, importer.Options{}, fault.Invalid, []string{"a.geojson[0]", "longitude and a latitude"}},
		"text for coordinates":  {"a.geojson", files{"a.geojson": named(`"x"`)}, importer.Options{}, fault.Invalid, []string{"a.geojson[0]", "Polygon"}},
		"points for areas":      {"a.geojson", files{"a.geojson": []byte(`{"type":"Feature","properties":{"code":"371402","name":"x"},"geometry":{"type":"Point","coordinates":[116,37]}}`)}, importer.Options{}, fault.Invalid, []string{"polygons are needed", "Point"}},
		"no geometry":           {"a.geojson", files{"a.geojson": collection(`{"type":"Feature","properties":{"code":"371402","name":"x"},"geometry":null}`)}, importer.Options{}, fault.Invalid, []string{"no geometry"}},
		"no property":           {"a.geojson", files{"a.geojson": collection(feature(`"XZQDM":"371402","XZQMC":"x"`, square))}, importer.Options{}, fault.Invalid, []string{`"code"`, "XZQDM, XZQMC"}},
		"mapped to nothing":     {"a.geojson", files{"a.geojson": named(square)}, importer.Options{Map: map[string]string{"households": "HS"}}, fault.Invalid, []string{`"HS" for households`, "code, name"}},
		"households of text":    {"a.geojson", files{"a.geojson": collection(feature(`"code":"371402","name":"x","households":"many"`, square))}, importer.Options{}, fault.Invalid, []string{"households", "many"}},
		"what":                  {"a.geojson", files{"a.geojson": named(square)}, importer.Options{What: "trees"}, fault.Invalid, []string{"trees"}},
		"too many bytes":        {"a.geojson", files{"a.geojson": named(square)}, importer.Options{Limits: importer.Limits{Bytes: 100, Features: 9, Points: 99}}, fault.TooLarge, []string{"a.geojson"}},
		"a bomb":                {"a.geojson.gz", files{"a.geojson.gz": gzipped(t, make([]byte, 1<<20))}, importer.Options{Limits: importer.Limits{Bytes: 1 << 18, Features: 9, Points: 99}}, fault.TooLarge, []string{"a.geojson.gz"}},
		"a bomb in an archive":  {"a.zip", files{"a.zip": zipped(t, files{"a.geojson": make([]byte, 1<<20)})}, importer.Options{Limits: importer.Limits{Bytes: 1 << 18, Features: 9, Points: 99}}, fault.TooLarge, []string{"a.zip"}},
		"too many points":       {"a.geojson", files{"a.geojson": named(square)}, importer.Options{Limits: importer.Limits{Bytes: 1000, Features: 9, Points: 4}}, fault.TooLarge, []string{"several files"}},
		"too many features":     {"a.kml", files{"a.kml": good.kml()}, importer.Options{Limits: importer.Limits{Bytes: 1 << 20, Features: 2, Points: 9999}}, fault.TooLarge, []string{"several files"}},
		"KML coordinates":       {"a.kml", files{"a.kml": []byte(`<kml><Placemark><name>x</name><ExtendedData><Data name="code"><value>371402</value></Data></ExtendedData><Point><coordinates>116.3;37.4</coordinates></Point></Placemark></kml>`)}, importer.Options{}, fault.Invalid, []string{"a.kml[0]", "116.3;37.4"}},
	} {
		plan, err := read(t, c.files, c.file, c.o)
		f := fault.As(err)
		if f == nil || f.Kind != c.kind {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
			continue
		}
		told := f.Error()
		for _, field := range f.Fields {
			told += "\n" + field.Name + " " + field.Text
		}
		for _, word := range c.words {
			if !strings.Contains(told, word) {
				t.Errorf("%s: %q is not in\n%s", name, word, told)
			}
		}
		if len(plan.Areas) > 0 || plan.SHA256 != nil {
			t.Errorf("%s: the plan was changed", name)
		}
	}
}

func plainSQLite(t *testing.T) []byte {
	data := sheet{columns: []string{"a"}}.geopackage(t, 4326, "")
	out := []byte(strings.ReplaceAll(string(data), "gpkg_contents", "gpkg_xontents"))
	return out
}

// Reading several files makes one plan, with references that tell the files apart, and a hash over all.
func TestSeveralFilesMakeOnePlan(t *testing.T) {
	made := areatest.Make(areatest.Small)
	f := files{"high/upper.geojson": areaSheet(made.Areas[:2], geo.WGS84).geojson(), "lower.kml": areaSheet(made.Areas[2:], geo.WGS84).kml()}
	var plan area.Plan
	var sums []string
	for _, name := range []string{"high/upper.geojson", "lower.kml"} {
		if err := importer.Read(t.Context(), f.fs(), name, importer.Options{Map: official}, &plan); err != nil {
			t.Fatal(err)
		}
		sums = append(sums, string(plan.SHA256))
	}
	if plan.Areas[1].Ref != "upper.geojson[1]" || plan.Areas[2].Ref != "lower.kml[0]" || len(plan.Areas) != len(made.Areas) {
		t.Errorf("%s, %s, %d areas", plan.Areas[1].Ref, plan.Areas[2].Ref, len(plan.Areas))
	}
	if sums[0] == sums[1] || len(sums[1]) != 32 {
		t.Error("the hash does not cover the second file")
	}
}

func TestKMLFoldersAreLayers(t *testing.T) {
	mark := func(code string) string {
		return `<Placemark><name>n</name><ExtendedData><Data name="code"><value>` + code + `</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>116.3,37.4 116.31,37.4 116.31,37.41 116.3,37.4</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>`
	}
	doc := `<kml><Document><Folder><name>社区</name>` + mark("371402001001") + `</Folder><Folder><name>网格</name>` + mark("3714020010011001") + `</Folder></Document></kml>`
	plan := mustRead(t, files{"a.kml": []byte(doc)}, "a.kml", importer.Options{Layer: "网格"})
	if len(plan.Areas) != 1 || plan.Areas[0].Value.Code != "3714020010011001" || plan.Areas[0].Ref != "a.kml[1]" {
		t.Errorf("%+v", plan.Areas)
	}
	gbk := append([]byte(`<?xml version="1.0" encoding="GBK"?>`), gbkText(doc)...)
	if plan := mustRead(t, files{"a.kml": gbk}, "a.kml", importer.Options{Layer: "社区"}); len(plan.Areas) != 1 {
		t.Errorf("in GBK: %d areas", len(plan.Areas))
	}
}

// A datum that is spelled otherwise is the same datum; one that does not exist is refused, never taken for WGS-84.
func TestDatumsAreReadByName(t *testing.T) {
	made := areatest.Make(areatest.Small)
	f := files{"a.geojson": areaSheet(made.Areas, geo.GCJ02).geojson()}
	sameAreas(t, made.Areas, mustRead(t, f, "a.geojson", importer.Options{Map: official, Datum: "GCJ-02"}).Areas)
	if plan, err := read(t, f, "a.geojson", importer.Options{Map: official, Datum: "beijing54"}); !fault.Is(err, fault.Invalid) || plan.Areas != nil {
		t.Errorf("%d areas, %v", len(plan.Areas), err)
	}
}

// A hole and a second part must survive each format, whatever order rings come in.
func TestHolesAndParts(t *testing.T) {
	box := func(w, s, e, n float64) orb.Ring { return orb.Ring{{w, s}, {e, s}, {e, n}, {w, n}, {w, s}} }
	want := geo.Clean(orb.MultiPolygon{{box(116.3, 37.4, 116.34, 37.44), box(116.31, 37.41, 116.32, 37.42)}, {box(116.4, 37.4, 116.41, 37.41)}})
	s := sheet{columns: []string{"code", "name"}, rows: [][]string{{"371402", "x"}}, geometries: []orb.Geometry{want}}
	shp, dbf := s.shapefile(utf8Text)
	f := files{"a.geojson": s.geojson(), "a.kml": s.kml(), "a.gpkg": s.geopackage(t, 4326, ""), "a.shp": shp, "a.dbf": dbf}
	for _, name := range []string{"a.geojson", "a.kml", "a.gpkg", "a.shp"} {
		plan := mustRead(t, f, name, importer.Options{})
		got := plan.Areas[0].Value.Boundary
		if len(got) != 2 || len(got[0]) != 2 || math.Abs(geo.NewLocal(orb.Point{116.3, 37.4}).Area(got)-geo.NewLocal(orb.Point{116.3, 37.4}).Area(want)) > 1e-6 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A GeoPackage that was last written with a write-ahead log, as QGIS leaves them, says so in its head.
func TestAGeoPackageWithAWriteAheadLog(t *testing.T) {
	made := areatest.Make(areatest.Small)
	data := areaSheet(made.Areas, geo.WGS84).geopackage(t, 4326, "")
	data[18], data[19] = 2, 2
	plan := mustRead(t, files{"a.gpkg": data}, "a.gpkg", importer.Options{Map: official})
	sameAreas(t, made.Areas, plan.Areas)
}

// The demonstration district goes through the importer as any real one would: nothing tolerated, nothing to be told.
func TestTheDemonstrationDistrict(t *testing.T) {
	var plan area.Plan
	for _, file := range []struct {
		name string
		what importer.What
		open func() ([]byte, error)
	}{
		{"areas.geojson", importer.Areas, geodata.Areas}, {"buildings.geojson", importer.Buildings, geodata.Buildings},
		{"facilities.geojson", importer.Facilities, geodata.Facilities}, {"streets.geojson", importer.Streets, geodata.Streets},
	} {
		data, err := file.open()
		if err != nil {
			t.Fatal(err)
		}
		if err := importer.ReadBytes(t.Context(), file.name, data, importer.Options{What: file.what}, &plan); err != nil {
			t.Fatal(err)
		}
	}
	summary, err := plan.Check(area.State{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range summary.Warnings {
		if w.Code != "area.households" { // villages and their small grids
			t.Errorf("%s: %s", w.Name, w.Text)
		}
	}
	if summary.Levels[area.Subdistrict] != 7 || summary.Levels[area.Community] != 126 {
		t.Errorf("%+v", summary.Levels)
	}
	everyBuildingStandsInItsGrid(t, plan)
}

func everyBuildingStandsInItsGrid(t *testing.T, plan area.Plan) {
	t.Helper()
	var areas []area.Area
	for i, item := range plan.Areas {
		item.Value.ID = int32(i + 1)
		areas = append(areas, item.Value)
	}
	x, err := area.NewIndex(areas)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range plan.Buildings {
		v := geo.At(geo.Label(orb.MultiPolygon{item.Value.Footprint}))
		if g := x.ByID(x.Locate(v.Lon, v.Lat)); g == nil || g.Code != item.Value.Grid {
			t.Fatalf("building %s of grid %s lies in %v", item.Value.Code, item.Value.Grid, g)
		}
	}
	if len(plan.Buildings) < 1000 {
		t.Errorf("only %d buildings", len(plan.Buildings))
	}
}

func TestACancelledReadStops(t *testing.T) {
	f := files{"a.gpkg": areaSheet(areatest.Make(areatest.Small).Areas, geo.WGS84).geopackage(t, 4326, "")}
	ctx, cancel := contextThatIsOver(t)
	defer cancel()
	var plan area.Plan
	if err := importer.Read(ctx, f.fs(), "a.gpkg", importer.Options{Map: official}, &plan); !errors.Is(err, ctx.Err()) {
		t.Errorf("%v", err)
	}
}
