package area

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wangge/internal/fault"
)

// Service keeps the district's areas in memory and imports new ones. Its methods may be called from any goroutine.
type Service struct {
	store   Store
	loading sync.Mutex // one load at a time; readers never wait for it
	current atomic.Pointer[snapshot]
}

// snapshot is everything in memory, of one revision; it never changes.
type snapshot struct {
	revision   int64
	index      *Index
	tiles      *Tiles
	buildings  map[string][]Building // by grid
	numbered   map[int32]Building
	facilities []Facility // by grid
}

// NewService makes a service that knows no area until Load.
func NewService(store Store) *Service {
	s := &Service{store: store}
	empty, err := newSnapshot(State{})
	if err != nil {
		panic(err) // of nothing, a snapshot can always be made
	}
	s.current.Store(empty)
	return s
}

// Load reads everything from the store. Readers see the old areas until it is done, and keep them when it fails.
func (s *Service) Load(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "area.Load")
	s.loading.Lock()
	defer s.loading.Unlock()
	return s.load(ctx)
}

// Reload is for an area.changed event, whose version is the revision: it loads unless that revision, or a newer one, is in memory.
func (s *Service) Reload(ctx context.Context, revision int64) (err error) {
	defer fault.Wrap(&err, "area.Reload(%d)", revision)
	s.loading.Lock()
	defer s.loading.Unlock()
	if s.Revision() >= revision {
		return nil
	}
	return s.load(ctx)
}

func (s *Service) load(ctx context.Context) error {
	state, err := s.store.LoadAreas(ctx)
	if err != nil {
		return err
	}
	next, err := newSnapshot(state)
	if err != nil {
		return err
	}
	s.current.Store(next)
	return nil
}

func newSnapshot(state State) (*snapshot, error) {
	index, err := NewIndex(state.Areas)
	if err != nil {
		return nil, err
	}
	n := &snapshot{revision: state.Revision, index: index, buildings: make(map[string][]Building),
		numbered: make(map[int32]Building, len(state.Buildings)), facilities: slices.Clone(state.Facilities)}
	for _, b := range state.Buildings {
		n.buildings[b.Grid] = append(n.buildings[b.Grid], b)
		n.numbered[b.ID] = b
	}
	slices.SortStableFunc(n.facilities, func(a, b Facility) int { return strings.Compare(a.Grid, b.Grid) })
	n.tiles = NewTiles(index, state.Buildings, state.Facilities, state.Streets)
	return n, nil
}

// Index is the index of the areas in force. Take it once for several questions that must agree. Never nil.
func (s *Service) Index() *Index { return s.current.Load().index }

// Tiles are the vector tiles of the areas in force. Never nil.
func (s *Service) Tiles() *Tiles { return s.current.Load().tiles }

// Revision is the number of the import that is in memory; 0 when there is none.
func (s *Service) Revision() int64 { return s.current.Load().revision }

// Buildings gives the buildings of one grid, by code.
func (s *Service) Buildings(grid string) []Building {
	return slices.Clone(s.current.Load().buildings[grid])
}

// CountBuildings tells how many buildings a grid has.
func (s *Service) CountBuildings(grid string) int { return len(s.current.Load().buildings[grid]) }

// Building finds a building by its number; false when there is none.
func (s *Service) Building(id int32) (Building, bool) {
	b, ok := s.current.Load().numbered[id]
	return b, ok
}

// Facility finds a facility by its number; false when there is none.
func (s *Service) Facility(id int32) (Facility, bool) {
	all := s.current.Load().facilities
	if i := slices.IndexFunc(all, func(f Facility) bool { return f.ID == id }); i >= 0 {
		return all[i], true
	}
	return Facility{}, false
}

// Facilities gives the facilities in an area of any level, by grid; all of them for the empty code.
func (s *Service) Facilities(area string) []Facility {
	all := s.current.Load().facilities
	from := sort.Search(len(all), func(i int) bool { return all[i].Grid >= area })
	to := from
	for to < len(all) && strings.HasPrefix(all[to].Grid, area) {
		to++
	}
	return slices.Clone(all[from:to])
}

// Import checks a plan against what is in force and, unless it is a dry run, puts it in force: wholly, or not at all. It judges the whole
// map as it would be, so a plan of grids alone must fit the communities that stay. Buildings and facilities that stay move into the
// grids they lie in when boundaries are redrawn.
//
// Errors: fault.Invalid with one field per problem (at most 50 and a count); fault.Conflict when another import came between. The audit
// row is the caller's.
func (s *Service) Import(ctx context.Context, p Plan) (summary Summary, err error) {
	defer fault.Wrap(&err, "area.Import(%s)", p.Source)
	state, err := s.store.LoadAreas(ctx)
	if err != nil {
		return Summary{}, err
	}
	after, summary, err := p.work(state)
	if err != nil || p.DryRun {
		return summary, err
	}
	if summary.Revision, err = s.store.SaveAreas(ctx, after.change(state, p, summary)); err != nil {
		return summary, err
	}
	// The import is done, whatever becomes of this: should it fail, the area.changed event leads to another try.
	_ = s.Reload(ctx, summary.Revision)
	return summary, nil
}

// change is what must be written: the kinds in the plan, and those that follow the boundaries.
func (m merged) change(state State, p Plan, summary Summary) Change {
	c := Change{Base: state.Revision, At: time.Now().UTC(), Actor: p.Actor, Source: p.Source, SHA256: p.SHA256, Summary: summary}
	if p.Areas != nil {
		c.Areas = values(m.areas)
	}
	if p.Buildings != nil || p.Areas != nil && len(m.buildings) > 0 {
		c.Buildings = values(m.buildings)
	}
	if p.Facilities != nil || p.Areas != nil && len(m.facilities) > 0 {
		c.Facilities = values(m.facilities)
	}
	if p.Streets != nil {
		c.Streets = values(m.streets)
	}
	return c
}
