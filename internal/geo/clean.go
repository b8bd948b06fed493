package geo

import (
	"slices"

	"github.com/paulmach/orb"
)

// Clean puts polygons into this program's form: snapped to the lattice, no point twice in a row, outer rings counter-clockwise and
// holes clockwise. Rings that are empty are dropped, so that a polygon made only of them disappears; nothing else that is wrong is
// mended or hidden: that is for Flaws to find. The argument is not changed.
func Clean(polygons orb.MultiPolygon) orb.MultiPolygon {
	out := make(orb.MultiPolygon, 0, len(polygons))
	for _, polygon := range polygons {
		clean := make(orb.Polygon, 0, len(polygon))
		for i, ring := range polygon {
			if ring := cleanRing(ring, i == 0); len(ring) > 0 {
				clean = append(clean, ring)
			}
		}
		if len(clean) > 0 {
			out = append(out, clean)
		}
	}
	return out
}

func cleanRing(ring orb.Ring, outer bool) orb.Ring {
	out := make(orb.Ring, 0, len(ring))
	for _, p := range ring {
		if p = Snap(p); len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	if sign := doubleArea(vertices(out)).Sign(); outer && sign < 0 || !outer && sign > 0 {
		slices.Reverse(out)
	}
	return out
}

func vertices(ring []orb.Point) []Vertex {
	out := make([]Vertex, len(ring))
	for i, p := range ring {
		out[i] = At(p)
	}
	return out
}
