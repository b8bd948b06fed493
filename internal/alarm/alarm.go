// Package alarm notices what a person has to look at now, and remembers who did.
//
// Rules (rules.go) are pure functions over a Picture of the moment. What they find is raised, kept and cleared by one node at a time
// (watch.go); the state is in storage, so that an alarm is raised once however many nodes there are, and outlives all of them.
package alarm

import (
	"time"

	"wangge/internal/catalog"
	"wangge/internal/incident"
)

// Kind is what an alarm is about.
type Kind string

// The kinds.
const (
	SOS             Kind = "sos"              // a grid worker asks for help
	IncidentWaiting Kind = "incident_waiting" // urgent or critical, and not dispatched
	WorkerLost      Kind = "worker_lost"      // on shift, and no sign of life any more
	SourceSilent    Kind = "source_silent"    // a kind of device, or all of them, is not heard while workers are on shift
	Unstaffed       Kind = "unstaffed"        // nobody on shift in grids that have a posted leader
)

// Kinds lists every kind once.
var Kinds = []Kind{SOS, IncidentWaiting, WorkerLost, SourceSilent, Unstaffed}

// Severity says how much it hurts; the catalogue's words.
type Severity = catalog.Severity

// AllSources is the Source of an alarm about all devices together.
const AllSources = "all"

// Subject is what an alarm is about in particular; which fields mean something depends on the kind.
type Subject struct {
	Worker       int32    `json:"worker,omitempty"`        // sos, worker_lost
	WorkerName   string   `json:"worker_name,omitempty"`   // likewise
	Incident     int64    `json:"incident,omitempty"`      // incident_waiting
	IncidentCode string   `json:"incident_code,omitempty"` // likewise
	Class        string   `json:"class,omitempty"`         // likewise: the incident's class
	Source       string   `json:"source,omitempty"`        // source_silent: AllSources, or a kind of device
	Workers      int      `json:"workers,omitempty"`       // source_silent: how many on shift are not heard because of it
	Grids        []string `json:"grids,omitempty"`         // unstaffed: codes, ascending
	Text         string   `json:"text,omitempty"`          // sos: what the worker wrote
	Lon          *float64 `json:"lon,omitempty"`           // sos: where the worker was last, WGS-84; absent when that isn't known
	Lat          *float64 `json:"lat,omitempty"`
}

// Alarm is one alarm, from its being raised to its cause's end. An open alarm (ClearedAt zero) is the only open one of its kind and key.
type Alarm struct {
	ID             int64
	Kind           Kind
	Key            string // what it is about, unique among the open alarms of the kind
	Severity       Severity
	Area           string // code of the area it happened in: decides who may see it
	Subject        Subject
	Since          time.Time // when its cause began, UTC
	RaisedAt       time.Time
	AcknowledgedAt time.Time // zero until somebody has seen to it
	AcknowledgedBy string    // display name
	Note           string    // of the one who acknowledged it
	ClearedAt      time.Time // zero while its cause lasts
	Version        int64
}

// Open tells whether the alarm's cause still lasts.
func (a Alarm) Open() bool { return a.ClearedAt.IsZero() }

// Cause is something that a rule has found.
type Cause struct {
	Kind     Kind
	Key      string
	Severity Severity
	Area     string
	Subject  Subject
	Since    time.Time

	// Firm is false for a cause that cannot be told yet (the program has not listened for long enough): it keeps an open alarm open,
	// but raises none.
	Firm bool
}

// Policy is what a deployment decides about alarms. NewPolicy has the shipped values.
type Policy struct {
	UrgentAfter    time.Duration // an urgent incident may wait so long for its dispatch
	CriticalAfter  time.Duration // likewise a critical one
	SilentAfter    time.Duration // a source may be silent so long
	UnstaffedAfter time.Duration // a community may be without anybody on shift so long, within duty hours
	SilentCrew     int           // a source that fewer workers on shift depend on is told by its workers' own alarms
	Duty           []Hours       // duty hours, the district's clock; on working days only
	HoldFor        time.Duration // a cause must last so long to raise an alarm
	CalmFor        time.Duration // and be gone so long to clear it, so that nothing flaps
	SOSFor         time.Duration // an acknowledged call for help stays open so long
}

// Hours is [From, To) after the district's midnight.
type Hours struct{ From, To time.Duration }

// NewPolicy is the policy as shipped: an urgent incident waits 5 minutes, a critical one 2; duty hours are the working hours of
// domain.md §1 (08:00–12:00 and 14:00–18:00).
func NewPolicy() Policy {
	return Policy{
		UrgentAfter: 5 * time.Minute, CriticalAfter: 2 * time.Minute, SilentAfter: 3 * time.Minute, UnstaffedAfter: 5 * time.Minute,
		SilentCrew: 3, Duty: []Hours{{8 * time.Hour, 12 * time.Hour}, {14 * time.Hour, 18 * time.Hour}},
		HoldFor: 4 * time.Second, CalmFor: 20 * time.Second, SOSFor: 10 * time.Minute,
	}
}

// waits is how long an incident of that severity may wait for its dispatch; false for those that may wait as long as they like.
func (p Policy) waits(s incident.Severity) (time.Duration, bool) {
	switch s {
	case incident.Critical:
		return p.CriticalAfter, true
	case incident.Urgent:
		return p.UrgentAfter, true
	}
	return 0, false
}

// View is an alarm as the world sees it: in answers, in lists, and as the data of events. It is the schema Alarm of openapi.yaml.
type View struct {
	ID             int64      `json:"id"`
	Kind           Kind       `json:"kind"`
	Severity       Severity   `json:"severity"`
	Area           string     `json:"area"`
	Subject        Subject    `json:"subject"`
	Since          time.Time  `json:"since"`
	RaisedAt       time.Time  `json:"raised_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	AcknowledgedBy string     `json:"acknowledged_by,omitempty"`
	Note           string     `json:"note,omitempty"`
	ClearedAt      *time.Time `json:"cleared_at,omitempty"`
	Version        int64      `json:"version"`
}

// View shows the alarm to the world. Times are UTC.
func (a Alarm) View() View {
	return View{
		ID: a.ID, Kind: a.Kind, Severity: a.Severity, Area: a.Area, Subject: a.Subject, Since: a.Since.UTC(), RaisedAt: a.RaisedAt.UTC(),
		AcknowledgedAt: orNil(a.AcknowledgedAt), AcknowledgedBy: a.AcknowledgedBy, Note: a.Note, ClearedAt: orNil(a.ClearedAt),
		Version: a.Version,
	}
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
