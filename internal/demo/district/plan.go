package district

import (
	"fmt"
	"slices"
	"strings"
)

// What of the outline is the development zone's, and where the seven subdistricts lie relative to each other, is decided here. Their areas
// follow the facts; their places are as plausible as the outline and the urban area allow, not surveyed.

// eastEdges say how far east the district reaches, from south to north, in metres of the street plan: north of each latitude `from`, it
// ends at the main street nearest to `edge`. What lies beyond is the development zone. In the far south and north the outline is the limit.
var eastEdges = []struct{ from, edge float64 }{
	{southEnd, 5800},
	{-9300, 3900},
	{-6600, 2300},
	{6900, 4100},
	{9500, eastEnd},
}

// siting says where subdistricts lie relative to each other: one, by its code, or two groups, of which low is the one in the south or west.
type siting struct {
	code      string
	axis      axis
	low, high *siting
}

// placement puts the towns 二屯 in the north and 黄河涯 in the south, and between them 新华 in the north, 运河 in the west (beyond the railway),
// 天衢 in the south, and around the centre 新湖 and 广川.
var placement = over(over(only("371402101"), over(beside(only("371402009"),
	over(only("371402003"), beside(only("371402001"), only("371402006")))),
	only("371402002"))), only("371402100"))

func only(code string) *siting          { return &siting{code: code} }
func over(south, north *siting) *siting { return &siting{axis: northward, low: south, high: north} }
func beside(west, east *siting) *siting { return &siting{axis: eastward, low: west, high: east} }

// outskirts say on which side of a subdistrict its villages lie, where it has both villages and residents' committees, and what share of
// its area is theirs.
var outskirts = map[string]struct {
	axis  axis
	low   bool
	share float64
}{
	"371402002": {northward, false, 0.74},
	"371402003": {eastward, true, 0.2},
	"371402009": {eastward, true, 0.5},
}

// centreShift is how far the middle of the closely built part lies from Natural Earth's point, which is on the northern side of it.
var centreShift = metres{-800, -2300}

// townSeats are the centres of the two towns, in metres from the origin.
var townSeats = []metres{{2600, 12300}, {2800, -11800}}

// draft is an area on the way to become one of the district's.
type draft struct {
	division division
	region   region
	below    []*draft
	grids    int // communities: into how many grids
	homes    int // households
}

// planner makes the areas.
type planner struct {
	*divider
	source  *source
	lattice *lattice
	dice    dice
}

// plan divides the district down to its communities.
func (p *planner) plan(all region) (*draft, error) {
	top, err := p.source.district()
	if err != nil {
		return nil, err
	}
	root := &draft{division: top, region: all}
	if err := p.place(root, placement, all); err != nil {
		return nil, err
	}
	slices.SortFunc(root.below, func(a, b *draft) int { return strings.Compare(a.division.Code, b.division.Code) })
	for _, s := range root.below {
		if err := p.planSubdistrict(s); err != nil {
			return nil, fmt.Errorf("dividing %s: %w", s.division.Name, err)
		}
	}
	return root, nil
}

// place gives the subdistricts of a siting their shares of r.
func (p *planner) place(root *draft, at *siting, r region) error {
	if at.code != "" {
		list := p.source.children(root.division.Code, "")
		k := slices.IndexFunc(list, func(d division) bool { return d.Code == at.code })
		if k < 0 {
			return fmt.Errorf("the list of divisions has no %s", at.code)
		}
		root.below = append(root.below, &draft{division: list[k], region: r})
		return nil
	}
	lower, upper := p.squareKM(at.low), p.squareKM(at.high)
	s := p.bisectByArea(r, at.axis, lower/(lower+upper))
	if s == nil {
		return fmt.Errorf("no street near %v divides the subdistricts", p.mesh.centre(r).snap().orb())
	}
	if err := p.place(root, at.low, s.low); err != nil {
		return err
	}
	return p.place(root, at.high, s.high)
}

// squareKM is the area that the facts give the subdistricts of a siting together.
func (p *planner) squareKM(at *siting) float64 {
	if at.code != "" {
		return p.source.facts[at.code].SquareKM
	}
	return p.squareKM(at.low) + p.squareKM(at.high)
}

// bisectByArea divides a region by area alone, along as big streets as possible.
func (p *planner) bisectByArea(r region, a axis, share float64) *split {
	byArea := *p.divider
	byArea.weight = func(f int32) int64 { return p.mesh.faces[f].area2 }
	return byArea.bisect(r, cut{axes: []axis{a}, share: share, leaves: 12, street: costBetweenCommunities})
}

