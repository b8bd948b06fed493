package area

import "wangge/internal/geo"

// Locate tells which grid a point lies in, by its id; 0 outside of every grid. The point is in 1e-7 degrees, WGS-84.
//
// The answer is exact and always the same. A point on a boundary belongs to exactly one grid: the one that lies immediately east of
// it, or north where the boundary runs east–west; and where there is no grid on that side, to the one with the lowest code that it
// touches. Where grids overlap (imports tolerate slivers), the lowest code has it. Nothing is allocated.
func (x *Index) Locate(lon, lat int32) int32 { return x.raster.locate(0, lon, lat) }

// LocateFrom answers like Locate for a point that was in the grid `last` before, which is tried first. Where two grids overlap, the
// point stays in last.
func (x *Index) LocateFrom(last int32, lon, lat int32) int32 { return x.raster.locate(last, lon, lat) }

// raster divides the box around all grids into cells. Most cells lie wholly in one grid or in none, which answers at once; through the
// others run edges, and there the exact test decides among the few grids that reach into the cell.
type raster struct {
	low        geo.Vertex // south-west corner
	shift      uint8      // a cell is 1<<shift lattice steps wide and high
	cols, rows uint64
	cells      []int32 // 0: no grid; > 0: wholly in the grid with this id; < 0: list number −cell−1
	lists      []span
	candidates []int32 // numbers of grids, for each list in the order of their codes
	grids      []located
}

type span struct{ from, to int32 }

// located is a grid as the raster knows it.
type located struct {
	id    int32
	rings geo.Rings // into one array for all grids, so that little memory is touched
}

func (r *raster) locate(last, lon, lat int32) int32 {
	// A point west or south of the corner becomes, as an unsigned number, far greater than any cell's.
	col := uint64(int64(lon)-int64(r.low.Lon)) >> r.shift
	row := uint64(int64(lat)-int64(r.low.Lat)) >> r.shift
	if col >= r.cols || row >= r.rows {
		return 0
	}
	cell := r.cells[row*r.cols+col]
	if cell >= 0 {
		return cell
	}
	s := r.lists[-cell-1]
	return r.exact(r.candidates[s.from:s.to], last, lon, lat)
}

func (r *raster) exact(candidates []int32, last, lon, lat int32) int32 {
	for _, c := range candidates {
		if g := &r.grids[c]; g.id == last {
			if g.rings.Contains(lon, lat) {
				return last
			}
			break
		}
	}
	for _, c := range candidates {
		if g := &r.grids[c]; g.id != last && g.rings.Contains(lon, lat) {
			return g.id
		}
	}
	for _, c := range candidates { // on the outer boundary, its eastern or northern side
		if g := &r.grids[c]; g.rings.Touches(lon, lat) {
			return g.id
		}
	}
	return 0
}
