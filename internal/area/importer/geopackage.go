package importer

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	_ "modernc.org/sqlite" // GeoPackage is SQLite; this one needs no C
)

// decodeGeoPackage reads one features layer of a GeoPackage (OGC 12-128r18). The database is opened in memory, from the bytes that were
// read and checked for size, and only for reading; a layer that is a view or a virtual table, which could compute anything, is not read.
func decodeGeoPackage(ctx context.Context, name string, data []byte, o Options, b *budget) ([]record, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := openBytes(ctx, conn, data); err != nil {
		return nil, unreadable(name, err)
	}
	layer, err := chooseLayer(ctx, conn, name, o.Layer)
	if err != nil {
		return nil, err
	}
	records, err := layer.read(ctx, conn, b)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return records, nil
}

// unreadable leaves our own refusals as they are and puts what SQLite says into one.
func unreadable(name string, err error) error {
	if asFault(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return invalid(name, "import.unreadable", "the database cannot be read: "+err.Error())
}

func openBytes(ctx context.Context, conn *sql.Conn, data []byte) error {
	data = bytes.Clone(data)
	// Bytes 18 and 19 say that the file was last written with a write-ahead log (2), which a database in memory cannot have.
	if len(data) > 19 && data[18] == 2 && data[19] == 2 {
		data[18], data[19] = 1, 1
	}
	err := conn.Raw(func(driver any) error {
		return driver.(interface{ Deserialize([]byte) error }).Deserialize(data)
	})
	for _, pragma := range []string{"trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"} {
		if err == nil {
			_, err = conn.ExecContext(ctx, "PRAGMA "+pragma)
		}
	}
	return err
}

// gpkgLayer is a table of features.
type gpkgLayer struct{ table, geometry string }

func chooseLayer(ctx context.Context, conn *sql.Conn, name, wanted string) (gpkgLayer, error) {
	rows, err := conn.QueryContext(ctx, `SELECT c.table_name, g.column_name, coalesce(s.organization_coordsys_id, 0), coalesce(s.definition, '')
		FROM gpkg_contents c
		JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
		JOIN sqlite_master m ON m.name = c.table_name AND m.type = 'table' AND m.rootpage > 0
		LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
		WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT 100`)
	if err != nil {
		return gpkgLayer{}, unsupported(name, "it is an SQLite database, but not a GeoPackage: "+err.Error())
	}
	defer rows.Close()
	var names []string
	var layer gpkgLayer
	wrong := ""
	for rows.Next() {
		var l gpkgLayer
		var code, definition string
		if err := rows.Scan(&l.table, &l.geometry, &code, &definition); err != nil {
			return gpkgLayer{}, unreadable(name, err)
		}
		if wanted == "" || strings.EqualFold(wanted, l.table) {
			names, layer, wrong = append(names, shorten(l.table)), l, wrongSRS(code, definition)
		}
	}
	switch {
	case rows.Err() != nil:
		return gpkgLayer{}, unreadable(name, rows.Err())
	case len(names) == 0:
		return gpkgLayer{}, invalid(name, "import.layer", "the GeoPackage has no layer of features"+called(wanted))
	case len(names) > 1:
		return gpkgLayer{}, invalid(name, "import.layer", "the GeoPackage has several layers, say which: "+strings.Join(names, ", "))
	case wrong != "":
		return gpkgLayer{}, invalid(name, "import.projection", wrong)
	}
	return layer, nil
}

// wrongSRS prefers the code, and takes the definition where the code is none of EPSG's (−1 and 0 are "undefined").
func wrongSRS(code, definition string) string {
	if code == "0" || code == "-1" || wrongEPSG(code) == "" {
		return ""
	}
	if why := wrongWKT(definition); why != "" {
		return why
	}
	return wrongEPSG("EPSG:" + code)
}

func (l gpkgLayer) read(ctx context.Context, conn *sql.Conn, b *budget) ([]record, error) {
	rows, err := conn.QueryContext(ctx, "SELECT * FROM "+quote(l.table))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	var out []record
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		r := l.record(len(out), columns, values)
		if err := b.take(points(r.geometry)); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (l gpkgLayer) record(number int, columns []string, values []any) record {
	r := record{number: number, properties: make(map[string]any, len(columns))}
	for i, column := range columns {
		if !strings.EqualFold(column, l.geometry) {
			r.properties[column] = values[i]
			continue
		}
		blob, _ := values[i].([]byte)
		var err error
		if r.geometry, err = decodeGP(blob); err != nil {
			r.problem = err.Error()
		}
	}
	return r
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// envelopeBytes is how long the box in a geometry's head is, by its code.
var envelopeBytes = [8]int{0, 32, 48, 48, 64, -1, -1, -1}

// decodeGP reads a geometry: "GP", version, flags, reference system, perhaps a box, then well-known binary.
func decodeGP(blob []byte) (orbGeometry, error) {
	const head = 8
	if len(blob) == 0 {
		return nil, nil
	}
	if len(blob) < head || blob[0] != 'G' || blob[1] != 'P' {
		return nil, errors.New("it is not a GeoPackage geometry")
	}
	flags := blob[3]
	box := envelopeBytes[flags>>1&7]
	switch {
	case flags&0x20 != 0:
		return nil, errors.New("geometries of extended types are not read")
	case flags&0x10 != 0:
		return nil, nil // empty
	case box < 0 || len(blob) < head+box:
		return nil, fmt.Errorf("the head of the geometry is broken (reference system %d)", binary.LittleEndian.Uint32(blob[4:]))
	}
	return decodeWKB(blob[head+box:])
}
