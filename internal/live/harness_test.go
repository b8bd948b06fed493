package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/paulmach/orb"

	"wangge/internal/area"
	"wangge/internal/event"
	"wangge/internal/fault"
	"wangge/internal/identity"
	"wangge/internal/post"
	"wangge/internal/tracking"
)

// The test district: two subdistricts side by side, a community with one grid in each.
const (
	testDistrict = "371402"
	west, south  = 116.0, 37.0
	east, north  = 116.4, 37.4
)

func testAreas(t testing.TB) *area.Index {
	box := func(w, e float64) orb.MultiPolygon {
		return orb.MultiPolygon{{{{w, south}, {e, south}, {e, north}, {w, north}, {w, south}}}}
	}
	middle := (west + east) / 2
	index, err := area.NewIndex([]area.Area{
		{ID: 1, Code: testDistrict, Level: area.District, Boundary: box(west, east)},
		{ID: 2, Code: testDistrict + "001", Level: area.Subdistrict, Parent: testDistrict, Boundary: box(west, middle)},
		{ID: 3, Code: testDistrict + "002", Level: area.Subdistrict, Parent: testDistrict, Boundary: box(middle, east)},
		{ID: 4, Code: testDistrict + "001001", Level: area.Community, Parent: testDistrict + "001", Boundary: box(west, middle)},
		{ID: 5, Code: testDistrict + "002001", Level: area.Community, Parent: testDistrict + "002", Boundary: box(middle, east)},
		{ID: 6, Code: testDistrict + "0010010001", Level: area.Grid, Parent: testDistrict + "001001", Boundary: box(west, middle)},
		{ID: 7, Code: testDistrict + "0020010001", Level: area.Grid, Parent: testDistrict + "002001", Boundary: box(middle, east)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// crowd is a directory for tests: odd handles are posted to the first grid, even ones to the second, unless said otherwise.
type crowd struct {
	mu   sync.Mutex
	off  map[int32]bool
	area map[int32]string
}

func (d *crowd) Worker(id int32) (post.Worker, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id <= 0 || id > 100_000 {
		return post.Worker{}, false
	}
	code := d.area[id]
	if code == "" {
		code = testDistrict + "0020010001"
		if id%2 == 1 {
			code = testDistrict + "0010010001"
		}
	}
	return post.Worker{ID: id, Name: fmt.Sprint("worker ", id), Duty: post.GridMember, Area: code}, true
}

func (d *crowd) OnShift(id int32, _ time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.off[id]
}

func (d *crowd) endShift(id int32, over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off[id] = over
}

// memoryLog is an event log in memory, as a database would show it.
type memoryLog struct {
	mu     sync.Mutex
	epoch  uint64
	events []event.Event
	start  int // how many were dropped
	xid    uint64
	wake   chan struct{}
}

func newMemoryLog() *memoryLog { return &memoryLog{epoch: 77, xid: 1, wake: make(chan struct{}, 1)} }

func (l *memoryLog) append(kind, id, area string, version int64, data string) event.Cursor {
	l.mu.Lock()
	l.xid++
	c := event.Cursor{Epoch: l.epoch, XID: l.xid, ID: int64(len(l.events) + 1)}
	entity, _, _ := strings.Cut(kind, ".")
	l.events = append(l.events, event.Event{
		Cursor: c, Kind: kind, Entity: entity, EntityID: id, Version: version, Area: area, At: time.Now(), Written: time.Now(), Data: json.RawMessage(data),
	})
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return c
}

func (l *memoryLog) drop(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start = n
}

func (l *memoryLog) EventsAfter(_ context.Context, after event.Cursor, limit int) (out []event.Event, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events[l.start:] {
		if after.Before(e.Cursor) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (l *memoryLog) EventHead(context.Context) (event.Cursor, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return event.Cursor{Epoch: l.epoch, XID: l.xid + 1}, nil
}

func (l *memoryLog) EventsStart(context.Context) (event.Cursor, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.start == len(l.events) {
		return event.Cursor{Epoch: l.epoch}, nil
	}
	return l.events[l.start].Cursor, nil
}

func (l *memoryLog) WaitForEvents(ctx context.Context, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-l.wake:
	case <-timer.C:
	}
}

// snapshot holds the newest version of every incident of the log, as the program's own does from its tables.
func (l *memoryLog) snapshot(ctx context.Context, p identity.Principal) ([]SnapshotPart, event.Cursor, error) {
	head, _ := l.EventHead(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	newest, order := map[string]event.Event{}, []string{}
	for _, e := range l.events {
		if e.Entity == "incident" && p.Sees(e.Area) {
			if _, known := newest[e.EntityID]; !known {
				order = append(order, e.EntityID)
			}
			newest[e.EntityID] = e
		}
	}
	part := SnapshotPart{Kind: "incident"}
	for _, id := range order {
		part.Items = append(part.Items, mustJSON(map[string]any{"id": id, "version": newest[id].Version}))
	}
	return []SnapshotPart{part, {Kind: "shift"}}, head, nil
}

// stage is a hub behind a real HTTP server.
type stage struct {
	t     testing.TB
	hub   *Hub
	table *tracking.Table
	crowd *crowd
	log   *memoryLog
	url   string

	mu         sync.Mutex
	principals map[string]identity.Principal // by session
	ended      map[string]bool
}

func operator(scope string) identity.Principal {
	return identity.Principal{AccountID: 1, Name: "operator", DisplayName: "值班员", Role: identity.Operator, Scope: scope}
}

// newStage starts a hub; change, if not nil, may change its options.
func newStage(t testing.TB, change func(*Options)) *stage {
	t.Helper()
	s := &stage{
		t: t, table: tracking.NewTable(), log: newMemoryLog(),
		crowd:      &crowd{off: map[int32]bool{}, area: map[int32]string{}},
		principals: map[string]identity.Principal{"operator": operator(testDistrict)},
		ended:      map[string]bool{},
	}
	index := testAreas(t)
	opts := Options{
		Broker: NewMemoryBroker(s.table), Table: s.table, Directory: s.crowd, Log: s.log, Snapshot: s.log.snapshot,
		Areas: func() *area.Index { return index }, Valid: s.valid, Server: "test", Node: "n1", MaxPerAccount: 100,
		Session: func(r *http.Request) string { return r.URL.Query().Get("as") },
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&opts)
	}
	s.hub = New(opts)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.hub.Run(ctx) }()
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	s.url = server.URL
	t.Cleanup(func() {
		closing, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		s.hub.Close(closing)
		cancel()
		<-done
		server.Close()
	})
	return s
}

func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p, ok := s.principals[r.URL.Query().Get("as")]
	s.mu.Unlock()
	if !ok {
		http.Error(w, "nobody", http.StatusUnauthorized)
		return
	}
	if err := s.hub.Serve(w, r, p); err != nil {
		w.Header().Set("X-Code", fault.As(err).Code)
		w.WriteHeader(http.StatusTeapot)
	}
}

func (s *stage) valid(_ context.Context, session string, _ identity.Principal) (identity.Principal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended[session] {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "session", "over")
	}
	return s.principals[session], nil
}

// put places a worker, degrees, fixed now.
func (s *stage) put(worker int32, lon, lat float64) tracking.Motion {
	now := time.Now().UnixMilli()
	m := tracking.Motion{
		Worker: worker, Lon: int32(lon * 1e7), Lat: int32(lat * 1e7), At: now, Seen: now,
		Grid: 6, Speed: 120, Course: 9000, Accuracy: 50, Battery: 80,
	}
	if lon > (west+east)/2 {
		m.Grid = 7
	}
	s.hub.opts.Broker.Publish([]tracking.Motion{m})
	return m
}

// peer is a client of the stage that keeps everything it is told.
type peer struct {
	t    testing.TB
	conn *websocket.Conn
	done chan struct{} // closed when the connection is over

	mu        sync.Mutex
	holding   Holding
	known     map[int32]string
	strangers []int32 // whose position came before their identity
	twice     []int32 // whose identity came more than once
	messages  []map[string]any
	cursor    string
	frames    int
	bytes     int
	code      int // of the close frame
	err       error
	paused    chan struct{} // reading waits for it
}

// dial connects as the holder of a session.
func (s *stage) dial(session string) *peer {
	s.t.Helper()
	p, err := s.tryDial(session, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) tryDial(session string, header http.Header) (*peer, error) {
	dialer := websocket.Dialer{Subprotocols: []string{Protocol}}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+"?as="+session, header)
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("%w: %s", err, response.Header.Get("X-Code"))
		}
		return nil, err
	}
	// A small buffer that the system doesn't let grow: a reader that stops is soon felt.
	if err := conn.UnderlyingConn().(*net.TCPConn).SetReadBuffer(32 << 10); err != nil {
		return nil, err
	}
	p := &peer{t: s.t, conn: conn, done: make(chan struct{}), known: map[int32]string{}}
	p.holding.Changed = func(_ uint64, worker int32, _ Position) {
		if p.known[worker] == "" {
			p.strangers = append(p.strangers, worker)
		}
	}
	go p.read()
	s.t.Cleanup(func() { conn.Close() })
	return p, nil
}

