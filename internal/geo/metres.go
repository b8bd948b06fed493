package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// EarthRadius is the mean radius of the earth in metres (IUGG R1).
const EarthRadius = 6371008.8

const radian = math.Pi / 180

// Distance is the great-circle distance in metres on the mean sphere (haversine formula); at most 0.5 % off the ellipsoid's.
func Distance(a, b orb.Point) float64 {
	dLat, dLon := (b[1]-a[1])*radian, (b[0]-a[0])*radian
	s, t := math.Sin(dLat/2), math.Sin(dLon/2)
	h := s*s + math.Cos(a[1]*radian)*math.Cos(b[1]*radian)*t*t
	return 2 * EarthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}

// Local measures in metres about an origin: equirectangular, east and north. Within a district (30 km) it is off by less than 0.3 %.
type Local struct {
	Origin   orb.Point
	PerLon   float64 // metres per degree of longitude at the origin's latitude
	PerLat   float64 // metres per degree of latitude
	PerLonE7 float64 // the same per lattice step
	PerLatE7 float64
}

// NewLocal measures about the origin.
func NewLocal(origin orb.Point) Local {
	l := Local{Origin: origin, PerLon: EarthRadius * radian * math.Cos(origin[1]*radian), PerLat: EarthRadius * radian}
	l.PerLonE7, l.PerLatE7 = l.PerLon/Scale, l.PerLat/Scale
	return l
}

// Metres gives a point's place east and north of the origin.
func (l Local) Metres(p orb.Point) (east, north float64) {
	return (p[0] - l.Origin[0]) * l.PerLon, (p[1] - l.Origin[1]) * l.PerLat
}

// Point is the inverse of Metres.
func (l Local) Point(east, north float64) orb.Point {
	return orb.Point{l.Origin[0] + east/l.PerLon, l.Origin[1] + north/l.PerLat}
}

// Area is the area of polygons in square metres, holes taken out, whatever way their rings turn.
func (l Local) Area(polygons orb.MultiPolygon) float64 {
	sum := 0.0
	for _, polygon := range polygons {
		for i, ring := range polygon {
			area := math.Abs(l.ring(ring))
			if i > 0 {
				area = -area
			}
			sum += area
		}
	}
	return sum
}

func (l Local) ring(ring orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(ring); i++ {
		x0, y0 := l.Metres(ring[i-1])
		x1, y1 := l.Metres(ring[i])
		sum += x0*y1 - x1*y0
	}
	return sum / 2
}

// segmentDistance2 is the squared distance of the origin to the segment a–b.
func segmentDistance2(ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	if d := dx*dx + dy*dy; d > 0 {
		t := -(ax*dx + ay*dy) / d
		t = math.Max(0, math.Min(1, t))
		ax, ay = ax+t*dx, ay+t*dy
	}
	return ax*ax + ay*ay
}
