package search

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wangge/internal/area"
	"wangge/internal/catalog"
	"wangge/internal/fault"
	"wangge/internal/geo"
	"wangge/internal/identity"
	"wangge/internal/incident"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// Dependencies are what a Service is made of.
type Dependencies struct {
	Areas     *area.Service
	People    *post.Directory
	Incidents *incident.Service
	Classes   *catalog.Service
	Table     *tracking.Table
	Now       func() time.Time // time.Now when nil
}

// Service finds things. Its methods may be called from any goroutine.
type Service struct {
	Dependencies
	writing sync.Mutex
	book    atomic.Pointer[book]
}

// NewService puts a service together. The first search, or Warm, reads what there is.
func NewService(d Dependencies) *Service {
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Service{Dependencies: d}
}

// Warm makes the memory ready, so that the first search doesn't wait for it: some tens of milliseconds for a district.
func (s *Service) Warm() { s.current() }

// current is the book of the newest revisions.
func (s *Service) current() *book {
	if b := s.book.Load(); s.holds(b) {
		return b
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if b := s.book.Load(); s.holds(b) {
		return b
	}
	b := writeBook(s.Areas, s.People)
	s.book.Store(b)
	return b
}

func (s *Service) holds(b *book) bool {
	return b != nil && b.areas == uint64(s.Areas.Revision()) && b.people == s.People.Revision()
}

// Find lists what fits the query best, the best first, at most limit, and only what lies in the principal's scope: workers only for those
// with the right to know them, incidents likewise, and where a worker is only with the right to see positions. All words of the query
// must fit. A blank query finds nothing.
func (s *Service) Find(ctx context.Context, by identity.Principal, query string, limit int) (found []Result, err error) {
	defer fault.Wrap(&err, "search.Find")
	query = strings.TrimSpace(query)
	if query == "" || by.Scope == "" {
		return nil, nil
	}
	found = s.inBook(by, query)
	if by.May(identity.IncidentRead) {
		incidents, err := s.incidents(ctx, by, query, limit)
		if err != nil {
			return nil, err
		}
		found = append(found, incidents...)
	}
	found = ranked(found, limit)
	s.placeWorkers(by, found)
	return found, nil
}

func (s *Service) inBook(by identity.Principal, query string) (found []Result) {
	book := s.current()
	terms := book.alphabet.compile(query)
	people, now := by.May(identity.WorkerRead), s.Now()
	for i := range book.entries {
		e := &book.entries[i]
		if !by.Sees(e.result.Area) || e.result.Kind == Worker && !people {
			continue
		}
		if score, reason := e.match(terms); score > 0 {
			r := e.result
			if r.Kind == Worker && s.People.OnShift(int32(r.ID), now) {
				r.OnShift = true
				score += present
			}
			r.score, r.Reason = score, reason
			found = append(found, r)
		}
	}
	return found
}

// placeWorkers says where those found on shift are.
func (s *Service) placeWorkers(by identity.Principal, found []Result) {
	if !by.May(identity.PositionRead) {
		return
	}
	for i := range found {
		r := &found[i]
		if r.Kind != Worker || !r.OnShift {
			continue
		}
		if m, ok := s.Table.Get(int32(r.ID)); ok {
			r.Placed, r.Lon, r.Lat = true, float64(m.Lon)/geo.Scale, float64(m.Lat)/geo.Scale
		}
	}
}

// incidents finds those whose own words fit, and those of a class whose name does.
func (s *Service) incidents(ctx context.Context, by identity.Principal, query string, limit int) ([]Result, error) {
	classes, reasons := s.classes(query)
	list, err := s.Incidents.Search(ctx, by, query, classes, limit)
	if err != nil {
		return nil, err
	}
	index := s.Areas.Index()
	found := make([]Result, 0, len(list))
	for _, i := range list {
		r := Result{Kind: Incident, ID: i.ID, Code: i.Code, Name: i.Text, Type: string(i.Severity), State: i.State, Area: i.Area,
			AreaName: areaName(index, i.Area), Placed: true, Lon: i.Lon, Lat: i.Lat}
		r.score, r.Reason = incidentPoints(i, strings.ToLower(query))
		if r.Reason == "" {
			r.Reason = reasons[i.Class]
		}
		found = append(found, r)
	}
	return found, nil
}

// incidentPoints tells how well an incident's own words fit; without a reason when only its class does.
func incidentPoints(i incident.Incident, query string) (points int, reason Reason) {
	switch code := codePoints(strings.ToLower(i.Code), query); {
	case code > 0:
		points, reason = code, ByCode
	case strings.Contains(strings.ToLower(i.Text), query):
		points, reason = textHas, ByText
	case strings.Contains(strings.ToLower(i.Address), query):
		points, reason = textHas, ByAddress
	case strings.Contains(strings.ToLower(i.Code), query):
		points, reason = hasPinyin, ByCode
	default:
		points = beginPinyin
	}
	if i.State == incident.Closed {
		points -= 100 // what is over is asked for less
	}
	return points + handy[Incident], reason
}

// classes finds the classes whose name fits, in either language or in pinyin.
func (s *Service) classes(query string) (codes []string, reasons map[string]Reason) {
	letters := newAlphabet()
	reasons = map[string]Reason{}
	var entries []entry
	for _, c := range s.Classes.Classes() {
		entries = append(entries, entry{result: Result{Code: c.Code}, fields: []field{
			{ByKind, strings.ToLower(c.Name), letters.write(c.Name)}, {ByKind, strings.ToLower(c.NameEN), letters.write(c.NameEN)},
		}})
	}
	terms := letters.compile(query)
	for i := range entries {
		if score, reason := entries[i].match(terms); score > 0 {
			codes = append(codes, entries[i].result.Code)
			reasons[entries[i].result.Code] = reason
		}
	}
	return codes, reasons
}
