package live

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"wangge/internal/identity"
)

// Close codes (docs/protocol.md §5).
const (
	CloseGoingAway = 1001 // shutting down: reconnect at once, with the cursor
	CloseMalformed = 4400 // the client broke the protocol: don't
	CloseSignedOut = 4401 // the session has ended: sign in first
	CloseChanged   = 4403 // rights or scope have changed: reconnect at once, without the cursor
	CloseIdle      = 4408 // nothing heard: reconnect, with the cursor
	CloseOverflow  = 4413 // events could not be delivered: reconnect, with the cursor
	CloseSurplus   = 4429 // too many connections of this account: don't, unless the person asks
	CloseFailed    = 4500 // the server failed: reconnect with backoff, with the cursor
)

// Portions of writing.
const (
	writePortion = 64 << 10  // queued messages are written in portions of about this size
	waitBelow    = 256 << 10 // a snapshot waits while this much is queued
)

// queued is one message that waits: a whole WebSocket message, shared between clients and never changed.
type queued struct {
	message []byte
	event   bool // counts against the limits for events
}

// client is one connection. Its read loop has a goroutine of its own; writing is done by whoever holds mu and has something, without
// blocking, until the socket is full: then a goroutine of the client's own waits for it (flushing), and everybody else leaves the
// socket alone.
type client struct {
	// What every tick looks at comes first and close together: with thousands of clients each cache line more shows.
	mu       sync.Mutex
	flushing bool        // the client's own goroutine is writing
	ending   bool        // goodbye is queued: nothing more is
	over     bool        // the connection is over
	stuck    atomic.Bool // one of the three, for whoever doesn't hold mu: putting a frame together would be in vain
	queue    []queued
	socket   socket
	heard    atomic.Int64 // when anything last came from the peer, ms since 1970 UTC
	pinged   int64        // likewise, when it was last pinged
	gaze     gaze         // of the hub's loop

	// The rest of what mu guards.
	size       int    // bytes in queue
	eventCount int    // messages of events in queue
	eventBytes int    // bytes of them
	pending    []byte // the rest of a write that the socket didn't take
	want       want
	room       chan struct{} // has a token when the queue has become shorter

	hub       *Hub
	number    uint64 // grows with every connection of the node
	principal identity.Principal
	session   string
	conn      *websocket.Conn
	gone      chan struct{} // closed when the connection is over

	told       toldCounts   // of the hub's loop
	events     subscription // of the tail
	subscribed bool         // of the read loop: events were asked for
}

// planned is what a tick has for a client.
type planned struct {
	frame []byte // with its WebSocket header; empty for nothing
	size  int    // positions in it
}

// plan decides what a tick has for the client. A client whose socket is full gets nothing but, later, everything. It takes no lock: waiting
// for the memory of one client would keep the processor from fetching that of the next.
func (c *client) plan(s *server) (p planned) {
	switch due := c.gaze.lane != nil && c.gaze.lane.due; {
	case due && c.stuck.Load():
		s.skip(c)
	case due:
		p.frame, p.size = s.look(c)
	}
	return p
}

// deliver writes what is queued and then what was planned.
func (c *client) deliver(s *server, p planned, now int64) {
	c.mu.Lock()
	if s.attending && !c.over {
		c.attend(now)
	}
	switch {
	case c.over || len(c.queue) == 0 && len(p.frame) == 0:
	case c.flushing || c.ending: // since it was planned
		if len(p.frame) > 0 {
			s.skip(c)
		}
	default:
		if sent := c.write(s, p.frame); sent {
			s.frames++
			s.positions += uint64(p.size)
		} else if len(p.frame) > 0 {
			s.skip(c)
		}
	}
	c.mu.Unlock()
}

// skip notes that a client has missed a frame.
func (s *server) skip(c *client) {
	c.gaze.synced = false
	s.skipped++
}

// attend pings a peer now and then and disconnects one from which nothing comes. c.mu is held.
func (c *client) attend(now int64) {
	if now-c.heard.Load() > c.hub.opts.Idle.Milliseconds() {
		c.byeLocked(CloseIdle, "nothing was heard for too long")
		return
	}
	if now-c.pinged >= PingEvery.Milliseconds() && !c.flushing && !c.ending {
		c.pinged = now
		c.push(message(opPing, nil))
	}
}

// write writes the queue and then the frame, as far as the socket takes them, and tells whether the frame was sent: what the socket didn't
// take of the last portion is copied and written by the client's own goroutine. A frame that didn't come to its turn is dropped. c.mu is
// held and the client is not flushing.
func (c *client) write(s *server, frame []byte) (sent bool) {
	if len(c.queue) == 0 {
		return c.put(s, frame)
	}
	for len(c.queue) > 0 && !c.flushing && !c.over {
		s.out = c.portion(s.out[:0])
		if len(c.queue) == 0 && len(frame) > 0 {
			s.out, sent = append(s.out, frame...), true
		}
		c.put(s, s.out)
	}
	return sent
}

