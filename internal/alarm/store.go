package alarm

import (
	"context"
	"time"

	"wangge/internal/incident"
)

// Store is what alarms need of storage. A change and its event are one transaction. When the storage is away, each method fails with a
// fault of kind Unavailable and nothing was changed.
type Store interface {
	// Open reads all open alarms, oldest first.
	Open(ctx context.Context) ([]Alarm, error)
	// WaitingIncidents reads the open incidents in that state with one of these severities.
	WaitingIncidents(ctx context.Context, state incident.State, severities []incident.Severity) ([]incident.Incident, error)
	// Raise writes an alarm as version 1, unless one of its kind and key is open: then it answers that one and false.
	Raise(ctx context.Context, a Alarm) (_ Alarm, raised bool, err error)
	// Clear marks open alarms as cleared; one that is not open any more stays as it is.
	Clear(ctx context.Context, ids []int64, at time.Time) error
	// Update lets change work on the locked alarm and writes it with the next version; an error of change is passed on and nothing has
	// happened. NotFound when there is none.
	Update(ctx context.Context, id int64, change func(*Alarm) error) (Alarm, error)
	// Alarms lists alarms, the newest first.
	Alarms(ctx context.Context, f Filter) ([]Alarm, error)
	// Lead runs lead if no other process does, for as long as the storage says that it is the one: its context ends when that is lost.
	// It returns at once, with false, when another process leads.
	Lead(ctx context.Context, lead func(ctx context.Context)) (led bool, err error)
}

// Filter says which alarms are wanted. Empty fields don't restrict.
type Filter struct {
	Scope        string // area code: of the asking account
	Area         string // area code
	Kinds        []Kind
	Open         *bool // only open, or only cleared ones
	Acknowledged *bool
	From, To     time.Time // raised in [From, To)
	Before       int64     // only those with a smaller id
	Limit        int
}
