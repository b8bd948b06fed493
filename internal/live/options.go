package live

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// Times of the live stream.
const (
	Tick          = 250 * time.Millisecond // positions are sent once per tick
	EventDelay    = 50 * time.Millisecond  // events wait at most this long to go out together
	CountsEvery   = time.Second            // counts are made at most this often
	attendEvery   = 4                      // ticks between looks at who is silent or to be pinged
	HiddenTicks   = 8                      // ticks between the frames of a hidden page
	PingEvery     = 30 * time.Second
	IdleAfter     = 100 * time.Second // longer than a page that stops reading for a minute just before it would have been pinged
	RevalidateAll = 10 * time.Second  // every session is looked at again this often
	sweepEvery    = time.Second       // states and shifts of everybody are looked at again this often
	byeWait       = 10 * time.Second  // for the peer to answer a close frame
)

// Limits of a node's memory.
const (
	queueEvents = 2000     // event messages waiting for one client
	queueBytes  = 4 << 20  // bytes of them
	ringEvents  = 20_000   // events kept in memory for resuming clients
	ringBytes   = 32 << 20 // bytes of them
)

// Directory answers who a worker is and whether the worker may be shown now: post.Directory, or the load generator's crowd.
type Directory interface {
	Worker(id int32) (post.Worker, bool)
	OnShift(worker int32, at time.Time) bool
}

// Log is the event log as the hub reads it: postgres.DB, or the load generator's empty one.
type Log interface {
	// EventsAfter reads at most limit events behind the cursor, in log order, never one whose elders may still appear.
	EventsAfter(ctx context.Context, after event.Cursor, limit int) ([]event.Event, error)
	// EventHead tells where the log ends now.
	EventHead(ctx context.Context) (event.Cursor, error)
	// EventsStart is the cursor of the oldest event kept; zero but for its epoch when the log is empty.
	EventsStart(ctx context.Context) (event.Cursor, error)
	// WaitForEvents returns when something may have been appended, and at the latest when the patience is over. One caller at a time.
	WaitForEvents(ctx context.Context, patience time.Duration)
}

// SnapshotPart is everything of one kind ("incident", "shift") that a principal may see, each item as JSON.
type SnapshotPart struct {
	Kind  string
	Items [][]byte
}

// Options are what a hub works with. Fields without a comment "may be" are required.
type Options struct {
	Broker    Broker
	Table     *tracking.Table // the one that the broker applies positions to; the hub is its one consumer
	Directory Directory
	Log       Log
	Areas     func() *area.Index // the areas as they are now; the lattice is fixed by their bound at the start

	// Snapshot reads what a principal may see, and a cursor taken before reading: events behind it complete the snapshot.
	Snapshot func(ctx context.Context, p identity.Principal) ([]SnapshotPart, event.Cursor, error)

	// Follow, if set, sees every event of the log once and in order before clients do; an error makes it see them again. Caches that
	// other nodes' changes must reach hang here, because the log has one tail per process.
	Follow func(ctx context.Context, events []event.Event) error

	// Session finds the session's token in a request. Valid tells who the session belongs to now: a fault of kind unauthenticated ends the
	// connection, any other error leaves it for the next look. Both may be nil: then sessions are not looked at again.
	Session func(r *http.Request) string
	Valid   func(ctx context.Context, session string, p identity.Principal) (identity.Principal, error)

	Origins       []string      // foreign origins that may connect, as "https://host[:port]"; may be nil
	Server        string        // version, for hello
	Node          string        // name of this process, for hello
	MaxViewers    int           // connections of this node; 0: 20,000
	MaxPerAccount int           // connections of one account; 0: 20
	Idle          time.Duration // 0: IdleAfter
	Logger        *slog.Logger  // may be nil
}

func (o Options) withDefaults() Options {
	if o.MaxViewers == 0 {
		o.MaxViewers = 20_000
	}
	if o.MaxPerAccount == 0 {
		o.MaxPerAccount = 20
	}
	if o.Idle == 0 {
		o.Idle = IdleAfter
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