// portion takes messages off the queue, about writePortion of them. c.mu is held.
func (c *client) portion(b []byte) []byte {
	for len(c.queue) > 0 && len(b) < writePortion {
		b = append(b, c.pop()...)
	}
	return b
}

// put writes as much as the socket takes and hands the rest over to the client's own goroutine. c.mu is held.
func (c *client) put(s *server, b []byte) bool {
	n, err := c.socket.try(b)
	s.writes++
	s.bytes += uint64(len(b))
	if err != nil {
		c.over = true
		c.stuck.Store(true)
		go c.cut() // closing takes locks of others
		return false
	}
	if n < len(b) {
		c.pending = append([]byte(nil), b[n:]...)
		c.flushing = true
		c.stuck.Store(true)
		go c.flush()
	}
	return true
}

// flush writes, waiting for the socket, until nothing is queued. Messages are shared by many clients, so a client that has to wait costs
// no copy of them.
func (c *client) flush() {
	for b := c.pending; b != nil; b = c.take() {
		if err := c.socket.wait(b); err != nil {
			c.cut()
			return
		}
	}
}

// take takes the next message off the queue for flush, whose work is done when there is none.
func (c *client) take() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = nil
	if len(c.queue) == 0 {
		c.flushing = false
		c.stuck.Store(c.ending || c.over)
		return nil
	}
	return c.pop()
}

// pop takes the first message off the queue. c.mu is held.
func (c *client) pop() []byte {
	q := c.queue[0]
	c.size -= len(q.message)
	if q.event {
		c.eventCount--
		c.eventBytes -= len(q.message)
	}
	c.queue[0] = queued{}
	if c.queue = c.queue[1:]; len(c.queue) == 0 {
		c.queue = nil
	}
	select {
	case c.room <- struct{}{}:
	default:
	}
	return q.message
}

// push queues messages that must not be lost. c.mu is held.
func (c *client) push(messages ...[]byte) {
	if c.ending || c.over {
		return
	}
	for _, m := range messages {
		c.queue = append(c.queue, queued{message: m})
		c.size += len(m)
	}
}

// tell queues messages that must not be lost.
func (c *client) tell(messages ...[]byte) {
	c.mu.Lock()
	c.push(messages...)
	c.mu.Unlock()
}

// say queues a message and writes it at once if the socket takes it.
func (c *client) say(m []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.push(m)
	c.nudge()
}

// nudge writes the queue outside of the hub's loop. c.mu is held.
func (c *client) nudge() {
	if c.flushing || c.over || len(c.queue) == 0 {
		return
	}
	s := server{hub: c.hub}
	c.write(&s, nil)
	c.hub.metrics.add(&s)
}

// pushEvents queues a message of events; a client whose queue is full is disconnected, since events may not be dropped.
func (c *client) pushEvents(m []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending || c.over {
		return
	}
	if c.eventCount >= queueEvents || c.eventBytes+len(m) > queueBytes {
		c.byeLocked(CloseOverflow, "events could not be delivered fast enough")
		return
	}
	c.queue = append(c.queue, queued{message: m, event: true})
	c.size += len(m)
	c.eventCount++
	c.eventBytes += len(m)
}

// pushPatiently queues a message when little is queued, waiting for that; false when the connection ended first.
func (c *client) pushPatiently(m []byte) bool {
	for {
		c.mu.Lock()
		if c.ending || c.over {
			c.mu.Unlock()
			return false
		}
		if c.size < waitBelow {
			c.push(m)
			c.nudge()
			c.mu.Unlock()
			return true
		}
		c.mu.Unlock()
		select {
		case <-c.room:
		case <-c.gone:
			return false
		}
	}
}

// wanted tells what the client has asked for last, and whether it has gone.
func (c *client) wanted() (want, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want, c.over
}

// bye ends the connection with a code: the peer is told why and has byeWait to answer.
func (c *client) bye(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byeLocked(code, reason)
}

// byeLocked is bye with c.mu held.
func (c *client) byeLocked(code int, reason string) {
	if c.ending || c.over {
		return
	}
	if code == CloseOverflow { // it resumes behind what it has got
		c.queue, c.size = nil, 0
	}
	c.hub.metrics.closes.WithLabelValues(closeLabel(code)).Inc()
	c.push(message(opText, mustJSON(byeMessage{T: "bye", Code: code, Reason: reason})),
		message(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)))
	c.nudge()
	c.ending = true
	c.stuck.Store(true)
	time.AfterFunc(byeWait, c.cut)
}

// cut ends the connection at once. From the moment that over is set nobody writes to the socket outside of the runtime's guard.
func (c *client) cut() {
	c.mu.Lock()
	c.over = true
	c.stuck.Store(true)
	c.queue, c.pending = nil, nil
	select {
	case <-c.gone:
	default:
		close(c.gone)
	}
	c.mu.Unlock()
	c.conn.Close()
}
