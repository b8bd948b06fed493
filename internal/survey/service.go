package survey

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"wangge/internal/area"
	"wangge/internal/catalog"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// Store is what surveys need of storage.
type Store interface {
	// OpenIncidents lists the open incidents of a scope that lie in a box, newest reports first.
	OpenIncidents(ctx context.Context, scope string, box orb.Bound) ([]incident.Incident, error)
}

// severities from the worst.
var severities = []incident.Severity{catalog.Critical, catalog.Urgent, catalog.Attention, catalog.Normal}

// Service makes surveys. Its methods may be called from any goroutine.
type Service struct {
	Store  Store
	Areas  *area.Service
	People *post.Directory
	Table  *tracking.Table
	Now    func() time.Time
}

// Of looks at what lies within a shape and in the principal's scope. A building counts where its centre is, and belongs to the scope by
// its grid; a worker belongs to it by the area of posting, as on the map.
func (s *Service) Of(ctx context.Context, by identity.Principal, shape Shape) (v Survey, err error) {
	defer fault.Wrap(&err, "survey.Of(%v)", shape.Bound())
	v.Buildings, v.Households = s.buildings(by, shape)
	v.Facilities = s.facilities(by, shape)
	if by.May(identity.WorkerRead) && by.May(identity.PositionRead) {
		v.Workers = s.workers(by, shape)
	}
	if by.May(identity.IncidentRead) {
		v.Incidents, err = s.incidents(ctx, by, shape)
	}
	return v, err
}

func (s *Service) buildings(by identity.Principal, shape Shape) (count, households int) {
	for _, grid := range s.Areas.Index().AtLevel(area.Grid) {
		if !by.Sees(grid.Code) || !grid.Boundary.Bound().Intersects(shape.Bound()) {
			continue
		}
		for _, b := range s.Areas.Buildings(grid.Code) {
			if centre, _ := planar.CentroidArea(b.Footprint); shape.Has(centre) {
				count++
				households += b.Households
			}
		}
	}
	return count, households
}

// facilities counts by kind; the most frequent kind first.
func (s *Service) facilities(by identity.Principal, shape Shape) []KindCount {
	counts := map[string]int{}
	for _, f := range s.Areas.Facilities("") {
		if by.Sees(f.Grid) && shape.Has(f.At) {
			counts[f.Kind]++
		}
	}
	kinds := make([]KindCount, 0, len(counts))
	for kind, n := range counts {
		kinds = append(kinds, KindCount{kind, n})
	}
	slices.SortFunc(kinds, func(a, b KindCount) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Kind, b.Kind)) })
	return kinds
}

func (s *Service) incidents(ctx context.Context, by identity.Principal, shape Shape) (*Incidents, error) {
	open, err := s.Store.OpenIncidents(ctx, by.Scope, shape.Bound())
	if err != nil {
		return nil, err
	}
	open = slices.DeleteFunc(open, func(i incident.Incident) bool { return !shape.Has(orb.Point{i.Lon, i.Lat}) })
	found := &Incidents{Total: len(open), Items: open[:min(len(open), MaxListed)]}
	for _, severity := range severities {
		n := 0
		for i := range open {
			if open[i].Severity == severity {
				n++
			}
		}
		found.BySeverity = append(found.BySeverity, SeverityCount{severity, n})
	}
	return found, nil
}

func (s *Service) workers(by identity.Principal, shape Shape) *Workers {
	now, found := s.Now(), &Workers{Items: []Present{}}
	for _, duty := range s.People.Current(now) {
		if !by.Sees(duty.Worker.Area) {
			continue
		}
		m, known := s.Table.Get(duty.Worker.ID)
		if !known || !shape.Has(orb.Point{float64(m.Lon) / 1e7, float64(m.Lat) / 1e7}) {
			continue
		}
		found.Total++
		if len(found.Items) < MaxListed {
			found.Items = append(found.Items, Present{Worker: duty.Worker, Motion: m, State: m.StateAt(now.UnixMilli())})
		}
	}
	return found
}
