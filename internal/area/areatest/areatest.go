// Package areatest makes districts for tests: of any size, cut exactly, with edges of several corners as real streets have, the same
// ones every time.
package areatest

import (
	"fmt"
	"math/rand/v2"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/geo"
)

// Shape is how a district is cut. Grids stand in rows and columns; a community is a block of them, a subdistrict a row of communities.
type Shape struct {
	Subdistricts int // rows of communities, south to north
	Communities  int // in a subdistrict, west to east
	Cols, Rows   int // of grids in a community
	Corners      int // along each side of a grid
	Buildings    int // in a grid
}

// Small is a district of 24 grids.
var Small = Shape{Subdistricts: 2, Communities: 2, Cols: 3, Rows: 2, Corners: 3, Buildings: 3}

// Sized gives a shape of at least n grids with about 30 corners each.
func Sized(n int) Shape {
	s := Shape{Subdistricts: 2, Communities: 7, Cols: 2, Rows: 2, Corners: 7, Buildings: 15}
	for s.Subdistricts*s.Communities*4 < n {
		if s.Subdistricts < s.Communities {
			s.Subdistricts++
		} else {
			s.Communities++
		}
	}
	return s
}

// Corner is the south-west corner of every district made here; Width and Height are its size in degrees, about 25 × 22 km.
var Corner = orb.Point{116.16, 37.33}

// Size of the district in degrees.
const (
	Width  = 0.28
	Height = 0.20
)

// The district's own code and that of its first subdistrict, community and grid.
const (
	Code        = "371402"
	Subdistrict = Code + "001"
	Community   = Subdistrict + "001"
	Grid        = Community + "1001"
)

// Make gives the district as an import would: no ids, 400 households in a grid.
func Make(s Shape) area.Plan {
	m := maker{Shape: s, cols: s.Communities * s.Cols, rows: s.Subdistricts * s.Rows}
	m.add(area.District, Code, "", "德城区", 0, 0, m.cols, m.rows)
	for i := range s.Subdistricts {
		sub := fmt.Sprintf("%s%03d", Code, i+1)
		m.add(area.Subdistrict, sub, Code, fmt.Sprintf("第%d街道", i+1), 0, i*s.Rows, m.cols, s.Rows)
		for j := range s.Communities {
			m.community(sub, i, j)
		}
	}
	return m.plan
}

// Areas gives only the areas, with ids from 1 in the order of Make.
func Areas(s Shape) []area.Area {
	plan := Make(s)
	out := make([]area.Area, len(plan.Areas))
	for i, item := range plan.Areas {
		out[i] = item.Value
		out[i].ID, out[i].Version = int32(i+1), 1
	}
	return out
}

type maker struct {
	Shape
	cols, rows int // of grids in the district
	plan       area.Plan
}

func (m *maker) community(sub string, i, j int) {
	code := fmt.Sprintf("%s%03d", sub, j+1)
	m.add(area.Community, code, sub, fmt.Sprintf("第%d-%d社区", i+1, j+1), j*m.Cols, i*m.Rows, m.Cols, m.Rows)
	for row := range m.Rows {
		for col := range m.Cols {
			n := row*m.Cols + col + 1
			x, y := j*m.Cols+col, i*m.Rows+row
			m.add(area.Grid, fmt.Sprintf("%s1%03d", code, n), code, fmt.Sprintf("第%d网格", n), x, y, 1, 1)
			m.furnish(fmt.Sprintf("%s1%03d", code, n), x, y)
		}
	}
}

func (m *maker) add(level area.Level, code, parent, name string, col, row, cols, rows int) {
	boundary := geo.Clean(orb.MultiPolygon{{m.outline(col, row, cols, rows)}})
	a := area.Area{
		Code: code, Name: name, Level: level, Parent: parent, Boundary: boundary, Label: geo.Snap(geo.Label(boundary)),
		Households: 400 * cols * rows, Demo: true,
	}
	switch level {
	case area.Community:
		a.Kind = "residents"
	case area.Grid:
		a.LeaderName, a.LeaderPhone = "李"+code[len(code)-2:], "139"+code[len(code)-8:]
	}
	m.plan.Areas = append(m.plan.Areas, area.Item[area.Area]{Ref: fmt.Sprintf("areas[%d]", len(m.plan.Areas)), Value: a})
}

