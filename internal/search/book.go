package search

import (
	"cmp"
	"strings"

	"github.com/paulmach/orb/planar"

	"wangge/internal/area"
	"wangge/internal/post"
)

// book is everything that is searched in memory, of one revision of areas and people. It never changes.
type book struct {
	areas, people uint64
	alphabet      *alphabet
	entries       []entry
}

// entry is one thing with what it may be found by.
type entry struct {
	result Result
	fields []field
}

type field struct {
	reason Reason
	text   string   // lower case
	signs  []uint16 // nil for codes
}

func writeBook(areas *area.Service, people *post.Directory) *book {
	b := &book{people: people.Revision(), areas: uint64(areas.Revision()), alphabet: newAlphabet()}
	index := areas.Index()
	for _, level := range area.Levels {
		for _, a := range index.AtLevel(level) {
			b.add(Result{Kind: Area, Code: a.Code, Name: a.Name, Type: string(a.Level), Area: a.Code, Placed: true, Lon: a.Label.X(), Lat: a.Label.Y()},
				index, ByName, a.Name)
		}
	}
	for _, grid := range index.AtLevel(area.Grid) {
		for _, house := range areas.Buildings(grid.Code) {
			b.building(house, index)
		}
	}
	for _, f := range areas.Facilities("") {
		b.facility(f, index)
	}
	for _, w := range people.Workers() {
		b.add(Result{Kind: Worker, ID: int64(w.ID), Code: w.Code, Name: w.Name, Type: string(w.Duty), Area: w.Area}, index, ByName, w.Name)
	}
	return b
}

// building is found by its address; a name such as "3 号楼" tells nobody which.
func (b *book) building(house area.Building, index *area.Index) {
	at, _ := planar.CentroidArea(house.Footprint)
	r := Result{Kind: Building, ID: int64(house.ID), Code: house.Code, Name: cmp.Or(house.Address, house.Name), Area: house.Grid,
		Placed: true, Lon: at.X(), Lat: at.Y()}
	if strings.HasSuffix(house.Address, house.Name) {
		b.add(r, index, ByAddress, house.Address)
	} else {
		b.add(r, index, ByName, house.Name, ByAddress, house.Address)
	}
}

func (b *book) facility(f area.Facility, index *area.Index) {
	words := facilityWords[f.Kind]
	r := Result{Kind: Facility, ID: int64(f.ID), Code: f.Code, Name: f.Name, Type: f.Kind, Area: f.Grid, Placed: true, Lon: f.At.X(), Lat: f.At.Y()}
	b.add(r, index, ByName, f.Name, ByKind, words.zh, ByKind, words.en)
}

// add takes pairs of reason and text.
func (b *book) add(r Result, index *area.Index, pairs ...any) {
	r.AreaName = areaName(index, r.Area)
	if r.Kind == Area {
		r.AreaName = areaName(index, index.ByCode(r.Code).Parent)
	}
	e := entry{result: r, fields: []field{{reason: ByCode, text: strings.ToLower(r.Code)}}}
	for i := 0; i < len(pairs); i += 2 {
		if text := pairs[i+1].(string); text != "" {
			e.fields = append(e.fields, field{reason: pairs[i].(Reason), text: strings.ToLower(text), signs: b.alphabet.write(text)})
		}
	}
	b.entries = append(b.entries, e)
}

// areaName says where something lies, from the subdistrict down; an area's own name is left out where its parts say it already.
func areaName(index *area.Index, code string) string {
	a := index.ByCode(code)
	if a == nil {
		return ""
	}
	name := a.Name
	for _, above := range index.Ancestors(code) {
		if above.Level != area.District && !strings.HasPrefix(name, above.Name) {
			name = above.Name + " · " + name
		}
	}
	return name
}

// facilityWords are what the kinds of the demonstration's facilities are called.
var facilityWords = map[string]struct{ zh, en string }{
	"party_centre":         {"党群服务中心", "party-masses service centre"},
	"service_station":      {"便民服务站", "convenience service station"},
	"neighbourhood_centre": {"邻里中心", "neighbourhood centre"},
	"health_station":       {"卫生服务站", "health station clinic"},
	"hospital":             {"医院", "hospital"},
	"fire_station":         {"消防站", "fire station"},
	"police_post":          {"警务室", "police post"},
	"kindergarten":         {"幼儿园", "kindergarten"},
	"school":               {"学校", "school"},
	"market":               {"市场", "market"},
	"park":                 {"公园", "park"},
	"venue":                {"场馆", "venue"},
	"public_toilet":        {"公共厕所", "public toilet"},
	"waste_station":        {"垃圾站", "waste station"},
	"gas_point":            {"燃气点", "gas point"},
	"water_point":          {"供水点", "water point"},
	"power_point":          {"供电点", "power point"},
}
