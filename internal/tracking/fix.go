package tracking

import "time"

// Fix is one message of a device, whatever protocol brought it: a position, or only a sign of life. Unknown numbers are NaN.
type Fix struct {
	Device   string    // the device's unique id as it sent it
	Protocol string    // "osmand", "traccar-client", "owntracks", "traccar", "batch", "socket"
	Time     time.Time // the device's own time, UTC; zero when it sent none: then the server's time counts
	Lon, Lat float64   // WGS-84 degrees; NaN for a heartbeat
	Speed    float64   // m/s
	Course   float64   // degrees clockwise from north, [0, 360)
	Altitude float64   // metres
	Accuracy float64   // metres, radius
	Battery  float64   // 0 … 1
	Charging int8      // 1 charging, 0 not, -1 unknown
	Invalid  bool      // the device itself says that it has no valid fix
	Attrs    []byte    // what else the device sent, a JSON object or nil
}

// Outcome is what became of a fix.
type Outcome string

// The outcomes. All but Refused and Unknown are answered 2xx: the client may delete its copy.
const (
	Stored    Outcome = "stored"    // committed; may have moved the live marker
	Late      Outcome = "late"      // committed to history; older than the live position, which stays
	Duplicate Outcome = "duplicate" // (device, time) was there already; refreshed last-seen
	Heartbeat Outcome = "heartbeat" // no position; refreshed last-seen
	OffShift  Outcome = "off_shift" // the worker cannot be shown to be on shift at that time: discarded, counted, never stored
	Unknown   Outcome = "unknown"   // no such device (listed for administrators to claim)
	Refused   Outcome = "refused"   // broken: Code says how
)

// Result answers one fix.
type Result struct {
	Outcome Outcome
	Code    string // why it was refused, or discarded for another reason than the hour: one of the codes below; empty otherwise
}

// Codes of a Result. As fault codes they go to clients and catalogues.
const (
	CodeDeviceID   = "device.id"         // no device id, or one that is no clean text of at most MaxUID bytes
	CodeUnknown    = "device.unknown"    // nobody registered the device
	CodeDisabled   = "device.disabled"   // an administrator switched the device off
	CodeCredential = "device.credential" // the device's credential is missing or wrong
	CodeForeign    = "device.foreign"    // a signed-in worker sends for somebody else's device
	CodePosition   = "fix.position"      // only one coordinate, or one that is no number
	CodeRange      = "fix.range"         // a coordinate outside of the earth
	CodeSwapped    = "fix.swapped"       // latitude and longitude have changed places
	CodeTime       = "fix.time"          // a time before 1970 or after the year 9999
	CodeStorage    = "fix.storage"       // the database refuses the row; sending it again won't help
	CodeTooOld     = "fix.too_old"       // with OffShift: older than the late window, so that no shift can be shown for it
	CodeUnassigned = "device.unassigned" // with OffShift: the device is nobody's
)

// Motion is a worker's newest known position, packed: what travels between nodes and into frames.
type Motion struct {
	Worker   int32  // post.Worker.ID
	Lon, Lat int32  // 1e-7 degrees, WGS-84
	At       int64  // when the fix was made, ms since 1970 UTC (server time when the device's clock is ahead)
	Seen     int64  // last sign of life, ms since 1970 UTC, server time
	Grid     int32  // area id of the grid it lies in; 0 outside the district
	Speed    uint16 // cm/s; 65535 unknown
	Course   uint16 // 0.01 degree; 65535 unknown
	Accuracy uint16 // 0.1 m; 65535 unknown or more
	Battery  uint8  // percent; 255 unknown
	Flags    uint8  // Flag…
}

// Flags of a Motion.
const (
	FlagClockWrong uint8 = 1 << 0 // the device's clock is more than 60 s ahead
	FlagInvalid    uint8 = 1 << 1 // the device says that the fix is not valid
	FlagCharging   uint8 = 1 << 2
)

// State is how current a worker's position is.
type State uint8

// The states; each is shown with its age. A sign of life (fix, duplicate or heartbeat) keeps a worker live: the position's own age
// is told separately.
const (
	Live  State = 0 // a sign of life within StaleAfter
	Stale State = 1 // none for StaleAfter
	Lost  State = 2 // none for LostAfter
	Off   State = 3 // off shift, or no position yet in this shift: not on the map
)

// Limits of the states.
const (
	StaleAfter = 60 * time.Second
	LostAfter  = 5 * time.Minute
)

// StateAt tells the state of a worker on shift at an instant (ms since 1970 UTC).
func (m Motion) StateAt(now int64) State {
	switch silent := now - m.Seen; {
	case silent >= LostAfter.Milliseconds():
		return Lost
	case silent >= StaleAfter.Milliseconds():
		return Stale
	default:
		return Live
	}
}
