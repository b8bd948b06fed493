package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb/planar"
)

// How people move. Walking speeds are those of adults on pavements; a visit at a door takes from a glance at the notice board to a talk.
const (
	walkMin, walkMax = 0.8, 1.6 // m/s
	rideMin, rideMax = 3.0, 6.0 // m/s, an e-bike among people
	rideFrom         = 250.0    // metres from which a worker with an e-bike takes it
	riders           = 0.3      // of all workers
	visitMin         = 20 * time.Second
	visitMax         = 6 * time.Minute
	restMin          = 8 * time.Minute // a rest, a meal, work at a desk
	restMax          = 20 * time.Minute
	resting          = 0.06 // of all stops
	farther          = 4    // out of so many of the nearest unvisited doors the next one is taken
)

// walker is a worker on foot (or on an e-bike) in a grid: it goes from door to door until all have been seen, then begins anew.
type walker struct {
	d     *District
	grid  *Grid
	dice  *rand.Rand
	pace  float64 // this person's own walking speed, m/s
	rides bool

	left  []int // doors not yet seen in this round
	door  int   // the one at or on the way to
	leg   leg
	since time.Time // when the present leg or stop began
	until time.Time // when it ends
	going bool
}

// leg is a way along straight pieces at one speed.
type leg struct {
	way    []place
	length float64
	speed  float64
}

// stance is where a walker is.
type stance struct {
	at     place
	speed  float64 // m/s
	course float64 // degrees clockwise from north
	door   *Door   // the one it stands at; nil on the way
}

func newWalker(d *District, grid int, r *rand.Rand, start time.Time) *walker {
	w := &walker{d: d, grid: &d.Grids[grid], dice: r, pace: between(r, walkMin, walkMax), rides: r.Float64() < riders}
	w.door = r.IntN(len(w.grid.Doors))
	w.since, w.until = start, start.Add(w.visit())
	return w
}

// appear puts the walker to a door at an instant, without going: a shift begins.
func (w *walker) appear(at time.Time) {
	w.door, w.going, w.left = w.dice.IntN(len(w.grid.Doors)), false, nil
	w.since, w.until = at, at.Add(w.visit())
}

// at tells where the walker is at an instant, which must not lie before one asked for earlier.
func (w *walker) at(t time.Time) stance {
	for !t.Before(w.until) {
		if w.going {
			w.stop()
		} else {
			w.leave()
		}
	}
	if !w.going {
		door := &w.grid.Doors[w.door]
		return stance{at: placeOf(w.d.Plane, door.At), door: door}
	}
	return w.leg.after(t.Sub(w.since).Seconds())
}

func (w *walker) stop() {
	w.going = false
	w.since = w.until
	w.until = w.since.Add(w.visit())
}

func (w *walker) visit() time.Duration {
	if w.dice.Float64() < resting {
		return spell(w.dice, restMin, restMax)
	}
	return spell(w.dice, visitMin, visitMax)
}

// leave sets out for one of the nearest doors that this round has not seen.
func (w *walker) leave() {
	from := placeOf(w.d.Plane, w.grid.Doors[w.door].At)
	w.door = w.choose(from)
	to := placeOf(w.d.Plane, w.grid.Doors[w.door].At)
	w.leg = leg{way: w.way(from, to), speed: math.Max(walkMin, math.Min(walkMax, w.pace*between(w.dice, 0.9, 1.1)))}
	for i := 1; i < len(w.leg.way); i++ {
		w.leg.length += w.leg.way[i].minus(w.leg.way[i-1]).length()
	}
	if w.rides && w.leg.length >= rideFrom {
		w.leg.speed = between(w.dice, rideMin, rideMax)
	}
	w.going = true
	w.since = w.until
	w.until = w.since.Add(seconds(w.leg.length/w.leg.speed) + time.Second)
}

func (w *walker) choose(from place) int {
	if len(w.left) == 0 {
		w.left = make([]int, len(w.grid.Doors))
		for i := range w.left {
			w.left[i] = i
		}
	}
	nearest := make([]int, 0, farther) // indexes into left
	for i := range w.left {
		nearest = insertNearest(nearest, i, func(i int) float64 {
			return placeOf(w.d.Plane, w.grid.Doors[w.left[i]].At).minus(from).length()
		})
	}
	chosen := nearest[w.dice.IntN(len(nearest))]
	door := w.left[chosen]
	w.left[chosen] = w.left[len(w.left)-1]
	w.left = w.left[:len(w.left)-1]
	return door
}

// insertNearest keeps the at most cap(best) candidates of the least distance, in order.
func insertNearest(best []int, candidate int, distance func(int) float64) []int {
	d := distance(candidate)
	if len(best) == cap(best) {
		if d >= distance(best[len(best)-1]) {
			return best
		}
		best = best[:len(best)-1]
	}
	best = append(best, candidate)
	for i := len(best) - 1; i > 0 && d < distance(best[i-1]); i-- {
		best[i], best[i-1] = best[i-1], best[i]
	}
	return best
}

// way goes round one corner, as streets make one do, when that corner lies in the grid; else straight.
func (w *walker) way(from, to place) []place {
	corner, other := place{from.x, to.y}, place{to.x, from.y}
	if w.dice.IntN(2) == 0 {
		corner, other = other, corner
	}
	for _, c := range []place{corner, other} {
		if w.inside(c) {
			return []place{from, c, to}
		}
	}
	return []place{from, to}
}

func (w *walker) inside(p place) bool {
	return len(w.grid.Boundary) > 0 && planar.PolygonContains(w.grid.Boundary, p.point(w.d.Plane))
}

// after tells where one is some seconds after setting out.
func (l leg) after(s float64) stance {
	gone := s * l.speed
	var course float64
	for i := 1; i < len(l.way); i++ {
		piece := l.way[i].minus(l.way[i-1])
		length := piece.length()
		if length == 0 {
			continue
		}
		course = math.Mod(math.Atan2(piece.x, piece.y)*180/math.Pi+360, 360)
		if gone < length {
			return stance{at: l.way[i-1].plus(piece.times(gone / length)), speed: l.speed, course: course}
		}
		gone -= length
	}
	return stance{at: l.way[len(l.way)-1], course: course}
}

func between(r *rand.Rand, low, high float64) float64 { return low + r.Float64()*(high-low) }

func spell(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Float64()*float64(high-low))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