// outline goes counter-clockwise round a block of grids.
func (m *maker) outline(col, row, cols, rows int) orb.Ring {
	var ring orb.Ring
	for i := range cols {
		ring = append(ring, m.side(col+i, row, 1, 0)...)
	}
	for i := range rows {
		ring = append(ring, m.side(col+cols, row+i, 0, 1)...)
	}
	for i := range cols {
		ring = append(ring, reversed(m.side(col+cols-1-i, row+rows, 1, 0))...)
	}
	for i := range rows {
		ring = append(ring, reversed(m.side(col, row+rows-1-i, 0, 1))...)
	}
	return append(ring, ring[0])
}

// side is the side from a lattice node eastward or northward, without its last point. It is the same for both grids that share it.
func (m *maker) side(col, row, east, north int) orb.Ring {
	random := rand.New(rand.NewPCG(uint64(col), uint64(row*2+north)))
	out := orb.Ring{m.node(col, row)}
	end := m.node(col+east, row+north)
	for i := 1; i <= m.Corners; i++ {
		t := float64(i) / float64(m.Corners+1)
		p := orb.Point{out[0][0]*(1-t) + end[0]*t, out[0][1]*(1-t) + end[1]*t}
		p[0] += (random.Float64() - 0.5) * 0.05 * Width / float64(m.cols)
		p[1] += (random.Float64() - 0.5) * 0.05 * Height / float64(m.rows)
		out = append(out, geo.Snap(p))
	}
	return append(out, end)[: m.Corners+1 : m.Corners+2]
}

func (m *maker) node(col, row int) orb.Point {
	random := rand.New(rand.NewPCG(uint64(col), uint64(row)<<32))
	x := float64(col) + (random.Float64()-0.5)*0.3
	y := float64(row) + (random.Float64()-0.5)*0.3
	return geo.Snap(orb.Point{Corner[0] + x*Width/float64(m.cols), Corner[1] + y*Height/float64(m.rows)})
}

func reversed(side orb.Ring) orb.Ring {
	full := side[:cap(side)] // the last point, which side left out, comes first
	out := make(orb.Ring, 0, len(side))
	for i := len(full) - 1; i > 0; i-- {
		out = append(out, full[i])
	}
	return out
}

// furnish puts buildings in a row across the middle of a grid, and a facility.
func (m *maker) furnish(grid string, col, row int) {
	w, h := Width/float64(m.cols), Height/float64(m.rows)
	west, south := Corner[0]+(float64(col)+0.25)*w, Corner[1]+(float64(row)+0.45)*h
	for i := range m.Buildings {
		step := 0.5 * w / float64(m.Buildings)
		x := west + float64(i)*step
		box := orb.MultiPolygon{{{{x, south}, {x + step/2, south}, {x + step/2, south + h/10}, {x, south + h/10}, {x, south}}}}
		b := area.Building{Code: fmt.Sprintf("%s-%02d", grid, i+1), Name: fmt.Sprintf("%d号楼", i+1), Address: "德城区", Grid: grid,
			Households: 400 / m.Buildings, Floors: 6, Footprint: geo.Clean(box)[0]}
		m.plan.Buildings = append(m.plan.Buildings, area.Item[area.Building]{Ref: fmt.Sprintf("buildings[%d]", len(m.plan.Buildings)), Value: b})
	}
	f := area.Facility{Code: "F" + grid, Kind: "station", Name: "便民服务站", Grid: grid, At: geo.Snap(orb.Point{west, south + h/5}), Windows: 3}
	m.plan.Facilities = append(m.plan.Facilities, area.Item[area.Facility]{Ref: fmt.Sprintf("facilities[%d]", len(m.plan.Facilities)), Value: f})
	if col == 0 {
		class := []string{"main", "secondary", "lane"}[row%3]
		line := orb.LineString{geo.Snap(orb.Point{Corner[0], south}), geo.Snap(orb.Point{Corner[0] + Width, south})}
		m.plan.Streets = append(m.plan.Streets, area.Item[area.Street]{Ref: fmt.Sprintf("streets[%d]", row), Value: area.Street{Name: fmt.Sprintf("第%d路", row+1), Class: class, Line: line}})
	}
}
