// Package survey answers what lies within a shape that somebody draws on the map: buildings, households, facilities, open incidents,
// and who is on shift there now.
package survey

import (
	"math"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/fault"
	"wangge/internal/geo"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// Limits of what is asked and answered.
const (
	MaxCorners = 1000 // of a shape; a lasso drawn by hand has a few hundred
	MaxListed  = 500  // incidents, and workers; the numbers beside the lists count all
)

// Shape is a closed line on the map, WGS-84. Where it crosses itself, the even-odd rule decides what is inside.
type Shape struct {
	ring  orb.Ring
	bound orb.Bound
}

// NewShape makes a shape of its corners, each longitude and latitude; the last may repeat the first. Fewer than three corners, more than
// MaxCorners, and places that are none are fault.Invalid.
func NewShape(corners [][]float64) (Shape, error) {
	bad := fault.New(fault.Invalid, "survey.shape", "the shape breaks a rule")
	if len(corners) < 3 || len(corners) > MaxCorners {
		return Shape{}, bad.WithField("polygon", "length", "three to "+strconv.Itoa(MaxCorners)+" corners")
	}
	ring := make(orb.Ring, 0, len(corners)+1)
	for _, c := range corners {
		if len(c) != 2 || math.IsNaN(c[0]+c[1]) || geo.CheckLonLat(c[0], c[1]) != geo.Fits {
			return Shape{}, bad.WithField("polygon", "coordinate_range", "a corner is no place on earth, or longitude and latitude are swapped")
		}
		ring = append(ring, orb.Point{c[0], c[1]})
	}
	if !ring.Closed() {
		ring = append(ring, ring[0])
	}
	return Shape{ring: ring, bound: ring.Bound()}, nil
}

// Has tells whether a place lies in the shape. A place on the line counts as inside.
func (s Shape) Has(p orb.Point) bool { return s.bound.Contains(p) && planar.RingContains(s.ring, p) }

// Bound is the smallest box around the shape.
func (s Shape) Bound() orb.Bound { return s.bound }

// KindCount is how many facilities of a kind there are.
type KindCount struct {
	Kind  string
	Count int
}

// SeverityCount is how many open incidents of a severity there are.
type SeverityCount struct {
	Severity incident.Severity
	Count    int
}

// Incidents are the open ones within.
type Incidents struct {
	Total      int
	BySeverity []SeverityCount     // every severity once, the worst first
	Items      []incident.Incident // newest reports first, at most MaxListed
}

// Present is a worker on shift whose newest position lies within.
type Present struct {
	Worker post.Worker
	Motion tracking.Motion
	State  tracking.State
}

// Workers are those on shift within.
type Workers struct {
	Total int
	Items []Present // by worker id, at most MaxListed
}

// Survey is what lies within a shape, as far as the one who asks may see it.
type Survey struct {
	Buildings  int // whose centre lies within
	Households int // of these buildings
	Facilities []KindCount
	Incidents  *Incidents // nil without the right to read incidents
	Workers    *Workers   // nil without the rights to see workers and their positions
}
