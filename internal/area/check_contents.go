package area

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"wangge/internal/geo"
)

// checkBuildings checks buildings and puts each into a grid: the one it names, or, naming none, the one it stands in. Those that were
// there before (old) follow the boundaries when these are redrawn.
func checkBuildings(r *Report, x *Index, items []Item[Building]) {
	seen := make(map[string]string, len(items))
	for i := range items {
		b, ref := &items[i].Value, items[i].Ref
		name := fmt.Sprintf("building %s %s", b.Code, b.Name)
		if checkCode(r, seen, ref, name, b.Code); b.Name == "" {
			r.Error(ref, "building.name", name, "the name is missing")
		}
		if b.Households < 0 || b.Floors < 0 {
			r.Error(ref, "building.number", name, fmt.Sprintf("%d households on %d floors cannot be", b.Households, b.Floors))
		}
		if !validFootprint(r, ref, name, b.Footprint) {
			continue
		}
		b.Grid = place(r, x, ref, name, b.Grid, geo.Label(orb.MultiPolygon{b.Footprint}))
	}
}

func validFootprint(r *Report, ref, name string, footprint orb.Polygon) bool {
	before := r.errors.count
	if len(footprint) == 0 {
		r.Error(ref, "building.footprint", name, "there is no footprint")
	} else {
		checkBoundary(r, ref, name, orb.MultiPolygon{footprint})
	}
	return r.errors.count == before
}

func checkFacilities(r *Report, x *Index, items []Item[Facility]) {
	seen := make(map[string]string, len(items))
	for i := range items {
		f, ref := &items[i].Value, items[i].Ref
		name := fmt.Sprintf("facility %s %s", f.Code, f.Name)
		checkCode(r, seen, ref, name, f.Code)
		if f.Name == "" || f.Kind == "" {
			r.Error(ref, "facility.name", name, "the name or the kind is missing")
		}
		if f.Windows < 0 {
			r.Error(ref, "facility.windows", name, fmt.Sprintf("%d windows cannot be", f.Windows))
		}
		if CheckPoint(r, ref, name, f.At) {
			f.Grid = place(r, x, ref, name, f.Grid, f.At)
		}
	}
}

// streetClasses are the classes that the map knows, widest first.
var streetClasses = []string{"main", "secondary", "lane"}

func checkStreets(r *Report, items []Item[Street]) {
	for _, item := range items {
		name := "street " + item.Value.Name
		if !slices.Contains(streetClasses, item.Value.Class) {
			r.Error(item.Ref, "street.class", name, fmt.Sprintf("%q is no class: use main, secondary or lane", item.Value.Class))
		}
		if len(item.Value.Line) < 2 {
			r.Error(item.Ref, "street.line", name, "the line has fewer than two points")
		}
		for _, p := range item.Value.Line {
			if !CheckPoint(r, item.Ref, name, p) {
				break
			}
		}
	}
}

func checkCode(r *Report, seen map[string]string, ref, name, code string) {
	if code == "" {
		r.Error(ref, "code.missing", name, "the code is missing")
	} else if first, twice := seen[code]; twice {
		r.Error(ref, "code.twice", name, "the code is already that of "+first)
	}
	seen[code] = ref
}

// inForce marks what was not in the plan but is there already.
const inForce = "(in force)"

// place decides which grid something at a point belongs to. What a plan names counts, even when it lies elsewhere (a warning says so);
// what was there before goes where it lies.
func place(r *Report, x *Index, ref, name, grid string, at orb.Point) string {
	drawn := ""
	if a := x.ByID(x.Locate(geo.E7(at[0]), geo.E7(at[1]))); a != nil {
		drawn = a.Code
	}
	named := x.ByCode(grid)
	exists := named != nil && named.Level == Grid
	switch {
	case drawn == grid && exists:
	case drawn != "" && (grid == "" || ref == inForce):
		return drawn
	case grid == "":
		r.ErrorAt(ref, "grid.none", name, "it names no grid and lies in none,", at)
	case !exists:
		r.ErrorAt(ref, "grid.unknown", name, fmt.Sprintf("there is no grid %q;", grid)+lies(drawn), at)
	case ref != inForce:
		r.Warn(ref, "grid.elsewhere", name, fmt.Sprintf("it names grid %s;%s at %s", grid, lies(drawn), geo.Place(at)))
	}
	return grid
}

func lies(drawn string) string {
	if drawn == "" {
		return " it lies in no grid,"
	}
	return " it lies in " + drawn + ","
}
