package area

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"wangge/internal/geo"
)

// GeoJSON gives the areas of a level inside an area of any level (of the whole district for the empty code) as a FeatureCollection
// (RFC 7946), compact, in WGS-84 with seven decimals, which loses nothing. Names and phones of posted leaders are not in it: personal
// data is given only where the reader's right to it is checked.
func (x *Index) GeoJSON(level Level, within string) []byte {
	out := []byte(`{"type":"FeatureCollection","features":[`)
	first := true
	for _, a := range x.AtLevel(level) {
		if !strings.HasPrefix(a.Code, within) {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = a.appendFeature(out)
	}
	return append(out, "]}"...)
}

func (a *Area) appendFeature(out []byte) []byte {
	out = append(out, `{"type":"Feature","id":`...)
	out = strconv.AppendInt(out, int64(a.ID), 10)
	out = append(out, `,"properties":{"code":`...)
	out = appendText(out, a.Code)
	out = append(out, `,"name":`...)
	out = appendText(out, a.Name)
	out = append(out, `,"level":`...)
	out = appendText(out, string(a.Level))
	out = append(out, `,"parent":`...)
	out = appendText(out, a.Parent)
	out = append(out, `,"kind":`...)
	out = appendText(out, a.Kind)
	out = append(out, `,"households":`...)
	out = strconv.AppendInt(out, int64(a.Households), 10)
	out = append(out, `,"label":`...)
	out = appendPoint(out, a.Label)
	out = append(out, `,"demonstration":`...)
	out = strconv.AppendBool(out, a.Demo)
	out = append(out, `,"version":`...)
	out = strconv.AppendInt(out, a.Version, 10)
	out = append(out, `},"geometry":{"type":"MultiPolygon","coordinates":[`...)
	for i, polygon := range a.Boundary {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendPolygon(out, polygon)
	}
	return append(out, `]}}`...)
}

func appendPolygon(out []byte, polygon orb.Polygon) []byte {
	for i, ring := range polygon {
		out = append(out, opening(i))
		for k, p := range ring {
			out = append(out, opening(k))
			out = appendPoint(out, p)
		}
		out = append(out, ']')
	}
	return append(out, ']')
}

// opening is what stands before the nth member of a list.
func opening(n int) byte {
	if n == 0 {
		return '['
	}
	return ','
}

func appendPoint(out []byte, p orb.Point) []byte {
	out = append(out, '[')
	out = appendDegrees(out, geo.E7(p[0]))
	out = append(out, ',')
	out = appendDegrees(out, geo.E7(p[1]))
	return append(out, ']')
}

// appendDegrees writes lattice steps as degrees, without zeros at the end.
func appendDegrees(out []byte, e7 int32) []byte {
	return strconv.AppendFloat(out, geo.Degrees(e7), 'f', -1, 64)
}

func appendText(out []byte, s string) []byte {
	b, _ := json.Marshal(s) // of a string it cannot fail
	return append(out, b...)
}
