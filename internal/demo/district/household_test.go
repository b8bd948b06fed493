package district

import (
	"regexp"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

func TestHouseholds(t *testing.T) {
	d := shippedDistrict(t)
	below, grids := map[string]int{}, map[string]int{}
	for _, a := range d.Areas {
		below[a.Parent] += a.Households
		if a.Level == LevelGrid {
			grids[a.Parent]++
		}
	}
	for _, b := range d.Buildings {
		below[b.Grid] += b.Households
	}
	kinds := map[string]string{}
	communities, households := 0, 0
	for _, a := range d.Areas {
		if below[a.Code] != a.Households {
			t.Errorf("%s %s has %d households, what is in it has %d", a.Code, a.Name, a.Households, below[a.Code])
		}
		switch kinds[a.Code] = a.Kind; a.Level {
		case LevelCommunity:
			if a.Kind == KindResidents {
				communities, households = communities+1, households+a.Households
				if a.Households < 2000 || a.Households > 4000 {
					t.Errorf("%s %s has %d households", a.Code, a.Name, a.Households)
				}
			}
		case LevelGrid:
			small := kinds[a.Parent] == KindVillage && grids[a.Parent] == 1
			if a.Households > 500 || a.Households < 300 && !small || a.Households < 1 {
				t.Errorf("%s %s has %d households", a.Code, a.Name, a.Households)
			}
		}
	}
	if mean := households / communities; mean < 2700 || mean > 3300 {
		t.Errorf("residents' committees have %d households on average, not about 3,000", mean)
	}
}

func TestLeaders(t *testing.T) {
	phone := regexp.MustCompile(`^1990000\d{4}$`)
	seen := map[string]bool{}
	for _, a := range shippedDistrict(t).Areas {
		if a.Level != LevelGrid {
			if a.Leader != (Leader{}) {
				t.Errorf("%s %s isn't a grid and has a leader", a.Code, a.Name)
			}
			continue
		}
		n := len([]rune(a.Leader.Name))
		if n < 2 || n > 3 || !phone.MatchString(a.Leader.Phone) || seen[a.Leader.Phone] {
			t.Errorf("%s: leader %+v", a.Name, a.Leader)
		}
		seen[a.Leader.Phone] = true
	}
}

// ringsByGrid are the grids' rings in degrees and as vertices.
func ringsByGrid(d *District) map[string]orb.Ring {
	out := map[string]orb.Ring{}
	for _, a := range d.Areas {
		if a.Level == LevelGrid {
			out[a.Code] = a.Boundary[0]
		}
	}
	return out
}

func TestBuildingsStandInTheirGrids(t *testing.T) {
	d := shippedDistrict(t)
	grids := ringsByGrid(d)
	codes, addresses := map[string]bool{}, map[string]bool{}
	for _, b := range d.Buildings {
		home, ok := grids[b.Grid]
		if !ok || codes[b.Code] || b.Code[:16] != b.Grid || b.Floors < 1 || b.Name == "" {
			t.Fatalf("building %+v", b)
		}
		codes[b.Code] = true
		if b.Households > 0 && addresses[b.Address] {
			t.Errorf("two houses have the address %s", b.Address)
		}
		addresses[b.Address] = true
		if b.Footprint[0].Orientation() != orb.CCW || len(b.Footprint[0]) != 5 {
			t.Errorf("%s isn't a rectangle that runs counter-clockwise", b.Code)
		}
		for k, corner := range b.Footprint[0][1:] {
			if !planar.RingContains(home, corner) || crossesRing(b.Footprint[0][k], corner, home) {
				t.Errorf("%s %s reaches out of its grid", b.Code, b.Address)
				break
			}
		}
	}
}

// crossesRing tells whether the segment from a to b crosses a ring.
func crossesRing(a, b orb.Point, r orb.Ring) bool {
	side := func(p, q, s orb.Point) bool { return (q[0]-p[0])*(s[1]-p[1]) > (q[1]-p[1])*(s[0]-p[0]) }
	for k := range r[1:] {
		c, d := r[k], r[k+1]
		if side(a, b, c) != side(a, b, d) && side(c, d, a) != side(c, d, b) {
			return true
		}
	}
	return false
}

// Buildings of different grids can't overlap, as each lies in its own; those of one grid are compared pair by pair.
func TestBuildingsDontOverlap(t *testing.T) {
	byGrid := map[string][]Building{}
	for _, b := range shippedDistrict(t).Buildings {
		byGrid[b.Grid] = append(byGrid[b.Grid], b)
	}
	for _, list := range byGrid {
		for i, a := range list {
			bound := a.Footprint.Bound()
			for _, b := range list[i+1:] {
				if bound.Intersects(b.Footprint.Bound()) && !separable(a.Footprint[0], b.Footprint[0]) && !separable(b.Footprint[0], a.Footprint[0]) {
					t.Errorf("%s and %s overlap", a.Code, b.Code)
				}
			}
		}
	}
}

// separable tells whether an edge of convex ring a has all of b on its outer side.
func separable(a, b orb.Ring) bool {
	for k := range a[1:] {
		apart := true
		for _, p := range b {
			apart = apart && cross(vertexOf(a[k]), vertexOf(a[k+1]), vertexOf(p)) < 0
		}
		if apart {
			return true
		}
	}
	return false
}

func TestFacilities(t *testing.T) {
	d := shippedDistrict(t)
	grids := ringsByGrid(d)
	codes := map[string]bool{}
	places := map[orb.Point]bool{}
	kinds := map[string]int{}
	perCommunity := map[string]int{}
	for _, f := range d.Facilities {
		kinds[f.Kind]++
		perCommunity[f.Grid[:12]+f.Kind]++
		if codes[f.Code] || places[f.At] || !planar.RingContains(grids[f.Grid], f.At) {
			t.Errorf("%s %s: its code or place is taken, or it stands outside of grid %s", f.Code, f.Name, f.Grid)
		}
		codes[f.Code], places[f.At] = true, true
		if station := f.Kind == "service_station"; station != (f.Windows >= 2 && f.Windows <= 4) || !station && f.Windows != 0 {
			t.Errorf("%s has %d windows", f.Name, f.Windows)
		}
	}
	for _, a := range d.Areas {
		for _, kind := range []string{"party_centre", "service_station", "health_station"} {
			if a.Level == LevelCommunity && perCommunity[a.Code+kind] != 1 {
				t.Errorf("%s has %d of %s", a.Name, perCommunity[a.Code+kind], kind)
			}
		}
	}
	if kinds["neighbourhood_centre"] != 9 || kinds["venue"] != 31 || kinds["hospital"] != 7 || kinds["fire_station"] != 7 {
		t.Errorf("facilities by kind: %v", kinds)
	}
}
