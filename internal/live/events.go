package live

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"wangge/internal/event"
	"wangge/internal/identity"
)

// Portions and patience of the tail.
const (
	readPage      = 500                    // events of one read, and of one message
	freshMost     = 5000                   // events read ahead of what clients were given
	shortPatience = 25 * time.Millisecond  // after a wake: what it was about may still be held back by an older transaction
	longPatience  = 500 * time.Millisecond // how long an event of a node that could not tell may take
	cursorEvery   = 30 * time.Second       // clients that see none of the events get their cursor moved on
)

// entry is an event in memory, encoded once for everybody.
type entry struct {
	event event.Event
	item  []byte
}

// audience is all who may see the same events; their messages are made once.
type audience struct {
	scope                     string
	incidents, crew, messages bool
	worker                    int32 // whose own messages it sees too; 0 for nobody's
}

// audienceOf tells whose events a principal sees.
func audienceOf(p identity.Principal) audience {
	a := audience{scope: p.Scope, incidents: p.May(identity.IncidentRead), crew: p.May(identity.WorkerRead), messages: p.May(identity.MessageSend)}
	if p.May(identity.MessageOwn) {
		a.worker = p.WorkerID
	}
	return a
}

// sees tells whether an event is for the audience: its area lies in the scope, and its kind is covered by a right; or it is a message to
// the worker whose account it is. Devices and accounts are no news for pages.
func (a audience) sees(e *event.Event) bool {
	if a.worker != 0 && e.Entity == "message" && addressee(e) == a.worker {
		return true
	}
	if !inScope(a.scope, e.Area) {
		return false
	}
	switch entity, _, _ := strings.Cut(e.Kind, "."); entity {
	case "incident":
		return a.incidents
	case "shift", "worker":
		return a.crew
	case "message":
		return a.messages
	case "device", "account":
		return false
	default:
		return true
	}
}

// addressee is the worker that an event about a message names; messages are few, so it is read anew for each audience.
func addressee(e *event.Event) int32 {
	var data struct {
		Worker int32 `json:"worker"`
	}
	if json.Unmarshal(e.Data, &data) != nil {
		return 0
	}
	return data.Worker
}

// subscription is a client's place in the stream of events. The tail's mutex guards it.
type subscription struct {
	after event.Cursor // of the newest event that the client was given (or that is not for it)
	told  time.Time    // when it was last given a cursor
}

// tail reads the log once for the whole node, keeps the newest events for those who resume, and gives them to all who are live.
type tail struct {
	hub *Hub
	log Log

	mu      sync.Mutex
	ready   chan struct{} // closed when base is known
	base    event.Cursor  // all events behind it are in ring or fresh
	head    event.Cursor  // of the newest event read
	ring    []entry       // given to those who are live
	bytes   int           // of the items in ring
	fresh   []entry       // read but not yet given
	taken   chan struct{} // has a token when fresh was given
	members map[audience]map[*client]struct{}
	failing bool
	read    time.Time // when the log was last read without an error
}

func newTail(h *Hub) *tail {
	return &tail{hub: h, log: h.opts.Log, ready: make(chan struct{}), taken: make(chan struct{}, 1), members: map[audience]map[*client]struct{}{}}
}

// run reads the log until the context ends.
func (t *tail) run(ctx context.Context) {
	for !t.begin(ctx) {
		if !pause(ctx, longPatience) {
			return
		}
	}
	patience := longPatience
	for ctx.Err() == nil {
		began := time.Now()
		t.log.WaitForEvents(ctx, patience)
		woken := time.Since(began) < patience
		n, err := t.catchUp(ctx)
		t.note(ctx, err)
		switch {
		case err != nil:
			pause(ctx, longPatience)
		case n > 0 || woken:
			patience = shortPatience
		default:
			patience = min(2*patience, longPatience)
		}
	}
}

// begin finds where the log ends; events from there on are read.
func (t *tail) begin(ctx context.Context) bool {
	head, err := t.log.EventHead(ctx)
	t.note(ctx, err)
	if err != nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.base, t.head = head, head
	close(t.ready)
	return true
}

// note remembers whether the log can be read, and logs when that changes.
func (t *tail) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	was := t.failing
	t.failing = err != nil
	if err == nil {
		t.read = time.Now()
	}
	t.mu.Unlock()
	switch {
	case err != nil && !was:
		t.hub.opts.Logger.Error("events cannot be read; they wait in the log", "err", err)
	case err == nil && was:
		t.hub.opts.Logger.Info("events are read again")
	}
}

