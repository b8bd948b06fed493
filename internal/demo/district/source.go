package district

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"wangge/geodata/sources"
)

// division is an entry of the official list.
type division struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Parent string `json:"parent"`
}

// The types of the official list that are communities.
const (
	residentsCommittee = "residents_committee"
	villageCommittee   = "village_committee"
)

// fact is what is known of a subdistrict, for proportions.
type fact struct {
	Code       string  `json:"code"`
	Population int     `json:"population"`
	SquareKM   float64 `json:"area_km2"`
}

// source is everything the generator starts from.
type source struct {
	outline   ring
	urban     ring
	centre    metres
	divisions []division
	facts     map[string]fact
}

// readSource reads the sources that are built in.
func readSource() (*source, error) {
	var s source
	var err error
	if s.outline, err = readRing(sources.Boundary); err != nil {
		return nil, fmt.Errorf("reading the outline: %w", err)
	}
	if s.urban, err = readRing(sources.UrbanArea); err != nil {
		return nil, fmt.Errorf("reading the urban area: %w", err)
	}
	if s.centre, err = readPlace(sources.Place); err != nil {
		return nil, fmt.Errorf("reading the place: %w", err)
	}
	if err = json.Unmarshal(sources.Divisions, &s.divisions); err != nil {
		return nil, fmt.Errorf("reading the divisions: %w", err)
	}
	if s.facts, err = readFacts(sources.Facts); err != nil {
		return nil, fmt.Errorf("reading the facts: %w", err)
	}
	return &s, nil
}

// readRing reads the outer ring of the first polygon of a file, counter-clockwise.
func readRing(data []byte) (ring, error) {
	fc, err := geojson.UnmarshalFeatureCollection(data)
	if err != nil {
		return nil, err
	}
	var outer orb.Ring
	switch g := fc.Features[0].Geometry.(type) {
	case orb.Polygon:
		outer = g[0]
	case orb.MultiPolygon:
		outer = g[0][0]
	default:
		return nil, fmt.Errorf("a %s isn't a polygon", g.GeoJSONType())
	}
	var out ring
	for _, p := range outer[1:] {
		if v := vertexOf(p); len(out) == 0 || out[len(out)-1] != v {
			out = append(out, v)
		}
	}
	if out.area2() < 0 {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out, nil
}

// readPlace reads the first point of a file.
func readPlace(data []byte) (metres, error) {
	fc, err := geojson.UnmarshalFeatureCollection(data)
	if err != nil {
		return metres{}, err
	}
	p, ok := fc.Features[0].Geometry.(orb.Point)
	if !ok {
		return metres{}, fmt.Errorf("a %s isn't a point", fc.Features[0].Geometry.GeoJSONType())
	}
	return vertexOf(p).metres(), nil
}

func readFacts(data []byte) (map[string]fact, error) {
	var file struct {
		Units []fact `json:"units"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	out := map[string]fact{}
	for _, f := range file.Units {
		out[f.Code] = f
	}
	return out, nil
}

// district is the entry of the whole district.
func (s *source) district() (division, error) {
	for _, d := range s.divisions {
		if d.Type == "district" {
			return d, nil
		}
	}
	return division{}, fmt.Errorf("the list of divisions has no district")
}

// children are the entries below a code, in the list's order; of one type, or of any if kind is empty.
func (s *source) children(code, kind string) []division {
	var out []division
	for _, d := range s.divisions {
		if d.Parent == code && (kind == "" || d.Type == kind) {
			out = append(out, d)
		}
	}
	return out
}

// shortName is what people call a division: 尉署社区 for 尉署社区居委会, 新园村 for 新园村委会, 索庄新村 for 索庄新村村委会.
func shortName(official string) string {
	if name, ok := strings.CutSuffix(official, "居委会"); ok {
		return name
	}
	if name, ok := strings.CutSuffix(official, "村委会"); ok {
		return strings.TrimSuffix(name, "村") + "村"
	}
	return official
}

// baseName is a short name without what kind of place it is: 尉署 for 尉署社区, 新湖 for 新湖街道.
func baseName(short string) string {
	for _, kind := range []string{"社区", "街道", "镇", "村"} {
		if name, ok := strings.CutSuffix(short, kind); ok {
			return name
		}
	}
	return short
}
