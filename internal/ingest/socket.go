package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"wangge/internal/fault"
	"wangge/internal/tracking"
)

// Times of the device socket.
const (
	pingEvery    = 20 * time.Second
	idleLimit    = 90 * time.Second
	writeTimeout = 10 * time.Second
)

// socketOverrun is how many times as often as by single requests a device may send messages before it is cut off: it is slowed down long before,
// by its answers.
const socketOverrun = 10

// sockets are the open connections of devices, so that a shutdown can say goodbye.
type sockets struct {
	upgrader websocket.Upgrader
	mu       sync.Mutex
	open     map[*socket]struct{}
	closed   bool
}

func newSockets(fail func(http.ResponseWriter, *http.Request, error)) *sockets {
	return &sockets{
		upgrader: websocket.Upgrader{
			ReadBufferSize: 1024, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{}, HandshakeTimeout: writeTimeout,
			Subprotocols: []string{Subprotocol},
			CheckOrigin:  func(*http.Request) bool { return true }, // the server has checked it: it knows which other origins are trusted
			Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
				w.Header().Set("Sec-WebSocket-Version", "13") // RFC 6455, 4.4: tells a client of another version which one is spoken
				fail(w, r, handshakeFault(status, reason))
			},
		},
		open: map[*socket]struct{}{},
	}
}

func (s *sockets) add(k *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.open[k] = struct{}{}
	return true
}

func (s *sockets) remove(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
}

func (s *sockets) closeAll() {
	s.mu.Lock()
	s.closed = true
	open := make([]*socket, 0, len(s.open))
	for k := range s.open {
		open = append(open, k)
	}
	s.mu.Unlock()
	for _, k := range open {
		k.hangUp(CloseGoingAway, "the server is shutting down")
	}
}

// socket is one device's connection. The handler's goroutine reads; a second one answers.
type socket struct {
	in     *Ingest
	conn   *websocket.Conn
	caller tracking.Caller
	device string // of fixes that don't name their own
	pace   *rate.Limiter
	queue  chan underway // bounded by InFlight: a full one stops the reading
	ending atomic.Bool   // a close frame was sent
}

// underway is a message that waits for its commit.
type underway struct {
	message
	pending *tracking.Pending
	err     error // of the submission
}

// Socket answers GET /api/v1/device: the WebSocket of frame.go. It returns when the connection has ended, or soon after the request's context has:
// a session that ends closes with 4401.
func (in *Ingest) Socket(w http.ResponseWriter, r *http.Request) {
	c, user := callerOrWorker(r)
	query := r.URL.Query()
	if token := query.Get("token"); token != "" {
		c.Secret = token
	}
	device := firstOf(query.Get("id"), user)
	p := in.payerOf(c, device)
	if err := in.admit(r, c, device, p); err != nil {
		in.fail(w, r, err)
		return
	}
	k := &socket{
		in: in, caller: c, device: device, queue: make(chan underway, InFlight),
		pace: in.rates.of(p).times(socketOverrun),
	}
	var err error
	if k.conn, err = in.sockets.upgrader.Upgrade(w, r, nil); err != nil {
		return // the upgrader has answered
	}
	k.serve(r.Context())
}

// admit refuses before the upgrade what can be refused.
func (in *Ingest) admit(r *http.Request, c tracking.Caller, device string, p payer) error {
	if !websocket.IsWebSocketUpgrade(r) {
		return fault.New(fault.Invalid, "ingest.upgrade", "this address takes WebSocket connections only")
	}
	if !slices.Contains(websocket.Subprotocols(r), Subprotocol) {
		return fault.New(fault.Unsupported, "ingest.protocol", "the subprotocol must be "+Subprotocol, "protocol", Subprotocol)
	}
	if err := in.rates.take(p); err != nil {
		return err
	}
	return in.tracking.Admit(c, device, "socket")
}

// handshakeFault is a handshake's failure as a refusal, unless the server itself failed.
func handshakeFault(status int, reason error) error {
	if status >= http.StatusInternalServerError {
		return fmt.Errorf("ingest.Socket: %w", reason)
	}
	return fault.New(fault.Invalid, "ingest.upgrade", "the WebSocket could not be opened").Because(reason)
}

