package district

import (
	"math"
	"slices"
)

// style is a kind of house and how closely such houses stand. Lengths in metres.
type style struct {
	length, depth float64
	side, row     float64 // free space beside and behind each house
	homes         int     // households in a full house
	floors        int
}

// The slabs and towers of the city: the first cityChoices are chosen among, the others are for grids that need to be denser.
var cityStyles = []style{
	{length: 32, depth: 12, side: 10, row: 22, homes: 24, floors: 6},
	{length: 46, depth: 12, side: 10, row: 22, homes: 36, floors: 6},
	{length: 36, depth: 13, side: 12, row: 26, homes: 33, floors: 11},
	{length: 58, depth: 13, side: 10, row: 23, homes: 48, floors: 6},
	{length: 38, depth: 14, side: 14, row: 30, homes: 44, floors: 11},
	{length: 46, depth: 14, side: 9, row: 24, homes: 60, floors: 10},
	{length: 40, depth: 16, side: 10, row: 26, homes: 72, floors: 18},
	{length: 40, depth: 16, side: 8, row: 20, homes: 108, floors: 27},
}

const cityChoices = 3

// villageStyle is a row of courtyards.
var villageStyle = style{length: 58, depth: 14, side: 7, row: 9, homes: 6, floors: 1}

// Houses stand back from the streets around their block by about setback metres, and by clearance at the least.
const setback, clearance = 10, 7

// site is where a building stands.
type site struct {
	face      int32
	footprint ring
	floors    int
}

// citySites finds the places for a grid's houses: whole blocks are built up, one after the other, until there is room for all
// households. What is left over stays open, for schools and parks. Where there is more room than needed, houses stand farther apart.
func (p *planner) citySites(g *draft) []site {
	blocks := slices.Clone(g.region)
	slices.SortStableFunc(blocks, func(a, b int32) int {
		return p.dice.intn("built first", 1000, int(a)) - p.dice.intn("built first", 1000, int(b))
	})
	first := p.dice.intn("style", cityChoices, gridKey(g.division.Code))
	for _, usable := range [][]int32{blocks[:(3*len(blocks)+3)/4], blocks} {
		for k := range cityStyles {
			st := cityStyles[k]
			if k < cityChoices {
				st = cityStyles[(first+k)%cityChoices]
			}
			need := (g.homes + st.homes - 1) / st.homes
			if sites := p.fillLoosely(usable, st, need); sites != nil {
				return sites
			}
		}
	}
	return nil
}

// fillLoosely finds need places for houses, standing as far apart as there is room for, up to 1.75 times as far as the style says; nil if
// there is no room.
func (p *planner) fillLoosely(blocks []int32, st style, need int) []site {
	for factor := 1.75; factor >= 1; factor -= 0.125 {
		loose := st.spaced(factor)
		if sites := p.fill(p.enough(blocks, loose, need), loose, math.MaxInt, byRow); len(sites) >= need {
			return thin(sites, need)
		}
	}
	return nil
}

// spaced is the style with wider gaps, by a factor of at least 1.
func (s style) spaced(factor float64) style {
	s.side = float64(s.side * factor)
	s.row = float64((s.row+s.depth)*factor) - s.depth
	return s
}

// enough is as many of the first blocks as have room for the houses needed.
func (p *planner) enough(blocks []int32, st style, need int) []int32 {
	for k := range blocks {
		if need -= len(p.places(blocks[k], st)); need <= 0 {
			return blocks[:k+1]
		}
	}
	return blocks
}

// thin keeps need of the sites, those left out spread evenly over all.
func thin(sites []site, need int) []site {
	out := make([]site, 0, need)
	for k := range need {
		out = append(out, sites[k*len(sites)/need])
	}
	return out
}

// villageSites finds the places for a village's houses: around a middle that lies off the centre of the village's largest block, toward
// the nearest crossing, as many as there are clusters of households.
func (p *planner) villageSites(g *draft) []site {
	blocks := slices.Clone(g.region)
	slices.SortStableFunc(blocks, func(a, b int32) int {
		return int(p.mesh.faces[b].area2>>20) - int(p.mesh.faces[a].area2>>20)
	})
	largest := p.mesh.faces[blocks[0]].ring
	label, _ := largest.labelPoint()
	corner := largest[p.dice.intn("village corner", len(largest), gridKey(g.division.Code))].metres()
	middle := label.toward(corner, 0.35)
	slices.SortStableFunc(blocks, func(a, b int32) int {
		return -compare(clearanceOf(p.mesh.faces[a].ring.flat(), middle), clearanceOf(p.mesh.faces[b].ring.flat(), middle))
	})
	need := (g.homes + villageStyle.homes - 1) / villageStyle.homes
	return p.fill(blocks, villageStyle, need, func(a, b ring) int {
		return compare(a.centre().minus(middle).length(), b.centre().minus(middle).length())
	})
}

