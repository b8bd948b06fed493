package district

import "github.com/paulmach/orb"

// The types here say what the files hold, property for property. They are apart from package area on purpose: the demonstration comes in
// through the same import as any other district's files, and shares nothing with the program but their format.

// Area is the district, a subdistrict, a community or a grid.
type Area struct {
	Code       string // 6, 9, 12 or 16 digits, by level
	Name       string
	Level      string // one of the levels below
	Parent     string // code; empty for the district
	Kind       string // communities: KindResidents or KindVillage
	Households int    // sum of the areas below, or of the grid's buildings
	Leader     Leader // grids
	Label      orb.Point
	Boundary   orb.Polygon // one ring, counter-clockwise, WGS-84
}

// The levels, from the top.
const (
	LevelDistrict    = "district"
	LevelSubdistrict = "subdistrict"
	LevelCommunity   = "community"
	LevelGrid        = "grid"
)

// The kinds of community: residents' committees (居委会) and village committees (村委会).
const (
	KindResidents = "residents"
	KindVillage   = "village"
)

// Leader is a grid's posted leader (网格长). Names and phones are made up.
type Leader struct{ Name, Phone string }

// Building is a house, or in a village a row of courtyards, with its households.
type Building struct {
	Code       string // the grid's and three serial digits
	Name       string
	Address    string
	Grid       string
	Households int
	Floors     int
	Footprint  orb.Polygon // a rectangle within the grid
}

// Facility is a place that serves the district.
type Facility struct {
	Code    string // the community's, F, and three serial digits
	Kind    string
	Name    string
	Grid    string
	Windows int // service stations: how many windows take cases, 2 to 4; otherwise 0
	At      orb.Point
}

// Street is a stretch of a street for the map.
type Street struct {
	Name  string
	Class string // main, secondary or lane
	Line  orb.LineString
}
