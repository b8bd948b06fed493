package district

import (
	"fmt"
	"math"
	"slices"
)

// provide puts facilities, and the buildings of some of them, into all communities.
func (b *builder) provide(root *draft) error {
	serial := map[string]int{} // by type of community
	for _, s := range root.below {
		for k, c := range s.below {
			serial[c.division.Type]++
			village := c.division.Type == villageCommittee
			list := due(shortName(c.division.Name), serial[c.division.Type], village)
			if k == len(s.below)/2 {
				for _, p := range seats {
					list = append(list, p.of(shortName(s.division.Name))...)
				}
			}
			place := shortName(s.division.Name) + shortName(c.division.Name)
			if err := b.provideCommunity(c, place, list); err != nil {
				return fmt.Errorf("providing for %s: %w", c.division.Name, err)
			}
		}
	}
	return nil
}

// provideCommunity puts facilities into a community, spread over its grids.
func (b *builder) provideCommunity(c *draft, place string, list []named) error {
	for k, n := range list {
		if b.given[n.kind]++; n.most > 0 && b.given[n.kind] > n.most {
			continue
		}
		g := c.below[b.dice.intn("facility grid", len(c.below), codeKey(c.division.Code), k)]
		f := Facility{
			Code: fmt.Sprintf("%sF%03d", c.division.Code, k+1),
			Kind: n.kind,
			Name: n.name,
			Grid: g.division.Code,
		}
		if f.Kind == "service_station" {
			f.Windows = windows(c.homes)
		}
		at, err := b.stand(g, place, n)
		if err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
		f.At = at.orb()
		b.facilities = append(b.facilities, f)
	}
	return nil
}

// windows is how many windows a service station has: 2 to 4, by the households it serves.
func windows(homes int) int { return 2 + min(2, homes/1500) }

// stand finds a facility's place in a grid: on open ground, with a building if it has one, or by a street.
func (b *builder) stand(g *draft, place string, n named) (vertex, error) {
	if n.open || n.hall != "" {
		if f := b.openBlock(g); f != outside {
			b.used[f] = true
			if n.hall != "" {
				b.buildHalls(g, f, place, n)
			}
			at, _ := b.mesh.faces[f].ring.labelPoint()
			return at.snap(), nil
		}
	}
	return b.byStreet(g)
}

// openBlock is the block nearest to a grid's houses that nothing stands on and that has room for a school; outside if there is none.
func (b *builder) openBlock(g *draft) int32 {
	best, nearest := int32(outside), math.Inf(1)
	for _, f := range g.region {
		away := b.mesh.faces[f].ring.centre().minus(b.middles[g.division.Code]).length()
		if !b.used[f] && squareMetres(b.mesh.faces[f].area2) > 8000 && away < nearest {
			best, nearest = f, away
		}
	}
	return best
}

// hallStyle is a school's or hospital's wing.
var hallStyle = style{length: 66, depth: 18, side: 24, row: 30}

// buildHalls builds up to three wings in the middle of a block.
func (b *builder) buildHalls(g *draft, f int32, place string, n named) {
	middle, _ := b.mesh.faces[f].ring.labelPoint()
	sites := b.fill([]int32{f}, hallStyle, 3, func(a, c ring) int {
		return compare(a.centre().minus(middle).length(), c.centre().minus(middle).length())
	})
	for k, s := range sites {
		b.add(g, Building{
			Name:      fmt.Sprintf("%s%d号%s", n.name, k+1, n.hall),
			Address:   place + b.frontStreet(f) + n.name,
			Floors:    n.floors,
			Footprint: s.footprint.polygon(),
		})
	}
}

// byStreet is a place beside a street of the grid, nearer to the street than any house, and apart from what else stands there. Where
// blocks are large, it is the nearest to the houses of several.
func (b *builder) byStreet(g *draft) (vertex, error) {
	faces := slices.Clone(g.region)
	slices.SortStableFunc(faces, func(x, y int32) int { return b.crowding(x) - b.crowding(y) })
	for _, f := range faces {
		choices := 1
		if b.lattice.zones[b.mesh.faces[f].owner] <= suburban {
			choices = 8
		}
		if places := b.frontages(f, choices); len(places) > 0 {
			middle := b.middles[g.division.Code]
			at := slices.MinFunc(places, func(x, y vertex) int {
				return compare(x.metres().minus(middle).length(), y.metres().minus(middle).length())
			})
			b.spots[f] = append(b.spots[f], at.metres())
			return at, nil
		}
	}
	return vertex{}, fmt.Errorf("no street of %s has room", g.division.Name)
}

// frontages are up to n places along the streets around a block.
func (b *builder) frontages(f int32, n int) []vertex {
	var out []vertex
	for range 40 {
		turn := b.stands[f]
		b.stands[f]++
		if at, ok := b.frontage(f, turn); ok {
			out = append(out, at)
		}
		if len(out) == n {
			break
		}
	}
	return out
}

// crowding orders blocks for facilities: those with houses first, those with fewer facilities first.
func (b *builder) crowding(f int32) int {
	if !b.used[f] {
		return 1000 + len(b.spots[f])
	}
	return len(b.spots[f])
}

// frontage is the turn-th place along the streets around a block, a few metres inside; not ok if it isn't clear of the corners and of what
// stands there already.
func (b *builder) frontage(f int32, turn int) (vertex, bool) {
	const inset, apart = 4, 8
	face := b.mesh.faces[f]
	h := face.halves[b.dice.intn("frontage", len(face.halves), int(f), turn)]
	if b.streets.names[h] == "" || b.mesh.length(h) < 40_000 {
		return vertex{}, false
	}
	from, to := b.mesh.ends(h)
	along := float64(b.dice.between("along", 12, 88, int(f), turn)) / 100
	inward := to.metres().minus(from.metres()).left()
	at := from.metres().toward(to.metres(), along).plus(inward.times(inset / inward.length()))
	taken := slices.ContainsFunc(b.spots[f], func(m metres) bool { return at.minus(m).length() < apart })
	return at.snap(), !taken && clearanceOf(face.ring.flat(), at) > inset-0.5
}
