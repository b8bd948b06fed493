// Package tracking takes the fixes of workers' devices, decides what each is worth, keeps them, and holds the live state of every
// worker on shift.
//
// # The life of a fix
//
// A protocol handler (package ingest) turns a message into a [Fix] and gives it to [Service.Accept] with the [Caller]: what the request
// presented as credential, or the worker who is signed in.
//
//  1. Whose is it? [Devices] finds the device by the id it sent, from memory. An unknown id is noted for administrators ([Unclaimed]) and
//     answered Unknown. A device with a secret must have presented it; a gateway's secret opens every device.
//  2. Is it sane? Coordinates that are no place on earth are refused. A message without a position is a heartbeat.
//  3. Which time counts? The device's own time, unless it is missing or more than [MaxClockAhead] ahead: then the server's, and the fix is
//     marked [FlagClockWrong]. The device's time is kept beside it.
//  4. Was the worker on shift at that time? If that cannot be shown from the roster (off shift, nobody's device, older than the late
//     window) the fix is counted and forgotten: OffShift. It is answered like a success, so that the device deletes its copy.
//  5. The grid is looked up, and the [Motion] is published to the [Sink] at once: the live map doesn't wait for storage. A fix older than
//     the live position, or of an earlier shift, is Late: it goes to history only, and the marker stays; it is a sign of life all the same,
//     as are duplicates and heartbeats.
//  6. The [Recorder] puts the fix into the queue of its worker's shard. What gathers there while the shard's last commit runs becomes one
//     COPY. (device, device time) is stored once, whatever is sent again. A change of grid, after hysteresis (crossing.go), is an event in
//     the same transaction.
//  7. After the commit the caller is answered. When the database is away, or the queue is full, the caller gets a fault of kind Unavailable:
//     it keeps its fix and comes back. Nothing is acknowledged that is not committed.
//
// # Decisions
//
// A fix older than the late window (7 days by default, less than what [post.Directory] holds) is answered as discarded rather than
// refused: no shift can be shown for it, and a client that is refused keeps its oldest fix and never gets to the newer ones.
//
// A device that sends no time cannot be recognised when it sends again: the server's time is its key.
//
// Presence in a grid belongs to a shift: it begins with the first fix of the shift, and shift.ended ends it without another event.
package tracking
