// Package geodata holds the demonstration district's files, as `wangge demo` imports them and as examples of what `wangge import` takes.
// What each file is and how it is made anew is in README.md, licences are in NOTICE.md.
package geodata

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
)

//go:generate go run wangge/internal/demo/district/cmd/gendistrict -out decheng

//go:embed decheng/areas.geojson decheng/buildings.geojson.gz decheng/facilities.geojson decheng/streets.geojson
var decheng embed.FS

// Areas is the GeoJSON, WGS-84, of the district, its subdistricts, communities and grids, in that order: a parent comes before its
// children. Properties: code, name, level, parent, kind (communities), households, label, leader (grids), demonstration.
func Areas() ([]byte, error) { return read("areas.geojson") }

// Buildings is the GeoJSON, WGS-84, of the buildings' footprints. Properties: code, name, address, grid, households (0 for schools and
// the like), floors.
func Buildings() ([]byte, error) { return read("buildings.geojson.gz") }

// Facilities is the GeoJSON, WGS-84, of points that serve the district. Properties: code, kind, name, grid, windows (service stations),
// demonstration.
func Facilities() ([]byte, error) { return read("facilities.geojson") }

// Streets is the GeoJSON, WGS-84, of the street lines. Properties: name, class (main, secondary or lane), demonstration.
func Streets() ([]byte, error) { return read("streets.geojson") }

// read gives a file's content, decompressed if it is compressed. The slice is the caller's own.
func read(name string) ([]byte, error) {
	content, err := decheng.ReadFile("decheng/" + name)
	if err != nil {
		return nil, fmt.Errorf("opening the demonstration district: %w", err)
	}
	if !bytes.HasPrefix(content, []byte{0x1f, 0x8b}) { // gzip's magic number
		return content, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("opening the demonstration district: %s: %w", name, err)
	}
	content, err = io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("opening the demonstration district: %s: %w", name, err)
	}
	return content, nil
}
