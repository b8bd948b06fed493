// Package search finds whatever an operator may name: workers, areas, buildings, facilities and incidents; by a part of the name in
// Chinese, by the beginning of a code, by pinyin in full or by its initials, also mixed ("岔hsq").
//
// Everything but incidents is looked for in memory. The memory is made of what area.Service and post.Directory hold, and made anew when
// their revisions have changed: they follow the news of other nodes, so this does too.
package search

import "wangge/internal/incident"

// Kind is what was found.
type Kind string

// The kinds.
const (
	Worker   Kind = "worker"
	Area     Kind = "area"
	Building Kind = "building"
	Facility Kind = "facility"
	Incident Kind = "incident"
)

// Reason says why something was found.
type Reason string

// The reasons.
const (
	ByCode     Reason = "code"
	ByName     Reason = "name"
	ByPinyin   Reason = "pinyin"
	ByInitials Reason = "initials"
	ByAddress  Reason = "address"
	ByKind     Reason = "kind" // what kind of facility it is, or which class the incident belongs to
	ByText     Reason = "text" // what was reported
)

// Result is one thing that was found.
type Result struct {
	Kind     Kind
	ID       int64  // of a worker, building, facility or incident; 0 for an area
	Code     string // an area's names it
	Name     string
	Type     string // an area's level, a worker's duty, a facility's kind, an incident's severity; empty for a building
	State    incident.State
	OnShift  bool
	Area     string // code of the area it lies in, or the worker is posted to; an area's own
	AreaName string // from the subdistrict down
	Placed   bool
	Lon, Lat float64 // WGS-84, when Placed: where it is, an area's label, a worker's newest position
	Reason   Reason
	score    int
}