// planSubdistrict divides a subdistrict into its communities. Villages and residents' committees that have sides of their own are divided
// apart; in a town with both, the densest area is the residents' committee.
func (p *planner) planSubdistrict(s *draft) error {
	code := s.division.Code
	residents, villages := p.source.children(code, residentsCommittee), p.source.children(code, villageCommittee)
	out, mixed := outskirts[code]
	if !mixed {
		return p.planCommunities(s, s.region, append(residents, villages...))
	}
	share := out.share
	if !out.low {
		share = 1 - share
	}
	halves := p.bisectByArea(s.region, out.axis, share)
	if halves == nil {
		return fmt.Errorf("no street divides the villages from the city")
	}
	city, country := halves.high, halves.low
	if !out.low {
		city, country = country, city
	}
	if err := p.planCommunities(s, city, residents); err != nil {
		return err
	}
	return p.planCommunities(s, country, villages)
}

// planCommunities divides a region into the given communities; those first in the list get the densest areas if the region is mixed.
func (p *planner) planCommunities(s *draft, r region, list []division) error {
	regions, err := p.divide(r, len(list), costBetweenCommunities)
	if err != nil {
		return err
	}
	if list[0].Type != list[len(list)-1].Type {
		slices.SortStableFunc(regions, func(a, b region) int { return compare(p.closeness(b), p.closeness(a)) })
	}
	for k, d := range list {
		s.below = append(s.below, &draft{division: d, region: regions[k]})
	}
	return nil
}

// closeness is the mean weight per area of a region.
func (p *planner) closeness(r region) float64 {
	var sum int64
	for _, f := range r {
		sum += p.weight(f)
	}
	return float64(sum) / float64(p.mesh.area2(r))
}

// blockWeight is the weight of a face when areas are shared out: its area, more where people live closely, and something for being a block,
// so that every community gets enough blocks for its grids.
func (p *planner) blockWeight(f int32) int64 {
	const block = 400_000 // about that of 2 hectares
	face := p.mesh.faces[f]
	return (face.area2/1000 + block) * density[p.lattice.zones[face.owner]]
}

// isOurs tells whether a block of the lattice is outside of the development zone.
func (l *lattice) isOurs(block int32) bool {
	r := l.rects[block]
	v := l.lines[northward][r.j0/finePerMain*finePerMain]
	edge := float64(eastEnd)
	for _, e := range eastEdges {
		if v >= e.from {
			edge = e.edge
		}
	}
	return l.lines[eastward][r.i0/finePerMain*finePerMain] < edge
}

// streetClass is how important the street is that half-edge e belongs to. Outside of the city there are fewer main streets.
func (l *lattice) streetClass(m *mesh, e int32) class {
	h := m.halves[e]
	built := rural
	for _, side := range []int32{h.owner, m.halves[e^1].owner} {
		if side != outside {
			built = max(built, l.zones[side])
		}
	}
	fine := int(h.line.fine)
	switch number := fine / finePerMain; {
	case fine%finePerMain == 0 && (built > rural || number%3 == 0):
		return mainStreet
	case fine%finePerMain == 0, fine%quarter == 0 && built > rural:
		return secondaryStreet
	}
	return laneStreet
}

// isSliver tells whether a face is too small or too thin for a block.
func (l *lattice) isSliver(f face) bool {
	whole := l.squareMetres(l.rects[f.owner])
	area, around := squareMetres(f.area2), float64(f.ring.perimeter())/1000
	return area < min(float64(0.3*whole), 150000) || area < float64(0.025*float64(around*around))
}

// squareMetres is about the area of a block that nothing is cut off from.
func (l *lattice) squareMetres(r rect) float64 {
	u, v := l.lines[eastward], l.lines[northward]
	return float64((u[r.i1] - u[r.i0]) * (v[r.j1] - v[r.j0]))
}

// readingOrder sorts regions from north to south, and from west to east where they are about as far north.
func (p *planner) readingOrder(list []region) {
	row := func(r region) int { return -int(p.mesh.centre(r).N / 250) }
	slices.SortStableFunc(list, func(a, b region) int {
		if d := row(a) - row(b); d != 0 {
			return d
		}
		return compare(p.mesh.centre(a).E, p.mesh.centre(b).E)
	})
}