// serve reads until the connection ends, and then waits for the last answers.
func (k *socket) serve(ctx context.Context) {
	defer k.conn.Close() //nolint:errcheck // the connection is over
	if !k.in.sockets.add(k) {
		k.hangUp(CloseGoingAway, "the server is shutting down")
		return
	}
	defer k.in.sockets.remove(k)
	stop := context.AfterFunc(ctx, func() { k.hangUp(CloseSignedOut, "the session has ended") })
	defer stop()
	var answering sync.WaitGroup
	answering.Go(k.answerAll)
	code, reason := k.readAll(context.WithoutCancel(ctx))
	close(k.queue)
	answering.Wait()
	if code != 0 {
		k.hangUp(code, reason)
	}
}

// hangUp sends a close frame; the reader then ends with the connection. It may be called from any goroutine.
func (k *socket) hangUp(code int, reason string) {
	k.ending.Store(true)
	deadline := time.Now().Add(writeTimeout)
	_ = k.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline) // it may have gone already
	_ = k.conn.NetConn().SetReadDeadline(time.Now().Add(time.Second))                                     // time for its own close frame
}

// readAll takes messages until the connection ends or breaks a rule, and tells with which code to close; 0 when it is closed already.
func (k *socket) readAll(ctx context.Context) (code int, reason string) {
	k.conn.SetReadLimit(MaxMessage)
	k.conn.SetPongHandler(k.heard)
	for {
		if k.heard("") != nil {
			return 0, ""
		}
		kind, b, err := k.conn.ReadMessage()
		if err != nil {
			return closeCode(err)
		}
		if !k.pace.Allow() {
			return CloseRate, "too many messages"
		}
		m, err := k.decode(kind, b)
		if err != nil {
			return CloseMalformed, fault.As(err).Text
		}
		pending, err := k.in.tracking.Submit(ctx, k.caller, m.fixes)
		k.queue <- underway{m, pending, err}
	}
}

// heard puts the idle limit off, unless the connection is being closed.
func (k *socket) heard(string) error {
	err := k.conn.SetReadDeadline(time.Now().Add(idleLimit))
	if k.ending.Load() {
		return net.ErrClosed // after setting: hangUp's own limit then comes later and stays
	}
	return err
}

func (k *socket) decode(kind int, b []byte) (message, error) {
	if kind == websocket.BinaryMessage {
		return decodeBinary(b, k.device)
	}
	return decodeText(b, k.device)
}

// closeCode tells how to close after a failed read.
func closeCode(err error) (int, string) {
	var silent net.Error
	if errors.As(err, &silent) && silent.Timeout() {
		return CloseIdle, "nothing was heard"
	}
	return 0, "" // closed by the peer, broken, or over the read limit, to which gorilla answers by itself (1009)
}

// answerAll answers messages in order and pings in between. When it can't write any more it goes on taking messages, so that the reader ends.
func (k *socket) answerAll() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	healthy := true
	for {
		select {
		case u, ok := <-k.queue:
			if !ok {
				return
			}
			healthy = k.answer(u) && healthy
		case <-ping.C:
			healthy = k.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) == nil && healthy
		}
		if !healthy {
			_ = k.conn.NetConn().SetReadDeadline(time.Now()) // ends the reader
		}
	}
}

// answer waits for one message's commit and says what became of it; false when the connection doesn't take it.
func (k *socket) answer(u underway) bool {
	var results []tracking.Result
	err := u.err
	if err == nil {
		results, err = u.pending.Wait(context.Background()) // a commit has a deadline of its own
	}
	kind := websocket.TextMessage
	if u.binary {
		kind = websocket.BinaryMessage
	}
	answer := []byte(nil)
	switch f := fault.As(err); {
	case err == nil:
		answer = u.message.answer(results)
	case f == nil:
		k.hangUp(CloseFailed, "the server failed")
		return false
	case f.Kind == fault.Unavailable || f.Kind == fault.TooMany:
		answer = u.away(f)
	default:
		answer = u.refused(f) // it would be refused every time
	}
	if k.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil {
		return false
	}
	return k.conn.WriteMessage(kind, answer) == nil
}
