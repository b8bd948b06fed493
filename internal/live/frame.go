package live

import (
	"encoding/binary"
	"math"

	"wangge/internal/tracking"
)

// Protocol is the WebSocket subprotocol spoken here (docs/protocol.md).
const Protocol = "wangge.live.v1"

// Parts of a binary frame.
const (
	frameVersion   = 0x01   // first byte
	flagEverything = 1 << 0 // in flags: forget all positions held before applying this frame
)

// Sections of a binary frame: which part of the map a section tells of. On the wire as c << 1 | keyframe.
const (
	SectionScope    = 0 // everybody in the account's scope
	SectionFollowed = 1 // the followed workers
	SectionView     = 2 // what the view touches
	sectionKeyframe = 1 // forget what was held for this section first
)

// Head of an upsert: gap << headGap | state << headState | moved | full. In a view the gap is the handle itself: its upserts come in the
// order of places, so that what lies side by side is encoded once for all who look there.
const (
	headFull  = 1 << 0 // absolute coordinates follow
	headMoved = 1 << 1 // coordinates follow as differences
	headState = 2      // shift of the two bits of tracking.State
	headGap   = 4      // shift of the handle's distance to the one before; in a view, of the handle
)

// Removal: gap << 1 | off.
const (
	removalOff = 1 // off the map altogether, not only out of this section
	removalGap = 1
)

// Units of a position.
const (
	ageUnit      = 100  // ms
	motionDegree = 10   // Motion's 1e-7 degrees in one 1e-6 degree of the wire
	speedUnit    = 25   // cm/s in one unit (0.25 m/s)
	speedMost    = 254  // this fast or faster
	courseTurn   = 255  // units in a full turn
	unknownByte  = 0xff // speed or course unknown
)

// mark is a position as the wire tells it: two equal marks need not be told apart.
type mark struct {
	at       int64 // ms since 1970 UTC
	lon, lat int32 // 1e-6 degree
	cell     int32 // of the lattice; noCell when the worker is not on the map
	course   uint8
	speed    uint8
	state    tracking.State
}

// noCell is the place of a worker who is not on the map.
const noCell = -1

// quantise turns a motion into what the wire tells of it.
func quantise(m *tracking.Motion, state tracking.State) mark {
	q := mark{at: m.At, lon: roundDiv(m.Lon, motionDegree), lat: roundDiv(m.Lat, motionDegree), state: state, speed: unknownByte, course: unknownByte}
	if m.Speed != math.MaxUint16 {
		q.speed = uint8(min((int(m.Speed)+speedUnit/2)/speedUnit, speedMost))
	}
	if m.Course != math.MaxUint16 {
		q.course = uint8((int(m.Course)*courseTurn + 18000) / 36000 % courseTurn)
	}
	return q
}

func roundDiv(a, by int32) int32 {
	if a < 0 {
		return (a - by/2) / by
	}
	return (a + by/2) / by
}

// age is how old a mark is at now, in units of the wire; a fix that claims to be from the future is 0 old.
func (q *mark) age(now int64) uint64 { return uint64(max(0, now-q.at) / ageUnit) }

// tail appends what ends every upsert.
func (q *mark) tail(b []byte, now int64) []byte {
	b = binary.AppendUvarint(b, q.age(now))
	return append(b, q.course, q.speed)
}

// appendFull appends an upsert's payload (all but its head) with absolute coordinates and returns the low bits of its head.
func (q *mark) appendFull(b []byte, now int64) ([]byte, uint8) {
	b = binary.AppendVarint(b, int64(q.lon))
	b = binary.AppendVarint(b, int64(q.lat))
	return q.tail(b, now), uint8(q.state)<<headState | headFull
}

// appendDelta appends an upsert's payload as the difference to what was told before, and returns the low bits of its head.
func (q *mark) appendDelta(b []byte, was *mark, now int64) ([]byte, uint8) {
	bits := uint8(q.state) << headState
	if q.lon != was.lon || q.lat != was.lat {
		b = binary.AppendVarint(b, int64(q.lon)-int64(was.lon))
		b = binary.AppendVarint(b, int64(q.lat)-int64(was.lat))
		bits |= headMoved
	}
	return q.tail(b, now), bits
}

// appendFrameHead begins a binary frame: sections follow.
func appendFrameHead(b []byte, flags byte, now int64, tick uint64) []byte {
	b = append(b, frameVersion, flags)
	b = binary.AppendUvarint(b, uint64(now))
	return binary.AppendUvarint(b, tick)
}

// appendSectionHead begins a section: its upserts, then its removals follow.
func appendSectionHead(b []byte, section uint64, key bool, upserts, removals int) []byte {
	c := section << 1
	if key {
		c |= sectionKeyframe
	}
	b = binary.AppendUvarint(b, c)
	b = binary.AppendUvarint(b, uint64(upserts))
	return binary.AppendUvarint(b, uint64(removals))
}

// appendHead appends the head of an upsert.
func appendHead(b []byte, gap int32, bits uint8) []byte {
	v := uint64(gap)<<headGap | uint64(bits)
	switch {
	case v < 1<<7:
		return append(b, byte(v))
	case v < 1<<14: // the usual one in a view
		return append(b, byte(v)|0x80, byte(v>>7))
	default:
		return binary.AppendUvarint(b, v)
	}
}

// appendRemoval appends a removal.
func appendRemoval(b []byte, gap int32, off bool) []byte {
	v := uint64(gap) << removalGap
	if off {
		v |= removalOff
	}
	return binary.AppendUvarint(b, v)
}

// WebSocket opcodes (RFC 6455 §5.2).
const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xa
)

// headerRoom is the most that a WebSocket header of a server takes.
const headerRoom = 10

// beginMessage reserves room for a WebSocket header; the message's bytes are appended behind it.
func beginMessage(b []byte) (_ []byte, at int) {
	return append(b, make([]byte, headerRoom)...), len(b)
}

// endMessage writes the header of the message that was begun at the index and closes the gap between the two.
func endMessage(b []byte, at int, opcode byte) []byte {
	body := b[at+headerRoom:]
	header := appendHeader(b[:at], opcode, len(body))
	copy(b[len(header):], body)
	return b[:len(header)+len(body)]
}

// appendHeader appends the header of an unfragmented, unmasked message.
func appendHeader(b []byte, opcode byte, size int) []byte {
	b = append(b, 0x80|opcode)
	switch {
	case size < 126:
		return append(b, byte(size))
	case size <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
	}
}

// message makes one whole WebSocket message of its own memory.
func message(opcode byte, body []byte) []byte {
	return append(appendHeader(make([]byte, 0, headerRoom+len(body)), opcode, len(body)), body...)
}
