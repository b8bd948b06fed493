package district

import (
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// class is how important a street is.
type class int

const (
	mainStreet class = iota
	secondaryStreet
	laneStreet
)

// String is the class as it is written to files.
func (c class) String() string { return [...]string{"main", "secondary", "lane"}[c] }

// street is a stretch of one street that is of one class throughout.
type street struct {
	name  string
	class class
	edges []int32 // half-edges in order, northward or eastward
}

// streetMap knows the streets of the district.
type streetMap struct {
	list  []*street
	names map[int32]string // by half-edge; both directions
}

// nameStreets collects the streets that run along or within ours, and names them.
func (p *planner) nameStreets() *streetMap {
	s := &streetMap{names: map[int32]string{}}
	var names streetNames
	var last *street
	for e := int32(0); int(e) < len(p.mesh.halves); e += 2 {
		if !p.isStreet(e) {
			continue
		}
		c := p.class(e)
		if !p.continues(last, e) {
			last = &street{name: names.next(p.mesh.halves[e].line, c, p.isCountry(e)), class: c}
			s.list = append(s.list, last)
		} else if c != last.class || !p.adjoins(last, e) {
			last = &street{name: last.name, class: c}
			s.list = append(s.list, last)
		}
		last.edges = append(last.edges, e)
		s.names[e], s.names[e^1] = last.name, last.name
	}
	return s
}

// continues tells whether half-edge e belongs to the same street as the stretch before it. A main street keeps its name through the whole
// district; any other ends where it is interrupted.
func (p *planner) continues(last *street, e int32) bool {
	if last == nil {
		return false
	}
	on := p.mesh.halves[e].line
	return p.mesh.halves[last.edges[0]].line == on && (on.fine%finePerMain == 0 || p.adjoins(last, e))
}

// adjoins tells whether half-edge e begins where a stretch of street ends.
func (p *planner) adjoins(last *street, e int32) bool {
	return p.mesh.to(last.edges[len(last.edges)-1]) == p.mesh.halves[e].from
}

// isStreet tells whether half-edge e is a street with a block of ours on at least one side.
func (p *planner) isStreet(e int32) bool {
	h := p.mesh.halves[e]
	return !h.removed && !h.line.river && (p.isOurFace(h.face) || p.isOurFace(p.mesh.neighbour(e)))
}

func (p *planner) isOurFace(f int32) bool {
	return f != outside && p.lattice.isOurs(p.mesh.faces[f].owner)
}

// isCountry tells whether half-edge e runs through fields.
func (p *planner) isCountry(e int32) bool {
	for _, side := range []int32{p.mesh.halves[e].owner, p.mesh.halves[e^1].owner} {
		if side != outside && p.lattice.zones[side] != rural {
			return false
		}
	}
	return true
}

// streets are the lines for the map, by name and class.
func (p *planner) streets(s *streetMap) []Street {
	var out []Street
	for _, st := range s.list {
		first, _ := p.mesh.ends(st.edges[0])
		points := orb.LineString{first.orb()}
		for _, e := range st.edges {
			_, to := p.mesh.ends(e)
			points = append(points, to.orb())
		}
		out = append(out, Street{Name: st.name, Class: st.class.String(), Line: points})
	}
	rank := map[string]int{mainStreet.String(): 0, secondaryStreet.String(): 1, laneStreet.String(): 2}
	slices.SortStableFunc(out, func(a, b Street) int {
		if d := rank[a.Class] - rank[b.Class]; d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}
