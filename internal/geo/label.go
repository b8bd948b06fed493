package geo

import (
	"container/heap"
	"math"

	"github.com/paulmach/orb"
)

// labelProbes bounds the search for a label's place.
const labelProbes = 2000

// Label gives a point well inside the polygons: about the one farthest from every edge of the largest part (its pole of
// inaccessibility), to within a hundredth of that part's size. It lies inside unless the part is so thin that the bounded search does
// not find any of its inside; then it is the nearest point that was tried.
//
// The search is the known quadtree one (V. Agafonkin, "A new algorithm for finding a visual center of a polygon", 2016): the square
// that may hold the best point is divided first, and squares that cannot beat the best found are dropped.
func Label(polygons orb.MultiPolygon) orb.Point {
	if len(polygons) == 0 {
		return orb.Point{}
	}
	bound := polygons.Bound()
	local := NewLocal(bound.Center())
	part, size := polygons[0], 0.0
	for _, polygon := range polygons {
		if area := local.Area(orb.MultiPolygon{polygon}); area > size {
			part, size = polygon, area
		}
	}
	flat := local.flatten(part)
	return local.Point(flat.pole())
}

// plane is a polygon in metres; holes are rings like others (even-odd).
type plane [][][2]float64

func (l Local) flatten(polygon orb.Polygon) plane {
	out := make(plane, len(polygon))
	for i, ring := range polygon {
		out[i] = make([][2]float64, len(ring))
		for j, p := range ring {
			out[i][j][0], out[i][j][1] = l.Metres(p)
		}
	}
	return out
}

// depth is the distance of a place to the nearest edge in metres, negative outside.
func (p plane) depth(x, y float64) float64 {
	inside, best := false, math.Inf(1)
	for _, ring := range p {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			if (a[1] > y) != (b[1] > y) && x < (b[0]-a[0])*(y-a[1])/(b[1]-a[1])+a[0] {
				inside = !inside
			}
			best = math.Min(best, segmentDistance2(a[0]-x, a[1]-y, b[0]-x, b[1]-y))
		}
	}
	if inside {
		return math.Sqrt(best)
	}
	return -math.Sqrt(best)
}

func (p plane) box() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, v := range p[0] {
		x0, y0, x1, y1 = math.Min(x0, v[0]), math.Min(y0, v[1]), math.Max(x1, v[0]), math.Max(y1, v[1])
	}
	return x0, y0, x1, y1
}

func (p plane) pole() (x, y float64) {
	x0, y0, x1, y1 := p.box()
	cx, cy := (x0+x1)/2, (y0+y1)/2
	half := math.Max(x1-x0, y1-y0) / 2
	precision := half / 50
	best := p.square(cx, cy, half)
	queue := squares{best}
	for probe := 0; len(queue) > 0 && probe < labelProbes; probe += 4 {
		s := heap.Pop(&queue).(square)
		if s.potential()-best.depth <= precision && best.depth > 0 {
			break
		}
		h := s.half / 2
		for _, d := range [4][2]float64{{-h, -h}, {h, -h}, {-h, h}, {h, h}} {
			q := p.square(s.x+d[0], s.y+d[1], h)
			if q.depth > best.depth {
				best = q
			}
			if q.potential() > best.depth {
				heap.Push(&queue, q)
			}
		}
	}
	return best.x, best.y
}

// square is a part of the plane that may hold the pole.
type square struct{ x, y, half, depth float64 }

func (p plane) square(x, y, half float64) square { return square{x, y, half, p.depth(x, y)} }

// potential is the greatest depth that any point of the square can have.
func (s square) potential() float64 { return s.depth + s.half*math.Sqrt2 }

type squares []square

func (s squares) Len() int           { return len(s) }
func (s squares) Less(i, j int) bool { return s[i].potential() > s[j].potential() }
func (s squares) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *squares) Push(x any)        { *s = append(*s, x.(square)) }
func (s *squares) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
