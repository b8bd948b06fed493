package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"wangge/internal/live"
)

// viewer is a page as docs/protocol.md describes it: it subscribes to events and positions, reconnects with its cursor, and moves on to
// another node when one is gone.
type viewer struct {
	nodes   []string // http addresses, tried in turn
	cookies []*http.Cookie

	mu        sync.Mutex
	cursor    string
	incidents map[string]incidentSeen
	staged    map[string]incidentSeen
	holding   live.Holding
	statuses  []bool // degraded or not, as told
	versions  map[string]int64
	disorder  []string // what must never happen
	connects  int
}

// incidentSeen is what a viewer remembers of an incident.
type incidentSeen struct {
	ID      int64  `json:"id"`
	State   string `json:"state"`
	Version int64  `json:"version"`
}

func watch(ctx context.Context, t *testing.T, cookies []*http.Cookie, nodes ...string) *viewer {
	t.Helper()
	v := &viewer{nodes: nodes, cookies: cookies, incidents: map[string]incidentSeen{}, versions: map[string]int64{}}
	go v.run(ctx)
	return v
}

func (v *viewer) run(ctx context.Context) {
	for node := 0; ctx.Err() == nil; node++ {
		_ = v.session(ctx, v.nodes[node%len(v.nodes)])
		pauseFor(ctx, 50*time.Millisecond)
	}
}

// session is one connection from its start to its end.
func (v *viewer) session(ctx context.Context, node string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, node, nil)
	if err != nil {
		return err
	}
	for _, c := range v.cookies {
		request.AddCookie(c)
	}
	dialer := websocket.Dialer{Subprotocols: []string{live.Protocol}, HandshakeTimeout: 5 * time.Second}
	header := http.Header{"Cookie": request.Header["Cookie"], "Origin": {node}}
	conn, _, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(node, "http")+"/api/v1/live", header)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	v.mu.Lock()
	cursor := v.cursor
	v.holding = live.Holding{}
	v.connects++
	v.mu.Unlock()
	for _, message := range []any{
		map[string]any{"op": "events", "cursor": cursor}, map[string]any{"op": "view", "zoom": 15, "detail": "positions"},
	} {
		if err := conn.WriteJSON(message); err != nil {
			return err
		}
	}
	for {
		kind, frame, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		if err := v.take(kind, frame); err != nil {
			return err
		}
	}
}

func (v *viewer) take(kind int, frame []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if kind == websocket.BinaryMessage {
		err := v.holding.Apply(frame)
		if err != nil {
			v.disorder = append(v.disorder, err.Error())
		}
		return err
	}
	return v.text(frame)
}

func (v *viewer) text(frame []byte) error {
	var m struct {
		T        string
		Kind     string
		Cursor   string
		More     bool
		Degraded bool
		Items    []json.RawMessage
	}
	if err := json.Unmarshal(frame, &m); err != nil {
		v.disorder = append(v.disorder, err.Error())
		return err
	}
	switch m.T {
	case "resync":
		v.incidents, v.versions, v.staged = map[string]incidentSeen{}, map[string]int64{}, nil
	case "snapshot":
		v.snapshot(m.Kind, m.Items)
		if !m.More {
			v.incidents, v.staged, v.cursor = v.staged, nil, m.Cursor
		}
	case "events":
		for _, item := range m.Items {
			v.event(item)
		}
		v.cursor = m.Cursor
	case "status":
		v.statuses = append(v.statuses, m.Degraded)
	}
	return nil
}

func (v *viewer) snapshot(kind string, items []json.RawMessage) {
	if v.staged == nil {
		v.staged = map[string]incidentSeen{}
	}
	if kind != "incident" {
		return
	}
	for _, item := range items {
		var i incidentSeen
		if err := json.Unmarshal(item, &i); err != nil {
			v.disorder = append(v.disorder, err.Error())
		}
		id := strconv.FormatInt(i.ID, 10)
		v.staged[id], v.versions[id] = i, i.Version
	}
}

// event applies an event, and checks that no version of an incident is left out.
func (v *viewer) event(item json.RawMessage) {
	var e struct {
		Entity  string
		ID      string
		Version int64
		Data    incidentSeen
	}
	if err := json.Unmarshal(item, &e); err != nil {
		v.disorder = append(v.disorder, err.Error())
		return
	}
	if e.Entity != "incident" || e.Version <= v.versions[e.ID] {
		return // seen before: it may come twice
	}
	if e.Version != v.versions[e.ID]+1 {
		v.disorder = append(v.disorder, fmt.Sprintf("incident %s went from version %d to %d", e.ID, v.versions[e.ID], e.Version))
	}
	v.versions[e.ID], v.incidents[e.ID] = e.Version, e.Data
}

// picture is what the viewer shows now: incidents as "state/version", and positions in 1e-6 degrees.
func (v *viewer) picture() (incidents map[string]string, positions map[int32][2]int32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	incidents, positions = map[string]string{}, map[int32][2]int32{}
	for id, i := range v.incidents {
		incidents[id] = fmt.Sprintf("%s/%d", i.State, i.Version)
	}
	for worker, p := range v.holding.Sections[live.SectionScope] {
		positions[worker] = [2]int32{p.Lon, p.Lat}
	}
	return incidents, positions
}

func (v *viewer) faults() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.disorder...)
}

// degraded tells how often the viewer was told that something is missing, and whether it still is.
func (v *viewer) degraded() (times int, now bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, d := range v.statuses {
		if d {
			times++
		}
		now = d
	}
	return times, now
}
