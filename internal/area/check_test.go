package area_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/area/areatest"
	"wangge/internal/fault"
	"wangge/internal/geo"
)

// find gives the plan's area with that code, to be spoilt.
func find(t *testing.T, p *area.Plan, code string) *area.Item[area.Area] {
	t.Helper()
	for i := range p.Areas {
		if p.Areas[i].Value.Code == code {
			p.Areas[i].Value.Boundary = p.Areas[i].Value.Boundary.Clone()
			return &p.Areas[i]
		}
	}
	t.Fatalf("no area %s", code)
	return nil
}

func remove(p *area.Plan, code string) {
	for i := range p.Areas {
		if p.Areas[i].Value.Code == code {
			p.Areas = append(p.Areas[:i:i], p.Areas[i+1:]...)
			return
		}
	}
}

func TestAGoodPlanPasses(t *testing.T) {
	summary, err := areatest.Make(areatest.Small).Check(area.State{})
	if err != nil {
		t.Fatal(err)
	}
	if len(summary.Warnings) != 0 { // grids have 400 households, communities 2,400
		t.Errorf("warnings: %v", summary.Warnings)
	}
	want := area.Summary{
		Levels: map[area.Level]int{area.District: 1, area.Subdistrict: 2, area.Community: 4, area.Grid: 24},
		Added:  31, Buildings: 72, Facilities: 24, Streets: 4, Households: 24 * 400,
	}
	if fmt.Sprint(summary) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", summary, want)
	}
}

// Each way to spoil a good plan, with the code and the words that must tell of it, and where.
func TestABadPlanIsRefusedByNameAndPlace(t *testing.T) {
	grid := areatest.Grid
	for name, c := range map[string]struct {
		spoil func(p *area.Plan)
		code  string
		words []string
	}{
		"bow tie": {func(p *area.Plan) {
			ring := find(t, p, grid).Value.Boundary[0][0]
			ring[5], ring[9] = ring[9], ring[5]
		}, "ring.crosses", []string{"grid " + grid + " 第1网格", "cross", "at 116."}},
		"gap": {func(p *area.Plan) { remove(p, grid) }, "area.gap", []string{"community " + areatest.Community, "gap", "m²", "at 116."}},
		"overlap": {func(p *area.Plan) {
			find(t, p, grid).Value.Boundary = find(t, p, areatest.Community+"1002").Value.Boundary
		},
			"area.overlap", []string{grid, areatest.Community + "1002", "overlap by", "m²", "at 116."}},
		"beyond": {func(p *area.Plan) {
			ring := find(t, p, areatest.Code).Value.Boundary[0][0]
			ring[1] = orb.Point{ring[1][0], ring[1][1] + 0.01}
		}, "area.beyond", []string{"subdistrict " + areatest.Subdistrict, "reaches beyond district 371402", "at 116."}},
		"unknown parent":          {func(p *area.Plan) { find(t, p, grid).Value.Parent = "371402009009" }, "area.parent", []string{grid, `"371402009009"`, "at 116."}},
		"parent of a wrong level": {func(p *area.Plan) { find(t, p, grid).Value.Parent = areatest.Subdistrict }, "area.parent", []string{"should be a community"}},
		"code twice":              {func(p *area.Plan) { p.Areas = append(p.Areas, p.Areas[4]) }, "area.code_twice", []string{"areas[4]"}},
		"code of a wrong length":  {func(p *area.Plan) { find(t, p, grid).Value.Code = "37140200100110" }, "area.code", []string{"16 digits of a grid"}},
		"code with letters":       {func(p *area.Plan) { find(t, p, grid).Value.Code = "371402001001100A" }, "area.code", []string{"371402001001100A"}},
		"code not below the parent's": {func(p *area.Plan) { find(t, p, grid).Value.Code = "3714020090011001" },
			"area.code", []string{"does not begin with its parent's"}},
		"level":       {func(p *area.Plan) { find(t, p, grid).Value.Level = "village" }, "area.level", []string{`"village"`}},
		"name":        {func(p *area.Plan) { find(t, p, grid).Value.Name = "" }, "area.name", []string{"missing"}},
		"households":  {func(p *area.Plan) { find(t, p, grid).Value.Households = -1 }, "area.households", []string{"-1"}},
		"no boundary": {func(p *area.Plan) { find(t, p, grid).Value.Boundary = nil }, "area.boundary", []string{"no boundary"}},
		"swapped": {func(p *area.Plan) {
			for _, ring := range find(t, p, grid).Value.Boundary[0] {
				for i, v := range ring {
					ring[i] = orb.Point{v[1], v[0]}
				}
			}
		}, "coordinate.swapped", []string{"swapped", "longitude comes first"}},
		"projected": {func(p *area.Plan) { find(t, p, grid).Value.Boundary[0][0][2] = orb.Point{39512345, 4145678} }, "coordinate.projected", []string{"projection"}},
		"NaN":       {func(p *area.Plan) { find(t, p, grid).Value.Boundary[0][0][2][0] = math.NaN() }, "coordinate.not_finite", []string{"not a number"}},
		"two districts": {func(p *area.Plan) {
			a := p.Areas[0].Value
			a.Code = "371403"
			p.Areas = append(p.Areas, area.Item[area.Area]{Ref: "areas[99]", Value: a})
		}, "area.parent", []string{"2 districts"}},
		"building in no grid": {func(p *area.Plan) {
			b := &p.Buildings[7].Value
			b.Grid = ""
			b.Footprint = orb.Polygon{{{110, 30}, {110.001, 30}, {110.001, 30.001}, {110, 30}}}
		}, "grid.none", []string{"building", "at 110.0"}},
		"building in an unknown grid": {func(p *area.Plan) { p.Buildings[7].Value.Grid = "3714020010019999" }, "grid.unknown", []string{"3714020010019999", "it lies in 3714020010011003"}},
		"building in a community":     {func(p *area.Plan) { p.Buildings[7].Value.Grid = areatest.Community }, "grid.unknown", []string{areatest.Community}},
		"building twice":              {func(p *area.Plan) { p.Buildings[7].Value.Code = p.Buildings[3].Value.Code }, "code.twice", []string{"buildings[3]"}},
		"building without a shape":    {func(p *area.Plan) { p.Buildings[7].Value.Footprint = nil }, "building.footprint", []string{"no footprint"}},
		"building crossed": {func(p *area.Plan) {
			p.Buildings[7].Value.Footprint = orb.Polygon{{{116.2, 37.4}, {116.3, 37.5}, {116.3, 37.4}, {116.2, 37.5}, {116.2, 37.4}}}
		}, "ring.crosses", []string{"at 116.2500000, 37.4500000"}},
		"facility without a kind": {func(p *area.Plan) { p.Facilities[2].Value.Kind = "" }, "facility.name", []string{"kind is missing"}},
		"facility swapped":        {func(p *area.Plan) { p.Facilities[2].Value.At = orb.Point{37.4, 116.3} }, "coordinate.swapped", []string{"facility"}},
		"street class":            {func(p *area.Plan) { p.Streets[1].Value.Class = "road" }, "street.class", []string{`"road"`}},
		"street of one point":     {func(p *area.Plan) { p.Streets[1].Value.Line = p.Streets[1].Value.Line[:1] }, "street.line", []string{"two points"}},
	} {
		p := areatest.Make(areatest.Small)
		p.Tolerance = area.DefaultTolerance
		c.spoil(&p)
		_, err := p.Check(area.State{})
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !toldOf(f, c.code, c.words) {
			t.Errorf("%s: no field has %q with %q:\n%v", name, c.code, c.words, f.Fields)
		}
	}
}

