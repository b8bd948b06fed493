package ingest

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// The device socket: GET /api/v1/device, a WebSocket with Sec-WebSocket-Protocol: wangge.device.v1, which the client must offer.
//
// Who sends is decided before the upgrade: ?id= (or the name of Basic authentication) and the device's credential (Basic password, Bearer, or
// ?token=), a gateway's credential, or a worker's session. A refusal is an ordinary application/problem+json answer.
//
// The device sends messages of fixes, each with a sequence number of its choice; the server answers each message once, in the order in which they
// came, when its fixes are committed. Up to InFlight messages may be under way; then the server reads no further until one is answered. A message is
// binary or text, and so is its answer. What was not answered when the connection ends must be sent again; what was stored is recognised by the device's time.
//
// Text: the same fixes as in a batch, at most MaxSocketFixes.
//
//	→ {"seq":7,"fixes":[{"time":"2026-11-23T02:14:07Z","lon":116.3012,"lat":37.4521,"speed":1.2}]}
//	← {"seq":7,"results":[{"outcome":"stored"}]}
//	← {"seq":8,"error":"storage.away","retry_after":2}   nothing of message 8 counts as stored: send it again after so many seconds
//
// Binary: big-endian; a header, then fixes of FixSize bytes of the connection's own device.
//
//	→ frameFixes   uint8 = 1, seq uint32, n × fix
//	← frameResults uint8 = 2, seq uint32, n × uint8 outcome: 1 stored, 2 late, 3 duplicate, 4 heartbeat, 5 off shift, 6 unknown, 7 refused
//	← frameAway    uint8 = 3, seq uint32, uint16 seconds: nothing of the message counts as stored: send it again after so many seconds
//
//	offset of a fix  type    content
//	 0               int64   device time, ms since 1970 UTC; 0: none, the server's counts
//	 8               int32   longitude, 1e-7 degree, WGS-84; −2^31 with the same latitude: a heartbeat
//	12               int32   latitude, 1e-7 degree
//	16               uint16  speed, cm/s; 65535 unknown
//	18               uint16  course, 0.01 degree clockwise from north; 65535 unknown
//	20               uint16  accuracy, 0.1 m; 65535 unknown
//	22               uint8   battery, percent; 255 unknown
//	23               uint8   bit 0 charging, bit 1 not charging (neither: unknown), bit 2 the device distrusts the fix
//
// Outcomes 6 and 7 are final too: sending such a fix again doesn't help. What can never be taken, for another reason than its fixes, is answered with 7
// for every fix.
const (
	Subprotocol    = "wangge.device.v1"
	InFlight       = 8        // messages that may wait for their answer
	MaxMessage     = 64 << 10 // bytes of a message
	MaxSocketFixes = 512      // fixes of a message
	FixSize        = 24       // bytes of a fix in a binary message

	frameFixes   = 1
	frameResults = 2
	frameAway    = 3
	headerSize   = 5

	bitCharging    = 1 << 0
	bitNotCharging = 1 << 1
	bitInvalid     = 1 << 2
)

// Close codes of the device socket. "Reconnect" means: with growing pauses.
const (
	CloseGoingAway = 1001 // the server is shutting down: reconnect at once
	CloseTooBig    = 1009 // a message over MaxMessage: don't
	CloseMalformed = 4400 // a message that cannot be read: don't
	CloseSignedOut = 4401 // the worker's session has ended: sign in first
	CloseIdle      = 4408 // nothing, not even a pong, for 90 s: reconnect
	CloseRate      = 4429 // far more messages than a device may send: reconnect after a minute
	CloseFailed    = 4500 // the server failed: reconnect
)

// outcomes gives each outcome its number in frameResults.
var outcomes = map[tracking.Outcome]byte{
	tracking.Stored: 1, tracking.Late: 2, tracking.Duplicate: 3, tracking.Heartbeat: 4, tracking.OffShift: 5, tracking.Unknown: 6, tracking.Refused: 7,
}

// message is one message of a device.
type message struct {
	seq    uint32
	binary bool
	fixes  []tracking.Fix
}

