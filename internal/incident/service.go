package incident

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wangge/internal/area"
	"wangge/internal/catalog"
	"wangge/internal/fault"
	"wangge/internal/geo"
	"wangge/internal/identity"
)

// Limits of what people write.
const (
	MaxText    = 2000 // characters
	MaxAddress = 200  // characters
	MaxNote    = 2000 // characters
)

// FarOutside is how far outside the district an incident may still be reported, in metres: boundaries and fixes are not that exact, and
// what happens just behind the boundary may still be ours.
const FarOutside = 5000.0

// Dependencies are what a Service is made of.
type Dependencies struct {
	Store   Store
	Catalog *catalog.Service
	Areas   func() *area.Index // the areas in force now
	Now     func() time.Time   // time.Now when nil
}

// Service is what one can do with incidents.
type Service struct {
	store   Store
	catalog *catalog.Service
	areas   func() *area.Index
	now     func() time.Time
}

// NewService puts a service together.
func NewService(d Dependencies) *Service {
	s := &Service{store: d.Store, catalog: d.Catalog, areas: d.Areas, now: d.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Report is what somebody tells about something that must be seen to.
type Report struct {
	Class    string
	Severity Severity // the class's own when empty
	Text     string
	Address  string
	Lon, Lat float64 // WGS-84
}

// Report writes a report down as a new incident of the grid that its place lies in; a place outside every grid, but not more than
// FarOutside outside the district, belongs to the district. Broken input is Invalid and names the fields; a place outside the
// principal's scope is Forbidden.
func (s *Service) Report(ctx context.Context, by identity.Principal, r Report) (i Incident, err error) {
	defer fault.Wrap(&err, "incident.Report(%s at %v, %v)", r.Class, r.Lon, r.Lat)
	class, err := s.check(&r)
	if err != nil {
		return i, err
	}
	code, err := s.place(r.Lon, r.Lat)
	if err != nil {
		return i, err
	}
	if !by.Sees(code) {
		return i, fault.New(fault.Forbidden, "incident.scope", "the place lies outside the area that you serve", "area", code)
	}
	if r.Severity == "" {
		r.Severity = class.Severity
	}
	return s.store.Report(ctx, Incident{
		Class: class.Code, Severity: r.Severity, State: Reported, Text: r.Text, Address: r.Address, Lon: r.Lon, Lat: r.Lat,
		Area: code, Source: sourceOf(by.Role), ReportedBy: by.DisplayName, ReportedAt: s.clock(),
	})
}

// check trims what people wrote and refuses what breaks a rule.
func (s *Service) check(r *Report) (catalog.Class, error) {
	bad := fault.New(fault.Invalid, "incident.invalid", "the report breaks a rule")
	class, known := s.catalog.Class(r.Class)
	if !known {
		bad.WithField("class", "class", "there is no such class in force")
	}
	if r.Severity != "" && !r.Severity.Valid() {
		bad.WithField("severity", "enum", "normal, attention, urgent or critical")
	}
	r.Text, r.Address = strings.TrimSpace(r.Text), strings.TrimSpace(r.Address)
	if r.Text == "" {
		bad.WithField("text", "required", "say what it is about")
	}
	if utf8.RuneCountInString(r.Text) > MaxText {
		bad.WithField("text", "length", "at most 2000 characters")
	}
	if utf8.RuneCountInString(r.Address) > MaxAddress {
		bad.WithField("address", "length", "at most 200 characters")
	}
	if fit := geo.CheckLonLat(r.Lon, r.Lat); fit != geo.Fits {
		bad.WithField("lon", "coordinate_"+string(fit), "longitude and latitude are no place on earth, or swapped")
	}
	if len(bad.Fields) > 0 {
		return class, bad
	}
	return class, nil
}

// place finds the code of the grid; the district's outside of every grid.
func (s *Service) place(lon, lat float64) (string, error) {
	index := s.areas()
	x, y := geo.E7(lon), geo.E7(lat)
	if grid := index.ByID(index.Locate(x, y)); grid != nil {
		return grid.Code, nil
	}
	for _, district := range index.AtLevel(area.District) {
		if index.Depth(district.ID, x, y) >= -FarOutside {
			return district.Code, nil
		}
	}
	return "", fault.New(fault.Invalid, "incident.far_outside", "the place lies more than 5 km outside the district").
		WithField("lon", "outside", "more than 5 km outside the district")
}

func sourceOf(role identity.Role) Source {
	switch role {
	case identity.GridWorker:
		return FromWorker
	case identity.Community:
		return FromCommunity
	case identity.Department:
		return FromDepartment
	default:
		return FromConsole
	}
}

// Get finds an incident with its timeline, oldest entry first. One outside the principal's scope is NotFound like one that doesn't exist.
func (s *Service) Get(ctx context.Context, by identity.Principal, id int64) (i Incident, timeline []Entry, err error) {
	defer fault.Wrap(&err, "incident.Get(%d)", id)
	if i, err = s.store.Incident(ctx, id); err != nil {
		return i, nil, err
	}
	if !by.Sees(i.Area) {
		return Incident{}, nil, missing()
	}
	timeline, err = s.store.Timeline(ctx, id)
	return i, timeline, err
}

// List lists incidents in the principal's scope, newest report first, at most f.Limit of them. Unknown states are Invalid.
func (s *Service) List(ctx context.Context, by identity.Principal, f Filter) (incidents []Incident, err error) {
	defer fault.Wrap(&err, "incident.List")
	for _, state := range f.States {
		if !slices.Contains(States, state) {
			return nil, fault.New(fault.Invalid, "incident.state", "there is no such state", "state", state).WithField("state", "enum", "no such state")
		}
	}
	if by.Scope == "" {
		return nil, nil
	}
	f.Scope, f.Text = by.Scope, strings.TrimSpace(f.Text)
	return s.store.Incidents(ctx, f)
}

// Move moves an incident on. version is the one that the caller saw: when it is no longer current the move is Conflict
// "incident.version" and names the current one, so nobody decides about something else than what they looked at. A step that the loop
// doesn't have is Conflict "incident.transition" and names those it has; a step of somebody else's role is Forbidden.
func (s *Service) Move(ctx context.Context, by identity.Principal, id int64, to State, note string, version int64) (i Incident, err error) {
	defer fault.Wrap(&err, "incident.Move(%d, %s, version %d)", id, to, version)
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > MaxNote {
		return i, fault.New(fault.Invalid, "incident.invalid", "the note is too long").WithField("note", "length", "at most 2000 characters")
	}
	return s.store.Update(ctx, id, func(i *Incident) (Entry, error) {
		if !by.Sees(i.Area) {
			return Entry{}, missing()
		}
		if i.Version != version {
			return Entry{}, fault.New(fault.Conflict, "incident.version", "the incident has moved on meanwhile", "current", i.Version, "state", i.State)
		}
		if err := checkMove(by.Role, i.State, to); err != nil {
			return Entry{}, err
		}
		e := Entry{Incident: i.ID, At: s.clock(), Actor: by.DisplayName, From: i.State, To: to, Note: note}
		i.State = to
		if to == Closed {
			i.ClosedAt = e.At
		}
		return e, nil
	})
}

// clock is the time in the precision that storage keeps, so that what is answered first is what is read later.
func (s *Service) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func missing() error {
	return fault.New(fault.NotFound, "incident.missing", "there is no such incident")
}
