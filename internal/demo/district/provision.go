package district

import "fmt"

// provision says how often there is a facility of a kind, what it is called, and where it stands.
type provision struct {
	kind    string
	name    string // after the name of its place; a leading - stands for the name without 社区 or 村
	city    int    // one for so many residents' committees; 0 for none
	village int    // one for so many villages; 0 for none
	each    int    // how many at once, with numbers in their names; 0 for one without
	hall    string // what its building is called, if it has ground and a building of its own
	floors  int    // of that building
	open    bool   // stands on open ground, without a building
	most    int    // in the whole district; 0 for any number
}

// provisions are what communities have. The 9 neighbourhood centres and 31 venues that partners opened are the district's own figures.
var provisions = []provision{
	{kind: "party_centre", name: "党群服务中心", city: 1, village: 1},
	{kind: "service_station", name: "便民服务站", city: 1, village: 1},
	{kind: "health_station", name: "卫生服务站", city: 1, village: 1},
	{kind: "neighbourhood_centre", name: "邻里中心", city: 7, most: 9, hall: "邻里中心", floors: 3},
	{kind: "school", name: "-小学", city: 2, village: 6, hall: "教学楼", floors: 4},
	{kind: "school", name: "-中学", city: 7, village: 20, hall: "教学楼", floors: 5},
	{kind: "kindergarten", name: "-幼儿园", city: 1, village: 3, hall: "园舍", floors: 2},
	{kind: "market", name: "-便民市场", city: 2, village: 10, hall: "市场大厅", floors: 2},
	{kind: "park", name: "-公园", city: 2, village: 12, open: true},
	{kind: "police_post", name: "警务室", city: 2, village: 4},
	{kind: "waste_station", name: "垃圾分类收集站", city: 1, village: 1},
	{kind: "public_toilet", name: "号公厕", city: 1, village: 1, each: 2},
	{kind: "power_point", name: "配电室", city: 1, village: 1},
	{kind: "water_point", name: "供水泵房", city: 2, village: 3},
	{kind: "gas_point", name: "燃气调压站", city: 2, village: 5},
	{kind: "venue", name: "-共建单位开放场馆", city: 2, most: 31},
}

// seats are what each subdistrict has once, named after it.
var seats = []provision{
	{kind: "police_post", name: "-派出所"},
	{kind: "fire_station", name: "-消防救援站"},
	{kind: "hospital", name: "-医院", hall: "门诊楼", floors: 6},
}

// named is a provision with the name that a facility gets.
type named struct {
	provision
	name string
}

// due are the facilities of a kind of community that is the serial-th of its kind. Turns are staggered, so that not all come together.
func due(place string, serial int, village bool) []named {
	var out []named
	for k, p := range provisions {
		every := p.city
		if village {
			every = p.village
		}
		if every > 0 && (serial+k)%every == 0 {
			out = append(out, p.of(place)...)
		}
	}
	return out
}

// of names a provision's facilities after a place.
func (p provision) of(place string) []named {
	if p.each > 0 {
		var out []named
		for n := range p.each {
			out = append(out, named{p, fmt.Sprintf("%s%d%s", place, n+1, p.name)})
		}
		return out
	}
	if p.name[0] == '-' {
		return []named{{p, baseName(place) + p.name[1:]}}
	}
	return []named{{p, place + p.name}}
}
