// Package incident is the closed loop of an incident, from report to closure.
//
// This is its first form: four stages in one transition map, one timeline entry per change. The whole loop of domain.md §1 grows in
// this room.
package incident

import (
	"time"

	"wangge/internal/catalog"
)

// State is where an incident stands.
type State string

// The states of the first form, in the order of the loop.
const (
	Reported   State = "reported"   // 已上报
	Dispatched State = "dispatched" // 已派遣
	Handling   State = "handling"   // 处理中
	Closed     State = "closed"     // 已结案
)

// Severity says how much an incident hurts. The catalogue gives each class one.
type Severity = catalog.Severity

// The severities, from the least.
const (
	Normal    = catalog.Normal
	Attention = catalog.Attention
	Urgent    = catalog.Urgent
	Critical  = catalog.Critical
)

// Source is where a report came from.
type Source string

// The sources, by who reports.
const (
	FromConsole    Source = "console"
	FromWorker     Source = "worker"
	FromCommunity  Source = "community"
	FromDepartment Source = "department"
)

// Incident is one thing that somebody must see to.
type Incident struct {
	ID         int64
	Code       string // what people say on the phone, unique: yyyymmdd-nnnn, district days
	Class      string // catalog class code, such as 06010
	Severity   Severity
	State      State
	Text       string // what was reported
	Address    string
	Lon, Lat   float64 // WGS-84
	Area       string  // code of the grid it lies in (or the district's, when outside every grid)
	Source     Source
	ReportedBy string // display name
	ReportedAt time.Time
	ClosedAt   time.Time // zero while open
	Version    int64
}

// Entry is one line of an incident's timeline: every transition makes exactly one.
type Entry struct {
	ID       int64
	Incident int64
	At       time.Time
	Actor    string // display name
	From, To State  // From is empty for the report
	Note     string
}