// byRow keeps the order that places come in.
func byRow(_, _ ring) int { return 0 }

// fill takes up to need places for houses of one style from the blocks, in order; within a block, in the given order.
func (p *planner) fill(blocks []int32, st style, need int, order func(a, b ring) int) []site {
	var out []site
	for _, f := range blocks {
		places := p.places(f, st)
		slices.SortStableFunc(places, order)
		for _, place := range places {
			if len(out) == need {
				return out
			}
			out = append(out, site{f, place, st.floors})
		}
	}
	return out
}

// places lays out a block in rows of houses, from south to north and in each row from west to east, in line with the block's streets. Here
// and there a place is left out.
func (p *planner) places(f int32, st style) []ring {
	face := p.mesh.faces[f]
	frame := frameOf(p.mesh, face)
	local := frame.inward(face.ring)
	low, high := bounds(local)
	var out []ring
	for row, n := range spread(low.N+setback, high.N-setback, st.depth, st.row) {
		west, east := band(local, n, n+st.depth)
		for column, e := range spread(west+setback, east-setback, st.length, st.side) {
			place := frame.rectangle(metres{e, n}, metres{e + st.length, n + st.depth}, 0)
			room := frame.rectangle(metres{e, n}, metres{e + st.length, n + st.depth}, clearance)
			if face.ring.holds(room) && !p.dice.chance("gap", 5, int(f), row, column) {
				out = append(out, place)
			}
		}
	}
	return out
}

// spread places as many things of a size as fit between low and high with gaps between them, and gives where each begins. They stand
// in the middle, with the gaps a little wider than asked for.
func spread(low, high, size, gap float64) []float64 {
	n := int(math.Floor((high - low + gap) / (size + gap)))
	if n < 1 {
		return nil
	}
	spare := high - low + gap - float64(float64(n)*(size+gap))
	widen := min(float64(0.5*gap), spare/float64(n))
	start := low + (spare-float64(float64(n)*widen))/2 + widen/2
	out := make([]float64, n)
	for k := range out {
		out[k] = start + float64(float64(k)*(size+gap+widen))
	}
	return out
}

// band is how far a ring reaches west and east between two heights, where it reaches least.
func band(local []metres, south, north float64) (west, east float64) {
	west, east = math.Inf(-1), math.Inf(1)
	for _, height := range []float64{south, north} {
		w, e := math.Inf(1), math.Inf(-1)
		for k, a := range local {
			b := local[(k+1)%len(local)]
			if (a.N > height) != (b.N > height) {
				at := a.E + float64((b.E-a.E)*((height-a.N)/(b.N-a.N)))
				w, e = min(w, at), max(e, at)
			}
		}
		west, east = max(west, w), min(east, e)
	}
	return west, east
}

// holds tells whether all of another ring lies inside.
func (r ring) holds(inner ring) bool {
	for k := range inner {
		if !r.contains(inner[k]) || r.crosses(inner[k], inner[(k+1)%len(inner)]) {
			return false
		}
	}
	return true
}

// frame is a pair of axes along the streets of a block: east is the unit vector of the direction closest to the east.
type frame struct{ east metres }

// frameOf takes the direction of the longest street around a face.
func frameOf(m *mesh, f face) frame {
	longest := f.halves[0]
	for _, h := range f.halves {
		a, b := m.halves[longest].line.river, m.halves[h].line.river
		if a && !b || a == b && m.length(h) > m.length(longest) {
			longest = h
		}
	}
	from, to := m.ends(longest)
	along := to.metres().minus(from.metres())
	for !(along.E >= math.Abs(along.N)) {
		along = along.left()
	}
	return frame{along.times(1 / along.length())}
}

// inward is a ring in the frame's axes.
func (f frame) inward(r ring) []metres {
	out := make([]metres, len(r))
	for k, v := range r {
		m := v.metres()
		out[k] = metres{m.dot(f.east), m.dot(f.east.left())}
	}
	return out
}

// rectangle is the rectangle between two corners in the frame's axes, grown by a margin, on the ground; counter-clockwise.
func (f frame) rectangle(low, high metres, margin float64) ring {
	low, high = metres{low.E - margin, low.N - margin}, metres{high.E + margin, high.N + margin}
	var out ring
	for _, c := range []metres{low, {high.E, low.N}, high, {low.E, high.N}} {
		out = append(out, f.east.times(c.E).plus(f.east.left().times(c.N)).snap())
	}
	return out
}
