package live

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"wangge/internal/fault"
	"wangge/internal/identity"
)

// What a client may send: more than this is read later, not refused.
const (
	messagesPerSecond = 50
	messageBurst      = 100
)

// Buffers of a connection: clients send little, and what the server sends doesn't go through the library.
const (
	readBuffer   = 1024
	writeBuffer  = 256
	socketBuffer = 256 << 10 // of the system's send buffer: what a stopped reader finds first when it goes on
)

// Serve opens the live stream for a principal (docs/protocol.md §1). Before the upgrade it refuses with a fault, which the caller answers;
// after it the connection has goroutines of its own, and Serve returns nil at once.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, p identity.Principal) error {
	if err := h.admissible(r, p); err != nil {
		return err
	}
	session := ""
	if h.opts.Session != nil {
		session = h.opts.Session(r)
	}
	conn, err := upgrade(w, r)
	if err != nil {
		return err
	}
	c := h.newClient(conn, p, session)
	c.say(h.hello(p))
	surplus, closing := h.join(c)
	for _, old := range surplus {
		old.bye(CloseSurplus, "this account has opened too many connections: the oldest gives way")
	}
	if closing {
		c.bye(CloseGoingAway, goingAway)
	}
	go c.read()
	return nil
}

// admissible checks everything that can be refused before the upgrade.
func (h *Hub) admissible(r *http.Request, p identity.Principal) error {
	if !p.May(identity.LiveConnect) {
		return fault.New(fault.Forbidden, "live.right", "this account may not open the live stream")
	}
	if !h.allowedOrigin(r) {
		return fault.New(fault.Forbidden, "live.origin", "the page that asks is not of this server", "origin", r.Header.Get("Origin"))
	}
	if !websocket.IsWebSocketUpgrade(r) {
		return fault.New(fault.Invalid, "live.upgrade", "this address speaks WebSocket only")
	}
	if !slices.Contains(websocket.Subprotocols(r), Protocol) {
		return fault.New(fault.Unsupported, "live.protocol", "the subprotocol must be "+Protocol, "protocol", Protocol)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return fault.New(fault.Unavailable, "live.closing", "the server is shutting down").WithRetry(time.Second)
	}
	if len(h.clients) >= h.opts.MaxViewers {
		return fault.New(fault.Unavailable, "live.full", "the server has as many viewers as it takes").WithRetry(10 * time.Second)
	}
	return nil
}

// allowedOrigin lets in pages of this server, the configured foreign ones, and callers that are no pages (no Origin).
func (h *Hub) allowedOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(h.opts.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

func upgrade(w http.ResponseWriter, r *http.Request) (*websocket.Conn, error) {
	upgrader := websocket.Upgrader{
		ReadBufferSize: readBuffer, WriteBufferSize: writeBuffer, HandshakeTimeout: 10 * time.Second,
		Subprotocols: []string{Protocol},
		CheckOrigin:  func(*http.Request) bool { return true }, // checked before
		Error:        func(http.ResponseWriter, *http.Request, int, error) {},
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil, fault.New(fault.Invalid, "live.upgrade", "the WebSocket could not be opened").Because(err)
	}
	if buffered, ok := conn.NetConn().(interface{ SetWriteBuffer(int) error }); ok {
		buffered.SetWriteBuffer(socketBuffer) //nolint:errcheck // without it only the system's own limit applies
	}
	return conn, nil
}

func (h *Hub) newClient(conn *websocket.Conn, p identity.Principal, session string) *client {
	c := &client{
		hub: h, principal: p, session: session, conn: conn, socket: newSocket(conn.NetConn()),
		gone: make(chan struct{}), room: make(chan struct{}, 1), pinged: time.Now().UnixMilli(),
	}
	c.want.view.detail = DetailNone
	c.heard.Store(time.Now().UnixMilli())
	conn.SetPingHandler(func(data string) error {
		c.heard.Store(time.Now().UnixMilli())
		c.say(message(opPong, []byte(data)))
		return nil
	})
	conn.SetPongHandler(func(string) error {
		c.heard.Store(time.Now().UnixMilli())
		return nil
	})
	conn.SetCloseHandler(func(int, string) error { return nil })
	return c
}

func (h *Hub) hello(p identity.Principal) []byte {
	return message(opText, mustJSON(helloMessage{
		T: "hello", Protocol: Protocol, Server: h.opts.Server, Node: h.opts.Node,
		Now: time.Now().UnixMilli(), Tick: Tick.Milliseconds(),
		Me: helloMe{
			Account: p.Name, Name: p.DisplayName, Role: string(p.Role), Scope: p.Scope, Positions: p.May(identity.PositionRead),
		},
		Limits: helloLimits{Message: MessageLimit, Follow: FollowLimit, Idle: h.opts.Idle.Milliseconds()},
	}))
}

// read hears what the client says until the connection is over.
func (c *client) read() {
	ctx, cancel := context.WithCancel(context.Background())
	defer func() {
		cancel()
		c.cut()
		c.hub.leave(c)
	}()
	limiter := rate.NewLimiter(messagesPerSecond, messageBurst)
	for {
		kind, r, err := c.conn.NextReader()
		if err != nil {
			return
		}
		c.heard.Store(time.Now().UnixMilli())
		if c.message(ctx, kind, r) != nil || limiter.Wait(ctx) != nil {
			return
		}
	}
}

// bodies are the buffers in which messages are read: a client that says nothing has none.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// message reads one message and does what it asks for; an error only when the connection is broken.
func (c *client) message(ctx context.Context, kind int, r io.Reader) error {
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(io.LimitReader(r, MessageLimit+1)); err != nil {
		return err
	}
	switch {
	case body.Len() > MessageLimit:
		c.bye(CloseMalformed, "the message is too long")
	case kind != websocket.TextMessage:
		c.bye(CloseMalformed, "clients send text only")
	default:
		c.hear(ctx, body.Bytes())
	}
	return nil
}

// hear does what one message asks for.
func (c *client) hear(ctx context.Context, body []byte) {
	m, err := decodeControl(body)
	if err != nil {
		c.bye(CloseMalformed, fault.As(err).Text)
		return
	}
	switch m.Op {
	case opEvents:
		if c.subscribed {
			c.bye(CloseMalformed, "events can be asked for once per connection")
			return
		}
		c.subscribed = true
		go c.hub.tail.subscribe(ctx, c, m.Cursor)
	case opEcho:
		c.say(message(opText, mustJSON(pongMessage{T: "pong", ID: m.ID, Now: time.Now().UnixMilli()})))
	default:
		c.wish(m)
	}
}

// wish remembers what the client wants to see; the hub's loop looks at it with the next tick.
func (c *client) wish(m control) {
	c.mu.Lock()
	switch m.Op {
	case opView:
		c.want.view = m.view()
	case opFollow:
		c.want.follow = m.Workers
	case opPace:
		c.want.hidden = m.Hidden
	}
	c.mu.Unlock()
	c.hub.notice(c)
}
