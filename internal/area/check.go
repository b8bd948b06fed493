package area

import (
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"wangge/internal/geo"
)

// Sizes that areas should have (domain.md §7): outside of them is worth a warning, not a refusal; a small village is one grid.
var households = map[Level][2]int{Grid: {300, 500}, Community: {2000, 4000}}

// checkAreas checks a whole tree: each area for itself, then that they hang together, then that children cover their parents exactly.
// Each step needs what the one before has established, so a step that found errors is the last.
func checkAreas(r *Report, areas []Item[Area], p Plan) {
	byCode := make(map[string]Item[Area], len(areas))
	for _, item := range areas {
		checkArea(r, item)
		if first, twice := byCode[item.Value.Code]; twice {
			r.Error(item.Ref, "area.code_twice", who(item.Value), "the code is already that of "+first.Ref+" "+first.Value.Name)
		}
		byCode[item.Value.Code] = item
	}
	if r.Failed() {
		return
	}
	children := checkTree(r, areas, byCode)
	if r.Failed() {
		return
	}
	for _, item := range areas {
		checkCoverage(r, item, children[item.Value.Code], p)
	}
}

// who names an area for people.
func who(a Area) string { return strings.TrimSpace(fmt.Sprintf("%s %s %s", a.Level, a.Code, a.Name)) }

func checkArea(r *Report, item Item[Area]) {
	a := item.Value
	switch {
	case a.Level.Rank() < 0:
		r.Error(item.Ref, "area.level", who(a), fmt.Sprintf("%q is no level: use district, subdistrict, community or grid", string(a.Level)))
	case len(a.Code) != CodeLength[a.Level] || strings.Trim(a.Code, "0123456789") != "":
		r.Error(item.Ref, "area.code", who(a), fmt.Sprintf("the code %q is not the %d digits of a %s", a.Code, CodeLength[a.Level], a.Level))
	}
	if a.Name == "" {
		r.Error(item.Ref, "area.name", who(a), "the name is missing")
	}
	if a.Households < 0 {
		r.Error(item.Ref, "area.households", who(a), fmt.Sprintf("%d households cannot be", a.Households))
	}
	if limits, limited := households[a.Level]; limited && a.Kind != "village" && (a.Households < limits[0] || a.Households > limits[1]) {
		r.Warn(item.Ref, "area.households", who(a), fmt.Sprintf("%d households; a %s should have %d to %d", a.Households, a.Level, limits[0], limits[1]))
	}
	checkBoundary(r, item.Ref, who(a), a.Boundary)
}

// checkBoundary checks the points first: with impossible ones no shape can be judged.
func checkBoundary(r *Report, ref, who string, boundary orb.MultiPolygon) {
	if len(boundary) == 0 {
		r.Error(ref, "area.boundary", who, "there is no boundary")
		return
	}
	for _, polygon := range boundary {
		for _, ring := range polygon {
			for _, p := range ring {
				if !CheckPoint(r, ref, who, p) {
					return
				}
			}
		}
	}
	for _, flaw := range geo.Flaws(boundary) {
		r.ErrorAt(ref, flaw.Code, who, flaw.Text, flaw.At)
	}
}

// CheckPoint notes an error when a point cannot be a longitude and latitude, with a hint what it may be, and tells whether it can.
func CheckPoint(r *Report, ref, who string, p orb.Point) bool {
	hint := ""
	fit := geo.CheckLonLat(p[0], p[1])
	switch fit {
	case geo.Fits:
		return true
	case geo.NotANumber:
		hint = "a coordinate is not a number"
	case geo.Swapped:
		hint = fmt.Sprintf("the coordinates %g, %g look swapped: longitude comes first", p[0], p[1])
	case geo.Projected:
		hint = fmt.Sprintf("the coordinates %g, %g look like metres of a map projection: export the layer in longitude and latitude", p[0], p[1])
	default:
		hint = fmt.Sprintf("the coordinates %g, %g are no place on earth", p[0], p[1])
	}
	r.Error(ref, "coordinate."+string(fit), who, hint)
	return false
}

// checkTree checks that each area has the parent its level wants and a code below its parent's, and gives the children of each code.
func checkTree(r *Report, areas []Item[Area], byCode map[string]Item[Area]) map[string][]Item[Area] {
	children := make(map[string][]Item[Area])
	for _, item := range areas {
		a := item.Value
		children[a.Parent] = append(children[a.Parent], item)
		parent, found := byCode[a.Parent]
		switch {
		case a.Level == District && a.Parent != "":
			r.Error(item.Ref, "area.parent", who(a), fmt.Sprintf("a district has no parent, this one names %q", a.Parent))
		case a.Level == District:
		case !found:
			r.ErrorAt(item.Ref, "area.parent", who(a), fmt.Sprintf("there is no %s %q to be its parent", a.Level.Above(), a.Parent), a.Label)
		case parent.Value.Level != a.Level.Above():
			r.ErrorAt(item.Ref, "area.parent", who(a), fmt.Sprintf("its parent %s should be a %s", who(parent.Value), a.Level.Above()), a.Label)
		case !strings.HasPrefix(a.Code, a.Parent):
			r.ErrorAt(item.Ref, "area.code", who(a), "its code does not begin with its parent's, "+a.Parent, a.Label)
		}
	}
	if n := len(children[""]); n > 1 {
		r.Error(children[""][1].Ref, "area.parent", who(children[""][1].Value), fmt.Sprintf("there are %d districts; one database holds one", n))
	}
	return children
}

// checkCoverage checks that the children are exactly their parent. Those that share all their vertices are settled by their edges; for
// the others every patch that does not fit is found, and refused unless it is so small that the plan tolerates it.
func checkCoverage(r *Report, parent Item[Area], children []Item[Area], p Plan) {
	if len(children) == 0 {
		return
	}
	shapes := make([]orb.MultiPolygon, len(children))
	for i, child := range children {
		shapes[i] = child.Value.Boundary
	}
	if geo.CoversExactly(parent.Value.Boundary, shapes) {
		return
	}
	patches, err := geo.Mismatches(parent.Value.Boundary, shapes)
	if err != nil {
		r.Error(parent.Ref, "area.coverage", who(parent.Value), "whether its parts cover it cannot be computed: "+err.Error())
	}
	for _, patch := range patches {
		if patch.Kind == geo.Gap && p.AllowGaps {
			continue
		}
		ref, code, text := describe(patch, parent, children)
		if patch.Area <= p.Tolerance {
			r.Warn(ref, code, "", text)
		} else {
			r.Error(ref, code, "", text)
		}
	}
}

func describe(patch geo.Mismatch, parent Item[Area], children []Item[Area]) (ref, code, text string) {
	where := fmt.Sprintf("%s m² (about %s m wide) at %s", decimal(patch.Area), decimal(patch.Width), geo.Place(patch.At))
	switch patch.Kind {
	case geo.Overlap:
		a, b := children[patch.A], children[patch.B]
		return a.Ref, "area.overlap", fmt.Sprintf("%s and %s (%s) overlap by %s", who(a.Value), who(b.Value), b.Ref, where)
	case geo.Beyond:
		a := children[patch.A]
		return a.Ref, "area.beyond", fmt.Sprintf("%s reaches beyond %s by %s", who(a.Value), who(parent.Value), where)
	}
	return parent.Ref, "area.gap", fmt.Sprintf("%s has a gap between its parts, %s", who(parent.Value), where)
}

// decimal writes a size with two digits that count, and none after the point from ten on.
func decimal(x float64) string {
	if x >= 10 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2g", x)
}