func (p *peer) read() {
	defer close(p.done)
	for {
		kind, body, err := p.conn.ReadMessage()
		p.mu.Lock()
		wait := p.paused
		if err == nil {
			err = p.take(kind, body)
		}
		if err != nil {
			p.err = err
			if closed, ok := err.(*websocket.CloseError); ok {
				p.code = closed.Code
			}
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		if wait != nil {
			<-wait
		}
	}
}

func (p *peer) take(kind int, body []byte) error {
	p.bytes += len(body)
	if kind == websocket.BinaryMessage {
		p.frames++
		return p.holding.Apply(body)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return err
	}
	if m["t"] == "identity" {
		for _, w := range m["workers"].([]any) {
			worker := w.(map[string]any)
			id := int32(worker["id"].(float64))
			if p.known[id] != "" {
				p.twice = append(p.twice, id)
			}
			p.known[id] = worker["name"].(string)
		}
		return nil
	}
	if cursor, ok := m["cursor"].(string); ok {
		p.cursor = cursor
	}
	p.messages = append(p.messages, m)
	return nil
}

// pause stops reading until the returned function is called.
func (p *peer) pause() (resume func()) {
	wait := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = wait
	return func() {
		p.mu.Lock()
		p.paused = nil
		p.mu.Unlock()
		close(wait)
	}
}

func (p *peer) say(format string, args ...any) {
	p.t.Helper()
	if err := p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		p.t.Error(err)
	}
}