// catchUp reads all there is behind the head.
func (t *tail) catchUp(ctx context.Context) (n int, err error) {
	for {
		t.mu.Lock()
		head := t.head
		t.mu.Unlock()
		events, err := t.log.EventsAfter(ctx, head, readPage)
		if err != nil || len(events) == 0 {
			return n, err
		}
		if t.hub.opts.Follow != nil {
			if err := t.hub.opts.Follow(ctx, events); err != nil {
				return n, err
			}
		}
		t.react(events)
		if !t.keep(ctx, events) {
			return n, ctx.Err()
		}
		n += len(events)
	}
}

// react does what the hub itself has to do about events.
func (t *tail) react(events []event.Event) {
	for i := range events {
		switch kind, _, _ := strings.Cut(events[i].Kind, "."); kind {
		case "account":
			t.hub.suspect(events[i].EntityID)
		case "shift", "worker":
			t.hub.resettle.Store(true)
		}
	}
}

// keep takes events in, waiting while too many have not been given yet.
func (t *tail) keep(ctx context.Context, events []event.Event) bool {
	entries := make([]entry, len(events))
	for i, e := range events {
		entries[i] = entry{event: e, item: encodeEvent(&e)}
	}
	t.mu.Lock()
	t.fresh = append(t.fresh, entries...)
	t.head = events[len(events)-1].Cursor
	full := len(t.fresh) >= freshMost
	t.mu.Unlock()
	t.hub.rouse()
	if full {
		select {
		case <-t.taken:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// flush gives what was read to all who are live.
func (t *tail) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := t.fresh
	t.fresh = nil
	for len(fresh) > 0 {
		n := min(readPage, len(fresh))
		t.give(fresh[:n])
		fresh = fresh[n:]
	}
	select {
	case t.taken <- struct{}{}:
	default:
	}
}

// give makes the messages of one batch, one per audience, and queues them. t.mu is held.
func (t *tail) give(batch []entry) {
	first, last := batch[0].event.Cursor, batch[len(batch)-1].event.Cursor
	now := time.Now()
	t.hub.metrics.eventLag(now, batch)
	for a, clients := range t.members {
		items := a.pick(batch, event.Cursor{})
		shared := eventsMessage(last, items)
		for c := range clients {
			s := &c.events
			switch {
			case !s.after.Before(last):
				continue // it has read ahead of this node
			case !s.after.Before(first):
				c.give(a.pick(batch, s.after), last, now)
			case len(items) > 0 || now.Sub(s.told) >= cursorEvery:
				c.pushEvents(shared)
				s.told = now
			}
			s.after = last
			t.hub.metrics.events.Add(float64(len(items)))
		}
	}
	t.remember(batch)
}

// give queues a message of a client's own.
func (c *client) give(items [][]byte, cursor event.Cursor, now time.Time) {
	if len(items) > 0 || now.Sub(c.events.told) >= cursorEvery {
		c.pushEvents(eventsMessage(cursor, items))
		c.events.told = now
	}
}

// pick finds the items of a batch that the audience sees, behind a cursor.
func (a audience) pick(batch []entry, after event.Cursor) (items [][]byte) {
	for i := range batch {
		if e := &batch[i].event; after.Before(e.Cursor) && a.sees(e) {
			items = append(items, batch[i].item)
		}
	}
	return items
}

// remember keeps a batch for those who resume and forgets the oldest beyond the limits. t.mu is held.
func (t *tail) remember(batch []entry) {
	t.ring = append(t.ring, batch...)
	for i := range batch {
		t.bytes += len(batch[i].item)
	}
	drop := 0
	for len(t.ring)-drop > ringEvents || t.bytes > ringBytes {
		t.bytes -= len(t.ring[drop].item)
		t.base = t.ring[drop].event.Cursor
		drop++
	}
	clear(t.ring[:drop])
	t.ring = t.ring[drop:]
}

// degraded tells whether events are behind because the log cannot be read.
func (t *tail) degraded() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failing
}

// unsubscribe takes a client out.
func (t *tail) unsubscribe(c *client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := audienceOf(c.principal)
	delete(t.members[a], c)
	if len(t.members[a]) == 0 {
		delete(t.members, a)
	}
}

// pause waits; false when the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
