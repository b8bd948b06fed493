package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// How well a phone knows where it is: the standard deviation of each axis in metres, in the open, at a door, and beside a tall building.
const (
	sigmaOpen   = 3.0
	sigmaDoor   = 4.5
	sigmaTall   = 9.0
	correlation = 30 * time.Second // after which an error is mostly another one: fixes seconds apart are wrong in the same direction
	blindness   = 0.35             // of all stops beside a tall building: no fix at all
	blindFor    = 3 * time.Minute  // at most
	radius68    = 1.51             // the radius that holds 68 % of a circular normal distribution, in standard deviations
)

// receiver is what a phone's satellite receiver makes of where the phone is: a Gauss–Markov error, and gaps between tall buildings.
type receiver struct {
	dice  *rand.Rand
	error place
	last  time.Time
	door  *Door
	blind time.Time // until when it sees nothing
}

// fix gives the measured place and the accuracy that the phone claims for it (metres, the radius that holds 68 %). Without a fix, ok is
// false. Instants must not go back.
func (r *receiver) fix(s stance, t time.Time) (at place, accuracy float64, ok bool) {
	if s.door != r.door {
		r.door, r.blind = s.door, time.Time{}
		if s.door != nil && s.door.Floors >= tall && r.dice.Float64() < blindness {
			r.blind = t.Add(spell(r.dice, blindFor/4, blindFor))
		}
	}
	sigma := sigmaOpen
	switch {
	case s.door != nil && s.door.Floors >= tall:
		sigma = sigmaTall
	case s.door != nil:
		sigma = sigmaDoor
	}
	keep := math.Exp(-float64(t.Sub(r.last)) / float64(correlation))
	fresh := sigma * math.Sqrt(1-keep*keep)
	r.error = r.error.times(keep).plus(place{r.dice.NormFloat64() * fresh, r.dice.NormFloat64() * fresh})
	r.last = t
	accuracy = math.Round(sigma*radius68*between(r.dice, 0.8, 1.3)*10) / 10
	return s.at.plus(r.error), accuracy, !t.Before(r.blind)
}
