// Package event is the envelope of everything that happens: one row of the event log, one item of the live stream.
//
// The log orders events by (transaction id, row id), not by row id alone: a transaction that commits late has a low row id but must
// not be skipped. A reader therefore only goes up to the oldest transaction that is still running, and its cursor is that pair.
package event

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"

	"wangge/internal/fault"
)

// Kinds of event. The part before the dot is the entity.
const (
	IncidentReported = "incident.reported"
	IncidentMoved    = "incident.moved"
	ShiftStarted     = "shift.started"
	ShiftEnded       = "shift.ended"
	WorkerChanged    = "worker.changed"
	MessageSent      = "message.sent"      // to a worker
	MessageConfirmed = "message.confirmed" // it was delivered, or read
	DeviceChanged    = "device.changed"
	AccountChanged   = "account.changed"
	AreaChanged      = "area.changed"
	WorkerEntered    = "worker.entered" // a grid, after hysteresis
	WorkerLeft       = "worker.left"    // a grid, after hysteresis
)

// Event is something that happened, written in the same transaction as the change it tells of.
type Event struct {
	Cursor   Cursor          // where it stands in the log; zero before it is stored
	Kind     string          // one of the kinds above
	Entity   string          // what it is about: "incident", "worker", "area" …
	EntityID string          // which one
	Version  int64           // the entity's version after the change: a reader ignores an older one than it has
	Area     string          // code of the area it happened in; who may see it is decided by this
	At       time.Time       // UTC
	Actor    string          // who did it, as an account's display name; empty for the system
	Data     json.RawMessage // the entity as it is after the change (or what is needed to show it)
}

// Cursor is a place in the event log of one database. Everything before it has been seen. The zero cursor is "nothing seen".
type Cursor struct {
	Epoch uint64 // which database: a random number made at its first migration
	XID   uint64 // transaction id (xid8)
	ID    int64  // row id within the log
}

// IsZero tells whether nothing has been seen.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// Before orders two cursors of one database.
func (c Cursor) Before(d Cursor) bool {
	if c.XID != d.XID {
		return c.XID < d.XID
	}
	return c.ID < d.ID
}

// String is the opaque form that clients keep: 24 bytes in URL-safe base64.
func (c Cursor) String() string {
	var b [24]byte
	binary.BigEndian.PutUint64(b[0:], c.Epoch)
	binary.BigEndian.PutUint64(b[8:], c.XID)
	binary.BigEndian.PutUint64(b[16:], uint64(c.ID))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ParseCursor reads the opaque form. The empty string is the zero cursor; anything else that String did not write is invalid.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 24 {
		return Cursor{}, fault.New(fault.Invalid, "event.cursor", "the cursor is not one of this service")
	}
	return Cursor{
		Epoch: binary.BigEndian.Uint64(b[0:]),
		XID:   binary.BigEndian.Uint64(b[8:]),
		ID:    int64(binary.BigEndian.Uint64(b[16:])),
	}, nil
}
