package district

import (
	"fmt"
	"slices"
	"strings"
)

// builder builds on the grids: houses with their addresses, then facilities.
type builder struct {
	*planner
	streets    *streetMap
	numbers    map[string]int     // the last house number given, by street
	used       map[int32]bool     // blocks with houses, or with a school or the like
	stands     map[int32]int      // places tried for facilities along the streets of a block
	spots      map[int32][]metres // places taken by facilities along the streets of a block
	count      map[string]int     // buildings by grid
	middles    map[string]metres  // where the first of a grid's houses stands, by grid: in a village, its middle
	given      map[string]int     // facilities by kind
	buildings  []Building
	facilities []Facility
}

func newBuilder(p *planner) *builder {
	return &builder{
		planner: p,
		streets: p.nameStreets(),
		numbers: map[string]int{},
		used:    map[int32]bool{},
		stands:  map[int32]int{},
		spots:   map[int32][]metres{},
		count:   map[string]int{},
		middles: map[string]metres{},
		given:   map[string]int{},
	}
}

// build builds houses on every grid and then provides the facilities.
func (b *builder) build(root *draft) error {
	for _, s := range root.below {
		for _, c := range s.below {
			if err := b.house(c, shortName(s.division.Name)+shortName(c.division.Name)); err != nil {
				return fmt.Errorf("building on %s: %w", c.division.Name, err)
			}
		}
	}
	if err := b.provide(root); err != nil {
		return err
	}
	slices.SortFunc(b.buildings, func(x, y Building) int { return strings.Compare(x.Code, y.Code) })
	return nil
}

// house builds a community's houses; place is how their addresses begin.
func (b *builder) house(c *draft, place string) error {
	find, address := b.citySites, b.cityAddress
	if c.division.Type == villageCommittee {
		find, address = b.villageSites, villageAddress()
	}
	for _, g := range c.below {
		sites := find(g)
		if len(sites) == 0 {
			return fmt.Errorf("%s has no room for its houses", g.division.Name)
		}
		b.middles[g.division.Code] = sites[0].footprint.centre()
		for k, s := range sites {
			compound, name := address(sites, k)
			b.used[s.face] = true
			b.add(g, Building{
				Name:       name,
				Address:    place + compound + name,
				Households: share(g.homes, len(sites), k),
				Floors:     s.floors,
				Footprint:  s.footprint.polygon(),
			})
		}
	}
	return nil
}

// add numbers a building of a grid.
func (b *builder) add(g *draft, h Building) {
	b.count[g.division.Code]++
	h.Grid = g.division.Code
	h.Code = fmt.Sprintf("%s%03d", h.Grid, b.count[h.Grid])
	b.buildings = append(b.buildings, h)
}

// share is the k-th of n whole parts of a total that differ by one at the most.
func share(total, n, k int) int { return total*(k+1)/n - total*k/n }

// cityAddress gives each block a number on its biggest street, and each house a number within the block: 迎宾路18号院, 3号楼.
func (b *builder) cityAddress(sites []site, k int) (compound, name string) {
	first := k
	for first > 0 && sites[first-1].face == sites[k].face {
		first--
	}
	on := b.frontStreet(sites[k].face)
	if first == k {
		b.numbers[on]++
	}
	return fmt.Sprintf("%s%d号院", on, b.numbers[on]), fmt.Sprintf("%d号楼", k-first+1)
}

// frontStreet is the name of the biggest, then longest, street around a block.
func (b *builder) frontStreet(f int32) string {
	best := int32(outside)
	for _, h := range b.mesh.faces[f].halves {
		if b.streets.names[h] == "" {
			continue
		}
		if best == outside || b.class(h) < b.class(best) ||
			b.class(h) == b.class(best) && b.mesh.length(h) > b.mesh.length(best) {
			best = h
		}
	}
	return b.streets.names[best]
}

// villageAddress numbers the houses of one village, through all its grids.
func villageAddress() func(sites []site, k int) (compound, name string) {
	count := 0
	return func([]site, int) (string, string) {
		count++
		return "", fmt.Sprintf("%d号院", count)
	}
}
