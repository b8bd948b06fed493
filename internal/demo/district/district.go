// Package district generates the demonstration district: areas of every level with real names and codes, and made-up streets,
// buildings, households, leaders and facilities. There is no open street-level data for the district; everything below its outline is
// demonstration geometry and is labelled so.
//
// It lays out a street plan (lattice.go, warp.go, zone.go), cuts it off at the outline into a mesh of blocks (streetplan.go, mesh.go), divides
// the blocks into subdistricts, communities and grids (plan.go, bisect.go, tally.go, household.go), and builds on them (building.go,
// facility.go, street.go). The same seed gives the same bytes on every machine: see dice.go and vertex.go for how.
package district

import (
	"fmt"
)

// District is a generated district. Areas come by level, from the district down, and within a level by code; buildings and facilities by code; streets
// by class and name.
//
// The areas below each area cover it exactly, and borders that two areas share have the same vertices. Every area is one polygon without
// holes. Every building and facility lies within its grid, buildings don't overlap, and a grid's households are those of its buildings.
type District struct {
	Areas      []Area
	Buildings  []Building
	Facilities []Facility
	Streets    []Street
}

// Seed is the seed of the district that is shipped in geodata/decheng.
const Seed = 371402

// Generate makes the district of a seed. Few seeds leave some grid without room for its households; that is an error, and another seed
// will do.
func Generate(seed int64) (*District, error) {
	src, err := readSource()
	if err != nil {
		return nil, fmt.Errorf("generating the district: %w", err)
	}
	p := newPlanner(src, dice{uint64(seed)})
	root, err := p.plan(p.ours())
	if err == nil {
		err = p.planGrids(root)
	}
	if err != nil {
		return nil, fmt.Errorf("generating the district: %w", err)
	}
	out, err := p.furnish(root)
	if err != nil {
		return nil, fmt.Errorf("generating the district: %w", err)
	}
	return out, nil
}

// furnish turns the drafts into areas and puts on them what stands there.
func (p *planner) furnish(root *draft) (*District, error) {
	areas, err := p.areas(root)
	if err != nil {
		return nil, err
	}
	b := newBuilder(p)
	if err := b.build(root); err != nil {
		return nil, err
	}
	return &District{Areas: areas, Buildings: b.buildings, Facilities: b.facilities, Streets: p.streets(b.streets)}, nil
}

// newPlanner lays out the streets and blocks.
func newPlanner(src *source, d dice) *planner {
	l := newLattice(d, zoner{centre: src.centre.plus(centreShift), urban: src.urban, seats: townSeats})
	m := layStreets(l, src.outline)
	m.dropSlivers(l.isSliver, func(a, b face) bool { return l.isOurs(a.owner) != l.isOurs(b.owner) })
	p := &planner{source: src, lattice: l, dice: d}
	p.divider = &divider{
		mesh:   m,
		middle: func(f int32, a axis) int { return l.rects[m.faces[f].owner].middle(a) },
		class:  func(e int32) class { return l.streetClass(m, e) },
		weight: p.blockWeight,
		side:   make([]side, len(m.faces)),
	}
	return p
}

// ours are the faces outside of the development zone.
func (p *planner) ours() region {
	var out region
	for f := range p.mesh.faces {
		if p.lattice.isOurs(p.mesh.faces[f].owner) {
			out = append(out, int32(f))
		}
	}
	return p.mesh.parts(out)[0]
}

// areas turns the drafts into areas, level by level.
func (p *planner) areas(root *draft) ([]Area, error) {
	var out []Area
	row, leaders := []*draft{root}, 0
	for _, level := range []string{LevelDistrict, LevelSubdistrict, LevelCommunity, LevelGrid} {
		var next []*draft
		for _, d := range row {
			a, err := p.area(d, level)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", d.division.Code, d.division.Name, err)
			}
			if level == LevelGrid {
				leaders++
				a.Leader = Leader{p.dice.personName(leaders), fakePhone(leaders)}
			}
			out = append(out, a)
			next = append(next, d.below...)
		}
		row = next
	}
	return out, nil
}

func (p *planner) area(d *draft, level string) (Area, error) {
	outline, err := p.mesh.outlineOf(d.region)
	if err != nil {
		return Area{}, err
	}
	label, _ := outline.labelPoint()
	a := Area{
		Code:       d.division.Code,
		Name:       shortName(d.division.Name),
		Level:      level,
		Parent:     d.division.Parent,
		Households: d.homes,
		Boundary:   outline.polygon(),
		Label:      label.snap().orb(),
	}
	switch level {
	case LevelDistrict:
		a.Parent = ""
	case LevelCommunity:
		a.Kind = KindResidents
		if d.division.Type == villageCommittee {
			a.Kind = KindVillage
		}
	}
	return a, nil
}
