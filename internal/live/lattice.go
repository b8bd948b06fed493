package live

import (
	"github.com/paulmach/orb"
)

// latticeSide is the number of columns and of rows that the district's bound is divided into. Finer cells cut views more exactly (a view
// of 1/50 of the area touches 2.3 % of 96 × 96 cells, 2.5 % of 64 × 64) and cost a row more to visit per view and tick. Numbers of cells
// have to fit into an int16.
const latticeSide = 96

// lattice divides the district into cells, numbered row by row from the south-west. What lies outside belongs to the outermost cells, so
// every point has a cell.
type lattice struct {
	west, south   float64 // 1e-6 degree
	width, height float64 // of one cell, 1e-6 degree
}

func newLattice(bound orb.Bound) lattice {
	const least = 1 // a bound without extent still has cells
	return lattice{
		west: bound.Min.Lon() * 1e6, south: bound.Min.Lat() * 1e6,
		width:  max(least, (bound.Max.Lon()-bound.Min.Lon())*1e6/latticeSide),
		height: max(least, (bound.Max.Lat()-bound.Min.Lat())*1e6/latticeSide),
	}
}

func (l *lattice) column(lon float64) int32 { return clampCell((lon - l.west) / l.width) }
func (l *lattice) row(lat float64) int32    { return clampCell((lat - l.south) / l.height) }

func clampCell(v float64) int32 { return int32(min(max(v, 0), latticeSide-1)) }

// cell is where a point (1e-6 degree) lies.
func (l *lattice) cell(lon, lat int32) int32 {
	return l.row(float64(lat))*latticeSide + l.column(float64(lon))
}

// window is a rectangle of cells, all ends included.
type window struct{ c0, c1, r0, r1 int32 }

// window finds the cells that a box (degrees) touches.
func (l *lattice) window(box orb.Bound) window {
	return window{
		c0: l.column(box.Min.Lon() * 1e6), c1: l.column(box.Max.Lon() * 1e6),
		r0: l.row(box.Min.Lat() * 1e6), r1: l.row(box.Max.Lat() * 1e6),
	}
}

// spot is a cell by its column and row; both are negative for noCell.
type spot struct{ column, row int16 }

func spotOf(cell int16) spot {
	if cell == noCell {
		return spot{-1, -1}
	}
	return spot{cell % latticeSide, cell / latticeSide}
}

// has tells whether a cell lies in the window; noCell lies in none.
func (w *window) has(s spot) bool {
	column, row := int32(s.column), int32(s.row)
	return column >= w.c0 && column <= w.c1 && row >= w.r0 && row <= w.r1
}

// cellOrder lists things by cell, so that a row of a window is one slice of it.
type cellOrder struct {
	start [latticeSide*latticeSide + 1]int32
	items []int32
}

// build orders the items by their cell; those in noCell are left out. The order of items within a cell is kept.
func (o *cellOrder) build(items []int32, cellOf func(int32) int32) {
	clear(o.start[:])
	for _, i := range items {
		if c := cellOf(i); c >= 0 {
			o.start[c+1]++
		}
	}
	for c := 1; c < len(o.start); c++ {
		o.start[c] += o.start[c-1]
	}
	o.items = grown(o.items, int(o.start[len(o.start)-1]))
	for k := len(items) - 1; k >= 0; k-- { // backwards, moving each cell's end down to its start
		if c := cellOf(items[k]); c >= 0 {
			o.start[c+1]--
			o.items[o.start[c+1]] = items[k]
		}
	}
	copy(o.start[:], o.start[1:]) // start[c+1] has become the start of c
	o.start[len(o.start)-1] = int32(len(o.items))
}

// row yields the items of one row of a window.
func (o *cellOrder) row(w *window, row int32) []int32 {
	return o.items[o.start[row*latticeSide+w.c0]:o.start[row*latticeSide+w.c1+1]]
}

// grown returns a slice of that length, reusing s when it is large enough. What it holds is unspecified.
func grown[T any](s []T, size int) []T {
	if cap(s) < size {
		return make([]T, size, size+size/4)
	}
	return s[:size]
}
