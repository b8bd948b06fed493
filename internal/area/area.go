// Package area knows the district's areas: their codes, boundaries and households, which grid a point lies in, and whether a set of
// boundaries is fit to be used.
package area

import (
	"slices"

	"github.com/paulmach/orb"
)

// Level is a rung of the hierarchy.
type Level string

// Levels are the levels from the top.
var Levels = []Level{District, Subdistrict, Community, Grid}

// Rank is a level's place from the top, District being 0; −1 when there is no such level.
func (l Level) Rank() int { return slices.Index(Levels, l) }

// Above is the level that an area's parent has; empty for the district.
func (l Level) Above() Level {
	if r := l.Rank(); r > 0 {
		return Levels[r-1]
	}
	return ""
}

// The levels, from the top.
const (
	District    Level = "district"
	Subdistrict Level = "subdistrict"
	Community   Level = "community"
	Grid        Level = "grid"
)

// CodeLength is the number of digits of an area code at each level: the statistical code (6, 9, 12), and for a grid a type digit and
// three serial digits more (domain.md §1).
var CodeLength = map[Level]int{District: 6, Subdistrict: 9, Community: 12, Grid: 16}

// Area is one area with its boundary.
type Area struct {
	ID          int32 // small, stable within a database; the handle used in motions
	Code        string
	Name        string
	Level       Level
	Parent      string // code; empty for the district
	Kind        string // communities: "residents" or "village"
	Households  int
	Boundary    orb.MultiPolygon // WGS-84, outer rings counter-clockwise
	Label       orb.Point        // a point well inside
	LeaderName  string           // grids: the posted leader
	LeaderPhone string
	Demo        bool // demonstration geometry
	Version     int64
}

// Building is a house with its households; it belongs to exactly one grid.
type Building struct {
	ID         int32 // given by storage, kept as long as the code stays; what links and tiles name it by
	Code       string
	Name       string
	Address    string
	Grid       string // area code
	Households int
	Floors     int
	Footprint  orb.Polygon
}

// Facility is a place that serves the district.
type Facility struct {
	ID   int32 // as a building's
	Code string
	Kind string
	Name string
	Grid string // area code
	At   orb.Point
	// Windows is the number of 综合窗口 of a service station; 0 for every other kind.
	Windows int
}

// Street is a named line, for the map.
type Street struct {
	Name  string
	Class string // "main", "secondary", "lane"
	Line  orb.LineString
}
