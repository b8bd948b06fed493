package live

import (
	"context"
	"encoding/json"
	"slices"
	"sort"
	"time"

	"wangge/internal/event"
)

// Portions of a snapshot.
const (
	snapshotItems = 500
	snapshotBytes = 128 << 10
)

// Reasons of a resync.
const (
	resyncUnreadable = "unreadable"     // the cursor is not one of this service
	resyncForeign    = "other database" // it is of another database
	resyncOld        = "too old"        // events behind it are no longer kept
)

// subscribe brings a client from its cursor (or from nothing) to where the tail is, and from then on lets it have what the tail reads.
// It runs in a goroutine of the client's own and ends with it.
func (t *tail) subscribe(ctx context.Context, c *client, text string) {
	select {
	case <-t.ready:
	case <-ctx.Done():
		return
	}
	for {
		err := t.bring(ctx, c, text)
		if err == nil || ctx.Err() != nil {
			return
		}
		t.hub.opts.Logger.Warn("a viewer's events wait", "account", c.principal.Name, "err", err)
		if !pause(ctx, longPatience) {
			return
		}
	}
}

func (t *tail) bring(ctx context.Context, c *client, text string) error {
	cursor, err := event.ParseCursor(text)
	reason := ""
	switch {
	case err != nil:
		reason = resyncUnreadable
	case cursor.IsZero():
	case cursor.Epoch != t.epoch():
		reason = resyncForeign
	default:
		complete, err := t.replay(ctx, c, cursor)
		if err != nil || complete {
			return err
		}
		reason = resyncOld
	}
	return t.restart(ctx, c, reason)
}

// restart gives a client a snapshot, and what has happened since.
func (t *tail) restart(ctx context.Context, c *client, reason string) error {
	if reason != "" && !c.pushPatiently(message(opText, mustJSON(resyncMessage{T: "resync", Reason: reason}))) {
		return nil
	}
	t.hub.metrics.snapshots.Inc()
	parts, cursor, err := t.hub.opts.Snapshot(ctx, c.principal)
	if err != nil {
		return err
	}
	if !c.pushSnapshot(parts, cursor) {
		return nil
	}
	c.events.after = cursor
	complete, err := t.replay(ctx, c, cursor)
	if err == nil && !complete { // the log was cleaned up to behind a snapshot that took too long
		return t.restart(ctx, c, resyncOld)
	}
	return err
}

func (t *tail) epoch() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.base.Epoch
}

// replay gives a client all events behind the cursor, first from the log, then from memory, and lets it join; false when some are no
// longer kept. c.events.after moves along, so that a replay that failed goes on where it was.
func (t *tail) replay(ctx context.Context, c *client, cursor event.Cursor) (complete bool, err error) {
	if c.events.after.Epoch == cursor.Epoch && cursor.Before(c.events.after) {
		cursor = c.events.after
	}
	for {
		page, place := t.next(c, cursor)
		if place == placeLive {
			return true, nil
		}
		if place == placeLog {
			if page, complete, err = t.readLog(ctx, cursor); err != nil || !complete {
				return false, err
			}
		}
		next := t.baseCursor() // the log has nothing up to what is in memory
		if len(page) > 0 {
			next = page[len(page)-1].event.Cursor
		}
		if items := audienceOf(c.principal).pick(page, cursor); len(items) > 0 && !c.pushPatiently(eventsMessage(next, items)) {
			return true, nil
		}
		cursor, c.events.after = next, next
	}
}

// readLog reads a page of the log; complete is false when events behind the cursor are no longer kept. An empty log can't tell what it
// once held, so it counts as incomplete.
func (t *tail) readLog(ctx context.Context, cursor event.Cursor) (page []entry, complete bool, err error) {
	events, err := t.log.EventsAfter(ctx, cursor, readPage)
	if err != nil {
		return nil, false, err
	}
	start, err := t.log.EventsStart(ctx) // after reading: what was dropped meanwhile shows
	if err != nil || start.XID == 0 || cursor.Before(start) {
		return nil, false, err
	}
	for i := range events {
		page = append(page, entry{event: events[i], item: encodeEvent(&events[i])})
	}
	return page, true, nil
}

func (t *tail) baseCursor() event.Cursor {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.base
}

// place is where the events behind a cursor are.
type place uint8

const (
	placeLog    place = iota // the oldest are only in the log
	placeMemory              // in memory, but too many to be queued at once
	placeLive                // given; the client has joined
)

// next gives a page of the events in memory behind the cursor. When they are few, it queues them, and with the same hold of the mutex the
// client becomes one of those who get the next batch, so that nothing falls between.
func (t *tail) next(c *client, cursor event.Cursor) ([]entry, place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cursor.Before(t.base) {
		return nil, placeLog
	}
	rest := t.ring[sort.Search(len(t.ring), func(i int) bool { return cursor.Before(t.ring[i].event.Cursor) }):]
	size := 0
	for i := range rest {
		if size += len(rest[i].item); i == readPage || size > waitBelow {
			return slices.Clone(rest[:i]), placeMemory
		}
	}
	c.events.after, c.events.told = cursor, time.Now()
	if len(rest) > 0 {
		c.events.after = rest[len(rest)-1].event.Cursor
		c.give(audienceOf(c.principal).pick(rest, cursor), c.events.after, c.events.told)
	}
	t.admit(c)
	return nil, placeLive
}

// admit makes a client one of those who get the next batch, unless it has gone. t.mu is held.
func (t *tail) admit(c *client) {
	select {
	case <-c.gone:
		return
	default:
	}
	a := audienceOf(c.principal)
	if t.members[a] == nil {
		t.members[a] = map[*client]struct{}{}
	}
	t.members[a][c] = struct{}{}
	t.hub.rouse() // what was queued for it waits
}

// pushSnapshot queues a snapshot in portions; false when the connection has ended.
func (c *client) pushSnapshot(parts []SnapshotPart, cursor event.Cursor) bool {
	for i, part := range parts {
		items := part.Items
		for first := true; first || len(items) > 0; first = false {
			n := portionOf(items)
			m := snapshotMessage{T: "snapshot", Kind: part.Kind, Items: make([]json.RawMessage, n), Cursor: cursor.String()}
			for k := range n {
				m.Items[k] = items[k]
			}
			items = items[n:]
			m.More = len(items) > 0 || i < len(parts)-1
			if !c.pushPatiently(message(opText, mustJSON(m))) {
				return false
			}
		}
	}
	return true
}

// portionOf tells how many items go into one message.
func portionOf(items [][]byte) (n int) {
	for size := 0; n < len(items) && n < snapshotItems && size < snapshotBytes; n++ {
		size += len(items[n])
	}
	return n
}