// decodeBinary reads frameFixes.
func decodeBinary(b []byte, device string) (message, error) {
	n := (len(b) - headerSize) / FixSize
	switch {
	case len(b) < headerSize || b[0] != frameFixes || (len(b)-headerSize)%FixSize != 0:
		return message{}, fault.New(fault.Invalid, "request.body", "not a message of fixes")
	case n == 0 || n > MaxSocketFixes:
		return message{}, invalid("fixes", "maxItems", "1 to 512 fixes")
	}
	m := message{seq: binary.BigEndian.Uint32(b[1:]), binary: true, fixes: make([]tracking.Fix, n)}
	for i := range m.fixes {
		m.fixes[i] = decodeFix(b[headerSize+i*FixSize:], device)
	}
	return m, nil
}

func decodeFix(b []byte, device string) tracking.Fix {
	fix := blank(device, "socket")
	if ms := int64(binary.BigEndian.Uint64(b)); ms != 0 {
		fix.Time = time.UnixMilli(ms).UTC()
	}
	if lon, lat := int32(binary.BigEndian.Uint32(b[8:])), int32(binary.BigEndian.Uint32(b[12:])); lon != math.MinInt32 || lat != math.MinInt32 {
		fix.Lon, fix.Lat = float64(lon)/1e7, float64(lat)/1e7
	}
	fix.Speed, fix.Course = scaled(b[16:], 100), scaled(b[18:], 100)
	fix.Accuracy = scaled(b[20:], 10)
	if b[22] != math.MaxUint8 {
		fix.Battery = float64(b[22]) / 100
	}
	switch {
	case b[23]&bitCharging != 0:
		fix.Charging = 1
	case b[23]&bitNotCharging != 0:
		fix.Charging = 0
	}
	fix.Invalid = b[23]&bitInvalid != 0
	return fix
}

// scaled reads a uint16 in units of 1/scale; NaN when unknown.
func scaled(b []byte, scale float64) float64 {
	v := binary.BigEndian.Uint16(b)
	if v == math.MaxUint16 {
		return math.NaN()
	}
	return float64(v) / scale
}

// decodeText reads a text message.
func decodeText(b []byte, device string) (message, error) {
	var m struct {
		Seq uint32 `json:"seq"`
		batchMessage
	}
	if err := decodeJSON(b, &m); err != nil {
		return message{}, err
	}
	if len(m.Fixes) > MaxSocketFixes {
		return message{}, invalid("fixes", "maxItems", "1 to 512 fixes")
	}
	fixes, err := m.batchMessage.fixes(device, "socket")
	return message{seq: m.Seq, fixes: fixes}, err
}

// answer is what the server says about a message.
func (m *message) answer(results []tracking.Result) []byte {
	if !m.binary {
		b := strconv.AppendUint([]byte(`{"seq":`), uint64(m.seq), 10)
		return append(appendResults(append(b, `,"results":`...), results), '}')
	}
	b := m.header(frameResults)
	for _, r := range results {
		b = append(b, outcomes[r.Outcome])
	}
	return b
}

// refused says that none of a message's fixes will ever be taken.
func (m *message) refused(f *fault.Error) []byte {
	return m.answer(slices.Repeat([]tracking.Result{{Outcome: tracking.Refused, Code: f.Code}}, len(m.fixes)))
}

// away says that nothing of a message counts as stored.
func (m *message) away(f *fault.Error) []byte {
	seconds := min(retryAfter(f), math.MaxUint16)
	if !m.binary {
		b := strconv.AppendUint([]byte(`{"seq":`), uint64(m.seq), 10)
		b = strconv.AppendQuote(append(b, `,"error":`...), f.Code)
		return append(strconv.AppendInt(append(b, `,"retry_after":`...), int64(seconds), 10), '}')
	}
	return binary.BigEndian.AppendUint16(m.header(frameAway), uint16(seconds))
}

func (m *message) header(kind byte) []byte {
	return binary.BigEndian.AppendUint32([]byte{kind}, m.seq)
}
