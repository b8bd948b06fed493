package area

import (
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/geojson"
)

// feature is one thing on the map, projected once and then cut for each tile.
type feature struct {
	id         int32 // 0: none
	from       int   // first zoom that shows it
	box        extents
	polygons   [][][]mercator // rings are open; in a tile's sense (y down) outer rings turn as MVT wants them
	line       []mercator
	point      *mercator
	properties geojson.Properties
}

func newPolygon(polygons orb.MultiPolygon) feature {
	f := feature{box: nothing}
	for _, polygon := range polygons {
		rings := make([][]mercator, 0, len(polygon))
		for _, ring := range polygon {
			if len(ring) > 0 {
				rings = append(rings, f.projectAll(ring[:len(ring)-1]))
			}
		}
		if len(rings) > 0 {
			f.polygons = append(f.polygons, rings)
		}
	}
	return f
}

func newLine(line orb.LineString) feature {
	f := feature{box: nothing}
	f.line = f.projectAll(line)
	return f
}

func newPoint(p orb.Point) feature {
	f := feature{box: nothing}
	f.point = &f.projectAll([]orb.Point{p})[0]
	return f
}

func (f *feature) projectAll(points []orb.Point) []mercator {
	out := make([]mercator, len(points))
	for i, p := range points {
		out[i] = project(p)
		f.box = f.box.with(out[i])
	}
	return out
}

// in gives what of the feature shows in a tile; nil when nothing does.
func (f *feature) in(t frame) *geojson.Feature {
	if t.zoom < f.from || !t.touches(f.box) {
		return nil
	}
	geometry := f.geometry(t)
	if geometry == nil {
		return nil
	}
	out := &geojson.Feature{Geometry: geometry, Properties: f.properties}
	if f.id != 0 {
		out.ID = uint64(f.id)
	}
	return out
}

func (f *feature) geometry(t frame) orb.Geometry {
	switch {
	case f.point != nil:
		if !t.has(*f.point) {
			return nil
		}
		p := t.within(*f.point)
		return orb.Point{float64(p.x), float64(p.y)}
	case f.line != nil:
		return cutLine(t, f.line)
	}
	return cutPolygons(t, f.polygons)
}

func cutLine(t frame, line []mercator) orb.Geometry {
	box := orb.Bound{Min: orb.Point{-buffer, -buffer}, Max: orb.Point{extent + buffer, extent + buffer}}
	flat := make(orb.LineString, 0, len(line))
	for _, m := range line {
		q := t.within(m)
		flat = append(flat, orb.Point{float64(q.x), float64(q.y)})
	}
	var out orb.MultiLineString
	for _, piece := range clip.LineString(box, flat) {
		for i, p := range piece {
			piece[i] = orb.Point{float64(int64(p[0])), float64(int64(p[1]))}
		}
		if piece = slices.Compact(piece); len(piece) > 1 {
			out = append(out, piece)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func cutPolygons(t frame, polygons [][][]mercator) orb.Geometry {
	var out orb.MultiPolygon
	for _, rings := range polygons {
		outer := cutRing(t, rings[0])
		if doubleArea(outer) <= 0 { // too small to be seen at this zoom, or outside
			continue
		}
		polygon := orb.Polygon{orbRing(outer)}
		for _, ring := range rings[1:] {
			if hole := cutRing(t, ring); doubleArea(hole) < 0 {
				polygon = append(polygon, orbRing(hole))
			}
		}
		out = append(out, polygon)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// cutRing turns the ring round as well: counter-clockwise on the ground is the negative sense in a tile, where y goes south, and MVT
// wants outer rings positive (Mapbox Vector Tile 2.1, 4.3.4.4).
func cutRing(t frame, ring []mercator) []mercator {
	out := make([]mercator, 0, len(ring))
	for _, m := range slices.Backward(ring) {
		if q := t.within(m); len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	out = slices.Compact(clipRing(out))
	for len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// clipRing leaves rings alone that lie wholly in the tile, as most do at high zooms and all at low ones.
func clipRing(ring []mercator) []mercator {
	for _, m := range ring {
		for _, s := range sides {
			if !s.inside(m) {
				return cut(ring)
			}
		}
	}
	return ring
}

// doubleArea is twice the signed area of an open ring: positive when it turns clockwise on the screen.
func doubleArea(ring []mercator) int64 {
	sum := int64(0)
	for i, b := range ring {
		a := ring[(i+len(ring)-1)%len(ring)]
		sum += a.x*b.y - b.x*a.y
	}
	return sum
}

func orbRing(ring []mercator) orb.Ring {
	out := make(orb.Ring, 0, len(ring)+1)
	for _, m := range ring {
		out = append(out, orb.Point{float64(m.x), float64(m.y)})
	}
	return append(out, out[0])
}
