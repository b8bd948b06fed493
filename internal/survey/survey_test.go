package survey_test

import (
	"testing"

	"github.com/paulmach/orb"

	"wangge/internal/fault"
	"wangge/internal/survey"
)

func TestShapeRefusesWhatIsNone(t *testing.T) {
	many := make([][]float64, survey.MaxCorners+1)
	for i := range many {
		many[i] = []float64{116, 37}
	}
	for name, corners := range map[string][][]float64{
		"none":        nil,
		"two":         {{116, 37}, {117, 37}},
		"too many":    many,
		"swapped":     {{37, 116}, {37, 117}, {38, 117}},
		"one number":  {{116}, {117, 37}, {117, 38}},
		"no place":    {{116, 37}, {117, 37}, {117, 238}},
		"three parts": {{116, 37, 5}, {117, 37}, {117, 38}},
	} {
		if _, err := survey.NewShape(corners); fault.As(err) == nil || fault.As(err).Kind != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A bow tie: the two triangles are inside, what lies above and below their crossing is not.
func TestShapeThatCrossesItself(t *testing.T) {
	shape, err := survey.NewShape([][]float64{{116, 37}, {118, 38}, {118, 37}, {116, 38}})
	if err != nil {
		t.Fatal(err)
	}
	for place, want := range map[orb.Point]bool{
		{116.2, 37.5}: true, {117.8, 37.5}: true, {117, 37.1}: false, {117, 37.9}: false, {115.9, 37.5}: false, {116, 37}: true,
	} {
		if shape.Has(place) != want {
			t.Errorf("%v inside: %v", place, !want)
		}
	}
}
