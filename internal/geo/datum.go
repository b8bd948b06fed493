package geo

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// Datum is a way of tying longitude and latitude to the ground.
type Datum string

// The datums that Chinese data comes in.
const (
	WGS84    Datum = "wgs84"    // GPS
	CGCS2000 Datum = "cgcs2000" // the national datum; within centimetres of WGS-84, so taken for the same
	GCJ02    Datum = "gcj02"    // the obfuscated datum of published maps (高德, 腾讯)
	BD09     Datum = "bd09"     // Baidu's, on top of GCJ-02
)

// ParseDatum reads a datum's name, in any case, with or without a hyphen. The empty name is WGS-84.
func ParseDatum(name string) (Datum, error) {
	switch d := Datum(strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))); d {
	case "":
		return WGS84, nil
	case WGS84, CGCS2000, GCJ02, BD09:
		return d, nil
	}
	return "", fmt.Errorf("there is no datum %q: use wgs84, cgcs2000, gcj02 or bd09", name)
}

// ToWGS84 converts a point of this datum, to within 1e-9 degree of the exact inverse of FromWGS84. The same point always gives the
// same answer, so edges that two polygons share stay shared.
func (d Datum) ToWGS84(p orb.Point) orb.Point {
	switch d {
	case GCJ02:
		return invert(gcjFromWGS, p)
	case BD09:
		return invert(gcjFromWGS, invert(bdFromGCJ, p))
	}
	return p
}

// FromWGS84 converts a WGS-84 point to this datum. Outside of China GCJ-02 has no shift.
func (d Datum) FromWGS84(p orb.Point) orb.Point {
	switch d {
	case GCJ02:
		return gcjFromWGS(p)
	case BD09:
		return bdFromGCJ(gcjFromWGS(p))
	}
	return p
}

// Constants of the Krasovsky 1940 ellipsoid, on which the GCJ-02 shift is computed.
const (
	krasovskyA  = 6378245.0              // semi-major axis, metres
	krasovskyE2 = 0.00669342162296594323 // eccentricity squared
)

// gcjBox is the region that the published algorithm calls China; outside of it nothing is shifted.
var gcjBox = orb.Bound{Min: orb.Point{72.004, 0.8293}, Max: orb.Point{137.8347, 55.8271}}

// gcjFromWGS is the shift as published in several open implementations (first in "WGS-84 to GCJ-02", 2013; described in Wikipedia,
// "Restrictions on geographic data in China"): a polynomial plus sines, in metres on the Krasovsky ellipsoid about 105°E 35°N.
func gcjFromWGS(p orb.Point) orb.Point {
	if !gcjBox.Contains(p) {
		return p
	}
	x, y := p[0]-105, p[1]-35
	common := waves(20, 6, x) + waves(20, 2, x)
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) +
		(common+waves(20, 1, x)+waves(40, 1.0/3, x)+waves(150, 1.0/12, x)+waves(300, 1.0/30, x))*2/3
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) +
		(common+waves(20, 1, y)+waves(40, 1.0/3, y)+waves(160, 1.0/12, y)+waves(320, 1.0/30, y))*2/3

	sin, cos := math.Sincos(p[1] * math.Pi / 180)
	w2 := 1 - krasovskyE2*sin*sin
	w := math.Sqrt(w2)
	return orb.Point{
		p[0] + east*180/(krasovskyA/w*cos*math.Pi),
		p[1] + north*180/(krasovskyA*(1-krasovskyE2)/(w2*w)*math.Pi),
	}
}

func waves(amplitude, frequency, x float64) float64 {
	return amplitude * math.Sin(frequency*x*math.Pi)
}

// bdFromGCJ is Baidu's further rotation and offset, as published with GCJ-02's.
func bdFromGCJ(p orb.Point) orb.Point {
	const turn = math.Pi * 3000 / 180
	r := math.Hypot(p[0], p[1]) + 0.00002*math.Sin(p[1]*turn)
	angle := math.Atan2(p[1], p[0]) + 0.000003*math.Cos(p[0]*turn)
	sin, cos := math.Sincos(angle)
	return orb.Point{r*cos + 0.0065, r*sin + 0.006}
}

// invert finds the point that forward maps to p. Both shifts change by less than a thousandth of the way moved, so each step of the
// fixed-point iteration gains about three digits; it ends when nothing moves by 1e-10 degree.
//
// At the rim of the shifted region two points may have the same image, or a point none; there the iteration's last point is given.
func invert(forward func(orb.Point) orb.Point, p orb.Point) orb.Point {
	q := p
	for range 20 {
		image := forward(q)
		dx, dy := p[0]-image[0], p[1]-image[1]
		q[0], q[1] = q[0]+dx, q[1]+dy
		if math.Abs(dx) < 1e-10 && math.Abs(dy) < 1e-10 {
			break
		}
	}
	return q
}
