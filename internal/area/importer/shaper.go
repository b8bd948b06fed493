package importer

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/geo"
)

// shaper makes of a file's records what a plan holds, and notes what cannot be made.
type shaper struct {
	options Options
	file    string
	report  *area.Report
}

func (s *shaper) ref(r record) string { return fmt.Sprintf("%s[%d]", s.file, r.number) }

func (s *shaper) text(r record, property string) string {
	return asText(r.value(s.options.source(property)))
}

func (s *shaper) count(r record, property string) int {
	n, err := asCount(r.value(s.options.source(property)))
	if err != nil {
		s.report.Error(s.ref(r), "property."+property, s.who(r), property+": "+err.Error())
	}
	return n
}

// who names a record for people before it is anything.
func (s *shaper) who(r record) string {
	return shorten(strings.TrimSpace(s.text(r, "code") + " " + s.text(r, "name")))
}

func (s *shaper) add(plan *area.Plan, r record) {
	if r.problem == "" && r.geometry == nil {
		r.problem = "it has no geometry"
	}
	if r.problem != "" {
		s.report.Error(s.ref(r), "geometry", s.who(r), r.problem)
		return
	}
	switch s.options.What {
	case Areas:
		if polygons, ok := s.polygons(r); ok {
			plan.Areas = append(plan.Areas, area.Item[area.Area]{Ref: s.ref(r), Value: s.area(r, polygons)})
		}
	case Buildings:
		if polygons, ok := s.polygons(r); ok {
			s.addBuilding(plan, r, polygons)
		}
	case Facilities:
		s.addFacility(plan, r)
	case Streets:
		s.addStreet(plan, r)
	}
}

// polygons gives a record's polygons in WGS-84, cleaned.
func (s *shaper) polygons(r record) (orb.MultiPolygon, bool) {
	polygons, ok := r.geometry.(orb.MultiPolygon)
	if !ok {
		s.wrongKind(r, "polygons are")
		return nil, false
	}
	converted := make(orb.MultiPolygon, 0, len(polygons))
	for _, polygon := range polygons {
		rings := make(orb.Polygon, 0, len(polygon))
		for _, ring := range polygon {
			line, ok := s.convert(r, orb.LineString(ring))
			if !ok {
				return nil, false
			}
			rings = append(rings, orb.Ring(line))
		}
		converted = append(converted, rings)
	}
	return geo.Clean(converted), true
}

func (s *shaper) wrongKind(r record, needed string) {
	s.report.Error(s.ref(r), "geometry", s.who(r), fmt.Sprintf("%s needed for %s, this is a %s", needed, s.options.What, r.geometry.GeoJSONType()))
}

// convert brings points to WGS-84 and the lattice. One that cannot be a longitude and latitude is noted; the others are then not told.
func (s *shaper) convert(r record, line orb.LineString) (orb.LineString, bool) {
	out := make(orb.LineString, len(line))
	for i, p := range line {
		if !area.CheckPoint(s.report, s.ref(r), s.who(r), p) {
			return nil, false
		}
		out[i] = geo.Snap(s.options.Datum.ToWGS84(p))
	}
	return out, true
}

func (s *shaper) area(r record, boundary orb.MultiPolygon) area.Area {
	a := area.Area{
		Code: s.text(r, "code"), Name: s.text(r, "name"), Parent: s.text(r, "parent"), Kind: s.text(r, "kind"),
		Households: s.count(r, "households"), Demo: asFlag(r.value(s.options.source("demonstration"))), Boundary: boundary,
		LeaderName: s.leader(r, "name"), LeaderPhone: s.leader(r, "phone"),
	}
	a.Level, a.Code = s.level(r, a.Code)
	if _, given := s.options.Map["parent"]; a.Parent == "" && !given || a.Level == area.District {
		a.Parent = parentOf(a)
	} else {
		_, a.Parent = unpad(a.Level.Above(), a.Parent)
	}
	a.Label = s.label(r, boundary)
	return a
}

// leader is given as a property of its own, or, as in this project's files, in an object "leader".
func (s *shaper) leader(r record, part string) string {
	if given := s.text(r, "leader_"+part); given != "" {
		return given
	}
	return asText(r.value("leader." + part))
}

// label is a point well inside, unless the file gives one that lies inside.
func (s *shaper) label(r record, boundary orb.MultiPolygon) orb.Point {
	if p, given := asPoint(r.value(s.options.source("label"))); given && geo.CheckLonLat(p[0], p[1]) == geo.Fits {
		p = geo.Snap(s.options.Datum.ToWGS84(p))
		if v := geo.At(p); geo.NewRings(boundary).Contains(v.Lon, v.Lat) {
			return p
		}
	}
	return geo.Snap(geo.Label(boundary))
}

