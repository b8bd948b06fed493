package district

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/paulmach/orb"
)

// The files are written by hand rather than by a library, so that the order of keys, the number of decimals and the line breaks (one
// feature per line) never change, and a change of the district shows as a small difference.

// property is a key of a feature's properties with its value; values are strings, integers, booleans, points or properties.
type property struct {
	key   string
	value any
}

// WriteAreas writes all areas to w as a GeoJSON feature collection (RFC 7946, 7 decimals).
func (d *District) WriteAreas(w io.Writer) error {
	return writeFeatures(w, len(d.Areas), func(k int) (orb.Geometry, []property) {
		a := d.Areas[k]
		return a.Boundary, areaProperties(a)
	})
}

func areaProperties(a Area) []property {
	out := []property{{"code", a.Code}, {"name", a.Name}, {"level", a.Level}}
	if a.Parent != "" {
		out = append(out, property{"parent", a.Parent})
	}
	if a.Kind != "" {
		out = append(out, property{"kind", a.Kind})
	}
	out = append(out, property{"households", a.Households}, property{"label", a.Label})
	if a.Leader.Name != "" {
		out = append(out, property{"leader", []property{{"name", a.Leader.Name}, {"phone", a.Leader.Phone}}})
	}
	return append(out, property{"demonstration", true})
}

// WriteBuildings writes the buildings' footprints to w.
func (d *District) WriteBuildings(w io.Writer) error {
	return writeFeatures(w, len(d.Buildings), func(k int) (orb.Geometry, []property) {
		b := d.Buildings[k]
		return b.Footprint, []property{{"code", b.Code}, {"name", b.Name}, {"address", b.Address}, {"grid", b.Grid},
			{"households", b.Households}, {"floors", b.Floors}}
	})
}

// WriteFacilities writes the facilities' points to w.
func (d *District) WriteFacilities(w io.Writer) error {
	return writeFeatures(w, len(d.Facilities), func(k int) (orb.Geometry, []property) {
		f := d.Facilities[k]
		out := []property{{"code", f.Code}, {"kind", f.Kind}, {"name", f.Name}, {"grid", f.Grid}}
		if f.Windows > 0 {
			out = append(out, property{"windows", f.Windows})
		}
		return f.At, append(out, property{"demonstration", true})
	})
}

// WriteStreets writes the streets' lines to w.
func (d *District) WriteStreets(w io.Writer) error {
	return writeFeatures(w, len(d.Streets), func(k int) (orb.Geometry, []property) {
		s := d.Streets[k]
		return s.Line, []property{{"name", s.Name}, {"class", s.Class}, {"demonstration", true}}
	})
}

// writeFeatures writes a feature collection of n features.
func writeFeatures(w io.Writer, n int, feature func(k int) (orb.Geometry, []property)) error {
	out := []byte(`{"type":"FeatureCollection","features":[`)
	for k := range n {
		if k > 0 {
			out = append(out, ',')
		}
		g, properties := feature(k)
		out = append(out, "\n{\"type\":\"Feature\",\"properties\":"...)
		out = appendProperties(out, properties)
		out = append(out, `,"geometry":{"type":"`+g.GeoJSONType()+`","coordinates":`...)
		out = appendCoordinates(out, g)
		out = append(out, "}}"...)
	}
	if _, err := w.Write(append(out, "\n]}\n"...)); err != nil {
		return fmt.Errorf("writing %d features: %w", n, err)
	}
	return nil
}

func appendProperties(out []byte, properties []property) []byte {
	out = append(out, '{')
	for k, p := range properties {
		if k > 0 {
			out = append(out, ',')
		}
		out = append(strconv.AppendQuote(out, p.key), ':')
		out = appendValue(out, p.value)
	}
	return append(out, '}')
}

func appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case bool:
		return strconv.AppendBool(out, v)
	case orb.Point:
		return appendCoordinates(out, v)
	case []property:
		return appendProperties(out, v)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("district: %v isn't a value of a property", value))
	}
	return append(out, text...)
}

// appendCoordinates appends a point, line or polygon.
func appendCoordinates(out []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		out = strconv.AppendFloat(append(out, '['), g[0], 'f', 7, 64)
		out = strconv.AppendFloat(append(out, ','), g[1], 'f', 7, 64)
		return append(out, ']')
	case orb.LineString:
		return appendList(out, g)
	case orb.Polygon:
		out = append(out, '[')
		for k, r := range g {
			if k > 0 {
				out = append(out, ',')
			}
			out = appendList(out, r)
		}
		return append(out, ']')
	}
	panic(fmt.Sprintf("district: a %s is none of the geometries written", g.GeoJSONType()))
}

func appendList[T ~[]orb.Point](out []byte, points T) []byte {
	out = append(out, '[')
	for k, p := range points {
		if k > 0 {
			out = append(out, ',')
		}
		out = appendCoordinates(out, p)
	}
	return append(out, ']')
}
