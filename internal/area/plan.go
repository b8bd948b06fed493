package area

import (
	"slices"

	"wangge/internal/fault"
)

// Item is a thing to be imported, with where it was read: "communities.geojson[12]". Errors name it by that.
type Item[T any] struct {
	Ref   string
	Value T
}

// Plan is what an import wants. A kind of thing that is nil stays as it is; one that is there, even empty, is imported.
//
// Boundaries and points are WGS-84 and cleaned (geo.Clean, geo.Snap): the importer has seen to that.
type Plan struct {
	Source     string  // where it comes from, for people: a file name
	SHA256     []byte  // of what was read
	Actor      string  // display name of who imports; empty for the system
	Upsert     bool    // keep what the plan does not name; otherwise a kind is replaced whole
	DryRun     bool    // check everything, change nothing
	AllowGaps  bool    // parts need not fill their parent (a district that draws grids only where people live)
	Tolerance  float64 // m²: overlaps and gaps up to this size are told as warnings, not refused
	Areas      []Item[Area]
	Buildings  []Item[Building]
	Facilities []Item[Facility]
	Streets    []Item[Street]
}

// DefaultTolerance in m²: neighbours that were drawn or converted apart differ by so little along an edge without anybody's having
// meant it. A strip of 100 m by 1 cm has it.
const DefaultTolerance = 1.0

// Summary tells what an import did, or, dry, would do.
type Summary struct {
	Source     string        `json:"source"`
	DryRun     bool          `json:"dry_run"`
	Revision   int64         `json:"revision"` // of the map from now on; 0 for a dry run
	Levels     map[Level]int `json:"levels"`   // areas of each level from now on
	Added      int           `json:"added"`    // areas
	Changed    int           `json:"changed"`
	Unchanged  int           `json:"unchanged"`
	Removed    int           `json:"removed"`
	Buildings  int           `json:"buildings"` // from now on; so for the next two
	Facilities int           `json:"facilities"`
	Streets    int           `json:"streets"`
	Households int           `json:"households"` // of all grids
	// Warnings are at most 50, and one more that counts the rest.
	Warnings []fault.Field `json:"warnings,omitempty"`
}

// Check tells what importing the plan over the current state would do, and what is wrong with it: nil, or a fault.Invalid with one field
// per problem (at most 50 and a count).
func (p Plan) Check(current State) (Summary, error) {
	_, summary, err := p.work(current)
	return summary, err
}

func (p Plan) work(current State) (merged, Summary, error) {
	var report Report
	after := p.merge(current)
	after.check(&report, p)
	summary := after.summary(current)
	summary.Source, summary.DryRun, summary.Warnings = p.Source, p.DryRun, report.Warnings()
	return after, summary, report.Fault()
}

// merged is the state that a plan would make: what stays, then what comes.
type merged struct {
	areas      []Item[Area]
	buildings  []Item[Building]
	facilities []Item[Facility]
	streets    []Item[Street]
}

func (p Plan) merge(s State) merged {
	return merged{
		areas:      mergeKind(s.Areas, p.Areas, p.Upsert, func(a Area) string { return a.Code }),
		buildings:  mergeKind(s.Buildings, p.Buildings, p.Upsert, func(b Building) string { return b.Code }),
		facilities: mergeKind(s.Facilities, p.Facilities, p.Upsert, func(f Facility) string { return f.Code }),
		streets:    mergeKind(s.Streets, p.Streets, p.Upsert, func(s Street) string { return s.Name }),
	}
}

func mergeKind[T any](current []T, planned []Item[T], upsert bool, key func(T) string) []Item[T] {
	if planned != nil && !upsert {
		return slices.Clone(planned)
	}
	named := make(map[string]bool, len(planned))
	for _, item := range planned {
		named[key(item.Value)] = true
	}
	out := make([]Item[T], 0, len(current)+len(planned))
	for _, value := range current {
		if !named[key(value)] {
			out = append(out, Item[T]{inForce, value})
		}
	}
	return append(out, planned...)
}

func values[T any](items []Item[T]) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = item.Value
	}
	return out
}

// check judges the whole state that would come about, and puts buildings and facilities into their grids.
func (m merged) check(r *Report, p Plan) {
	checkAreas(r, m.areas, p)
	checkStreets(r, m.streets)
	if r.Failed() {
		return // no index can be made of broken areas, and where buildings stand is then anyone's guess
	}
	areas := values(m.areas)
	for i := range areas {
		areas[i].ID = int32(i + 1)
	}
	x, err := NewIndex(areas)
	if err != nil {
		r.Error(p.Source, "area.index", "", err.Error())
		return
	}
	checkBuildings(r, x, m.buildings)
	checkFacilities(r, x, m.facilities)
}

func (m merged) summary(s State) Summary {
	out := Summary{Levels: map[Level]int{}, Buildings: len(m.buildings), Facilities: len(m.facilities), Streets: len(m.streets)}
	before := make(map[string]Area, len(s.Areas))
	for _, a := range s.Areas {
		before[a.Code] = a
	}
	for _, item := range m.areas {
		a := item.Value
		out.Levels[a.Level]++
		if a.Level == Grid {
			out.Households += a.Households
		}
		old, was := before[a.Code]
		delete(before, a.Code)
		switch {
		case !was:
			out.Added++
		case a.same(old):
			out.Unchanged++
		default:
			out.Changed++
		}
	}
	out.Removed = len(before)
	return out
}

// same tells whether two areas differ in nothing but id and version.
func (a Area) same(b Area) bool {
	return a.Code == b.Code && a.Name == b.Name && a.Level == b.Level && a.Parent == b.Parent && a.Kind == b.Kind &&
		a.Households == b.Households && a.Label == b.Label && a.LeaderName == b.LeaderName && a.LeaderPhone == b.LeaderPhone &&
		a.Demo == b.Demo && a.Boundary.Equal(b.Boundary)
}