// everything looks at the whole scope.
func (p *peer) everything() { p.say(`{"op":"view","detail":"positions"}`) }

func (p *peer) look(w, s, e, n float64) {
	p.say(`{"op":"view","bbox":[%v,%v,%v,%v],"zoom":15,"detail":"auto"}`, w, s, e, n)
}

// eventually waits until what it asks for is so; it never tells how long that took.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never came true: %s", what)
}

// await waits until the peer's state is as asked.
func (p *peer) await(what string, ok func() bool) {
	p.t.Helper()
	eventually(p.t, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return ok()
	})
}

// said lists the messages of one kind; p.mu is held.
func (p *peer) said(kind string) (out []map[string]any) {
	for _, m := range p.messages {
		if m["t"] == kind {
			out = append(out, m)
		}
	}
	return out
}

// eventIDs lists "id/version" of all event items in the order in which they came; p.mu is held.
func (p *peer) eventIDs() (ids []string) {
	for _, m := range p.said("events") {
		for _, item := range m["items"].([]any) {
			i := item.(map[string]any)
			ids = append(ids, fmt.Sprintf("%v/%v", i["id"], i["version"]))
		}
	}
	return ids
}

// holds lists the workers held in a section, ascending; p.mu is held.
func (p *peer) holds(section uint64) []int32 {
	ids := []int32{}
	for id := range p.holding.Sections[section] {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// closed waits for the connection's end and tells the code.
func (p *peer) closed() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.t.Fatal("the connection is still open")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code
}
