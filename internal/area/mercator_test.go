package area

import (
	"math/rand/v2"
	"testing"
)

// Two neighbours have their common edge in opposite directions, and must be cut at the same place. Small numbers make many crossings fall
// halfway between two units, where rounding could go either way.
func TestAnEdgeIsCutAlikeInBothDirections(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200000 {
		s := sides[random.IntN(len(sides))]
		point := func() mercator { return mercator{random.Int64N(400) - 200 + s.at, random.Int64N(400) - 200 + s.at} }
		a, b := point(), point()
		if s.across(a) == s.across(b) {
			continue
		}
		if there, back := s.cross(a, b), s.cross(b, a); there != back {
			t.Fatalf("%v–%v crosses %+v at %v, and the other way at %v", a, b, s, there, back)
		}
	}
}
