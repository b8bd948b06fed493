package tracking

import (
	"context"
	"time"

	"wangge/internal/event"
	"wangge/internal/post"
)

// Row is a fix as it is stored.
type Row struct {
	Device, Worker        int32
	FixAt, At, ReceivedAt int64   // µs since 1970 UTC: the device's own time; what counts for ordering; when the server had it
	Lon, Lat              int32   // 1e-7 degrees, WGS-84
	Grid                  int32   // area id, 0 outside
	Speed                 float32 // m/s; NaN unknown, as for those that follow
	Course                float32 // degrees
	Altitude              float32 // metres
	Accuracy              float32 // metres
	Battery               float32 // 0 … 1
	Flags                 uint8   // Flag…
	Attrs                 []byte  // JSON object, or nil
}

// Presence is which grid a worker is in, after hysteresis.
type Presence struct {
	Worker  int32
	Grid    int32     // area id, 0 outside
	Since   time.Time // when the fix was made that led there
	Version int64     // grows with every event; 0 for a worker who was never anywhere
}

// Crossing is a change of presence that a row of the same batch causes.
type Crossing struct {
	Row   int      // index of that row (the last, when a worker crosses more than once)
	From  int64    // the presence's version before; when it is another by now, the crossing is not written
	To    Presence // as it is to be, with its new version
	Tells []event.Event
}

// Appended tells what became of a batch.
type Appended struct {
	Duplicates []int      // rows whose (device, device time) was stored before
	Refused    []int      // rows that the database cannot hold; the others are stored
	Presences  []Presence // the stored presence of every worker in the crossings, as the transaction left it
}

// TrackPoint is one stored fix of a track.
type TrackPoint struct {
	At       time.Time
	Lon, Lat float64 // degrees
	Grid     int32   // area id, 0 outside
	Speed    float64 // m/s; NaN unknown, as for those that follow
	Course   float64
	Accuracy float64
	Flags    uint8
}

// UnclaimedDevice is an id that sent something and is nobody's.
type UnclaimedDevice struct {
	UID                 string
	Protocol, Address   string // of the last try
	FirstSeen, LastSeen time.Time
	Tries               int64
}

// DeviceChange is a device as an administrator wants it, found by UID. The secret stays as it is unless SetSecret.
type DeviceChange struct {
	Device
	SetSecret bool
}

// Store keeps devices and fixes. When the storage is away, each method fails with a fault of kind Unavailable.
type Store interface {
	// Append writes rows, crossings and their events in one transaction. Within one batch no two rows share device and device time. A row
	// that can't be written doesn't keep the others from being written. When it fails with an error nothing is written; or, when the
	// connection broke during the commit, everything may be: sending again is safe.
	Append(ctx context.Context, rows []Row, crossings []Crossing) (Appended, error)

	// Presences reads the presence of every worker who has one.
	Presences(ctx context.Context) ([]Presence, error)

	// LatestPositions reads, for each worker on duty, the newest fix of the given shift, if there is one.
	LatestPositions(ctx context.Context, duties []post.OnDuty) ([]Motion, error)

	// Track reads the worker's fixes with from <= At < to, made while on shift by the roster as it is now, ordered by At: at most limit,
	// evenly thinned by number when there are more, the first and the last always among them. total tells how many there are.
	Track(ctx context.Context, worker int32, from, to time.Time, limit int) (points []TrackPoint, total int, err error)

	// EnsurePartitions makes the partitions of history for every district day that touches [from, to). Several nodes may call it at once.
	// Fixes that the default partition took in for such a day move to their own.
	EnsurePartitions(ctx context.Context, from, to time.Time) error

	// DropPositionsBefore forgets every district day of history that ended by then, and what the default partition received before then. It
	// tells how many days were dropped.
	DropPositionsBefore(ctx context.Context, before time.Time) (days int, err error)

	// Devices reads the devices with these ids, or all when none is given.
	Devices(ctx context.Context, ids ...int32) ([]Device, error)

	// SaveDevices creates or changes devices by UID, takes them off the list of unclaimed ids, and gives them back in the same order.
	SaveDevices(ctx context.Context, changes []DeviceChange, changed func(Device) event.Event) ([]Device, error)

	// EnsureDevice creates a device unless its UID is there already, and gives the stored one back.
	EnsureDevice(ctx context.Context, d Device, changed func(Device) event.Event) (Device, error)

	// Unclaimed reads the list of unclaimed ids, the newest first.
	Unclaimed(ctx context.Context) ([]UnclaimedDevice, error)

	// NoteUnclaimed adds tries to the list and keeps at most limit ids: the most recently seen.
	NoteUnclaimed(ctx context.Context, tries []UnclaimedDevice, limit int) error

	// TouchDevices notes when devices last gave a sign of life. A newer stored instant stays.
	TouchDevices(ctx context.Context, seen map[int32]time.Time) error
}
