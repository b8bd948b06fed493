// Package geo is what this program knows of the shape of the earth and of polygons on it: datums, integer coordinates, metres, rings
// and exact coverage. It knows nothing of districts.
//
// Everything inside the program is WGS-84 longitude and latitude. Boundaries are kept on a lattice of 1e-7 degree (about 1 cm), so that
// two areas that share an edge share it exactly, a seven-decimal file loses nothing, and every test of a point against an edge is done
// in integers, without rounding.
package geo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Scale is the number of lattice steps in a degree.
const Scale = 1e7

// E7 gives the lattice coordinate nearest to a longitude or latitude in degrees. Halves go away from zero. The argument must be finite
// and within ±180.
func E7(degrees float64) int32 { return int32(math.Round(degrees * Scale)) }

// Degrees is the inverse of E7.
func Degrees(e7 int32) float64 { return float64(e7) / Scale }

// Snap moves a point to the nearest place of the lattice. Equal points stay equal, so shared edges stay shared.
func Snap(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*Scale) / Scale, math.Round(p[1]*Scale) / Scale}
}

// Place writes a point for people: "116.3012345, 37.4412345".
func Place(p orb.Point) string { return fmt.Sprintf("%.7f, %.7f", p[0], p[1]) }

// Fit is the verdict on a pair of numbers that should be longitude and latitude.
type Fit string

// The verdicts.
const (
	Fits       Fit = ""           // a longitude within ±180 and a latitude within ±90
	NotANumber Fit = "not_finite" // NaN or infinite
	Swapped    Fit = "swapped"    // would be a place in China if the two were exchanged
	Projected  Fit = "projected"  // so large that they must be metres of a map projection
	OutOfRange Fit = "range"      // no place on earth
)

// china is a generous box around China, used only to guess what a wrong pair was meant to be.
var china = orb.Bound{Min: orb.Point{73, 3}, Max: orb.Point{136, 54}}

// CheckLonLat tells whether lon and lat can be a longitude and a latitude in degrees, and if not, what they probably are.
// A pair in range is taken for swapped only when it lies outside of China and inside once exchanged.
func CheckLonLat(lon, lat float64) Fit {
	p := orb.Point{lon, lat}
	switch {
	case math.IsNaN(lon) || math.IsNaN(lat) || math.IsInf(lon, 0) || math.IsInf(lat, 0):
		return NotANumber
	case !china.Contains(p) && china.Contains(orb.Point{lat, lon}):
		return Swapped
	case math.Abs(lon) > 1000 || math.Abs(lat) > 1000:
		return Projected
	case math.Abs(lon) > 180 || math.Abs(lat) > 90:
		return OutOfRange
	}
	return Fits
}
