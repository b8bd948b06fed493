package district

import "sort"

// layStreets puts the streets of the lattice into a mesh, cut off at the outline.
func layStreets(l *lattice, outline ring) *mesh {
	m := newMesh()
	c := cutter{mesh: m, outline: outline, splits: make([][]vertex, len(outline))}
	for a := range l.lines {
		l.eachStreet(axis(a), c.addStreet)
	}
	c.addOutline()
	return m
}

// eachStreet calls add for every piece of street on the lines of axis a, from crossing to crossing, with the blocks on both sides.
func (l *lattice) eachStreet(a axis, add func(from, to vertex, on line, left, right int32)) {
	across, along := len(l.lines[a])-1, len(l.lines[1-a])-1
	for fine := 1; fine < across; fine++ {
		begin := 0
		for k := 1; k <= along; k++ {
			if k < along && !l.isNode(a, fine, k) {
				continue
			}
			if left, right := l.sides(a, fine, k-1); left != right {
				from, to := l.crossing(a, fine, begin), l.crossing(a, fine, k)
				add(from, to, line{axis: a, fine: int32(fine)}, left, right)
			}
			begin = k
		}
	}
}

// crossing is the vertex where line fine of axis a meets line k of the other axis.
func (l *lattice) crossing(a axis, fine, k int) vertex {
	if a == eastward {
		return l.ground(fine, k).snap()
	}
	return l.ground(k, fine).snap()
}

// sides are the blocks left and right of line fine of axis a, between lines k and k+1 of the other axis, looking north or east.
func (l *lattice) sides(a axis, fine, k int) (left, right int32) {
	if a == eastward {
		return l.owner[fine-1][k], l.owner[fine][k]
	}
	return l.owner[k][fine], l.owner[k][fine-1]
}

// isNode tells whether line fine of axis a has a vertex at line k of the other axis: where streets meet, and at each secondary line, so
// that long roads can bend.
func (l *lattice) isNode(a axis, fine, k int) bool {
	if k%quarter == 0 {
		return true
	}
	i, j := fine, k
	if a == northward {
		i, j = k, fine
	}
	sw, se, nw, ne := l.owner[i-1][j-1], l.owner[i][j-1], l.owner[i-1][j], l.owner[i][j]
	straight := sw == nw && se == ne || sw == se && nw == ne
	return !straight
}

// cutter puts streets into a mesh as far as they lie inside the outline, and notes where they meet it.
type cutter struct {
	mesh    *mesh
	outline ring
	splits  [][]vertex // for each edge of the outline, where streets meet it
}

// addStreet adds the parts of a piece of street that lie inside.
func (c *cutter) addStreet(from, to vertex, on line, left, right int32) {
	points := []vertex{from, to}
	for k := range c.outline {
		a, b := c.outline[k], c.outline[(k+1)%len(c.outline)]
		if meet(from, to, a, b) {
			at := intersection(from, to, a, b)
			points = append(points, at)
			c.splits[k] = append(c.splits[k], at)
		}
	}
	sortFrom(points, from)
	for k := 0; k+1 < len(points); k++ {
		p, q := points[k], points[k+1]
		if c.outline.contains(vertex{(p.X + q.X) / 2, (p.Y + q.Y) / 2}) {
			c.mesh.addEdge(p, q, on, left, right)
		}
	}
}

// addOutline adds the outline itself, with a vertex wherever a street meets it.
func (c *cutter) addOutline() {
	for k := range c.outline {
		a, b := c.outline[k], c.outline[(k+1)%len(c.outline)]
		points := append([]vertex{a, b}, c.splits[k]...)
		sortFrom(points, a)
		for i := 0; i+1 < len(points); i++ {
			c.mesh.addEdge(points[i], points[i+1], line{river: true}, outside, outside)
		}
	}
}

// sortFrom orders points of one line by their distance from its beginning.
func sortFrom(points []vertex, from vertex) {
	sort.Slice(points, func(i, j int) bool { return distance(from, points[i]) < distance(from, points[j]) })
}

// intersection is the vertex nearest to where the segment from p to q meets the segment from a to b. In whole numbers, so that both
// segments are cut at the same vertex.
func intersection(p, q, a, b vertex) vertex {
	num, den := cross(a, b, p), cross(a, b, p)-cross(a, b, q)
	return vertex{p.X + scaled(q.X-p.X, num, den), p.Y + scaled(q.Y-p.Y, num, den)}
}

// scaled is n·num/den to the nearest whole number. The factors are small enough for 64 bits: a street's piece is at most 1e5 units, and
// num at most about 1e13.
func scaled(n, num, den int64) int64 {
	if den < 0 {
		num, den = -num, -den
	}
	product := 2*n*num + den
	q := product / (2 * den)
	if product < 0 && product%(2*den) != 0 {
		q--
	}
	return q
}
