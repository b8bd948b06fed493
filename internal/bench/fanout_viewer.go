package bench

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"wangge/internal/live"
)

// spectator is one viewer of the fan-out bench. It reads with as little work as can be, since it shares the machine with the server.
type spectator struct {
	ledger *ledger
	conn   net.Conn
	r      *bufio.Reader
	body   []byte
	own    bool // has a view of its own, box, and so frames that nobody else has
	box    box
	kept   []kept       // its own frames
	bytes  []byte       // of them
	ready  atomic.Bool  // has been told everything
	newest atomic.Int64 // server time of the newest frame, ms since 1970 UTC
	gate   sync.Mutex   // locked by whoever wants it to stop reading
	count  count
	err    error
}

// kept is a frame that is decoded later.
type kept struct {
	received int64 // ns since 1970 UTC
	header   int   // bytes of its header
	from, to int   // of spectator.bytes
}

// count is what a spectator has seen.
type count struct {
	bytes     int64 // of frames made in the window, with their headers
	positions int64 // in those frames
	fixes     int64 // fixes of the window that it was to see
	wrong     int64 // positions that aren't where the worker was
	anew      int64 // frames in the window that told everything: something before was skipped
	early     latencies
	late      latencies // of fixes from the second window on
}

// box is a view, 1e-6 degree.
type box struct{ west, south, east, north int32 }

func (b box) has(lon, lat int32) bool {
	return lon >= b.west && lon <= b.east && lat >= b.south && lat <= b.north
}

// latencies is a histogram in milliseconds; the last bin is for all that took longer.
type latencies [4096]uint32

func (l *latencies) add(ns int64, n uint32) {
	l[min(max(ns, 0)/int64(time.Millisecond), int64(len(l)-1))] += n
}

func (l *latencies) merge(o *latencies) {
	for i, n := range o {
		l[i] += n
	}
}

// quantile is the latency, in milliseconds, that the share of all stays below or at.
func (l *latencies) quantile(share float64) float64 {
	total, sum := 0.0, 0.0
	for _, n := range l {
		total += float64(n)
	}
	for ms, n := range l {
		if sum += float64(n); n > 0 && sum >= share*total {
			return float64(ms + 1)
		}
	}
	return 0
}

// handshake opens a WebSocket without a library: the generator's reading must cost as little as plain TCP.
const handshake = "GET /api/v1/live HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2FuZ2dlIGZhbi1vdXQgIQ==\r\nSec-WebSocket-Protocol: " + live.Protocol + "\r\n\r\n"

// connect opens a WebSocket and says what it looks at.
func (s *spectator) connect(addr, view string) error {
	if err := s.open(addr); err != nil {
		return err
	}
	if _, err := io.WriteString(s.conn, handshake); err != nil {
		return err
	}
	answer, err := http.ReadResponse(s.r, nil)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the hub answered %s", answer.Status)
	}
	return s.say(0x81, view)
}

// open connects without a word, as to the plain TCP server.
func (s *spectator) open(addr string) (err error) {
	if s.conn, err = net.Dial("tcp", addr); err != nil {
		return err
	}
	s.r = bufio.NewReaderSize(s.conn, 32<<10)
	return nil
}

// say sends one frame, masked with zeros as RFC 6455 §5.3 asks for a mask, not for a good one.
func (s *spectator) say(first byte, text string) error {
	b := []byte{first, 0x80 | byte(len(text))}
	if len(text) > 125 {
		b = binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(len(text)))
	}
	_, err := s.conn.Write(append(append(b, 0, 0, 0, 0), text...))
	return err
}

// read reads until the connection is closed.
func (s *spectator) read() {
	for {
		opcode, header, err := s.next()
		if err == nil {
			switch opcode {
			case 2:
				err = s.ledger.take(s, header, time.Now().UnixNano())
			case 8:
				err = fmt.Errorf("the hub said goodbye: %q", s.body)
			case 9:
				err = s.say(0x8a, "")
			}
		}
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.err = err
			}
			return
		}
		s.pass()
	}
}

// next reads one unfragmented frame into s.body and tells the size of its header.
func (s *spectator) next() (opcode byte, header int, err error) {
	h, err := s.r.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	opcode, header = h[0]&0xf, 2
	size := int(h[1])
	if size >= 126 {
		header = map[int]int{126: 4, 127: 10}[size]
		if h, err = s.r.Peek(header); err != nil {
			return 0, 0, err
		}
		if size = int(binary.BigEndian.Uint16(h[2:])); header == 10 {
			size = int(binary.BigEndian.Uint64(h[2:]))
		}
	}
	s.r.Discard(header) //nolint:errcheck // it was peeked
	if size > frameLimit {
		return 0, 0, fmt.Errorf("a frame of %d bytes", size)
	}
	if cap(s.body) < size {
		s.body = make([]byte, size, size+size/4)
	}
	s.body = s.body[:size]
	_, err = io.ReadFull(s.r, s.body)
	return opcode, header, err
}

// pass waits while the gate is closed.
func (s *spectator) pass() {
	s.gate.Lock()
	defer s.gate.Unlock()
}
