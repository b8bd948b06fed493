package area

import (
	"math"

	"wangge/internal/geo"
)

// cellsPerGrid is how fine the raster is made: about 16 × 16 cells to a grid, so that about three points in four need no exact test,
// while the raster (4 bytes a cell) still fits a processor's cache. maxCells bounds it for districts with few, far apart grids.
const (
	cellsPerGrid = 256
	minCells     = 1 << 14
	maxCells     = 1 << 23
)

func newRaster(areas []*Area, rings []geo.Rings) raster {
	r := raster{}
	total := 0
	for i, a := range areas {
		if a.Level == Grid && len(rings[i].Points) > 0 {
			r.grids = append(r.grids, located{a.ID, rings[i]})
			total += len(rings[i].Points)
		}
	}
	if len(r.grids) == 0 {
		return r
	}
	r.gather(total)
	r.measure()
	r.fill()
	return r
}

// gather moves all points into one array.
func (r *raster) gather(total int) {
	all := make([]geo.Vertex, 0, total)
	for i := range r.grids {
		from := len(all)
		all = append(all, r.grids[i].rings.Points...)
		r.grids[i].rings.Points = all[from:len(all):len(all)]
	}
}

// measure chooses the corner and the smallest cells of which there are not too many.
func (r *raster) measure() {
	low, high, _ := r.grids[0].rings.Bound()
	for _, g := range r.grids[1:] {
		l, h, _ := g.rings.Bound()
		low = geo.Vertex{Lon: min(low.Lon, l.Lon), Lat: min(low.Lat, l.Lat)}
		high = geo.Vertex{Lon: max(high.Lon, h.Lon), Lat: max(high.Lat, h.Lat)}
	}
	r.low = low
	limit := uint64(min(max(len(r.grids)*cellsPerGrid, minCells), maxCells))
	width, height := uint64(int64(high.Lon)-int64(low.Lon)), uint64(int64(high.Lat)-int64(low.Lat))
	for ; ; r.shift++ {
		r.cols, r.rows = width>>r.shift+1, height>>r.shift+1
		if r.cols <= limit && r.rows <= limit && r.cols*r.rows <= limit {
			return
		}
	}
}

// presence is that a grid covers a cell or has an edge in it.
type presence struct {
	cell uint64
	grid int32
	full bool
}

func (r *raster) fill() {
	var found []presence
	scratch := make([]bool, r.cols*r.rows)
	for i := range r.grids {
		found = r.cover(found, int32(i), scratch)
	}
	r.cells = make([]int32, r.cols*r.rows)
	byCell := groupByCell(found, len(r.cells))
	for cell, list := range byCell {
		switch {
		case len(list) == 0:
		case len(list) == 1 && list[0].full:
			r.cells[cell] = r.grids[list[0].grid].id
		default:
			from := int32(len(r.candidates))
			for _, p := range list {
				r.candidates = append(r.candidates, p.grid)
			}
			r.lists = append(r.lists, span{from, int32(len(r.candidates))})
			r.cells[cell] = int32(-len(r.lists))
		}
	}
}

// groupByCell sorts by cell (counting sort), keeping the order of the grids within a cell.
func groupByCell(found []presence, cells int) [][]presence {
	start := make([]int, cells+1)
	for _, p := range found {
		start[p.cell+1]++
	}
	for c := range cells {
		start[c+1] += start[c]
	}
	sorted := make([]presence, len(found))
	next := append([]int(nil), start...)
	for _, p := range found {
		sorted[next[p.cell]] = p
		next[p.cell]++
	}
	out := make([][]presence, cells)
	for c := range out {
		out[c] = sorted[start[c]:start[c+1]]
	}
	return out
}

// cover adds the cells that one grid reaches. Cells through which none of its edges run lie wholly inside or outside; all of such cells
// next to each other in a row are alike, so one exact test decides for the run. Scratch is false everywhere, before and after.
func (r *raster) cover(found []presence, number int32, scratch []bool) []presence {
	rings := r.grids[number].rings
	r.markEdges(rings, scratch)
	low, high, _ := rings.Bound()
	col0, row0 := r.cell(low)
	col1, row1 := r.cell(high)
	for row := row0; row <= row1; row++ {
		known, inside := false, false
		for col := col0; col <= col1; col++ {
			cell := row*r.cols + col
			if scratch[cell] {
				scratch[cell], known = false, false
				found = append(found, presence{cell, number, false})
				continue
			}
			if !known {
				known, inside = true, rings.Contains(r.corner(col, r.low.Lon), r.corner(row, r.low.Lat))
			}
			if inside {
				found = append(found, presence{cell, number, true})
			}
		}
	}
	return found
}

func (r *raster) cell(v geo.Vertex) (col, row uint64) {
	return uint64(int64(v.Lon)-int64(r.low.Lon)) >> r.shift, uint64(int64(v.Lat)-int64(r.low.Lat)) >> r.shift
}

// corner is the first lattice coordinate of a column or row.
func (r *raster) corner(n uint64, low int32) int32 { return int32(int64(low) + int64(n<<r.shift)) }

// markEdges marks every cell in which an edge has a point of the lattice or comes within a step of one.
func (r *raster) markEdges(rings geo.Rings, marks []bool) {
	for i := 0; i+1 < len(rings.Start); i++ {
		ring := rings.Points[rings.Start[i]:rings.Start[i+1]]
		for j := 1; j < len(ring); j++ {
			r.markEdge(ring[j-1], ring[j], marks)
		}
	}
}

// markEdge goes row by row: within the latitudes of a row the edge takes a range of longitudes, widened by a step for rounding.
func (r *raster) markEdge(a, b geo.Vertex, marks []bool) {
	if a.Lat > b.Lat {
		a, b = b, a
	}
	_, row0 := r.cell(a)
	_, row1 := r.cell(b)
	slope := 0.0
	if a.Lat != b.Lat {
		slope = (float64(b.Lon) - float64(a.Lon)) / (float64(b.Lat) - float64(a.Lat))
	}
	at := func(lat float64) float64 { return float64(a.Lon) + slope*(lat-float64(a.Lat)) }
	for row := row0; row <= row1; row++ {
		south, north := float64(r.corner(row, r.low.Lat))-1, float64(r.low.Lat)+float64((row+1)<<r.shift)+1
		x0, x1 := at(math.Max(south, float64(a.Lat))), at(math.Min(north, float64(b.Lat)))
		if a.Lat == b.Lat {
			x0, x1 = float64(a.Lon), float64(b.Lon)
		}
		from, to := r.column(math.Min(x0, x1)-1), r.column(math.Max(x0, x1)+1)
		for col := from; col <= to; col++ {
			marks[row*r.cols+col] = true
		}
	}
}

func (r *raster) column(lon float64) uint64 {
	offset := math.Floor(lon) - float64(r.low.Lon)
	return min(uint64(math.Max(offset, 0))>>r.shift, r.cols-1)
}
