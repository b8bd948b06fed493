package importer_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"golang.org/x/text/encoding/simplifiedchinese"
	_ "modernc.org/sqlite"
)

// sheet is a layer to be written in any format: rows of text under columns, each with a geometry.
type sheet struct {
	columns    []string
	rows       [][]string
	geometries []orb.Geometry
}

func (s sheet) geojson() []byte {
	var features []any
	for i, row := range s.rows {
		properties := map[string]any{}
		for k, column := range s.columns {
			properties[column] = row[k]
		}
		features = append(features, map[string]any{"type": "Feature", "properties": properties,
			"geometry": map[string]any{"type": s.geometries[i].GeoJSONType(), "coordinates": s.geometries[i]}})
	}
	data, err := json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
	if err != nil {
		panic(err)
	}
	return data
}

func (s sheet) kml() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>图层</name>`)
	for i, row := range s.rows {
		b.WriteString("<Placemark><ExtendedData><SchemaData>")
		for k, column := range s.columns {
			fmt.Fprintf(&b, "<SimpleData name=%q>%s</SimpleData>", column, row[k])
		}
		b.WriteString("</SchemaData></ExtendedData><MultiGeometry>" + kmlShape(s.geometries[i]) + "</MultiGeometry></Placemark>")
	}
	b.WriteString("</Folder></Document></kml>")
	return []byte(b.String())
}

func kmlShape(g orb.Geometry) string {
	points := func(line []orb.Point) string {
		var b strings.Builder
		for _, p := range line {
			fmt.Fprintf(&b, "%v,%v,0 ", p[0], p[1])
		}
		return "<coordinates>" + b.String() + "</coordinates>"
	}
	switch g := g.(type) {
	case orb.Point:
		return "<Point>" + points([]orb.Point{g}) + "</Point>"
	case orb.LineString:
		return "<LineString>" + points(g) + "</LineString>"
	}
	out := ""
	for _, polygon := range g.(orb.MultiPolygon) {
		out += "<Polygon>"
		for i, ring := range polygon {
			side := []string{"outerBoundaryIs", "innerBoundaryIs"}[min(i, 1)]
			out += "<" + side + "><LinearRing>" + points(ring) + "</LinearRing></" + side + ">"
		}
		out += "</Polygon>"
	}
	return out
}

// shapefile gives the .shp and .dbf; text in the dbf is encoded by encode.
func (s sheet) shapefile(encode func(string) []byte) (shp, dbf []byte) {
	var body bytes.Buffer
	for i, g := range s.geometries {
		content := shapeContent(g)
		_ = binary.Write(&body, binary.BigEndian, []uint32{uint32(i + 1), uint32(len(content) / 2)})
		body.Write(content)
	}
	head := make([]byte, 100)
	binary.BigEndian.PutUint32(head, 9994)
	binary.BigEndian.PutUint32(head[24:], uint32(100+body.Len())/2)
	binary.LittleEndian.PutUint32(head[28:], 1000)
	return append(head, body.Bytes()...), s.dbf(encode)
}

func shapeContent(g orb.Geometry) []byte {
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	if p, ok := g.(orb.Point); ok {
		put(uint32(1))
		put(p[:])
		return b.Bytes()
	}
	kind, parts := uint32(3), []orb.LineString{}
	switch g := g.(type) {
	case orb.LineString:
		parts = append(parts, g)
	case orb.MultiPolygon:
		kind = 5
		for _, polygon := range g {
			for _, ring := range polygon {
				ring = ring.Clone()
				ring.Reverse() // outer rings clockwise
				parts = append(parts, orb.LineString(ring))
			}
		}
	}
	bound := g.Bound()
	put(kind)
	put([]float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]})
	var starts []uint32
	var all []orb.Point
	for _, part := range parts {
		starts = append(starts, uint32(len(all)))
		all = append(all, part...)
	}
	put([]uint32{uint32(len(parts)), uint32(len(all))})
	put(starts)
	put(all)
	return b.Bytes()
}

func (s sheet) dbf(encode func(string) []byte) []byte {
	const width = 60
	head := make([]byte, 32)
	head[0] = 3
	binary.LittleEndian.PutUint32(head[4:], uint32(len(s.rows)))
	binary.LittleEndian.PutUint16(head[8:], uint16(33+32*len(s.columns)))
	binary.LittleEndian.PutUint16(head[10:], uint16(1+width*len(s.columns)))
	for _, column := range s.columns {
		field := make([]byte, 32)
		copy(field[:10], encode(column))
		field[11], field[16] = 'C', width
		head = append(head, field...)
	}
	head = append(head, '\r')
	for _, row := range s.rows {
		head = append(head, ' ')
		for _, value := range row {
			head = append(head, bytes.Clone(append(encode(value), bytes.Repeat([]byte(" "), width)...)[:width])...)
		}
	}
	return head
}

func utf8Text(s string) []byte { return []byte(s) }

func gbkText(s string) []byte {
	out, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return out
}

// geopackage writes a layer as QGIS does, with boxes in the heads of geometries.
func (s sheet) geopackage(t testing.TB, srs int, definition string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.gpkg")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	run := func(statement string, args ...any) {
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run("CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT, description TEXT)")
	run("CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER)")
	run("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT)")
	run("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', ?, 'EPSG', ?, ?, '')", srs, srs, definition)
	run("INSERT INTO gpkg_contents VALUES ('layer one', 'features', 'layer', ?)", srs)
	run("INSERT INTO gpkg_geometry_columns VALUES ('layer one', 'geom', 'GEOMETRY', ?, 0, 0)", srs)
	run(`CREATE TABLE "layer one" (fid INTEGER PRIMARY KEY, geom BLOB, "` + strings.Join(s.columns, `" TEXT, "`) + `" TEXT)`)
	for i, row := range s.rows {
		args := []any{i + 1, gpBlob(t, s.geometries[i], srs)}
		for _, value := range row {
			args = append(args, value)
		}
		run(`INSERT INTO "layer one" VALUES (?`+strings.Repeat(", ?", len(args)-1)+")", args...)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func gpBlob(t testing.TB, g orb.Geometry, srs int) []byte {
	t.Helper()
	shape, err := wkb.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	head := binary.LittleEndian.AppendUint32([]byte{'G', 'P', 0, 1 | 1<<1}, uint32(srs))
	b := g.Bound()
	for _, v := range []float64{b.Min[0], b.Max[0], b.Min[1], b.Max[1]} {
		head = binary.LittleEndian.AppendUint64(head, math.Float64bits(v))
	}
	return append(head, shape...)
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
