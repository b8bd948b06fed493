package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// geojsonObject is any of the top-level objects of RFC 7946.
type geojsonObject struct {
	Type        string          `json:"type"`
	Features    json.RawMessage `json:"features"`
	Geometry    *geojsonShape   `json:"geometry"`
	Properties  map[string]any  `json:"properties"`
	Coordinates json.RawMessage `json:"coordinates"`
	CRS         *struct {       // of the 2008 draft, still written by some programs
		Properties struct {
			Name string `json:"name"`
		} `json:"properties"`
	} `json:"crs"`
}

type geojsonShape struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

// decodeGeoJSON reads a FeatureCollection, a Feature or a bare geometry.
func decodeGeoJSON(name string, data []byte, b *budget) ([]record, error) {
	var top geojsonObject
	if err := unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &top); err != nil {
		return nil, invalid(name, "import.unreadable", "it is not JSON that can be read: "+err.Error())
	}
	if top.CRS != nil {
		if why := wrongEPSG(top.CRS.Properties.Name); why != "" {
			return nil, invalid(name, "import.projection", why)
		}
	}
	switch top.Type {
	case "FeatureCollection":
		return geojsonFeatures(name, top.Features, b)
	case "Feature":
		r := geojsonRecord(0, top)
		return []record{r}, b.take(points(r.geometry))
	case "Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon":
		r := geojsonRecord(0, geojsonObject{Geometry: &geojsonShape{top.Type, top.Coordinates}})
		return []record{r}, b.take(points(r.geometry))
	}
	return nil, unsupported(name, fmt.Sprintf("it is JSON, but not GeoJSON: its type is %q", shorten(top.Type)))
}

// geojsonFeatures decodes one feature at a time, so that one that is broken can be named.
func geojsonFeatures(name string, raw json.RawMessage, b *budget) ([]record, error) {
	if len(raw) == 0 {
		return nil, invalid(name, "import.unreadable", "the feature collection has no features")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, invalid(name, "import.unreadable", "the features are not a list")
	}
	var out []record
	for d.More() {
		var f geojsonObject
		if err := d.Decode(&f); err != nil {
			return nil, invalid(fmt.Sprintf("%s[%d]", name, len(out)), "import.unreadable", "the feature cannot be read: "+err.Error())
		}
		r := geojsonRecord(len(out), f)
		if err := b.take(points(r.geometry)); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func unmarshal(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // 16-digit codes must not become 3.7e15
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the object")
	}
	return nil
}

func geojsonRecord(number int, f geojsonObject) record {
	r := record{number: number, properties: f.Properties}
	if f.Geometry == nil {
		return r
	}
	geometry, err := f.Geometry.decode()
	if err != nil {
		r.problem = err.Error()
		return r
	}
	r.geometry = geometry
	return r
}

func (s geojsonShape) decode() (orb.Geometry, error) {
	switch s.Type {
	case "Point":
		var p position
		err := s.into(&p)
		return orb.Point(p), err
	case "LineString":
		var line []position
		err := s.into(&line)
		return toLine(line), err
	case "MultiLineString":
		var lines [][]position
		err := s.into(&lines)
		out := make(orb.MultiLineString, len(lines))
		for i, line := range lines {
			out[i] = toLine(line)
		}
		return out, err
	case "Polygon":
		var rings [][]position
		err := s.into(&rings)
		return orb.MultiPolygon{toPolygon(rings)}, err
	case "MultiPolygon":
		var polygons [][][]position
		err := s.into(&polygons)
		out := make(orb.MultiPolygon, len(polygons))
		for i, rings := range polygons {
			out[i] = toPolygon(rings)
		}
		return out, err
	}
	return nil, fmt.Errorf("a geometry of type %q is not read", shorten(s.Type))
}

func (s geojsonShape) into(v any) error {
	if err := json.Unmarshal(s.Coordinates, v); err != nil {
		return fmt.Errorf("its coordinates are not those of a %s: %w", s.Type, err)
	}
	return nil
}

// position is a point in GeoJSON: two numbers, and perhaps an altitude, which is left out.
type position orb.Point

// UnmarshalJSON insists on two numbers: the library would fill in zeros.
func (p *position) UnmarshalJSON(data []byte) error {
	var numbers []*float64
	if err := json.Unmarshal(data, &numbers); err != nil {
		return err
	}
	if len(numbers) < 2 || numbers[0] == nil || numbers[1] == nil {
		return errors.New("a position needs a longitude and a latitude")
	}
	*p = position{*numbers[0], *numbers[1]}
	return nil
}

func toLine(line []position) orb.LineString {
	out := make(orb.LineString, len(line))
	for i, p := range line {
		out[i] = orb.Point(p)
	}
	return out
}

func toPolygon(rings [][]position) orb.Polygon {
	out := make(orb.Polygon, len(rings))
	for i, ring := range rings {
		out[i] = orb.Ring(toLine(ring))
	}
	return out
}

// points counts the points of a geometry.
func points(g orb.Geometry) int {
	switch g := g.(type) {
	case orb.LineString:
		return len(g)
	case orb.MultiLineString:
		n := 0
		for _, line := range g {
			n += len(line)
		}
		return n
	case orb.MultiPolygon:
		n := 0
		for _, polygon := range g {
			for _, ring := range polygon {
				n += len(ring)
			}
		}
		return n
	}
	return 1
}

// shorten keeps what a file says from filling an error.
func shorten(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
