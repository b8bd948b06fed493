// Package brief says about an area what an operator asks first: who answers for it, who is there now and how fresh that is, and how its
// day goes.
package brief

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wangge/internal/area"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// MostPeople is how many people a brief names; the counts tell of all.
const MostPeople = 30

// Person is somebody posted to the area.
type Person struct {
	Worker  post.Worker    // ID 0 for a leader whom only the map names
	OnShift bool           // now
	State   tracking.State // Off when not on shift, without a position in this shift, or when the asker may not see positions
	Seen    time.Time      // last sign of life, UTC; zero with Off
	Fix     time.Time      // when the position was made, UTC; zero with Off
}

// Brief is what is said about an area, as of At.
type Brief struct {
	At         time.Time // UTC
	Area       *area.Area
	Leaders    []Person // grids: the posted leaders, or the one that the map names; communities: those of its grids
	OnShift    []Person // leaders first, then the freshest; at most MostPeople
	OnShiftAll int      // how many are on shift
	Posted     int      // how many are posted here
	Incidents  incident.Figures
	Grids      int // below, or the grid itself
	Buildings  int
	Facilities int
}

// Service makes briefs.
type Service struct {
	Areas     *area.Service
	People    *post.Directory
	Incidents *incident.Service
	Table     *tracking.Table
	Now       func() time.Time // time.Now when nil
}

// Area makes the brief of an area in the principal's scope; another is NotFound. People are named only to those with the right to know
// them, positions' ages and incidents likewise: what may not be known is left out.
func (s *Service) Area(ctx context.Context, by identity.Principal, code string) (b Brief, err error) {
	defer fault.Wrap(&err, "brief.Area(%s)", code)
	index := s.Areas.Index()
	b.Area = index.ByCode(code)
	if b.Area == nil || !by.Sees(code) {
		return b, fault.New(fault.NotFound, "area.unknown", "there is no such area", "code", code)
	}
	b.At = s.clock()
	s.count(&b, index)
	if by.May(identity.WorkerRead) {
		s.people(&b, by)
	}
	if by.May(identity.IncidentRead) {
		b.Incidents, err = s.Incidents.Figures(ctx, by, code)
	}
	return b, err
}

func (s *Service) count(b *Brief, index *area.Index) {
	for _, grid := range index.AtLevel(area.Grid) {
		if strings.HasPrefix(grid.Code, b.Area.Code) {
			b.Grids++
			b.Buildings += s.Areas.CountBuildings(grid.Code)
		}
	}
	b.Facilities = len(s.Areas.Facilities(b.Area.Code))
}

func (s *Service) people(b *Brief, by identity.Principal) {
	positions := by.May(identity.PositionRead)
	for _, w := range s.People.Workers() {
		if !strings.HasPrefix(w.Area, b.Area.Code) || !by.Sees(w.Area) {
			continue
		}
		p := s.person(w, b.At, positions)
		b.Posted++
		if p.OnShift {
			b.OnShiftAll++
			b.OnShift = append(b.OnShift, p)
		}
		if w.Duty == post.GridLeader && len(b.Area.Code) >= area.CodeLength[area.Community] {
			b.Leaders = append(b.Leaders, p)
		}
	}
	if b.Area.Level == area.Grid && len(b.Leaders) == 0 && b.Area.LeaderName != "" {
		b.Leaders = []Person{{State: tracking.Off, Worker: post.Worker{Name: b.Area.LeaderName, Phone: b.Area.LeaderPhone, Duty: post.GridLeader, Area: b.Area.Code}}}
	}
	slices.SortStableFunc(b.Leaders, byReach)
	slices.SortStableFunc(b.OnShift, byReach)
	b.OnShift = b.OnShift[:min(len(b.OnShift), MostPeople)]
	b.Leaders = b.Leaders[:min(len(b.Leaders), MostPeople)]
}

func (s *Service) person(w post.Worker, now time.Time, positions bool) Person {
	p := Person{Worker: w, OnShift: s.People.OnShift(w.ID, now), State: tracking.Off}
	if m, on := s.Table.Get(w.ID); on && p.OnShift && positions {
		p.State, p.Seen, p.Fix = m.StateAt(now.UnixMilli()), time.UnixMilli(m.Seen).UTC(), time.UnixMilli(m.At).UTC()
	}
	return p
}

// byReach puts those first who can be reached best: on shift, leaders, the freshest sign of life.
func byReach(a, b Person) int {
	return cmp.Or(first(a.OnShift, b.OnShift), first(a.Worker.Duty == post.GridLeader, b.Worker.Duty == post.GridLeader),
		cmp.Compare(a.State, b.State), b.Seen.Compare(a.Seen), cmp.Compare(a.Worker.ID, b.Worker.ID))
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

func (s *Service) clock() time.Time {
	if s.Now != nil {
		return s.Now().UTC()
	}
	return time.Now().UTC()
}
