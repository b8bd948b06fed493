package live

import (
	"encoding/json"

	"wangge/internal/event"
)

// What the server says in JSON (docs/protocol.md §3). T is the message's name.

type helloMessage struct {
	T        string      `json:"t"`
	Protocol string      `json:"protocol"`
	Server   string      `json:"server"`
	Node     string      `json:"node"`
	Now      int64       `json:"now"`  // ms since 1970 UTC
	Tick     int64       `json:"tick"` // ms
	Me       helloMe     `json:"me"`
	Limits   helloLimits `json:"limits"`
}

type helloMe struct {
	Account   string `json:"account"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Scope     string `json:"scope"`
	Positions bool   `json:"positions"` // may see others' positions
}

type helloLimits struct {
	Message int   `json:"message"` // bytes
	Follow  int   `json:"follow"`  // workers
	Idle    int64 `json:"idle"`    // ms
}

type snapshotMessage struct {
	T      string            `json:"t"`
	Kind   string            `json:"kind"`
	Items  []json.RawMessage `json:"items"`
	More   bool              `json:"more"`
	Cursor string            `json:"cursor"`
}

type resyncMessage struct {
	T      string `json:"t"`
	Reason string `json:"reason"`
}

type statusMessage struct {
	T        string   `json:"t"`
	Degraded bool     `json:"degraded"`
	Reasons  []string `json:"reasons"`
}

type pongMessage struct {
	T   string `json:"t"`
	ID  int64  `json:"id"`
	Now int64  `json:"now"` // ms since 1970 UTC
}

type byeMessage struct {
	T      string `json:"t"`
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

type countsMessage struct {
	T     string          `json:"t"`
	Now   int64           `json:"now"` // ms since 1970 UTC
	Level string          `json:"level"`
	Areas json.RawMessage `json:"areas"`
}

// eventItem is one event in an events message.
type eventItem struct {
	Kind    string          `json:"kind"`
	Entity  string          `json:"entity"`
	ID      string          `json:"id"`
	Version int64           `json:"version"`
	Area    string          `json:"area"`
	At      int64           `json:"at"` // ms since 1970 UTC
	Actor   string          `json:"actor"`
	Data    json.RawMessage `json:"data"`
}

// encodeEvent makes an event's item. Data that isn't JSON cannot come out of a jsonb column; from elsewhere it is left out.
func encodeEvent(e *event.Event) []byte {
	data := e.Data
	if len(data) == 0 || !json.Valid(data) {
		data = json.RawMessage("null")
	}
	return mustJSON(eventItem{
		Kind: e.Kind, Entity: e.Entity, ID: e.EntityID, Version: e.Version, Area: e.Area, At: e.At.UnixMilli(), Actor: e.Actor, Data: data,
	})
}

// eventsMessage puts items together to one WebSocket message.
func eventsMessage(cursor event.Cursor, items [][]byte) []byte {
	body := append([]byte(`{"t":"events","cursor":"`), cursor.String()...)
	body = append(body, `","items":[`...)
	for i, item := range items {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, item...)
	}
	return message(opText, append(body, "]}"...))
}