// level decides by the options, the property, or the code, and gives the code without padding.
func (s *shaper) level(r record, code string) (area.Level, string) {
	if s.options.Level != "" {
		return unpad(s.options.Level, code)
	}
	if said := s.text(r, "level"); said != "" {
		if level, known := levelNames[strings.ToLower(said)]; known {
			return unpad(level, code)
		}
		return area.Level(shorten(said)), code // for area.Check to refuse by name
	}
	return unpad("", code)
}

// levelNames are the words that files use for levels.
var levelNames = map[string]area.Level{
	"district": area.District, "区": area.District, "县": area.District, "区县": area.District,
	"subdistrict": area.Subdistrict, "town": area.Subdistrict, "街道": area.Subdistrict, "镇": area.Subdistrict, "乡": area.Subdistrict, "乡镇": area.Subdistrict, "街道办事处": area.Subdistrict,
	"community": area.Community, "village": area.Community, "社区": area.Community, "村": area.Community, "居委会": area.Community, "村委会": area.Community, "行政村": area.Community,
	"grid": area.Grid, "网格": area.Grid,
}

// unpad takes off the zeros with which statistical codes of upper levels are often filled up to 12 digits (371402000000 is the district,
// 371402001000 a subdistrict). Without a level it finds that too.
func unpad(level area.Level, code string) (area.Level, string) {
	if level == "" {
		for l, n := range area.CodeLength {
			if len(code) == n {
				level = l
			}
		}
		switch {
		case level != area.Community:
		case strings.HasSuffix(code, "000000"):
			level = area.District
		case strings.HasSuffix(code, "000"):
			level = area.Subdistrict
		}
	}
	if n := area.CodeLength[level]; n > 0 && n < len(code) && len(code) == area.CodeLength[area.Community] && strings.Trim(code[n:], "0") == "" {
		code = code[:n]
	}
	return level, code
}

// parentOf takes the parent from the code, of which its own is the beginning.
func parentOf(a area.Area) string {
	if n := area.CodeLength[a.Level.Above()]; n > 0 && len(a.Code) > n {
		return a.Code[:n]
	}
	return ""
}

func (s *shaper) addBuilding(plan *area.Plan, r record, polygons orb.MultiPolygon) {
	if len(polygons) > 1 {
		s.report.ErrorAt(s.ref(r), "geometry", s.who(r), fmt.Sprintf("a building has one footprint, this one has %d parts", len(polygons)), polygons[1][0][0])
		return
	}
	b := area.Building{
		Code: s.text(r, "code"), Name: s.text(r, "name"), Address: s.text(r, "address"), Grid: s.text(r, "grid"),
		Households: s.count(r, "households"), Floors: s.count(r, "floors"),
	}
	if len(polygons) == 1 {
		b.Footprint = polygons[0]
	}
	plan.Buildings = append(plan.Buildings, area.Item[area.Building]{Ref: s.ref(r), Value: b})
}

func (s *shaper) addFacility(plan *area.Plan, r record) {
	f := area.Facility{
		Code: s.text(r, "code"), Kind: s.text(r, "kind"), Name: s.text(r, "name"), Grid: s.text(r, "grid"), Windows: s.count(r, "windows"),
	}
	switch g := r.geometry.(type) {
	case orb.Point:
		line, ok := s.convert(r, orb.LineString{g})
		if !ok {
			return
		}
		f.At = line[0]
	case orb.MultiPolygon: // a footprint: its label stands for it
		polygons, ok := s.polygons(r)
		if !ok {
			return
		}
		f.At = geo.Snap(geo.Label(polygons))
	default:
		s.wrongKind(r, "points are")
		return
	}
	plan.Facilities = append(plan.Facilities, area.Item[area.Facility]{Ref: s.ref(r), Value: f})
}

// classNames are the words that files use for classes of streets.
var classNames = map[string]string{"主干道": "main", "主干路": "main", "次干道": "secondary", "次干路": "secondary", "支路": "lane", "巷": "lane"}

func (s *shaper) addStreet(plan *area.Plan, r record) {
	var lines orb.MultiLineString
	switch g := r.geometry.(type) {
	case orb.LineString:
		lines = orb.MultiLineString{g}
	case orb.MultiLineString:
		lines = g
	default:
		s.wrongKind(r, "lines are")
		return
	}
	class := s.text(r, "class")
	if ours, known := classNames[class]; known {
		class = ours
	}
	for _, line := range lines {
		if converted, ok := s.convert(r, line); ok {
			street := area.Street{Name: s.text(r, "name"), Class: class, Line: converted}
			plan.Streets = append(plan.Streets, area.Item[area.Street]{Ref: s.ref(r), Value: street})
		}
	}
}
