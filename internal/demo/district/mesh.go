package district

import (
	"sort"
)

// mesh is the plane cut up by streets and by the outline: vertices, edges between them, and the faces that the edges enclose. Every
// area of the district is a union of faces, so areas fit together exactly, whatever is decided about them.
//
// Each edge is two half-edges, e and e^1, one per direction. A half-edge has its face on its left.
type mesh struct {
	vertices []vertex
	index    map[vertex]int32
	out      [][]int32 // half-edges that leave each vertex, counter-clockwise
	halves   []half
	faces    []face
}

// half is a half-edge.
type half struct {
	from    int32 // vertex
	face    int32 // on the left; outside if there is none
	owner   int32 // block of the lattice on the left; outside along the outline
	line    line
	removed bool
}

// outside stands for the face or block of what lies outside of the outline.
const outside = -1

// face is a block between streets.
type face struct {
	halves []int32 // the boundary, counter-clockwise
	ring   ring
	owner  int32 // block of the lattice
	area2  int64
}

// line names the lattice line that an edge belongs to.
type line struct {
	axis  axis
	fine  int32
	river bool // belongs to the outline, not to the lattice
}

func newMesh() *mesh { return &mesh{index: map[vertex]int32{}} }

// vertex is the index of v, which is added if it is new.
func (m *mesh) vertex(v vertex) int32 {
	if k, ok := m.index[v]; ok {
		return k
	}
	k := int32(len(m.vertices))
	m.index[v] = k
	m.vertices = append(m.vertices, v)
	m.out = append(m.out, nil)
	return k
}

// addEdge adds an edge with the lattice's blocks on its left and right.
func (m *mesh) addEdge(a, b vertex, l line, left, right int32) {
	if a == b {
		return
	}
	m.halves = append(m.halves,
		half{from: m.vertex(a), face: outside, owner: left, line: l},
		half{from: m.vertex(b), face: outside, owner: right, line: l})
}

func (m *mesh) to(e int32) int32 { return m.halves[e^1].from }

// ends are the positions that half-edge e leads from and to.
func (m *mesh) ends(e int32) (from, to vertex) {
	return m.vertices[m.halves[e].from], m.vertices[m.to(e)]
}

func (m *mesh) length(e int32) int64 {
	a, b := m.ends(e)
	return distance(a, b)
}

// neighbour is the face on the right of half-edge e.
func (m *mesh) neighbour(e int32) int32 { return m.halves[e^1].face }

// trace finds the faces anew, after edges were added or removed.
func (m *mesh) trace() {
	m.faces = nil
	m.sortAround()
	for e := range m.halves {
		m.halves[e].face = outside
	}
	seen := make([]bool, len(m.halves))
	for e := range m.halves {
		if seen[e] || m.halves[e].removed {
			continue
		}
		var loop []int32
		for h := int32(e); !seen[h]; h = m.next(h) {
			seen[h] = true
			loop = append(loop, h)
		}
		m.addFace(loop)
	}
}

// addFace makes a face of a loop of half-edges, unless it is the one around the outside.
func (m *mesh) addFace(loop []int32) {
	f := face{halves: loop}
	for _, h := range loop {
		f.ring = append(f.ring, m.vertices[m.halves[h].from])
	}
	if f.area2 = f.ring.area2(); f.area2 <= 0 {
		return
	}
	f.owner = m.mainOwner(loop)
	for _, h := range loop {
		m.halves[h].face = int32(len(m.faces))
	}
	m.faces = append(m.faces, f)
}

// mainOwner is the block of the lattice that most of a face's boundary belongs to.
func (m *mesh) mainOwner(loop []int32) int32 {
	length := map[int32]int64{}
	best := int32(outside)
	for _, h := range loop {
		k := m.halves[h].owner
		length[k] += m.length(h)
		if k != outside && (best == outside || length[k] > length[best]) {
			best = k
		}
	}
	return best
}

// next is the half-edge that follows e around the face on its left: at the end of e, the first one clockwise from the way back.
func (m *mesh) next(e int32) int32 {
	around := m.out[m.to(e)]
	for k, h := range around {
		if h == e^1 {
			return around[(k+len(around)-1)%len(around)]
		}
	}
	panic("district: a half-edge isn't among those at its vertex")
}

// sortAround lists the half-edges that leave each vertex, counter-clockwise from the east.
func (m *mesh) sortAround() {
	for k := range m.out {
		m.out[k] = m.out[k][:0]
	}
	for e, h := range m.halves {
		if !h.removed {
			m.out[h.from] = append(m.out[h.from], int32(e))
		}
	}
	for k, around := range m.out {
		centre := m.vertices[k]
		sort.Slice(around, func(i, j int) bool {
			return angleBefore(centre, m.vertices[m.to(around[i])], m.vertices[m.to(around[j])])
		})
	}
}

// angleBefore tells whether, seen from c, a comes before b counter-clockwise from the east. Exact.
func angleBefore(c, a, b vertex) bool {
	if ha, hb := southern(c, a), southern(c, b); ha != hb {
		return !ha
	}
	return cross(c, a, b) > 0
}

// southern tells whether p, seen from c, lies in the half turn that begins in the west and ends before the east.
func southern(c, p vertex) bool {
	return p.Y < c.Y || p.Y == c.Y && p.X < c.X
}

// dropSlivers removes streets until no face is much smaller or thinner than a block: where the outline cuts off a corner, the corner
// goes to the neighbour that it shares most of its border with. Faces that apart keeps apart are never joined.
func (m *mesh) dropSlivers(isSliver func(face) bool, apart func(a, b face) bool) {
	for range 8 {
		m.trace()
		joined := map[int32]bool{}
		for k := range m.faces {
			if joined[int32(k)] || !isSliver(m.faces[k]) {
				continue
			}
			with := m.bestNeighbour(int32(k), apart)
			if with == outside || joined[with] {
				continue
			}
			joined[int32(k)], joined[with] = true, true
			m.join(int32(k), with)
		}
		if len(joined) == 0 {
			return
		}
	}
	m.trace()
}

// bestNeighbour is the face that shares most of k's border.
func (m *mesh) bestNeighbour(k int32, apart func(a, b face) bool) int32 {
	shared := map[int32]int64{}
	best := int32(outside)
	for _, h := range m.faces[k].halves {
		n := m.neighbour(h)
		if n == outside || apart(m.faces[k], m.faces[n]) {
			continue
		}
		shared[n] += m.length(h)
		if best == outside || shared[n] > shared[best] {
			best = n
		}
	}
	return best
}

// join removes the edges between two faces.
func (m *mesh) join(a, b int32) {
	for _, h := range m.faces[a].halves {
		if m.neighbour(h) == b {
			m.halves[h].removed, m.halves[h^1].removed = true, true
		}
	}
}