func toldOf(f *fault.Error, code string, words []string) bool {
	for _, field := range f.Fields {
		found := field.Code == code && field.Name != ""
		for _, word := range words {
			found = found && strings.Contains(field.Text, word)
		}
		if found {
			return true
		}
	}
	return false
}

func TestSliversUpToTheToleranceAreWarnings(t *testing.T) {
	p := areatest.Make(areatest.Small)
	shape := find(t, &p, areatest.Grid).Value.Boundary[0][0]
	// One corner moved by 1e-7 degree opens a sliver along two edges.
	shape[2] = geo.Snap(orb.Point{shape[2][0], shape[2][1] + 1e-7})
	find(t, &p, areatest.Grid).Value.Boundary[0][0] = shape
	for _, tolerance := range []float64{0, 100} {
		p.Tolerance = tolerance
		summary, err := p.Check(area.State{})
		if refused := err != nil; refused != (tolerance == 0) {
			t.Errorf("tolerance %g: %v", tolerance, err)
		}
		if tolerance > 0 && (len(summary.Warnings) == 0 || !strings.Contains(summary.Warnings[0].Text, "m²")) {
			t.Errorf("no warning names the sliver: %v", summary.Warnings)
		}
	}
}

func TestGapsAreAllowedWhenThePlanSaysSo(t *testing.T) {
	p := areatest.Make(areatest.Small)
	remove(&p, areatest.Grid)
	p.Buildings, p.Facilities, p.AllowGaps = nil, nil, true
	if _, err := p.Check(area.State{}); err != nil {
		t.Error(err)
	}
}

func TestHouseholdsOutsideOfTheirRangeAreWarnings(t *testing.T) {
	p := areatest.Make(areatest.Small)
	find(t, &p, areatest.Grid).Value.Households = 501
	find(t, &p, areatest.Community).Value.Households = 1999
	find(t, &p, areatest.Community+"1002").Value.Households = 300
	find(t, &p, areatest.Community+"1003").Value.Households = 500
	summary, err := p.Check(area.State{})
	if err != nil || len(summary.Warnings) != 2 {
		t.Fatalf("%v, %v", summary.Warnings, err)
	}
	if a, b := summary.Warnings[0].Text, summary.Warnings[1].Text; !strings.Contains(a, "1999 households; a community should have 2000 to 4000") ||
		!strings.Contains(b, "501 households; a grid should have 300 to 500") {
		t.Errorf("%q, %q", a, b)
	}
}

func TestABuildingDrawnElsewhereIsAWarning(t *testing.T) {
	p := areatest.Make(areatest.Small)
	p.Buildings[7].Value.Grid = areatest.Grid
	summary, err := p.Check(area.State{})
	if err != nil || len(summary.Warnings) != 1 || !strings.Contains(summary.Warnings[0].Text, "it lies in "+areatest.Community+"1003") {
		t.Errorf("%v, %v", summary.Warnings, err)
	}
}

func TestOnlyFiftyProblemsAreTold(t *testing.T) {
	p := areatest.Make(areatest.Sized(137))
	for i := range p.Areas {
		p.Areas[i].Value.Name = ""
	}
	_, err := p.Check(area.State{})
	f := fault.As(err)
	if f == nil || len(f.Fields) != 51 || f.Fields[50].Text != fmt.Sprintf("and %d more", len(p.Areas)-50) || f.Params["problems"] != len(p.Areas) {
		t.Fatalf("%v", err)
	}
}
