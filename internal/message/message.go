// Package message carries short texts from the command centre to workers, and back that they have arrived and were read.
package message

import (
	"encoding/json"
	"strconv"
	"time"

	"wangge/internal/event"
)

// MaxText is how long a message may be, in characters.
const MaxText = 500

// Message is one text to one worker.
type Message struct {
	ID          int64
	WorkerID    int32
	Area        string // where the worker was posted when it was sent: who may see it is decided by this
	SenderID    int64  // account
	Sender      string // display name at that time
	Text        string
	SentAt      time.Time // UTC; so for the next two
	DeliveredAt time.Time // zero until a page or app of the worker's has it
	ReadAt      time.Time // zero until the worker has confirmed it
	Version     int64
}

// Receipt is what a worker's page, or the worker, says about a message.
type Receipt string

// The receipts. What was read was delivered.
const (
	Delivered Receipt = "delivered"
	Read      Receipt = "read"
)

// Confirm notes a receipt. It tells whether anything is new: a receipt that comes again changes nothing, and the first time stays.
func (m *Message) Confirm(r Receipt, at time.Time) bool {
	changed := false
	if m.DeliveredAt.IsZero() {
		m.DeliveredAt, changed = at, true
	}
	if r == Read && m.ReadAt.IsZero() {
		m.ReadAt, changed = at, true
	}
	return changed
}

// View is a message as the world sees it: in answers and as the data of events. It is the schema Message of openapi.yaml.
type View struct {
	ID          int64      `json:"id"`
	Worker      int32      `json:"worker"`
	Sender      string     `json:"sender"`
	Text        string     `json:"text"`
	SentAt      time.Time  `json:"sent_at"`
	DeliveredAt *time.Time `json:"delivered_at,omitempty"`
	ReadAt      *time.Time `json:"read_at,omitempty"`
	Version     int64      `json:"version"`
}

// View shows the message to the world. Times are UTC.
func (m Message) View() View {
	return View{
		ID: m.ID, Worker: m.WorkerID, Sender: m.Sender, Text: m.Text, SentAt: m.SentAt.UTC(),
		DeliveredAt: shown(m.DeliveredAt), ReadAt: shown(m.ReadAt), Version: m.Version,
	}
}

func shown(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// News makes the event that tells of a message; it is written in the transaction of the change.
func (m Message) News(kind, actor string, at time.Time) event.Event {
	data, err := json.Marshal(m.View())
	if err != nil {
		panic(err) // text, numbers and times of this century
	}
	return event.Event{
		Kind: kind, Entity: "message", EntityID: strconv.FormatInt(m.ID, 10), Version: m.Version, Area: m.Area, At: at, Actor: actor, Data: data,
	}
}
