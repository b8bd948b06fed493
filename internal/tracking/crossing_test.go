package tracking

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/event"
)

// metres per degree of latitude, and of longitude at the latitude of the district.
const (
	perLat = 111195.0
	perLon = perLat * 0.794 // cos 37.4°
)

// town is a district of some 24 grids with crooked edges.
func town(t testing.TB) *area.Index {
	t.Helper()
	areas := areatest.Areas(areatest.Small)
	index, err := area.NewIndex(areas)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// jitter gives a point within r metres of a place.
func jitter(rng *rand.Rand, lon, lat int32, r float64) (int32, int32) {
	angle, far := rng.Float64()*2*math.Pi, rng.Float64()*r
	return lon + int32(math.Cos(angle)*far/perLon*1e7), lat + int32(math.Sin(angle)*far/perLat*1e7)
}

// TestNobodyFlapsStandingStill: whoever stands still, wherever, on a boundary or beside it, crosses at most once, as long as fixes stay within
// their accuracy.
func TestNobodyFlapsStandingStill(t *testing.T) {
	index := town(t)
	rng := rand.New(rand.NewPCG(1, 2))
	crossed := 0
	for range 400 {
		lon, lat := someCorner(rng, index)
		accuracy := 5 + rng.Float64()*60
		lon, lat = jitter(rng, lon, lat, accuracy) // beside it
		p, changes := Presence{}, -1               // the first fix enters
		for i := range 200 {
			x, y := jitter(rng, lon, lat, accuracy*0.98) // the margin of this test's own conversion to metres
			row := Row{Worker: 1, Lon: x, Lat: y, At: noon.Add(time.Duration(i) * time.Second).UnixMicro(), Accuracy: float32(accuracy)}
			row.Grid = index.Locate(x, y)
			after, change := p.next(index, &row, noon.Add(-time.Hour))
			if change {
				changes++
			}
			p = after
		}
		if changes > 1 {
			t.Fatalf("%d changes around %d %d at an accuracy of %.0f m", changes, lon, lat, accuracy)
		}
		crossed += max(changes, 0)
	}
	if crossed == 0 {
		t.Error("nobody ever crossed: the test stands in the wrong places")
	}
}

// someCorner is a corner of some grid's boundary: where grids meet.
func someCorner(rng *rand.Rand, index *area.Index) (lon, lat int32) {
	grids := index.AtLevel(area.Grid)
	ring := grids[rng.IntN(len(grids))].Boundary[0][0]
	p := ring[rng.IntN(len(ring))]
	return degrees(p.Lon()), degrees(p.Lat())
}

// TestWhoeverWalksThroughIsNoticed: walking from the middle of one grid to that of another, a worker ends up in the other.
func TestWhoeverWalksThroughIsNoticed(t *testing.T) {
	index := town(t)
	grids := index.AtLevel(area.Grid)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range grids {
		from, to := grids[i], grids[(i+1)%len(grids)]
		p := Presence{}
		const steps = 200
		for s := range steps + 1 {
			at := between(from.Label, to.Label, float64(s)/steps)
			x, y := jitter(rng, degrees(at.Lon()), degrees(at.Lat()), 8)
			row := Row{Worker: 1, Lon: x, Lat: y, Grid: index.Locate(x, y), At: noon.Add(time.Duration(s) * time.Second).UnixMicro(), Accuracy: 8}
			p, _ = p.next(index, &row, noon)
		}
		if p.Grid != to.ID {
			t.Errorf("from %s to %s: ended in %d, want %d", from.Code, to.Code, p.Grid, to.ID)
		}
	}
}

func between(a, b orb.Point, share float64) orb.Point {
	return orb.Point{a[0] + (b[0]-a[0])*share, a[1] + (b[1]-a[1])*share}
}

func TestWhatChangesNothing(t *testing.T) {
	index := town(t)
	grids := index.AtLevel(area.Grid)
	here, there := grids[0], grids[1]
	at := func(a *area.Area, when time.Time) Row {
		lon, lat := degrees(a.Label.Lon()), degrees(a.Label.Lat())
		return Row{Worker: 1, Lon: lon, Lat: lat, Grid: a.ID, At: when.UnixMicro(), Accuracy: 5}
	}
	p := Presence{Worker: 1, Grid: here.ID, Since: noon, Version: 3}
	invalid, vague, older, outside := at(there, noon.Add(1)), at(there, noon.Add(1)), at(there, noon.Add(-time.Second)), Row{At: noon.UnixMicro()}
	invalid.Flags |= FlagInvalid
	vague.Accuracy = 100000
	for name, c := range map[string]struct {
		row  Row
		from Presence
	}{
		"a fix that calls itself invalid": {invalid, p},
		"a fix that may be anywhere":      {vague, p},
		"a fix from before":               {older, p},
		"the first fix, outside of all":   {outside, Presence{Worker: 1}},
	} {
		if after, changed := c.from.next(index, &c.row, noon.Add(-time.Hour)); changed || after != c.from {
			t.Errorf("%s: %v", name, after)
		}
	}
}

func TestEventsOfACrossing(t *testing.T) {
	index := town(t)
	grids := index.AtLevel(area.Grid)
	a, b := grids[0], grids[1]
	shift := noon.Add(-time.Hour)
	inA := Presence{Worker: 7, Grid: a.ID, Since: noon, Version: 4}
	for name, c := range map[string]struct {
		before Presence
		grid   *area.Area
		kinds  []string
		areas  []string
	}{
		"from one grid to another": {inA, b, []string{event.WorkerLeft, event.WorkerEntered}, []string{a.Code, b.Code}},
		"out of all grids":         {inA, nil, []string{event.WorkerLeft}, []string{a.Code}},
		"the first of all":         {Presence{}, b, []string{event.WorkerEntered}, []string{b.Code}},
		"the first of a new shift": {Presence{Worker: 7, Grid: a.ID, Since: shift.Add(-1000), Version: 4}, b, []string{event.WorkerEntered}, []string{b.Code}},
		"back from outside":        {Presence{Worker: 7, Since: noon, Version: 5}, a, []string{event.WorkerEntered}, []string{a.Code}},
	} {
		row := Row{Worker: 7, At: noon.Add(time.Minute).UnixMicro(), Accuracy: 5, Lon: 1000000000, Lat: 100000000}
		if c.grid != nil {
			row.Lon, row.Lat, row.Grid = degrees(c.grid.Label.Lon()), degrees(c.grid.Label.Lat()), c.grid.ID
		}
		after, changed := c.before.next(index, &row, shift)
		if !changed {
			t.Errorf("%s: nothing happened", name)
			continue
		}
		events := tells(index, "张伟", c.before, after, shift)
		if len(events) != len(c.kinds) || after.Version != c.before.Version+int64(len(events)) {
			t.Errorf("%s: %d events, version %d after %d", name, len(events), after.Version, c.before.Version)
			continue
		}
		for i, e := range events {
			if e.Kind != c.kinds[i] || e.Area != c.areas[i] || e.Version != c.before.Version+int64(i)+1 || e.EntityID != "7" {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}
