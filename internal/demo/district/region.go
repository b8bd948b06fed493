package district

import (
	"fmt"
	"slices"
)

// region is a set of faces of the mesh, ascending: an area, or one on the way to become several.
type region []int32

// outlineOf is the region's boundary, counter-clockwise. It is an error if the region is in several parts, has a hole, or touches itself
// at a corner: such areas would be valid but are no good to work with.
func (m *mesh) outlineOf(r region) (ring, error) {
	loop, err := m.borderOf(r)
	if err != nil {
		return nil, err
	}
	out := make(ring, len(loop))
	for k, h := range loop {
		out[k] = m.vertices[m.halves[h].from]
	}
	return out.fromSouthWest(), nil
}

// borderOf is the loop of half-edges with the region on their left and something else on their right.
func (m *mesh) borderOf(r region) ([]int32, error) {
	mine := make(map[int32]bool, len(r))
	for _, f := range r {
		mine[f] = true
	}
	leaving := map[int32]int32{} // half-edge of the border by the vertex that it leaves
	first := int32(outside)
	for _, f := range r {
		for _, h := range m.faces[f].halves {
			if mine[m.neighbour(h)] {
				continue
			}
			if _, twice := leaving[m.halves[h].from]; twice {
				return nil, fmt.Errorf("the region touches itself at %v", m.vertices[m.halves[h].from].orb())
			}
			leaving[m.halves[h].from] = h
			first = h
		}
	}
	loop := []int32{first}
	for h := leaving[m.to(first)]; h != first; h = leaving[m.to(h)] {
		loop = append(loop, h)
	}
	if len(loop) != len(leaving) {
		return nil, fmt.Errorf("the region is in several parts or has a hole near %v", m.vertices[m.halves[first].from].orb())
	}
	return loop, nil
}

// parts are the connected parts of a region, the largest first. Faces that only meet at a corner aren't connected.
func (m *mesh) parts(r region) []region {
	left := make(map[int32]bool, len(r))
	for _, f := range r {
		left[f] = true
	}
	var out []region
	for _, f := range r {
		if left[f] {
			out = append(out, m.flood(f, left))
		}
	}
	slices.SortStableFunc(out, func(a, b region) int { return int(m.area2(b)>>20) - int(m.area2(a)>>20) })
	return out
}

// flood takes the faces connected to f out of left.
func (m *mesh) flood(f int32, left map[int32]bool) region {
	delete(left, f)
	out := region{f}
	for k := 0; k < len(out); k++ {
		for _, h := range m.faces[out[k]].halves {
			if n := m.neighbour(h); left[n] {
				delete(left, n)
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// area2 is twice the region's area in square units.
func (m *mesh) area2(r region) int64 {
	var sum int64
	for _, f := range r {
		sum += m.faces[f].area2
	}
	return sum
}

// centre is the mean of the region's faces, by area.
func (m *mesh) centre(r region) metres {
	var sum metres
	var total float64
	for _, f := range r {
		area := squareMetres(m.faces[f].area2)
		sum = sum.plus(m.faces[f].ring.centre().times(area))
		total += area
	}
	return sum.times(1 / total)
}

// centre is the mean of the ring's vertices.
func (r ring) centre() metres {
	var sum metres
	for _, v := range r {
		sum = sum.plus(v.metres())
	}
	return sum.times(1 / float64(len(r)))
}
